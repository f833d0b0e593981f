/**
 * Makes a pack that came from a server one that can be read and that real git accepts: its index, and in it every base a
 * delta needs. Memory is bounded by the largest single object and 100 bytes an object.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import type { Oid } from '../../core/ids.ts';
import { encodeIndex, type IndexedObject } from '../../core/pack-index.ts';
import type { GitObject } from './git-object.ts';
import { CHECKSUM_BYTES, PackEntries } from './pack-entries.ts';
import { type ReadElsewhere, resolveDeltas } from './resolve-deltas.ts';
import { walkPack, Work } from './walk-pack.ts';

/** Bytes read at once by who reads all. */
const READ_AHEAD = 1024 * 1024;

/**
 * Writes `<stem>.idx` for the `count` objects of `<stem>.pack`. Bases of a thin pack are added to it.
 * @throws {RangeError} or a zlib error where the pack is damaged @throws {F2gitError} `too-large`
 */
export async function indexPack(
  stem: string,
  count: number,
  elsewhere: ReadElsewhere,
  signal: AbortSignal,
): Promise<void> {
  const fd = openSync(`${stem}.pack`, 'r+');
  try {
    const pack = new PackEntries(fd, `${stem}.pack`, READ_AHEAD);
    const work = new Work(signal);
    const entries = await walkPack(pack, count, work);
    const bases = await resolveDeltas(pack, entries, elsewhere, work);
    const objects = new Map<Oid, IndexedObject>();
    for (const { oid, crc, offset } of entries) {
      if (oid === undefined) throw new RangeError('deltas that build on one another in a circle');
      if (!objects.has(oid)) objects.set(oid, { oid, crc, offset });
    }
    // a base may have turned out to be what another delta makes
    const lacking = [...bases].filter((oid) => !objects.has(oid));
    const added = addBases(fd, pack.end, lacking, elsewhere);
    for (const object of added.objects) objects.set(object.oid, object);
    const checksum = lacking.length === 0 ? lastBytes(fd) : sealAnew(fd, count + lacking.length, added.end);
    writeFileSync(`${stem}.idx`, encodeIndex([...objects.values()], checksum), { flag: 'wx', mode: 0o600 });
  } finally {
    closeSync(fd);
  }
}

/** Writes objects behind the last one, over the checksum; gives where they end. */
function addBases(fd: number, start: number, bases: readonly Oid[], elsewhere: ReadElsewhere) {
  const objects: IndexedObject[] = [];
  let end = start;
  for (const oid of bases) {
    const object = elsewhere(oid);
    if (object === undefined) throw new RangeError('delta against an object that is not here');
    const entry = Buffer.concat([headerOf(object), deflateSync(object.bytes)]);
    writeWhole(fd, entry, end);
    objects.push({ oid, crc: crc32(entry), offset: end });
    end += entry.length;
  }
  return { objects, end } as const;
}

const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;

function headerOf({ kind, bytes }: GitObject): Buffer {
  const header: number[] = [];
  let rest = Math.floor(bytes.length / 16);
  let byte = (TYPES[kind] << 4) | (bytes.length & 15);
  for (; rest > 0; rest = Math.floor(rest / 128)) {
    header.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...header, byte]);
}

/** Writes how many objects there are now, and a new checksum behind them, at `size`. */
function sealAnew(fd: number, count: number, size: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(count);
  writeWhole(fd, head, 8);
  const hash = createHash('sha1');
  const block = Buffer.allocUnsafe(READ_AHEAD);
  for (let at = 0; at < size;) {
    const read = readSync(fd, block, 0, Math.min(block.length, size - at), at);
    if (read === 0) throw new RangeError('pack ends early');
    hash.update(block.subarray(0, read));
    at += read;
  }
  const checksum = hash.digest();
  writeWhole(fd, checksum, size);
  ftruncateSync(fd, size + CHECKSUM_BYTES);
  return checksum;
}

function lastBytes(fd: number): Buffer {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  readSync(fd, checksum, 0, CHECKSUM_BYTES, fstatSync(fd).size - CHECKSUM_BYTES);
  return checksum;
}

function writeWhole(fd: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}
