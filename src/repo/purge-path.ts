/** One purge of a course: out of everybody's repository, each audience's, and each student's. */
import type { RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { CourseFolder } from './course-folder.ts';
import { acquireCourseLock } from './course-lock.ts';
import { asRepositoryError } from './disk-trouble.ts';
import { contentsOnlyAt } from './purge.ts';

/** As `CourseRepository.purge`; `course`: the folder of the whole course. */
export async function purgePath(course: CourseFolder, path: RelPath, at: Date, signal?: AbortSignal): Promise<number> {
  try {
    return await underLock(course, signal, async () => {
      const published = [course, ...course.parts()].flatMap((folder) => folder.history());
      const contents = contentsOnlyAt(path, published);
      if (contents.length === 0) throw new F2gitError('file-unknown', { params: { path } });
      course.addPurged(contents);
      await takeOut(course, at);
      // asked again: whoever takes a lock after this look reads what is purged after it, too
      for (const part of course.parts()) await underLock(part, signal, () => takeOut(part, at));
      return contents.length;
    });
  } catch (error) {
    throw asRepositoryError(error);
  }
}

/** Makes sure that a repository is served without what was purged. */
async function takeOut(folder: CourseFolder, at: Date): Promise<void> {
  folder.close();
  if (folder.isMade) await folder.prepare(at);
  folder.close();
}

async function underLock<Result>(
  { lockFolder }: CourseFolder,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = await acquireCourseLock(lockFolder, signal);
  try {
    return await work();
  } finally {
    lock.release();
  }
}
