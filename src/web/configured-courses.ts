/** The courses of the configuration, each with its hidden repository, as the pages need them. */
import { join } from 'node:path';
import type { Config, CourseConfig } from '../config.ts';
import type { CourseId } from '../core/ids.ts';
import { accountOf } from '../hub/account.ts';
import type { Offer, SourceState } from '../core/offer.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import { audienceName, courseFolder, groupsOf, openConfiguredCourse } from '../configured-course.ts';
import { forStudents } from '../messages/for-students.ts';
import { nextChange, releaseAt } from '../release/schedule.ts';
import type { CourseRepository } from '../repo/course-repository.ts';
import type { AudienceRepository } from '../repo/offering.ts';
import type { Release } from '../repo/verdicts.ts';
import { sourceFromText } from '../sources/registry.ts';
import { createRefusals } from '../sources/refusals.ts';
import type { Audience, Course, Courses } from './ports.ts';

export interface ConfiguredCourses extends Courses {
  /** Waits for refreshes that are on, and closes all files. */
  close(): Promise<void>;
}

/** How a refresh that somebody asked for ended: how the source answered, or why it `failed`. */
export type RefreshEnd =
  | { readonly course: CourseId; readonly result: SourceState['state'] }
  | { readonly course: CourseId; readonly result: 'failed'; readonly error: unknown };

/** Opens all of them. `onRefresh` hears how each refresh that was asked for ended. */
export function openConfiguredCourses(
  config: Config,
  now: () => Date,
  onRefresh: (end: RefreshEnd) => void = () => undefined,
): ConfiguredCourses {
  const refusals = createRefusals();
  const opened = [...config.courses.values()].map((course) => {
    const folder = courseFolder(config, course);
    const repository = openConfiguredCourse(config, course, now, { refusals });
    return { config: course, repository, course: courseOf(course, repository, folder, config, onRefresh) };
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
      await Promise.all(opened.map(({ repository }) => repository.close()));
    },
  };
}

function courseOf(
  course: CourseConfig,
  repository: CourseRepository,
  folder: string,
  config: Config,
  onRefresh: (end: RefreshEnd) => void,
): Course {
  const { id, title, open, workspace, schedule } = course;
  const audiences = new Map<string, Audience>();
  const audienceFor = (named: readonly string[]): Audience => {
    const groups = [...schedule.groups].filter((group) => named.includes(group)).sort();
    const name = audienceName(groups);
    const known = audiences.get(name) ?? openAudience(name, groups, { course, repository, folder, onRefresh });
    audiences.set(name, known);
    return known;
  };
  audienceFor([]);
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
    audienceOf: (person) => audienceFor(groupsOf(course, person)),
    audienceFor,
    audiences: () => [...audiences.values()],
    nextChange: (now) => nextChange(schedule, now),
  };
}

interface AudienceParts {
  readonly course: CourseConfig;
  readonly repository: CourseRepository;
  readonly folder: string;
  readonly onRefresh: (end: RefreshEnd) => void;
}

function openAudience(name: string, groups: readonly string[], parts: AudienceParts): Audience {
  const { course, repository, folder, onRefresh } = parts;
  const { schedule, freshness, policy } = course;
  const release: Release = (path, at, sourcePath) => releaseAt(schedule, path, at, groups, sourcePath);
  const served: AudienceRepository = groups.length === 0 ? repository : repository.openAudience(name, release);
  return {
    name,
    refresh: (onProgress, signal) => told(course, served.refresh({ freshness, onProgress, signal }), signal, onRefresh),
    isBehind: () => served.isBehind(),
    offer: () => served.offer(),
    blob: (oid) => served.blob(oid),
    published: () => served.published(),
    zip: () => served.zip(),
    served: () => served.served(),
    supplies: { folder, audience: name, policy },
  };
}

/** Who leaves before the answer has not been answered. Particulars of a failure are for `onRefresh` alone. */
async function told(
  { id, title }: CourseConfig,
  refreshing: Promise<Offer>,
  signal: AbortSignal,
  onRefresh: (end: RefreshEnd) => void,
): Promise<Offer> {
  try {
    const offer = await refreshing;
    onRefresh({ course: id, result: offer.source.state });
    return offer;
  } catch (error) {
    if (!signal.aborted) onRefresh({ course: id, result: 'failed', error });
    throw forStudents(asF2gitError(error), title);
  }
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
