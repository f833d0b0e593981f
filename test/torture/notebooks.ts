/** Random histories of notebooks, many: every law at every click, in as many threads as wanted. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Batch, BatchResult } from './notebook-batch.ts';
import { tableOf } from './table.ts';

export interface NotebookOptions {
  readonly count: number;
  /** Of the first batch; the next one has the next number. */
  readonly seed: number;
  readonly workers: number;
  /** The built `notebook-worker.ts`. */
  readonly worker: URL;
  readonly signal: AbortSignal;
  /** Told now and then how far it is. */
  readonly onProgress: (line: string) => void;
}

export interface NotebookReport {
  readonly text: string;
  readonly isGood: boolean;
}

/** So many histories have one seed: few enough to be seen again in seconds. */
const BATCH = 1000;
const BATCHES_PER_LINE = 10;

/** Plays `count` histories. Each is of up to three clicks; after each click the course changes the notebook once more. */
export async function notebooks(options: NotebookOptions): Promise<NotebookReport> {
  const { count, seed, workers, onProgress } = options;
  const waiting = batchesOf(count, seed);
  const done: BatchResult[] = [];
  const onDone = (result: BatchResult): void => {
    done.push(result);
    if (result.violation !== undefined) onProgress(explain(result));
    if (done.length % BATCHES_PER_LINE === 0) onProgress(summaryOf(done));
  };
  const lanes = Array.from({ length: Math.max(1, workers) }, () => work(waiting, onDone, options));
  await Promise.all(lanes);
  const sum = sumsOf(done);
  const violations = done.filter(({ violation }) => violation !== undefined);
  const rows = [{ name: `seed ${seed}`, figures: [sum.histories, sum.clicks, sum.clicks, violations.length] }];
  const head = ['notebooks', 'histories', 'clicks', 'changes of the course after them', 'violations'];
  return {
    text: [...violations.map(explain), tableOf(head, rows, false)].join('\n'),
    isGood: violations.length === 0 && sum.histories > 0,
  };
}

function batchesOf(count: number, seed: number): Batch[] {
  const batches = Math.ceil(count / BATCH);
  return Array.from({ length: batches }, (_, nth) => ({
    seed: seed + nth,
    count: Math.min(BATCH, count - nth * BATCH),
  }));
}

/** One thread, which takes batches until there are none. */
async function work(
  waiting: Batch[],
  onDone: (result: BatchResult) => void,
  { worker: file, signal }: NotebookOptions,
): Promise<void> {
  const worker = new Worker(file);
  try {
    for (let batch = waiting.shift(); batch !== undefined && !signal.aborted; batch = waiting.shift()) {
      onDone(await answerOf(worker, batch));
    }
  } finally {
    await worker.terminate();
  }
}

async function answerOf(worker: Worker, batch: Batch): Promise<BatchResult> {
  // rejects with what the thread dies of
  const answer = once(worker, 'message');
  worker.postMessage(batch);
  const [result] = (await answer) as [BatchResult];
  return result;
}

function sumsOf(results: readonly BatchResult[]): { readonly histories: number; readonly clicks: number } {
  const sum = (of: (result: BatchResult) => number): number => results.reduce((total, each) => total + of(each), 0);
  return { histories: sum(({ histories }) => histories), clicks: sum(({ clicks }) => clicks) };
}

function summaryOf(results: readonly BatchResult[]): string {
  const { histories, clicks } = sumsOf(results);
  return `${histories} histories, ${clicks} clicks`;
}

function explain({ seed, count, violation }: BatchResult): string {
  return `  ${violation ?? ''}\n    npm run torture -- notebooks --count ${count} --seed ${seed}`;
}
