/** Reading a listed file: the file that was listed, whole, or an error. */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  read,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { MAX_FILE_BYTES } from '../../core/offer.ts';
import { F2gitError } from '../../errors.ts';
import type { Body, ListedEntry } from '../source.ts';
import { itemCode } from './failure.ts';
import { join } from './name.ts';
import { hasStamp } from './stamp.ts';

/** A file of the last listing. */
export interface ListedPath {
  readonly root: string;
  readonly path: Buffer | string;
  readonly entry: ListedEntry;
}

/** Up to this many bytes a file is read at once; above, in chunks of this size. */
const CHUNK = 1024 * 1024;

const readAsync = promisify(read);

/**
 * Opens the file without following a link and without waiting (a FIFO would wait for ever), and reads it.
 * @throws {F2gitError} `source-gone`, `source-changed`, `source-forbidden`, `source-unreachable`,
 * `too-large`, `cancelled`
 */
export function readListed(file: ListedPath, signal: AbortSignal): Body {
  throwIfCancelled(signal);
  const fd = openListed(file);
  let isHandedOver = false;
  try {
    const size = checkVersion(file, fd);
    if (size > MAX_FILE_BYTES) throw tooLarge(file);
    if (size > CHUNK) {
      isHandedOver = true;
      return { kind: 'stream', size, stream: chunksOf(file, fd, size, signal) };
    }
    const bytes = Buffer.allocUnsafe(size);
    const length = readFully(fd, bytes);
    checkVersion(file, fd);
    if (length !== size) throw failure(file, 'source-changed');
    return { kind: 'bytes', bytes };
  } catch (error) {
    throw asFailure(file, error);
  } finally {
    if (!isHandedOver) closeSync(fd);
  }
}

async function* chunksOf(file: ListedPath, fd: number, size: number, signal: AbortSignal) {
  try {
    for (let position = 0; position < size;) {
      throwIfCancelled(signal);
      const wanted = Math.min(CHUNK, size - position);
      const { bytesRead, buffer } = await readAsync(fd, Buffer.allocUnsafe(wanted), 0, wanted, position);
      if (bytesRead === 0) throw failure(file, 'source-changed');
      position += bytesRead;
      // The last chunk is given only when the file is known to have held still.
      if (position >= size) checkVersion(file, fd);
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw asFailure(file, error);
  } finally {
    closeSync(fd);
  }
}

function openListed(file: ListedPath): number {
  const path = join(file.root, file.path);
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw asFailure(file, error);
  }
  if (isWhereListed(fd, path)) return fd;
  closeSync(fd);
  throw failure(file, 'source-changed');
}

/** A folder above the file may have become a link since it was listed; the kernel knows what was really opened. */
function isWhereListed(fd: number, path: Buffer | string): boolean {
  const real = realPathOf(fd, path);
  return real !== undefined && real.equals(Buffer.from(path));
}

function realPathOf(fd: number, path: Buffer | string): Buffer | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' });
  } catch {
    // No /proc here: ask by name. RACE: the answer may already be another file's; the stamp still has to match.
  }
  try {
    return realpathSync(path, { encoding: 'buffer' });
  } catch {
    // Whatever keeps the name from being resolved, it is not the file that was listed.
    return undefined;
  }
}

/** Gives the file's size in bytes. */
function checkVersion(file: ListedPath, fd: number): number {
  const stats: BigIntStats = fstatSync(fd, { bigint: true });
  if (!stats.isFile() || !hasStamp(stats, file.entry.stamp)) throw failure(file, 'source-changed');
  return Number(stats.size);
}

function readFully(fd: number, bytes: Buffer): number {
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(fd, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return length;
}

function asFailure(file: ListedPath, error: unknown): F2gitError {
  return error instanceof F2gitError ? error : failure(file, itemCode(error), error);
}

function failure(file: ListedPath, code: ReturnType<typeof itemCode>, cause?: unknown): F2gitError {
  return new F2gitError(code, { params: { path: file.entry.segments.join('/') }, cause });
}

function tooLarge(file: ListedPath): F2gitError {
  const params = { path: file.entry.segments.join('/'), detail: 'larger than any course file' };
  return new F2gitError('too-large', { params });
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new F2gitError('cancelled', { cause: signal.reason });
}
