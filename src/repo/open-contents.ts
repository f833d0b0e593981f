/** Only the contents of a course's repository, for an agent in another thread or process than the one that refreshes. */
import type { Contents } from '../core/offer.ts';
import { contentsOf } from './contents.ts';
import { CourseFolder } from './course-folder.ts';
import { readHistory } from './history.ts';

export interface OpenedContents {
  readonly contents: Contents;
  close(): void;
}

/** Opens what `audience` may have of the course in `dir`. It sees every later refresh, and writes nothing. */
export function openContents(dir: string, audience: string, identity: string): OpenedContents {
  const folder = new CourseFolder(dir, audience, identity);
  const contents = contentsOf({
    repositories: () => folder.repositories(),
    isPurged: (object) => folder.purged.has(object),
    published: () => readHistory(folder.repository.paths.own),
  });
  return { contents, close: () => folder.close() };
}
