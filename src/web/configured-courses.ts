/** The courses of the configuration, each with its hidden repository, as the pages need them. */
import { join } from 'node:path';
import type { Config, CourseConfig } from '../config.ts';
import { accountOf } from '../hub/account.ts';
import { refuseOverlap } from '../sources/overlap.ts';
import { shownSource } from '../sources/shown-source.ts';
import { createRefusals } from '../sources/refusals.ts';
import { openAudiences, type CourseAudiences, type RefreshEnd } from './audiences.ts';
import { courseOfRepository } from './course-of-repository.ts';
import type { EnvironmentEvent } from './followed-environment.ts';
import type { Course, Courses } from './ports.ts';

export interface ConfiguredCourses extends Courses {
  /** Waits for refreshes that are on, and closes all files. */
  close(): Promise<void>;
}

/** Who is told what happens to the courses; each may be left out. */
export interface CourseEvents {
  /** How each refresh that was asked for ended. */
  readonly onRefresh?: (end: RefreshEnd) => void;
  /** Each new version of an environment, and what keeps one from following its course. */
  readonly onEnvironment?: (event: EnvironmentEvent) => void;
}

/** Opens all of them. */
export function openConfiguredCourses(
  config: Config,
  now: () => Date,
  { onRefresh = () => undefined, onEnvironment = () => undefined }: CourseEvents = {},
): ConfiguredCourses {
  const refusals = createRefusals();
  const opened = [...config.courses.values()].map((course) => {
    const audiences = openAudiences({ config, course, now, refusals, onRefresh, onEnvironment });
    return { audiences, course: courseOf(course, audiences, config) };
  });
  const byId = new Map(opened.map(({ course }) => [course.id, course]));
  return {
    all: opened.map(({ course }) => course),
    get: (id) => byId.get(id),
    bySource: (address, branch) => {
      const meant = courseOfRepository(address, branch, [...config.courses.values()]);
      return meant && byId.get(meant.id);
    },
    close: async () => {
      await Promise.all(opened.map(({ audiences }) => audiences.close()));
    },
  };
}

function courseOf(
  { id, title, open, workspace, source }: CourseConfig,
  audiences: CourseAudiences,
  config: Config,
): Course {
  return {
    id,
    title,
    ...(open === undefined ? {} : { open }),
    workspaceOf: ({ name }) => {
      const account = config.auth === 'none' ? name : accountOf(name, config.accounts);
      const home = config.homes.replace('{user}', () => account);
      const path = join(home, workspace);
      // for trying out, homes are folders like others, and `~` is somewhere else
      return { path, home, folder: workspace, shown: config.auth === 'none' ? path : `~/${workspace}` };
    },
    refuseOverlap: ({ path }) => refuseOverlap(path, source),
    audienceOf: (person) => audiences.of(person),
    source: shownSource(source),
    ...(audiences.signIn === undefined ? {} : { signIn: audiences.signIn }),
    ...(audiences.desk === undefined ? {} : { desk: audiences.desk }),
    audiences: () => audiences.all(),
    audienceWhere: (isMeant) => audiences.where(isMeant),
    nextChange: (now) => audiences.nextChange(now),
  };
}
