/** Redirects by hand: where the next request goes, and what may go with it. */
import { F2gitError } from '../errors.ts';
import type { HttpAuth } from './auth.ts';
import { safeAddress } from './redact.ts';

/** One request of a chain of redirects. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly auth: HttpAuth;
  /** Redirected as browsers do it (Fetch standard, HTTP-redirect fetch). */
  readonly isForm?: true;
}

/** All that may leave the origin it was meant for: what says how to answer, nothing that says who asks. */
const TRAVELS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'depth',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'prefer',
  'range',
  'user-agent',
]);

/**
 * Gives the next hop, or undefined when the answer is no redirect. Credentials stay with their origin, and do not come
 * back on the way home: whoever redirected could otherwise make the source answer in our name.
 * @throws {F2gitError} `address-forbidden` when it leads from https to http, or would take a form to another site
 */
export function redirectedFrom(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const target = readUtf8(location);
  if (!URL.canParse(target, hop.url.href)) {
    throw new F2gitError('source-invalid', { params: { address: safeAddress(hop.url), detail: 'redirects nowhere' } });
  }
  const url = keepSecure(hop.url, new URL(target, hop.url));
  const isForGet = status === 303 || (hop.isForm === true && (status === 301 || status === 302));
  const asGet = isForGet && hop.method !== 'HEAD' && hop.method !== 'GET';
  const next: Hop = asGet ? { ...hop, method: 'GET', url, body: undefined } : { ...hop, url };
  if (url.origin === hop.url.origin) return next;
  if (next.method === 'POST') throw elsewhere(url, 'a redirect of a form to another site');
  const headers = Object.fromEntries(Object.entries(next.headers).filter(([name]) => TRAVELS.has(name)));
  return { ...next, headers, auth: { kind: 'none' } };
}

/** Header values arrive as Latin-1; servers that forget to escape a `Location` write UTF-8. */
function readUtf8(value: string): string {
  const text = Buffer.from(value, 'latin1').toString();
  return text.includes('\ufffd') ? value : text;
}

/** Apache behind a TLS proxy redirects to its own address with http; the same host is then asked with https. */
function keepSecure(from: URL, to: URL): URL {
  to.hash = '';
  if (from.protocol !== 'https:' || to.protocol !== 'http:') return to;
  if (from.host !== to.host) {
    throw elsewhere(to, 'a redirect from https to http');
  }
  to.protocol = 'https:';
  return to;
}

function elsewhere(to: URL, detail: string): F2gitError {
  return new F2gitError('address-forbidden', { params: { address: safeAddress(to), detail } });
}
