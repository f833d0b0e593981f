/** What the server and an agent's worker thread tell each other. */
import type { RunId } from '../core/ids.ts';
import type { Progress } from '../core/progress.ts';
import { F2gitError, type ErrorCode, type ErrorParams } from '../errors.ts';
import type { RunReport } from '../sync/report.ts';
import type { AgentJob, RecallJob } from './agent.ts';

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

/** An error that survives being sent to another thread. */
export interface SentError {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  readonly stack: string;
}

export function packError(error: F2gitError): SentError {
  const origin = error.cause instanceof Error ? error.cause : error;
  return { code: error.code, params: error.params, stack: origin.stack ?? origin.message };
}

export function unpackError({ code, params, stack }: SentError): F2gitError {
  const cause = new Error(`in the agent: ${code}`);
  cause.stack = stack;
  return new F2gitError(code, { params, cause });
}
