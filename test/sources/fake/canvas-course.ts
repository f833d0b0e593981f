/**
 * A course on a Canvas server that answers as canvas-lms does (`app/controllers/*_api_controller.rb`, `lib/api/v1`): to
 * staff with everything, to students with what they may see; in pages, by tokens, with numbers as texts where asked for.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Secret } from '../../../src/core/secret.ts';
import { canvasAdapter } from '../../../src/sources/canvas/index.ts';
import { OAuthDesk } from '../../support/oauth-server.ts';
import { secretWord } from '../../support/secret-words.ts';
import { type Course, type Fault, faults, type Harness } from '../harness.ts';
import { CanvasState, isOutside, type StoredFile, type StoredFolder, type StoredModule } from './canvas-state.ts';
import { type Answer, WebServer } from './web-server.ts';

export interface CanvasCourse extends Course {
  readonly state: CanvasState;
  readonly origin: string;
  /** Every request after the sign-in, as `GET /path?query`. */
  readonly asked: string[];
  readonly server: WebServer;
  readonly desk: OAuthDesk;
  readonly habits: Habits;
  /** Lists that this account may not read, as `tabs`. */
  readonly refused: Set<string>;
  /** What somebody does in the course when the first page of its files was read. */
  afterPage: (() => void) | undefined;
}

/** How an installation differs from others. */
export interface Habits {
  /** The most items of a page. */
  mostPerPage: number;
  /** Whether addresses of files carry a verifier, as they did until 2024. */
  hasVerifiers: boolean;
  /** Whether items of modules are told at all together with them (`include[]`). */
  includesItems: boolean;
  /** Whether pages for people know tokens; if not, files are given out by signed addresses only. */
  knowsTokensOnPages: boolean;
  /** Whether the API says what an account may do. */
  tellsRights: boolean;
  /** What staff may do. */
  rights: readonly string[];
  /** Whether the account administers the installation. */
  administers: boolean;
  /** Status of a refusal: 401 in older releases. */
  refusal: 401 | 403;
}

type Role = 'staff' | 'student';

const COURSE = '7';
const TOKEN = `7~${secretWord('a token of Canvas')}`;
const SIGNATURE = secretWord('a signature of Canvas');
const VERIFIER = `verifier-geheim-${secretWord('a verifier of Canvas')}`;
const API = `/api/v1/courses/${COURSE}`;
const LOGIN = '<!DOCTYPE html><html><title>Log in to Canvas</title><form><input type="password"></form></html>';

const impossible = {
  C25: 'Canvas gives a file that is uploaded over another a new number; the repository knows it by its path',
  'forbidden-folder': 'its lists leave out folders that a student may not read; nothing is refused folder by folder',
  makeExecutable: 'Canvas knows no executable bit',
} as const;

export const canvasHarness: Harness = {
  adapter: canvasAdapter,
  start: () => startCanvasCourse('staff'),
  folder: 'src/sources/canvas',
  requiredKeys: ['url'],
  impossible: {
    ...impossible,
    lock: 'staff may read what is locked; the next listing withholds it',
  },
};

export const canvasStudentHarness: Harness = {
  ...canvasHarness,
  start: () => startCanvasCourse('student'),
  impossible: {
    ...impossible,
    schedule: 'Canvas does not name to students what waits for its time',
  },
};

export async function startCanvasCourse(role: Role, more: Partial<Habits> = {}): Promise<CanvasCourse> {
  const state = new CanvasState();
  const habits: Habits = {
    ...{ mostPerPage: 100, hasVerifiers: false, includesItems: true, knowsTokensOnPages: true, tellsRights: true },
    rights: ['read_as_admin', 'manage_files_add', 'manage_course_content_edit', 'view_unpublished_items'],
    ...{ refusal: 403, administers: false },
    ...more,
  };
  const asked: string[] = [];
  const forbidden = new Set<string>();
  const desk = new OAuthDesk('canvas');
  const isSigned = ({ authorization = '' }: IncomingHttpHeaders): boolean =>
    authorization === `Bearer ${TOKEN}` || desk.isOpenTo(authorization);
  const server: WebServer = await WebServer.start(
    (method, path, headers, query, body) => {
      if (path === '/login/oauth2/token') return desk.answer(body);
      asked.push(`${method} ${path}${query === '' ? '' : `?${query}`}`);
      const answer = new Responder({ state, habits, role, server, forbidden, isSigned }, path, query, headers).answer();
      if (path === `${API}/files` && !query.includes('page=bookmark')) course.afterPage?.();
      return answer;
    },
    {
      isOpenTo: (path, headers) => !path.startsWith('/api/') || isSigned(headers),
      refusal: {
        ...json({ errors: [{ message: 'Invalid access token.' }] }, 401),
        headers: { ...JSON_TYPE, 'www-authenticate': 'Bearer realm="canvas-lms"' },
      },
      missing: MISSING,
      forbidden: refused(habits),
    },
  );
  const isPossible = (name: string) => !(name in (role === 'staff' ? canvasHarness : canvasStudentHarness).impossible);
  const verbs = Object.entries(state.driver()).filter(([name]) => isPossible(name));
  const course: CanvasCourse = {
    afterPage: undefined,
    ...{ state, habits, asked, server, desk, origin: server.origin, refused: forbidden },
    raw: { type: 'canvas', url: `${server.origin}/courses/${COURSE}/files` },
    credentials: { token: new Secret(TOKEN) },
    origins: server.origins,
    driver: { ...(Object.fromEntries(verbs) as unknown as Course['driver']), refuses: (name) => name === '' },
    faults: Object.fromEntries(faults.filter(isPossible).map((fault) => [fault, server.trouble(fault)])),
    calm: () => server.calm(),
    seen: {
      parallel: () => server.mostDownloads,
      connections: () => server.connections,
      credentialsElsewhere: () => server.credentialsElsewhere,
      canary: () => server.canaryConnections,
      requests: () => server.requests,
      asked: () => server.asked,
    },
    stop: () => server.stop(),
  };
  return course;
}

interface World {
  readonly isSigned: (headers: IncomingHttpHeaders) => boolean;
  readonly state: CanvasState;
  readonly habits: Habits;
  readonly role: Role;
  readonly server: WebServer;
  readonly forbidden: ReadonlySet<string>;
}

/** The answer to one request. */
class Responder {
  readonly #world: World;
  readonly #path: string;
  readonly #query: URLSearchParams;
  readonly #headers: IncomingHttpHeaders;

  constructor(world: World, path: string, query: string, headers: IncomingHttpHeaders) {
    this.#world = world;
    this.#path = path;
    this.#query = new URLSearchParams(query);
    this.#headers = headers;
  }

  answer(): Answer {
    const { state, habits, role } = this.#world;
    const path = this.#path;
    if (!path.startsWith('/api/')) return this.#page();
    if (path === `${API}/permissions`) return this.#rights();
    if (role === 'student' && state.workflowState === 'unpublished') return refused(habits);
    if (this.#world.forbidden.has(path.slice(API.length + 1))) return refused(habits);
    if (path === API) return json(this.#course());
    const one = /\/(folders|files)\/(\d+)(\/public_url)?$/.exec(path);
    if (one?.[1] === 'folders') return this.#oneFolder(CanvasState.idOf(one[2] ?? ''));
    if (one?.[1] === 'files') return this.#oneFile(CanvasState.idOf(one[2] ?? ''), one[3] !== undefined);
    return path.startsWith(`${API}/modules`) ? this.#modules() : this.#lists();
  }

  #lists(): Answer {
    const { state, habits, role } = this.#world;
    const hasFiles = role === 'staff' || state.hasFilesTab;
    switch (this.#path) {
      case '/api/v1/users/self':
        return json({ id: 42, name: 'Jimi Hendrix' });
      case '/api/v1/accounts':
        return this.#list(habits.administers ? [{ id: 1, parent_account_id: null }] : []);
      case `${API}/tabs`:
        return this.#list(this.#tabs());
      case `${API}/folders`:
        return hasFiles ? this.#list(this.#folders()) : refused(habits);
      case `${API}/files`:
        return hasFiles ? this.#list(this.#files()) : refused(habits);
      default:
        return MISSING;
    }
  }

  #rights(): Answer {
    if (!this.#world.habits.tellsRights) return MISSING;
    const names = this.#query.getAll('permissions[]');
    const rights = this.#world.role === 'staff' ? this.#world.habits.rights : [];
    return json(Object.fromEntries(names.map((name) => [name, rights.includes(name)])));
  }

  #course(): unknown {
    const { state, role } = this.#world;
    const type = role === 'staff' ? 'teacher' : 'student';
    return { id: Number(COURSE), name: 'Intro', workflow_state: state.workflowState, enrollments: [{ type }] };
  }

  #tabs(): readonly unknown[] {
    const { hasFilesTab, hasModulesTab } = this.#world.state;
    const tab = (id: string, isShown: boolean) => ({ id, type: 'internal', ...(isShown ? {} : { hidden: true }) });
    return [tab('home', true), tab('files', hasFilesTab), tab('modules', hasModulesTab)];
  }

  #folders(): readonly unknown[] {
    const { state, role } = this.#world;
    const isListed = (folder: StoredFolder) =>
      role === 'staff' || !(folder.hidden || folder.locked || isOutside(folder, new Date()));
    return [...state.folders.values()].filter(isListed).map((folder) => this.#folderJson(folder));
  }

  #files(): readonly unknown[] {
    const { state, server, role } = this.#world;
    if (this.#query.get('page') === 'bookmark:1') this.#change();
    const listed = state.liveFiles().filter((file) => role === 'staff' || this.#isListedForStudents(file));
    const items = listed.map((file) => this.#fileJson(file));
    return server.fault('outside-link') === undefined ? items : [...items, ...this.#outside()];
  }

  #isListedForStudents(file: StoredFile): boolean {
    const { state } = this.#world;
    const now = new Date();
    const isBehind = state.isShut(file.folder, 'hidden', now) || state.isShut(file.folder, 'locked', now);
    return !file.hidden && !file.locked && !isOutside(file, now) && !isBehind;
  }

  /** A file of another course, which no folder of this one holds. */
  #outside(): readonly unknown[] {
    const [file] = this.#world.state.liveFiles();
    return file === undefined ? [] : [{ ...this.#fileJson(file), id: this.#id(990), folder_id: this.#id(991) }];
  }

  #oneFolder(id: number): Answer {
    const folder = this.#world.state.folders.get(id);
    return folder === undefined ? MISSING : json(this.#folderJson(folder));
  }

  #oneFile(id: number, asPublicUrl: boolean): Answer {
    const { state, habits, server } = this.#world;
    const file = state.files.get(id);
    if (file === undefined || file.replacedBy !== undefined) return MISSING;
    if (!asPublicUrl) return json(this.#fileJson(file));
    if (this.#isLocked(file)) return refused(habits);
    return json({ public_url: `${server.origin}/store/${CanvasState.idText(id)}?X-Amz-Signature=${SIGNATURE}` });
  }

  /** Of modules, students only get published ones, and only published items of those. */
  #modules(): Answer {
    const { state, role, habits } = this.#world;
    const modules = state.modules.filter(({ published }) => role === 'staff' || published);
    if (this.#path === `${API}/modules`) {
      const withItems = this.#query.getAll('include[]').includes('items') && habits.includesItems;
      return this.#list(modules.map((module) => this.#moduleJson(module, withItems)));
    }
    const [, id = '', what] = /\/modules\/(\d+)\/(items|overrides)$/.exec(this.#path) ?? [];
    const module = id === '' ? undefined : modules.find((one) => one.id === CanvasState.idOf(id));
    if (module === undefined) return MISSING;
    if (what === 'items') return this.#list(this.#itemsJson(module));
    return this.#list(Array.from({ length: module.overrides }, (_, at) => ({ id: this.#id(at + 1) })));
  }

  #mayEdit(): boolean {
    return this.#world.role === 'staff' && this.#world.habits.rights.includes('manage_course_content_edit');
  }

  #moduleJson(module: StoredModule, withItems: boolean): unknown {
    const isShort = module.items.length <= this.#world.habits.mostPerPage;
    return {
      id: this.#id(module.id),
      name: module.name,
      unlock_at: module.unlockAt,
      require_sequential_progress: module.isSequential,
      prerequisite_module_ids: module.prerequisites.map((id) => this.#id(id)),
      items_count: module.items.length,
      items_url: `${this.#world.server.origin}${API}/modules/${String(module.id)}/items`,
      ...(this.#mayEdit() ? { published: module.published } : { state: 'started' }),
      ...(withItems && isShort ? { items: this.#itemsJson(module) } : {}),
    };
  }

  #itemsJson(module: StoredModule): readonly unknown[] {
    const { state, role, habits } = this.#world;
    const withDetails = this.#query.getAll('include[]').includes('content_details') && habits.includesItems;
    const items = module.items.filter(({ published }) => role === 'staff' || published);
    return items.map((item) => {
      const file = item.file === undefined ? undefined : state.files.get(item.file);
      return {
        ...{ id: this.#id(item.id), title: item.title, type: item.type, indent: 0 },
        ...(item.file === undefined ? {} : { content_id: this.#id(item.file) }),
        ...(role === 'staff' ? { published: item.published } : {}),
        ...(item.hasRequirement ? { completion_requirement: { type: 'must_view' } } : {}),
        ...(file === undefined || !withDetails ? {} : { content_details: this.#details(file) }),
      };
    });
  }

  #details(file: StoredFile): unknown {
    const { name: display_name, locked, hidden } = file;
    // Values that are false or null are left out of `content_details`, but for whether it is locked.
    const flags = { ...(locked ? { locked } : {}), ...(hidden ? { hidden } : {}) };
    return { display_name, ...flags, locked_for_user: this.#isLocked(file) };
  }

  #folderJson(folder: StoredFolder): unknown {
    const { name, locked, forSubmissions } = folder;
    return {
      ...{ id: this.#id(folder.id), name, locked, hidden: this.#world.state.isShut(folder.id, 'hidden', new Date()) },
      parent_folder_id: folder.parent === null ? null : this.#id(folder.parent),
      ...{ unlock_at: folder.unlockAt, lock_at: folder.lockAt, for_submissions: forSubmissions },
    };
  }

  #fileJson(file: StoredFile): Record<string, unknown> {
    const { state, server, habits } = this.#world;
    const isBroken = server.fault('unparsable-item')?.endsWith(file.name) === true;
    const isLocked = this.#isLocked(file);
    const download = `${server.origin}/files/${CanvasState.idText(file.id)}/download?download_frd=1`;
    const url = habits.hasVerifiers ? `${download}&verifier=${VERIFIER}` : download;
    return {
      ...{ id: this.#id(file.id), folder_id: this.#id(file.folder), display_name: file.name },
      ...{
        filename: encodeURIComponent(file.name.toWellFormed()),
        upload_status: file.uploadStatus,
        locked: file.locked,
      },
      ...{ url: isLocked ? '' : url, size: isBroken ? 'many' : file.bytes.length, locked_for_user: isLocked },
      hidden: file.hidden || state.isShut(file.folder, 'hidden', new Date()),
      ...{ unlock_at: file.unlockAt, lock_at: file.lockAt, modified_at: secondsOf(file.modified) },
      updated_at: secondsOf(Date.now()),
    };
  }

  /** `Attachment#locked_for?`; what is hidden can still be read by who knows of it. */
  #isLocked(file: StoredFile): boolean {
    const { state, role } = this.#world;
    if (role === 'staff') return false;
    const now = new Date();
    if (file.locked || isOutside(file, now) || state.isShut(file.folder, 'locked', now)) return true;
    const modules = state.modules.filter(({ items }) => items.some((item) => item.file === file.id));
    return modules.length > 0 && modules.every((module) => isShutModule(module, now));
  }

  /** What is there for browsers: files, and the page to sign in. */
  #page(): Answer {
    const { state, habits } = this.#world;
    const [, place, id = ''] = /^\/(files|store)\/(\d+)(?:\/download)?$/.exec(this.#path) ?? [];
    const isVerified = this.#query.get('verifier') === VERIFIER && habits.hasVerifiers;
    const mayEnter =
      place === 'store' || isVerified || (this.#world.isSigned(this.#headers) && habits.knowsTokensOnPages);
    if (this.#path === '/login')
      return { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from(LOGIN) };
    if (!mayEnter) return { status: 302, headers: { location: '/login' } };
    const asked = state.files.get(id === '' ? 0 : CanvasState.idOf(id));
    // Whoever asks for an old version gets the one that took its place.
    const file = asked?.replacedBy === undefined ? asked : state.files.get(asked.replacedBy);
    if (file === undefined)
      return { status: 404, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') };
    if (this.#isLocked(file))
      return { status: 403, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') };
    const headers = { 'content-type': 'application/octet-stream' };
    return { status: 200, headers, body: file.bytes, file: this.#placeOf(file) };
  }

  #placeOf({ folder, name }: StoredFile): string {
    const { folders } = this.#world.state;
    const names = [name];
    for (let at = folders.get(folder); at !== undefined && at.parent !== null; at = folders.get(at.parent)) {
      names.unshift(at.name);
    }
    return names.join('/');
  }

  /** One page, and where the next one is. */
  #list(items: readonly unknown[]): Answer {
    const { server } = this.#world;
    const isOn = (fault: Fault) => server.fault(fault) !== undefined && /\/(files|folders)$/.test(this.#path);
    const most = isOn('page-fails') ? 2 : isOn('changes-between-pages') ? 1 : this.#world.habits.mostPerPage;
    const size = Math.min(Number(this.#query.get('per_page') ?? 10), most);
    const bookmark = Number((this.#query.get('page') ?? 'bookmark:0').replace('bookmark:', ''));
    if (isOn('page-fails') && bookmark > 0) return { status: 500 };
    const ordered = isOn('other-order') ? items.toReversed() : items;
    const page = ordered.slice(bookmark, bookmark + size);
    const next = new URLSearchParams(this.#query);
    next.set('page', `bookmark:${String(bookmark + size)}`);
    const address = (query: URLSearchParams, rel: string) =>
      `<${server.origin}${this.#path}?${query.toString()}>; rel="${rel}"`;
    const links = [address(this.#query, 'current'), ...(bookmark + size < items.length ? [address(next, 'next')] : [])];
    return { ...json(page), headers: { ...JSON_TYPE, link: links.join(','), 'x-rate-limit-remaining': '599.9' } };
  }

  /** Somebody deletes the file that the fault names, when the first file was read. */
  #change(): void {
    const { state, server } = this.#world;
    const place = server.fault('changes-between-pages');
    const file = state.liveFiles().find((one) => this.#placeOf(one) === place);
    if (file !== undefined) state.files.delete(file.id);
  }

  #id(id: number): string | number {
    const wantsTexts = (this.#headers.accept ?? '').includes('canvas-string-ids');
    return wantsTexts ? CanvasState.idText(id) : Number(CanvasState.idText(id));
  }
}

function isShutModule(module: StoredModule, now: Date): boolean {
  const { published, unlockAt, prerequisites, isSequential, items } = module;
  const hasOrder = isSequential && items.some(({ hasRequirement }) => hasRequirement);
  return !published || isOutside({ unlockAt, lockAt: null }, now) || prerequisites.length > 0 || hasOrder;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const MISSING: Answer = json({ errors: [{ message: 'The specified resource does not exist.' }] }, 404);

function refused({ refusal }: Habits): Answer {
  const errors = [{ message: 'user not authorized to perform that action' }];
  return json({ status: 'unauthorized', errors }, refusal);
}

function json(value: unknown, status = 200): Answer {
  return { status, headers: JSON_TYPE, body: Buffer.from(JSON.stringify(value)) };
}

function secondsOf(instant: number): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, 'Z');
}
