/** How much of what everybody shares somebody may use: a good deal at once, and beyond it only as time passes. */
import { F2gitError } from '../errors.ts';

export interface Pace {
  /**
   * Resolves as soon as `whose` may use more. What that was is said by `spend` once it is known.
   * @throws the signal's reason when it aborts; {F2gitError} `server-busy` when too many of theirs wait already
   */
  turn(whose: string, signal: AbortSignal): Promise<void>;
  /** Whether `turn` would resolve at once. */
  isDue(whose: string): boolean;
  spend(whose: string, amount: number): void;
}

export interface PaceLimits {
  /** What may be used at once; the last use may go beyond it. */
  readonly atOnce: number;
  readonly perSecond: number;
  /** How many of somebody's may wait. */
  readonly waiting: number;
}

interface Debt {
  readonly amount: number;
  /** Milliseconds, as `performance.now` counts them. */
  readonly since: number;
}

/** People whose debts are remembered before those who owe nothing any more are forgotten. */
const MANY = 1_000;

export function createPace({ atOnce, perSecond, waiting }: PaceLimits): Pace {
  const debts = new Map<string, Debt>();
  const waiters = new Map<string, number>();

  const owed = (whose: string): number => {
    const { amount, since } = debts.get(whose) ?? { amount: 0, since: 0 };
    return Math.max(0, amount - ((performance.now() - since) / 1000) * perSecond);
  };
  const msUntilDue = (whose: string): number => Math.ceil(((owed(whose) - atOnce) / perSecond) * 1000);
  const forgetPaid = (): void => {
    if (debts.size >= MANY) for (const whose of [...debts.keys()]) if (owed(whose) === 0) debts.delete(whose);
  };
  return {
    async turn(whose, signal) {
      signal.throwIfAborted();
      if (msUntilDue(whose) <= 0) return;
      const before = waiters.get(whose) ?? 0;
      if (before >= waiting) throw new F2gitError('server-busy');
      waiters.set(whose, before + 1);
      try {
        // whoever woke up first may have spent it again
        for (let ms = msUntilDue(whose); ms > 0; ms = msUntilDue(whose)) await paused(ms, signal);
      } finally {
        const rest = (waiters.get(whose) ?? 0) - 1;
        if (rest > 0) waiters.set(whose, rest);
        else waiters.delete(whose);
      }
    },
    isDue: (whose) => msUntilDue(whose) <= 0,
    spend(whose, amount) {
      forgetPaid();
      debts.set(whose, { amount: owed(whose) + amount, since: performance.now() });
    },
  };
}

/** Longer waits than a timer takes are begun anew by whoever waits. */
const LONGEST_MS = 60_000;

function paused(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    };
    const giveUp = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(
      () => {
        end();
        resolve();
      },
      Math.min(ms, LONGEST_MS),
    ).unref();
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
