/** A refresh of a folder, and what it ended with, as plain data. */
import { parseCourseId } from '../../../src/core/ids.ts';
import { F2gitError } from '../../../src/errors.ts';
import { openCourseRepository } from '../../../src/repo/course-repository.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { folderAdapter } from '../../../src/sources/folder/index.ts';
import type { SourceAdapter } from '../../../src/sources/source.ts';

export type End =
  | { readonly kind: 'error'; readonly code: string }
  | {
      readonly kind: 'offer';
      readonly files: Readonly<Record<string, string>>;
      /** Paths at and below which nothing is taken for gone. */
      readonly frozen: readonly string[];
      /** Whether what is absent is taken for gone. */
      readonly isCertain: boolean;
      readonly problems: readonly string[];
    };

/** Refreshes the repository at `data` from `folder`. @throws what is no error of ours */
export async function refreshFolder(data: string, folder: string): Promise<End> {
  const course = parseCourseId('intro');
  if (course === undefined) throw new Error('not a course id');
  const adapter = folderAdapter as SourceAdapter;
  const repository = openCourseRepository({
    dir: data,
    course,
    title: 'Intro',
    source: {
      adapter,
      config: adapter.parseConfig({ type: 'folder', path: folder }),
      credentials: {},
      createHttp: () => createHttp({ allowPrivateAddresses: false }),
    },
    now: () => new Date(),
  });
  try {
    const offer = await repository.refresh({ freshness: 0, force: true });
    return {
      kind: 'offer',
      files: Object.fromEntries(offer.files.map(({ path, oid }) => [path, oid])),
      frozen: offer.frozen.map(({ path }) => path),
      isCertain: offer.deletions === 'certain',
      problems: offer.source.problems.map(({ path, code }) => `${path} ${code}`),
    };
  } catch (error) {
    if (error instanceof F2gitError) return { kind: 'error', code: error.code };
    throw error;
  } finally {
    await repository.close();
  }
}
