/** What keeps a course's environment from having a repository of its own, for those who look after the course. */
import type { CourseConfig } from '../config.ts';
import type { F2gitError } from '../errors.ts';
import type { CourseRepository } from '../repo/course-repository.ts';
import { environmentRefusal } from '../repo/environment-repository.ts';

/** By the course as it was read last; undefined when nothing is in the way. */
export async function environmentTrouble(
  repository: CourseRepository,
  course: CourseConfig,
): Promise<F2gitError | undefined> {
  const environment = repository.openEnvironment(course.environment.extra);
  try {
    const seen = await environment.look();
    return seen?.kind === 'refused' ? environmentRefusal(seen) : undefined;
  } finally {
    environment.close();
  }
}
