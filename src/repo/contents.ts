/** Reading what an audience may have: bytes by object id, and the history of all of it. */
import type { Oid } from '../core/ids.ts';
import type { Contents, History } from '../core/offer.ts';
import { F2gitError } from '../errors.ts';
import { writeFully } from './durable-file.ts';
import type { HiddenRepository } from './hidden-repository.ts';
import { historyOf, type PublishedContent } from './history.ts';

/** Where content is looked for, in this order: what is served, then what is kept only as the base of merges. */
export interface ContentPlaces {
  readonly repositories: () => Iterable<HiddenRepository>;
  /** Contents that were taken back for good. */
  readonly isPurged: (object: Oid) => boolean;
  readonly published: () => readonly PublishedContent[];
}

export function contentsOf(places: ContentPlaces): Contents {
  return {
    history: () => Promise.resolve(lazyHistory(places)),
    read: (object) => Promise.resolve().then(() => readContent(places, object)),
    writeTo: (object, fd, signal) => writeContent(places, object, fd, signal),
  };
}

/** @throws {F2gitError} `object-missing` */
export function readContent(places: ContentPlaces, object: Oid): Uint8Array {
  for (const repository of placesOf(places, object)) {
    const found = repository.store.find(object);
    if (found?.kind === 'blob') return found.bytes;
  }
  throw new F2gitError('object-missing', { params: { oid: object } });
}

/** The repository that names the content, and its size. @throws {F2gitError} `object-missing` */
export function holderOf(places: ContentPlaces, object: Oid): { repository: HiddenRepository; size: number } {
  for (const repository of placesOf(places, object)) {
    const found = repository.store.describe(object);
    if (found?.kind === 'blob') return { repository, size: found.size };
  }
  throw new F2gitError('object-missing', { params: { oid: object } });
}

/** Content up to this size is read in one go, which is much cheaper than a stream. */
const READ_AT_ONCE_BYTES = 4 << 20;

async function writeContent(places: ContentPlaces, object: Oid, fd: number, signal?: AbortSignal): Promise<void> {
  const { repository, size } = holderOf(places, object);
  if (size <= READ_AT_ONCE_BYTES) {
    // another place may have it whole
    writeFully(fd, repository.store.find(object)?.bytes ?? readContent(places, object));
    return;
  }
  for await (const chunk of repository.store.chunks(object, signal)) writeFully(fd, chunk);
}

function placesOf(places: ContentPlaces, object: Oid): Iterable<HiddenRepository> {
  return places.isPurged(object) ? [] : places.repositories();
}

/** Most runs never ask: the record is read with the first question. */
function lazyHistory(places: ContentPlaces): History {
  let history: History | undefined;
  const known = (): History => (history ??= historyOf(places.published()));
  return {
    has: (id, path, object) => known().has(id, path, object),
    versions: (id, path) => known().versions(id, path),
  };
}

/** A content that can be sent in parts. */
export interface Blob {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` to `end`, both included; all of them without a range. Checked as a whole while it is read. */
  read(range?: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array>;
}

/** Undefined when no such content may be had. */
export function blobOf(places: ContentPlaces, object: Oid): Blob | undefined {
  for (const repository of placesOf(places, object)) {
    const found = repository.store.describe(object);
    if (found?.kind === 'blob') {
      return { size: found.size, read: (range) => readRange(repository.store.chunks(object), range) };
    }
  }
  return undefined;
}

async function* readRange(
  chunks: AsyncIterable<Uint8Array>,
  { start, end }: { readonly start: number; readonly end: number } = { start: 0, end: Infinity },
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end + 1 - position));
    position += chunk.length;
    if (part.length > 0) yield part;
    if (position > end) return;
  }
}
