/** Addresses of Canvas courses: the mapping of the configuration, and what people copy from the browser. */
import { together } from '../../core/mistakes.ts';
import { checkKeys, courseName, invalidKey, parseWebAddress, requiredText } from '../mapping.ts';
import type { Recognise } from '../source.ts';

export interface CanvasConfig {
  /** Where Canvas is installed, without a slash at the end: `https://canvas.example.edu`. */
  readonly base: string;
  /** The id in the course's address; `123~45` where the course is another institution's. */
  readonly course: string;
  readonly part: CoursePart;
}

/** What of the course is meant. */
export type CoursePart =
  | { readonly kind: 'course' }
  /** Names from the course's root folder on, which is not named itself. */
  | { readonly kind: 'folder'; readonly names: readonly string[] }
  | { readonly kind: 'file'; readonly file: string };

const KEYS = ['type', 'url', 'course', 'folder', 'as'];

/**
 * Checks `{ type: canvas, url, course?, folder?, as? }`. `url` is any page of the course, or where Canvas is installed
 * with `course` beside it; `folder` names one folder, as `Week 1/Labs`.
 * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`, `credentials-invalid`
 */
export function parseCanvasConfig(raw: Readonly<Record<string, unknown>>): CanvasConfig {
  const [url, written, folder] = together(
    () => parseWebAddress(requiredText(raw, 'url').replace(EXPLICIT, '$1')),
    () => courseId(raw['course']),
    () => folderNames(raw['folder']),
    () => checkView(raw['as']),
    () => checkKeys(raw, KEYS),
  );
  const page = pageOf(url);
  const course = written ?? page?.course;
  if (course === undefined) throw invalidKey('course', 'missing; it is the number after /courses/ in the address');
  if (page !== undefined && page.course !== course) throw invalidKey('course', 'another course than the one of "url"');
  const base = page?.base ?? `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  const part: CoursePart =
    folder === undefined ? (page?.part ?? { kind: 'course' }) : { kind: 'folder', names: folder };
  return { base, course, part };
}

/** Names the course by its address; the token that opens it is no part of it. */
export function canvasIdentity({ base, course, part }: CanvasConfig): string {
  switch (part.kind) {
    case 'course':
      return `canvas ${base}/courses/${course}`;
    case 'folder':
      return `canvas ${base}/courses/${course} folder ${JSON.stringify(part.names)}`;
    case 'file':
      return `canvas ${base}/courses/${course} file ${part.file}`;
  }
}

/** The folder's name, or the course's number. */
export function canvasName({ course, part }: CanvasConfig): string {
  const folder = part.kind === 'folder' ? part.names.at(-1) : undefined;
  return courseName(folder ?? `canvas-${course}`);
}

/**
 * Knows `canvas+https://…` and the addresses of a course's pages, of its folders, also in the list of all one's files,
 * and of single files.
 */
export const recogniseCanvas: Recognise = (address) => {
  const text = address.trim();
  if (/^canvas\+https?:\/\//i.test(text)) return { type: 'canvas', url: text };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const page = pageOf(url);
  if (page === undefined) return undefined;
  // Below another path, and for other systems too, `courses/17` alone would be too little to know Canvas by.
  const isSure = page.base === url.origin || PAGES.test(url.pathname);
  return isSure ? { type: 'canvas', url: withoutSecrets(url) } : undefined;
};

const EXPLICIT = /^canvas\+(https?:)/i;

const PAGES =
  /\/(courses\/\d+(?:~\d+)?\/(files|modules|assignments|pages|wiki|discussion_topics)|files\/folder\/courses_\d+)(\/|$)/;

interface Page {
  readonly base: string;
  readonly course: string;
  readonly part: CoursePart;
}

function pageOf({ origin, pathname }: URL): Page | undefined {
  const all = /^(.*)\/files\/folder\/courses_(\d+(?:~\d+)?)(?:\/(.*))?$/.exec(pathname);
  if (all?.[2] !== undefined) return { base: origin + (all[1] ?? ''), course: all[2], part: folderPart(all[3] ?? '') };
  const page = /^(.*?)(?:\/api\/v1)?\/courses\/(\d+(?:~\d+)?)(?:\/(.*))?$/.exec(pathname);
  if (page?.[2] === undefined) return undefined;
  return { base: origin + (page[1] ?? ''), course: page[2], part: partOf(page[3] ?? '') };
}

function partOf(rest: string): CoursePart {
  const folder = /^files\/folder(?:\/(.*))?$/.exec(rest);
  if (folder !== null) return folderPart(folder[1] ?? '');
  const file = /^(?:files|modules\/items\/\d+\/files)\/(\d+(?:~\d+)?)(?:\/(?:download|preview|file_preview))?\/?$/.exec(
    rest,
  );
  return file?.[1] === undefined ? { kind: 'course' } : { kind: 'file', file: file[1] };
}

function folderPart(path: string): CoursePart {
  const names = path
    .split('/')
    .filter((name) => name !== '')
    .map(decoded);
  return names.length === 0 ? { kind: 'course' } : { kind: 'folder', names };
}

/** Browsers escape what they show; an address typed by hand may hold a bare `%`, or bytes that are no UTF-8. */
function decoded(name: string): string {
  return name.replace(/(%[0-9a-f]{2})+/gi, (escaped) => {
    const bytes = Buffer.from(escaped.replaceAll('%', ''), 'hex');
    const text = bytes.toString();
    return text.includes('\ufffd') ? escaped : text;
  });
}

/** Links to files carry a `verifier` that opens them for everybody. */
function withoutSecrets({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function courseId(raw: unknown): string | undefined {
  if (raw === undefined) return undefined;
  const text = typeof raw === 'number' ? String(raw) : raw;
  if (typeof text === 'string' && /^\d+(~\d+)?$/.test(text.trim())) return text.trim();
  throw invalidKey('course', 'must be the number after /courses/ in the address');
}

function folderNames(raw: unknown): readonly string[] | undefined {
  if (raw === undefined) return undefined;
  const names = typeof raw === 'string' ? raw.split('/').filter((name) => name !== '') : [];
  if (names.length === 0) throw invalidKey('folder', 'must name a folder of the course, as in Week 1/Labs');
  return names;
}

function checkView(raw: unknown): void {
  if (raw === undefined || raw === 'student-view') return;
  throw invalidKey('as', 'must be student-view or each-student');
}
