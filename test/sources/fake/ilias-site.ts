/**
 * An ILIAS with one course: objects with numbers and titles, a member who signs in, `webdav.php` as the releases have it.
 * Rules and words are those of the recorded exchanges of 5.4 and of the models of later releases beside them.
 */
import { createHash } from 'node:crypto';
import type { Segments } from '../harness.ts';
import type { Answer } from './web-server.ts';

export type Release = '5.4' | '9' | 'trunk';

export interface Item {
  readonly ref: number;
  parent: number;
  readonly type: 'crs' | 'fold' | 'file' | 'frm';
  title: string;
  bytes: Uint8Array;
  version: number;
  modified: Date;
  readonly created: Date;
  /** Before its availability begins: nobody but staff is told of it. */
  isHidden: boolean;
  /** What the account may not read. */
  isLocked: boolean;
  /** Its period of availability. */
  window?: { readonly from?: Date; readonly until?: Date };
  /** The suffix of its file, where the title does not say it. */
  extension?: string;
  /** What WebDAV says it was changed at, where that is something else. */
  davDate?: Date;
}

export const COURSE = 72;
export const CLIENT = 'myilias';
const INFORMATION = '#!_WEBDAV_INFORMATION.txt';

export class IliasSite {
  readonly items = new Map<number, Item>();
  /** The remarks on folders cannot be read. */
  isMute = false;
  /** Whether the pages for browsers let nobody in. */
  isClosedToBrowsers = false;
  /** Where the form of the sign-in page is sent. */
  formAction = 'ilias.php?cmd=post&rtoken=';
  /** WebDAV is switched off. */
  isDavOff = false;
  /** The script of the SOAP interface. */
  soapPath = '/ilias/webservice/soap/server.php';
  /** No cookie names the client. */
  isNameless = false;
  readonly #release: Release;
  #clock = Date.UTC(2024, 0, 1);
  #lastRef = COURSE;

  constructor(release: Release = '9') {
    this.#release = release;
    this.restore();
  }

  /** The course itself, empty. */
  restore(): void {
    this.#add({ ref: COURSE, parent: 1, type: 'crs', title: 'Intro to Programming' });
  }

  /** Everything directly in a folder, as it was put there. */
  childrenOf(ref: number): readonly Item[] {
    return [...this.items.values()].filter(({ parent, isHidden }) => parent === ref && !isHidden);
  }

  at(segments: Segments): Item | undefined {
    let item = this.items.get(COURSE);
    for (const title of segments) item = this.#namedIn(item, title);
    return item;
  }

  need(segments: Segments): Item {
    const item = this.at(segments);
    if (item === undefined) throw new Error(`nothing there: ${segments.join('/')}`);
    return item;
  }

  put(segments: Segments, bytes: Uint8Array): Item {
    const old = this.at(segments);
    return old === undefined ? this.putTwin(segments, bytes) : this.change(old, bytes);
  }

  /** Titles need not differ. */
  putTwin(segments: Segments, bytes: Uint8Array): Item {
    const parent = this.folder(segments.slice(0, -1)).ref;
    return this.#add({ parent, type: 'file', title: segments.at(-1) ?? '', bytes });
  }

  change(item: Item, bytes: Uint8Array): Item {
    return Object.assign(item, { bytes, version: item.version + 1, modified: this.#now() });
  }

  touch(item: Item): void {
    item.modified = this.#now();
  }

  folder(segments: Segments): Item {
    let folder = this.need([]);
    for (const title of segments) {
      folder = this.#namedIn(folder, title) ?? this.#add({ parent: folder.ref, type: 'fold', title });
    }
    return folder;
  }

  remove(item: Item): void {
    for (const child of [...this.items.values()].filter(({ parent }) => parent === item.ref)) this.remove(child);
    this.items.delete(item.ref);
  }

  #namedIn(folder: Item | undefined, title: string): Item | undefined {
    return [...this.items.values()].findLast((item) => item.parent === folder?.ref && item.title === title);
  }

  #add(parts: Pick<Item, 'parent' | 'type' | 'title'> & Partial<Item>): Item {
    const ref = parts.ref ?? (this.#lastRef += 1);
    const modified = this.#now();
    const bytes = new Uint8Array();
    const item = { ref, bytes, version: 1, modified, created: modified, isHidden: false, isLocked: false, ...parts };
    this.items.set(ref, item);
    return item;
  }

  #now(): Date {
    this.#clock += 1000;
    return new Date(this.#clock);
  }

  /** What `webdav.php` shows of a folder. */
  listed(folder: Item): readonly Item[] {
    const shown = this.childrenOf(folder.ref).filter((item) => this.#isShown(item));
    if (this.#release !== '9') return shown;
    return shown.filter((item) => shown.findLast(({ title }) => title === item.title) === item);
  }

  #isShown({ type, title, isLocked }: Item): boolean {
    const isOfType = type === 'file' || type === 'fold' || type === 'crs';
    return isOfType && !isLocked && !this.#isForbidden(title);
  }

  #isForbidden(title: string): boolean {
    return (this.#release === 'trunk' ? /[\\<>/:*?"|#]|^[._~$]/ : /[\\<>/:*?"|#]|^\./).test(title);
  }

  /** The remark on what a folder does not show; up to 5.4 there was none. */
  informationOf(folder: Item): string | undefined {
    const titles = this.childrenOf(folder.ref).map(({ title }) => title);
    const isTwin = (title: string): boolean => titles.filter((one) => one === title).length > 1;
    const forbidden = titles.filter((title) => this.#isForbidden(title));
    const twins = [...new Set(titles.filter((title) => isTwin(title) && !this.#isForbidden(title)))];
    if (this.#release === '5.4' || forbidden.length + twins.length === 0) return undefined;
    const block = (head: string, lines: readonly string[]) =>
      lines.length === 0 ? '' : `# ${head}\n${lines.join('\n')}\n\n`;
    return `${block('Mehrfach vorhandene Titel', twins)}${block('Titel mit verbotenen Zeichen', forbidden)}\n`;
  }

  /** The item a path below a mount leads to; the text of the remark; or why not. */
  resolve(path: string): Item | { readonly information: string } | Answer {
    const [client, mount = '', ...titles] = path.split('/').filter((part) => part !== '');
    if (client !== CLIENT) return html(200, `Client does not exist.<br /><a href="index.php?client_id=${CLIENT}">`);
    const root = this.items.get(Number(/^ref_(\d+)$/.exec(mount)?.[1] ?? 0));
    const isMountable = root !== undefined && root.type !== 'frm';
    if (!isMountable || (this.#release === '9' && this.#isForbidden(root.title))) {
      return sabre(400, 'BadRequest', `Invalid parameter ${mount}`);
    }
    if (root.isLocked || root.isHidden) {
      return sabre(403, 'Forbidden', `No read permission for object with reference ID ${String(root.ref)} `);
    }
    return this.#below(root, titles.map(decodeURIComponent));
  }

  #below(root: Item, titles: Segments): ReturnType<IliasSite['resolve']> {
    let item = root;
    for (const [at, title] of titles.entries()) {
      const information = title === INFORMATION ? this.informationOf(item) : undefined;
      if (information !== undefined && at === titles.length - 1) return { information };
      const named = this.listed(item).filter((one) => one.title === title);
      const next = this.#release === 'trunk' ? named[0] : named.at(-1);
      if (next === undefined) return sabre(404, 'NotFound', `${title} not found`);
      item = next;
    }
    return item;
  }

  validators({ bytes, title, created, modified, ref, davDate }: Item): Readonly<Record<string, string>> {
    const date = { 'last-modified': (davDate ?? modified).toUTCString() };
    if (bytes.length === 0) return date;
    const known =
      this.#release === 'trunk'
        ? [bytes]
        : [this.#release === '9' ? JSON.stringify([title, bytes.length, created]) : JSON.stringify([ref, modified])];
    const hash = createHash(this.#release === 'trunk' ? 'md5' : 'sha1');
    for (const part of known) hash.update(part);
    return { ...date, etag: `"${hash.digest('hex')}"` };
  }

  /** The `response` elements of a folder's remark: a file without entity tag that is always new. */
  informationResponse(folder: Item, href: string): readonly string[] {
    const text = this.informationOf(folder);
    if (text === undefined) return [];
    const length = this.#release === 'trunk' ? Buffer.byteLength(text) : 0;
    const props = `<d:getlastmodified>${new Date().toUTCString()}</d:getlastmodified><d:getcontentlength>${String(length)}</d:getcontentlength><d:resourcetype/>`;
    return [davResponse(href + sabreEncode(INFORMATION), props)];
  }

  responseOf(item: Item, href: string): string {
    if (item.type !== 'file') {
      const modified = `<d:getlastmodified>${item.modified.toUTCString()}</d:getlastmodified>`;
      return davResponse(href, `${modified}<d:resourcetype><d:collection/></d:resourcetype>`);
    }
    const { etag, 'last-modified': modified } = this.validators(item);
    const length = `<d:getcontentlength>${String(item.bytes.length)}</d:getcontentlength>`;
    const tag = etag === undefined ? '' : `<d:getetag>${etag.replaceAll('"', '&quot;')}</d:getetag>`;
    return davResponse(
      href,
      `<d:getlastmodified>${modified ?? ''}</d:getlastmodified>${length}<d:resourcetype/>${tag}`,
    );
  }
}

export function davResponse(href: string, props: string): string {
  const status = '<d:status>HTTP/1.1 200 OK</d:status>';
  return `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop>${status}</d:propstat></d:response>`;
}

export function multistatus(responses: readonly string[]): Answer {
  const body = `<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">${responses.join('')}</d:multistatus>`;
  const headers = { 'content-type': 'application/xml; charset=utf-8', dav: '1, 3, extended-mkcol, 2' };
  return { status: 207, headers, body: Buffer.from(body) };
}

/** An error as sabre/dav words it. */
export function sabre(status: number, exception: string, message: string): Answer {
  const body = `<?xml version="1.0" encoding="utf-8"?>
<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">
  <s:sabredav-version>3.2.2</s:sabredav-version>
  <s:exception>Sabre\\DAV\\Exception\\${exception}</s:exception>
  <s:message>${message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</s:message>
</d:error>
`;
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="sabre/dav", charset="UTF-8"' } : {};
  const headers = { 'content-type': 'application/xml; charset=utf-8', ...challenge };
  return { status, headers, body: Buffer.from(body) };
}

export function html(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: Buffer.from(text) };
}

/** Names in addresses as sabre/dav writes them: UTF-8 in lower-case hexadecimal. */
export function sabreEncode(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_.()~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
