/**
 * What lies in a pack, read by its place with positioned reads: nothing but the item asked for is held in memory.
 * Format: https://git-scm.com/docs/gitformat-pack
 */
import { createReadStream, fstatSync, readSync } from 'node:fs';
import { constants, createInflate, inflateSync } from 'node:zlib';
import { oid as oidOf, type Oid } from '../../core/ids.ts';
import { readDeltaHeader } from './delta.ts';
import type { ObjectKind } from './git-object.ts';

/** What a pack holds at one place: a whole object, or a delta against another one. */
export interface PackedItem {
  readonly kind: ObjectKind | 'delta';
  /** Bytes after inflating: of the object, or of the delta itself. */
  readonly size: number;
  /** For a delta: its base, by place in this pack or by id. */
  readonly base?: { readonly offset: number } | { readonly oid: Oid };
  /** Where the compressed bytes begin. */
  readonly dataAt: number;
}

const KINDS = [undefined, 'commit', 'tree', 'blob', 'tag', undefined, 'delta', 'delta'] as const;
const OFS_DELTA = 6;
/** A type and size of at most 10 bytes, then a base of at most 20. */
const LONGEST_HEADER = 32;
export const CHECKSUM_BYTES = 20;

/**
 * Compressed bytes that hold the first of what they were: the codes a block begins with take up to 570. A delta states its
 * sizes in its first 20.
 */
const DELTA_START = 1024;
const ODD_BYTES = 64 * 1024;

/** An open pack without its index. Reading throws `RangeError` or a zlib error where it is damaged. */
export class PackEntries {
  readonly #fd: number;
  readonly #path: string;
  readonly #ahead: number;
  /** What was read last, for who goes on right behind it. */
  #window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };
  /** Where the entries end and the checksum begins. */
  readonly end: number;

  /** `fd` stays the caller's to close. `ahead`: bytes to read at once, for who reads all in order. */
  constructor(fd: number, path: string, ahead = 0) {
    this.#fd = fd;
    this.#path = path;
    this.#ahead = ahead;
    this.end = fstatSync(fd).size - CHECKSUM_BYTES;
  }

  /** What lies at `offset`. */
  itemAt(offset: number): PackedItem {
    const head = this.read(offset, LONGEST_HEADER);
    let byte = head.readUInt8(0);
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    let at = 1;
    for (let factor = 16; byte & 0x80; factor *= 128) {
      byte = head.readUInt8(at++);
      size += (byte & 0x7f) * factor;
    }
    const kind = KINDS[type];
    if (kind === undefined || size > Number.MAX_SAFE_INTEGER) throw new RangeError('pack holds something unknown');
    if (kind !== 'delta') return { kind, size, dataAt: offset + at };
    if (type !== OFS_DELTA) {
      return { kind, size, base: { oid: oidOf(head.toString('hex', at, at + 20)) }, dataAt: offset + at + 20 };
    }
    const distance = readDistance(head, at);
    if (distance.value <= 0 || distance.value > offset) throw new RangeError('delta against nothing');
    return { kind, size, base: { offset: offset - distance.value }, dataAt: offset + distance.next };
  }

  /** The inflated bytes of `item`, whole, and where its compressed bytes end. */
  unpack(item: PackedItem): { readonly bytes: Buffer; readonly end: number } {
    const usual = deflatedAtMost(item.size);
    // the second try is for what was compressed in an odd way, in more bytes than it needs
    for (const length of [usual, 4 * usual + ODD_BYTES]) {
      const inflated = inflate(this.read(item.dataAt, length), item.size);
      if (inflated !== undefined) return { bytes: inflated.bytes, end: item.dataAt + inflated.used };
    }
    throw new RangeError('object does not end');
  }

  /** The inflated bytes of `item`, whole. */
  inflate(item: PackedItem): Buffer {
    return this.unpack(item).bytes;
  }

  /** For a delta: the size of the object it makes, from its first bytes alone. */
  sizeMadeBy(item: PackedItem): number {
    const head = this.read(item.dataAt, DELTA_START);
    return readDeltaHeader(inflateSync(head, { finishFlush: constants.Z_SYNC_FLUSH })).resultSize;
  }

  /** The inflated bytes of `item` as they are read, with bounded memory; `onEnd` hears where its compressed bytes end. */
  async *stream(item: PackedItem, onEnd?: (end: number) => void): AsyncGenerator<Uint8Array> {
    const file = createReadStream(this.#path, { start: item.dataAt, end: this.end - 1 });
    const inflating = createInflate();
    file.on('error', (error) => inflating.destroy(error));
    try {
      yield* file.pipe(inflating) as AsyncIterable<Uint8Array>;
      onEnd?.(item.dataAt + inflating.bytesWritten);
    } finally {
      file.destroy();
      inflating.destroy();
    }
  }

  /** Bytes of the file, fewer where the entries end before. */
  read(at: number, length: number): Buffer {
    const wanted = Math.min(length, this.end - at);
    if (wanted <= 0) throw new RangeError('pack ends early');
    const from = at - this.#window.at;
    if (from >= 0 && from + wanted <= this.#window.bytes.length)
      return this.#window.bytes.subarray(from, from + wanted);
    const bytes = this.#readFile(at, Math.min(Math.max(wanted, this.#ahead), this.end - at));
    if (this.#ahead > 0) this.#window = { at, bytes };
    return bytes.subarray(0, wanted);
  }

  #readFile(at: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(this.#fd, buffer, filled, length - filled, at + filled);
      if (count === 0) throw new RangeError('pack ends early');
      filled += count;
    }
    return buffer;
  }
}

/** Undefined when the compressed bytes go on behind `packed`. */
function inflate(packed: Buffer, size: number): { readonly bytes: Buffer; readonly used: number } | undefined {
  try {
    // one byte more than there is: the end is seen without another round
    const options = { info: true, chunkSize: Math.max(64, size + 1), maxOutputLength: size + 1 } as const;
    const { buffer, engine } = inflateSync(packed, options) as unknown as Inflated;
    if (buffer.length !== size) throw new RangeError('object of another size than stated');
    return { bytes: buffer, used: engine.bytesWritten };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR') return undefined;
    throw error;
  }
}

/** What zlib gives with `info`, which its types do not know. */
interface Inflated {
  readonly buffer: Buffer;
  /** `bytesWritten`: the compressed bytes it took. */
  readonly engine: { readonly bytesWritten: number };
}

/** The distance back to the base of an offset delta: base 128, each further byte adding one to what came before. */
function readDistance(head: Buffer, at: number): { value: number; next: number } {
  let next = at;
  let byte = head.readUInt8(next++);
  let value = byte & 0x7f;
  while (byte & 0x80) {
    byte = head.readUInt8(next++);
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  return { value, next };
}

/** zlib's `deflateBound` for any settings git may have used, in bytes. */
function deflatedAtMost(size: number): number {
  return size + (size >>> 6) + 128;
}
