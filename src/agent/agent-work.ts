/** Jobs of the agent beside the hidden repositories, which it reads itself: on a thread of the server. */
import type { OnProgress } from '../core/progress.ts';
import { openContents, type OpenedContents } from '../repo/open-contents.ts';
import { recallRun } from '../sync/recall.ts';
import type { RunReport } from '../sync/report.ts';
import type { AgentJob, RecallJob } from './agent.ts';
import { carryOut } from './carry-out.ts';
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
    const contents = opened.get(key) ?? openContents(supplies, offer.identity);
    opened.set(key, contents);
    return contents;
  };
  return {
    run: (job, onProgress, signal) =>
      carryOut({ ...job, policy: job.supplies.policy }, contentsFor(job).contents, onProgress, signal),
    recall: (job) => parseRecalledReport(recallRun(job.workspace, job.run), job),
    close: () => {
      for (const contents of opened.values()) contents.close();
      opened.clear();
    },
  };
}
