/** Reading parts of an open file at stated places, so that many readers share one descriptor. */
import * as fs from 'node:fs';
import { promisify } from 'node:util';

const BLOCK_BYTES = 1 << 20;
const read = promisify(fs.read);

/** The bytes of `[start, end)`, or what there is of them. */
export function readRange(fd: number, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
  let done = 0;
  while (done < bytes.length) {
    const count = fs.readSync(fd, bytes, done, bytes.length - done, start + done);
    if (count === 0) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

/** The bytes of `[start, end)` in blocks, without stopping the event loop. It never closes the file. */
export async function* readBlocks(
  fd: number,
  start: number,
  end: number,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end;) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, end - at));
    const { bytesRead } = await read(fd, block, 0, block.length, at);
    if (bytesRead === 0) return;
    yield block.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** The same at once, for callers that may not wait. */
export function* readBlocksSync(fd: number, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at < end; at += BLOCK_BYTES) yield readRange(fd, at, Math.min(end, at + BLOCK_BYTES));
}
