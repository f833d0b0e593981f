/** Cookies of a hub's service: read with all their doubles, written so that nobody else gets them. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { F2gitError } from '../errors.ts';

/** The hub sets it on its whole path at login and takes it away at logout; it is how services hear of both. */
const HUB_SESSION = 'jupyterhub-session-id';

/** Every value that came under `name`, in the order of the header. */
export function cookieValues(request: IncomingMessage, name: string): readonly string[] {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}

/**
 * The value under `name`. A page of a student's server is on the same host and can add a cookie of the same name, so
 * two that differ are nobody's.
 * @throws {F2gitError} `request-refused`
 */
export function cookieValue(request: IncomingMessage, name: string): string | undefined {
  const values = new Set(cookieValues(request, name));
  if (values.size > 1) throw new F2gitError('request-refused', { params: { why: 'cookies' } });
  return [...values][0];
}

/** Names of the cookies that begin with `prefix`. */
export function cookieNames(request: IncomingMessage, prefix: string): readonly string[] {
  const names = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=')[0] ?? '');
  return [...new Set(names.filter((name) => name.startsWith(prefix)))];
}

/** The hub's session of this browser; a browser may bring those of several hubs on one host. */
export function hubSessions(request: IncomingMessage): readonly string[] {
  return cookieValues(request, HUB_SESSION).map((value) => value.replace(/^"(.*)"$/, '$1'));
}

/** Changes with every login and logout at the hub. */
export function bindingOf(request: IncomingMessage): string {
  return createHash('sha256')
    .update(JSON.stringify(hubSessions(request)))
    .digest('base64url');
}

export interface CookiePlace {
  /** The path that sends it. */
  readonly path: string;
  readonly isSecure: boolean;
}

/** `__Secure-` keeps pages without encryption from setting it (RFC 6265bis, 4.1.3). */
export function cookieName(name: string, { isSecure }: CookiePlace): string {
  return isSecure ? `__Secure-${name}` : name;
}

/** A line of `Set-Cookie`; without `seconds` for as long as the browser runs, and with 0 to take it away. */
export function setCookie(name: string, value: string, place: CookiePlace, seconds?: number): string {
  const age = seconds === undefined ? '' : `; Max-Age=${seconds}`;
  return `${name}=${value}; Path=${place.path}; HttpOnly; SameSite=Lax${place.isSecure ? '; Secure' : ''}${age}`;
}
