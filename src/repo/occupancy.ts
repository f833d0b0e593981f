/** Which paths files leave free. Pure. */
import { ancestorsOf, foldPath, type RelPath } from '../core/paths.ts';

/** Tells whether a file cannot be at a path because of `occupants`: the same name, a file above it, a folder there. */
export function occupancyOf(occupants: readonly { readonly path: RelPath }[]): (path: RelPath) => boolean {
  const files = new Set(occupants.map(({ path }) => foldPath(path)));
  const folders = new Set(occupants.flatMap(({ path }) => ancestorsOf(path).map(foldPath)));
  return (path) =>
    files.has(foldPath(path)) ||
    folders.has(foldPath(path)) ||
    ancestorsOf(path).some((folder) => files.has(foldPath(folder)));
}
