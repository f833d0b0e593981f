/** One job of the agent, wherever it runs: a thread of the server, or the process of a test. */
import { randomBytes } from 'node:crypto';
import type { Contents } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import { openContents, type OpenedContents } from '../repo/open-contents.ts';
import type { Policy } from '../sync/plan-types.ts';
import { recallRun } from '../sync/recall.ts';
import { takeFiles, undoRun } from '../sync/revise.ts';
import { runSync } from '../sync/run.ts';
import type { RunReport } from '../sync/report.ts';
import type { AgentJob, RecallJob } from './agent.ts';
import { parseRecalledReport } from './recalled-report.ts';

export interface AgentWork {
  /** @throws {F2gitError} as `runSync`, `undoRun`, `takeFiles` */
  run(job: AgentJob, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport>;
  /** The report of a run that ended, checked: its journal lies in the student's hands. */
  recall(job: Omit<RecallJob, 'person'>): RunReport | undefined;
  close(): void;
}

/** Keeps the repositories it reads open, so that the next click on the same course costs nothing there. */
export function createAgentWork(): AgentWork {
  const opened = new Map<string, OpenedContents>();
  const contentsFor = ({ supplies, offer }: AgentJob): OpenedContents => {
    const key = JSON.stringify([supplies.folder, supplies.audience, offer.identity]);
    const contents = opened.get(key) ?? openContents(supplies.folder, supplies.audience, offer.identity);
    opened.set(key, contents);
    return contents;
  };
  return {
    run: (job, onProgress, signal) =>
      carryOut({ ...job, policy: job.supplies.policy }, contentsFor(job).contents, onProgress, signal),
    recall,
    close: () => {
      for (const contents of opened.values()) contents.close();
      opened.clear();
    },
  };
}

/** The report in the journal, checked. */
export function recall(job: Omit<RecallJob, 'person'>): RunReport | undefined {
  return parseRecalledReport(recallRun(job.workspace, job.run), job);
}

/** A job without what only leads to the contents. */
export type Work = JobWithout<'supplies'> & { readonly policy: Policy };
type JobWithout<Field extends string> = AgentJob extends infer Job
  ? Job extends Job
    ? Omit<Job, Field>
    : never
  : never;

/** @throws {F2gitError} as `AgentWork.run` */
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
      const wishes = job.files.map((file) => ({ file, ...(job.cell !== undefined && { cell: job.cell }) }));
      return takeFiles({ ...common, wishes, from: job.from, offer, contents });
    }
  }
}
