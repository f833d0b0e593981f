/** One refresh of a remote. It is loaded when the source is opened. */
import { createHash, randomUUID } from 'node:crypto';
import { type EntryId, entryId } from '../../core/ids.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import type { Body, ListedEntry, Listing, SourceContext, SourceSession } from '../source.ts';
import type { RcloneConfig } from './address.ts';
import { type Deadlines, Rclone, usualDeadlines } from './child.ts';
import { featuresCommand, placeOf, statCommand } from './commands.ts';
import { type ListedFile, listedFile, type OpenRemote, readContent } from './content.ts';
import { type Environment, environmentFor } from './environment.ts';
import { factsOf } from './facts.ts';
import { type Reading, readFeatures } from './features.ts';
import type { Folders } from './folders.ts';
import { guard } from './guard.ts';
import { type ListedItem, readItem } from './list.ts';
import { Stage } from './stage.ts';
import { dateOf, stampOf } from './stamp.ts';
import { troubleOf } from './trouble.ts';
import { listAll } from './walk.ts';

/** @throws {F2gitError} `credentials-invalid` for credentials a remote cannot use */
export function openRclone(
  config: RcloneConfig,
  context: SourceContext,
  own: Environment,
  deadlines: Deadlines = usualDeadlines,
): SourceSession {
  const { user, password, token, oauth } = context.credentials;
  if (user !== undefined || token !== undefined || oauth !== undefined) {
    const detail = 'a remote signs in by itself; only the password of its configuration can be given';
    throw new F2gitError('credentials-invalid', { params: { detail } });
  }
  return new RcloneSession(config, new Rclone(environmentFor(own, password), deadlines), context);
}

class RcloneSession implements SourceSession {
  readonly #config: RcloneConfig;
  readonly #rclone: Rclone;
  readonly #context: SourceContext;
  #remote: OpenRemote | undefined;
  #files: ReadonlyMap<EntryId, ListedFile> = new Map();
  #folders: Folders | undefined;
  #stage: Stage | undefined;

  constructor(config: RcloneConfig, rclone: Rclone, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#rclone = rclone;
  }

  async list(signal: AbortSignal): Promise<Listing> {
    const remote = await this.#open(signal);
    const found = await listAll(remote, signal);
    const place = await this.#placesOf(remote, found.items, signal);
    const files = new Map<EntryId, ListedFile>();
    const entries = found.items.map((item): ListedEntry => {
      const entry = entryOf(item);
      files.set(entry.id, listedFile(item, place(item)));
      return entry;
    });
    this.#files = files;
    this.#folders = found.folders;
    return { kind: 'listing', entries, problems: found.problems, complete: found.complete };
  }

  async fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const file = this.#files.get(entry.id);
    if (file === undefined || this.#remote === undefined) {
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    }
    const staged = await this.#stage?.take(file);
    if (staged !== undefined) return { kind: 'bytes', bytes: staged };
    return readContent(this.#remote, file, signal);
  }

  prefetch(entries: readonly ListedEntry[], signal: AbortSignal): void {
    if (this.#remote === undefined) return;
    this.#stage ??= new Stage(this.#remote, this.#context.cacheDir);
    this.#stage.plan(
      entries.flatMap(({ id }) => this.#files.get(id) ?? []),
      signal,
    );
  }

  /**
   * A folder that held these files and is now empty may be one whose server answered with a page: rclone's WebDAV takes
   * that for a folder without files. Nothing in it is taken for gone until it holds something else, or is gone itself.
   */
  withheld(ids: readonly EntryId[]): Promise<ReadonlySet<EntryId>> {
    const folders = this.#folders;
    return Promise.resolve(new Set(ids.filter((id) => folders?.isGone(id) !== true)));
  }

  async facts(signal: AbortSignal): Promise<readonly SourceFact[]> {
    const items = [...this.#files.values()].map(({ item }) => item);
    return factsOf(await this.#open(signal), items, signal);
  }

  async close(): Promise<void> {
    await this.#rclone.close();
    await this.#stage?.close();
  }

  async #open(signal: AbortSignal): Promise<OpenRemote> {
    this.#remote ??= { rclone: this.#rclone, config: this.#config, reading: await this.#guardedReading(signal) };
    return this.#remote;
  }

  /** rclone may connect to know what a remote can do: it is guarded before. */
  async #guardedReading(signal: AbortSignal): Promise<Reading> {
    await guard(this.#rclone, this.#config, this.#context.http, signal);
    return this.#readingOf(signal);
  }

  async #readingOf(signal: AbortSignal): Promise<Reading> {
    const ending = await this.#rclone.ask(featuresCommand(this.#config), signal);
    if (ending.code !== 0) throw troubleOf(ending, { remote: placeOf(this.#config) });
    return readFeatures(ending.output);
  }

  /** A course can be a single file; rclone then lists it as if it lay in a folder of its own name. */
  async #placesOf(
    { config, reading }: OpenRemote,
    items: readonly ListedItem[],
    signal: AbortSignal,
  ): Promise<(item: ListedItem) => string> {
    const below = (item: ListedItem): string => placeOf(config, item.path);
    if (items.length !== 1 || items[0]?.path !== config.path.split('/').at(-1)) return below;
    const ending = await this.#rclone.ask(statCommand(config, placeOf(config), reading), signal);
    if (ending.code !== 0) throw troubleOf(ending, { remote: placeOf(config) });
    return readItem(ending.output).kind === 'item' ? () => placeOf(config) : below;
  }
}

function entryOf(item: ListedItem): ListedEntry {
  // Without digest and date nothing tells whether it changed: its content is read at every refresh.
  const stamp = stampOf(item) ?? `unknown ${randomUUID()}`;
  const modified = item.digest === undefined ? dateOf(item) : LONG_AGO;
  return {
    id: idOf(item.path),
    segments: item.path.split('/'),
    stamp,
    size: item.size,
    ...(modified === undefined ? {} : { modified }),
  };
}

/** A digest is believed however young the file is. */
const LONG_AGO = 0;

/** The path; very long ones by their digest, as ids are bounded. */
function idOf(path: string): EntryId {
  return entryId(path.length <= 4096 ? path : `sha256 ${createHash('sha256').update(path).digest('hex')}`);
}
