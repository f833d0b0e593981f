/** One job of the agent, wherever it runs: a thread of the server, or the process of a test. */
import { randomBytes } from 'node:crypto';
import type { OnProgress } from '../core/progress.ts';
import { openContents, type OpenedContents } from '../repo/open-contents.ts';
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
  recall(job: RecallJob): RunReport | undefined;
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
    run: (job, onProgress, signal) => carryOut(job, contentsFor(job), onProgress, signal),
    recall: (job) => parseRecalledReport(recallRun(job.workspace, job.run), job),
    close: () => {
      for (const contents of opened.values()) contents.close();
      opened.clear();
    },
  };
}

function carryOut(
  job: AgentJob,
  { contents }: OpenedContents,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<RunReport> {
  const { workspace, run, offer, supplies } = job;
  const world = { now: () => new Date(), random: () => randomBytes(4).toString('hex') };
  const common = { workspace, run, ...world, onProgress, signal };
  switch (job.kind) {
    case 'sync':
      return runSync({
        ...common,
        offer,
        contents,
        policy: supplies.policy,
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
