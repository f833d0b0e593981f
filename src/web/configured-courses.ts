/** The courses of the configuration, each with its hidden repository, as the pages need them. */
import { join } from 'node:path';
import type { Config, CourseConfig } from '../config.ts';
import { F2gitError } from '../errors.ts';
import { accountOf } from '../hub/account.ts';
import { nextChange } from '../release/schedule.ts';
import { createRefusals } from '../sources/refusals.ts';
import { sourceFromText } from '../sources/registry.ts';
import { openAudiences, type CourseAudiences, type RefreshEnd } from './audiences.ts';
import type { Course, Courses } from './ports.ts';

export interface ConfiguredCourses extends Courses {
  /** Waits for refreshes that are on, and closes all files. */
  close(): Promise<void>;
}

/** Opens all of them. `onRefresh` hears how each refresh that was asked for ended. */
export function openConfiguredCourses(
  config: Config,
  now: () => Date,
  onRefresh: (end: RefreshEnd) => void = () => undefined,
): ConfiguredCourses {
  const refusals = createRefusals();
  const opened = [...config.courses.values()].map((course) => {
    const audiences = openAudiences({ config, course, now, refusals, onRefresh });
    return { config: course, audiences, course: courseOf(course, audiences, config) };
  });
  const byId = new Map(opened.map(({ course }) => [course.id, course]));
  return {
    all: opened.map(({ course }) => course),
    get: (id) => byId.get(id),
    bySource: (address) => {
      const wanted = identitiesOf(address);
      const isMeant = ({ config: { source } }: (typeof opened)[number]): boolean =>
        wanted.has(source.adapter.identity(source.config));
      return opened.find(isMeant)?.course;
    },
    close: async () => {
      await Promise.all(opened.map(({ audiences }) => audiences.close()));
    },
  };
}

function courseOf(
  { id, title, open, workspace, schedule }: CourseConfig,
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
    audienceOf: (person) => audiences.of(person),
    ...(audiences.signIn === undefined ? {} : { signIn: audiences.signIn }),
    audiences: () => audiences.all(),
    nextChange: (now) => nextChange(schedule, now),
  };
}

/**
 * What an address of a web page or a repository may be the source of. Only web addresses are tried: nothing of a link
 * ever touches this machine's files.
 */
function identitiesOf(address: string): ReadonlySet<string> {
  if (!/^https?:\/\//i.test(address)) return new Set();
  const plain = address.replace(/\/+$/, '').replace(/\.git$/, '');
  const forms = [address, plain, `${plain}.git`].flatMap((one) => [one, `git+${one}`]);
  return new Set(forms.flatMap(identityOf));
}

function identityOf(address: string): readonly string[] {
  try {
    const { adapter, config } = sourceFromText(address, '/');
    return [adapter.identity(config)];
  } catch (error) {
    // an address that is no source is the source of no course
    if (error instanceof F2gitError) return [];
    throw error;
  }
}
