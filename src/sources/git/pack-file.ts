/** One pack of a repository, read through its index: only the index and the object asked for are held in memory. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Oid } from '../../core/ids.ts';
import { PackEntries } from './pack-entries.ts';

const INDEX_MAGIC = 0xff744f63;
const FANOUT_AT = 8;
const IDS_AT = FANOUT_AT + 256 * 4;

/** An open pack. Reading throws `RangeError` or a zlib error where it is damaged. */
export class PackFile {
  /** The path without `.pack` and `.idx`. */
  readonly stem: string;
  readonly entries: PackEntries;
  readonly #index: Buffer;
  readonly #count: number;
  readonly #fd: number;

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
    this.entries = new PackEntries(this.#fd, `${stem}.pack`);
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

  close(): void {
    closeSync(this.#fd);
  }

  /** Offsets from 2 GiB on stand in a second table: the first holds the place there, with its highest bit set. */
  #offsetOf(position: number): number {
    const small = this.#index.readUInt32BE(IDS_AT + this.#count * 24 + position * 4);
    if (small < 0x80000000) return small;
    return Number(this.#index.readBigUInt64BE(IDS_AT + this.#count * 28 + (small - 0x80000000) * 8));
  }
}
