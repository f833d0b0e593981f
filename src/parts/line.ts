/** The first words between two parts of the server: one line of JSON, before anything else goes over the connection. */
import type { Duplex } from 'node:stream';
import { F2gitError } from '../errors.ts';

/** A configuration with many courses fits. */
const MOST_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

export function sendLine(stream: Duplex, value: unknown): void {
  stream.write(`${JSON.stringify(value)}\n`);
}

/**
 * The first line that comes; what follows it stays unread in the stream.
 * @throws {F2gitError} `part-failed` when the other side ends before, says too much, or no JSON
 */
export function readLine(stream: Duplex, mostBytes = MOST_BYTES): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const finish = (settle: () => void): void => {
      stream.pause();
      stream.off('data', take).off('end', stop).off('close', stop).off('error', stop);
      settle();
    };
    const stop = (cause?: unknown): void => finish(() => reject(new F2gitError('part-failed', { cause })));
    const take = (bytes: Buffer): void => {
      read = Buffer.concat([read, bytes]);
      const end = read.indexOf(NEWLINE);
      if (end < 0 && read.length > mostBytes) stop(new Error('a line without end'));
      if (end < 0) return;
      finish(() => {
        if (end + 1 < read.length) stream.unshift(read.subarray(end + 1));
        parse(read.subarray(0, end).toString('utf8'), resolve, reject);
      });
    };
    stream.on('data', take).on('end', stop).on('close', stop).on('error', stop);
  });
}

function parse(text: string, resolve: (value: unknown) => void, reject: (error: F2gitError) => void): void {
  try {
    resolve(JSON.parse(text));
  } catch (error) {
    reject(new F2gitError('part-failed', { cause: error }));
  }
}
