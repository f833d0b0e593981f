/** Addresses of ZIP archives: the mapping of the configuration, and what a lecturer copies from the browser. */
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { together } from '../../core/mistakes.ts';
import { F2gitError } from '../../errors.ts';
import { checkKeys, courseName, optionalSwitch, parseWebAddress, requiredText } from '../mapping.ts';
import { safeAddress } from '../redact.ts';
import type { Recognise } from '../source.ts';

export interface ZipConfig {
  readonly place: { readonly kind: 'web'; readonly url: string } | { readonly kind: 'file'; readonly path: string };
  /** Whether one folder around everything is left away. */
  readonly stripTopFolder: boolean;
}

const KEYS = ['type', 'url', 'strip_top_folder'];

/**
 * Checks `{ type: zip, url, strip_top_folder? }`. `url` is http(s), `file:` or a path. Addresses of pages that show an
 * archive become those of the archive (Dropbox, SharePoint).
 * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`, `credentials-invalid`
 */
export function parseZipConfig(raw: Readonly<Record<string, unknown>>): ZipConfig {
  const [place, stripTopFolder = true] = together(
    () => placeOf(requiredText(raw, 'url').replace(/^zip\+/i, '')),
    () => optionalSwitch(raw, 'strip_top_folder'),
    () => checkKeys(raw, KEYS),
  );
  return { place, stripTopFolder };
}

/** Names the course by its address, without what signs it or opens it. */
export function zipIdentity({ place }: ZipConfig): string {
  if (place.kind === 'file') return `zip ${place.path}`;
  const url = new URL(place.url);
  const named = [...url.searchParams].filter(([name]) => !isSignature(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  url.search = '';
  const whole = `${url.href} ${JSON.stringify(named)}`;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 16);
  return `zip ${safeAddress(url)} ${digest}`;
}

/** The archive's file name; for an archive of a GitHub or GitLab branch, the repository's. */
export function zipName({ place }: ZipConfig): string {
  if (place.kind === 'file') return courseName(basename(place.path));
  const url = new URL(place.url);
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const archive = segments.findIndex((segment) => /^(archive|zipball|zip|-)$/.test(segment));
  const last = archive > 0 ? segments[archive - 1] : segments.findLast((segment) => !/^(download|dl)$/i.test(segment));
  return courseName(decode(last ?? url.hostname));
}

/** Knows `zip+https://…`, `zip+file:…`, addresses and paths that end with `.zip`, and the archive links of common sites. */
export const recogniseZip: Recognise = (address) => {
  const text = address.trim();
  if (/^zip\+(https?|file):/i.test(text)) return { type: 'zip', url: text };
  if (/^https?:\/\//i.test(text)) {
    return URL.canParse(text) && isArchivePage(new URL(text)) ? { type: 'zip', url: text } : undefined;
  }
  const isOtherScheme = /^[a-z][a-z0-9+.-]+:/i.test(text) && !/^file:/i.test(text);
  return !isOtherScheme && /\.zip$/i.test(text) ? { type: 'zip', url: text } : undefined;
};

/** Whether requests to `url` carry their own signature: a second one beside it makes S3 refuse them. */
export function isPresigned(url: string): boolean {
  return [...new URL(url).searchParams.keys()].some((name) => /^(x-amz-signature|signature|sig)$/i.test(name));
}

function placeOf(text: string): ZipConfig['place'] {
  if (/^https?:/i.test(text)) return { kind: 'web', url: downloadOf(parseWebAddress(text)).href };
  if (/[\u0000-\u001f]/.test(text)) throw notUnderstood('control characters in it');
  if (/^file:/i.test(text)) {
    if (!URL.canParse(text) || new URL(text).host !== '') throw notUnderstood('not a file of this machine');
    return { kind: 'file', path: resolve(fileURLToPath(new URL(text))) };
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) throw notUnderstood('not a web address or a file');
  return { kind: 'file', path: resolve(text) };
}

function isArchivePage(url: URL): boolean {
  const { hostname, pathname } = url;
  if (/\.zip$/i.test(pathname)) return true;
  if (isDropbox(hostname)) return /^\/(sh|scl\/fo)\//.test(pathname);
  if (isSharePoint(hostname)) return /^\/:u:\//.test(pathname);
  if (/^((www|api)\.)?github\.com$/.test(hostname)) return /\/zipball(\/|$)/.test(pathname);
  if (hostname === 'codeload.github.com') return /^\/[^/]+\/[^/]+\/(legacy\.)?zip\//.test(pathname);
  return /\/s\/[A-Za-z0-9]+\/download\/?$/.test(pathname);
}

/** The address that gives the archive where the copied one shows a page about it. */
function downloadOf(url: URL): URL {
  if (isDropbox(url.hostname)) url.searchParams.set('dl', '1');
  if (isSharePoint(url.hostname)) url.searchParams.set('download', '1');
  return url;
}

function isDropbox(hostname: string): boolean {
  return /^(www\.)?dropbox\.com$/i.test(hostname);
}

function isSharePoint(hostname: string): boolean {
  return /\.sharepoint\.com$/i.test(hostname);
}

/** Parameters that change with every signature, or open the archive. */
function isSignature(name: string): boolean {
  return /^(x-amz-.*|awsaccesskeyid|signature|sig|expires|se|st|sp|sv|sr|token|access_token|rlkey|dl|download|e)$/i.test(
    name,
  );
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A `%` that begins no escape is a character of the name.
    return segment;
  }
}

function notUnderstood(detail: string): F2gitError {
  return new F2gitError('address-not-understood', { params: { detail } });
}
