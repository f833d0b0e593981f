/**
 * Signing a browser in through the hub, and out: authorization code with one-time state and PKCE (RFC 6749, 4.1; RFC 7636).
 * What a login needs until it comes back stays in the browser that began it, sealed: nobody can fill our memory with
 * logins that never end, and nobody can bring one back that another browser began.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HubConfig } from '../config/hub.ts';
import { F2gitError } from '../errors.ts';
import type { SignedOut, SignIn, Step } from '../web/ports.ts';
import {
  bindingOf,
  cookieName,
  cookieNames,
  cookieValue,
  hubSessions,
  setCookie,
  type CookiePlace,
} from './cookies.ts';
import type { HubApi, HubUser } from './hub-api.ts';
import { ownPage } from '../web/own-page.ts';
import type { Seal } from './sealed.ts';
import type { Sessions } from './sessions.ts';

export interface SignInParts {
  readonly hub: HubConfig;
  readonly api: HubApi;
  readonly sessions: Sessions;
  readonly seal: Seal;
  readonly place: CookiePlace;
  readonly now: () => Date;
  /** @throws {F2gitError} when this person may not use f2git */
  admit(user: HubUser): void;
}

export const SESSION_COOKIE = 'f2git-session';
const LOGIN_COOKIE = 'f2git-login-';
/** Seconds for typing a password, with a second factor. */
const LOGIN_SECONDS = 600;
/** Logins one browser may have begun: tabs that were opened together. */
const MOST_LOGINS = 4;
/** Logins that came back and can do so no second time; the hub's codes are used up as well. */
const MOST_USED = 20_000;

export function createSignIn(parts: SignInParts): SignIn {
  const { place } = parts;
  const used = new Map<string, number>();
  const session = cookieName(SESSION_COOKIE, place);
  return {
    begin: (request, page) => begin(request, page, parts),
    async finish(request, query) {
      const login = begunLogin(request, query, parts);
      useUp(login.state, used, parts.now().getTime());
      const code = codeIn(query);
      const token = await parts.api.tokenFor(code, login.verifier);
      const user = await parts.api.userOf(token);
      if (user === undefined) throw failed('the hub does not know its own token');
      checkSameBrowser(request, user);
      parts.admit(user);
      // never the id the browser came with: somebody else may know it
      const old = cookieValue(request, session);
      if (old !== undefined) parts.sessions.end(old);
      const id = parts.sessions.open({ token, name: user.name, binding: bindingOf(request) });
      return {
        address: login.page,
        cookies: [setCookie(session, id, place), setCookie(login.cookie, '', place, 0)],
      };
    },
  };
}

/** Ends the session of a browser here; at the hub it goes on. */
export function signOut(
  request: IncomingMessage,
  { hub, sessions, place }: Pick<SignInParts, 'hub' | 'sessions' | 'place'>,
): SignedOut {
  const session = cookieName(SESSION_COOKIE, place);
  const id = cookieValue(request, session);
  if (id !== undefined) sessions.end(id);
  return { elsewhere: `${hub.address}logout`, cookies: [setCookie(session, '', place, 0)] };
}

function begin(request: IncomingMessage, page: string, { hub, seal, place }: SignInParts): Step {
  const state = randomBytes(24).toString('base64url');
  const verifier = randomBytes(48).toString('base64url');
  const query = new URLSearchParams({
    client_id: hub.clientId,
    redirect_uri: hub.redirectUri,
    response_type: 'code',
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const sealed = seal.close({ state, verifier, page: ownPage(page, place.path) ?? place.path }, LOGIN_SECONDS);
  const abandoned = cookieNames(request, cookieName(LOGIN_COOKIE, place)).slice(0, -(MOST_LOGINS - 1));
  return {
    address: `${hub.address}api/oauth2/authorize?${query.toString()}`,
    cookies: [
      setCookie(loginCookie(state, place), sealed, place, LOGIN_SECONDS),
      ...abandoned.map((name) => setCookie(name, '', place, 0)),
    ],
  };
}

/** One for each login that is on its way, so that two tabs can both come back. */
function loginCookie(state: string, place: CookiePlace): string {
  return cookieName(`${LOGIN_COOKIE}${createHash('sha256').update(state).digest('hex').slice(0, 8)}`, place);
}

interface BegunLogin {
  readonly state: string;
  readonly verifier: string;
  readonly page: string;
  readonly cookie: string;
}

/** The login that this browser began and that comes back now. @throws {F2gitError} `login-failed`, `request-refused` */
function begunLogin(request: IncomingMessage, query: URLSearchParams, { seal, place }: SignInParts): BegunLogin {
  const given = query.get('state') ?? '';
  const cookie = loginCookie(given, place);
  const { state, verifier, page } = seal.open(cookieValue(request, cookie) ?? '') ?? {};
  if (state === undefined || verifier === undefined || page === undefined || !isSame(given, state)) {
    throw failed('this browser began no such login, or too long ago');
  }
  return { state, verifier, page, cookie };
}

function isSame(given: string, expected: string): boolean {
  // the digests of secrets may be compared in any time
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest('base64url'));
  return one === other;
}

/** @throws {F2gitError} `login-failed` for a state that came back before */
function useUp(state: string, used: Map<string, number>, now: number): void {
  for (const [old, until] of used) {
    if (until > now && used.size < MOST_USED) break;
    used.delete(old);
  }
  const key = createHash('sha256').update(state).digest('base64url');
  if (used.has(key)) throw failed('this login was used already');
  used.set(key, now + LOGIN_SECONDS * 1000);
}

function codeIn(query: URLSearchParams): string {
  const code = query.get('code') ?? '';
  if (query.has('error') || code === '') throw failed('the hub or its user said no');
  if (code.length > 1000) throw failed('the hub does not accept its code');
  return code;
}

/**
 * Whoever signs in is whoever is at the hub in this browser. Otherwise somebody could have us believe a login of their
 * own that they planted here. A hub on another host shows us no session to compare with.
 */
function checkSameBrowser(request: IncomingMessage, { session }: HubUser): void {
  const here = hubSessions(request);
  // a second one was planted by a page that may set cookies here
  if (session !== undefined && here.some((one) => one !== session)) {
    throw failed('somebody else is signed in at the hub');
  }
}

function failed(detail: string): F2gitError {
  return new F2gitError('login-failed', { params: { detail } });
}
