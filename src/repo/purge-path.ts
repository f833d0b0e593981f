/** One purge of a course: out of everybody's repository, each audience's, and each student's. */
import type { RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { CourseFolder } from './course-folder.ts';
import { acquireCourseLock } from './course-lock.ts';
import { asRepositoryError } from './disk-trouble.ts';
import { extentOf } from './purge.ts';

/** What a purge did. */
export interface Purged {
  /** How many contents were taken out. */
  readonly contents: number;
  /** Where the course offers others of that path, too: those stay. Sorted. */
  readonly elsewhere: readonly RelPath[];
}

const MOST_NAMED = 10;

/** As `CourseRepository.purge`; `course`: the folder of the whole course. */
export async function purgePath(course: CourseFolder, path: RelPath, at: Date, signal?: AbortSignal): Promise<Purged> {
  try {
    return await underLock(course, signal, async () => {
      const historyOf = (folders: readonly CourseFolder[]) => folders.flatMap((folder) => folder.history());
      const shared = [course, ...course.audiences()];
      const { contents, elsewhere } = extentOf(path, {
        published: historyOf(shared),
        offered: shared.flatMap(({ repository }) => repository.tip().manifest?.files ?? []),
        own: historyOf(course.students()),
      });
      if (contents.length === 0) throw nothingToPurge(path, elsewhere);
      course.addPurged(contents);
      await takeOut(course, at);
      // asked again: whoever takes a lock after this look reads what is purged after it, too
      for (const part of course.parts()) await underLock(part, signal, () => takeOut(part, at));
      return { contents: contents.length, elsewhere };
    });
  } catch (error) {
    throw asRepositoryError(error);
  }
}

function nothingToPurge(path: RelPath, elsewhere: readonly RelPath[]): F2gitError {
  if (elsewhere.length === 0) return new F2gitError('file-unknown', { params: { path } });
  return new F2gitError('file-elsewhere', { params: { path, places: namedPlaces(elsewhere) } });
}

/** Some of the places, for a sentence. */
export function namedPlaces(places: readonly RelPath[]): string {
  return [...places.slice(0, MOST_NAMED), ...(places.length > MOST_NAMED ? ['…'] : [])].join(', ');
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
