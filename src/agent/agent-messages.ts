/** What the server and an agent's worker thread tell each other. */
import type { RunId } from '../core/ids.ts';
import type { Progress } from '../core/progress.ts';
import type { RunReport } from '../sync/report.ts';
import type { AgentJob, RecallJob } from './agent.ts';
import type { SentError } from './sent-error.ts';

/** What one thread does at a time. */
export type Order =
  { readonly kind: 'run'; readonly job: AgentJob } | { readonly kind: 'recall'; readonly job: RecallJob };

export type ToWorker =
  | Order
  /** Only this run: by the time it arrives, another may be on. */
  | { readonly kind: 'cancel'; readonly run: RunId };

export type FromWorker =
  /** Its event loop turns: it is not stuck in a file system that does not answer. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** A run's report; of a recall also undefined, where the journal has none. */
  | { readonly kind: 'done'; readonly report: RunReport | undefined }
  | { readonly kind: 'failed'; readonly error: SentError };
