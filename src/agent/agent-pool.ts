/**
 * The agent on threads of its own. A home can be slow or hang (a dead network drive, a FIFO): the event loop, and with
 * it everybody else, must not notice. A thread that gives no sign of life is given up and replaced; as it may hang
 * inside the kernel, where nothing ends it, its workspace takes no new run before it is really gone.
 */
import { Worker } from 'node:worker_threads';
import type { Log } from '../core/log.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import type { RunReport } from '../sync/report.ts';
import type { FromWorker, Order, ToWorker } from './agent-messages.ts';
import { unpackError } from './sent-error.ts';
import { elapsed } from '../core/elapsed.ts';
import type { Agent, AgentJob, RecallJob } from './agent.ts';

export interface AgentPoolOptions {
  /** The built `agent-worker.js`. */
  readonly entry: string;
  readonly size: number;
  readonly log: Log;
  /** How long a thread may give no sign of life. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 60_000;
/** What a thread may take to end when all of them do. */
const LAST_MS = 1_000;
const RESTART_MS = 1_000;

/** One order with the two ends of its promise. */
interface Task {
  readonly order: Order;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  resolve(report: RunReport | undefined): void;
  reject(error: unknown): void;
}

interface Slot {
  /** Absent for a moment after a thread ended by itself. */
  worker: Worker | undefined;
  task: Task | undefined;
  /** When its thread last gave a sign of life. */
  heard: number;
}

export function createAgentPool(options: AgentPoolOptions): Agent {
  return new AgentPool(options);
}

class AgentPool implements Agent {
  readonly #options: AgentPoolOptions;
  readonly #silenceMs: number;
  readonly #queue: Task[] = [];
  readonly #slots: readonly Slot[];
  readonly #watchdog: NodeJS.Timeout;
  /** Workspaces whose thread hangs, until it is really gone. */
  readonly #givenUp = new Map<string, Worker>();
  #isClosing = false;

  constructor(options: AgentPoolOptions) {
    this.#options = options;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
    this.#slots = Array.from({ length: options.size }, () => this.#newSlot());
    this.#watchdog = setInterval(() => this.#watch(), Math.min(1_000, this.#silenceMs / 4)).unref();
  }

  async run(job: AgentJob, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport> {
    const report = await this.#carryOut({ kind: 'run', job }, onProgress, signal);
    if (report === undefined) throw new F2gitError('bug', { params: { detail: 'a run without a report' } });
    return report;
  }

  recall(job: RecallJob, signal: AbortSignal): Promise<RunReport | undefined> {
    return this.#carryOut({ kind: 'recall', job }, () => undefined, signal);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#watchdog);
    const waiting = [...this.#queue.splice(0), ...this.#slots.flatMap(({ task }) => task ?? [])];
    for (const task of waiting) task.reject(new F2gitError('server-stopping'));
    const ended = Promise.all(this.#slots.flatMap(({ worker }) => worker?.terminate() ?? []));
    await Promise.race([ended, elapsed(LAST_MS)]);
  }

  #carryOut(order: Order, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#isClosing) throw new F2gitError('server-stopping');
      if (this.#givenUp.has(order.job.workspace)) throw hungIn(order);
      this.#queue.push({ order, onProgress, signal, resolve, reject });
      this.#serve();
    });
  }

  #newSlot(): Slot {
    const slot: Slot = { worker: undefined, task: undefined, heard: 0 };
    this.#startThread(slot);
    return slot;
  }

  #serve(): void {
    for (const slot of this.#slots) {
      while (slot.worker !== undefined && slot.task === undefined) {
        const task = this.#queue.shift();
        if (task === undefined) return;
        if (task.signal.aborted) task.reject(task.signal.reason);
        else begin(task, slot, slot.worker);
      }
    }
  }

  #startThread(slot: Slot): void {
    const worker = new Worker(this.#options.entry);
    slot.worker = worker;
    worker.unref();
    worker.on('message', (message: FromWorker) => {
      if (slot.worker === worker) this.#hear(slot, message);
    });
    worker.on('error', (error) => this.#options.log('error', 'agent thread failed', { stack: stackOf(error) }));
    worker.on('exit', () => {
      for (const [workspace, gone] of this.#givenUp) if (gone === worker) this.#givenUp.delete(workspace);
      if (slot.worker === worker && !this.#isClosing) this.#startLater(slot);
    });
  }

  /** A thread that ends by itself is a bug of ours; should the next one end too, that must not cost all of the CPU. */
  #startLater(slot: Slot): void {
    slot.worker = undefined;
    this.#release(slot, new F2gitError('bug', { params: { detail: 'the agent thread ended' } }));
    setTimeout(() => {
      if (this.#isClosing) return;
      this.#startThread(slot);
      this.#serve();
    }, RESTART_MS).unref();
  }

  #hear(slot: Slot, message: FromWorker): void {
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
    this.#serve();
  }

  #watch(): void {
    for (const slot of this.#slots) {
      const { task, worker } = slot;
      if (task === undefined || worker === undefined) continue;
      if (performance.now() - slot.heard < this.#silenceMs) continue;
      const { workspace, course, run } = task.order.job;
      this.#options.log('error', 'agent thread hangs', { run, course });
      this.#givenUp.set(workspace, worker);
      this.#startThread(slot);
      this.#release(slot, hungIn(task.order));
      void worker.terminate();
      this.#serve();
    }
  }

  #release(slot: Slot, reason: F2gitError): void {
    const { task } = slot;
    slot.task = undefined;
    task?.reject(reason);
  }
}

function begin(task: Task, slot: Slot, worker: Worker): void {
  slot.task = task;
  slot.heard = performance.now();
  const cancel = (): void => tell(worker, { kind: 'cancel', run: task.order.job.run });
  task.signal.addEventListener('abort', cancel, { once: true });
  tell(worker, task.order);
}

function tell(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}

function hungIn({ job }: Order): F2gitError {
  return new F2gitError('workspace-hung', { params: { workspace: job.workspace } });
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : String(error);
}
