/**
 * The index of a git pack, version 2, as it is written: one format for the packs of the hidden repository and for those
 * that come from a git server. Format: https://git-scm.com/docs/gitformat-pack
 */
import { createHash } from 'node:crypto';
import type { Oid } from './ids.ts';

/** One object of a pack. `crc` is the CRC-32 of its entry as it lies in the pack, header included. */
export interface IndexedObject {
  readonly oid: Oid;
  readonly crc: number;
  readonly offset: number;
}

const CHECKSUM_BYTES = 20;
/** Magic, version, and how many objects begin with each first byte or a smaller one. */
const HEADER_BYTES = 8 + 256 * 4;
const BYTES_PER_OBJECT = 20 + 4 + 4;
const LARGE_OFFSET = 0x80000000;

/** The bytes of an index. `objects` may be in any order and must not name an object twice. */
export function encodeIndex(objects: readonly IndexedObject[], packChecksum: Uint8Array): Buffer {
  const sorted = [...objects].sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const large = sorted.filter((object) => object.offset >= LARGE_OFFSET);
  const count = sorted.length;
  const index = Buffer.alloc(HEADER_BYTES + count * BYTES_PER_OBJECT + large.length * 8 + 2 * CHECKSUM_BYTES);
  index.writeUInt32BE(0xff744f63, 0);
  index.writeUInt32BE(2, 4);
  const crcs = HEADER_BYTES + count * 20;
  const offsets = crcs + count * 4;
  const largeOffsets = offsets + count * 4;
  let largeCount = 0;
  const perFirstByte = new Array<number>(256).fill(0);
  sorted.forEach((object, position) => {
    index.write(object.oid, HEADER_BYTES + position * 20, 'hex');
    const first = index.readUInt8(HEADER_BYTES + position * 20);
    perFirstByte[first] = (perFirstByte[first] ?? 0) + 1;
    index.writeUInt32BE(object.crc >>> 0, crcs + position * 4);
    const isLarge = object.offset >= LARGE_OFFSET;
    index.writeUInt32BE(isLarge ? LARGE_OFFSET + largeCount : object.offset, offsets + position * 4);
    if (isLarge) index.writeBigUInt64BE(BigInt(object.offset), largeOffsets + 8 * largeCount++);
  });
  perFirstByte.reduce((sum, here, byte) => index.writeUInt32BE(sum + here, 8 + byte * 4) && sum + here, 0);
  index.set(packChecksum, index.length - 2 * CHECKSUM_BYTES);
  const body = index.subarray(0, index.length - CHECKSUM_BYTES);
  index.set(createHash('sha1').update(body).digest(), index.length - CHECKSUM_BYTES);
  return index;
}
