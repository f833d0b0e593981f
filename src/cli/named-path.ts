/** Whether a path that somebody names is the course's. */
import type { RelPath } from '../core/paths.ts';

/** Whether `path` is one of the files, or a folder with some of them. */
export function isNamedIn(files: Iterable<{ readonly path: string }>, path: RelPath): boolean {
  for (const file of files) if (file.path === path || file.path.startsWith(`${path}/`)) return true;
  return false;
}
