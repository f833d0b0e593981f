/**
 * Git's object and pack formats as far as f2git writes them: undeltified entries in version 2 packs with version 2
 * indexes (gitformat-pack of the Git project).
 */
import { createHash, type Hash } from 'node:crypto';
import { oid, type Oid } from '../core/ids.ts';

export type ObjectKind = 'commit' | 'tree' | 'blob';

/** The tree without entries. */
export const EMPTY_TREE = oid('4b825dc642cb6eb9a060e54bf8d69288fbee4904');

export const PACK_HEADER_BYTES = 12;
export const CHECKSUM_BYTES = 20;

/** Entry types of a pack; 4 is a tag, 6 and 7 are deltas, which f2git never writes. */
const typeNumbers = { commit: 1, tree: 2, blob: 3 } as const satisfies Record<ObjectKind, number>;
const kinds: Readonly<Record<number, ObjectKind>> = { 1: 'commit', 2: 'tree', 3: 'blob' };

/** The id git gives to an object. */
export function hashObject(kind: ObjectKind, bytes: Uint8Array): Oid {
  return oid(startObjectHash(kind, bytes.length).update(bytes).digest('hex'));
}

/** A hash that gives the object's id once all of its `size` bytes went through. */
export function startObjectHash(kind: ObjectKind, size: number): Hash {
  return createHash('sha1').update(`${kind} ${size}\0`);
}

/** The first 12 bytes of a pack. */
export function packHeader(count: number): Buffer {
  const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
  header.writeUInt32BE(count, 8);
  return header;
}

/** The type and size in front of an entry's compressed data: 4 bits of size, then 7 a byte, low bits first. */
export function entryHeader(kind: ObjectKind, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = (typeNumbers[kind] << 4) | (size % 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

/** What an entry's header says; `kind` is absent for deltas and tags. Undefined when it is cut short. */
export interface EntryHeader {
  readonly kind?: ObjectKind;
  readonly size: number;
  readonly headerBytes: number;
}

export function parseEntryHeader(bytes: Uint8Array): EntryHeader | undefined {
  let position = 0;
  let byte = bytes[position++];
  if (byte === undefined) return undefined;
  const kind = kinds[(byte >> 4) & 7];
  let size = byte & 15;
  for (let factor = 16; byte & 0x80; factor *= 128) {
    byte = bytes[position++];
    if (byte === undefined || factor > Number.MAX_SAFE_INTEGER / 128) return undefined;
    size += (byte & 0x7f) * factor;
  }
  return { ...(kind === undefined ? {} : { kind }), size, headerBytes: position };
}
