/**
 * Git's binary delta: an object told as copies from another one and literal bytes.
 * Format: https://git-scm.com/docs/gitformat-pack#_deltified_representation
 */

/** The sizes a delta states at its beginning, and where its instructions start. Bytes. */
export interface DeltaHeader {
  readonly baseSize: number;
  readonly resultSize: number;
  readonly start: number;
}

/** Reads the two sizes. @throws {RangeError} when `delta` ends before them */
export function readDeltaHeader(delta: Uint8Array): DeltaHeader {
  const base = readVariableSize(delta, 0);
  const result = readVariableSize(delta, base.next);
  return { baseSize: base.size, resultSize: result.size, start: result.next };
}

/** Gives the object that `delta` makes of `base`. @throws {RangeError} when the two do not belong together */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Buffer {
  const header = readDeltaHeader(delta);
  if (header.baseSize !== base.length) throw new RangeError('delta made for another base');
  const result = Buffer.alloc(header.resultSize);
  let from = header.start;
  let to = 0;
  while (from < delta.length) {
    const instruction = byteAt(delta, from++);
    if (instruction === 0) throw new RangeError('delta with a reserved instruction');
    if (instruction & 0x80) {
      const copy = readCopy(delta, from, instruction);
      if (copy.offset + copy.size > base.length) throw new RangeError('delta copies beyond its base');
      result.set(base.subarray(copy.offset, copy.offset + copy.size), to);
      from = copy.next;
      to += copy.size;
    } else {
      if (from + instruction > delta.length) throw new RangeError('delta ends early');
      result.set(delta.subarray(from, from + instruction), to);
      from += instruction;
      to += instruction;
    }
  }
  if (to !== result.length) throw new RangeError('delta makes fewer bytes than it states');
  return result;
}

/** A copy instruction: which of the four offset and three size bytes follow is said by the bits of `instruction`. */
function readCopy(delta: Uint8Array, at: number, instruction: number): { offset: number; size: number; next: number } {
  let next = at;
  let offset = 0;
  for (let index = 0; index < 4; index++) {
    if (instruction & (1 << index)) offset += byteAt(delta, next++) * 2 ** (8 * index);
  }
  let size = 0;
  for (let index = 0; index < 3; index++) {
    if (instruction & (0x10 << index)) size |= byteAt(delta, next++) << (8 * index);
  }
  return { offset, size: size === 0 ? 0x10000 : size, next };
}

function readVariableSize(bytes: Uint8Array, at: number): { size: number; next: number } {
  let size = 0;
  let factor = 1;
  for (let next = at; ; next++) {
    const byte = byteAt(bytes, next);
    size += (byte & 0x7f) * factor;
    factor *= 128;
    if (size > Number.MAX_SAFE_INTEGER) throw new RangeError('size beyond any file');
    if ((byte & 0x80) === 0) return { size, next: next + 1 };
  }
}

function byteAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new RangeError('delta ends early');
  return byte;
}
