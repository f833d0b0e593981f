/**
 * The file area of one Stud.IP course and its JSON:API, as recorded from 5.5.8 and 6.0.2 (`test/fixtures/studip`): what
 * is listed to whom, paging with its faults, what is refused and how. It knows one course and one account at a time.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { secretWord } from '../../support/secret-words.ts';
import type { Segments } from '../harness.ts';
import type { Answer } from './web-server.ts';

const SESSION = secretWord('a session of Stud.IP');

export interface SiteFolder {
  readonly id: string;
  readonly parent: string | undefined;
  type: string;
  name: string;
  /** What the type keeps: permission bits, times. */
  data: Readonly<Record<string, unknown>>;
}

export interface SiteFile {
  readonly id: string;
  folder: string;
  name: string;
  /** The data behind it. */
  file: string;
  bytes: Uint8Array;
  /** Of the data; milliseconds. */
  changed: number;
  /** What the entity tag is made of besides the size. */
  modified: number;
  readonly owner: string;
  licence: string;
  url?: string;
  access?: 'redirect' | 'proxy';
  /** Of a plugin that is gone: it spoils every list it is in. */
  isOfMissingPlugin?: boolean;
  /** Its data is lost. */
  isLost?: boolean;
}

type Role = 'autor' | 'dozent';

const LICENCES = { FREE_LICENSE: 0, COND_1: 1, COND_2: 2 } as const;
const ORDINARY = /^(Root|Standard|Material|CourseTopic|CourseDate|CoursePublic)Folder$/;
const JSON_API = 'application/vnd.api+json';

/** Where this Stud.IP is installed: below a path, as some universities have it. */
export const SITE_PATH = '/studip/';

export class StudipSite {
  readonly course = idOf('course');
  readonly root: SiteFolder = {
    id: idOf('root'),
    parent: undefined,
    type: 'RootFolder',
    name: 'Kurs',
    data: [] as never,
  };
  readonly folders = new Map<string, SiteFolder>([[this.root.id, this.root]]);
  readonly files = new Map<string, SiteFile>();
  /** Requests by kind, for counting: `folders`, `file-refs`, `terms-of-use`, `content GET`, `content HEAD`, `one`. */
  readonly asked: string[] = [];
  /** Rows in the server's table of sessions: one for every request that brings no cookie. */
  sessions = 0;
  role: Role = 'autor';
  /** Whether the account is still a member of the course. */
  isMember = true;
  /** 5.1 to 5.5 repeat the request's password in the answer. */
  echoesPassword = true;
  /** The course a file is said to belong to. */
  rangeOf: (file: SiteFile) => string = () => this.course;
  /** How a front end that compresses spells entity tags. */
  spellTag = (tag: string): string => tag;
  /** Releases before 5.5 do not say how many files a folder has. */
  tellsCounts = true;
  now: () => number = () => Date.now();
  /** Looks at every list before it is answered: what the conformance suite disturbs. */
  disturb: (items: readonly unknown[], folder: string) => readonly unknown[] | Answer = (items) => items;
  /** Spoils the body of a document on its way. */
  damage: (body: Uint8Array) => Uint8Array = (body) => body;
  /** Answers in the place of the site. */
  intercept: (method: string, path: string) => Answer | undefined = () => undefined;
  #number = 0;
  #clock = Date.UTC(2024, 0, 1);

  put(segments: Segments, bytes: Uint8Array): SiteFile {
    const folder = this.makeFolder(segments.slice(0, -1));
    this.#clock += 1000;
    const file: SiteFile = {
      id: this.#newId(),
      folder: folder.id,
      name: segments.at(-1) ?? '',
      file: this.#newId(),
      owner: 'dozent',
      licence: 'FREE_LICENSE',
      bytes,
      changed: this.#clock,
      modified: this.#clock,
    };
    this.files.set(file.id, file);
    return file;
  }

  /** "For all places where the file is": the same file and data record; its date moves only with its size. */
  overwrite(segments: Segments, bytes: Uint8Array): void {
    const file = this.file(segments);
    this.#clock += 1000;
    file.modified = this.#clock;
    if (bytes.length !== file.bytes.length) file.changed = this.#clock;
    file.bytes = bytes;
  }

  /** "Only here": a new data record. */
  replace(segments: Segments, bytes: Uint8Array): void {
    const file = this.file(segments);
    this.#clock += 1000;
    Object.assign(file, { file: this.#newId(), bytes, changed: this.#clock, modified: this.#clock });
  }

  makeFolder(segments: Segments, type = 'StandardFolder', data: SiteFolder['data'] = [] as never): SiteFolder {
    let folder = this.root;
    for (const name of segments) {
      const there = [...this.folders.values()].find((one) => one.parent === folder.id && one.name === name);
      const next = there ?? { id: this.#newId(), parent: folder.id, type, name, data };
      this.folders.set(next.id, next);
      folder = next;
    }
    return folder;
  }

  file(segments: Segments): SiteFile {
    const folder = this.folder(segments.slice(0, -1));
    const found = [...this.files.values()].find((one) => one.folder === folder.id && one.name === segments.at(-1));
    if (found === undefined) throw new Error(`no such file: ${segments.join('/')}`);
    return found;
  }

  folder(segments: Segments): SiteFolder {
    let folder = this.root;
    for (const name of segments) {
      const next = [...this.folders.values()].find((one) => one.parent === folder.id && one.name === name);
      if (next === undefined) throw new Error(`no such folder: ${segments.join('/')}`);
      folder = next;
    }
    return folder;
  }

  removeFolder(segments: Segments): void {
    const { id } = this.folder(segments);
    for (const one of [...this.folders.values()]) if (one.parent === id) this.removeFolder([...segments, one.name]);
    for (const one of [...this.files.values()]) if (one.folder === id) this.files.delete(one.id);
    this.folders.delete(id);
  }

  /** Answers a request that was signed rightly; `path` is below where Stud.IP is installed. */
  answer(method: string, path: string, headers: IncomingHttpHeaders, query: URLSearchParams): Answer {
    const answer = this.intercept(method, path) ?? this.#route(method, path, headers, query);
    const { authorization = '' } = headers;
    if (headers.cookie === undefined) this.sessions += 1;
    const session = headers.cookie === undefined ? { 'set-cookie': `Studip_Session=${SESSION}; path=/; HttpOnly` } : {};
    const isDocument = answer.headers?.['content-type'] === JSON_API && answer.body !== undefined;
    return {
      ...answer,
      ...(isDocument ? { body: this.damage(answer.body) } : {}),
      headers: { ...session, ...(this.echoesPassword ? { authorization } : {}), ...answer.headers },
    };
  }

  #route(method: string, path: string, { accept }: IncomingHttpHeaders, query: URLSearchParams): Answer {
    const [, route = ''] = /^jsonapi\.php\/v1\/(.*)$/.exec(path) ?? [];
    const content = /^file-refs\/([0-9a-f]{32})\/content$/.exec(route);
    if (content !== null) return this.#content(method, content[1] ?? '');
    if (accept !== JSON_API && accept !== '*/*') return refused(406, 'Not Acceptable Error');
    if (method !== 'GET') return refused(405, 'Method not allowed. Must be one of: GET');
    const [kind, id, part] = route.split('/');
    this.asked.push(part ?? (id === undefined ? (kind ?? '') : 'one'));
    return this.#document(query, kind, id, part);
  }

  #document(query: URLSearchParams, kind?: string, id = '', part?: string): Answer {
    switch (kind) {
      case 'users':
        return id === 'me' && part === undefined ? this.#account() : refused(404, 'Not Found');
      case 'studip':
        return this.#properties();
      case 'terms-of-use':
        return list(Object.entries(LICENCES).map(termOf), query, []);
      case 'courses':
        return id === this.course ? this.#courseRoute(part, query) : refused(404, 'Not Found');
      case 'folders':
        return this.#folderRoute(id, part, query);
      case 'file-refs':
        return this.#fileRoute(id, query);
      default:
        return refused(404, 'Not found.');
    }
  }

  #courseRoute(part: string | undefined, query: URLSearchParams): Answer {
    if (part === undefined) {
      return document({ data: { type: 'courses', id: this.course, attributes: { title: 'Kurs' } } });
    }
    if (part !== 'folders') return refused(404, 'Not Found');
    if (!this.isMember) return refused(403, 'Forbidden');
    const shown = [...this.folders.values()].filter((one) => this.#isListed(one));
    const disturbed = this.disturb(
      shown.map((one) => this.#folderDocument(one)),
      '',
    );
    if (!Array.isArray(disturbed)) return disturbed as Answer;
    return list(disturbed, query, [], (one) => this.#isSpoilt((one as { id: string }).id));
  }

  #folderRoute(id: string, part: string | undefined, query: URLSearchParams): Answer {
    const folder = this.folders.get(id);
    if (folder === undefined) return refused(404, 'Not Found');
    if (!this.#isOpen(folder)) return refused(403, 'Forbidden');
    if (this.#isSpoilt(id)) return phpError('Call to undefined method UnknownFileType::getFileRef()');
    if (part === undefined) return document({ data: this.#folderDocument(folder) });
    if (part !== 'file-refs') return refused(404, 'Not Found');
    const refs = [...this.files.values()].filter((one) => one.folder === id && this.#isInList(folder, one));
    const disturbed = this.disturb(
      refs.map((one) => this.#refDocument(one)),
      id,
    );
    if (!Array.isArray(disturbed)) return disturbed as Answer;
    return list(
      disturbed,
      query,
      refs.map((one) => this.#fileDocument(one)),
    );
  }

  #fileRoute(id: string, query: URLSearchParams): Answer {
    const file = this.files.get(id);
    if (file === undefined) return refused(404, 'Not Found');
    const folder = this.folders.get(file.folder);
    const isShown = folder !== undefined && (this.#isOpen(folder) || this.#isByLink(folder));
    if (!isShown) return refused(403, 'Forbidden');
    const include = query.get('include');
    if (include !== null && include !== 'file') return refused(400, `Include path ${include} is not allowed.`);
    const included = include === null ? {} : { included: [this.#fileDocument(file)] };
    return document({ data: this.#refDocument(file), ...included });
  }

  #content(method: string, id: string): Answer {
    this.asked.push(`content ${method}`);
    const file = this.files.get(id);
    if (file === undefined) return plain(404, 'Not Found');
    if (!this.#isDownloadable(file) || file.isOfMissingPlugin === true) return plain(403, 'Forbidden');
    if (file.access === 'redirect') return phpError('Call to undefined method Nyholm\\Psr7\\Response::withRedirect()');
    if (file.isLost === true) return method === 'HEAD' ? plain(200, '') : plain(500, 'Internal Server Error');
    const tag = `"2671547 ${String(file.modified / 1000)} ${String(file.bytes.length)}"`;
    const headers = file.access === 'proxy' ? {} : { etag: this.spellTag(tag) };
    const type = { 'content-type': 'application/octet-stream' };
    if (method === 'HEAD')
      return { ...plain(200, ''), headers: { ...headers, 'content-type': 'text/html; charset=UTF-8' } };
    return { status: 200, headers: { ...headers, ...type }, body: file.bytes, file: this.pathOf(file).join('/') };
  }

  pathOf({ folder, name }: SiteFile): Segments {
    const names = [name];
    for (let at = this.folders.get(folder); at?.parent !== undefined; at = this.folders.get(at.parent))
      names.unshift(at.name);
    return names;
  }

  #account(): Answer {
    const attributes = { username: 'lehre', 'formatted-name': 'Konto für f2git', permission: this.role };
    return document({ data: { type: 'users', id: idOf(this.role), attributes } });
  }

  #properties(): Answer {
    const version = { type: 'studip-properties', id: 'studip-version', attributes: { value: '6.0.2' } };
    return document({ data: [version] });
  }

  /** Folders of unknown types are listed to everybody, and readable by nobody. */
  #isListed(folder: SiteFolder): boolean {
    return this.#isPlugin(folder) || this.#isOpen(folder);
  }

  #isPlugin({ type }: SiteFolder): boolean {
    return !ORDINARY.test(type) && !/^(Hidden|Timed|Homework|CourseGroup)Folder$/.test(type);
  }

  #isOpen(folder: SiteFolder): boolean {
    if (!this.isMember || this.#isPlugin(folder)) return false;
    if (this.role === 'dozent') return true;
    const parent = folder.parent === undefined ? undefined : this.folders.get(folder.parent);
    if (folder.type === 'CourseGroupFolder') return folder.data['isMember'] === true;
    return (parent === undefined || this.#isOpen(parent)) && this.#isOpenItself(folder);
  }

  #isOpenItself({ type, data }: SiteFolder): boolean {
    if (type === 'HiddenFolder') return false;
    if (type !== 'TimedFolder') return true;
    const seconds = this.now() / 1000;
    const { start_time: start = 0, end_time: end = 0 } = data as { start_time?: number; end_time?: number };
    return start <= seconds && (end === 0 || seconds < end + 60);
  }

  #isByLink({ type, data }: SiteFolder): boolean {
    return this.isMember && type === 'HiddenFolder' && data['download_allowed'] === 1;
  }

  /** In folders where students hand in, each sees what is his own. */
  #isInList(folder: SiteFolder, file: SiteFile): boolean {
    return this.role === 'dozent' || !this.#isForHandingIn(folder) || file.owner === this.role;
  }

  #isForHandingIn({ type, data }: SiteFolder): boolean {
    return type === 'HomeworkFolder' || (type === 'TimedFolder' && (Number(data['permission'] ?? 5) & 4) === 0);
  }

  #isDownloadable(file: SiteFile): boolean {
    const folder = this.folders.get(file.folder);
    if (folder === undefined) return false;
    if (this.role === 'dozent') return this.isMember && !this.#isPlugin(folder);
    const isFree = LICENCES[file.licence as keyof typeof LICENCES] === 0 || file.owner === this.role;
    return isFree && (this.#isByLink(folder) || (this.#isOpen(folder) && this.#isInList(folder, file)));
  }

  #isSpoilt(folder: string): boolean {
    return [...this.files.values()].some((one) => one.folder === folder && one.isOfMissingPlugin === true);
  }

  #folderDocument(folder: SiteFolder) {
    const isPlugin = this.#isPlugin(folder);
    const count = isPlugin
      ? 0
      : [...this.files.values()].filter((one) => one.folder === folder.id && this.#isInList(folder, one)).length;
    const related = (part: string) => ({ related: `${SITE_PATH}jsonapi.php/v1/folders/${folder.id}/${part}` });
    const counted = this.tellsCounts ? { meta: { count } } : {};
    return {
      type: 'folders',
      id: folder.id,
      attributes: {
        'folder-type': folder.type,
        name: isPlugin ? `${folder.name} (unbekannter Typ: ${folder.type})` : folder.name,
        description: null,
        mkdate: iso(this.#clock),
        chdate: iso(this.#clock),
        'is-visible': true,
        'is-readable': !isPlugin,
        'is-writable': !isPlugin,
        'is-editable': this.role === 'dozent' && !isPlugin,
        'is-empty': count === 0,
        'is-subfolder-allowed': this.role === 'dozent',
        ...(isPlugin ? {} : { 'data-content': folder.data }),
      },
      relationships: {
        'file-refs': { links: related('file-refs'), ...counted },
        folders: { links: related('folders') },
        ...(folder.parent === undefined ? {} : { parent: { data: { type: 'folders', id: folder.parent } } }),
        range: { data: { type: 'courses', id: this.course } },
      },
    };
  }

  #refDocument(file: SiteFile) {
    const isDownloadable = this.#isDownloadable(file);
    return {
      type: 'file-refs',
      id: file.id,
      attributes: {
        name: file.name,
        description: '',
        mkdate: iso(file.changed),
        chdate: iso(file.changed),
        downloads: 3,
        filesize: file.url === undefined ? file.bytes.length : 0,
        'mime-type': 'application/octet-stream',
        'is-readable': isDownloadable,
        'is-downloadable': isDownloadable,
        'is-editable': this.role === 'dozent',
        'is-writable': this.role === 'dozent',
      },
      relationships: {
        file: { data: { type: 'files', id: file.file } },
        owner: { data: { type: 'users', id: idOf(file.owner) }, meta: { name: 'Dozent, Testaccount' } },
        parent: { data: { type: 'folders', id: file.folder } },
        range: { data: { type: 'courses', id: this.rangeOf(file) } },
        'terms-of-use': { data: { type: 'terms-of-use', id: file.licence } },
      },
      meta: { 'download-url': `${SITE_PATH}sendfile.php?type=0&file_id=${file.id}` },
    };
  }

  #fileDocument({ file, name, bytes, changed, url }: SiteFile) {
    const target = url === undefined || this.role !== 'dozent' ? {} : { url };
    return {
      type: 'files',
      id: file,
      attributes: {
        name,
        'mime-type': 'application/octet-stream',
        filesize: bytes.length,
        chdate: iso(changed),
        ...target,
      },
    };
  }

  #newId(): string {
    this.#number += 1;
    return idOf(String(this.#number));
  }
}

/** As Stud.IP makes ids: MD5. */
export function idOf(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** A slice of `items`, with the server's own mistakes: `links.last` is wrong, sizes have no upper limit. */
function list(
  items: readonly unknown[],
  query: URLSearchParams,
  included: readonly unknown[],
  isSpoilt: (item: unknown) => boolean = () => false,
): Answer {
  for (const name of query.keys()) {
    if (name === 'include' && query.get(name) === 'file') continue;
    if (!['page[offset]', 'page[limit]'].includes(name)) return refused(400, 'Unrecognized Parameter.');
  }
  const offset = Number(query.get('page[offset]') ?? 0);
  const limit = Number(query.get('page[limit]') ?? 30);
  const data = items.slice(offset, offset + limit);
  if (data.some(isSpoilt)) return phpError('Call to undefined method UnknownFileType::getFileRef()');
  const hasInclude = query.has('include');
  return document({
    meta: { page: { offset, limit, total: items.length } },
    links: { first: 'x', last: 'y' },
    data,
    ...(hasInclude ? { included } : {}),
  });
}

function termOf([id, condition]: [string, number]) {
  return {
    type: 'terms-of-use',
    id,
    attributes: { name: `Lizenz ${id}`, description: 'x', 'download-condition': condition },
  };
}

/** Berlin's winter time: dates come with the server's offset, in whole seconds. */
function iso(milliseconds: number): string {
  return new Date(milliseconds + 3_600_000).toISOString().replace('.000Z', '+01:00');
}

function document(content: unknown): Answer {
  return { status: 200, headers: { 'content-type': JSON_API }, body: Buffer.from(JSON.stringify(content)) };
}

export function refused(status: number, title: string): Answer {
  const errors = [{ status: String(status), title }];
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ errors })) };
}

export function phpError(title: string): Answer {
  const errors = [{ status: '500', title, detail: '/var/www/studip/lib/filesystem/PermissionEnabledFolder.php(83)' }];
  return {
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ errors })),
  };
}

function plain(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: Buffer.from(text) };
}
