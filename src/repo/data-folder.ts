/** The data folder of a server: one server at a time, over crashes and machines. Single commands only lock a course. */
import { join } from 'node:path';
import { F2gitError } from '../errors.ts';
import { acquireUnlessHeld } from './course-lock.ts';
import { asRepositoryError } from './disk-trouble.ts';

export interface ClaimedFolder {
  /** Lets another server have it. */
  release(): void;
}

/** No course has a name that begins with a dot. */
const LOCK = '.server';

/**
 * Claims `folder` for the server that asks. A server that was killed leaves nothing anybody has to remove.
 * @throws {F2gitError} `data-in-use` when another server lives there; `repository-unwritable`, `disk-full`
 */
export async function claimDataFolder(folder: string): Promise<ClaimedFolder> {
  const lock = await acquireUnlessHeld(join(folder, LOCK)).catch((error: unknown) => {
    throw asRepositoryError(error);
  });
  if (lock === undefined) throw new F2gitError('data-in-use', { params: { folder } });
  return lock;
}
