/** One refresh of a WebDAV source. It is loaded when the source is opened. */
import { createHash } from 'node:crypto';
import { type EntryId, entryId } from '../../core/ids.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import { authOf } from '../configured-auth.ts';
import type { HttpAuth } from '../http.ts';
import type { Body, ListedEntry, Listing, SourceContext, SourceSession, Unchanged } from '../source.ts';
import { type WebdavConfig, webdavIdentity } from './address.ts';
import { type ListedFile, readFile } from '../dav/content.ts';
import { segmentsOfHref } from '../dav/href.ts';
import { placeOf } from '../dav/known.ts';
import { readMemory, type WebdavMemory, writeMemory } from './memory.ts';
import type { DavServer } from '../dav/propfind.ts';
import { byShareWay, dialectOfShare, type KnownWay } from './share.ts';
import { isTagged, sizeOf, stampOf } from '../dav/stamp.ts';
import { walk, type Walked, type WalkedTree } from '../dav/walk.ts';

export class WebdavSession implements SourceSession {
  readonly #config: WebdavConfig;
  readonly #context: SourceContext;
  readonly #auth: HttpAuth;
  #server: DavServer | undefined;
  #files: ReadonlyMap<EntryId, ListedFile> = new Map();

  constructor(config: WebdavConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#auth = authOf(context.credentials);
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    const memory = readMemory(this.#context.memory, webdavIdentity(this.#config));
    const { walked, way } = await this.#walk(memory, signal);
    switch (walked.kind) {
      case 'unchanged':
        return walked;
      case 'file':
        return this.#listOne(walked);
      case 'tree':
        return this.#listTree(walked, way);
    }
  }

  fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const file = this.#files.get(entry.id);
    if (file === undefined || this.#server === undefined) {
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    }
    return readFile(this.#server, file, signal);
  }

  facts(): Promise<readonly SourceFact[]> {
    const { user } = this.#context.credentials;
    const files = [...this.#files.values()];
    const changes = files.every(({ stamp }) => isTagged(stamp)) ? 'changes-by-tag' : 'changes-by-date';
    return Promise.resolve([
      { code: 'platform', params: { system: 'WebDAV' } },
      ...(user === undefined ? [] : [{ code: 'account', params: { user } } as const]),
      ...(files.length === 0 ? [] : [{ code: changes } as const]),
    ]);
  }

  /** Connections belong to the context's HTTP client. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  async #walk(
    memory: WebdavMemory | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly walked: Walked; readonly way?: KnownWay }> {
    const { http, now, credentials } = this.#context;
    const config = this.#config;
    const walkAs = (url: string, server: DavServer, isPublicShare: boolean) => {
      this.#server = server;
      return walk({ server, url, isPublicShare, memory, now }, signal);
    };
    if (config.kind === 'folder') {
      const isOwnCloud = new URL(config.url).pathname.includes('/remote.php/');
      return { walked: await walkAs(config.url, { http, auth: this.#auth, headers: {}, isOwnCloud }, false) };
    }
    const { result, known } = await byShareWay(config, credentials, memory?.way, ({ url, auth, headers }) =>
      walkAs(url, { http, auth, headers, isOwnCloud: true, dialect: dialectOfShare(credentials) }, true),
    );
    return { walked: result, way: known };
  }

  #listTree(tree: WalkedTree, way: KnownWay | undefined): Listing {
    const files = new Map<EntryId, ListedFile>();
    const entries: ListedEntry[] = [];
    for (const { path, stamp, size, modified } of tree.files) {
      const { key } = placeOf(path);
      const id = idOf(key);
      files.set(id, { url: tree.url + key, name: path.at(-1)?.name ?? '', stamp, size });
      const segments = path.map(({ name }) => name);
      entries.push({ id, segments, stamp, size, ...(modified === undefined ? {} : { modified }) });
    }
    this.#files = files;
    const isWhole = tree.complete && tree.problems.length === 0;
    const memory: WebdavMemory = {
      walked: tree.walked,
      // What could not be read must be asked for again: only a whole listing is worth remembering.
      folders: isWhole ? tree.folders : new Map(),
      ...(way === undefined ? {} : { way }),
    };
    return {
      kind: 'listing',
      entries: entries.sort((a, b) => (a.id < b.id ? -1 : 1)),
      problems: tree.problems,
      complete: tree.complete,
      memory: writeMemory(memory, webdavIdentity(this.#config)),
    };
  }

  /** A share of a single file answers with the file itself; its name is a property, its address ends with the token. */
  #listOne({ url, props }: Extract<Walked, { kind: 'file' }>): Listing {
    const path = segmentsOfHref(new URL(url).pathname);
    const named = props.displayName === undefined || props.displayName === '' ? path.at(-1)?.name : props.displayName;
    const name = named ?? 'file';
    const [stamp, size] = [stampOf(props), sizeOf(props)];
    const id = idOf(encodeURIComponent(name.toWellFormed()));
    this.#files = new Map([[id, { url, name, stamp, size }]]);
    return { kind: 'listing', entries: [{ id, segments: [name], stamp, size }], problems: [], complete: true };
  }
}

/** The escaped path; very long ones by their digest, as ids are bounded. */
function idOf(key: string): EntryId {
  return entryId(key.length <= 4096 ? key : `sha256 ${createHash('sha256').update(key).digest('hex')}`);
}
