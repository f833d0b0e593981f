/** Wires a course of the configuration to its source, its schedule and its hidden repository. */
import { join } from 'node:path';
import type { CourseConfig, Config } from './config.ts';
import { describeError } from './messages/errors.ts';
import { withoutPlaces } from './messages/for-students.ts';
import { createTokenKeeper } from './oauth/keeper.ts';
import { releaseAt } from './release/schedule.ts';
import { openCourseRepository, type CourseRepository } from './repo/course-repository.ts';
import { createHttp } from './sources/create-http.ts';
import type { Credentials } from './sources/source.ts';
import type { Refusals } from './sources/refusals.ts';

/** One audience: everybody who takes the course sees the same files. */
export const AUDIENCE = 'all';

/** Where the course's hidden repository and state are. */
export function courseFolder(config: Config, course: CourseConfig): string {
  return join(config.data, course.id);
}

export interface CourseOpening {
  /** Narrows what counts as released to an audience in these groups; the repository may only be asked for previews. */
  readonly groups?: readonly string[];
  /** Credentials that were refused already, by whatever course; default: none, so that they are tried. */
  readonly refusals?: Refusals;
  /** Problems name where the source is; default: they do not, because an offer reaches students and their homes. */
  readonly namesPlaces?: true;
}

/** Opens the course's hidden repository. */
export function openConfiguredCourse(
  config: Config,
  course: CourseConfig,
  now: () => Date,
  { groups = [], refusals, namesPlaces }: CourseOpening = {},
): CourseRepository {
  const { adapter, config: sourceConfig } = course.source;
  const { allowPrivateAddresses } = course;
  const httpOptions = { allowPrivateAddresses, now, ...(refusals === undefined ? {} : { refusals }) };
  return openCourseRepository({
    dir: courseFolder(config, course),
    audience: AUDIENCE,
    course: course.id,
    title: course.title,
    source: {
      adapter,
      config: sourceConfig,
      credentials: credentialsOf(course, now),
      createHttp: () => createHttp(httpOptions),
    },
    release: (path, at, sourcePath) => releaseAt(course.schedule, path, at, groups, sourcePath),
    isWanted: course.isWanted,
    now,
    problemText: (code, params) =>
      describeError({ code, params: namesPlaces === true ? params : withoutPlaces(params) }, config.language),
  });
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
