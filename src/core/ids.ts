/**
 * The identifiers of f2git. Each is a branded string that one function here makes, so that a path cannot be passed
 * where an object id is meant.
 */
import { F2gitError } from '../errors.ts';

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** A git object id: 40 lower-case hexadecimal digits (SHA-1). */
export type Oid = Brand<'Oid'>;

/** What names one course file for as long as it lives: the source's own id, or one the snapshot assigned. */
export type EntryId = Brand<'EntryId'>;

/** One click's sync. Sorts by start time, to the millisecond: `20261102T080000Z-1a2b3c4d`. */
export type RunId = Brand<'RunId'>;

/** The name of a course in links, URLs and folders: a letter or digit, then letters, digits, `.`, `_`, `-`; at most 80. */
export type CourseId = Brand<'CourseId'>;

/** Gives the object id in `text`, or undefined when it is none. */
export function parseOid(text: string): Oid | undefined {
  return /^[0-9a-f]{40}$/.test(text) ? (text as Oid) : undefined;
}

/** @throws {F2gitError} `bug` when `text` is no object id. */
export function oid(text: string): Oid {
  const parsed = parseOid(text);
  if (parsed === undefined) throw new F2gitError('bug', { params: { detail: `not an object id: "${text}"` } });
  return parsed;
}

/** @throws {F2gitError} `bug` when `text` is empty or longer than 4,096 characters. */
export function entryId(text: string): EntryId {
  if (text === '' || text.length > 4096) throw new F2gitError('bug', { params: { detail: 'entry id of bad length' } });
  return text as EntryId;
}

/** Gives the run id in `text`, or undefined when it is none. */
export function parseRunId(text: string): RunId | undefined {
  return /^\d{8}T\d{6}Z-[0-9a-f]{8}$/.test(text) ? (text as RunId) : undefined;
}

/** A new run id: the second, the millisecond in three hexadecimal digits, and the last five of the 8 in `random`. */
export function newRunId(now: Date, random: string): RunId {
  const second = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  const millisecond = now.getUTCMilliseconds().toString(16).padStart(3, '0');
  return `${second}-${millisecond}${random.slice(3)}` as RunId;
}

/** Gives the course id in `text`, or undefined when it is none. Names that git or a URL would misread are none. */
export function parseCourseId(text: string): CourseId | undefined {
  const isName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text);
  const isMisleading = text.includes('..') || /\.(git|zip|lock)$/i.test(text);
  return isName && !isMisleading ? (text as CourseId) : undefined;
}
