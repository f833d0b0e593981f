/**
 * `auth: links`: people are who their personal link says they are. The first click with one begins a session of this
 * browser, in a cookie only we can read, and leads to the same page without it. Programs show what is in the link as a
 * bearer token.
 */
import type { IncomingMessage } from 'node:http';
import type { CourseId } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import { accountOf, type AccountRule } from '../hub/account.ts';
import { cookieName, cookieValue, setCookie, type CookiePlace } from '../hub/cookies.ts';
import { roleIn, type Membership, type Role } from '../hub/roles.ts';
import { createSeal, type Seal } from '../hub/sealed.ts';
import { SESSION_COOKIE } from '../hub/sign-in.ts';
import { refuseScripts } from './forgery.ts';
import { ownPage } from './own-page.ts';
import { createPasses, PASS_PARAMETER, type LinkGenerations, type Pass, type Passes } from './personal-links.ts';
import type { Identity, Person, Step } from './ports.ts';

export interface LinksIdentityOptions {
  readonly accounts: AccountRule;
  /** Begins and ends with `/`. */
  readonly prefix: string;
  readonly publicUrl: string | undefined;
  readonly courses: ReadonlyMap<CourseId, Membership>;
  /** As `linksKey` gives it. */
  readonly key: Buffer;
  /** Absent where only who somebody is is asked, and what that is worth is asked elsewhere. */
  readonly generationOf?: LinkGenerations;
  readonly now: () => Date;
}

/** Seconds: so long after the last click with it, the course's ordinary links are good in the same browser, too. */
const SESSION_SECONDS = 30 * 86_400;
/** Of one person in one browser; all of them must fit into a cookie. */
const MOST_COURSES = 20;

export function identityLinks(options: LinksIdentityOptions): Identity {
  const { courses, key, now, publicUrl, prefix, accounts } = options;
  const place = { path: prefix, isSecure: publicUrl?.startsWith('https:') === true };
  const desk = { place, passes: createPasses(key, now), seal: createSeal(key, 'session', now) };
  const roleOf = (person: Person, course: CourseId): Role | undefined => {
    const membership = courses.get(course);
    return membership !== undefined && isLet(person, course, options) ? roleIn(person, membership) : undefined;
  };
  const identify = (request: IncomingMessage): Person => {
    const person = personOf(request, desk);
    if (person === undefined) throw new F2gitError('login-needed');
    accountOf(person.name, accounts);
    return renewed(person, options);
  };
  const watches = (person: Person): boolean => [...courses.keys()].some((course) => roleOf(person, course) === 'staff');
  return {
    kind: 'links',
    identify: (request) => Promise.resolve().then(() => identify(request)),
    enter: (request) => enter(request, desk, options),
    mayTake: (person, course) => roleOf(person, course) !== undefined,
    mayTeach: (person, course) => roleOf(person, course) === 'staff',
    watches,
    mayWatch: (request) => Promise.resolve().then(() => watches(identify(request))),
    addressOf: () => ({}),
    renew: (person) => Promise.resolve().then(() => renewed(person, options)),
    signOut: () => ({ cookies: [setCookie(cookieName(SESSION_COOKIE, place), '', place, 0)] }),
  };
}

interface Desk {
  readonly place: CookiePlace;
  readonly passes: Passes;
  readonly seal: Seal;
}

/** Undefined when nothing in the request says who it is. */
function personOf(request: IncomingMessage, desk: Desk): Person | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) return personOfSession(request, desk);
  const [, text = ''] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  const pass = desk.passes.read(text);
  return pass && personWith(pass.name, new Map([[pass.course, pass.generation]]));
}

function personOfSession(request: IncomingMessage, { place, seal }: Desk): Person | undefined {
  const { name, passes } = seal.open(cookieValue(request, cookieName(SESSION_COOKIE, place)) ?? '') ?? {};
  if (name === undefined || passes === undefined) return undefined;
  return personWith(name, new Map(JSON.parse(passes) as [CourseId, string][]));
}

function personWith(name: string, passes: ReadonlyMap<CourseId, string>): Person {
  return { name, groups: [], passes: [...passes] };
}

/**
 * Where a browser with a personal link goes next; undefined for any other address.
 * @throws {F2gitError} `link-refused` for one that is not good, `link-of-other` where somebody else is signed in:
 * nobody is made to work in another person's name unseen; `request-refused` for what is no click
 */
function enter(request: IncomingMessage, desk: Desk, { prefix, now, generationOf }: LinksIdentityOptions) {
  const address = pageWithPass(request);
  if (address === undefined) return undefined;
  refuseScripts(request);
  const pass = desk.passes.read(address.searchParams.get(PASS_PARAMETER) ?? '');
  if (pass === undefined || !isCurrent(pass, generationOf)) throw new F2gitError('link-refused');
  const before = personOfSession(request, desk);
  if (before !== undefined && before.name !== pass.name)
    throw new F2gitError('link-of-other', { params: { name: before.name } });
  address.searchParams.delete(PASS_PARAMETER);
  const page = ownPage(`${address.pathname}${address.search}`, prefix) ?? prefix;
  return session(pass, before?.passes ?? [], page, desk, now());
}

function pageWithPass({ method, url = '' }: IncomingMessage): URL | undefined {
  const base = 'http://self.invalid';
  if ((method !== 'GET' && method !== 'HEAD') || !url.startsWith('/') || !URL.canParse(url, base)) return undefined;
  const address = new URL(url, base);
  return address.searchParams.has(PASS_PARAMETER) ? address : undefined;
}

function isCurrent({ course, name, generation }: Pass, generationOf: LinkGenerations | undefined): boolean {
  return generationOf === undefined || generationOf(course, name) === generation;
}

/** The link's own course last, so that it is among those that stay. */
function session(
  { name, course, generation, until }: Pass,
  before: readonly (readonly [CourseId, string])[],
  page: string,
  { place, seal }: Desk,
  now: Date,
): Step {
  const others = before.filter(([other]) => other !== course);
  const passes = [...others, [course, generation]].slice(-MOST_COURSES);
  const seconds = Math.min(SESSION_SECONDS, Math.ceil((until - now.getTime()) / 1000));
  const sealed = seal.close({ name, passes: JSON.stringify(passes) }, seconds);
  return { address: page, cookies: [setCookie(cookieName(SESSION_COOKIE, place), sealed, place, seconds)] };
}

/** Whether this person has shown a link to the course that still counts, or a token of their own for reading it. */
function isLet({ name, passes, readsOnly }: Person, course: CourseId, { generationOf }: LinksIdentityOptions): boolean {
  if (readsOnly !== undefined) return readsOnly === course;
  const generation = passes?.find(([of]) => of === course)?.[1];
  return generation !== undefined && generation === generationOf?.(course, name);
}

/** @throws {F2gitError} `link-refused` for somebody whose links were all ended since */
function renewed(person: Person, options: LinksIdentityOptions): Person {
  const { passes } = person;
  if (
    options.generationOf === undefined ||
    passes === undefined ||
    passes.some(([course]) => isLet(person, course, options))
  )
    return person;
  throw new F2gitError('link-refused');
}
