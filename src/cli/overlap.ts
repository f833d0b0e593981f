/** A folder as a source must not be the workspace, nor hold it, nor lie in it: the course would deliver into itself. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { F2gitError } from '../errors.ts';
import type { RecognisedSource } from '../sources/registry.ts';

/**
 * A folder that is not there is left to the source, as what it once held is still offered; but the workspace must not be
 * made in its place.
 * @throws {F2gitError} `workspace-is-source`; `source-not-found` when making the workspace would make the source
 */
export function refuseOverlap(workspace: string, { mapping }: Pick<RecognisedSource, 'mapping'>): void {
  const folder = folderOf(mapping);
  if (folder === undefined) return;
  const [one, other] = [realPath(folder), realPath(workspace)];
  if (!isWithin(one, other) && !isWithin(other, one)) return;
  if (!existsSync(folder)) throw new F2gitError('source-not-found', { params: { path: folder } });
  throw new F2gitError('workspace-is-source', { params: { workspace, path: folder } });
}

/** The folder of this machine a source reads, if it is one. */
function folderOf({ type, path, url }: Readonly<Record<string, unknown>>): string | undefined {
  if (type === 'folder') return typeof path === 'string' ? path : undefined;
  if (type !== 'git' || typeof url !== 'string') return undefined;
  if (/^file:/i.test(url)) return fileURLToPath(url);
  return isAbsolute(url) ? url : undefined;
}

/** Where the path leads once links are followed; what does not exist yet lies in what does. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
