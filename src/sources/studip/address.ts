/** Addresses of Stud.IP courses: the mapping of the configuration, and what people copy from the browser. */
import { together } from '../../core/mistakes.ts';
import { F2gitError } from '../../errors.ts';
import { checkKeys, invalidKey, parseWebAddress, requiredText } from '../mapping.ts';
import type { Recognise } from '../source.ts';

export interface StudipConfig {
  /** Where Stud.IP is installed, ending with `/`. */
  readonly site: string;
  readonly place: StudipPlace;
}

/** What is read: a whole course, one of its folders with all below it, or a single file. Ids are 32 hexadecimal digits. */
export type StudipPlace =
  | { readonly kind: 'course'; readonly course: string }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'file'; readonly file: string };

const KEYS = ['type', 'url', 'course', 'folder', 'as'];

/**
 * Checks `{ type: studip, url, course?, folder?, as? }`. `url` is a page of the course, or where Stud.IP is installed;
 * then `course` or `folder` names what is meant.
 * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`, `credentials-invalid`
 */
export function parseStudipConfig(raw: Readonly<Record<string, unknown>>): StudipConfig {
  const [url, folder, course] = together(
    () => parseWebAddress(requiredText(raw, 'url').replace(/^studip\+/i, '')),
    () => optionalId(raw, 'folder'),
    () => optionalId(raw, 'course'),
    () => checkView(raw['as']),
    () => checkKeys(raw, KEYS),
  );
  const place: StudipPlace | undefined =
    folder !== undefined
      ? { kind: 'folder', folder }
      : course !== undefined
        ? { kind: 'course', course }
        : placeOf(url);
  if (place === undefined) {
    const detail = 'it names no course: open the files of the course in the browser and copy that address';
    throw new F2gitError('address-not-understood', { params: { address: `${url.origin}${url.pathname}`, detail } });
  }
  return { site: siteOf(url), place };
}

/** Names the course, or the part of it, wherever its pages were copied from. */
export function studipIdentity({ site, place }: StudipConfig): string {
  return `studip ${site} ${place.kind} ${idOf(place)}`;
}

/** Titles are known only after asking; the beginning of the id is what an address tells. */
export function studipName({ place }: StudipConfig): string {
  return `studip-${idOf(place).slice(0, 8)}`;
}

/** Knows `studip+https://…` and the pages of courses, folders and files that people copy from the address bar. */
export const recogniseStudip: Recognise = (address) => {
  const text = address.trim();
  if (/^studip\+https?:\/\//i.test(text)) return { type: 'studip', url: text };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return SCRIPT.test(new URL(text).pathname) ? { type: 'studip', url: text } : undefined;
};

/** What every address of Stud.IP has after the path it is installed under. */
const SCRIPT =
  /\/((dispatch|sendfile|seminar_main|plugins)\.php(\/|$)|jsonapi\.php\/v1(\/|$)|download\/(normal|force_download)\/\d+\/[0-9a-f]{32}(\/|$))/i;

const ID = /^[0-9a-f]{32}$/i;

function siteOf(url: URL): string {
  const script = SCRIPT.exec(url.pathname);
  const path = script === null ? url.pathname : url.pathname.slice(0, script.index);
  return url.origin + path.replace(/\/*$/, '/');
}

/** The narrowest thing an address names: a file before its folder, a folder before its course. */
function placeOf(url: URL): StudipPlace | undefined {
  const path = url.pathname;
  const file =
    idIn(path, /\/dispatch\.php\/file\/[a-z_]+\/([^/]+)/) ??
    idIn(path, /\/download\/(?:normal|force_download)\/\d+\/([^/]+)/) ??
    idIn(path, /\/jsonapi\.php\/v1\/file-refs\/([^/]+)/) ??
    (/\/sendfile\.php$/.test(path) ? asId(url.searchParams.get('file_id')) : undefined);
  if (file !== undefined && !/\/dispatch\.php\/file\/[a-z_]*folder/.test(path)) return { kind: 'file', file };
  const folder =
    idIn(path, /\/dispatch\.php\/(?:course\/files|file)\/[a-z_]+\/([^/]+)/) ??
    idIn(path, /\/jsonapi\.php\/v1\/folders\/([^/]+)/);
  if (folder !== undefined) return { kind: 'folder', folder };
  // the files of an institute are not those of a course
  if (/\/dispatch\.php\/institute\//.test(path)) return undefined;
  const course =
    (/\/dispatch\.php\/course\/go$/.test(path) ? asId(url.searchParams.get('to')) : undefined) ??
    ['cid', 'sem_id', 'auswahl', 'course_id'].map((name) => asId(url.searchParams.get(name))).find(isKnown) ??
    idIn(path, /\/dispatch\.php\/course\/(?:details\/index|studygroup\/details)\/([^/]+)/) ??
    idIn(path, /\/jsonapi\.php\/v1\/courses\/([^/]+)/);
  return course === undefined ? undefined : { kind: 'course', course };
}

function idIn(path: string, pattern: RegExp): string | undefined {
  return asId(pattern.exec(path)?.[1] ?? null);
}

function asId(text: string | null): string | undefined {
  return text !== null && ID.test(text) ? text.toLowerCase() : undefined;
}

function isKnown(id: string | undefined): id is string {
  return id !== undefined;
}

function optionalId(raw: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = raw[key];
  if (value === undefined) return undefined;
  const id = typeof value === 'string' ? asId(value.trim()) : undefined;
  if (id === undefined) throw invalidKey(key, 'an id of Stud.IP is 32 digits and letters from a to f');
  return id;
}

function checkView(as: unknown): void {
  if (as === undefined || as === 'student-view') return;
  throw invalidKey('as', 'must be student-view or each-student');
}

function idOf(place: StudipPlace): string {
  switch (place.kind) {
    case 'course':
      return place.course;
    case 'folder':
      return place.folder;
    case 'file':
      return place.file;
  }
}
