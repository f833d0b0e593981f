/** Whose a token of the hub is, without asking the hub at every request. Bounded: whoever sends tokens costs no memory. */
import { createHash } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import type { HubApi, HubUser } from './hub-api.ts';

/** Milliseconds for which the hub's word counts: a group or a right that was taken away is gone after it. */
const FRESH_MS = 60_000;
/** While the hub does not answer, its last word counts as long. */
const LAST_WORD_MS = 5 * 60_000;
const MOST_KNOWN = 10_000;
/** Questions at once; a class of 500 that clicks together waits a moment. */
const MOST_ASKED = 500;

interface Known {
  readonly user: HubUser | undefined;
  /** Milliseconds since 1970. */
  readonly asked: number;
}

export interface KnownPeople {
  /**
   * Whose `token` is, as the hub said not long ago; undefined when it is nobody's.
   * @throws {F2gitError} `hub-unreachable`, `server-busy`
   */
  whose(token: Secret): Promise<HubUser | undefined>;
}

export function createKnownPeople(api: Pick<HubApi, 'userOf'>, now: () => Date): KnownPeople {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<HubUser | undefined>>();

  const ask = async (key: string, token: Secret, last: Known | undefined): Promise<HubUser | undefined> => {
    const asked = now().getTime();
    try {
      const user = await api.userOf(token);
      known.delete(key);
      known.set(key, { user, asked });
      for (const oldest of known.keys()) {
        if (known.size <= MOST_KNOWN) break;
        known.delete(oldest);
      }
      return user;
    } catch (error) {
      const isEnough = last !== undefined && asked - last.asked <= LAST_WORD_MS;
      if (error instanceof F2gitError && error.code === 'hub-unreachable' && isEnough) return last.user;
      throw error;
    }
  };

  return {
    whose(token) {
      const key = createHash('sha256').update(token.reveal()).digest('base64url');
      const last = known.get(key);
      const age = last === undefined ? Infinity : now().getTime() - last.asked;
      if (last !== undefined && age >= 0 && age < FRESH_MS) return Promise.resolve(last.user);
      const running = asking.get(key);
      if (running !== undefined) return running;
      if (asking.size >= MOST_ASKED) throw new F2gitError('server-busy');
      const question = ask(key, token, last).finally(() => asking.delete(key));
      asking.set(key, question);
      return question;
    },
  };
}
