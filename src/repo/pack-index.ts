/** Index files of packs, version 2: where each object is. Looked up without another library; `core` writes them. */
import { createHash } from 'node:crypto';
import { oid, type Oid } from '../core/ids.ts';
import type { IndexedObject } from '../core/pack-index.ts';
import { CHECKSUM_BYTES } from './object-format.ts';

const HEADER_BYTES = 8 + 256 * 4;
const BYTES_PER_OBJECT = 20 + 4 + 4;
const LARGE_OFFSET = 0x80000000;

/** An index in memory. */
export class PackIndex {
  readonly count: number;
  readonly #bytes: Buffer;
  #sortedOffsets: Float64Array | undefined;

  private constructor(bytes: Buffer, count: number) {
    this.#bytes = bytes;
    this.count = count;
  }

  /** Gives undefined when the bytes are no whole version 2 index. */
  static parse(bytes: Buffer): PackIndex | undefined {
    if (bytes.length < HEADER_BYTES + 2 * CHECKSUM_BYTES) return undefined;
    if (bytes.readUInt32BE(0) !== 0xff744f63 || bytes.readUInt32BE(4) !== 2) return undefined;
    const count = bytes.readUInt32BE(8 + 255 * 4);
    if (bytes.length < HEADER_BYTES + count * BYTES_PER_OBJECT + 2 * CHECKSUM_BYTES) return undefined;
    const body = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
    const isWhole = createHash('sha1').update(body).digest().equals(bytes.subarray(-CHECKSUM_BYTES));
    return isWhole ? new PackIndex(bytes, count) : undefined;
  }

  /** The checksum the pack itself must end with. */
  get packChecksum(): Buffer {
    return this.#bytes.subarray(-2 * CHECKSUM_BYTES, -CHECKSUM_BYTES);
  }

  /** Where the object's entry starts, or undefined when the pack does not hold it. */
  find(object: Oid): number | undefined {
    const position = this.#positionOf(object);
    return position === undefined ? undefined : this.#offsetAt(position);
  }

  /** The object with its checksum and place, or undefined when the pack does not hold it. */
  get(object: Oid): IndexedObject | undefined {
    const position = this.#positionOf(object);
    return position === undefined ? undefined : this.#objectAt(position);
  }

  #positionOf(object: Oid): number | undefined {
    // Numbers, not buffers: every refresh asks about every file.
    const wanted = Number.parseInt(object.slice(0, 8), 16);
    const first = wanted >>> 24;
    let low = first === 0 ? 0 : this.#bytes.readUInt32BE(8 + (first - 1) * 4);
    const end = this.#bytes.readUInt32BE(8 + first * 4);
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#startAt(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    for (let position = low; position < end && this.#startAt(position) === wanted; position++) {
      if (this.#oidAt(position) === object) return position;
    }
    return undefined;
  }

  /** The first four bytes of the id at a position, as a number. */
  #startAt(position: number): number {
    return this.#bytes.readUInt32BE(HEADER_BYTES + position * 20);
  }

  #oidAt(position: number): string {
    const at = HEADER_BYTES + position * 20;
    return this.#bytes.toString('hex', at, at + 20);
  }

  /** Every object, sorted by where it lies in the pack. */
  objects(): readonly IndexedObject[] {
    const all = Array.from({ length: this.count }, (_, position) => this.#objectAt(position));
    return all.sort((a, b) => a.offset - b.offset);
  }

  /** Where the entry after the one at `offset` starts; `end` (the checksum's place) for the last one. */
  endOf(offset: number, end: number): number {
    const offsets = (this.#sortedOffsets ??= this.#sortOffsets());
    let low = 0;
    let high = offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((offsets[middle] ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return offsets[low] ?? end;
  }

  #objectAt(position: number): IndexedObject {
    return {
      oid: oid(this.#oidAt(position)),
      crc: this.#bytes.readUInt32BE(HEADER_BYTES + this.count * 20 + position * 4),
      offset: this.#offsetAt(position),
    };
  }

  #sortOffsets(): Float64Array {
    return Float64Array.from({ length: this.count }, (_, position) => this.#offsetAt(position)).sort();
  }

  #offsetAt(position: number): number {
    const offsets = HEADER_BYTES + this.count * 24;
    const short = this.#bytes.readUInt32BE(offsets + position * 4);
    if (short < LARGE_OFFSET) return short;
    return Number(this.#bytes.readBigUInt64BE(offsets + this.count * 4 + (short - LARGE_OFFSET) * 8));
  }
}
