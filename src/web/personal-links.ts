/**
 * Personal links (`auth: links`): addresses that say who opens them, for places where nobody else can say so. Whoever has
 * one is that person in that one course. It ends by itself, and before that with all others of the course or of the person.
 * Nothing is kept of it: it follows from the data folder's key.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { parseCourseId, type CourseId } from '../core/ids.ts';
import type { Capabilities } from './capabilities.ts';
import type { LaptopBook } from './laptop-book.ts';

/** What a personal link says. */
export interface Pass {
  readonly name: string;
  readonly course: CourseId;
  /** Which of the links to this course for this person it is one of, as `LinkGenerations` counts them. */
  readonly generation: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** What links of a person to a course must say to be good now. Revoking by another process counts at once. */
export type LinkGenerations = (course: CourseId, name: string) => string;

export interface Passes {
  /** The text for an address. */
  textOf(pass: Pass): string;
  /** What `text` says; undefined when it is not ours letter for letter, or its time is over. */
  read(text: string): Pass | undefined;
}

/** The parameter of an address that holds the pass. */
export const PASS_PARAMETER = 'pass';

const VERSION = 1;
/** No name, course and number make a longer one. */
const LONGEST = 1000;

/** The key of all personal links of a data folder with `dataKey`. Whoever has it learns nothing of the other. */
export function linksKey(dataKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', dataKey, '', 'f2git personal links', 32));
}

/** `book` counts how often all links of a person were ended. */
export function openLinkGenerations(
  capabilities: Pick<Capabilities, 'generationOf'>,
  book: Pick<LaptopBook, 'timesSignedOut'>,
): LinkGenerations {
  return (course, name) => `${capabilities.generationOf(course)}.${book.timesSignedOut(name)}`;
}

/** `key` as `linksKey` gives it. */
export function createPasses(key: Buffer, now: () => Date): Passes {
  const signed = (body: string): string =>
    `${body}.${createHmac('sha256', key).update(`pass\0${body}`).digest('base64url')}`;
  return {
    textOf({ name, course, generation, until }) {
      return signed(Buffer.from(JSON.stringify([VERSION, name, course, generation, until])).toString('base64url'));
    },
    read(text) {
      const [body = ''] = text.split('.', 1);
      // the whole text is compared: base64 has several spellings of the same bytes
      if (text.length > LONGEST || !isEqual(key, text, signed(body))) return undefined;
      return passIn(body, now().getTime());
    },
  };
}

/** `body` is ours, perhaps of another version. */
function passIn(body: string, now: number): Pass | undefined {
  const [version, name, id, generation, until] = JSON.parse(Buffer.from(body, 'base64url').toString()) as unknown[];
  if (version !== VERSION || typeof name !== 'string' || typeof id !== 'string') return undefined;
  if (typeof generation !== 'string' || typeof until !== 'number' || until <= now) return undefined;
  const course = parseCourseId(id);
  return course === undefined ? undefined : { name, course, generation, until };
}

/** Digests, because the comparison wants equal lengths. */
function isEqual(key: Buffer, given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
