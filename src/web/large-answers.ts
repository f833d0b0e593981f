/**
 * Answers that are large are written as a whole, and held until the connection has taken them: one at a time for each
 * person, and again and again only at a pace. A report is whatever a student's own process told of its run.
 */
import { createFairSlots } from '../agent/fair-slots.ts';
import { createPace, type PaceLimits } from '../agent/pace.ts';
import { untilLeft } from './exchange.ts';
import type { PersonalVisit } from './visit.ts';

export interface LargeAnswers {
  /**
   * Resolves when an answer of about so many `bytes` may be written; at once where that is little. From then on whoever asked
   * has to take it: a connection that takes nothing for a while is closed.
   * @throws {F2gitError} `server-busy` when too many of theirs wait already; an `AbortError` when they left
   */
  turn(visit: PersonalVisit, bytes: number): Promise<void>;
}

export interface LargeAnswersOptions {
  readonly pace?: PaceLimits;
  /** How long a connection may take nothing of an answer, and how long it may take for all of it. Milliseconds. */
  readonly stalledMs?: number;
  readonly longestMs?: number;
}

/** Reports of a few hundred files are smaller. */
const LARGE = 256 * 1024;
/** Each of those that wait may hold a report that was asked of the home. */
const MOST_WAITING = 2;
/** Twice the largest report at once; its text is written in a quarter of a second. */
const PACE: PaceLimits = { atOnce: 64 * 1024 * 1024, perSecond: 2 * 1024 * 1024, waiting: 1 };
const STALLED_MS = 30_000;
const LONGEST_MS = 10 * 60_000;

export function createLargeAnswers(options: LargeAnswersOptions = {}): LargeAnswers {
  const { pace: limits = PACE, stalledMs = STALLED_MS, longestMs = LONGEST_MS } = options;
  const places = createFairSlots({ size: Infinity, each: 1, waiting: MOST_WAITING });
  const pace = createPace(limits);
  return {
    turn: async (visit, bytes) => {
      if (bytes < LARGE) return;
      const { person, response } = visit;
      const leaving = untilLeft(visit);
      const leave = await places.take(person.name, leaving);
      response.once('close', leave);
      await pace.turn(person.name, leaving);
      pace.spend(person.name, bytes);
      const tooLong = setTimeout(() => response.destroy(), longestMs).unref();
      response.once('close', () => clearTimeout(tooLong));
      response.setTimeout(stalledMs, () => response.destroy());
    },
  };
}
