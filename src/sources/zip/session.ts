/** One refresh of a ZIP source. It is loaded when the source is opened. */
import type { FileHandle } from 'node:fs/promises';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import { safeAddress } from '../redact.ts';
import type { Body, ListedEntry, Listing, SourceContext, SourceSession, Unchanged } from '../source.ts';
import type { ZipConfig } from './address.ts';
import { isSmall, readSmall, streamContent } from './archive-content.ts';
import { type ArchiveReader, openArchive } from './archive-reader.ts';
import { type Contents, contentsOf, manifestOf } from './contents.ts';
import { type ArchiveItem, readDirectory } from './directory.ts';
import { download, type Download, openFile } from './download.ts';
import { readMemory, type Validators, writeMemory, type ZipMemory } from './memory.ts';

/** A server may give one entity tag to two archives; so often the archive is read whatever it says. */
const FULL_READ_MS = 24 * 60 * 60 * 1000;

export class ZipSession implements SourceSession {
  readonly #config: ZipConfig;
  readonly #context: SourceContext;
  readonly #scope: string;
  #file: FileHandle | undefined;
  #archive: ArchiveReader | undefined;
  #isMarked = true;
  #items: ReadonlyMap<string, ArchiveItem> = new Map();

  constructor(config: ZipConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    const address = config.place.kind === 'web' ? config.place.url : config.place.path;
    this.#scope = `${address} ${String(config.stripTopFolder)}`;
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    await this.close();
    const memory = readMemory(this.#context.memory, this.#scope);
    const age = this.#context.now().getTime() - (memory?.read.getTime() ?? 0);
    const isFresh = memory?.manifest !== undefined && age >= 0 && age < FULL_READ_MS;
    const found = await this.#acquire(isFresh ? memory.validators : undefined, signal);
    if (found.kind === 'unchanged') return found;
    this.#file = found.file;
    this.#isMarked = found.isMarked;
    const { items, manifest } = await this.#read(found.file, found.size, memory?.manifest, signal);
    const isSame = manifest === memory?.manifest;
    if (isSame && isFresh && areEqual(found.validators, memory.validators)) return { kind: 'unchanged' };
    const contents = contentsOf(items, this.#config.stripTopFolder, memory?.top);
    this.#items = contents.items;
    return this.#listing(contents, manifest, found.validators);
  }

  async fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const item = this.#items.get(entry.id);
    if (item === undefined || this.#archive === undefined) {
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    }
    throwIfAborted(signal);
    if (isSmall(item)) return { kind: 'bytes', bytes: await readSmall(this.#archive, item) };
    return { kind: 'stream', size: item.size, stream: untilAborted(streamContent(this.#archive, item), signal) };
  }

  facts(): Promise<readonly SourceFact[]> {
    return Promise.resolve(this.#isMarked ? [] : [{ code: 'archive-unmarked', level: 'warning' }]);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#archive = undefined;
    await file?.close();
  }

  #acquire(known: Validators | undefined, signal: AbortSignal): Promise<Download> {
    const { place } = this.#config;
    return place.kind === 'web'
      ? download(place.url, this.#context, known, signal)
      : openFile(place.path, known, this.#context.now());
  }

  /** Reads what is in the archive, and all of it where that is not what `known` stands for. */
  async #read(file: FileHandle, size: number, known: string | undefined, signal: AbortSignal) {
    try {
      this.#archive = await openArchive(file, size);
      const items = await readDirectory(this.#archive, signal);
      const manifest = manifestOf(items);
      // A file that cannot be unpacked spoils the archive: all are tried before any is delivered.
      if (manifest !== known) await verify(this.#archive, items, signal);
      return { items, manifest };
    } catch (error) {
      if (!(error instanceof F2gitError) || error.code === 'cancelled') throw error;
      const { place } = this.#config;
      const address = place.kind === 'web' ? safeAddress(place.url) : place.path;
      throw new F2gitError(error.code, { params: { address, ...error.params }, cause: error });
    }
  }

  #listing({ entries, problems, complete, top }: Contents, manifest: string, validators: Validators): Listing {
    const memory: ZipMemory = {
      // An archive that was packed incompletely is asked for again, even where its server says it is the same.
      validators: complete ? validators : {},
      ...(complete ? { manifest } : {}),
      ...(top === undefined ? {} : { top }),
      read: this.#context.now(),
    };
    return { kind: 'listing', entries, problems, complete, memory: writeMemory(memory, this.#scope) };
  }
}

async function verify(archive: ArchiveReader, items: readonly ArchiveItem[], signal: AbortSignal): Promise<void> {
  const files = items.filter(({ kind }) => kind === 'file').sort((a, b) => a.offset - b.offset);
  for (const item of files) {
    throwIfAborted(signal);
    if (isSmall(item)) await readSmall(archive, item);
    else await drain(untilAborted(streamContent(archive, item), signal));
  }
}

async function drain(content: AsyncGenerator<Uint8Array, void>): Promise<void> {
  for (let next = await content.next(); next.done !== true; next = await content.next());
}

async function* untilAborted(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of content) {
    throwIfAborted(signal);
    yield chunk;
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new F2gitError('cancelled', { cause: signal.reason });
}

function areEqual(a: Validators, b: Validators): boolean {
  return a.etag === b.etag && a.modified === b.modified;
}
