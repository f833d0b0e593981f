/** Whom the hub knows: by a token somebody shows, or by a name we have from it. */
import { createHash } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
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
   * where f2git may not know.
   * @throws {F2gitError} as `whose`
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
  return {
    whose: (token) => tokens.on(token),
    groupsOf: async (name) => {
      const service = await tokens.on(own);
      // with a right to some people only, the hub denies that there are others
      return service?.scopes.includes('read:users:groups') === true ? names.on(name) : 'untold';
    },
  };
}
