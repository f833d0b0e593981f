/** A course's releases by both its schedules: the administrator's, and the one in its own folder (DESIGN 7). */
import type { CourseConfig } from './config.ts';
import { asF2gitError, type F2gitError } from './errors.ts';
import { parseOwnSchedule, strictest } from './release/own-schedule.ts';
import { isScheduleFile } from './release/schedule-file.ts';
import { emptySchedule, nextChange, releaseAt, type Schedule } from './release/schedule.ts';
import type { Trouble } from './repo/course-state.ts';
import type { ReleaseFile } from './repo/release-file.ts';
import type { ReleaseBy } from './repo/verdicts.ts';

export interface FollowedSchedule {
  /** The word for an audience in `groups`. */
  releaseFor(groups: readonly string[]): ReleaseBy;
  /** What the course's own file says; nothing where that is no schedule: then what is not published yet waits anyway. */
  own(text: string | undefined): Schedule;
  /** The next instant after `after` at which anything may change for anybody; `own`: the text of the course's own file. */
  nextChange(after: Date, own: string | undefined): Date | undefined;
  readonly file: Required<ReleaseFile>;
}

type Surroundings = Pick<CourseConfig, 'schedule' | 'timeZone'>;

export function followedSchedule({ schedule, timeZone }: Surroundings): FollowedSchedule {
  let last: { readonly text: string; readonly read: Read } | undefined;
  // every file of the course asks
  const read = (text: string): Read => {
    if (last?.text !== text) last = { text, read: readOwn(text, { schedule, timeZone }) };
    return last.read;
  };
  const own = (text: string | undefined): Schedule => (text === undefined ? emptySchedule : read(text).schedule);
  return {
    releaseFor: (groups) => (path, at, sourcePath, text) => {
      const word = releaseAt(schedule, path, at, groups, sourcePath);
      return text === undefined ? word : strictest(word, releaseAt(own(text), path, at, groups, sourcePath));
    },
    own,
    nextChange: (after, text) => earliest(nextChange(schedule, after), nextChange(own(text), after)),
    file: {
      isIt: isScheduleFile,
      judge: (text) => ({ mistakes: read(text).mistakes, isEmpty: isEmpty(read(text)) }),
    },
  };
}

interface Read {
  readonly schedule: Schedule;
  readonly mistakes: readonly Trouble[];
}

/** More mistakes than anybody corrects at once. */
const MOST_MISTAKES = 20;

function readOwn(text: string, { schedule, timeZone }: Surroundings): Read {
  try {
    return { schedule: parseOwnSchedule(text, { timeZone, groups: schedule.groups }), mistakes: [] };
  } catch (error) {
    const known = asF2gitError(error);
    if (known.code !== 'config-invalid') throw error;
    const parts: readonly F2gitError[] = known.parts.length > 0 ? known.parts : [known];
    const mistakes = parts.slice(0, MOST_MISTAKES).map(({ params }): Trouble => ({ code: 'schedule-invalid', params }));
    return { schedule: emptySchedule, mistakes };
  }
}

function isEmpty({ schedule, mistakes }: Read): boolean {
  return mistakes.length === 0 && schedule.rules.length === 0;
}

function earliest(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}
