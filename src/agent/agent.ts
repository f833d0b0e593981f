/** What the agent is asked to do, wherever it runs: a thread of the server, a process under the student's uid. */
import type { CourseId, RunId } from '../core/ids.ts';
import type { Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { OnProgress } from '../core/progress.ts';
import type { Policy } from '../sync/plan-types.ts';
import type { RunReport } from '../sync/report.ts';

/** Merges into one home. Runs somewhere else (a worker, a process): everything here can be sent. */
export interface Agent {
  /**
   * Does `job`. Its run id is the job's.
   * @throws {F2gitError} as the job's own function; `workspace-hung` when it gave no sign of life for too long.
   */
  run(job: AgentJob, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport>;
  /**
   * The report of a run that ended, from the journal in the home; undefined when there is none. Changes nothing there.
   * @throws {F2gitError} `workspace-hung`, `server-stopping`
   */
  recall(job: RecallJob, signal: AbortSignal): Promise<RunReport | undefined>;
  /** Ends all that is running: what is being written is finished, nothing new is begun. */
  close(): Promise<void>;
}

interface JobBase {
  readonly run: RunId;
  /** Whose home it is. */
  readonly person: { readonly name: string };
  readonly course: CourseId;
  /** Absolute path. */
  readonly workspace: string;
  readonly offer: Offer;
  readonly supplies: AgentSupplies;
}

export type AgentJob =
  | (JobBase & { readonly kind: 'sync'; readonly scope?: RelPath; readonly open?: RelPath })
  | (JobBase & { readonly kind: 'undo'; readonly undoes: RunId })
  | (JobBase & { readonly kind: 'take' } & Taking);

/**
 * What a student takes, each file once: the course's version, of `cell` alone if given, or what a run replaced. `as` is
 * where a single file goes instead of its own place.
 */
export interface Taking {
  readonly files: readonly RelPath[];
  readonly as?: RelPath;
  readonly cell?: string;
  readonly from: 'course' | RunId;
}

/** Which report is wanted, and where its journal is. */
export type RecallJob = Pick<JobBase, 'run' | 'person' | 'course' | 'workspace'>;

/** Plain data: it is sent to where the agent runs. */
export interface AgentSupplies {
  /** The course's folder with its hidden repositories, and whose it may read there. */
  readonly folder: string;
  readonly audience: string;
  /** The folder whose purges hold there, where it is not that one. */
  readonly purgedIn?: string;
  readonly policy: Policy;
}
