/** Requests to the JSON:API of one Stud.IP, signed, with one session's cookies, and what their answers mean. */
import { F2gitError, type ErrorCode } from '../../errors.ts';
import { type CookieJar, createCookieJar } from '../cookies.ts';
import type { Http, HttpAuth, HttpResponse } from '../http.ts';
import { jsonAllowance, LONGEST_IN_LISTS } from '../json-allowance.ts';
import { readJson } from '../json-answer.ts';
import { safeEndpoint } from '../redact.ts';
import { refusedSignIn } from '../refused-sign-in.ts';
import { listSchema, singleSchema } from './documents.ts';

/** A slice of a list, its items unread; `broken` when the server's own code fails on an item of it. */
export type Slice =
  | {
      readonly kind: 'slice';
      readonly total: number;
      readonly data: readonly unknown[];
      readonly included: readonly unknown[];
    }
  | { readonly kind: 'broken' };

/** What became of a request for one thing by its id. */
export type Found =
  | { readonly kind: 'found'; readonly data: unknown; readonly included: readonly unknown[] }
  /** It may be there: nobody who asks with this account is told. */
  | { readonly kind: 'forbidden' }
  /** It is deleted. */
  | { readonly kind: 'missing' }
  /** It is there, and the server's own code fails on it. */
  | { readonly kind: 'broken' };

export interface Api {
  /** @throws {F2gitError} `source-login`, `source-forbidden`, `source-not-found`, `source-invalid`, `source-unreachable`, … */
  slice(path: string, offset: number, limit: number, signal: AbortSignal): Promise<Slice>;
  /** @throws {F2gitError} `source-login`, `source-invalid`, `source-unreachable`, … */
  single(path: string, signal: AbortSignal): Promise<Found>;
  /** The answer to GET or HEAD of a file's content, whatever its status below 500, or the 500 of a link. */
  content(method: 'GET' | 'HEAD', fileRef: string, maxBytes: number, signal: AbortSignal): Promise<HttpResponse>;
  /**
   * Whether a request failed with `error` because Stud.IP fails on that one thing, for ever: a record without its data, a
   * folder too large for PHP. Then the site is well and answers others.
   */
  isOneThingsFault(error: unknown, signal: AbortSignal): Promise<boolean>;
  /** The server's clock when it first answered; undefined before. */
  date(): Date | undefined;
}

/** A list of a thousand files with their data has 2.5 MB; several are read at once. Bytes. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;

/** A server may know pages of another size; one that sends many times what it was asked for fills the memory. */
const MOST_TIMES_ASKED = 4;

/** `Accept` is wanted everywhere: without it, or with `application/json`, the JSON:API answers 406. */
const HEADERS = { accept: 'application/vnd.api+json' };

/** An uncaught error of PHP, told as a document: asking again gives the same. Anything else with 500 may pass. */
const LASTING_ERROR = /"status":\s*"500"/;

/** Content of a link to elsewhere: releases up to 6.1 call a method that their PSR-7 library lacks. */
const LINK_ERROR = /withRedirect/;

/** `site` ends with `/`. */
export function createApi(http: Http, site: string, auth: HttpAuth): Api {
  // Every request without a cookie leaves a row in the server's table of sessions.
  const cookies: CookieJar = createCookieJar(site);
  const base = `${site}jsonapi.php/v1/`;
  let date: Date | undefined;
  const allowance = jsonAllowance(LONGEST_IN_LISTS);

  async function json(path: string, signal: AbortSignal): Promise<HttpResponse> {
    const request = { url: base + path, headers: HEADERS, auth, cookies, answerSign: LASTING_ERROR };
    const response = await http.send(
      { method: 'GET', ...request, purpose: 'listing', maxBytes: MAX_JSON_BYTES },
      signal,
    );
    date ??= dateOf(response);
    if (response.status === 401) throw await refusal('source-login', response, refusedSignIn(auth));
    return response;
  }

  const api: Api = {
    async slice(path, offset, limit, signal) {
      const query = `page%5Boffset%5D=${String(offset)}&page%5Blimit%5D=${String(limit)}`;
      const response = await json(`${path}${path.includes('?') ? '&' : '?'}${query}`, signal);
      if (response.status === 500) return discarded(response, { kind: 'broken' });
      if (response.status !== 200) throw await refusal(codeOfStatus(response.status), response);
      const { data, meta, included = [] } = await readJson(response, listSchema, allowance);
      const most = limit * MOST_TIMES_ASKED;
      if (data.length > most) throw new F2gitError('too-large', { params: { found: data.length, most } });
      return { kind: 'slice', total: meta.page.total, data, included };
    },
    async single(path, signal) {
      const response = await json(path, signal);
      switch (response.status) {
        case 200: {
          const { data, included = [] } = await readJson(response, singleSchema);
          return { kind: 'found', data, included };
        }
        case 403:
          return discarded(response, { kind: 'forbidden' });
        case 404:
          return discarded(response, { kind: 'missing' });
        case 500:
          return discarded(response, { kind: 'broken' });
        default:
          throw await refusal('source-invalid', response);
      }
    },
    content(method, fileRef, maxBytes, signal) {
      const request = { url: `${base}file-refs/${fileRef}/content`, auth, cookies, answerSign: LINK_ERROR };
      return http.send({ method, ...request, purpose: 'content', maxBytes }, signal);
    },
    async isOneThingsFault(error, signal) {
      const isFailure = error instanceof F2gitError && error.code === 'source-unreachable';
      return isFailure && error.params['status'] === 500 && (await api.single('users/me', signal)).kind === 'found';
    },
    date: () => date,
  };
  return api;
}

/** All items of a list; a page has as many as the server computes anyway for every page, however small. */
const PAGE_ITEMS = 1000;

/** More than this is no course. */
const MAX_ITEMS = 200_000;

export type WholeList = Extract<Slice, { kind: 'slice' }> | { readonly kind: 'broken' };

/**
 * Reads a list to its end. `links.last` is wrong whenever the total is no multiple of the limit; the total itself is
 * right.
 * @throws {F2gitError} `source-changed` when the list is another one by the next page; and what `slice` throws
 */
export async function wholeList(api: Api, path: string, signal: AbortSignal): Promise<WholeList> {
  const first = await api.slice(path, 0, PAGE_ITEMS, signal);
  if (first.kind === 'broken') return first;
  const { total } = first;
  if (total > MAX_ITEMS) throw new F2gitError('too-large', { params: { files: MAX_ITEMS } });
  let { data, included } = first;
  let page = first;
  while (data.length < total && page.data.length === PAGE_ITEMS) {
    const next = await api.slice(path, data.length, PAGE_ITEMS, signal);
    if (next.kind === 'broken') return next;
    data = [...data, ...next.data];
    included = [...included, ...next.included];
    page = next;
  }
  // what came or went between two pages shifts the rest: then something is there twice, and something missing
  if (data.length !== total || hasTwins(data)) throw changed();
  return { kind: 'slice', total, data, included };
}

function hasTwins(data: readonly unknown[]): boolean {
  const ids = data.map((one) => (one as { readonly id?: unknown } | null)?.id).filter((id) => typeof id === 'string');
  return new Set(ids).size < ids.length;
}

/** A list that does not add up: it changed between two of its pages. */
export function changed(): F2gitError {
  return new F2gitError('source-changed', { params: { detail: 'the list changed while it was read' } });
}

/** Reads and drops the body, so that the connection can be used again. */
async function discarded<Outcome>(response: HttpResponse, outcome: Outcome): Promise<Outcome> {
  await response.discard();
  return outcome;
}

async function refusal(code: ErrorCode, response: HttpResponse, detail?: string): Promise<F2gitError> {
  await response.discard();
  return failure(code, response, detail);
}

/** An error that names where it happened and with which status; never a header, as 5.x repeats the password there. */
export function failure(code: ErrorCode, { url, status }: HttpResponse, detail?: string): F2gitError {
  const params = { address: safeEndpoint(url), status, ...(detail === undefined ? {} : { detail }) };
  return new F2gitError(code, { params });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 403) return 'source-forbidden';
  return status === 404 ? 'source-not-found' : 'source-invalid';
}

function dateOf({ headers }: HttpResponse): Date | undefined {
  const time = Date.parse(headers['date'] ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** Does `step` with every item, some at once. The first failure ends the others and is thrown. */
export async function atOnce<Item>(
  items: Iterable<Item>,
  signal: AbortSignal,
  step: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true && !both.aborted; next = waiting.next()) {
      await step(next.value, both).catch((error: unknown) => {
        if (!stop.signal.aborted) stop.abort(error);
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: PARALLEL }, work));
  if (stop.signal.aborted) throw stop.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Requests under way at once: what the client allows one host. */
const PARALLEL = 4;
