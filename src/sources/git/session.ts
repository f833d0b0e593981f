/** One refresh from a git repository: lists the tree of a commit and gives its blobs; damage is repaired once. */
import type { Oid } from '../../core/ids.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { asF2gitError, F2gitError } from '../../errors.ts';
import type { Body, Json, ListedEntry, Listing, SourceContext, SourceSession, Unchanged } from '../source.ts';
import type { GitConfig } from './address.ts';
import { openHttpRepository } from './http-repository.ts';
import { openLocalRepository } from './local-repository.ts';
import { BrokenObject } from './object-store.ts';
import { chooseTip, refuseRef, type Tip } from './refs.ts';
import type { GitRepository } from './repository.ts';
import { listTree, subtreeOf, treeOf } from './tree.ts';

export class GitSession implements SourceSession {
  readonly #config: GitConfig;
  readonly #memory: Json | undefined;
  readonly #sizeOf: SourceContext['sizeOf'];
  readonly #open: () => GitRepository;
  #repository: GitRepository | undefined;
  #tip: Tip | undefined;
  #repairing: Promise<boolean> | undefined;

  constructor(config: GitConfig, context: SourceContext) {
    this.#config = config;
    this.#memory = context.memory;
    this.#sizeOf = context.sizeOf;
    const { place } = config;
    this.#open = () =>
      place.kind === 'http' ? openHttpRepository(place.url, context) : openLocalRepository(place.path);
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    return this.#orF2gitError(async () => {
      signal.throwIfAborted();
      const repository = (this.#repository ??= this.#open());
      const refs = await repository.refs(signal);
      const tip = chooseTip(refs, this.#config);
      this.#tip = tip;
      if (tip === undefined) return { kind: 'listing', entries: [], problems: [], complete: true };
      if (this.#memory === memoryOf(tip)) return { kind: 'unchanged' };
      if (!(await repository.obtain(tip, signal))) return refuseRef(refs, this.#config, tip.oid);
      const listing = await this.#listTip(repository, tip, signal);
      return { kind: 'listing', ...listing, complete: true, memory: memoryOf(tip) };
    });
  }

  async fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    return this.#orF2gitError(async () => {
      signal.throwIfAborted();
      const { repository, tip } = this.#listed();
      try {
        return this.#read(repository, entry, signal);
      } catch (error) {
        if (!(error instanceof BrokenObject) || error.why === 'too-large') throw error;
        if (!(await this.#repairOnce(repository, tip, signal))) throw error;
        return this.#read(repository, entry, signal);
      }
    });
  }

  facts(): Promise<readonly SourceFact[]> {
    if (this.#tip === undefined) return Promise.resolve([]);
    const { oid, name } = this.#tip;
    const params = { commit: oid.slice(0, SHOWN_DIGITS), ...(name === undefined ? {} : { name }) };
    return Promise.resolve([{ code: 'commit', params }]);
  }

  close(): Promise<void> {
    this.#repository?.close();
    this.#repository = undefined;
    return Promise.resolve();
  }

  async #listTip(repository: GitRepository, tip: Tip, signal: AbortSignal) {
    const read = (onBroken: 'throw' | 'problem') => {
      const root = treeOf(repository.objects, tip.oid, this.#config.shown);
      const folder = subtreeOf(repository.objects, root, tip.subfolder, this.#config.shown);
      return listTree(repository.objects, folder, onBroken, signal, this.#sizeOf);
    };
    try {
      const listing = await read('throw');
      await repository.confirm(tip.oid);
      return listing;
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      await repository.repair(tip, signal);
      return read('problem');
    }
  }

  #read(repository: GitRepository, { stamp, size }: ListedEntry, signal: AbortSignal): Body {
    const oid = stamp as Oid;
    const large = repository.objects.stream(oid, size);
    if (large === undefined) return { kind: 'bytes', bytes: repository.objects.read(oid).bytes };
    return { kind: 'stream', size: large.size, stream: this.#watched(repository, large.stream, signal) };
  }

  /** A stream is found damaged only at its end, when some of it was used: the caller begins again. */
  async *#watched(
    repository: GitRepository,
    stream: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) {
        signal.throwIfAborted();
        yield chunk;
      }
    } catch (error) {
      if (error instanceof BrokenObject) repository.distrust();
      throw this.#translate(error);
    }
  }

  /** Several downloads may find the same damage at once. */
  #repairOnce(repository: GitRepository, tip: Tip, signal: AbortSignal): Promise<boolean> {
    this.#repairing ??= repository.repair(tip, signal);
    return this.#repairing;
  }

  #listed(): { repository: GitRepository; tip: Tip } {
    if (this.#repository !== undefined && this.#tip !== undefined) {
      return { repository: this.#repository, tip: this.#tip };
    }
    throw new F2gitError('bug', { params: { detail: 'fetch before list' } });
  }

  async #orF2gitError<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #translate(error: unknown): F2gitError {
    if (!(error instanceof BrokenObject)) return asF2gitError(error);
    const code = { missing: 'source-gone', damaged: 'source-invalid', 'too-large': 'too-large' } as const;
    return new F2gitError(code[error.why], {
      params: { address: this.#config.shown, object: error.oid },
      cause: error,
    });
  }
}

/** Of a commit's id: as many as forges show, and more than one repository needs. */
const SHOWN_DIGITS = 12;

/** A commit and the folder of it say everything about a listing, whatever the branch is called. */
function memoryOf({ oid, subfolder }: Tip): string {
  return ['1', oid, ...subfolder].join('/');
}
