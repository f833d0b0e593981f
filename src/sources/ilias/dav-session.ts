/** One refresh of an ILIAS course over WebDAV alone. It is loaded when the source is opened. */
import { createHash } from 'node:crypto';
import { type EntryId, entryId } from '../../core/ids.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import { authOf } from '../configured-auth.ts';
import { type ListedFile, readFile } from '../dav/content.ts';
import { placeOf } from '../dav/known.ts';
import type { DavServer } from '../dav/propfind.ts';
import { walk } from '../dav/walk.ts';
import { isRemembered, rememberListing } from '../listing-memory.ts';
import { safeAddress } from '../redact.ts';
import type { Body, ListedEntry, Listing, SourceContext, SourceSession, Unchanged } from '../source.ts';
import { type IliasConfig, iliasIdentity } from './address.ts';
import { clientAt } from './client-name.ts';
import { courseOf, type DavCourse } from './dav-course.ts';
import { iliasDialect } from './dialect.ts';

export class DavSession implements SourceSession {
  readonly #config: IliasConfig;
  readonly #context: SourceContext;
  readonly #server: DavServer;
  #course: DavCourse | undefined;
  #files: ReadonlyMap<EntryId, ListedFile> = new Map();

  constructor(config: IliasConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#server = davServerOf(context);
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    const { http, now } = this.#context;
    const { site, ref, folder, suffixes } = this.#config;
    const client = this.#config.client ?? (await clientAt(http, site, signal));
    const url = mountUrl(site, client, ref) + folder.map((name) => `${encodeURIComponent(name)}/`).join('');
    const server = this.#server;
    const tree = await walk({ server, url, isPublicShare: false, memory: undefined, now }, signal);
    if (tree.kind !== 'tree') throw noFolder(url);
    const course = await courseOf(tree, server, suffixes, signal);
    this.#course = course;
    const listing = this.#describe(course, tree.url, tree.complete);
    const memory = rememberListing(listing, iliasIdentity(this.#config));
    return isRemembered(this.#context.memory, memory) ? { kind: 'unchanged' } : { ...listing, memory };
  }

  fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const file = this.#files.get(entry.id);
    if (file === undefined)
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    return readFile(this.#server, file, signal);
  }

  facts(): Promise<readonly SourceFact[]> {
    const { user } = this.#context.credentials;
    const secured = this.#course?.secured ?? 0;
    return Promise.resolve([
      { code: 'platform', params: { system: 'ILIAS' } },
      ...(user === undefined ? [] : [{ code: 'account', params: { user } } as const]),
      { code: 'account-unverified', level: 'warning' },
      ...(secured === 0 ? [] : [{ code: 'files-renamed', level: 'warning', params: { count: secured } } as const]),
    ]);
  }

  /** Connections belong to the context's HTTP client. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #describe({ files, problems }: DavCourse, url: string, complete: boolean): Listing {
    const contents = new Map<EntryId, ListedFile>();
    const entries = files.map(({ found, segments }): ListedEntry => {
      const { stamp, size, modified } = found;
      const { key } = placeOf(found.path);
      const id = idOf(key);
      contents.set(id, { url: url + key, name: found.path.at(-1)?.name ?? '', stamp, size });
      return { id, segments, stamp, size, ...(modified === undefined ? {} : { modified }) };
    });
    this.#files = contents;
    return { kind: 'listing', entries: entries.sort((a, b) => (a.id < b.id ? -1 : 1)), problems, complete };
  }
}

/** `webdav.php` of a site. It wants the user's name and password with every request. */
export function davServerOf({ http, credentials }: SourceContext): DavServer {
  return { http, auth: authOf(credentials), headers: {}, isOwnCloud: false, dialect: iliasDialect };
}

/** Where an object can be mounted, ending with `/`. */
export function mountUrl(site: string, client: string, ref: string): string {
  return `${site}webdav.php/${encodeURIComponent(client)}/ref_${ref}/`;
}

function noFolder(url: string): F2gitError {
  const detail = 'it is a single file: use the link of the course or folder it is in';
  return new F2gitError('source-not-found', { params: { address: safeAddress(url), detail } });
}

/** The escaped path; very long ones by their digest, as ids are bounded. */
function idOf(key: string): EntryId {
  return entryId(key.length <= 4096 ? key : `sha256 ${createHash('sha256').update(key).digest('hex')}`);
}
