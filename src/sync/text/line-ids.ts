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

interface Table {
  /** Open addressing: id + 1 of the line that hashes to a slot, 0 where it is free. */
  readonly slots: Int32Array;
  /** The first line that got each id. */
  readonly firstFile: Lines[];
  readonly firstLine: Int32Array;
  count: number;
  probes: number;
}

function numberByHash(files: readonly Lines[]): LineIds | undefined {
  const total = files.reduce((sum, file) => sum + file.count, 0);
  const table: Table = {
    slots: new Int32Array(2 ** Math.ceil(Math.log2(total * 2 + 2))),
    firstFile: [],
    firstLine: new Int32Array(total),
    count: 0,
    probes: total * MAX_PROBES_PER_LINE,
  };
  const ids: Int32Array[] = [];
  for (const file of files) {
    const fileIds = new Int32Array(file.count);
    for (let line = 0; line < file.count; line++) fileIds[line] = idOf(table, file, line);
    if (table.probes < 0) return undefined;
    ids.push(fileIds);
  }
  return { files: ids, count: table.count };
}

function idOf(table: Table, file: Lines, line: number): number {
  const { slots, firstFile, firstLine } = table;
  const hash = at(file.hashes, line);
  const mask = slots.length - 1;
  for (let slot = (hash ^ (hash >>> 15)) & mask; table.probes >= 0; slot = (slot + 1) & mask) {
    const id = at(slots, slot) - 1;
    if (id < 0) {
      slots[slot] = ++table.count;
      firstFile.push(file);
      firstLine[table.count - 1] = line;
      return table.count - 1;
    }
    if (isSameLine(firstFile[id] as Lines, at(firstLine, id), file, line)) return id;
    table.probes--;
  }
  return 0;
}

function isSameLine(file: Lines, line: number, other: Lines, otherLine: number): boolean {
  if (file.hashes[line] !== other.hashes[otherLine]) return false;
  const start = at(file.starts, line);
  const otherStart = at(other.starts, otherLine);
  const length = at(file.stops, line) - start;
  if (length !== at(other.stops, otherLine) - otherStart) return false;
  const { bytes } = file;
  const otherBytes = other.bytes;
  for (let offset = 0; offset < length; offset++) {
    if (bytes[start + offset] !== otherBytes[otherStart + offset]) return false;
  }
  return true;
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
