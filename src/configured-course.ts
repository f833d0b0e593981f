/** Wires a course of the configuration to its source, its schedule and its hidden repository. */
import { join } from 'node:path';
import type { CourseConfig, Config } from './config.ts';
import { describeError } from './messages/errors.ts';
import { releaseAt } from './release/schedule.ts';
import { openCourseRepository, type CourseRepository } from './repo/course-repository.ts';
import { createHttp } from './sources/create-http.ts';

/** One audience: everybody who takes the course sees the same files. */
export const AUDIENCE = 'all';

/** Where the course's hidden repository and state are. */
export function courseFolder(config: Config, course: CourseConfig): string {
  return join(config.data, course.id);
}

/**
 * Opens the course's hidden repository. `groups` narrows what counts as released to an audience in these groups; such
 * a repository must only be asked for previews.
 */
export function openConfiguredCourse(
  config: Config,
  course: CourseConfig,
  now: () => Date,
  groups: readonly string[] = [],
): CourseRepository {
  const { adapter, config: sourceConfig } = course.source;
  return openCourseRepository({
    dir: courseFolder(config, course),
    audience: AUDIENCE,
    course: course.id,
    title: course.title,
    source: {
      adapter,
      config: sourceConfig,
      credentials: course.credentials,
      createHttp: () => createHttp({ allowPrivateAddresses: course.allowPrivateAddresses }),
    },
    release: (path, at) => releaseAt(course.schedule, path, at, groups),
    isWanted: course.isWanted,
    now,
    problemText: (code, params) => describeError({ code, params }, config.language),
  });
}
