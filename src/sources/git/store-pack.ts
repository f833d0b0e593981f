/** A pack on its way to the disk: written as it comes, its frame and its checksum verified. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { CHECKSUM_BYTES } from './pack-entries.ts';

export const PACK_HEADER_BYTES = 12;

/** What is known of a pack that came whole. */
export interface StoredPack {
  /** How many objects it says it holds. */
  readonly count: number;
}

/**
 * Writes `pack` to a new file at `path`. What is there when it throws is worthless.
 * @throws {RangeError} when it is no pack of version 2, ends early or differs from its checksum; what `pack` throws
 */
export async function storePack(pack: AsyncIterable<Buffer>, path: string): Promise<StoredPack> {
  const hash = createHash('sha1');
  const file = await open(path, 'wx', 0o600);
  // the last bytes that came may be the checksum, which is no part of what it is of
  let tail = Buffer.alloc(0);
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of pack) {
      if (head.length < PACK_HEADER_BYTES) head = Buffer.concat([head, chunk]).subarray(0, PACK_HEADER_BYTES);
      const joined = Buffer.concat([tail, chunk]);
      const body = joined.subarray(0, Math.max(0, joined.length - CHECKSUM_BYTES));
      hash.update(body);
      tail = joined.subarray(body.length);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  const count = countIn(head);
  if (!hash.digest().equals(tail)) throw new RangeError('pack differs from its checksum');
  return { count };
}

function countIn(head: Buffer): number {
  if (head.length < PACK_HEADER_BYTES) throw new RangeError('pack ends early');
  if (head.toString('latin1', 0, 4) !== 'PACK' || head.readUInt32BE(4) !== 2)
    throw new RangeError('no pack of version 2');
  return head.readUInt32BE(8);
}
