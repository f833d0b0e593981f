/** Whom the hub knows: by a token somebody shows, or by a name we have from it. */
import { createHash } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import type { HubApi, HubUser } from './hub-api.ts';
import { createLastWords } from './last-words.ts';

export interface KnownPeople {
  /**
   * Whose `token` is, as the hub said not long ago; undefined when it is nobody's.
   * @throws {F2gitError} `hub-unreachable`, `server-busy`
   */
  whose(token: Secret): Promise<HubUser | undefined>;
  /**
   * The groups of somebody, as the hub said not long ago: undefined when it has nobody of that name any more, `untold`
   * where f2git may not know, or where the hub never said that it may and does not answer.
   * @throws {F2gitError} as `whose`, where f2git may know
   */
  groupsOf(name: string): Promise<readonly string[] | 'untold' | undefined>;
}

/** `own` is the service's token. */
export function createKnownPeople(api: HubApi, own: Secret, now: () => Date): KnownPeople {
  const tokens = createLastWords(
    (token: Secret) => api.userOf(token),
    (token) => createHash('sha256').update(token.reveal()).digest('base64url'),
    now,
  );
  const names = createLastWords(
    (name: string) => api.groupsOf(name),
    (name) => name,
    now,
  );
  const rights = { mayAsk: false };
  /** A right changes once a year: what the hub said last counts until it says something else. */
  const mayAsk = async (): Promise<boolean> => {
    try {
      const service = await tokens.on(own);
      // with a right to some people only, the hub denies that there are others
      rights.mayAsk = service?.scopes.includes('read:users:groups') === true;
    } catch (error) {
      if (!(error instanceof F2gitError) || error.code !== 'hub-unreachable') throw error;
    }
    return rights.mayAsk;
  };
  return {
    whose: (token) => tokens.on(token),
    groupsOf: async (name) => ((await mayAsk()) ? names.on(name) : 'untold'),
  };
}
