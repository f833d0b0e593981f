/**
 * Writes one packfile: blobs as bytes or as streams of known size, trees, commits, entries copied from other packs.
 * Nothing is visible before `finish`, which makes pack and index durable under their names, the pack first.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createDeflate, deflateSync } from 'node:zlib';
import { oid, type Oid } from '../core/ids.ts';
import { encodeIndex, type IndexedObject } from '../core/pack-index.ts';
import { F2gitError } from '../errors.ts';
import { syncFiles, syncFolder, temporaryPath, writeFully } from './durable-file.ts';
import { entryHeader, hashObject, packHeader, startObjectHash, type ObjectKind } from './object-format.ts';

const BUFFER_BYTES = 1 << 20;
/** How much of a content decides whether it is worth compressing: images, archives and video are not. */
const PROBE_BYTES = 64 << 10;
const WORTH_COMPRESSING = 0.95;
/**
 * With zlib's usual quarter of a megabyte, asked of the system and cleared for each content, small ones cost several times
 * as much. A window as large as the content loses nothing.
 */
const SMALL = { bytes: 1 << 13, options: { windowBits: 13, memLevel: 6 } } as const;
const readAt = promisify(fs.read);

/** Paths of a pack and its index. */
export interface FinishedPack {
  readonly pack: string;
  readonly index: string;
  /** Whether the very same pack was not there before. */
  readonly isNew: boolean;
}

export class PackWriter {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #fd: number;
  readonly #entries = new Map<Oid, IndexedObject>();
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #buffered = 0;
  /** Bytes in the file; the next entry starts at this plus what is buffered. */
  #written = 0;
  #isStreaming = false;
  #isOpen = true;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#temporary = temporaryPath(folder);
    this.#fd = fs.openSync(this.#temporary, 'wx+', 0o444);
    this.#append(packHeader(0));
  }

  /** Starts a pack in the folder `objects/pack` of a repository. End it with `finish` or `discard`. */
  static start(folder: string): PackWriter {
    return new PackWriter(folder);
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Whether a stream is being written: until it ends nothing else can be added. */
  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  has(object: Oid): boolean {
    return this.#entries.has(object);
  }

  /** Adds an object that is in memory, unless it is in the pack already. `object` is its id, where that is known. */
  addBytes(kind: ObjectKind, bytes: Uint8Array, object: Oid = hashObject(kind, bytes)): Oid {
    if (this.#entries.has(object)) return object;
    this.#assertIdle();
    const header = entryHeader(kind, bytes.length);
    const data = compress(bytes);
    this.#entries.set(object, { oid: object, crc: crc32(data, crc32(header)), offset: this.#position });
    this.#append(header);
    this.#append(data);
    return object;
  }

  /**
   * Adds a blob of exactly `size` bytes with bounded memory. When the stream fails or has another length, the pack is
   * as it was before. It also is when `isKnown` says that the blob need not be here.
   * @throws {F2gitError} `source-truncated` when there are fewer or more bytes; whatever the stream throws
   */
  async addStream(
    size: number,
    stream: AsyncIterable<Uint8Array>,
    { signal, isKnown }: { readonly signal?: AbortSignal; readonly isKnown?: (object: Oid) => boolean } = {},
  ): Promise<Oid> {
    this.#assertIdle();
    this.#flush();
    const offset = this.#written;
    this.#isStreaming = true;
    try {
      const added = await this.#writeStream(size, stream, signal);
      if (this.#entries.has(added.oid) || isKnown?.(added.oid) === true) this.#rollBack(offset);
      else this.#entries.set(added.oid, { ...added, offset });
      return added.oid;
    } catch (error) {
      this.#rollBack(offset);
      throw error;
    } finally {
      this.#isStreaming = false;
    }
  }

  /**
   * Adds an entry as it lies in another pack: `chunks` is all of it, header and compressed data.
   * @throws {F2gitError} `object-missing` when it has not the checksum its index says
   */
  addRaw(object: Pick<IndexedObject, 'oid' | 'crc'>, chunks: Iterable<Uint8Array>): void {
    if (this.#entries.has(object.oid)) return;
    this.#assertIdle();
    this.#flush();
    const offset = this.#written;
    let crc = 0;
    for (const chunk of chunks) {
      crc = crc32(chunk, crc);
      this.#append(chunk);
    }
    if (crc !== object.crc) {
      this.#flush();
      this.#rollBack(offset);
      throw new F2gitError('object-missing', { params: { oid: object.oid } });
    }
    this.#entries.set(object.oid, { oid: object.oid, crc, offset });
  }

  /**
   * Makes the pack part of the repository and gives the names of its two files; undefined when nothing was added.
   * Afterwards all its objects can be read, also after a crash.
   */
  async finish(): Promise<FinishedPack | undefined> {
    this.#assertIdle();
    if (this.count === 0) {
      this.discard();
      return undefined;
    }
    this.#flush();
    writeFully(this.#fd, packHeader(this.count), 0);
    const checksum = await this.#checksum();
    writeFully(this.#fd, checksum, this.#written);
    const name = join(this.#folder, `pack-${checksum.toString('hex')}`);
    const temporaryIndex = await this.#syncWithIndex(encodeIndex([...this.#entries.values()], checksum));
    const finished = { pack: `${name}.pack`, index: `${name}.idx`, isNew: !fs.existsSync(`${name}.pack`) };
    this.#place(temporaryIndex, finished);
    this.#close();
    return finished;
  }

  /** What cannot be made durable is not left behind: on a full disk every further try would leave as much again. */
  #place(temporaryIndex: string, { pack, index, isNew }: FinishedPack): void {
    try {
      fs.renameSync(this.#temporary, pack);
      fs.renameSync(temporaryIndex, index);
      syncFolder(this.#folder);
    } catch (error) {
      for (const path of isNew ? [temporaryIndex, index, pack] : [temporaryIndex]) fs.rmSync(path, { force: true });
      throw error;
    }
  }

  /** Drops everything. Does nothing after `finish` or a first `discard`. */
  discard(): void {
    if (!this.#isOpen) return;
    this.#close();
    fs.rmSync(this.#temporary, { force: true });
  }

  get #position(): number {
    return this.#written + this.#buffered;
  }

  async #writeStream(size: number, stream: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    const hash = startObjectHash('blob', size);
    const header = entryHeader('blob', size);
    this.#append(header);
    let crc = crc32(header);
    const { head, rest } = await takeHead(countedTo(size, stream), PROBE_BYTES);
    const deflate = createDeflate({ level: isWorthCompressing(head) ? 1 : 0, chunkSize: 256 << 10 });
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chain(head, rest)) {
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(
      Readable.from(hashed(), { objectMode: true, highWaterMark: 4 }),
      deflate,
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          crc = crc32(chunk, crc);
          this.#append(chunk);
        }
      },
      signal === undefined ? {} : { signal },
    );
    this.#flush();
    return { oid: oid(hash.digest('hex')), crc };
  }

  #append(bytes: Uint8Array): void {
    if (this.#buffered + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length >= BUFFER_BYTES) {
      writeFully(this.#fd, bytes, this.#written);
      this.#written += bytes.length;
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  #flush(): void {
    writeFully(this.#fd, this.#buffer.subarray(0, this.#buffered), this.#written);
    this.#written += this.#buffered;
    this.#buffered = 0;
  }

  #rollBack(offset: number): void {
    fs.ftruncateSync(this.#fd, offset);
    this.#written = offset;
    this.#buffered = 0;
  }

  /** The count in the header is known only now, so the sum over the file is taken by reading it once more. */
  async #checksum(): Promise<Buffer> {
    const hash = createHash('sha1');
    const block = Buffer.allocUnsafe(BUFFER_BYTES);
    for (let at = 0; at < this.#written;) {
      const { bytesRead } = await readAt(this.#fd, block, 0, Math.min(BUFFER_BYTES, this.#written - at), at);
      if (bytesRead === 0) throw new F2gitError('repository-unwritable', { params: { detail: 'pack cut short' } });
      hash.update(block.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest();
  }

  /** Pack and index go to the disk at once: a file system that keeps a journal writes it once for both. */
  async #syncWithIndex(index: Buffer): Promise<string> {
    const temporary = temporaryPath(this.#folder);
    const fd = fs.openSync(temporary, 'wx', 0o444);
    try {
      writeFully(fd, index);
      await syncFiles([this.#fd, fd]);
    } finally {
      fs.closeSync(fd);
    }
    return temporary;
  }

  #close(): void {
    this.#isOpen = false;
    fs.closeSync(this.#fd);
  }

  #assertIdle(): void {
    if (this.#isStreaming || !this.#isOpen)
      throw new F2gitError('bug', { params: { detail: 'pack writer not ready' } });
  }
}

/** Zlib data of `bytes`: level 1, or stored where the first block shows that it does not shrink. */
function compress(bytes: Uint8Array): Buffer {
  if (bytes.length > PROBE_BYTES && !isWorthCompressing(bytes.subarray(0, PROBE_BYTES))) {
    return deflateSync(bytes, { level: 0 });
  }
  // no larger than what can be used: most contents are small, and memory for them costs more than their compression
  const options = bytes.length <= SMALL.bytes ? SMALL.options : {};
  const data = deflateSync(bytes, { level: 1, chunkSize: Math.max(64, bytes.length), ...options });
  return data.length < bytes.length ? data : deflateSync(bytes, { level: 0 });
}

function isWorthCompressing(block: Uint8Array): boolean {
  return block.length === 0 || deflateSync(block, { level: 1 }).length < block.length * WORTH_COMPRESSING;
}

async function* countedTo(size: number, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const chunk of stream) {
    received += chunk.length;
    if (received > size) break;
    yield chunk;
  }
  if (received !== size) throw new F2gitError('source-truncated', { params: { expected: size, received } });
}

/** Reads until at least `bytes` are there; `rest` goes on where `head` ends. */
async function takeHead(stream: AsyncGenerator<Uint8Array>, bytes: number) {
  const chunks: Uint8Array[] = [];
  for (let length = 0; length < bytes;) {
    const next = await stream.next();
    if (next.done === true) break;
    chunks.push(next.value);
    length += next.value.length;
  }
  return { head: Buffer.concat(chunks), rest: stream };
}

async function* chain(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}
