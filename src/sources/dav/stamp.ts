/** Version stamps: what a server says about a file, in a form that only changes when the file may have changed. */
import type { DavProps } from './multistatus.ts';

/** The stamp of a file: entity tag, size, date and file id, as far as the server gives them. */
export function stampOf(props: DavProps): string {
  return JSON.stringify([
    normaliseEtag(props.etag) ?? '',
    sizeOf(props) ?? '',
    normaliseDate(props.modified) ?? '',
    props.fileId ?? '',
  ]);
}

/** Whether a stamp of `stampOf` holds an entity tag. */
export function isTagged(stamp: string): boolean {
  return !stamp.startsWith('["",');
}

/**
 * An entity tag as comparable text: without `W/` (Apache's tags are weak in the first second after a write, with the
 * same value), quotes (nephele sends none), escaped quotes, and the `-gzip` that Apache's mod_deflate appends.
 */
export function normaliseEtag(etag: string | undefined): string | undefined {
  if (etag === undefined) return undefined;
  const bare = etag
    .trim()
    .replaceAll('&quot;', '"')
    .replace(/^W\//i, '')
    .replace(/^"(.*)"$/s, '$1')
    .replace(/-gzip$/, '');
  return bare === '' ? undefined : bare;
}

/** Bytes of the file, or null when the server does not say. */
export function sizeOf(props: DavProps): number | null {
  const text = props.length ?? '';
  const size = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(size) ? size : null;
}

/**
 * A date as ISO 8601. RFC 1123 is the rule; single-digit days, numeric zones, UnixDate, RFC 3339 and nothing at all
 * occur. A date nobody can read still counts as text: it changes when the file does.
 */
export function normaliseDate(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? text.trim() : new Date(time).toISOString();
}
