/**
 * `auth: jupyterhub`: people are who the hub says they are. Browsers have a session of ours that stands and falls with
 * their login at the hub; programs show a token of the hub.
 */
import type { IncomingMessage } from 'node:http';
import type { CourseConfig } from '../config.ts';
import type { HubConfig } from '../config/hub.ts';
import type { CourseId } from '../core/ids.ts';
import { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import type { Identity, Person } from '../web/ports.ts';
import { accountOf, type AccountRule } from './account.ts';
import { bindingOf, cookieName, cookieValue, type CookiePlace } from './cookies.ts';
import { createHubApi, type HubApi, type HubUser } from './hub-api.ts';
import { createKnownPeople, type KnownPeople } from './known-people.ts';
import { roleIn, type Membership, type Role } from './roles.ts';
import { createSeal } from './sealed.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSignIn, SESSION_COOKIE, signOut } from './sign-in.ts';

export interface HubIdentityOptions {
  readonly hub: HubConfig;
  readonly accounts: AccountRule;
  /** Begins and ends with `/`. */
  readonly prefix: string;
  readonly publicUrl: string | undefined;
  readonly courses: ReadonlyMap<CourseId, Pick<CourseConfig, 'groups' | 'staff' | 'students'>>;
  /** Of the data folder: what a browser keeps for us outlives a new start. */
  readonly key: Buffer;
  readonly now: () => Date;
  /** Default: over HTTP. */
  readonly api?: HubApi;
}

export function identityHub(options: HubIdentityOptions): Identity {
  const { hub, accounts, now, courses } = options;
  const api = options.api ?? createHubApi(hub);
  const sessions = createSessions(now);
  const people = createKnownPeople(api, hub.token, now);
  const place = { path: options.prefix, isSecure: options.publicUrl?.startsWith('https:') === true };
  const admit = (user: HubUser): Person => personOf(user, hub, accounts);
  const userOf = async (request: IncomingMessage): Promise<HubUser | undefined> => {
    const { authorization } = request.headers;
    if (authorization === undefined) return userOfSession(request, place, sessions, people);
    const token = tokenIn(authorization);
    return token === undefined ? undefined : people.whose(token);
  };
  return {
    kind: 'jupyterhub',
    async identify(request) {
      const user = await userOf(request);
      if (user?.kind !== 'user') throw new F2gitError('login-needed');
      return admit(user);
    },
    async mayWatch(request) {
      const user = await userOf(request);
      return user?.scopes.includes('read:metrics') === true || (user?.kind === 'user' && admit(user).isAdmin === true);
    },
    mayTake: (person, course) => roleOf(person, courses.get(course)) !== undefined,
    mayTeach: (person, course) => ['staff', 'administrator'].includes(roleOf(person, courses.get(course)) ?? ''),
    addressOf: () => ({}),
    renew: (person) => renewed(person, people),
    signOut: (request) => signOut(request, { hub, sessions, place }),
    signIn: createSignIn({ hub, api, sessions, place, now, admit, seal: createSeal(options.key, 'login', now) }),
  };
}

/** @throws {F2gitError} `login-needed` for somebody the hub does not have any more */
async function renewed(person: Person, people: KnownPeople): Promise<Person> {
  const groups = await people.groupsOf(person.name);
  if (groups === undefined) throw new F2gitError('login-needed');
  return groups === 'untold' ? person : { ...person, groups };
}

function roleOf(person: Person, course: Membership | undefined): Role | undefined {
  return course && roleIn(person, course);
}

/** A session ends with the login at the hub it came from, and when the hub takes its token back. */
async function userOfSession(
  request: IncomingMessage,
  place: CookiePlace,
  sessions: Sessions,
  people: KnownPeople,
): Promise<HubUser | undefined> {
  const id = cookieValue(request, cookieName(SESSION_COOKIE, place));
  const session = id === undefined ? undefined : sessions.find(id);
  if (id === undefined || session === undefined) return undefined;
  const user = session.binding === bindingOf(request) ? await people.whose(session.token) : undefined;
  if (user?.name === session.name) return user;
  sessions.end(id);
  return undefined;
}

/** RFC 6750, 2.1, and the hub's own word for it; undefined for any other scheme. */
function tokenIn(authorization: string): Secret | undefined {
  const token = /^(?:bearer|token) +([A-Za-z0-9._~+/=-]{1,500})$/i.exec(authorization)?.[1];
  return token === undefined ? undefined : new Secret(token);
}

/** @throws {F2gitError} `login-failed` without the right to use f2git, `account-refused` for a name no account has */
function personOf(user: HubUser, hub: HubConfig, accounts: AccountRule): Person {
  if (!hub.accessScopes.some((scope) => user.scopes.includes(scope))) {
    throw new F2gitError('login-failed', { params: { detail: 'the hub gives this person no access to f2git' } });
  }
  accountOf(user.name, accounts);
  return { name: user.name, groups: user.groups, ...(user.isAdmin ? { isAdmin: true } : {}) };
}
