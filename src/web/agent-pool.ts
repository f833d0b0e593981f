/**
 * The agent on threads of its own. A home can be slow or hang (a dead network drive, a FIFO): the event loop, and with
 * it everybody else, must not notice. A thread that gives no sign of life is given up and replaced; as it may hang
 * inside the kernel, where nothing ends it, its workspace takes no new run before it is really gone.
 */
import { Worker } from 'node:worker_threads';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import type { RunReport } from '../sync/report.ts';
import { unpackError, type FromWorker, type ToWorker } from './agent-messages.ts';
import { elapsed } from './elapsed.ts';
import type { Agent, AgentJob, Log } from './ports.ts';

export interface AgentPoolOptions {
  /** The built `agent-worker.js`. */
  readonly entry: string;
  readonly size: number;
  readonly log: Log;
  /** How long a thread may give no sign of life. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 60_000;

/** One job with the two ends of its promise. */
interface Task {
  readonly job: AgentJob;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  resolve(report: RunReport): void;
  reject(error: unknown): void;
}

interface Slot {
  worker: Worker;
  task: Task | undefined;
  heard: number;
}

export function createAgentPool(options: AgentPoolOptions): Agent {
  const silenceMs = options.silenceMs ?? SILENCE_MS;
  const queue: Task[] = [];
  const givenUp = new Map<string, Worker>();
  const slots: Slot[] = [];
  let closing = false;

  function run(job: AgentJob, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport> {
    return new Promise((resolve, reject) => {
      if (closing) throw new F2gitError('server-stopping');
      if (givenUp.has(job.workspace)) throw new F2gitError('workspace-hung', { params: { workspace: job.workspace } });
      queue.push({ job, onProgress, signal, resolve, reject });
      serve();
    });
  }

  function serve(): void {
    for (const slot of slots) {
      if (slot.task !== undefined) continue;
      const task = queue.shift();
      if (task === undefined) return;
      begin(task, slot);
    }
  }

  function begin(task: Task, slot: Slot): void {
    if (task.signal.aborted) {
      task.reject(task.signal.reason);
      serve();
      return;
    }
    slot.task = task;
    slot.heard = performance.now();
    const { worker } = slot;
    const cancel = (): void => tell(worker, { kind: 'cancel', run: task.job.run });
    task.signal.addEventListener('abort', cancel, { once: true });
    tell(worker, { kind: 'run', job: task.job });
  }

  function hear(slot: Slot, message: FromWorker): void {
    slot.heard = performance.now();
    const { task } = slot;
    if (task === undefined || message.kind === 'alive') return;
    if (message.kind === 'progress') {
      task.onProgress(message.progress);
      return;
    }
    slot.task = undefined;
    if (message.kind === 'done') task.resolve(message.report);
    else task.reject(unpackError(message.error));
    serve();
  }

  function start(slot: Slot): void {
    const { worker } = slot;
    worker.unref();
    worker.on('message', (message: FromWorker) => {
      if (slot.worker === worker) hear(slot, message);
    });
    worker.on('error', (error) => options.log('error', 'agent thread failed', { stack: error.stack }));
    worker.on('exit', () => {
      for (const [workspace, gone] of givenUp) if (gone === worker) givenUp.delete(workspace);
      if (slot.worker === worker && !closing)
        replace(slot, new F2gitError('bug', { params: { detail: 'agent thread ended' } }));
    });
  }

  function replace(slot: Slot, reason: F2gitError): void {
    const { task } = slot;
    slot.task = undefined;
    slot.worker = newWorker(options.entry);
    start(slot);
    task?.reject(reason);
    serve();
  }

  function watch(): void {
    for (const slot of slots) {
      const { task, worker } = slot;
      if (task === undefined || performance.now() - slot.heard < silenceMs) continue;
      const { workspace, course, run: id } = task.job;
      options.log('error', 'agent thread hangs', { run: id, course });
      givenUp.set(workspace, worker);
      replace(slot, new F2gitError('workspace-hung', { params: { workspace } }));
      void worker.terminate();
    }
  }

  for (let index = 0; index < options.size; index += 1) {
    const slot: Slot = { worker: newWorker(options.entry), task: undefined, heard: 0 };
    slots.push(slot);
    start(slot);
  }
  const watchdog = setInterval(watch, Math.min(1_000, silenceMs / 4)).unref();

  return {
    run,
    async close() {
      closing = true;
      clearInterval(watchdog);
      for (const task of queue.splice(0)) task.reject(new F2gitError('server-stopping'));
      for (const slot of slots) slot.task?.reject(new F2gitError('server-stopping'));
      await Promise.race([Promise.all(slots.map((slot) => slot.worker.terminate())), elapsed(1_000)]);
    },
  };
}

function newWorker(entry: string): Worker {
  return new Worker(entry);
}

function tell(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
