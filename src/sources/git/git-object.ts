/** An object of a git repository, and how it gets its id. */
import { createHash, type Hash } from 'node:crypto';
import type { Oid } from '../../core/ids.ts';

export type ObjectKind = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly kind: ObjectKind;
  readonly bytes: Buffer;
}

/** What is rebuilt from deltas, and every tree and commit, is held in memory; more than this is refused. Bytes. */
export const MAX_HELD_BYTES = 512 * 1024 * 1024;
/** git itself makes chains of at most 4,095 deltas. */
export const MAX_CHAIN = 4096;

/** Begins the hash of an object of `size` bytes: they follow. */
export function hashOf(kind: ObjectKind, size: number): Hash {
  return createHash('sha1').update(`${kind} ${size}\0`);
}

export function oidOfObject({ kind, bytes }: GitObject): Oid {
  return hashOf(kind, bytes.length).update(bytes).digest('hex') as Oid;
}
