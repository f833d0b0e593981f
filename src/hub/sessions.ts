/**
 * Who is signed in at this server. A session is a random id in a cookie; everything about it stays here, in memory: a
 * server that starts again asks the hub once more, which the student does not notice.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Secret } from '../core/secret.ts';

export interface Session {
  /** The hub's token of this person. */
  readonly token: Secret;
  /** The hub's name of the person who signed in. */
  readonly name: string;
  /** Of the login at the hub that this session stands and falls with (`bindingOf`). */
  readonly binding: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface Sessions {
  /** Keeps a session; gives its new id. */
  open(session: Omit<Session, 'until'>): string;
  /** The session, unless it is over. */
  find(id: string): Session | undefined;
  end(id: string): void;
}

/** A working day. The hub's own login outlives it, so that a click then is one redirect more. */
const LIFE_MS = 12 * 60 * 60_000;
const MOST = 50_000;
const ID_BYTES = 32;

export function createSessions(now: () => Date): Sessions {
  const open = new Map<string, Session>();
  return {
    open(session) {
      const id = randomBytes(ID_BYTES).toString('base64url');
      open.set(keyOf(id), { ...session, until: now().getTime() + LIFE_MS });
      // all live equally long, so the oldest are those that end first
      for (const [key, { until }] of open) {
        if (until > now().getTime() && open.size <= MOST) break;
        open.delete(key);
      }
      return id;
    },
    find(id) {
      const session = open.get(keyOf(id));
      return session !== undefined && session.until > now().getTime() ? session : undefined;
    },
    end(id) {
      open.delete(keyOf(id));
    },
  };
}

/** Looked up by its digest: how long a look-up takes says nothing about the ids there are. */
function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
