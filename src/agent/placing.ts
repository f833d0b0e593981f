/** What the server and an agent's process tell each other, and how the server reads what may be a stranger's answer. */
import { z } from 'zod';
import type { Progress } from '../core/progress.ts';
import type { RecallJob } from './agent.ts';
import type { Work } from './agent-work.ts';

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
export const MOST_REPORT = 32 * 1024 * 1024;
/** An order holds all that is offered. Bytes. */
export const MOST_ORDER = 512 * 1024 * 1024;

/** As a record, so that a new step cannot be forgotten here. */
const steps: Readonly<Record<Progress['step'], true>> = {
  listing: true,
  fetching: true,
  saving: true,
  checking: true,
  merging: true,
  preparing: true,
  writing: true,
  finishing: true,
  starting: true,
};

const count = z.number().int().nonnegative();
const progress = z.object({
  step: z.enum(Object.keys(steps) as Progress['step'][]),
  done: count,
  total: count.optional(),
  bytes: count.optional(),
});

/** Progress an agent tells; undefined when it is none. */
export function parseProgress(value: unknown): Progress | undefined {
  const { data } = progress.safeParse(value);
  if (data === undefined) return undefined;
  const { total, bytes, ...rest } = data;
  return { ...rest, ...(total === undefined ? {} : { total }), ...(bytes === undefined ? {} : { bytes }) };
}
