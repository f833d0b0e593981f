/** What staff see of a course and do with it, beside the same on a command line. */
import { createHash } from 'node:crypto';
import type { CourseConfig, Config } from '../config.ts';
import { openConfiguredCourse } from '../configured-course.ts';
import type { Offer } from '../core/offer.ts';
import { F2gitError } from '../errors.ts';
import { followedSchedule } from '../followed-schedule.ts';
import { windowsOf, type Window } from '../release/schedule.ts';
import { confirmHeld } from '../repo/confirm-held.ts';
import type { CourseRepository } from '../repo/course-repository.ts';
import type { PathTrouble } from '../repo/course-state.ts';
import type { Preview, StaffEntry } from '../repo/staff-view.ts';

export interface StaffDesk {
  readonly timeZone: string;
  /** The administrator's. */
  readonly schedule: readonly Window[];
  /** That of the course's own file, as it is followed now. */
  ownSchedule(): readonly Window[];
  /** Those of the schedule: whose files may differ from everybody's. */
  readonly groups: readonly string[];
  /** How the course stood when its source last answered. */
  look(): DeskView;
  /** What those in all of `groups` get at `at`; undefined before the source first answered. */
  preview(at: Date, groups: readonly string[]): Promise<Preview | undefined>;
  /** Asks the source now, whatever the freshness. @throws {F2gitError} what `look` does not tell of */
  refresh(signal: AbortSignal): Promise<void>;
  /**
   * Releases the deletions that are held, if they are those that `shown` (`DeskView.heldNow`) stands for.
   * @throws {F2gitError} what `look` does not tell of
   */
  confirm(shown: string, signal: AbortSignal): Promise<ConfirmEnd>;
}

/**
 * `none`: nothing is held any more, it came back or somebody else said yes. `others`: other deletions are held by now.
 * `unseen`: the source did not show the whole course, so that nothing could be confirmed.
 */
export const confirmEnds = ['confirmed', 'none', 'others', 'unseen'] as const;
export type ConfirmEnd = (typeof confirmEnds)[number];

export interface DeskView {
  /** ISO 8601 UTC; absent before the source first answered. */
  readonly answeredAt?: string;
  /** Why the last look brought nothing. */
  readonly failure?: F2gitError;
  readonly failedAt?: Date;
  /** Whether the last listing covered the whole course. */
  readonly isComplete: boolean;
  readonly entries: readonly StaffEntry[];
  /** What the source could not give, besides what `entries` say of themselves. */
  readonly troubles: readonly PathTrouble[];
  /** Stands for exactly those deletions that are held. */
  readonly heldNow: string;
}

export interface StaffDeskParts {
  readonly config: Config;
  readonly course: CourseConfig;
  readonly repository: CourseRepository;
  readonly now: () => Date;
  /** Called with each look at the source that staff ask for; tells of it as of a click's. */
  readonly told: (refreshing: Promise<Offer>, signal: AbortSignal) => Promise<unknown>;
}

export function openStaffDesk(parts: StaffDeskParts): StaffDesk {
  const { config, course, repository, now } = parts;
  const followed = followedSchedule(course);
  return {
    timeZone: course.timeZone,
    schedule: windowsOf(course.schedule),
    ownSchedule: () => windowsOf(followed.own(repository.releaseFile()?.text)),
    groups: [...course.schedule.groups].sort(),
    look: () => viewOf(repository),
    preview: async (at, groups) => {
      if (groups.length === 0) return repository.preview(at);
      const theirs = openConfiguredCourse(config, course, now, { groups });
      try {
        return theirs.preview(at);
      } finally {
        await theirs.close();
      }
    },
    refresh: async (signal) => {
      const refreshing = repository.refresh({ freshness: 0, force: true, signal });
      await parts.told(refreshing, signal).catch((error: unknown) => throwUnlessShown(error, repository));
    },
    confirm: (shown, signal) => confirm(shown, signal, parts),
  };
}

async function confirm(shown: string, signal: AbortSignal, { repository, told }: StaffDeskParts): Promise<ConfirmEnd> {
  const rest = (): ConfirmEnd => (repository.held().length === 0 ? 'none' : 'others');
  if (heldNow(repository) !== shown) return rest();
  const telling: Parameters<typeof confirmHeld>[0] = {
    held: () => repository.held(),
    confirm: (...meant) => repository.confirm(...meant),
    refresh: async (options) => {
      const refreshing = repository.refresh(options);
      await told(refreshing, signal);
      return refreshing;
    },
  };
  try {
    const { released } = await confirmHeld(telling, { signal });
    return released.length > 0 ? 'confirmed' : rest();
  } catch (error) {
    throwUnlessShown(error, repository);
    return 'unseen';
  }
}

/** What keeps the source from showing the whole course stands on the page; anything else is nowhere but in the error. */
function throwUnlessShown(error: unknown, repository: CourseRepository): void {
  const shown = ['source-incomplete', repository.lastFailure()?.error.code];
  if (!(error instanceof F2gitError) || !shown.includes(error.code)) throw error;
}

function viewOf(repository: CourseRepository): DeskView {
  const described = repository.describe();
  const entries = repository.entries();
  const own = new Set(entries.flatMap(({ path, problem }) => (problem === undefined ? [] : [path])));
  const failure = repository.lastFailure();
  return {
    ...(described?.answeredAt === undefined ? {} : { answeredAt: described.answeredAt }),
    ...(failure === undefined ? {} : { failure: failure.error, failedAt: failure.at }),
    isComplete: described?.complete ?? true,
    entries,
    troubles: (described?.problems ?? []).filter(({ path }) => path === undefined || !own.has(path)),
    heldNow: heldNow(repository),
  };
}

function heldNow(repository: CourseRepository): string {
  const paths = repository.held().map(({ path }) => path);
  return createHash('sha256').update(JSON.stringify(paths.sort())).digest('hex').slice(0, 32);
}
