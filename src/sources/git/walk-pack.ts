/** Reads a pack from its first byte to its last: where each entry lies, and the ids of those that are whole objects. */
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Oid } from '../../core/ids.ts';
import { F2gitError } from '../../errors.ts';
import { hashOf, MAX_HELD_BYTES, type ObjectKind, oidOfObject } from './git-object.ts';
import type { PackedItem, PackEntries } from './pack-entries.ts';
import { PACK_HEADER_BYTES } from './store-pack.ts';

/** One entry of a pack; its id is unknown while it is a delta nobody has applied. */
export interface Entry {
  readonly offset: number;
  readonly item: PackedItem;
  /** CRC-32 of the entry as it lies in the pack. */
  readonly crc: number;
  kind: ObjectKind | undefined;
  oid: Oid | undefined;
}

/** A repository with its whole history rarely has more. Each takes some 200 bytes of memory while it is indexed. */
const MAX_OBJECTS = 2_000_000;
/** Objects above this many bytes are hashed as they are read. */
const STREAM_ABOVE = 4 * 1024 * 1024;
const CRC_BLOCK = 1024 * 1024;

/**
 * Bytes that may be unpacked and rebuilt for one pack: what zlib and deltas can blow up to thousands of times what came
 * must not keep a processor busy for hours.
 */
const MAX_WORK_BYTES = 32 * 1024 ** 3;
/** How long other work of the process may wait. */
const TURN_MS = 20;

/** Counts what is unpacked, and lets other work of the process have its turn. */
export class Work {
  readonly #signal: AbortSignal;
  #left: number;
  #turn = performance.now();

  constructor(signal: AbortSignal, most = MAX_WORK_BYTES) {
    this.#signal = signal;
    this.#left = most;
  }

  /** Call it before the work. @throws {F2gitError} `too-large` @throws the signal's reason */
  async take(bytes: number): Promise<void> {
    this.count(bytes);
    if (performance.now() - this.#turn < TURN_MS) return;
    await setImmediate();
    this.#signal.throwIfAborted();
    this.#turn = performance.now();
  }

  /** As `take`, where nobody can wait. */
  count(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new F2gitError('too-large', { params: { detail: UNPACKED } });
  }
}

const UNPACKED = 'unpacked, the repository is too large';

/** Whether an object of this size may be held in memory. @throws {F2gitError} `too-large` */
export function checkHeld(bytes: number): void {
  if (bytes > MAX_HELD_BYTES)
    throw new F2gitError('too-large', { params: { detail: UNPACKED, limit: MAX_HELD_BYTES } });
}

/**
 * Gives the entries in their order.
 * @throws {RangeError} or a zlib error where the pack is damaged @throws {F2gitError} `too-large`
 */
export async function walkPack(pack: PackEntries, count: number, work: Work): Promise<readonly Entry[]> {
  if (count > MAX_OBJECTS) throw new F2gitError('too-large', { params: { files: count } });
  const entries: Entry[] = [];
  let offset = PACK_HEADER_BYTES;
  while (entries.length < count) {
    const item = pack.itemAt(offset);
    await work.take(item.size);
    const { oid, end } = item.size > STREAM_ABOVE ? await readLarge(pack, item) : readSmall(pack, item);
    const kind = item.kind === 'delta' ? undefined : item.kind;
    entries.push({ offset, item, crc: crcOf(pack, offset, end), kind, oid });
    offset = end;
  }
  if (offset !== pack.end) throw new RangeError('pack goes on behind its last object');
  return entries;
}

interface Read {
  readonly oid: Oid | undefined;
  readonly end: number;
}

function readSmall(pack: PackEntries, item: PackedItem): Read {
  const { bytes, end } = pack.unpack(item);
  return { oid: item.kind === 'delta' ? undefined : oidOfObject({ kind: item.kind, bytes }), end };
}

async function readLarge(pack: PackEntries, item: PackedItem): Promise<Read> {
  const hash = item.kind === 'delta' ? undefined : hashOf(item.kind, item.size);
  let end = 0;
  let seen = 0;
  for await (const chunk of pack.stream(item, (found) => (end = found))) {
    seen += chunk.length;
    if (seen > item.size) break;
    hash?.update(chunk);
  }
  if (seen !== item.size) throw new RangeError('object of another size than stated');
  return { oid: hash?.digest('hex') as Oid | undefined, end };
}

function crcOf(pack: PackEntries, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at += CRC_BLOCK) crc = crc32(pack.read(at, Math.min(CRC_BLOCK, end - at)), crc);
  return crc;
}
