/** One job of the agent, wherever it runs and wherever its contents come from. */
import { randomBytes } from 'node:crypto';
import type { Contents } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import type { Policy } from '../sync/plan-types.ts';
import { takeFiles, undoRun } from '../sync/revise.ts';
import { runSync } from '../sync/run.ts';
import type { RunReport } from '../sync/report.ts';
import type { AgentJob } from './agent.ts';

/** A job without what only leads to the contents. */
export type Work = JobWithout<'supplies'> & { readonly policy: Policy };
type JobWithout<Field extends string> = AgentJob extends infer Job
  ? Job extends Job
    ? Omit<Job, Field>
    : never
  : never;

/** @throws {F2gitError} as `runSync`, `undoRun`, `takeFiles` */
export function carryOut(
  job: Work,
  contents: Contents,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<RunReport> {
  const { workspace, run, offer, policy } = job;
  const world = { now: () => new Date(), random: () => randomBytes(4).toString('hex') };
  const common = { workspace, run, ...world, onProgress, signal };
  switch (job.kind) {
    case 'sync':
      return runSync({
        ...common,
        offer,
        contents,
        policy,
        ...(job.scope === undefined ? {} : { scope: job.scope }),
        ...(job.open === undefined ? {} : { open: job.open }),
      });
    case 'undo':
      return undoRun({ ...common, undoes: job.undoes });
    case 'take': {
      const { as, cell } = job;
      const wishes = job.files.map((file) => ({ file, ...(as && { as }), ...(cell !== undefined && { cell }) }));
      return takeFiles({ ...common, wishes, from: job.from, offer, contents });
    }
  }
}
