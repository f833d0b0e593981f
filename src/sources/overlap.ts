/** A folder as a source must not be the workspace, nor hold it, nor lie in it: the course would deliver into itself. */
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPlaceWithin, realPlace } from '../core/places.ts';
import { F2gitError } from '../errors.ts';
import type { RecognisedSource } from './registry.ts';

/**
 * A folder that is not there is left to the source, as what it once held is still offered; but the workspace must not be
 * made in its place. `command`: how a person names another workspace, where they can.
 * @throws {F2gitError} `workspace-is-source`; `source-not-found` when making the workspace would make the source
 */
export function refuseOverlap(
  workspace: string,
  { mapping }: Pick<RecognisedSource, 'mapping'>,
  command?: string,
): void {
  const folder = folderOf(mapping);
  if (folder === undefined) return;
  const [one, other] = [realPlace(folder), realPlace(workspace)];
  if (!isPlaceWithin(one, other) && !isPlaceWithin(other, one)) return;
  if (!existsSync(folder)) throw new F2gitError('source-not-found', { params: { path: folder } });
  const way = command === undefined ? {} : { command };
  throw new F2gitError('workspace-is-source', { params: { workspace, path: folder, ...way } });
}

/** The folder of this machine a source reads, if it is one. */
function folderOf({ type, path, url }: Readonly<Record<string, unknown>>): string | undefined {
  if (type === 'folder') return typeof path === 'string' ? path : undefined;
  if (type !== 'git' || typeof url !== 'string') return undefined;
  if (/^file:/i.test(url)) return fileURLToPath(url);
  return isAbsolute(url) ? url : undefined;
}
