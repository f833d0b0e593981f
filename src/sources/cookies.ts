/** The cookies of one session with one origin: platforms that get none back open a new session for every request. */

/** Give it to all requests of one session. It is asked and told by the HTTP client, never by an adapter. */
export interface CookieJar {
  /** The value of the `Cookie` header for `url`; undefined when there is none to send. */
  headerFor(url: URL): string | undefined;
  /** Takes the `Set-Cookie` lines of an answer from `url`; `now` in milliseconds since 1970. */
  remember(url: URL, lines: readonly string[], now: number): void;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly isSecure: boolean;
}

/** Names and values together, over all cookies; a platform sets two or three. */
const MAX_BYTES = 8 * 1024;

/**
 * Makes a jar for the origin of `url` alone: cookies of other hosts are neither kept nor sent, whatever `Domain` says.
 * Names, values and paths as RFC 6265, section 5, has them.
 */
export function createCookieJar(url: string): CookieJar {
  const { origin } = new URL(url);
  const cookies = new Map<string, Cookie>();
  return {
    headerFor(target) {
      if (target.origin !== origin) return undefined;
      const isSecure = target.protocol === 'https:';
      const meant = [...cookies].filter(([, one]) => (isSecure || !one.isSecure) && isBelow(target.pathname, one.path));
      return meant.length === 0 ? undefined : meant.map(([name, { value }]) => `${name}=${value}`).join('; ');
    },
    remember(from, lines, now) {
      if (from.origin !== origin) return;
      for (const line of lines) {
        const cookie = parseCookie(line, from, now);
        if (cookie === undefined) continue;
        cookies.delete(cookie.name);
        if (!cookie.isOver && sizeOf(cookies) + line.length <= MAX_BYTES) cookies.set(cookie.name, cookie);
      }
    },
  };
}

function parseCookie(line: string, from: URL, now: number): (Cookie & { name: string; isOver: boolean }) | undefined {
  const [pair = '', ...rest] = line.split(';');
  const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
  if (name === undefined || value === undefined || /[\u0000-\u001f\u007f]/.test(name + value)) return undefined;
  const attributes = new Map(rest.map((one) => splitOnce(one)));
  const path = attributes.get('path');
  return {
    name,
    value,
    path: path?.startsWith('/') === true ? path : defaultPath(from.pathname),
    isSecure: attributes.has('secure'),
    isOver: isOver(attributes.get('max-age'), attributes.get('expires'), now),
  };
}

function isOver(maxAge: string | undefined, expires: string | undefined, now: number): boolean {
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return expires !== undefined && Date.parse(expires) <= now;
}

function splitOnce(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim().toLowerCase(), ''] : [text.slice(0, at).trim().toLowerCase(), text.slice(at + 1).trim()];
}

/** RFC 6265, 5.1.4: the folder of the request. */
function defaultPath(pathname: string): string {
  const end = pathname.lastIndexOf('/');
  return end <= 0 ? '/' : pathname.slice(0, end);
}

function isBelow(pathname: string, path: string): boolean {
  return pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'));
}

function sizeOf(cookies: ReadonlyMap<string, Cookie>): number {
  return [...cookies].reduce((sum, [name, { value }]) => sum + name.length + value.length, 0);
}
