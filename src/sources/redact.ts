/**
 * Addresses and texts that are safe to show, log and store. An address may carry a secret in its user information, its
 * query or its path (share links are capabilities); what is not known to be harmless is masked.
 */
import type { Secret } from '../core/secret.ts';

const MASK = '***';

/** Query parameters that name things and open nothing. */
const HARMLESS =
  /^(id|cid|cmd|dl|dir|page|per_page|limit|offset|order|path|files|target|ref|ref_id|branch|course|course_id|section|folder|type|view|service|download|raw|format|depth)$/i;

/** Path segments after which the next one is a capability: share links, public WebDAV, the git route's token, Moodle's keys. */
const CAPABILITY_AFTER = [
  ['s'],
  ['d', 's'],
  ['sh'],
  ['public.php', 'dav', 'files'],
  ['dav', 'public-files'],
  ['link', 'public'],
  ['scl', 'fi'],
  ['scl', 'fo'],
] as const;

/** Seafile's links: `d/` and a token for folders, `f/` for files. Elsewhere these are folders like any others. */
const SEAFILE = { after: /^[df]$/, token: /^[0-9a-f]{10,40}$/ };

/** A token at least this long follows `git/` in the addresses of f2git's own repositories, which never end in `.git`. */
const SHORTEST_TOKEN = 16;

/** Gives `address` without user information, secret parameters, fragment and capabilities; `(no address)` when it is none. */
export function safeAddress(address: string | URL): string {
  const url = typeof address === 'string' ? parseUrl(address) : new URL(address);
  if (url === undefined) return '(no address)';
  url.username = '';
  url.password = '';
  url.hash = '';
  url.pathname = maskCapabilities(url.pathname);
  const shown = url.search === '' ? '' : `?${maskQuery(url.search.slice(1))}`;
  url.search = '';
  const whole = `${url.href}${shown}`;
  return whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}…` : whole;
}

/** As `safeAddress`, without the query: that of an interface for programs says nothing to a person. */
export function safeEndpoint(address: string | URL): string {
  return safeAddress(address).replace(/\?.*$/s, '');
}

/** Characters of an address. Whoever lists an item can make its address as long as a list may be. */
const MOST_SHOWN = 1000;

/**
 * Gives `text` with every address in it made safe, credentials of headers masked, and each of `secrets` masked in all
 * the forms it travels in: as it is, percent-encoded, base64, hexadecimal.
 */
export function redact(text: string, secrets: readonly Secret[] = []): string {
  const withoutKnown = secrets.flatMap(formsOf).reduce((rest, form) => rest.replaceAll(form, MASK), text);
  return withoutKnown
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, (address) => safeAddress(address))
    .replace(/\b(basic|bearer|digest|negotiate)\s+[^\s,"']+(?:,\s*[a-z]+="?[^",]*"?)*/gi, `$1 ${MASK}`)
    .replace(/\b((?:set-)?cookie|authorization|proxy-authorization)\s*[:=]\s*[^\r\n]+/gi, `$1: ${MASK}`)
    .replace(
      /\b(x-amz-[a-z-]+|[a-z_-]*(?:token|verifier|password|passwd|secret|signature|session|_xsrf))=[^&\s"']+/gi,
      `$1=${MASK}`,
    );
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** What is not even named is one `…`, however much of it there is. */
function maskQuery(query: string): string {
  const shown = query.split('&').map((pair) => {
    const name = pair.split('=', 1)[0] ?? '';
    if (HARMLESS.test(name)) return pair;
    return isWord(name) ? `${name}=${MASK}` : '…';
  });
  return shown.filter((one, at) => one !== '…' || shown.indexOf('…') === at).join('&');
}

/** A parameter without `=` may itself be the secret; only plain words are repeated. */
function isWord(name: string): boolean {
  return /^[A-Za-z][A-Za-z_-]{0,30}$/.test(name);
}

function maskCapabilities(pathname: string): string {
  const segments = pathname.split('/');
  return segments.map((segment, at) => (segment !== '' && isCapability(segments, at) ? MASK : segment)).join('/');
}

function isCapability(segments: readonly string[], at: number): boolean {
  if (segments[at - 1]?.toLowerCase() === 'git') return !isPartOfName(segments, at);
  if (SEAFILE.after.test(segments[at - 1] ?? '') && SEAFILE.token.test(segments[at] ?? '')) return true;
  // SharePoint names the kind of what is shared, how, where, and then the token: `:u:/s/Course/TOKEN`
  if (/^:[a-z]:$/.test(segments[1] ?? '') && segments[2] !== 'r' && at > 3) return true;
  return CAPABILITY_AFTER.some((before) =>
    before.every((name, i) => segments[at - before.length + i]?.toLowerCase() === name),
  );
}

/** Whether the segment after `git/` only names a repository: `…/git/group/course.git`. */
function isPartOfName(segments: readonly string[], at: number): boolean {
  const isRepository = segments.slice(at).some((segment) => /.\.git$/i.test(segment));
  return isRepository && (segments[at] ?? '').replace(/\.git$/i, '').length < SHORTEST_TOKEN;
}

function formsOf(secret: Secret): readonly string[] {
  const raw = secret.reveal();
  // Shorter values would mask ordinary words.
  if (raw.length < 4) return [];
  const bytes = Buffer.from(raw);
  const forms = [raw, encodeURIComponent(raw), encodeURI(raw), bytes.toString('base64'), bytes.toString('base64url')];
  return [...new Set([...forms, bytes.toString('hex'), bytes.toString('hex').toUpperCase()])];
}
