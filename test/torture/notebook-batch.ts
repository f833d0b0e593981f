/** Some random histories of notebooks, judged by every law. */
import fc from 'fast-check';
import { mergeNotebook } from '../../src/sync/merge-notebook.ts';
import { everyLaw } from '../sync/notebook/laws.ts';

export interface Batch {
  readonly seed: number;
  readonly count: number;
}

export interface BatchResult extends Batch {
  /** Played until the first that breaks a law. */
  readonly histories: number;
  readonly clicks: number;
  /** Which law is broken by what, in the smallest history found. */
  readonly violation?: string;
}

export function playBatch({ seed, count }: Batch): BatchResult {
  let clicks = 0;
  const outcome = fc.check(
    everyLaw(mergeNotebook, () => clicks++),
    { seed, numRuns: count },
  );
  const played = { seed, count, histories: outcome.numRuns, clicks };
  return outcome.failed ? { ...played, violation: String(outcome.errorInstance) } : played;
}
