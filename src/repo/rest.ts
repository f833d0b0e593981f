/** How long a source is left alone after a look at it. Pure. */
import type { ErrorCode, ErrorParams } from '../errors.ts';
import type { ReadOutcome } from './refresh.ts';

/** Nobody waits longer for a course than this because of one answer, however absurd. */
const LONGEST_REST_MS = 15 * 60_000;

/**
 * Milliseconds during which no click asks the source again, beyond the course's freshness: what the source itself asked
 * for with `Retry-After`, or long where the look costs much and can hardly end otherwise soon.
 */
export function restAfter(outcome: ReadOutcome): number {
  if (outcome.kind === 'failed') return restOf(outcome.error);
  const { entries, problems } = outcome.state;
  const troubles = [...problems, ...entries.flatMap(({ problem }) => problem ?? [])];
  return troubles
    .filter(({ code }) => code !== 'too-large')
    .reduce((longest, trouble) => Math.max(longest, restOf(trouble)), 0);
}

function restOf({ code, params }: { readonly code: ErrorCode; readonly params: ErrorParams }): number {
  // The whole course was read up to the limit to find out.
  if (code === 'too-large') return LONGEST_REST_MS;
  const { seconds } = params;
  return typeof seconds === 'number' ? Math.min(seconds * 1000, LONGEST_REST_MS) : 0;
}
