/** One pack on disk with its index: reads single objects and streams large ones, each checked against its id. */
import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflate, inflateSync } from 'node:zlib';
import { oid, type Oid } from '../core/ids.ts';
import type { IndexedObject } from '../core/pack-index.ts';
import { F2gitError } from '../errors.ts';
import { readIfPresent, systemCode } from './durable-file.ts';
import { readBlocks, readBlocksSync, readRange } from './file-range.ts';
import {
  CHECKSUM_BYTES,
  hashObject,
  PACK_HEADER_BYTES,
  parseEntryHeader,
  startObjectHash,
  type EntryHeader,
  type ObjectKind,
} from './object-format.ts';
import { readEntries, type PackedEntry } from './pack-entries.ts';
import { PackIndex } from './pack-index.ts';

const LONGEST_ENTRY_HEADER = 16;
/** An entry up to this size is read with its header: one call instead of two. */
const SMALL_ENTRY_BYTES = 64 << 10;
const BLOCK_BYTES = 1 << 20;

export interface GitObject {
  readonly kind: ObjectKind;
  readonly bytes: Uint8Array;
}

/** Where the compressed data of an object lies; `data` is all of it where it is small. */
interface Entry {
  readonly kind: EntryHeader['kind'] | undefined;
  readonly size: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly data: Buffer | undefined;
}

/** Why a pack cannot be used as it is. */
export type PackFault = 'index-missing' | 'index-damaged' | 'pack-missing' | 'pack-damaged';

export class PackFile {
  readonly path: string;
  readonly index: PackIndex;
  /** Where the entries end and the checksum starts. */
  readonly end: number;
  readonly #fd: number;
  /** Whoever asks how large an object is often reads it next. */
  #described: { readonly object: Oid; readonly entry: Entry } | undefined;
  #users = 0;
  #isRetired = false;
  #isClosed = false;

  private constructor(path: string, index: PackIndex, fd: number, end: number) {
    this.path = path;
    this.index = index;
    this.#fd = fd;
    this.end = end;
  }

  /** Opens `<name>.pack` with `<name>.idx`; a pair that is not whole as far as a cheap look can tell is a fault. */
  static open(name: string): PackFile | PackFault {
    const indexBytes = readIfPresent(`${name}.idx`);
    if (indexBytes === undefined) return 'index-missing';
    const index = PackIndex.parse(indexBytes);
    if (index === undefined) return 'index-damaged';
    const fd = openIfPresent(`${name}.pack`);
    if (fd === undefined) return 'pack-missing';
    const end = fs.fstatSync(fd).size - CHECKSUM_BYTES;
    if (!hasFrame(fd, index, end)) {
      fs.closeSync(fd);
      return 'pack-damaged';
    }
    return new PackFile(`${name}.pack`, index, fd, end);
  }

  /** Reads a whole object. Undefined when the pack does not hold it whole, or holds it as a delta. */
  read(object: Oid): GitObject | undefined {
    const entry = this.#described?.object === object ? this.#described.entry : this.#entryOf(object);
    this.#described = undefined;
    if (entry?.kind === undefined) return undefined;
    const data = entry.data ?? readRange(this.#fd, entry.dataStart, entry.dataEnd);
    const bytes = inflateWhole(data, entry.size);
    if (bytes === undefined || hashObject(entry.kind, bytes) !== object) return undefined;
    return { kind: entry.kind, bytes };
  }

  /** Kind and size of an object as its entry claims them, without reading it. */
  describe(object: Oid): { readonly kind: ObjectKind; readonly size: number } | undefined {
    const entry = this.#entryOf(object);
    if (entry?.kind === undefined) return undefined;
    this.#described = { object, entry };
    return { kind: entry.kind, size: entry.size };
  }

  /**
   * The object's bytes piece by piece, with bounded memory.
   * @throws {F2gitError} `object-missing` when the pack does not hold it whole; what came before is then worthless
   */
  async *chunks(object: Oid, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const entry = this.#entryOf(object);
    if (entry?.kind === undefined) throw missing(object);
    const hash = startObjectHash(entry.kind, entry.size);
    const raw = Readable.from(readBlocks(this.#fd, entry.dataStart, entry.dataEnd));
    const inflate = createInflate({ chunkSize: BLOCK_BYTES >> 2 });
    const end = pipeline(raw, inflate, signal === undefined ? {} : { signal });
    // The same error reaches the loop below through `inflate`.
    end.catch(() => undefined);
    this.#users++;
    try {
      for await (const chunk of inflate as AsyncIterable<Buffer>) {
        hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      throw systemCode(error)?.startsWith('Z_') === true ? missing(object, error) : error;
    } finally {
      raw.destroy();
      inflate.destroy();
      this.#users--;
      this.#closeWhenUnused();
    }
    if (oid(hash.digest('hex')) !== object) throw missing(object);
  }

  /** Reads an object to its end and says whether it is whole. */
  async isWhole(object: Oid): Promise<boolean> {
    const described = this.describe(object);
    if (described === undefined) return false;
    if (described.size <= BLOCK_BYTES) return this.read(object) !== undefined;
    try {
      let length = 0;
      for await (const chunk of this.chunks(object)) length += chunk.length;
      return length === described.size;
    } catch (error) {
      if (error instanceof F2gitError && error.code === 'object-missing') return false;
      throw error;
    }
  }

  /** The entry as it lies in the pack, header included, in blocks. */
  rawEntry(object: IndexedObject): Iterable<Uint8Array> {
    return readBlocksSync(this.#fd, object.offset, this.index.endOf(object.offset, this.end));
  }

  /** Keeps the file open until `release`, even when the pack leaves the repository. False when it is closed already. */
  retain(): boolean {
    if (this.#isClosed) return false;
    this.#users++;
    return true;
  }

  release(): void {
    this.#users--;
    this.#closeWhenUnused();
  }

  /**
   * Entries as they lie in the pack, one after the other, headers included, with bounded memory. `entries` are sorted by
   * their places; the caller retains the pack.
   * @throws {F2gitError} `object-missing` when one has not the checksum its index says, or is a delta
   */
  rawEntries(entries: readonly PackedEntry[]): AsyncGenerator<Uint8Array> {
    return readEntries(this.#fd, entries);
  }

  /** Where an object lies; undefined when the pack does not hold it. */
  locate(object: Oid): PackedEntry | undefined {
    const indexed = this.index.get(object);
    return indexed && { ...indexed, end: this.index.endOf(indexed.offset, this.end) };
  }

  /** The pack is gone from the repository: close it as soon as nobody reads from it any more. */
  retire(): void {
    this.#isRetired = true;
    this.#closeWhenUnused();
  }

  #closeWhenUnused(): void {
    if (!this.#isRetired || this.#users > 0 || this.#isClosed) return;
    this.#isClosed = true;
    fs.closeSync(this.#fd);
  }

  #entryOf(object: Oid): Entry | undefined {
    const offset = this.index.find(object);
    if (offset === undefined) return undefined;
    const dataEnd = this.index.endOf(offset, this.end);
    const isSmall = dataEnd - offset <= SMALL_ENTRY_BYTES;
    const start = readRange(this.#fd, offset, isSmall ? dataEnd : offset + LONGEST_ENTRY_HEADER);
    const header = parseEntryHeader(start);
    if (header === undefined) return undefined;
    const { kind, size, headerBytes } = header;
    const data = isSmall ? start.subarray(headerBytes) : undefined;
    return { kind, size, dataStart: offset + headerBytes, dataEnd, data };
  }
}

function missing(object: Oid, cause?: unknown): F2gitError {
  return new F2gitError('object-missing', { params: { oid: object }, cause });
}

function openIfPresent(path: string): number | undefined {
  try {
    return fs.openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether the pack starts and ends as its index says. What lies between is checked object by object when read. */
function hasFrame(fd: number, index: PackIndex, end: number): boolean {
  if (end < PACK_HEADER_BYTES) return false;
  const header = readRange(fd, 0, PACK_HEADER_BYTES);
  const isPack = header.toString('latin1', 0, 4) === 'PACK' && header.readUInt32BE(8) === index.count;
  return isPack && readRange(fd, end, end + CHECKSUM_BYTES).equals(index.packChecksum);
}

function inflateWhole(data: Uint8Array, size: number): Buffer | undefined {
  try {
    const bytes = inflateSync(data, { chunkSize: Math.max(64, size + 1), maxOutputLength: size + 1 });
    return bytes.length === size ? bytes : undefined;
  } catch {
    // Whatever zlib does not like about the data, the object is not whole: the caller looks elsewhere or says so.
    return undefined;
  }
}
