/** A course on a server, over HTTP (`tree-document.ts` describes its addresses). */
import type { Oid } from '../core/ids.ts';
import { F2gitError, isErrorCode } from '../errors.ts';
import { createHttp } from '../sources/create-http.ts';
import type { Http, HttpAuth, HttpRequest, HttpResponse } from '../sources/http.ts';
import { type JsonAllowance, spend } from '../sources/json-allowance.ts';
import { safeAddress } from '../sources/redact.ts';
import { parseCourseList, type CourseFacts } from './course-list.ts';
import type { CourseConnection, TaggedOffer, Unchanged } from './course-client.ts';
import { agree, AGENT_HEADER, formatSpoken, parseSpoken, SERVER_HEADER, SPOKEN, type Spoken } from './protocol.ts';
import { parseHistory, parseTreeDocument, SOURCE_HEADER } from './tree-document.ts';

/** Where a server is, and as whom it is asked. */
export interface ServerAddress {
  /** The server's own address, with its prefix and a slash at its end. */
  readonly server: string;
  /** Added to every address: who it is where the server asks for no proof. */
  readonly query?: Readonly<Record<string, string>>;
  /** Goes to this server only. */
  readonly auth?: HttpAuth;
  /** The address people use, for messages. */
  readonly shown: string;
}

export interface CourseAddress extends ServerAddress {
  readonly course: string;
}

/** A tree of 90,000 files has 15 MB and a million names and values; to plan with it takes 280 MB. */
const TREE_ALLOWANCE = { bytes: 32 * 1024 * 1024, values: 1_000_000, longest: Infinity };
/** Every content the course ever published; servers from before `offer=false` send the tree as well. */
const HISTORY_ALLOWANCE = { bytes: 48 * 1024 * 1024, values: 1_500_000, longest: Infinity };
const MAX_BLOB_BYTES = 1024 ** 4;

/**
 * Nothing is sent before the first question. Content whose connection breaks goes on where it broke (`http.ts`). `spoken`
 * is for tests.
 */
export function connectOverHttp(address: CourseAddress, spoken: Spoken = SPOKEN): CourseConnection {
  const http = httpTo(address);
  const caller: Caller = { http, address, spoken };
  const tree = `api/courses/${address.course}/tree`;
  return {
    offer: async (tag, _onProgress, signal) => {
      const headers = tag === undefined ? {} : { 'if-none-match': `"${tag}"` };
      const response = await ask(caller, { path: tree, headers, purpose: 'listing', signal });
      return response.status === 304 ? unchanged(response) : offered(response);
    },
    published: async (signal) => {
      const response = await ask(caller, { path: `${tree}?history=true&offer=false`, purpose: 'listing', signal });
      return readJson(response, HISTORY_ALLOWANCE, parseHistory);
    },
    blob: async (oid, signal) => {
      const path = `api/blobs/${oid}?course=${address.course}`;
      const response = await ask(caller, { path, purpose: 'content', signal });
      return { size: await announcedSize(response, oid), body: response.body };
    },
    close: () => http.close(),
  };
}

/** The courses this person takes. @throws {F2gitError} `source-…`, `agent-outdated`, `server-outdated` */
export async function coursesOverHttp(address: ServerAddress, signal: AbortSignal): Promise<readonly CourseFacts[]> {
  const http = httpTo(address);
  try {
    const response = await ask({ http, address, spoken: SPOKEN }, { path: 'api/courses', purpose: 'listing', signal });
    return parseCourseList(await readJson(response, TREE_ALLOWANCE, parseJson));
  } finally {
    await http.close();
  }
}

/** Somebody chose this very server; redirects to other private addresses stay forbidden. */
function httpTo({ server }: ServerAddress): Http {
  return createHttp({ allowPrivateAddresses: false, allowedOrigins: [new URL(server).host] });
}

interface Caller {
  readonly http: Http;
  readonly address: ServerAddress & { readonly course?: string };
  readonly spoken: Spoken;
}

interface Question {
  /** Below the server's address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly purpose: 'listing' | 'content';
  readonly signal: AbortSignal;
}

/** The answer with status 200 or 304. @throws {F2gitError} for every other one, and for a server of another time */
async function ask({ http, address, spoken }: Caller, question: Question): Promise<HttpResponse> {
  const { path, purpose, signal } = question;
  const url = new URL(path, address.server);
  for (const [name, value] of Object.entries(address.query ?? {})) url.searchParams.set(name, value);
  const isContent = purpose === 'content';
  const headers = {
    accept: isContent ? '*/*' : 'application/json',
    [AGENT_HEADER]: formatSpoken(spoken),
    ...question.headers,
  };
  const request: HttpRequest = {
    method: 'GET',
    url: url.href,
    headers,
    purpose,
    maxBytes: isContent ? MAX_BLOB_BYTES : HISTORY_ALLOWANCE.bytes,
    answerSign: REASON,
    ...(address.auth === undefined ? {} : { auth: address.auth }),
  };
  const response = await http.send(request, signal).catch((error: unknown) => {
    throw asPeopleKnowIt(error, address);
  });
  try {
    agree(spoken, parseSpoken(response.headers[SERVER_HEADER]));
    if (response.status !== 200 && response.status !== 304) throw await refusal(response, address, isContent);
    return response;
  } catch (error) {
    await response.discard();
    throw error;
  }
}

/** What nobody answered at is one of our own addresses; people know the one they were given. */
function asPeopleKnowIt(error: unknown, { shown }: ServerAddress): unknown {
  if (!(error instanceof F2gitError) || error.params['address'] === undefined) return error;
  return new F2gitError(error.code, { params: { ...error.params, address: shown }, cause: error });
}

/** Reasons a server may give that say more than its status; it tried again itself before it gave one. */
const REASON = /"code":"(platform-login-needed|course-not-ready|hub-unreachable)"/;

async function refusal(
  response: HttpResponse,
  { shown, course = '' }: Caller['address'],
  isContent: boolean,
): Promise<F2gitError> {
  const { status } = response;
  const params = { url: shown, course, status };
  const reason = REASON.exec((await response.text().catch(() => '')).slice(0, 4096))?.[1];
  if (reason !== undefined && isErrorCode(reason)) return new F2gitError(reason, { params });
  if (status === 401) return new F2gitError('code-needed', { params });
  if (status === 404 && isContent) return new F2gitError('object-missing', { params });
  if (status === 404) return new F2gitError('course-unknown', { params });
  if (status === 403) return new F2gitError('source-login', { params });
  return new F2gitError('source-unreachable', { params });
}

async function offered(response: HttpResponse): Promise<TaggedOffer> {
  const tag = /^"([^"]+)"$/.exec(response.headers['etag'] ?? '')?.[1];
  const { offer, settings } = parseTreeDocument(await readJson(response, TREE_ALLOWANCE, parseJson));
  return { kind: 'offer', offer, settings, tag: tag ?? '' };
}

async function unchanged(response: HttpResponse): Promise<Unchanged> {
  await response.discard();
  const state = response.headers[SOURCE_HEADER];
  return { kind: 'unchanged', source: state === 'fresh' || state === 'cached' ? state : 'unreachable' };
}

/** `parse` throws a `SyntaxError` for what is no JSON. */
async function readJson<T>(
  response: HttpResponse,
  allowance: JsonAllowance,
  parse: (json: Uint8Array) => T,
): Promise<T> {
  const bytes = await response.bytes();
  spend({ ...allowance }, bytes, safeAddress(response.url));
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new F2gitError('source-invalid', { params: { detail: 'no f2git server answers there' }, cause: error });
  }
}

function parseJson(json: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(json));
}

/** The id covers the size, so it must be known before the first byte. */
async function announcedSize(response: HttpResponse, oid: Oid): Promise<number> {
  const length = response.headers['content-length'] ?? '';
  if (/^\d{1,15}$/.test(length)) return Number(length);
  await response.discard();
  throw new F2gitError('object-missing', { params: { oid } });
}
