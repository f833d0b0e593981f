/** The worker thread of `agent-pool.ts`: does one job after the other and tells how far it is. */
import { parentPort } from 'node:worker_threads';
import type { RunId } from '../core/ids.ts';
import type { Progress } from '../core/progress.ts';
import { asF2gitError } from '../errors.ts';
import type { FromWorker, Order, ToWorker } from './agent-messages.ts';
import { packError } from './sent-error.ts';
import { createAgentWork } from './agent-work.ts';

/** Often enough for the watchdog, seldom enough to cost nothing. */
const ALIVE_MS = 1_000;

const work = createAgentWork();
let current: { readonly run: RunId; readonly cancel: AbortController } | undefined;

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind !== 'cancel') void carryOut(message);
  else if (current?.run === message.run) current.cancel.abort();
});

async function carryOut(order: Order): Promise<void> {
  const cancel = new AbortController();
  current = { run: order.job.run, cancel };
  const alive = setInterval(() => tell({ kind: 'alive' }), ALIVE_MS);
  try {
    const tellProgress = (progress: Progress): void => tell({ kind: 'progress', progress });
    const report =
      order.kind === 'recall' ? work.recall(order.job) : await work.run(order.job, tellProgress, cancel.signal);
    tell({ kind: 'done', report });
  } catch (error) {
    tell({ kind: 'failed', error: packError(asF2gitError(error)) });
  } finally {
    clearInterval(alive);
  }
}

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}
