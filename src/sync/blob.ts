/** Git's name for content: SHA-1 of `blob <size>\0<bytes>`, computed with bounded memory. */
import { createHash } from 'node:crypto';
import { oid, type Oid } from '../core/ids.ts';
import type { Home, Stat } from './home.ts';

/** Read at once; larger pieces do not hash faster. */
const PIECE = 256 * 1024;
const piece = Buffer.allocUnsafe(PIECE);

/** The object id of `bytes`. */
export function blobOid(bytes: Uint8Array): Oid {
  return oid(createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'));
}

/** What one reading of a file found. `stat` is the file's state before and after it. */
export interface Reading {
  readonly oid: Oid;
  readonly stat: Stat;
}

/**
 * Reads the open file `fd` to its end and gives its object id; undefined when it changed while it was read.
 * Each piece is handed to `take`, if given, before the next is read.
 */
export function hashOpen(home: Home, fd: number, take?: (bytes: Uint8Array) => void): Reading | undefined {
  const before = home.statOpen(fd);
  const hash = createHash('sha1').update(`blob ${before.size}\0`);
  let size = 0;
  for (let read = home.read(fd, piece); read > 0; read = home.read(fd, piece)) {
    const bytes = piece.subarray(0, read);
    hash.update(bytes);
    take?.(bytes);
    size += read;
    // A file that is written as fast as it is read would keep us for ever.
    if (size > before.size) return undefined;
  }
  const after = home.statOpen(fd);
  if (size !== before.size || !isSameContentStat(before, after)) return undefined;
  return { oid: oid(hash.digest('hex')), stat: after };
}

/** Whether two looks saw the same file with the same bytes, as far as a look can tell. */
export function isSameContentStat(a: Stat, b: Stat): boolean {
  return a.inode === b.inode && a.size === b.size && a.modified === b.modified;
}
