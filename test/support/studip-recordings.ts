/**
 * Exchanges recorded from Stud.IP (`test/fixtures/studip`), and sites on loopback that answer with them. Content-Length
 * is that of the recording as it is kept: bodies were parsed and printed again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Recording {
  readonly name: string;
  readonly studip_version: string;
  readonly role: string;
  readonly request: { readonly method: string; readonly path: string };
  readonly response: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body_json?: unknown;
    readonly body_text?: string;
    readonly body_base64?: string;
  };
}

/** A document of the JSON:API. */
export interface Document {
  readonly data: readonly Resource[];
  readonly included?: readonly Resource[];
  readonly meta?: unknown;
}

export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly relationships?: Readonly<Record<string, { readonly data?: { readonly type: string; readonly id: string } }>>;
}

const folder = join(import.meta.dirname, '../fixtures/studip');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace(/\.json$/, ''));
const loaded = new Map<string, Recording>();
const used = new Set<string>();

/** The recording of that name, which counts as used. */
export function recording(name: string): Recording {
  used.add(name);
  return load(name);
}

/** The body of a recording, as JSON. */
export function bodyOf(name: string): unknown {
  return recording(name).response.body_json;
}

/** Recordings no test of this file has used so far. */
export function unusedRecordings(): readonly string[] {
  return names.filter((name) => !used.has(name));
}

/** All recordings whose name fits. */
export function recordingsLike(pattern: RegExp): readonly string[] {
  return names.filter((name) => pattern.test(name));
}

function load(name: string): Recording {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const read = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Recording;
  const whole = { ...read, name };
  loaded.set(name, whole);
  return whole;
}

/** What a site answers: a recording by its name, or one with another body. */
export type Reply =
  string | { readonly from: string; readonly body: unknown } | { readonly from: string; readonly bytes: Buffer };

/** `path` is below `/jsonapi.php/v1/` and without the query. */
export type Route = (method: string, path: string, query: URLSearchParams) => Reply | undefined;

export interface RecordedSite {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Starts a site; what its route does not know is answered as Stud.IP answers unknown ids. */
export async function startRecordedSite(route: Route): Promise<RecordedSite> {
  const server = createServer((request, response) => {
    request.resume();
    const [whole = '', query = ''] = (request.url ?? '').split('?');
    const path = whole.replace(/^\/jsonapi\.php\/v1\//, '');
    const method = request.method ?? 'GET';
    const reply = route(method, path, new URLSearchParams(query)) ?? 'file-ref-404';
    const found = recording(typeof reply === 'string' ? reply : reply.from).response;
    const body = typeof reply === 'string' ? bytesOf(found) : 'bytes' in reply ? reply.bytes : json(reply.body);
    const length = method === 'HEAD' || found.status === 304 ? {} : { 'content-length': String(body.length) };
    response.writeHead(found.status, { ...headersOf(found), ...length });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function json(body: unknown): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** How the bytes travelled is this server's affair. */
const HOP_BY_HOP = /^(connection|keep-alive|transfer-encoding|content-length|date)$/i;

function headersOf({ headers }: Recording['response']): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !HOP_BY_HOP.test(name)));
}

function bytesOf(response: Recording['response']): Buffer {
  if (response.body_json !== undefined) return Buffer.from(JSON.stringify(response.body_json));
  if (response.body_base64 !== undefined) return Buffer.from(response.body_base64, 'base64');
  return Buffer.from(response.body_text ?? '');
}

/**
 * The course as one account saw it, put together from what was recorded of it: a folder's list that was not recorded
 * itself is the part of the course's flat list that is in it. Lists that were recorded without the data behind their
 * files get it from those recorded with it; the data of a file only a teacher was shown has the date of the file.
 */
export function courseRoute(version: '6.0.2' | '5.5.8', role: 'student' | 'teacher'): Route {
  const prefix = version === '5.5.8' ? 'v55-' : '';
  const flat = recordingsLike(prefix === '' ? /^course-file-refs-student/ : /^v55-course-file-refs-student/).map(
    (name) => bodyOf(name) as Document,
  );
  const data = new Map(flat.flatMap(({ included = [] }) => included.map((one) => [one.id, one] as const)));
  const own = recordingsLike(prefix === '' ? /^(?!v55-|change-|nginx-|unknown-filetype)/ : /^v55-/).map(load);
  const byRequest = new Map(
    own
      .filter((one) => [role, 'anonymous'].includes(one.role) || one.request.path.endsWith('/content'))
      .sort((a, b) => Number(a.role === role) - Number(b.role === role))
      .map((one) => [`${one.request.method} ${one.request.path.replace(/\?.*$/, '')}`, one] as const),
  );
  return (method, path) => {
    if (path.endsWith('/folders') && path.startsWith('courses/')) return `${prefix}course-folders-${role}`;
    if (path === 'terms-of-use' || path === 'users/me' || path === 'studip/properties')
      return sharedReply(prefix, path);
    const list = /^folders\/([0-9a-f]{32})\/file-refs$/.exec(path);
    const recorded = byRequest.get(`${method} /jsonapi.php/v1/${path}`);
    if (list === null) return recorded?.name;
    if (recorded !== undefined && recorded.response.status !== 200) return recorded.name;
    const isWhole = recorded !== undefined && !/fields|limit\]=(0|10)\b/.test(recorded.request.path);
    const items = isWhole
      ? (recorded.response.body_json as Document).data
      : flat.flatMap((one) => one.data).filter((one) => one.relationships?.['parent']?.data?.id === list[1]);
    const from = isWhole ? recorded.name : `${prefix}course-folders-student`;
    return { from, body: listOf(items, data) };
  };
}

function sharedReply(prefix: string, path: string): string {
  if (path === 'terms-of-use') return path;
  return prefix + path.replace('/', '-');
}

/** A list of files on one page, each with the data behind it. */
export function listOf(items: readonly Resource[], data: ReadonlyMap<string, Resource>): unknown {
  const included = items.map((ref): Resource => {
    const id = ref.relationships?.['file']?.data?.id ?? '';
    return data.get(id) ?? { type: 'files', id, attributes: { chdate: ref.attributes['chdate'] } };
  });
  return { meta: { page: { offset: 0, limit: 1000, total: items.length } }, data: items, included };
}
