/** Wires a course of the configuration to its source, its schedule and its hidden repository. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CourseConfig, Config } from './config.ts';
import { F2gitError } from './errors.ts';
import { followedSchedule } from './followed-schedule.ts';
import type { OAuthClient } from './oauth/client.ts';
import { describeError } from './messages/errors.ts';
import type { Language } from './messages/language.ts';
import { forStudents, withoutPlaces } from './messages/for-students.ts';
import { createTokenKeeper } from './oauth/keeper.ts';
import { Attempts } from './repo/attempts.ts';
import { EVERYBODY, studentDir } from './repo/course-folder.ts';
import { isTemporaryName } from './repo/durable-file.ts';
import { openCourseRepository, type CourseRepository } from './repo/course-repository.ts';
import { SIGN_IN } from './repo/let-go.ts';
import { createHttp } from './sources/create-http.ts';
import type { Credentials } from './sources/source.ts';
import type { Refusals } from './sources/refusals.ts';

/** Where the course's hidden repository and state are. */
export function courseFolder(config: Config, course: CourseConfig): string {
  return join(config.data, course.id);
}

export interface CourseOpening {
  /** Narrows what counts as released to an audience in these groups; the repository may only be asked for previews. */
  readonly groups?: readonly string[];
  /** Credentials that were refused already, by whatever course; default: none, so that they are tried. */
  readonly refusals?: Refusals;
  /** Whose files these are, where each student has their own, and what is known of asking the platform for them. */
  readonly student?: { readonly member: Member; readonly asking: Asking };
  /** For those who look after the course; default: for students, who are told no particulars of its source. */
  readonly isForStaff?: true;
  /** What is wrong with the source is told in it; default: the configuration's. */
  readonly language?: Language;
}

/** What a program knows of asking a platform in one student's name; it outlives the open repository. */
export interface Asking {
  readonly credentials: Credentials;
  readonly attempts: Attempts;
}

/** Nothing was asked in the student's name yet. */
export function newAsking(config: Config, course: CourseConfig, student: Member, now: () => Date): Asking {
  const oauth = asStudent(config, course, student);
  return { credentials: credentialsOf({ ...course, oauth }, now), attempts: new Attempts() };
}

/** Opens the course's hidden repository. */
export function openConfiguredCourse(
  config: Config,
  course: CourseConfig,
  now: () => Date,
  { groups = [], student, refusals, isForStaff, language = config.language }: CourseOpening = {},
): CourseRepository {
  const { adapter, config: sourceConfig } = course.source;
  const { allowPrivateAddresses } = course;
  const httpOptions = { allowPrivateAddresses, now, ...(refusals === undefined ? {} : { refusals }) };
  const followed = followedSchedule(course);
  const everyGroup = [...course.schedule.groups];
  return openCourseRepository({
    dir: student === undefined ? courseFolder(config, course) : studentFolder(config, course, student.member),
    purgedIn: courseFolder(config, course),
    course: course.id,
    title: course.title,
    outlivesSource: true,
    source: {
      adapter,
      config: sourceConfig,
      credentials: student?.asking.credentials ?? credentialsOf(course, now),
      createHttp: () => createHttp(httpOptions),
    },
    release: followed.releaseFor(groups),
    ...(everyGroup.length === 0 ? {} : { widestRelease: followed.releaseFor(everyGroup) }),
    releaseFile: followed.file,
    isWanted: course.isWanted,
    now,
    ...(student === undefined ? {} : { attempts: student.asking.attempts }),
    isForStudents: isForStaff !== true,
    problemText: (code, params, isWhole) => {
      if (isForStaff === true) return describeError({ code, params }, language);
      if (isWhole) return describeError(forStudents(new F2gitError(code, { params }), course.title), language);
      return describeError({ code, params: withoutPlaces(params) }, language);
    },
  });
}

/** Those of a person's groups that decide what they see of the course, or whether they take it at all. */
export function groupsThatMatter(
  course: CourseConfig | undefined,
  { groups }: Pick<Member, 'groups'>,
): readonly string[] {
  const { schedule, staff = [], students = [] } = course ?? {};
  const isNamed = (group: string): boolean =>
    schedule?.groups.has(group) === true || [...staff, ...students].includes(`group:${group}`);
  return groups.filter(isNamed);
}

/**
 * The groups that decide what `person` sees of the course, sorted: those its schedule names. A group the configuration
 * lists has exactly those members; any other is the identity's own.
 */
export function groupsOf({ schedule, groups }: CourseConfig, person: Member): readonly string[] {
  const isMember = (group: string): boolean => (groups.get(group) ?? []).includes(person.name);
  return [...schedule.groups]
    .filter((group) => (groups.has(group) ? isMember(group) : person.groups.includes(group)))
    .sort();
}

export interface Member {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Where what one student sees of the course is, with the student's sign-in. */
export function studentFolder(config: Config, course: CourseConfig, { name }: Member): string {
  const file = fileName(name);
  // an account may be called as temporary files are, and those are swept
  return studentDir(courseFolder(config, course), isTemporaryName(file) ? `%${file}` : file);
}

/** What f2git is at the platform when `student` signs in there: their tokens have a file of their own. */
export function asStudent(config: Config, course: CourseConfig, student: Member): OAuthClient {
  const { oauth } = course;
  if (oauth === undefined) throw new F2gitError('bug', { params: { detail: 'each student signs in by OAuth' } });
  return { ...oauth, tokenFile: join(studentFolder(config, course, student), SIGN_IN) };
}

/** Longer names than file systems take are told apart by a digest. */
const LONGEST_NAME = 120;

/** The audience of those who are in exactly these of the groups that matter, as its files are named; without a dot. */
export function audienceName(groups: readonly string[]): string {
  if (groups.length === 0) return EVERYBODY;
  return `for-${shortened(groups.map(fileName).join('+'))}`;
}

/** The groups of an audience, from its name; undefined where that was too long to say them, or is no audience's. */
export function groupsIn(name: string): readonly string[] | undefined {
  if (name === EVERYBODY) return [];
  try {
    const groups = name.replace(/^for-/, '').split('+').map(decodeURIComponent);
    return audienceName(groups) === name ? groups : undefined;
  } catch {
    // not written by audienceName
    return undefined;
  }
}

function fileName(name: string): string {
  return shortened(encodeURIComponent(name).replaceAll('.', '%2E'));
}

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : createHash('sha256').update(name).digest('hex');
}

/**
 * What the course's source is signed in with: secrets of the configuration, or a token that is kept alive. One call for
 * all refreshes of a program, so that they share it.
 */
export function credentialsOf(
  { source, credentials, oauth, allowPrivateAddresses }: CourseConfig,
  now: () => Date,
): Credentials {
  const endpoint = source.adapter.oauth?.(source.config).token;
  if (oauth === undefined || endpoint === undefined) return credentials;
  const createOwnHttp = () => createHttp({ allowPrivateAddresses, now });
  return { ...credentials, oauth: createTokenKeeper({ client: oauth, endpoint, createHttp: createOwnHttp, now }) };
}
