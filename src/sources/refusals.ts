/** What became of credentials, over all clients of a program: several courses often share one account of a platform. */
import { createHash } from 'node:crypto';
import type { StandingAuth } from './auth.ts';
import { createSlots, type Slots } from './slots.ts';

/** How one credential fared at one origin. */
export interface Standing {
  /** Times it was refused since it was last accepted. */
  failures: number;
  /** When it was last refused; milliseconds since 1970. */
  refusedAt: number;
  /** Whether it was accepted when it was last used. Until then it is used once at a time. */
  isTrusted: boolean;
  /** One slot per credential. */
  readonly turns: Slots;
}

/** Remembers refused credentials for as long as it lives; without them. */
export interface Refusals {
  standingOf(origin: string, auth: StandingAuth): Standing;
}

/** Makes the memory that all clients of one configuration should share. */
export function createRefusals(): Refusals {
  const known = new Map<string, Standing>();
  return {
    standingOf(origin, auth) {
      const parts = auth.kind === 'bearer' ? [auth.token.reveal()] : [auth.user, auth.password.reveal(), auth.scope];
      const key = createHash('sha256')
        .update(JSON.stringify([origin, auth.kind, ...parts]))
        .digest('hex');
      const standing = known.get(key) ?? { failures: 0, refusedAt: 0, isTrusted: false, turns: createSlots(1) };
      known.set(key, standing);
      return standing;
    },
  };
}
