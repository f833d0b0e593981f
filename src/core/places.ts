/** Where places of this machine really are. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/** Where the path leads once links are followed; what does not exist yet lies in what does. */
export function realPlace(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return path === dirname(path) ? path : join(realPlace(dirname(path)), basename(path));
}

/** Whether `place` is `folder` or lies in it; both as `realPlace` gives them. */
export function isPlaceWithin(place: string, folder: string): boolean {
  return place === folder || place.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
