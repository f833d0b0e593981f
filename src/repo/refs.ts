/**
 * References of a hidden repository: read without trust, switched by compare-and-swap under git's own lock file, so
 * that a real git that writes at the same moment and f2git exclude each other.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { parseOid, type Oid } from '../core/ids.ts';
import { makeFolder } from '../core/make-folder.ts';
import { F2gitError } from '../errors.ts';
import { readIfPresent, syncFolder, systemCode, writeFully } from './durable-file.ts';

export const MAIN = 'refs/heads/main';

/** What a reference says: an object, nothing (`absent`), or something no git would write. */
export type RefValue = Oid | 'absent' | 'damaged';

/** Reads a reference, loose or packed. */
export function readRef(gitDir: string, name: string): RefValue {
  const loose = readIfPresent(join(gitDir, name))?.toString('latin1');
  if (loose !== undefined) return parseOid(loose.trimEnd()) ?? 'damaged';
  const packed = readIfPresent(join(gitDir, 'packed-refs'))?.toString('latin1') ?? '';
  const line = packed.split('\n').find((text) => text.slice(41) === name);
  return line === undefined ? 'absent' : (parseOid(line.slice(0, 40)) ?? 'damaged');
}

/**
 * Points `name` to `next` if it still says `expected`: durable when it returns, unchanged when it throws.
 * @throws {F2gitError} `ref-changed` when it says something else, or somebody else is writing it
 */
export function switchRef(gitDir: string, name: string, expected: RefValue, next: Oid): void {
  const path = join(gitDir, name);
  makeFolder(dirname(path));
  const fd = openLock(path);
  try {
    try {
      if (readRef(gitDir, name) !== expected) throw new F2gitError('ref-changed', { params: { ref: name } });
      writeFully(fd, Buffer.from(`${next}\n`));
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(`${path}.lock`, path);
  } catch (error) {
    fs.rmSync(`${path}.lock`, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** How long a real git may need between taking and releasing a lock file. */
const FOREIGN_LOCK_MS = 1000;

/** Removes lock files that a crash left. Call it only under the course lock, which every writer of ours holds. */
export async function sweepStaleLocks(gitDir: string): Promise<void> {
  const locks = [`${MAIN}.lock`, 'HEAD.lock', 'packed-refs.lock', 'config.lock'].map((name) => join(gitDir, name));
  const left = locks.filter((lock) => fs.existsSync(lock));
  if (left.length === 0) return;
  const before = left.map(identityOf);
  await new Promise((resolve) => setTimeout(resolve, FOREIGN_LOCK_MS));
  left.forEach((lock, position) => {
    if (identityOf(lock) === before[position]) fs.rmSync(lock, { force: true });
  });
}

function identityOf(path: string): string | undefined {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino} ${stat.mtimeNs}`;
}

function openLock(path: string): number {
  try {
    return fs.openSync(`${path}.lock`, 'wx', 0o644);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new F2gitError('ref-changed', { params: { lock: `${path}.lock` }, cause: error });
  }
}
