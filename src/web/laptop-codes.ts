/**
 * The same files on a computer of one's own, without typing a password into a terminal: a page shows a short code, once
 * and for minutes; `f2git pull` asks for it and gets a token for reading this one course as this one person. The token is
 * sealed for us: nothing is kept of it here but how often the course's tokens were revoked.
 */
import { createHmac, randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseCourseId, type CourseId } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import { createSeal } from '../hub/sealed.ts';
import type { Capabilities } from './capabilities.ts';
import type { Identity, Person } from './ports.ts';

export interface LaptopCodes {
  /** A code for this person and course, good once. The one before is not good any more. */
  issue(person: Person, course: CourseId): string;
  /** The token a code is good for; undefined when it is none. @throws {F2gitError} `server-busy` while many are guessed */
  redeem(course: CourseId, code: string): string | undefined;
  /** Whose token a request shows; undefined without one of ours. @throws {F2gitError} `login-needed` for one that ended */
  personOf(request: IncomingMessage): Person | undefined;
}

/** Minutes a code is good for. */
export const CODE_MINUTES = 10;
/** Days a token is good for. */
export const TOKEN_DAYS = 30;

/** No letter or digit that is taken for another one; 8 of these 30 are 39 bits. */
const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';
const LENGTH = 8;
/** Tells our tokens from a hub's. */
const PREFIX = 'f2git.';
/** Wrong codes that may be tried in a minute, by all together: half a code would be found in 10,000 years. */
const MOST_WRONG = 60;
/** People who are between page and terminal at once. */
const MOST_CODES = 10_000;

interface Issued {
  readonly person: Person;
  readonly course: CourseId;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** `key` is the data folder's. */
export function createLaptopCodes(key: Buffer, capabilities: Capabilities, now: () => Date): LaptopCodes {
  const seal = createSeal(key, 'laptop', now);
  const issued = new Map<string, Issued>();
  const wrong: number[] = [];
  const named = (code: string): string => createHmac('sha256', key).update(plain(code)).digest('base64');
  return {
    issue: (person, course) => {
      for (const [name, { person: other, course: of, until }] of issued) {
        const isReplaced = other.name === person.name && of === course;
        if (isReplaced || until < now().getTime() || issued.size >= MOST_CODES) issued.delete(name);
      }
      const code = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
      issued.set(named(code), { person, course, until: now().getTime() + CODE_MINUTES * 60_000 });
      return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
    },
    redeem: (course, code) => {
      const at = now().getTime();
      while (wrong[0] !== undefined && wrong[0] < at - 60_000) wrong.shift();
      if (wrong.length >= MOST_WRONG) throw new F2gitError('server-busy');
      const name = named(code);
      const found = issued.get(name);
      if (found === undefined || found.course !== course || found.until < at) {
        wrong.push(at);
        return undefined;
      }
      issued.delete(name);
      const { name: user, groups } = found.person;
      const value = { user, groups: JSON.stringify(groups), course, generation: capabilities.generationOf(course) };
      return `${PREFIX}${seal.close(value, TOKEN_DAYS * 86_400)}`;
    },
    personOf: ({ headers: { authorization } }) => {
      const token = /^bearer +f2git\.([A-Za-z0-9_-]{1,4000})$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) return undefined;
      const { user, groups = '[]', course: name = '', generation } = seal.open(token) ?? {};
      const course = parseCourseId(name);
      const isGood = course !== undefined && generation === capabilities.generationOf(course);
      if (user === undefined || !isGood) throw new F2gitError('login-needed');
      return { name: user, groups: JSON.parse(groups) as readonly string[], readsOnly: course };
    },
  };
}

/** `identity`, which knows the tokens of laptops too. Such a person may read one course, and nothing else. */
export function withLaptops(identity: Identity, codes: LaptopCodes): Identity {
  return {
    ...identity,
    identify: async (request, query) => codes.personOf(request) ?? (await identity.identify(request, query)),
    mayTake: (person, course) => (person.readsOnly ?? course) === course && identity.mayTake(person, course),
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
