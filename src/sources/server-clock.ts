/** How far a server's clock is from ours: dates of files are its, how young a file is we judge by ours. */

/** Clocks that differ by less are in step: the time an answer takes must not show in a listing. */
const CLOCK_STEP_MS = 5000;

/** What our clock is ahead of the server's, in whole steps, and never less than it is: a file may only seem too young. */
export function aheadOf(server: Date | undefined, now: Date): number {
  if (server === undefined || Number.isNaN(server.getTime())) return 0;
  return (Math.round((now.getTime() - server.getTime()) / CLOCK_STEP_MS) + 0.5) * CLOCK_STEP_MS;
}
