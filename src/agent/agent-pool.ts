/**
 * The agent on threads of its own. A home can be slow or hang (a dead network drive, a FIFO): the event loop, and with
 * it everybody else, must not notice. A thread that gives no sign of life is given up and replaced; as it may hang
 * inside the kernel, where nothing ends it, its workspace takes no new run before it is really gone.
 */
import { setMaxListeners } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Log } from '../core/log.ts';
import type { OnProgress } from '../core/progress.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import type { RunReport } from '../sync/report.ts';
import type { FromWorker, Order, ToWorker } from './agent-messages.ts';
import { createFairSlots, MOST_WAITING, type FairSlots } from './fair-slots.ts';
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
  /** Begins as soon as there is a thread. */
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
  /** As many as there are slots: who has one finds a slot without a task. */
  readonly #turns: FairSlots;
  readonly #slots: readonly Slot[];
  readonly #watchdog: NodeJS.Timeout;
  /** Workspaces whose thread hangs, until it is really gone. */
  readonly #givenUp = new Map<string, Worker>();
  readonly #closing = new AbortController();

  constructor(options: AgentPoolOptions) {
    this.#options = options;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
    this.#turns = createFairSlots({ size: options.size, waiting: MOST_WAITING });
    setMaxListeners(0, this.#closing.signal);
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
    const reason = new F2gitError('server-stopping');
    this.#closing.abort(reason);
    clearInterval(this.#watchdog);
    for (const slot of this.#slots) this.#release(slot, reason);
    const ended = Promise.all(this.#slots.flatMap(({ worker }) => worker?.terminate() ?? []));
    await Promise.race([ended, elapsed(LAST_MS)]);
  }

  async #carryOut(order: Order, onProgress: OnProgress, signal: AbortSignal): Promise<RunReport | undefined> {
    const leave = await this.#turns.take(order.job.person.name, AbortSignal.any([signal, this.#closing.signal]));
    try {
      return await new Promise((resolve, reject) => {
        this.#assign({ order, onProgress, signal, resolve, reject });
      });
    } finally {
      leave();
    }
  }

  #assign(task: Task): void {
    this.#closing.signal.throwIfAborted();
    if (this.#givenUp.has(task.order.job.workspace)) throw hungIn(task.order);
    const free = this.#slots.filter((one) => one.task === undefined);
    const slot = free.find(({ worker }) => worker !== undefined) ?? free[0];
    if (slot === undefined) throw new F2gitError('bug', { params: { detail: 'a turn without a slot' } });
    slot.task = task;
    if (slot.worker !== undefined) begin(task, slot, slot.worker);
  }

  #newSlot(): Slot {
    const slot: Slot = { worker: undefined, task: undefined, heard: 0 };
    this.#startThread(slot);
    return slot;
  }

  #startThread(slot: Slot): Worker {
    const worker = new Worker(this.#options.entry);
    slot.worker = worker;
    worker.unref();
    worker.on('message', (message: FromWorker) => {
      if (slot.worker === worker) this.#hear(slot, message);
    });
    worker.on('error', (error) => this.#options.log('error', 'agent thread failed', { stack: stackOf(error) }));
    worker.on('exit', () => {
      for (const [workspace, gone] of this.#givenUp) if (gone === worker) this.#givenUp.delete(workspace);
      if (slot.worker === worker && !this.#closing.signal.aborted) this.#startLater(slot);
    });
    return worker;
  }

  /** A thread that ends by itself is a bug of ours; should the next one end too, that must not cost all of the CPU. */
  #startLater(slot: Slot): void {
    slot.worker = undefined;
    this.#release(slot, new F2gitError('bug', { params: { detail: 'the agent thread ended' } }));
    setTimeout(() => {
      if (this.#closing.signal.aborted) return;
      const worker = this.#startThread(slot);
      const { task } = slot;
      if (task?.signal.aborted === true) this.#release(slot, asF2gitError(task.signal.reason));
      else if (task !== undefined) begin(task, slot, worker);
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
    }
  }

  #release(slot: Slot, reason: F2gitError): void {
    const { task } = slot;
    slot.task = undefined;
    task?.reject(reason);
  }
}

function begin(task: Task, slot: Slot, worker: Worker): void {
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
