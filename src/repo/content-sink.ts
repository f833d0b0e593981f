/** Takes fetched content into one object store: the pack begins with the first content that is new. */
import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Oid } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import type { Body } from '../sources/source.ts';
import { temporaryPath } from './durable-file.ts';
import { hashObject } from './object-format.ts';
import type { ObjectStore } from './object-store.ts';
import { PackWriter } from './pack-writer.ts';

/** Content up to this size is held in memory; what is larger goes through a temporary file. */
const IN_MEMORY_BYTES = 1 << 20;

export interface StoredContent {
  readonly oid: Oid;
  readonly size: number;
}

export class ContentSink {
  readonly #store: ObjectStore;
  readonly #isPurged: (object: Oid) => boolean;
  #pack: PackWriter | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** `isPurged` names contents that must never be in the store again. */
  constructor(store: ObjectStore, isPurged: (object: Oid) => boolean) {
    this.#store = store;
    this.#isPurged = isPurged;
  }

  /** The pack being written; made now if there was nothing to write yet. */
  get pack(): PackWriter {
    this.#pack ??= PackWriter.start(this.#store.folder);
    return this.#pack;
  }

  has(object: Oid): boolean {
    return this.#store.has(object) || this.#pack?.has(object) === true;
  }

  /**
   * Takes a whole body. `expected` is its size where the source promises one.
   * @throws {F2gitError} `source-truncated` when the byte count is wrong; what the stream throws
   */
  async add(body: Body, expected: number | null, signal: AbortSignal): Promise<StoredContent> {
    if (body.kind === 'bytes') {
      assertSize(body.bytes.length, expected);
      return this.#addBytes(body.bytes);
    }
    const stream = body.stream[Symbol.asyncIterator]();
    const head = await takeUpTo(stream, IN_MEMORY_BYTES);
    if (head.isWhole) {
      assertSize(head.bytes.length, expected ?? body.size);
      return this.#addBytes(head.bytes);
    }
    return this.#addLarge(goOn(head.bytes, stream), expected ?? body.size, signal);
  }

  /** Copies an object that another store holds. @throws {F2gitError} `object-missing` */
  async copyFrom(store: ObjectStore, object: Oid): Promise<void> {
    await this.#inTurn(() => store.copyTo(this.pack, object));
  }

  /** Hands the pack over to whoever ends it; the next content begins another. */
  takePack(): PackWriter {
    const { pack } = this;
    this.#pack = undefined;
    return pack;
  }

  /** Ends the pack, if there is one: its objects can be read afterwards. */
  async finish(): Promise<void> {
    if (this.#pack === undefined) return;
    await this.#pack.finish();
    this.#pack = undefined;
    this.#store.rescan();
  }

  discard(): void {
    this.#pack?.discard();
    this.#pack = undefined;
  }

  async #addBytes(bytes: Uint8Array): Promise<StoredContent> {
    const object = hashObject('blob', bytes);
    if (!this.#isUnneeded(object)) {
      await this.#inTurn(() => this.pack.addBytes('blob', bytes, object));
      this.#store.noteAdded(object, bytes);
    }
    return { oid: object, size: bytes.length };
  }

  async #addLarge(stream: AsyncIterable<Uint8Array>, expected: number | null, signal: AbortSignal) {
    const temporary = temporaryPath(this.#store.folder);
    try {
      await pipeline(Readable.from(stream), fs.createWriteStream(temporary, { flags: 'wx', mode: 0o600 }), { signal });
      const { size } = fs.statSync(temporary);
      assertSize(size, expected);
      const object = await this.#inTurn(() =>
        this.pack.addStream(size, bytesOf(temporary), { signal, isKnown: (known) => this.#isUnneeded(known) }),
      );
      return { oid: object, size };
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  }

  #isUnneeded(object: Oid): boolean {
    return this.has(object) || this.#isPurged(object);
  }

  /** A pack takes one entry at a time. */
  async #inTurn<Result>(add: () => Result | Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(add);
    // The next one waits for the end of this one, whichever it is; the error goes to whoever added.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Opens the file when it is read: a stream that nobody comes to read would fail behind everybody's back. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void> {
  yield* fs.createReadStream(path, { highWaterMark: 1 << 20 });
}

function assertSize(received: number, expected: number | null): void {
  if (expected === null || received === expected) return;
  throw new F2gitError('source-truncated', { params: { expected, received } });
}

async function takeUpTo(stream: AsyncIterator<Uint8Array>, limit: number) {
  const chunks: Uint8Array[] = [];
  for (let length = 0; length <= limit;) {
    const next = await stream.next();
    if (next.done === true) return { bytes: Buffer.concat(chunks), isWhole: true };
    chunks.push(next.value);
    length += next.value.length;
  }
  return { bytes: Buffer.concat(chunks), isWhole: false };
}

async function* goOn(head: Uint8Array, stream: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isEnded = false;
  try {
    yield head;
    for (;;) {
      const next = await stream.next();
      isEnded = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!isEnded) await stream.return?.();
  }
}
