/** Addresses of Moodle courses: the mapping of the configuration, and what a lecturer copies from the browser. */
import { together } from '../../core/mistakes.ts';
import { F2gitError } from '../../errors.ts';
import { checkKeys, courseName, invalidKey, parseWebAddress, requiredText } from '../mapping.ts';
import type { Recognise } from '../source.ts';

export interface MoodleConfig {
  /** Where Moodle is installed, ending with `/`. */
  readonly site: string;
  /** The number in the course's address; absent where an activity stands for its course. */
  readonly course?: string;
  /** The number in an activity's address: only what is in it counts. */
  readonly activity?: string;
  /** The language names are asked for in: Moodle names sections nobody named, in whatever language it believes in. */
  readonly language: string;
  /** The short name of the web service a password gets its token for. */
  readonly service: string;
  /** Staff say that no section is restricted. */
  readonly hasOpenSections?: true;
}

const KEYS = ['type', 'url', 'course', 'language', 'service', 'restricted_sections', 'as'];

/** English is the one language every Moodle has. */
const LANGUAGE = 'en';

/** The service of Moodle's own app: the only one a site offers without an administrator having made one. */
const SERVICE = 'moodle_mobile_app';

/**
 * Checks `{ type: moodle, url, course, language, service, restricted_sections, as }`. `url` is the address of a course or
 * of an activity, or that of the site when `course` is given.
 * @throws {F2gitError} `config-invalid` naming the key, `address-not-understood`, `credentials-invalid`
 */
export function parseMoodleConfig(raw: Readonly<Record<string, unknown>>): MoodleConfig {
  const [url, named, language, service = SERVICE, hasOpenSections] = together(
    () => pageNamed(raw),
    () => courseNamed(raw),
    () => optionalWord(raw, 'language'),
    () => optionalWord(raw, 'service'),
    () => saysNoneRestricted(raw),
    () => checkView(raw),
    () => checkKeys(raw, KEYS),
  );
  const activity = ACTIVITY.test(url.pathname) ? numberIn(url) : undefined;
  const course = named ?? (COURSE.test(url.pathname) ? numberIn(url) : undefined);
  if (course === undefined && activity === undefined) throw noCourse(url);
  return {
    site: siteOf(url),
    ...(course === undefined ? {} : { course }),
    ...(activity === undefined ? {} : { activity }),
    language: language ?? languageOf(url) ?? LANGUAGE,
    service,
    ...(hasOpenSections ? { hasOpenSections } : {}),
  };
}

function saysNoneRestricted({ restricted_sections: said }: Readonly<Record<string, unknown>>): boolean {
  if (said === undefined || said === 'none') return said === 'none';
  throw invalidKey('restricted_sections', 'must be none, where no section of the course is restricted');
}

function pageNamed(raw: Readonly<Record<string, unknown>>): URL {
  const url = parseWebAddress(withoutScheme(requiredText(raw, 'url')));
  refuseKeys(url);
  return url;
}

/** Names the course or activity; the language of its section names does not make it another one. */
export function moodleIdentity({ site, course, activity }: MoodleConfig): string {
  return activity === undefined ? `moodle ${site} ${course ?? ''}` : `moodle ${site} activity ${activity}`;
}

export function moodleName({ course, activity }: MoodleConfig): string {
  return courseName(activity === undefined ? `moodle-course-${course ?? ''}` : `moodle-activity-${activity}`);
}

/** Knows `moodle+https://…` and the pages of a course. */
export const recogniseMoodle: Recognise = (address) => {
  const text = address.trim();
  if (/^moodle\+https?:\/\//i.test(text)) return { type: 'moodle', url: text };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return PAGE.test(new URL(text).pathname) ? { type: 'moodle', url: text } : undefined;
};

/**
 * Pages of Moodle: a course, one of its sections, an activity, a file, one's own courses. Sections and files do not say
 * which course they belong to; they are recognised so that people are told what to copy instead.
 */
const PAGE =
  /\/(?:course\/(?:view|section|resources|info|edit)\.php|enrol\/index\.php|my\/(?:index|courses)\.php|mod\/[a-z0-9]+\/view\.php|(?:webservice\/|token)?pluginfile\.php(?:\/.*)?)$/;

/** Those whose `id` is that of a course. */
const COURSE = /\/(?:course\/(?:view|resources|info|edit)|enrol\/index)\.php$/;

const ACTIVITY = /\/mod\/[a-z0-9]+\/view\.php$/;

function withoutScheme(text: string): string {
  return text.replace(/^moodle\+(https?:)/i, '$1');
}

/** Everything before Moodle's own path: sites live under sub-paths, too. */
function siteOf(url: URL): string {
  const path = url.pathname.replace(PAGE, '/').replace(/\/(index\.php)?$/, '');
  return `${url.origin}${path}/`;
}

function courseNamed({ course: written }: Readonly<Record<string, unknown>>): string | undefined {
  if (written === undefined) return undefined;
  const text = typeof written === 'number' ? String(written) : written;
  if (typeof text === 'string' && isNumber(text)) return text;
  throw invalidKey('course', 'must be the number after id= in the address of the course');
}

function numberIn(url: URL): string | undefined {
  const id = url.searchParams.get('id') ?? '';
  return isNumber(id) ? id : undefined;
}

function isNumber(text: string): boolean {
  return /^[1-9]\d{0,15}$/.test(text);
}

function noCourse(url: URL): F2gitError {
  const detail = 'copy the address of the course itself: it ends in /course/view.php?id= and a number';
  return new F2gitError('address-not-understood', { params: { address: `${url.origin}${shownPath(url)}`, detail } });
}

/** A file's address may hold a key; only its script is shown. */
function shownPath({ pathname }: URL): string {
  return /pluginfile\.php/.test(pathname) ? '/…' : pathname;
}

/** A personal key in a file's address opens all of a person's files, and past what an administrator allowed. */
function refuseKeys(url: URL): void {
  const hasKey = url.pathname.includes('/tokenpluginfile.php') || url.searchParams.has('token');
  if (!hasKey) return;
  const detail = 'it holds a personal key; use the address of the course, and a token of a web service';
  throw new F2gitError('credentials-invalid', { params: { address: url.host, detail } });
}

/** A page shows its language in the address after somebody chose one. */
function languageOf(url: URL): string | undefined {
  const language = url.searchParams.get('lang') ?? '';
  return isWord(language) ? language : undefined;
}

function optionalWord(raw: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = raw[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && isWord(value)) return value;
  throw invalidKey(key, 'must be a word of letters, digits and _');
}

function isWord(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(text);
}

/** @throws {F2gitError} `config-invalid` for a view that is not offered */
function checkView({ as }: Readonly<Record<string, unknown>>): void {
  if (as === undefined || as === 'student-view') return;
  throw invalidKey('as', 'must be student-view or each-student');
}
