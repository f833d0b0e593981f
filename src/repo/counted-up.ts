/** A number in a file that only ever grows: what was given out under a smaller one is not good any more. */
import { dirname } from 'node:path';
import { makeFolder } from '../core/make-folder.ts';
import { F2gitError } from '../errors.ts';
import { readIfPresent, writeFileUnlocked } from './durable-file.ts';

/**
 * The number; 0 where it was never counted up. Guessing it where the file is damaged would revive what was ended.
 * @throws {F2gitError} `repository-unwritable` when it is damaged, `repository-newer`
 */
export function readCount(path: string): number {
  const bytes = readIfPresent(path);
  if (bytes === undefined) return 0;
  const [, version, generation] = /^\{"version":(\d+),"generation":(\d+)\}$/.exec(bytes.toString('utf8')) ?? [];
  if (version === undefined) throw new F2gitError('repository-unwritable', { params: { path, detail: 'damaged' } });
  if (version !== '1') throw new F2gitError('repository-newer', { params: { version } });
  return Number(generation);
}

/** @throws {F2gitError} as `readCount` */
export function countUp(path: string): void {
  const generation = readCount(path) + 1;
  makeFolder(dirname(path), 0o700);
  writeFileUnlocked(path, JSON.stringify({ version: 1, generation }), 0o600);
}
