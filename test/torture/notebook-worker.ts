/** A thread that plays the batches it is given. */
import { parentPort } from 'node:worker_threads';
import { playBatch, type Batch } from './notebook-batch.ts';

parentPort?.on('message', (batch: Batch) => parentPort?.postMessage(playBatch(batch)));
