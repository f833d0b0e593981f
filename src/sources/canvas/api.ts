/** Canvas's REST API: one signed request at a time, lists by their links, and what a refusal means. */
import { z } from 'zod';
import { F2gitError, type ErrorCode } from '../../errors.ts';
import type { Http, HttpAuth, HttpRequest, HttpResponse } from '../http.ts';
import type { Pacing } from '../http-pacing.ts';
import type { JsonAllowance } from '../json-allowance.ts';
import { readJson } from '../json-answer.ts';
import { safeEndpoint } from '../redact.ts';
import { refusedSignIn } from '../refused-sign-in.ts';
import { nextPage } from './link-header.ts';

/** What Canvas gives, or that it does not: a refusal is about one address, never about the token. */
export type Answer<T> =
  | { readonly kind: 'given'; readonly value: T }
  | { readonly kind: 'refused'; readonly error: F2gitError }
  | { readonly kind: 'missing'; readonly error: F2gitError };

export interface CanvasServer {
  readonly http: Http;
  /** Where Canvas is installed, without a slash at the end. */
  readonly base: string;
  readonly auth: HttpAuth;
  /** For all lists of a refresh together. */
  readonly allowance: JsonAllowance;
}

/** No answer of the API is larger: a hundred items of at most some kilobytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ITEMS = 200_000;
const MAX_PAGES = 4000;
/** Pages in a row that bring nothing new: there can be one where something was deleted meanwhile. */
const MAX_IDLE_PAGES = 3;

/** The largest page there is; servers that allow less give less and say where the next page is. */
export const PER_PAGE = 'per_page=100';

/** Before October 2025, and where it is not hosted by its makers, Canvas says "too fast" with a 403 in plain text. */
const THROTTLED = /Rate Limit Exceeded/i;

/**
 * Each token has a bucket that each request fills, with 50 reserved while it runs; at 600 of 800 Canvas begins to
 * refuse, 10 drain in a second (`app/middleware/request_throttle.rb`). Going one by one never fills it.
 */
const PACING: Pacing = { header: 'x-rate-limit-remaining', slow: 200, stop: 100, perSecond: 10 };

/** What every request to Canvas says. */
export function requestOf(
  { auth }: CanvasServer,
  url: string,
): Pick<HttpRequest, 'method' | 'url' | 'auth' | 'throttleSign' | 'pacing'> {
  return { method: 'GET', url, auth, throttleSign: THROTTLED, pacing: PACING };
}

/** Asks for one thing; `path` begins after `/api/v1`. @throws {F2gitError} `source-login`, `source-invalid` and others */
export async function ask<T>(
  server: CanvasServer,
  path: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<Answer<T>> {
  const response = await send(server, `${server.base}/api/v1${path}`, signal);
  const refusal = await refusalOf(server, response);
  return refusal ?? { kind: 'given', value: await readJson(response, schema) };
}

/**
 * Asks for a whole list. A refusal of the first page is a refusal; later ones are failures, so that half a list is never
 * taken for one.
 * @throws {F2gitError} `source-login`, `source-invalid`, `source-forbidden`, `too-large`, …
 */
export async function askAll(
  server: CanvasServer,
  path: string,
  signal: AbortSignal,
): Promise<Answer<readonly unknown[]>> {
  const items: unknown[] = [];
  const known = new Set<unknown>();
  let idle = 0;
  const seen = new Set<string>();
  let url: string | undefined = path.startsWith('/') ? `${server.base}/api/v1${path}` : ownAddress(server, path);
  while (url !== undefined) {
    if (seen.has(url)) throw invalid(url, 'its pages lead in a circle');
    seen.add(url);
    const response = await send(server, url, signal);
    const refusal = await refusalOf(server, response);
    if (refusal !== undefined && seen.size > 1) throw refusal.error;
    if (refusal !== undefined) return refusal;
    const page = await readJson(response, z.array(z.unknown()), server.allowance);
    for (const item of page) items.push(item);
    const before = known.size;
    for (const item of page) known.add(idOf(item));
    idle = known.size > before ? 0 : idle + 1;
    if (idle > MAX_IDLE_PAGES) throw invalid(url, 'its pages lead in a circle');
    if (items.length > MAX_ITEMS || seen.size > MAX_PAGES) {
      throw new F2gitError('too-large', { params: { address: safeEndpoint(url), limit: MAX_ITEMS } });
    }
    const next = nextPage(response.headers['link']);
    url = next === undefined ? undefined : ownAddress(server, next);
  }
  return { kind: 'given', value: items };
}

/** What tells an item of a list from the others: its id, where it has one. */
function idOf(item: unknown): unknown {
  const isRecord = typeof item === 'object' && item !== null;
  return isRecord && 'id' in item ? String(item.id) : JSON.stringify(item);
}

/** What was asked for, or the refusal thrown. */
export function given<T>(answer: Answer<T>): T {
  if (answer.kind === 'given') return answer.value;
  throw answer.error;
}

/**
 * An address that Canvas itself named. Only its own are asked with the token.
 * @throws {F2gitError} `source-invalid` for any other
 */
export function ownAddress({ base }: CanvasServer, address: string): string {
  if (!URL.canParse(address, base)) throw invalid(base, 'it names an address that is none');
  const own = new URL(base);
  const url = new URL(address, base);
  // Behind a proxy that ends the encryption, some installations write http for what they are asked by https.
  if (own.protocol === 'https:' && url.protocol === 'http:' && url.host === own.host) url.protocol = 'https:';
  if (!isOwn(base, url)) throw invalid(base, 'it names an address on another server');
  return url.href;
}

export function isOwn(base: string, url: URL): boolean {
  const own = new URL(base);
  return url.origin === own.origin && url.pathname.startsWith(`${own.pathname.replace(/\/$/, '')}/`);
}

function send(server: CanvasServer, url: string, signal: AbortSignal): Promise<HttpResponse> {
  const request = requestOf(server, url);
  const headers = { accept: 'application/json+canvas-string-ids' };
  return server.http.send({ ...request, headers, purpose: 'listing', maxBytes: MAX_ANSWER_BYTES }, signal);
}

/**
 * A 401 is about the token if it says how to sign in; without that, in older releases, it means what newer ones say
 * with 403: the token is good and may not.
 */
async function refusalOf(
  { base, auth }: CanvasServer,
  response: HttpResponse,
): Promise<Exclude<Answer<never>, { kind: 'given' }> | undefined> {
  const { status, url, headers } = response;
  if (status === 200) return undefined;
  await response.discard();
  const params = { address: safeEndpoint(url), status };
  const because = (code: ErrorCode, detail?: string) =>
    new F2gitError(code, { params: detail === undefined ? params : { ...params, detail } });
  if (status === 401 && auth.kind !== 'none' && !isOwn(base, new URL(url))) {
    const detail = 'it leads to another address, and the token does not go along; use that address';
    throw new F2gitError('source-not-found', { params: { ...params, detail } });
  }
  if (status === 401 && headers['www-authenticate'] !== undefined) throw because('source-login', refusedSignIn(auth));
  if (status === 401 || status === 403) return { kind: 'refused', error: because('source-forbidden') };
  if (status === 404 || status === 410) return { kind: 'missing', error: because('source-not-found') };
  throw because('source-invalid');
}

function invalid(address: string, detail: string): F2gitError {
  return new F2gitError('source-invalid', { params: { address: safeEndpoint(address), detail } });
}
