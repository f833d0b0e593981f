/**
 * Reads git objects of a repository on disk: loose and packed, its own and borrowed ones (alternates). isomorphic-git
 * reads packs whole into memory, knows no alternates and needs 0.4 ms an object; a course source needs less of each
 * (readme.md has the figures). Every object is checked against its id.
 */
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { constants, createInflate, inflateSync } from 'node:zlib';
import type { Oid } from '../../core/ids.ts';
import { BaseCache } from './base-cache.ts';
import { applyDelta } from './delta.ts';
import { type GitObject, hashOf, MAX_CHAIN, MAX_HELD_BYTES, type ObjectKind, oidOfObject } from './git-object.ts';
import type { PackedItem } from './pack-entries.ts';
import { PackFile } from './pack-file.ts';

/** Objects above this many bytes are streamed where they are stored whole. */
const STREAM_ABOVE = 4 * 1024 * 1024;
/** Delta bases kept for their next use. Bytes. */
const BASE_CACHE_BYTES = 32 * 1024 * 1024;
/** What the beginning of a loose object usually becomes; zlib's usual 16 KiB take longer to get than to fill. Bytes. */
const HEADER_CHUNK = 1024;
/** Alternates of alternates, as git limits them. */
const MAX_ALTERNATES = 5;

/** An object that is not there or is not what its id says. */
export class BrokenObject extends Error {
  readonly oid: Oid;
  readonly why: 'missing' | 'damaged' | 'too-large';

  constructor(oid: Oid, why: BrokenObject['why'], cause?: unknown) {
    super(`object ${oid} is ${why}`, cause === undefined ? {} : { cause });
    this.name = 'BrokenObject';
    this.oid = oid;
    this.why = why;
  }
}

type Place =
  | { readonly in: 'pack'; readonly pack: PackFile; readonly offset: number }
  | { readonly in: 'file'; readonly path: string };

export class ObjectStore {
  readonly #folders: readonly string[];
  #packs: ReadonlyMap<string, PackFile> | undefined;
  readonly #bases = new BaseCache<string>(BASE_CACHE_BYTES);

  /** `folder` is the repository's `objects`. */
  constructor(folder: string) {
    this.#folders = withAlternates(folder);
  }

  /** @throws {BrokenObject} when a pack cannot be searched */
  has(oid: Oid): boolean {
    try {
      return this.#find(oid) !== undefined;
    } catch (error) {
      throw new BrokenObject(oid, 'damaged', error);
    }
  }

  /** The size of an object in bytes, without reading all of it. @throws {BrokenObject} */
  size(oid: Oid): number {
    return this.#guard(oid, (place) => {
      if (place.in === 'file') return looseHeader(place.path).size;
      const { entries } = place.pack;
      const item = entries.itemAt(place.offset);
      return item.kind === 'delta' ? entries.sizeMadeBy(item) : item.size;
    });
  }

  /** A whole object. @throws {BrokenObject} */
  read(oid: Oid): GitObject {
    const object = this.#guard(oid, (place) =>
      place.in === 'file' ? readLoose(place.path, oid) : this.#readPacked(place.pack, place.offset, oid, 0),
    );
    if (oidOfObject(object) !== oid) throw new BrokenObject(oid, 'damaged');
    return object;
  }

  /**
   * A blob above `STREAM_ABOVE` as a stream that is checked at its end, or undefined when it is small or stored as a
   * delta and `read` must be used. The stream throws `BrokenObject`.
   * @param size null where it is not known; otherwise nobody looks for a small one only to learn that it is small
   */
  stream(
    oid: Oid,
    size: number | null,
  ): { readonly size: number; readonly stream: AsyncIterable<Uint8Array> } | undefined {
    if (size !== null && size <= STREAM_ABOVE) return undefined;
    return this.#guard(oid, (place) => {
      if (place.in === 'file') {
        const header = looseHeader(place.path);
        if (header.size <= STREAM_ABOVE || header.kind !== 'blob') return undefined;
        return { size: header.size, stream: checked(oid, header.size, streamLoose(place.path, header.length)) };
      }
      const { entries } = place.pack;
      const item = entries.itemAt(place.offset);
      if (item.size <= STREAM_ABOVE || item.kind !== 'blob') return undefined;
      return { size: item.size, stream: checked(oid, item.size, entries.stream(item)) };
    });
  }

  close(): void {
    for (const pack of this.#packs?.values() ?? []) pack.close();
    this.#packs = undefined;
    this.#bases.clear();
  }

  #guard<T>(oid: Oid, use: (place: Place) => T): T {
    try {
      const place = this.#find(oid) ?? this.#findAgain(oid);
      if (place === undefined) throw new BrokenObject(oid, 'missing');
      return use(place);
    } catch (error) {
      throw error instanceof BrokenObject ? error : new BrokenObject(oid, 'damaged', error);
    }
  }

  #find(oid: Oid): Place | undefined {
    for (const pack of this.#openPacks().values()) {
      const offset = pack.find(oid);
      if (offset !== undefined) return { in: 'pack', pack, offset };
    }
    const path = this.#folders.map((folder) => join(folder, oid.slice(0, 2), oid.slice(2))).find(existsSync);
    return path === undefined ? undefined : { in: 'file', path };
  }

  /** Somebody may have repacked the repository since the packs were listed. */
  #findAgain(oid: Oid): Place | undefined {
    this.close();
    return this.#find(oid);
  }

  #openPacks(): ReadonlyMap<string, PackFile> {
    this.#packs ??= new Map(this.#folders.flatMap(packStems).map((stem) => [stem, new PackFile(stem)]));
    return this.#packs;
  }

  #readPacked(pack: PackFile, offset: number, oid: Oid, depth: number): GitObject {
    const { entries } = pack;
    const item = entries.itemAt(offset);
    if (item.size > MAX_HELD_BYTES) throw new BrokenObject(oid, 'too-large');
    if (item.kind !== 'delta') return { kind: item.kind, bytes: entries.inflate(item) };
    if (depth > MAX_CHAIN) throw new RangeError('endless chain of deltas');
    if (entries.sizeMadeBy(item) > MAX_HELD_BYTES) throw new BrokenObject(oid, 'too-large');
    const base = this.#baseOf(pack, item, oid, depth);
    return { kind: base.kind, bytes: applyDelta(base.bytes, entries.inflate(item)) };
  }

  #baseOf(pack: PackFile, item: PackedItem, oid: Oid, depth: number): GitObject {
    if (item.base === undefined) throw new RangeError('delta without a base');
    const offset = 'offset' in item.base ? item.base.offset : pack.find(item.base.oid);
    if (offset === undefined) return this.read((item.base as { oid: Oid }).oid);
    const key = `${offset}:${pack.stem}`;
    const kept = this.#bases.get(key);
    if (kept !== undefined) return kept;
    const base = this.#readPacked(pack, offset, oid, depth + 1);
    if (base.bytes.length <= BASE_CACHE_BYTES / 4) this.#bases.keep(key, base);
    return base;
  }
}

function withAlternates(folder: string): readonly string[] {
  const found = new Set([resolve(folder)]);
  let latest = [...found];
  for (let depth = 0; depth < MAX_ALTERNATES && latest.length > 0; depth++) {
    latest = latest.flatMap(alternatesOf).filter((borrowed) => !found.has(borrowed));
    for (const borrowed of latest) found.add(borrowed);
  }
  return [...found];
}

function alternatesOf(folder: string): string[] {
  const list = join(folder, 'info', 'alternates');
  if (!existsSync(list)) return [];
  const lines = readFileSync(list, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => resolve(folder, line));
}

function packStems(folder: string): string[] {
  const packs = join(folder, 'pack');
  if (!existsSync(packs)) return [];
  const indexes = readdirSync(packs).filter((name) => name.endsWith('.idx'));
  return indexes.map((name) => join(packs, name.slice(0, -4))).filter((stem) => existsSync(`${stem}.pack`));
}

interface LooseHeader {
  readonly kind: ObjectKind;
  readonly size: number;
  /** Bytes the header itself takes. */
  readonly length: number;
}

function parseLooseHeader(bytes: Buffer): LooseHeader {
  const end = bytes.indexOf(0);
  const match = /^(commit|tree|blob|tag) (\d{1,15})$/.exec(bytes.toString('latin1', 0, Math.max(0, end)));
  if (match === null) throw new RangeError('not a git object');
  return { kind: match[1] as ObjectKind, size: Number(match[2]), length: end + 1 };
}

function looseHeader(path: string): LooseHeader {
  const start = Buffer.alloc(128);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, start, 0, start.length, 0);
    const options = { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: HEADER_CHUNK };
    return parseLooseHeader(inflateSync(start.subarray(0, length), options));
  } finally {
    closeSync(fd);
  }
}

function readLoose(path: string, oid: Oid): GitObject {
  if (statSync(path).size > MAX_HELD_BYTES) throw new BrokenObject(oid, 'too-large');
  const whole = inflateSync(readFileSync(path), { maxOutputLength: MAX_HELD_BYTES });
  const header = parseLooseHeader(whole);
  const bytes = whole.subarray(header.length);
  if (bytes.length !== header.size) throw new RangeError('object of another size than stated');
  return { kind: header.kind, bytes };
}

async function* streamLoose(path: string, headerLength: number): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  const inflate = createInflate();
  file.on('error', (error) => inflate.destroy(error));
  let skip = headerLength;
  try {
    for await (const chunk of file.pipe(inflate) as AsyncIterable<Buffer>) {
      const rest = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  } finally {
    file.destroy();
    inflate.destroy();
  }
}

/** Passes a blob's bytes on and fails at their end unless they are what its id says. */
async function* checked(oid: Oid, size: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = hashOf('blob', size);
  let seen = 0;
  try {
    for await (const chunk of bytes) {
      seen += chunk.length;
      if (seen > size) throw new RangeError('object of another size than stated');
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw new BrokenObject(oid, 'damaged', error);
  }
  if (seen !== size || hash.digest('hex') !== oid) throw new BrokenObject(oid, 'damaged');
}
