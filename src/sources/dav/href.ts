/**
 * Names in the addresses a WebDAV server answers with. They are cut as strings and never parsed as URLs: some servers
 * leave `#` and `?` unescaped in them, and a URL parser would drop what follows.
 */

/** One segment of a path on the server: what people see, and what the server is asked for. */
export interface DavName {
  /** Decoded; where the bytes are not UTF-8, the escaped text as the server wrote it. */
  readonly name: string;
  /** Escaped for a request. */
  readonly encoded: string;
}

/** Where an href lies, seen from the folder that was asked for. */
export type HrefPlace =
  { readonly kind: 'self' } | { readonly kind: 'child'; readonly child: DavName } | { readonly kind: 'elsewhere' };

/** The segments of an href: scheme and host are ignored (a reverse proxy may change them), `//` counts as `/`. */
export function segmentsOfHref(href: string): readonly DavName[] {
  return href
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
}

/** Finds where `href` lies relative to the folder with the segments `folder`. */
export function placeOfHref(href: string, folder: readonly DavName[]): HrefPlace {
  const segments = segmentsOfHref(href);
  const isBelow = folder.every((expected, index) => segments[index]?.name === expected.name);
  if (!isBelow) return { kind: 'elsewhere' };
  if (segments.length === folder.length) return { kind: 'self' };
  const child = segments[folder.length];
  const isDirect = segments.length === folder.length + 1 && child !== undefined && !isDots(child.name);
  return isDirect ? { kind: 'child', child } : { kind: 'elsewhere' };
}

/** Decodes one segment. A `%` that starts no escape is a character of the name. */
export function decodeSegment(segment: string): DavName {
  if (!segment.includes('%')) return unescapedName(segment);
  const bytes = Buffer.from(segment).toString('latin1');
  const decoded = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  try {
    const name = strictUtf8.decode(Buffer.from(decoded, 'latin1'));
    return { name, encoded: encode(name) };
  } catch {
    // Not UTF-8: the server's own bytes are the only way to ask for it, so they stay as they are.
    return { name: segment, encoded: encodeUnescaped(segment) };
  }
}

/** The name in a text of its own: as a part of the answer's it would keep all of that in memory. */
function unescapedName(segment: string): DavName {
  const encoded = encode(segment);
  return { name: encoded === segment ? encoded : structuredClone(segment), encoded };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function encode(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}

/** Escapes what an address may not hold and leaves existing escapes alone. */
function encodeUnescaped(segment: string): string {
  return segment
    .split(/(%[0-9a-f]{2})/i)
    .map((part, index) => (index % 2 === 1 ? part : encode(part)))
    .join('');
}

function isDots(name: string): boolean {
  return name === '.' || name === '..';
}
