/** Addresses of WebDAV folders: the mapping of the configuration, and what a lecturer copies from the browser. */
import { createHash } from 'node:crypto';
import { together } from '../../core/mistakes.ts';
import { checkKeys, courseName, parseWebAddress, requiredText } from '../mapping.ts';
import type { Recognise } from '../source.ts';
import { segmentsOfHref } from '../dav/href.ts';

export type WebdavConfig =
  | { readonly kind: 'folder'; readonly url: string }
  /** A public link of Nextcloud, ownCloud or sciebo. `cloud` is where the product is installed, ending with `/`. */
  | { readonly kind: 'share'; readonly cloud: string; readonly token: string; readonly folder: readonly string[] };

const KEYS = ['type', 'url'];

/**
 * Checks `{ type: webdav, url }`. `url` is a WebDAV folder, a public link, or the files page of one's own account.
 * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`, `credentials-invalid`
 */
export function parseWebdavConfig(raw: Readonly<Record<string, unknown>>): WebdavConfig {
  const [url] = together(
    () => parseWebAddress(withoutScheme(requiredText(raw, 'url'))),
    () => checkKeys(raw, KEYS),
  );
  const share = /^(.*\/)s\/([A-Za-z0-9_-]+)(?:\/.*)?$/.exec(withoutIndex(url.pathname));
  if (share?.[1] !== undefined && share[2] !== undefined && !isDavPath(share[1])) {
    return { kind: 'share', cloud: url.origin + share[1], token: share[2], folder: folderOfPage(url) };
  }
  const link = LINK_ENDPOINT.exec(url.pathname);
  if (link?.[1] !== undefined && link[2] !== undefined) {
    const folder = segmentsOfHref(link[3] ?? '').map(({ name }) => name);
    return { kind: 'share', cloud: url.origin + link[1], token: link[2], folder };
  }
  const page = /^(.*\/)apps\/files(?:\/.*)?$/.exec(withoutIndex(url.pathname));
  if (page?.[1] !== undefined && !isDavPath(page[1])) {
    return { kind: 'folder', url: folderUrl(`${url.origin}${page[1]}remote.php/webdav/`, folderOfPage(url)) };
  }
  url.search = '';
  return { kind: 'folder', url: url.href.replace(/\/*$/, '/') };
}

/** Names the course by its folder. The token of a link opens the share, so only its digest is shown. */
export function webdavIdentity(config: WebdavConfig): string {
  if (config.kind === 'folder') return `webdav ${config.url}`;
  const token = createHash('sha256').update(config.token).digest('hex').slice(0, 16);
  return ['webdav', `${config.cloud}s/${token}`, ...config.folder].join(' ');
}

/** The last folder that is named. */
export function webdavName(config: WebdavConfig): string {
  const path = config.kind === 'folder' ? segmentsOfHref(new URL(config.url).pathname).map(({ name }) => name) : [];
  const last = (config.kind === 'folder' ? path : config.folder).at(-1);
  return courseName(last ?? new URL(config.kind === 'folder' ? config.url : config.cloud).hostname);
}

/**
 * Knows `webdav+https://…`, `dav(s)://…`, `webdav(s)://…`, public links `https://cloud…/s/TOKEN`, the files pages of
 * Nextcloud and ownCloud, and addresses that have WebDAV in their path.
 */
export const recogniseWebdav: Recognise = (address) => {
  const text = address.trim();
  if (EXPLICIT.test(text)) return { type: 'webdav', url: text };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const path = withoutIndex(new URL(text).pathname);
  const isShare = SHARE_PAGE.test(path) && !isKnownOther(new URL(text).hostname);
  const isFilesPage = /\/apps\/files(\/|$)/.test(path);
  return isShare || isFilesPage || isDavPath(path) || LINK_ENDPOINT.test(path)
    ? { type: 'webdav', url: text }
    : undefined;
};

/** A public link, or the page that asks for its password (`authenticate`, `authenticate/showShare`). */
const SHARE_PAGE = /^\/(?:[^/]+\/)*s\/[A-Za-z0-9]{8,32}(?:\/authenticate(?:\/[A-Za-z]+)?)?\/?$/;

/** The address of a folder below `root`, which ends with `/`. */
export function folderUrl(root: string, folder: readonly string[]): string {
  return root + folder.map((name) => `${encodeURIComponent(name)}/`).join('');
}

/**
 * The WebDAV addresses behind a public link, and where Infinite Scale and OpenCloud lead who opens one: their token is as
 * secret as the link's.
 */
const LINK_ENDPOINT =
  /^(.*\/)(?:public\.php\/dav\/files|remote\.php\/dav\/public-files|files\/link\/public)\/([A-Za-z0-9_-]+)(?:\/(.*))?$/;

const EXPLICIT = /^(webdav\+https?|webdavs?|davs?):\/\//i;

/** `webdav+https:`, `davs:` (GNOME) and `webdavs:` (KDE) are https; `dav:` and `webdav:` are http. */
function withoutScheme(text: string): string {
  return text
    .replace(/^webdav\+(https?:)/i, '$1')
    .replace(/^(webdavs|davs):/i, 'https:')
    .replace(/^(webdav|dav):/i, 'http:');
}

function withoutIndex(pathname: string): string {
  return pathname.replace('/index.php/', '/');
}

function isDavPath(pathname: string): boolean {
  return /\/(web)?dav(\/|$)/i.test(pathname) || /\/remote\.php\//.test(pathname);
}

/** Sites whose own links look like a cloud's. */
function isKnownOther(hostname: string): boolean {
  return /(^|\.)(dropbox\.com|github\.com|gitlab\.com|google\.com)$/i.test(hostname);
}

/** The folder a page shows: `?dir=/a/b` (`?path=` in older releases); Nextcloud's links to a file can say `dir=undefined`. */
function folderOfPage(url: URL): readonly string[] {
  const shown = url.searchParams.get('dir') ?? url.searchParams.get('path') ?? '';
  if (shown === 'undefined') return [];
  return shown.split('/').filter((name) => name !== '' && name !== '.' && name !== '..');
}
