/**
 * Files that are whole or absent, also after a power cut: written under a temporary name, synced, renamed, and the
 * folder synced after it. A rename without the first sync leaves an empty file on ext4 when the power goes.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { syncOpenFolder } from '../core/sync-folder.ts';
import { systemErrorName } from '../errors.ts';

/** Temporary files start with this; whoever holds the course lock may remove them (`sweepTemporaryFiles`). */
export const TEMPORARY_PREFIX = 'tmp_f2git_';

/** As `TEMPORARY_PREFIX`, of those who write without that lock: who sweeps may come while they are being written. */
const UNLOCKED_PREFIX = 'draft_f2git_';
/** They are written in milliseconds: one this old was left by a crash, however wrong a file server's clock is. */
const UNLOCKED_LIFE_MS = 24 * 60 * 60_000;

/** Whether a sweep takes what is called so for a temporary file. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX) || name.startsWith(UNLOCKED_PREFIX);
}

/** A new name for a temporary file in `folder`. */
export function temporaryPath(folder: string): string {
  return join(folder, TEMPORARY_PREFIX + randomBytes(6).toString('hex'));
}

/** As `temporaryPath`, for who writes without the lock under which the folder's temporary files are swept. */
export function draftPath(folder: string): string {
  return join(folder, UNLOCKED_PREFIX + randomBytes(6).toString('hex'));
}

/** Puts `data` at `path`: afterwards the old or the new content is there, never a part of either. */
export function writeFileDurably(path: string, data: Uint8Array | string, mode = 0o644): void {
  writeAndRename(temporaryPath(dirname(path)), path, data, mode, true);
  syncFolder(dirname(path));
}

/** As `writeFileDurably`, for who does not hold the lock under which the folder's temporary files are swept. */
export function writeFileUnlocked(path: string, data: Uint8Array | string, mode = 0o644): void {
  writeAndRename(draftPath(dirname(path)), path, data, mode, true);
  syncFolder(dirname(path));
}

/**
 * As `writeFileDurably` without waiting for the disk: after a power cut there may be the old content, nothing, or what
 * is no content. Only for what its reader knows by a checksum and can do without.
 */
export function writeFileLightly(path: string, data: Uint8Array | string, mode = 0o644): void {
  writeAndRename(temporaryPath(dirname(path)), path, data, mode, false);
}

function writeAndRename(
  temporary: string,
  path: string,
  data: Uint8Array | string,
  mode: number,
  durably: boolean,
): void {
  try {
    const fd = fs.openSync(temporary, 'wx', mode);
    try {
      writeFully(fd, typeof data === 'string' ? Buffer.from(data) : data);
      if (durably) fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** Takes a file away if it is there. Unlike `rmSync` it does not look first, and loads nothing. */
export function removeIfThere(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Adds `data` at the end of `path`, durably. A crash may leave a part of it: the reader must know a torn end. */
export function appendDurably(path: string, data: string): void {
  const fd = fs.openSync(path, 'a', 0o644);
  try {
    writeFully(fd, Buffer.from(data));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** As `appendDurably`: written when it returns, durable when its promise is kept. */
export async function appendDurablyMeanwhile(path: string, data: string): Promise<void> {
  const fd = fs.openSync(path, 'a', 0o644);
  try {
    writeFully(fd, Buffer.from(data));
    await syncFiles([fd]);
  } finally {
    fs.closeSync(fd);
  }
}

/** Writes all of `bytes` at the present position (or at `position`), however little each call takes. */
export function writeFully(fd: number, bytes: Uint8Array, position?: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += fs.writeSync(fd, bytes, done, bytes.length - done, position === undefined ? null : position + done);
  }
}

/** Makes renames and new names in `folder` durable. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, 'r');
  try {
    syncOpenFolder(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * `fsync` of several files at once that leaves the event loop free; a large pack takes a while. It ends, well or not,
 * when all are done: only then may they be closed.
 */
export async function syncFiles(fds: readonly number[]): Promise<void> {
  const outcomes = await Promise.allSettled(fds.map((fd) => syncLater(fd)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

const syncLater: (fd: number) => Promise<void> = promisify(fs.fsync);

/** Removes what a crash left in `folder`. Call it only under the lock that every writer of the folder holds. */
export function sweepTemporaryFiles(folder: string): void {
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith(TEMPORARY_PREFIX)) fs.rmSync(path, { force: true, recursive: true });
    if (name.startsWith(UNLOCKED_PREFIX) && isLeft(path)) removeIfThere(path);
  }
}

function isLeft(path: string): boolean {
  const written = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  return Date.now() - written > UNLOCKED_LIFE_MS;
}

/** The name of a system error (`ENOENT`) or the `code` of one of Node's own; undefined when `error` is neither. */
export function systemCode(error: unknown): string | undefined {
  const name = systemErrorName(error);
  if (name !== undefined) return name;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The content of a file, or undefined when there is none. Any other trouble is thrown. */
export function readIfPresent(path: string): Buffer | undefined {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
