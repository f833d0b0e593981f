/** Places that somebody can hold only a few of, given out in turn: who asks for many waits for their own. */
import { F2gitError } from '../errors.ts';

export interface FairSlots {
  /**
   * Resolves when it is the turn of `whose`, with the function that gives the place back; it may be called twice.
   * @throws the signal's reason when it aborts; {F2gitError} `server-busy` when too many of theirs wait already
   */
  take(whose: string, signal: AbortSignal): Promise<() => void>;
  /** Whether somebody else waits who has no place. */
  isWanted(whose: string): boolean;
}

export interface FairSlotsOptions {
  /** Places in all. */
  readonly size: number;
  /** Places somebody may hold: the first in turn, more only while nobody waits who has none. Default: all. */
  readonly each?: number;
  /** Places that only whoever has none gets; default: none. */
  readonly spare?: number;
  /** How many may wait for one. */
  readonly waiting: number;
}

/** Waiting jobs of one person: as many runs as they may have (`web/runs.ts`), and as many reports that pages ask for. */
export const MOST_WAITING = 40;

interface Taker {
  held: number;
  readonly waiting: Set<() => void>;
}

export function createFairSlots({ size, each = size, spare = 0, waiting }: FairSlotsOptions): FairSlots {
  /** Whoever holds or waits; who was served last, or came last, is last. */
  const takers = new Map<string, Taker>();
  let free = size;

  const putLast = (whose: string, taker: Taker): void => {
    takers.delete(whose);
    takers.set(whose, taker);
  };
  const give = (whose: string, taker: Taker, enter: () => void): void => {
    free -= 1;
    taker.held += 1;
    putLast(whose, taker);
    enter();
  };
  const serve = (): void => {
    for (const isFirst of [true, false]) {
      for (const [whose, taker] of [...takers]) {
        const [next] = taker.waiting;
        const mayHave = isFirst ? free > 0 && taker.held === 0 : free > spare && taker.held < each;
        if (mayHave && next !== undefined) give(whose, taker, next);
      }
    }
  };
  const leave = (whose: string, taker: Taker): void => {
    if (taker.held === 0 && taker.waiting.size === 0) takers.delete(whose);
  };
  return {
    isWanted: (whose) =>
      [...takers].some(([other, { held, waiting: theirs }]) => other !== whose && held === 0 && theirs.size > 0),
    async take(whose, signal) {
      signal.throwIfAborted();
      const taker = takers.get(whose) ?? { held: 0, waiting: new Set() };
      if (taker.waiting.size >= waiting) throw new F2gitError('server-busy');
      takers.set(whose, taker);
      const entered = turnIn(taker.waiting, signal);
      serve();
      await entered.finally(() => leave(whose, taker));
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        free += 1;
        taker.held -= 1;
        putLast(whose, taker);
        serve();
        leave(whose, taker);
      };
    },
  };
}

function turnIn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopWaiting = (): void => {
      waiting.delete(enter);
      signal.removeEventListener('abort', giveUp);
    };
    const enter = (): void => {
      stopWaiting();
      resolve();
    };
    const giveUp = (): void => {
      stopWaiting();
      reject(signal.reason as Error);
    };
    waiting.add(enter);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
