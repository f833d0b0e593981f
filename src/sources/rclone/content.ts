/** The content of one file out of `rclone cat`: the file that was listed, whole, or an error. */
import { createHash, type Hash } from 'node:crypto';
import { MAX_FILE_BYTES } from '../../core/offer.ts';
import { F2gitError } from '../../errors.ts';
import type { Body } from '../source.ts';
import type { RcloneConfig } from './address.ts';
import type { Rclone } from './child.ts';
import { catCommand, placeOf, statCommand } from './commands.ts';
import type { Reading } from './features.ts';
import { type ListedItem, readItem } from './list.ts';
import { troubleOf } from './trouble.ts';

/** A remote that is open: how it is asked and read. */
export interface OpenRemote {
  readonly rclone: Rclone;
  readonly config: RcloneConfig;
  readonly reading: Reading;
}

/** A file to be read. */
export interface ListedFile {
  readonly item: ListedItem;
  /** `remote:path` of the file. */
  readonly place: string;
  /** What the remote said of it when it was looked at last: in the listing, or after an attempt to read it. */
  version: string;
}

export function listedFile(item: ListedItem, place: string): ListedFile {
  return { item, place, version: versionOf(item) };
}

/** Read at once up to this size; larger content is streamed. Bytes. */
const SMALL_BYTES = 256 * 1024;

/**
 * Reads a file. Where the remote lists no digest, it is looked at once more afterwards: what was written to in between
 * is refused, and can be read at the next attempt when it held still since.
 * @throws {F2gitError} `source-gone`, `source-changed`, `source-truncated`, `source-forbidden`, `source-login`,
 * `source-unreachable`, `source-throttled`, `too-large`, `cancelled`; a stream throws them when it is read
 */
export async function readContent(remote: OpenRemote, file: ListedFile, signal: AbortSignal): Promise<Body> {
  const { item } = file;
  const stream = checkedContent(remote, file, signal);
  if (item.size === null || item.size > SMALL_BYTES) return { kind: 'stream', size: item.size, stream };
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { kind: 'bytes', bytes: Buffer.concat(chunks) };
}

async function* checkedContent(
  remote: OpenRemote,
  file: ListedFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { item, place } = file;
  const check = contentCheck(item, remote.reading);
  const running = remote.rclone.start(catCommand(remote.config, place), signal);
  try {
    for await (const chunk of running.output) {
      check.add(chunk);
      yield chunk;
    }
    const ending = await running.ended;
    if (ending.code !== 0) throw troubleOf(ending, { remote: placeOf(remote.config), path: item.path });
  } finally {
    await running.stop();
  }
  check.end();
  if (check.provesVersion) return;
  const before = file.version;
  file.version = versionOf(await look(remote, file, signal));
  if (file.version !== before) throw changed(item, 'another version came while it was read');
}

/** Counts and digests content; throws where it is not what was listed. */
export interface ContentCheck {
  /** Whether its end proves that the content is one version: the listed one. */
  readonly provesVersion: boolean;
  add(chunk: Uint8Array): void;
  end(): void;
}

const DIGESTS: ReadonlySet<string> = new Set(['md5', 'sha1', 'sha256']);

export function contentCheck(item: ListedItem, { hash }: Reading): ContentCheck {
  const { size, digest } = item;
  const expected = hash !== undefined && DIGESTS.has(hash) ? digest : undefined;
  const digesting: Hash | undefined = expected === undefined || hash === undefined ? undefined : createHash(hash);
  let received = 0;
  return {
    provesVersion: expected !== undefined,
    add(chunk) {
      received += chunk.length;
      digesting?.update(chunk);
      if (size !== null && received > size) throw changed(item, `more than ${String(size)} bytes`);
      if (received > MAX_FILE_BYTES) throw new F2gitError('too-large', { params: { path: item.path } });
    },
    end() {
      if (size !== null && received !== size) {
        throw changed(item, `${String(received)} bytes instead of ${String(size)}`);
      }
      if (digesting !== undefined && digesting.digest('hex') !== expected) {
        throw changed(item, 'not the content that was announced');
      }
    },
  };
}

/** What the remote says of the file now. */
async function look(remote: OpenRemote, { item, place }: ListedFile, signal: AbortSignal): Promise<ListedItem> {
  const ending = await remote.rclone.ask(statCommand(remote.config, place, remote.reading), signal);
  if (ending.code !== 0) throw troubleOf(ending, { remote: placeOf(remote.config), path: item.path });
  const read = readItem(ending.output);
  if (read.kind !== 'item') throw changed(item, 'it is no file any more');
  return read.item;
}

/** What tells two versions of a file apart where there is no digest. */
export function versionOf({ size, modified, id }: ListedItem): string {
  return JSON.stringify([size, modified, id ?? '']);
}

function changed({ path }: ListedItem, detail: string): F2gitError {
  return new F2gitError('source-changed', { params: { path, detail } });
}
