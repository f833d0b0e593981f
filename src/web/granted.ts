/** From the token and the name in an address to what they open. */
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import type { ServedRepository } from '../repo/served-repository.ts';
import type { Grant } from './capabilities.ts';
import type { Audience } from './ports.ts';
import type { Site } from './site.ts';

/** A repository that may be read, and the course it has to be refreshed with. */
export interface Granted {
  readonly audience: Audience;
  /** As it is now. @throws {F2gitError} why there is nothing to serve */
  served(signal: AbortSignal): Promise<ServedRepository>;
}

/** A course's environment is called as the course is, with this after it. */
const ENVIRONMENT = '-environment';
/** No audience has this name: it is tried where there is no such course, so that it takes as long. */
const NOBODY = '';

/** Tries the name as a course's and as an environment's, and in each case every audience, also after one fits. */
export function findGranted(token: string, name: string, site: Site): Granted | undefined {
  const content = audienceOpenedBy(token, 'git', name, site);
  const isEnvironment = name.endsWith(ENVIRONMENT);
  const environment = audienceOpenedBy(
    token,
    'environment',
    isEnvironment ? name.slice(0, -ENVIRONMENT.length) : '',
    site,
  );
  if (content !== undefined) return { audience: content, served: () => Promise.resolve(servedOf(content)) };
  return environment && { audience: environment, served: (signal) => environment.environment(signal) };
}

function audienceOpenedBy(
  token: string,
  purpose: Grant['purpose'],
  name: string,
  { courses, capabilities }: Site,
): Audience | undefined {
  const id = parseCourseId(name);
  const course = id === undefined ? undefined : courses.get(id);
  if (course === undefined) {
    capabilities.opens(token, { purpose, course: (id ?? NOBODY) as CourseId, audience: NOBODY });
    return undefined;
  }
  return course.audienceWhere((audience) => capabilities.opens(token, { purpose, course: course.id, audience }));
}

function servedOf(audience: Audience): ServedRepository {
  const repository = audience.served();
  if (repository === undefined) throw new F2gitError('course-not-ready');
  return repository;
}
