/**
 * The same files on a computer of one's own, without typing a password into a terminal: a page shows a short code, once
 * and for minutes; `f2git pull` asks for it and gets a token for reading this one course as this one person. The token is
 * sealed for us: nothing is kept of it here but how often the course's tokens were revoked, and how often their owner
 * signed out.
 */
import { createHmac, randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import { createSeal } from '../hub/sealed.ts';
import type { Capabilities } from './capabilities.ts';
import type { LaptopBook } from './laptop-book.ts';
import type { Identity, Person } from './ports.ts';

export interface LaptopCodes {
  /** A code for this person and course, good once. The one before is not good any more. */
  issue(person: Person, course: CourseId): string;
  /** The token a code is good for; undefined when it is none. */
  redeem(course: CourseId, code: string): string | undefined;
  /** Whose token a request shows; undefined without one of ours. @throws {F2gitError} `login-needed` for one that ended */
  personOf(request: IncomingMessage): Person | undefined;
  /** Makes every code and token of this person worthless, for all courses. */
  signOut(person: Person): void;
}

/** Minutes a code is good for. */
export const CODE_MINUTES = 10;
/** Days a token is good for. */
export const TOKEN_DAYS = 30;

/** No letter or digit that is taken for another one. */
const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';
/**
 * Groups of so many letters. Twelve of 30 are 58 bits: whoever tries 1,000 codes a second while 100 are waiting finds one
 * in 150,000 years, so that wrong ones need not be counted, and nobody can shut out others by them.
 */
const GROUPS = 3;
const GROUP_LENGTH = 4;
/** Tells our tokens from a hub's. */
const PREFIX = 'f2git.';
/** People who are between page and terminal at once. */
const MOST_CODES = 10_000;

interface Issued {
  readonly person: Person;
  readonly course: CourseId;
  /** How often the person had signed out by then. */
  readonly signedOut: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface LaptopCodesOptions {
  /** The data folder's. */
  readonly key: Buffer;
  readonly capabilities: Pick<Capabilities, 'generationOf'>;
  readonly book: LaptopBook;
  /** Those of a person's groups on which it depends what they have of a course; of others there may be any number. */
  readonly groupsIn: (course: CourseId, person: Person) => readonly string[];
  readonly now: () => Date;
}

export function createLaptopCodes({ key, capabilities, book, groupsIn, now }: LaptopCodesOptions): LaptopCodes {
  const seal = createSeal(key, 'laptop', now);
  const issued = new Map<string, Issued>();
  const named = (code: string): string => createHmac('sha256', key).update(plain(code)).digest('base64');
  return {
    issue: (person, course) => {
      for (const [name, { person: other, course: of, until }] of issued) {
        const isReplaced = other.name === person.name && of === course;
        if (isReplaced || until < now().getTime() || issued.size >= MOST_CODES) issued.delete(name);
      }
      const code = newCode();
      const signedOut = book.timesSignedOut(person.name);
      issued.set(named(code), { person, course, signedOut, until: now().getTime() + CODE_MINUTES * 60_000 });
      return code;
    },
    redeem: (course, code) => {
      const name = named(code);
      const found = issued.get(name);
      if (found === undefined || found.course !== course || found.until < now().getTime()) return undefined;
      issued.delete(name);
      const { name: user } = found.person;
      const groups = groupsIn(course, found.person);
      const generation = capabilities.generationOf(course);
      const signedOut = book.timesSignedOut(user);
      if (signedOut !== found.signedOut) return undefined;
      const value = { user, groups: JSON.stringify(groups), course, generation, signedOut: String(signedOut) };
      return `${PREFIX}${seal.close(value, TOKEN_DAYS * 86_400)}`;
    },
    personOf: ({ headers: { authorization } }) => {
      const token = /^bearer +f2git\.([A-Za-z0-9_-]{1,4000})$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) return undefined;
      // tokens of former versions say nothing of signing out: nobody could then
      const { user, groups = '[]', course: name = '', generation, signedOut = '0' } = seal.open(token) ?? {};
      const course = parseCourseId(name);
      if (user === undefined || course === undefined) throw new F2gitError('login-needed');
      const isGood =
        generation === capabilities.generationOf(course) && signedOut === String(book.timesSignedOut(user));
      if (!isGood) throw new F2gitError('login-needed');
      return { name: user, groups: JSON.parse(groups) as readonly string[], readsOnly: course };
    },
    signOut: ({ name }) => book.signOut(name),
  };
}

function newCode(): string {
  const group = (): string => Array.from({ length: GROUP_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

/** `identity`, which knows the tokens of laptops too. Such a person may read one course, and nothing else. */
export function withLaptops(identity: Identity, codes: LaptopCodes): Identity {
  return {
    ...identity,
    identify: async (request, query) => {
      const owner = codes.personOf(request);
      if (owner === undefined) return identity.identify(request, query);
      return (await identity.renew?.(owner)) ?? owner;
    },
    mayTake: (person, course) => (person.readsOnly ?? course) === course && identity.mayTake(person, course),
    mayTeach: (person, course) => person.readsOnly === undefined && identity.mayTeach(person, course),
  };
}

/** Whether a request shows what looks like a token of ours, whatever it is worth. */
export function showsLaptopToken({ headers: { authorization } }: IncomingMessage): boolean {
  return /^bearer +f2git\./i.test(authorization ?? '');
}

/** As people type it. */
function plain(code: string): string {
  return code.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
