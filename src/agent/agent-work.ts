/** Jobs of the agent beside the hidden repositories, which it reads itself: on a thread of the server. */
import type { OnProgress } from '../core/progress.ts';
import { recallRun } from '../sync/recall.ts';
import type { RunReport } from '../sync/report.ts';
import type { AgentJob, RecallJob } from './agent.ts';
import { carryOut } from './carry-out.ts';
import { contentsFor, keptContents } from './kept-contents.ts';
import { parseRecalledReport } from './recalled-report.ts';

export interface AgentWork {
  /** @throws {F2gitError} as `runSync`, `undoRun`, `takeFiles` */
  run(job: AgentJob, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport>;
  /** The report of a run that ended, checked: its journal lies in the student's hands. */
  recall(job: Omit<RecallJob, 'person'>): RunReport | undefined;
  close(): Promise<void>;
}

/** Keeps the repositories it reads open, so that the next click on the same course costs nothing there. */
export function createAgentWork(): AgentWork {
  const kept = keptContents();
  return {
    run: async (job, onProgress, signal) => {
      const { value, end } = contentsFor(job, kept);
      try {
        return await carryOut({ ...job, policy: job.supplies.policy }, value.contents, onProgress, signal);
      } finally {
        end();
      }
    },
    recall: (job) => parseRecalledReport(recallRun(job.workspace, job.run), job),
    close: () => kept.closeAll(),
  };
}
