/** Addresses of courses and folders in ILIAS: the mapping of the configuration, and what people copy from the browser. */
import { together } from '../../core/mistakes.ts';
import { F2gitError } from '../../errors.ts';
import { segmentsOfHref } from '../dav/href.ts';
import { checkKeys, courseName, invalidKey, optionalSwitch, parseWebAddress, requiredText } from '../mapping.ts';
import type { Recognise } from '../source.ts';

export interface IliasConfig {
  /** Where ILIAS is installed, ending with `/`. */
  readonly site: string;
  /** The client: one installation can hold several. Absent: the one the site itself leads to. */
  readonly client?: string;
  /** The number of the course, group, category or folder (`ref_id`). */
  readonly ref: string;
  /** Folders below it, by their titles: part of addresses of WebDAV only. */
  readonly folder: readonly string[];
  /** Whether titles, numbers and versions come from the SOAP interface. */
  readonly soap: boolean;
  /** Suffixes ILIAS cuts off here, without their dots: `hellopy.sec` is `hello.py` where `py` is among them. */
  readonly suffixes: readonly string[];
}

const KEYS = ['type', 'url', 'ref', 'client', 'soap', 'suffixes', 'as'];

/**
 * Checks `{ type: ilias, url, ref, client, soap, suffixes, as }`. `url` is the link of a course, group, category or
 * folder, its WebDAV address, or that of the site when `ref` is given.
 * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`, `credentials-invalid`
 */
export function parseIliasConfig(raw: Readonly<Record<string, unknown>>): IliasConfig {
  const [url, named, ref, suffixes, soap = false] = together(
    () => parseWebAddress(requiredText(raw, 'url').replace(/^ilias\+(https?:)/i, '$1')),
    () => clientNamed(raw),
    () => refNamed(raw),
    () => suffixesNamed(raw),
    () => optionalSwitch(raw, 'soap'),
    () => checkView(raw),
    () => checkKeys(raw, KEYS),
  );
  const page: Page = pageOf(url) ?? { site: siteOf(url) };
  const client = named ?? page.client;
  const { folder = [] } = page;
  if (soap && folder.length > 0) {
    throw invalidKey('soap', 'needs the link of the folder itself, not its address of WebDAV');
  }
  return {
    site: page.site,
    ...(client === undefined ? {} : { client }),
    ref: ref ?? refOfPage(page, url),
    folder,
    soap,
    suffixes,
  };
}

/** Names the course by its number; how it is read does not make it another one. */
export function iliasIdentity({ site, ref, folder }: IliasConfig): string {
  return ['ilias', site, `ref_${ref}`, ...folder].join(' ');
}

export function iliasName({ ref, folder }: IliasConfig): string {
  return courseName(folder.at(-1) ?? `ilias-course-${ref}`);
}

/** Knows `ilias+https://…`, permalinks of all releases, the pages behind them, and mounts of WebDAV. */
export const recogniseIlias: Recognise = (address) => {
  const text = address.trim();
  if (/^ilias\+https?:\/\//i.test(text)) return { type: 'ilias', url: text };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return pageOf(new URL(text)) === undefined ? undefined : { type: 'ilias', url: text };
};

/** What the address of a page or mount says. */
interface Page {
  readonly site: string;
  readonly client?: string;
  /** What kind of object it is of, where the address says so. */
  readonly kind?: string;
  readonly ref?: string;
  readonly folder?: readonly string[];
}

function pageOf(url: URL): Page | undefined {
  return mountOf(url) ?? permalinkOf(url) ?? shortLinkOf(url) ?? queryPageOf(url);
}

/** `webdav.php/CLIENT/ref_72/Folder`: what ILIAS tells people to mount. */
function mountOf({ origin, pathname }: URL): Page | undefined {
  const [, path, client, ref, below] = /^(.*\/)webdav\.php\/([^/]+)\/ref_(\d+)(?:\/(.*))?$/.exec(pathname) ?? [];
  if (path === undefined || client === undefined || ref === undefined) return undefined;
  const folder = segmentsOfHref(below ?? '').map(({ name }) => name);
  return { site: origin + path, client: decodeURIComponent(client), ref, folder };
}

/** ILIAS 10 and later: `goto.php/crs/72`, `go/crs/72`. Only what ILIAS has makes the short form one of its own. */
function permalinkOf(url: URL): Page | undefined {
  const pattern = /^(.*\/)(?:goto\.php|go(?=\/(?:crs|grp|fold|cat|file|root)\/))\/([a-z]+)\/(\d+)(?:\/.*)?$/;
  const [, path, kind, ref] = pattern.exec(url.pathname) ?? [];
  return path === undefined || kind === undefined || ref === undefined
    ? undefined
    : { site: url.origin + path, kind, ref, ...clientIn(url) };
}

/** Where the web server rewrites addresses: `goto_CLIENT_crs_72.html`. */
function shortLinkOf({ origin, pathname }: URL): Page | undefined {
  const [, path, client, kind, ref] = /^(.*\/)goto_(.+)_([a-z]+)_(\d+)(?:_[^/]*)?\.html$/.exec(pathname) ?? [];
  return path === undefined || client === undefined || kind === undefined || ref === undefined
    ? undefined
    : { site: origin + path, client, kind, ref };
}

/**
 * `goto.php?target=crs_72` up to ILIAS 9, `login.php?target=…` where it leads whoever is signed out, and the page itself:
 * `ilias.php?…&ref_id=72`.
 */
function queryPageOf(url: URL): Page | undefined {
  const [, path, script] = /^(.*\/)(goto|login|ilias)\.php$/.exec(url.pathname) ?? [];
  if (path === undefined) return undefined;
  const site = { site: url.origin + path, ...clientIn(url) };
  if (script === 'ilias') {
    const ref = url.searchParams.get('ref_id') ?? '';
    return /^\d+$/.test(ref) ? { ...site, ref } : site;
  }
  const [, kind, ref] = /^([a-z]+)_(\d+)(?:_|$)/.exec(url.searchParams.get('target') ?? '') ?? [];
  if (kind !== undefined && ref !== undefined) return { ...site, kind, ref };
  return script === 'login' ? undefined : site;
}

function clientIn(url: URL): Pick<Page, 'client'> {
  const client = url.searchParams.get('client_id') ?? '';
  return isWord(client) ? { client } : {};
}

/** Of an address that is no page: the site, when `ref` says what is meant. */
function siteOf({ origin, pathname }: URL): string {
  return origin + pathname.replace(/\/(index|login)\.php$/, '/').replace(/\/*$/, '/');
}

/** What can be mounted and holds files. */
const CONTAINERS: ReadonlySet<string> = new Set(['crs', 'grp', 'fold', 'cat']);

function refOfPage({ kind, ref }: Page, url: URL): string {
  if (ref !== undefined && (kind === undefined || CONTAINERS.has(kind))) return ref;
  const detail =
    kind === 'file'
      ? 'it is the link of a single file: copy that of the course or folder it is in'
      : 'copy the link of a course, a group or a folder, which ILIAS shows at the bottom of its page';
  throw new F2gitError('address-not-understood', { params: { address: url.origin + url.pathname, detail } });
}

function refNamed({ ref }: Readonly<Record<string, unknown>>): string | undefined {
  if (ref === undefined) return undefined;
  const text = typeof ref === 'number' ? String(ref) : ref;
  if (typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text)) return text;
  throw invalidKey('ref', 'must be the number in the link of the course');
}

function clientNamed({ client }: Readonly<Record<string, unknown>>): string | undefined {
  if (client === undefined || (typeof client === 'string' && isWord(client))) return client;
  throw invalidKey('client', 'must be a word of letters, digits, dots, - and _');
}

function isWord(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(text);
}

function suffixesNamed({ suffixes = [] }: Readonly<Record<string, unknown>>): readonly string[] {
  const isSuffix = (one: unknown): one is string => typeof one === 'string' && /^[A-Za-z0-9]{1,20}$/.test(one);
  if (Array.isArray(suffixes) && suffixes.every(isSuffix)) return suffixes.map((one) => one.toLowerCase());
  throw invalidKey('suffixes', 'must be a list of suffixes without their dots, such as [py, sh]');
}

/** @throws {F2gitError} `config-invalid` for a view that is not offered */
function checkView({ as }: Readonly<Record<string, unknown>>): void {
  if (as === undefined || as === 'student-view') return;
  throw invalidKey('as', 'must be student-view or each-student');
}
