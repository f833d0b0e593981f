/** A configured course's repository for as long as one command needs it. */
import type { Config, CourseConfig } from '../config.ts';
import { openConfiguredCourse, type CourseOpening } from '../configured-course.ts';
import type { CourseRepository } from '../repo/course-repository.ts';

/** Opens the repository, gives what `use` makes of it, and closes it. */
export async function withRepository<Result>(
  config: Config,
  course: CourseConfig,
  use: (repository: CourseRepository) => Result | Promise<Result>,
  opening?: CourseOpening,
): Promise<Result> {
  const repository = openConfiguredCourse(config, course, () => new Date(), opening);
  try {
    return await use(repository);
  } finally {
    await repository.close();
  }
}
