/** Who sees the same files of a course: everybody in the same groups, or each student alone. */
import type { CourseConfig } from '../config.ts';
import type { Config } from '../config.ts';
import {
  asStudent,
  newAsking,
  type Asking,
  audienceName,
  courseFolder,
  groupsIn,
  groupsOf,
  openConfiguredCourse,
  studentFolder,
} from '../configured-course.ts';
import type { CourseId } from '../core/ids.ts';
import { KeptOpen, type Use } from '../core/kept-open.ts';
import type { Offer, SourceState } from '../core/offer.ts';
import { asF2gitError, type ErrorCode, type ErrorParams, F2gitError } from '../errors.ts';
import { followedSchedule } from '../followed-schedule.ts';
import { forStudents } from '../messages/for-students.ts';
import { EVERYBODY } from '../repo/course-folder.ts';
import type { CourseRepository } from '../repo/course-repository.ts';
import type { AudienceRepository } from '../repo/offering.ts';
import { createHttp } from '../sources/create-http.ts';
import type { Refusals } from '../sources/refusals.ts';
import { followEnvironment, type EnvironmentEvent, type FollowedEnvironment } from './followed-environment.ts';
import { linkedAudiences } from './linked-audiences.ts';
import { openWhileUsed } from './open-while-used.ts';
import { createPlatformSignIn } from './platform-sign-in.ts';
import type { AgentSupplies, Audience, Person, PlatformSignIn } from './ports.ts';
import { openStaffDesk, type StaffDesk } from './staff-desk.ts';

export interface CourseAudiences {
  of(person: Person): Audience;
  /** Those that serve more than one person, as far as anybody ever was in them. */
  all(): readonly Audience[];
  /** As `Course.audienceWhere`. */
  where(isMeant: (name: string) => boolean): Audience | undefined;
  readonly signIn?: PlatformSignIn;
  readonly desk?: StaffDesk;
  /** As `Course.nextChange`. */
  nextChange(after: Date): Date | undefined;
  close(): Promise<void>;
}

/** Something the source could not give; without a path the whole course. */
export interface CourseTrouble {
  readonly path?: string;
  readonly code: ErrorCode;
  readonly params: ErrorParams;
}

/** How a refresh that somebody asked for ended: how the source answered and what it could not give, or why it `failed`. */
export type RefreshEnd =
  | { readonly course: CourseId; readonly result: SourceState['state']; readonly troubles: readonly CourseTrouble[] }
  | { readonly course: CourseId; readonly result: 'failed'; readonly error: unknown };

export interface AudienceParts {
  readonly config: Config;
  readonly course: CourseConfig;
  readonly now: () => Date;
  readonly refusals: Refusals;
  readonly onRefresh: (end: RefreshEnd) => void;
  readonly onEnvironment: (event: EnvironmentEvent) => void;
}

export function openAudiences(parts: AudienceParts): CourseAudiences {
  return parts.course.isPerStudent ? forEachStudent(parts) : byGroups(parts);
}

/** One look at the source, and a repository for each set of the groups that the schedule names. */
function byGroups(parts: AudienceParts): CourseAudiences {
  const { config, course, now, refusals } = parts;
  const { schedule } = course;
  const folder = courseFolder(config, course);
  const repository = openConfiguredCourse(config, course, now, { refusals });
  const followed = followedSchedule(course);
  const opened = new Map<string, OpenedAudience>();
  const troubles = (): readonly CourseTrouble[] => troublesOf(repository);
  const telling = { course, troubles, onRefresh: parts.onRefresh };
  const open = (groups: readonly string[], name: string): OpenedAudience => {
    const served = name === EVERYBODY ? repository : repository.openAudience(name, followed.releaseFor(groups));
    return audienceOf(served, { folder, audience: name, policy: course.policy }, troubles, parts);
  };
  const audienceFor = (groups: readonly string[]): Audience => {
    const name = audienceName(groups);
    const known = opened.get(name) ?? open(groups, name);
    opened.set(name, known);
    return known.audience;
  };
  for (const name of [EVERYBODY, ...repository.audienceNames()]) {
    const groups = groupsIn(name);
    if (groups?.every((group) => schedule.groups.has(group)) === true) audienceFor(groups);
  }
  return {
    of: (person) => audienceFor(groupsOf(course, person)),
    all: () => [...opened.values()].map(({ audience }) => audience),
    where: (isMeant) => {
      const isInSchedule = (groups: readonly string[]): boolean => groups.every((group) => schedule.groups.has(group));
      const several = linkedAudiences(folder).filter(isInSchedule);
      const linked = [[], ...[...schedule.groups].map((group) => [group]), ...several];
      const meant = linked.filter((groups) => isMeant(audienceName(groups)));
      return meant[0] && audienceFor(meant[0]);
    },
    nextChange: (after) => followed.nextChange(after, repository.releaseFile()?.text),
    desk: openStaffDesk({ config, course, repository, now, told: (offer, signal) => told(telling, offer, signal) }),
    close: async () => {
      await repository.close();
      for (const { environment } of opened.values()) environment.close();
    },
  };
}

/**
 * Longer than a platform is left alone that refused a sign-in or asks for patience (`oauth/keeper.ts`, `repo/rest.ts`),
 * which is known in memory only. It is little: it stays for more students than files stay open for.
 */
const STUDENT_IDLE_MS = 30 * 60_000;
const MOST_IDLE_STUDENTS = 100;
const MOST_REMEMBERED_STUDENTS = 10_000;

interface OpenedStudent extends OpenedAudience {
  readonly repository: CourseRepository;
  readonly asking: Use<Asking>;
}

/** A repository for each student, read with the student's own sign-in. Nothing of it is ever another one's. */
function forEachStudent(parts: AudienceParts): CourseAudiences {
  const { config, course, now } = parts;
  const signIn = platformSignIn(parts);
  const kept = new KeptOpen<OpenedStudent>({
    most: MOST_IDLE_STUDENTS,
    idleMs: STUDENT_IDLE_MS,
    now: () => now().getTime(),
    close: async ({ repository, environment, asking }) => {
      asking.end();
      environment.close();
      await repository.close();
    },
  });
  const remembered = new KeptOpen<Asking>({
    most: MOST_REMEMBERED_STUDENTS,
    idleMs: STUDENT_IDLE_MS,
    now: () => now().getTime(),
    close: () => undefined,
  });
  const open = (student: Person, supplies: AgentSupplies): OpenedStudent => {
    const asking = remembered.use(student.name, () => newAsking(config, course, student, now));
    const member = { member: student, asking: asking.value };
    const repository = openConfiguredCourse(config, course, now, {
      student: member,
      groups: groupsOf(course, student),
    });
    // What one student's own sign-in does not show is told to that student, and says nothing of the course.
    return { repository, asking, ...audienceOf(repository, supplies, () => [], parts) };
  };
  return {
    of: (student) => {
      const supplies = {
        folder: studentFolder(config, course, student),
        audience: EVERYBODY,
        purgedIn: courseFolder(config, course),
        policy: course.policy,
      };
      const key = JSON.stringify([student.name, groupsOf(course, student)]);
      const use = (): Use<Audience> => {
        const { value, end } = kept.use(key, () => open(student, supplies));
        return { value: value.audience, end };
      };
      return withSignIn(openWhileUsed(supplies, use), student, signIn);
    },
    all: () => [],
    where: () => undefined,
    // the clock visits no repository of one student
    nextChange: () => undefined,
    signIn,
    close: () => kept.closeAll(),
  };
}

function platformSignIn({ config, course, now }: AudienceParts): PlatformSignIn {
  const { source, oauth, allowPrivateAddresses } = course;
  const endpoints = source.adapter.oauth?.(source.config);
  if (oauth === undefined || endpoints === undefined)
    throw new F2gitError('bug', { params: { detail: 'each student signs in, and there is nowhere to' } });
  return createPlatformSignIn({
    endpoints,
    clientOf: (student) => asStudent(config, course, student),
    createHttp: () => createHttp({ allowPrivateAddresses, now }),
    now,
  });
}

/** A student who has not signed in is told so; one whose sign-in the platform refuses is asked to do it again. */
function withSignIn(audience: Audience, student: Person, signIn: PlatformSignIn): Audience {
  return {
    ...audience,
    refresh: async (onProgress, signal) => {
      if (signIn.isNeeded(student) && !signIn.hasEnded(student)) throw new F2gitError('platform-login-needed');
      const offer = await audience.refresh(onProgress, signal);
      if (offer.source.problems.some(({ path, code }) => path === '' && code === 'source-login'))
        signIn.noteRefused(student);
      return offer;
    },
  };
}

interface OpenedAudience {
  readonly audience: Audience;
  readonly environment: FollowedEnvironment;
}

function audienceOf(
  served: AudienceRepository,
  supplies: AgentSupplies,
  troubles: () => readonly CourseTrouble[],
  { course, onRefresh, onEnvironment }: AudienceParts,
): OpenedAudience {
  const { freshness } = course;
  const environment = followEnvironment(served, supplies.audience, course, onEnvironment);
  const audience: Audience = {
    name: supplies.audience,
    refresh: async (onProgress, signal) => {
      const refreshing = served.refresh({ freshness, onProgress, signal });
      const offer = await told({ course, troubles, onRefresh }, refreshing, signal);
      environment.note(offer.head);
      return offer;
    },
    isBehind: () => served.isBehind(),
    offer: () => served.offer(),
    blob: (oid) => served.blob(oid),
    published: () => served.published(),
    zip: () => served.zip(),
    served: () => served.served(),
    environment: (signal) => environment.follow(signal),
    supplies,
  };
  return { audience, environment };
}

interface Troubled {
  readonly troubles: () => readonly CourseTrouble[];
}

/** Who leaves before the answer has not been answered. Particulars of a failure are for `onRefresh` alone. */
async function told(
  { course: { id, title }, troubles, onRefresh }: Pick<AudienceParts, 'course' | 'onRefresh'> & Troubled,
  refreshing: Promise<Offer>,
  signal: AbortSignal,
): Promise<Offer> {
  try {
    const offer = await refreshing;
    onRefresh({ course: id, result: offer.source.state, troubles: troubles() });
    return offer;
  } catch (error) {
    if (!signal.aborted) onRefresh({ course: id, result: 'failed', error });
    throw forStudents(asF2gitError(error), title);
  }
}

/** Also those no student is told of, because they concern nothing students have. */
function troublesOf(repository: CourseRepository): readonly CourseTrouble[] {
  return repository.troubles().map(({ path, shown, code, params }) => {
    const place = path ?? shown;
    return { ...(place === undefined ? {} : { path: place }), code, params };
  });
}
