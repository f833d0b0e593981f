/** What the server and an agent's process tell each other. */
import type { RecallJob } from './agent.ts';
import type { Work } from './carry-out.ts';

/** Notes of the process: its event loop turns. */
export const ALIVE = 'alive';
/** Often enough for the watchdog, seldom enough to cost nothing. */
export const ALIVE_MS = 1_000;

/** What the process is asked to do, once in its life. */
export type PlacingOrder = { readonly home: string } & (
  { readonly kind: 'run'; readonly job: Work } | { readonly kind: 'recall'; readonly job: Omit<RecallJob, 'person'> }
);

/** The method of the one call. */
export const PLACE = 'place';

/** The report of a run over 50,000 files has some 20 MB; whoever sends more has no report. Bytes. */
export const MOST_REPORT = 24 * 1024 * 1024;
/** An order holds all that is offered. Bytes. */
export const MOST_ORDER = 512 * 1024 * 1024;
