/** From the token and the name in an address to what they open. */
import { parseCourseId } from '../core/ids.ts';
import type { ServedRepository } from '../repo/served-repository.ts';
import type { Audience } from './ports.ts';
import type { Site } from './site.ts';

/** A repository that may be read, and the course it has to be refreshed with. */
export interface Granted {
  readonly audience: Audience;
  /** As it is now; undefined when there is nothing to serve. */
  served(): ServedRepository | undefined;
}

/** Tries every audience of the course, also after one fits, and one that nobody has where there is no such course. */
export function findGranted(token: string, name: string, { courses, capabilities }: Site): Granted | undefined {
  const id = parseCourseId(name);
  if (id === undefined) return undefined;
  const course = courses.get(id);
  const candidates = course?.audiences() ?? [];
  const fitting = candidates.filter(({ supplies: { audience } }) =>
    capabilities.opens(token, { purpose: 'git', course: id, audience }),
  );
  if (candidates.length === 0) capabilities.opens(token, { purpose: 'git', course: id, audience: '' });
  const audience = fitting[0];
  return audience === undefined ? undefined : { audience, served: () => audience.served() };
}
