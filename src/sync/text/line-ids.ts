/** Numbers for lines: equal content, equal number, so that comparing files is comparing numbers. */
import { at } from './at.ts';
import type { Lines } from './lines.ts';

export interface LineIds {
  /** The ids of each file's lines, in the order the files were given. */
  readonly files: readonly Int32Array[];
  /** Ids are below this. */
  readonly count: number;
}

/**
 * More probes than this per line mean that someone made lines that collide: the engine's own hash, seeded anew in every
 * process, then takes over.
 */
const MAX_PROBES_PER_LINE = 16;

/** Gives every line of `files` its id, in time proportional to their bytes whatever they hold. */
export function numberLines(files: readonly Lines[]): LineIds {
  return numberByHash(files) ?? numberByMap(files);
}

function numberByHash(files: readonly Lines[]): LineIds | undefined {
  const { bytes, starts, stops } = joined(files);
  const total = starts.length;
  const view = new DataView(bytes.buffer);
  // open addressing: id + 1 of the line that hashes to a slot, 0 where it is free
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(total * 2 + 2)));
  const mask = slots.length - 1;
  const hashes = new Int32Array(total);
  const firstLines = new Int32Array(total);
  const ids = new Int32Array(total);
  let count = 0;
  let probes = total * MAX_PROBES_PER_LINE;
  for (let line = 0; line < total; line++) {
    const start = at(starts, line);
    const length = at(stops, line) - start;
    const hash = hashOf(view, start, length);
    hashes[line] = hash;
    let slot = hash & mask;
    let id = at(slots, slot) - 1;
    while (id >= 0) {
      const other = at(firstLines, id);
      const otherStart = at(starts, other);
      const isEqual =
        at(hashes, other) === hash &&
        at(stops, other) - otherStart === length &&
        isSame(view, start, otherStart, length);
      if (isEqual) break;
      if (--probes < 0) return undefined;
      slot = (slot + 1) & mask;
      id = at(slots, slot) - 1;
    }
    if (id < 0) {
      id = count++;
      slots[slot] = count;
      firstLines[id] = line;
    }
    ids[line] = id;
  }
  return { files: cutUp(ids, files), count };
}

/** All files as one, so that one loop over plain arrays does for any number of them. */
function joined(files: readonly Lines[]) {
  const lines = files.reduce((sum, file) => sum + file.count, 0);
  const bytes = new Uint8Array(files.reduce((sum, file) => sum + file.bytes.length, 0));
  const starts = new Int32Array(lines);
  const stops = new Int32Array(lines);
  let offset = 0;
  let line = 0;
  for (const file of files) {
    bytes.set(file.bytes, offset);
    for (let index = 0; index < file.count; index++, line++) {
      starts[line] = at(file.starts, index) + offset;
      stops[line] = at(file.stops, index) + offset;
    }
    offset += file.bytes.length;
  }
  return { bytes, starts, stops };
}

/** Four bytes at a time: a multiplication spreads each to the higher bits, a shift brings those down. */
function hashOf(view: DataView, start: number, length: number): number {
  let hash = length;
  let offset = start;
  const end = start + length;
  for (; offset + 4 <= end; offset += 4) {
    hash = Math.imul(hash ^ view.getInt32(offset, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; offset < end; offset++) hash = Math.imul(hash ^ view.getUint8(offset), 0x01000193);
  return hash ^ (hash >>> 16);
}

function isSame(view: DataView, start: number, otherStart: number, length: number): boolean {
  let offset = 0;
  for (; offset + 4 <= length; offset += 4) {
    if (view.getInt32(start + offset, true) !== view.getInt32(otherStart + offset, true)) return false;
  }
  for (; offset < length; offset++) {
    if (view.getUint8(start + offset) !== view.getUint8(otherStart + offset)) return false;
  }
  return true;
}

function cutUp(ids: Int32Array, files: readonly Lines[]): readonly Int32Array[] {
  let start = 0;
  return files.map(({ count }) => ids.subarray(start, (start += count)));
}

function numberByMap(files: readonly Lines[]): LineIds {
  const known = new Map<string, number>();
  const ids = files.map(({ bytes, count, starts, stops }) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Int32Array.from({ length: count }, (_, line) => {
      const content = buffer.toString('latin1', starts[line], stops[line]);
      const id = known.get(content) ?? known.size;
      known.set(content, id);
      return id;
    });
  });
  return { files: ids, count: known.size };
}
