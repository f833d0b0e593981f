/**
 * One pack of a repository, read through its index with positioned reads: nothing but the index and the object asked
 * for is held in memory. Formats: https://git-scm.com/docs/gitformat-pack
 */
import { closeSync, createReadStream, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants, createInflate, inflateSync } from 'node:zlib';
import { oid as oidOf, type Oid } from '../../core/ids.ts';
import { readDeltaHeader } from './delta.ts';

/** What a pack holds at one place: a whole object, or a delta against another one. */
export interface PackedItem {
  readonly kind: 'commit' | 'tree' | 'blob' | 'tag' | 'delta';
  /** Bytes after inflating: of the object, or of the delta itself. */
  readonly size: number;
  /** For a delta: its base, by place in this pack or by id. */
  readonly base?: { readonly offset: number } | { readonly oid: Oid };
  /** Where the compressed bytes begin. */
  readonly dataAt: number;
}

const KINDS = [undefined, 'commit', 'tree', 'blob', 'tag', undefined, 'delta', 'delta'] as const;
const OFS_DELTA = 6;
const INDEX_MAGIC = 0xff744f63;
const FANOUT_AT = 8;
const IDS_AT = FANOUT_AT + 256 * 4;
/** A type and size of at most 10 bytes, then a base of at most 20. */
const LONGEST_HEADER = 32;

/**
 * Compressed bytes that hold the first of what they were: the codes a block begins with take up to 570. A delta states its
 * sizes in its first 20.
 */
const DELTA_START = 1024;

/** An open pack. Reading throws `RangeError` or a zlib error where it is damaged. */
export class PackFile {
  /** The path without `.pack` and `.idx`. */
  readonly stem: string;
  readonly #index: Buffer;
  readonly #count: number;
  readonly #fd: number;
  readonly #end: number;

  /** @throws when the pack or its index cannot be read or is of another version than 2 */
  constructor(stem: string) {
    this.stem = stem;
    this.#index = readFileSync(`${stem}.idx`);
    if (this.#index.length < IDS_AT + 40 || this.#index.readUInt32BE(0) !== INDEX_MAGIC) {
      throw new RangeError('pack index of an unknown version');
    }
    this.#count = this.#index.readUInt32BE(IDS_AT - 4);
    if (this.#index.length < IDS_AT + this.#count * 28 + 40) throw new RangeError('pack index ends early');
    this.#fd = openSync(`${stem}.pack`, 'r');
    this.#end = fstatSync(this.#fd).size - 20;
  }

  /** Where the object lies in this pack, or undefined. */
  find(oid: Oid): number | undefined {
    const wanted = Buffer.from(oid, 'hex');
    const first = wanted.readUInt8(0);
    let low = first === 0 ? 0 : this.#index.readUInt32BE(FANOUT_AT + (first - 1) * 4);
    let high = this.#index.readUInt32BE(FANOUT_AT + first * 4);
    if (low > high || high > this.#count) throw new RangeError('pack index out of order');
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = IDS_AT + middle * 20;
      const order = wanted.compare(this.#index, at, at + 20);
      if (order === 0) return this.#offsetOf(middle);
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  /** What lies at `offset`. */
  itemAt(offset: number): PackedItem {
    const head = this.#read(offset, LONGEST_HEADER);
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

  /** The inflated bytes of `item`, whole. */
  inflate(item: PackedItem): Buffer {
    const packed = this.#read(item.dataAt, deflatedAtMost(item.size));
    const bytes = inflateSync(packed, { maxOutputLength: Math.max(1, item.size) });
    if (bytes.length !== item.size) throw new RangeError('object of another size than stated');
    return bytes;
  }

  /** For a delta: the size of the object it makes, from its first bytes alone. */
  sizeMadeBy(item: PackedItem): number {
    const head = this.#read(item.dataAt, DELTA_START);
    return readDeltaHeader(inflateSync(head, { finishFlush: constants.Z_SYNC_FLUSH })).resultSize;
  }

  /** The inflated bytes of `item` as they are read, with bounded memory. */
  async *stream(item: PackedItem): AsyncGenerator<Uint8Array> {
    const file = createReadStream(`${this.stem}.pack`, { start: item.dataAt, end: this.#end });
    const inflate = createInflate();
    file.on('error', (error) => inflate.destroy(error));
    try {
      yield* file.pipe(inflate) as AsyncIterable<Uint8Array>;
    } finally {
      file.destroy();
      inflate.destroy();
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Offsets from 2 GiB on stand in a second table: the first holds the place there, with its highest bit set. */
  #offsetOf(position: number): number {
    const small = this.#index.readUInt32BE(IDS_AT + this.#count * 24 + position * 4);
    if (small < 0x80000000) return small;
    return Number(this.#index.readBigUInt64BE(IDS_AT + this.#count * 28 + (small - 0x80000000) * 8));
  }

  #read(at: number, length: number): Buffer {
    const wanted = Math.min(length, this.#end - at);
    if (wanted <= 0) throw new RangeError('pack ends early');
    const buffer = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const count = readSync(this.#fd, buffer, filled, wanted - filled, at + filled);
      if (count === 0) throw new RangeError('pack ends early');
      filled += count;
    }
    return buffer;
  }
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
