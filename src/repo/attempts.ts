/** How asking the source went last: what a course knows of it besides what is on the disk. */
import type { F2gitError } from '../errors.ts';
import type { ReadOutcome } from './refresh.ts';
import { restAfter } from './rest.ts';

export interface Failure {
  readonly error: F2gitError;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** When the source had answered last by then, whomever; milliseconds since 1970. */
  readonly answeredAt: number;
}

export class Attempts {
  #failure: Failure | undefined;
  /** Since when, and how long, clicks leave the source alone. */
  #rest = { since: 0, milliseconds: 0 };

  /** Why the last look brought nothing; undefined when it did not fail. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  note(outcome: ReadOutcome, at: number, answeredAt: number): void {
    this.#failure = outcome.kind === 'failed' ? { error: outcome.error, at, answeredAt } : undefined;
    this.#rest = { since: at, milliseconds: restAfter(outcome) };
  }

  /** Whether the source is to be left alone now. */
  isResting(now: number): boolean {
    return isWithin(now, this.#rest.since, this.#rest.milliseconds);
  }
}

/** Whether less than `milliseconds` passed since then. A clock that was set back makes nothing fresh. */
export function isWithin(now: number, since: number, milliseconds: number): boolean {
  return now >= since && now < since + milliseconds;
}
