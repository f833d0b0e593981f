/**
 * Protection of everything that changes something: a request must come from a page of ours. Two independent proofs are
 * asked for: a token that only our pages show, bound to the person, and the browser's own word on where the request
 * started. On a hub, students' servers share our origin, so the origin alone proves nothing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { F2gitError } from '../errors.ts';
import type { Person } from './ports.ts';

export const TOKEN_HEADER = 'x-f2git-token';
/** Not `token`: a Jupyter server on the way takes a field of that name for its own login token (jupyter_server, `get_token`). */
export const TOKEN_FIELD = 'f2git_form';

export interface ForgeryGuard {
  /** The token for this person's pages. */
  tokenOf(person: Person): string;
  /** @throws {F2gitError} `request-refused` */
  check(request: IncomingMessage, person: Person, token: string | undefined): void;
}

/** `secret` lives as long as the server; `publicOrigin` is the configured one, for browsers that say `Origin` only. */
export function createForgeryGuard(secret: Buffer, publicOrigin: string | undefined): ForgeryGuard {
  const tokenOf = (person: Person): string =>
    createHmac('sha256', secret).update(`form\0${person.name}`).digest('base64url');
  return {
    tokenOf,
    check(request, person, token) {
      if (token === undefined && isFromProgram(request)) return;
      if (!startedHere(request, publicOrigin))
        throw new F2gitError('request-refused', { params: { why: 'cross-site' } });
      if (token === undefined || !isEqual(token, tokenOf(person))) {
        throw new F2gitError('request-refused', { params: { why: 'token' } });
      }
    },
  };
}

/**
 * A page holds the token. Another page on our origin, as students' servers have them, must not read it: not by asking
 * for it, and neither in a frame nor in a window it opens (`protection.ts`). Browsers say how they ask (Fetch Metadata).
 * @throws {F2gitError} `request-refused`
 */
export function refuseScripts({ headers }: IncomingMessage): void {
  const mode = headers['sec-fetch-mode'];
  if (mode !== undefined && mode !== 'navigate') throw new F2gitError('request-refused', { params: { why: 'script' } });
}

/**
 * A program that nobody tricked: it has no page, so no token, and carries nobody's cookies. No page can send this: with
 * JSON a browser always says where the request started (`Origin`; Fetch Standard, 3.2 and 4.9).
 */
function isFromProgram({ headers }: IncomingMessage): boolean {
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
  const { origin, referer, cookie, 'sec-fetch-site': site } = headers;
  return isJson && [origin, referer, cookie, site].every((header) => header === undefined);
}

/** Browsers send `Sec-Fetch-Site` on trustworthy addresses, else at least `Origin` with a POST; programs send neither. */
function startedHere(request: IncomingMessage, publicOrigin: string | undefined): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  return publicOrigin === undefined ? origin === `http://${host ?? ''}` : origin === publicOrigin;
}

/** In constant time; digests, because the comparison wants equal lengths. */
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
