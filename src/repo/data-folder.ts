/** The data folder of a server: one server at a time, over crashes and machines. Single commands only lock a course. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../core/make-folder.ts';
import { F2gitError } from '../errors.ts';
import { acquireUnlessHeld, type CourseLock } from './course-lock.ts';
import { asRepositoryError } from './disk-trouble.ts';
import { draftPath, readIfPresent, sweepTemporaryFiles, systemCode, writeFileUnlocked } from './durable-file.ts';

export interface ClaimedFolder {
  /** A secret of this data folder, the same after every start: what a page was given before still counts. */
  readonly key: Buffer;
  /** Whether the folder is there and still this server's. */
  isHeld(): boolean;
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
    sweepTemporaryFiles(folder);
    return { key: keyIn(own), isHeld: () => isHeld(lock), release: () => lock.release() };
  } catch (error) {
    throw asRepositoryError(error);
  }
}

function isHeld(lock: CourseLock): boolean {
  try {
    lock.assertHeld();
    return true;
  } catch {
    // taken over, or its disk does not answer: in neither case can anything be stored here
    return false;
  }
}

/**
 * The key of a data folder, for a command that needs it beside a server or before its first start.
 * @throws {F2gitError} `repository-unwritable`, `disk-full`
 */
export function dataKey(folder: string): Buffer {
  const own = join(folder, OWN);
  try {
    makeFolder(own, 0o700);
    return keyIn(own);
  } catch (error) {
    throw asRepositoryError(error);
  }
}

/** Where a server keeps who has which account (`hub/account-book.ts`). */
export function accountsFolder(folder: string): string {
  return join(folder, OWN, 'accounts');
}

/** Where a server keeps who signed out the computers of their own (`web/laptop-book.ts`). */
export function laptopsFolder(folder: string): string {
  return join(folder, OWN, 'laptops');
}

/** Where a server keeps whose personal links were ended (`web/personal-links.ts`). */
export function peopleFolder(folder: string): string {
  return join(folder, OWN, 'people');
}

/** Where a server keeps how many clicks each course had (`web/click-book.ts`). */
export function clicksFolder(folder: string): string {
  return join(folder, OWN, 'clicks');
}

/** The key in the folder; a new one where there is none, or not a whole one. */
function keyIn(own: string): Buffer {
  const path = join(own, 'key');
  const kept = readIfPresent(path);
  if (kept?.length === KEY_BYTES) return kept;
  // not in the lock's own folder: whoever takes the lock sweeps there
  const draft = draftPath(dirname(own));
  try {
    writeFileUnlocked(draft, randomBytes(KEY_BYTES), 0o600);
    if (kept !== undefined) fs.rmSync(path);
    // of two that make one at the same time, both take the first
    fs.linkSync(draft, path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
  return fs.readFileSync(path);
}
