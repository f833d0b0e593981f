/**
 * Platforms that say with each answer how much more they will take: who listens is never refused for going too fast.
 * Requests that say how (`HttpRequest.pacing`) go one at a time when little is left, and wait when almost nothing is.
 */
import { createSlots } from './slots.ts';

export interface Pacing {
  /** The header that holds what is left, lower-case. */
  readonly header: string;
  /** Below this, one request at a time. */
  readonly slow: number;
  /** Below this, none until it is this much again. */
  readonly stop: number;
  /** How much comes back in a second. */
  readonly perSecond: number;
}

export interface Pacer {
  /** Waits for this request's turn; call what it gives when the answer's headers are there, or never will be. */
  enter(origin: string, pacing: Pacing, signal: AbortSignal): Promise<(headers?: Headers) => void>;
}

type Headers = Readonly<Record<string, string>>;

/** `pause` waits for that many milliseconds and rejects when the signal aborts. */
export function createPacer(pause: (milliseconds: number, signal: AbortSignal) => Promise<void>): Pacer {
  const left = new Map<string, number>();
  const turns = createSlots(1);
  return {
    async enter(origin, pacing, signal) {
      const leave = (left.get(origin) ?? Infinity) < pacing.slow ? await turns.take(origin, signal) : undefined;
      try {
        const rest = left.get(origin) ?? Infinity;
        if (rest < pacing.stop) {
          await pause(Math.ceil(((pacing.stop - rest) / pacing.perSecond) * 1000), signal);
          left.set(origin, pacing.stop);
        }
      } catch (error) {
        leave?.();
        throw error;
      }
      return (headers) => {
        const told = Number(headers?.[pacing.header] ?? NaN);
        if (Number.isFinite(told)) left.set(origin, told);
        leave?.();
      };
    },
  };
}
