/**
 * Where each student reads a course as themselves: the way to the platform's sign-in and back. The token it ends with
 * stays here (`oauth/token-file.ts`); neither the browser nor the student's home ever has it.
 */
import { existsSync } from 'node:fs';
import { F2gitError } from '../errors.ts';
import { beginAuthorization, codeIn, type Authorization } from '../oauth/authorize.ts';
import type { OAuthClient } from '../oauth/client.ts';
import { writeTokens } from '../oauth/token-file.ts';
import { requestTokens } from '../oauth/token-request.ts';
import type { Http } from '../sources/http.ts';
import type { OAuthEndpoints } from '../sources/source.ts';
import type { LinkParams } from './links.ts';
import type { Person, PlatformSignIn } from './ports.ts';

export interface PlatformSignInOptions {
  readonly endpoints: OAuthEndpoints;
  /** What f2git is at the platform for this person: the token file is theirs. */
  readonly clientOf: (person: Person) => OAuthClient;
  readonly createHttp: () => Http;
  readonly now: () => Date;
}

/** How long a person may take at the platform. Milliseconds. */
const PATIENCE_MS = 10 * 60_000;
/** How long the platform may take to give a token. Milliseconds. */
const EXCHANGE_MS = 30_000;
/** More people than this do not sign in at once; the one who began first begins anew. */
const MOST_PENDING = 10_000;

interface Pending {
  readonly person: Person;
  readonly authorization: Authorization;
  readonly link: LinkParams;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export function createPlatformSignIn(options: PlatformSignInOptions): PlatformSignIn {
  /** By person: who begins again leaves the way they began before. */
  const pending = new Map<string, Pending>();
  /** Whose sign-in the platform does not take any more. */
  const ended = new Set<string>();
  const { endpoints, clientOf, now } = options;
  return {
    isNeeded: (person) => ended.has(person.name) || !existsSync(clientOf(person).tokenFile),
    hasEnded: (person) => ended.has(person.name),
    noteRefused: (person) => void ended.add(person.name),
    begin: (person, link) => {
      const authorization = beginAuthorization(endpoints, clientOf(person));
      pending.delete(person.name);
      pending.set(person.name, { person, authorization, link, until: now().getTime() + PATIENCE_MS });
      const [first] = pending.keys();
      if (pending.size > MOST_PENDING && first !== undefined) pending.delete(first);
      return authorization.address;
    },
    whoseIs: (state) => [...pending.values()].find(({ authorization }) => authorization.state === state)?.person,
    finish: async (person, query) => {
      const known = pending.get(person.name);
      if (known === undefined || known.until < now().getTime()) throw new F2gitError('platform-login-failed');
      const client = clientOf(person);
      const code = codeIn(`${client.redirectUrl}?${query.toString()}`, known.authorization, client);
      if (code === undefined) throw new F2gitError('platform-login-failed');
      pending.delete(person.name);
      const http = options.createHttp();
      try {
        const grant = { kind: 'code', code, verifier: known.authorization.verifier } as const;
        const signal = AbortSignal.timeout(EXCHANGE_MS);
        writeTokens(
          client.tokenFile,
          await requestTokens(http, endpoints.token, client, grant, now().getTime(), signal),
        );
        ended.delete(person.name);
        return known.link;
      } finally {
        await http.close();
      }
    },
  };
}
