/** Entries of a pack read as they are, still compressed: many at once, in large reads, each checked. */
import { crc32 } from 'node:zlib';
import type { IndexedObject } from '../core/pack-index.ts';
import { F2gitError } from '../errors.ts';
import { readBlocks } from './file-range.ts';

/** Where an object lies in its pack. */
export interface PackedEntry extends IndexedObject {
  /** Where its entry ends. */
  readonly end: number;
}

/** Many clients are served at once, each with a block of its own. */
const BLOCK_BYTES = 256 << 10;
/** Reading over so many bytes nobody wants costs less than another read. */
const GAP_BYTES = 16 << 10;

/** As `PackFile.rawEntries`. */
export async function* readEntries(fd: number, entries: readonly PackedEntry[]): AsyncGenerator<Uint8Array> {
  for (const span of spansOf(entries)) {
    const check = new EntryCheck(span);
    let at = span[0].offset;
    for await (const block of readBlocks(fd, at, span.at(-1)?.end ?? at, BLOCK_BYTES)) {
      yield* check.take(block, at);
      at += block.length;
    }
    check.end();
  }
}

type Span = readonly [PackedEntry, ...PackedEntry[]];

/** Entries that are read in one go. */
function* spansOf(entries: readonly PackedEntry[]): Generator<Span> {
  let span: [PackedEntry, ...PackedEntry[]] | undefined;
  for (const entry of entries) {
    const before = span?.at(-1);
    if (span !== undefined && before !== undefined && entry.offset - before.end <= GAP_BYTES) {
      span.push(entry);
      continue;
    }
    if (span !== undefined) yield span;
    span = [entry];
  }
  if (span !== undefined) yield span;
}

/** Picks a span's entries out of the blocks it is read in, and compares each with its checksum. */
class EntryCheck {
  readonly #span: Span;
  #position = 0;
  #crc = 0;

  constructor(span: Span) {
    this.#span = span;
  }

  /** The parts of `block`, which lies at `start`, that belong to entries. */
  *take(block: Uint8Array, start: number): Generator<Uint8Array> {
    let from = -1;
    let to = 0;
    for (let entry = this.#entry; entry !== undefined && entry.offset < start + block.length; entry = this.#entry) {
      const first = Math.max(entry.offset - start, 0);
      if (entry.offset >= start) this.#begin(entry, block[first] ?? 0);
      if (from < 0) from = first;
      else if (first !== to) {
        yield block.subarray(from, to);
        from = first;
      }
      to = Math.min(entry.end - start, block.length);
      this.#crc = crc32(block.subarray(first, to), this.#crc);
      if (entry.end > start + block.length) break;
      if (this.#crc !== entry.crc) throw damaged(entry);
      this.#position++;
    }
    if (from >= 0) yield block.subarray(from, to);
  }

  /** @throws {F2gitError} `object-missing` when the file ended before the span did */
  end(): void {
    if (this.#entry !== undefined) throw damaged(this.#entry);
  }

  get #entry(): PackedEntry | undefined {
    return this.#span[this.#position];
  }

  /** A delta stands for an object only together with another one (types 6 and 7, gitformat-pack). */
  #begin(entry: PackedEntry, firstByte: number): void {
    if (((firstByte >> 4) & 7) > 4) throw damaged(entry);
    this.#crc = 0;
  }
}

function damaged({ oid }: PackedEntry): F2gitError {
  return new F2gitError('object-missing', { params: { oid } });
}
