/** The data folder of a server: one server at a time, over crashes and machines. Single commands only lock a course. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { F2gitError } from '../errors.ts';
import { acquireUnlessHeld } from './course-lock.ts';
import { asRepositoryError } from './disk-trouble.ts';
import { readIfPresent, writeFileDurably } from './durable-file.ts';

export interface ClaimedFolder {
  /** A secret of this data folder, the same after every start: what a page was given before still counts. */
  readonly key: Buffer;
  /** Lets another server have it. */
  release(): void;
}

/** No course has a name that begins with a dot. */
const OWN = '.server';
const KEY_BYTES = 32;

/**
 * Claims `folder` for the server that asks. A server that was killed leaves nothing anybody has to remove.
 * @throws {F2gitError} `data-in-use` when another server lives there; `repository-unwritable`, `disk-full`
 */
export async function claimDataFolder(folder: string): Promise<ClaimedFolder> {
  const own = join(folder, OWN);
  try {
    const lock = await acquireUnlessHeld(own);
    if (lock === undefined) throw new F2gitError('data-in-use', { params: { folder } });
    return { key: keyIn(own), release: () => lock.release() };
  } catch (error) {
    throw asRepositoryError(error);
  }
}

/** The key in the folder; a new one where there is none, or not a whole one. */
function keyIn(own: string): Buffer {
  const path = join(own, 'key');
  const kept = readIfPresent(path);
  if (kept?.length === KEY_BYTES) return kept;
  const key = randomBytes(KEY_BYTES);
  writeFileDurably(path, key, 0o600);
  return key;
}
