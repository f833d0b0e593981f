/**
 * The difference of two files as hunks. Where several differences are equally short, the one git shows is chosen, so
 * that a merge agrees with what teachers know from git.
 */
import { at } from './at.ts';
import { findEdits, roughRoot } from './shortest-edit.ts';
import type { Work } from './shortest-edit.ts';
import { slideHunks } from './slide.ts';

/** Lines `[baseStart, baseEnd)` of the base stand as `[otherStart, otherEnd)` in the other file; either may be empty. */
export interface Hunk {
  readonly baseStart: number;
  readonly baseEnd: number;
  readonly otherStart: number;
  readonly otherEnd: number;
}

/** What a difference is made of: for each line of either file whether it is in that file only (1) or in both (0). */
export interface Marks {
  readonly base: Uint8Array;
  readonly other: Uint8Array;
}

/** Above this, a line that is on the other side so often says little about where it belongs. */
const MAX_TELLING_COUNT = 1024;
/** How far around a line with many partners is looked for lines without one. */
const NEIGHBOURHOOD = 100;
const FEW_SHARE = 4;

/** Gives the hunks between two files, in order; between two hunks is at least one common line. */
export type LineDiff = (base: Int32Array, other: Int32Array) => readonly Hunk[];

/**
 * Makes the difference function for files of line ids below `ids`. A difference takes about (lines * square root of
 * lines) steps at most; `work` counts them.
 */
export function lineDiff(ids: number, work: Work): LineDiff {
  const counts = { base: new Int32Array(ids), other: new Int32Array(ids) };
  return (base, other) => {
    const marks: Marks = { base: new Uint8Array(base.length), other: new Uint8Array(other.length) };
    const candidates = findCandidates(base, other, counts, marks);
    findEdits({
      base: pick(base, candidates.base),
      other: pick(other, candidates.other),
      onBaseOnly: (index) => (marks.base[at(candidates.base, index)] = 1),
      onOtherOnly: (index) => (marks.other[at(candidates.other, index)] = 1),
      work,
    });
    slideHunks(base, marks.base, marks.other, work);
    slideHunks(other, marks.other, marks.base, work);
    work.steps += base.length + other.length;
    return hunksOf(marks);
  };
}

/** How often each id occurs in either file; all 0 between two differences. */
interface Counts {
  readonly base: Int32Array;
  readonly other: Int32Array;
}

/** The lines worth comparing, by their numbers; the others are marked, or belong to what both files begin or end with. */
function findCandidates(base: Int32Array, other: Int32Array, counts: Counts, marks: Marks) {
  const prefix = commonPrefix(base, other);
  const suffix = commonSuffix(base, other, prefix);
  count(base, counts.base, 1);
  count(other, counts.other, 1);
  const candidates = {
    base: tellingLines(base, prefix, base.length - suffix, counts.other, marks.base),
    other: tellingLines(other, prefix, other.length - suffix, counts.base, marks.other),
  };
  count(base, counts.base, -1);
  count(other, counts.other, -1);
  return candidates;
}

function commonPrefix(base: Int32Array, other: Int32Array): number {
  const limit = Math.min(base.length, other.length);
  let length = 0;
  while (length < limit && base[length] === other[length]) length++;
  return length;
}

function commonSuffix(base: Int32Array, other: Int32Array, prefix: number): number {
  const limit = Math.min(base.length, other.length) - prefix;
  let length = 0;
  while (length < limit && base[base.length - 1 - length] === other[other.length - 1 - length]) length++;
  return length;
}

function count(lines: Int32Array, counts: Int32Array, step: 1 | -1): void {
  for (let line = 0; line < lines.length; line++) {
    const id = at(lines, line);
    counts[id] = at(counts, id) + step;
  }
}

const ALONE = 0;
const TELLING = 1;
const FREQUENT = 2;

/**
 * Drops, and marks, the lines in `[start, end)` that the other file does not have, and frequent ones among them: a
 * blank line between new lines is new as well.
 */
function tellingLines(
  lines: Int32Array,
  start: number,
  end: number,
  partners: Int32Array,
  marks: Uint8Array,
): Int32Array {
  const kinds = kindsOf(lines, start, end, partners);
  const near = new Neighbourhood(kinds, start, end);
  const telling = new Int32Array(end - start);
  let length = 0;
  for (let line = start; line < end; line++) {
    const kind = kinds[line];
    if (kind === TELLING || (kind === FREQUENT && !near.isAmongAlone(line))) telling[length++] = line;
    else marks[line] = 1;
  }
  return telling.subarray(0, length);
}

function kindsOf(lines: Int32Array, start: number, end: number, partners: Int32Array): Uint8Array {
  const frequent = Math.min(roughRoot(lines.length), MAX_TELLING_COUNT);
  const kinds = new Uint8Array(lines.length);
  for (let line = start; line < end; line++) {
    const partnerCount = at(partners, at(lines, line));
    kinds[line] = partnerCount === 0 ? ALONE : partnerCount >= frequent ? FREQUENT : TELLING;
  }
  return kinds;
}

/** What stands around a line, asked for one line after the other: the cost of an answer does not depend on how far it looks. */
class Neighbourhood {
  private readonly kinds: Uint8Array;
  private readonly start: number;
  private readonly end: number;
  /** How many of the lines from `start` to before each one are alone. */
  private readonly aloneBefore: Int32Array;
  private lastTelling: number;
  private nextTelling: number;

  constructor(kinds: Uint8Array, start: number, end: number) {
    this.kinds = kinds;
    this.start = start;
    this.end = end;
    this.lastTelling = start - 1;
    this.nextTelling = start - 1;
    this.aloneBefore = new Int32Array(end - start + 1);
    let alone = 0;
    for (let line = start; line < end; line++) {
      if (kinds[line] === ALONE) alone++;
      this.aloneBefore[line - start + 1] = alone;
    }
  }

  /** Whether a frequent line stands, with lines that are alone on both sides, in a run where those are the most. */
  isAmongAlone(line: number): boolean {
    this.moveTo(line);
    const from = Math.max(this.lastTelling + 1, line - NEIGHBOURHOOD);
    const to = Math.min(this.nextTelling, line + NEIGHBOURHOOD + 1);
    const before = this.alone(from, line);
    const after = this.alone(line + 1, to);
    if (before === 0 || after === 0) return false;
    const frequent = to - from - 1 - before - after + 2;
    return frequent * FEW_SHARE < frequent + before + after;
  }

  private moveTo(line: number): void {
    while (this.nextTelling <= line) {
      this.lastTelling = this.nextTelling++;
      while (this.nextTelling < this.end && this.kinds[this.nextTelling] !== TELLING) this.nextTelling++;
    }
  }

  private alone(from: number, to: number): number {
    return at(this.aloneBefore, to - this.start) - at(this.aloneBefore, from - this.start);
  }
}

function pick(lines: Int32Array, numbers: Int32Array): Int32Array {
  const picked = new Int32Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) picked[index] = at(lines, at(numbers, index));
  return picked;
}

function hunksOf({ base, other }: Marks): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let line = 0;
  let otherLine = 0;
  while (line < base.length || otherLine < other.length) {
    const baseStart = line;
    const otherStart = otherLine;
    while (base[line] === 1) line++;
    while (other[otherLine] === 1) otherLine++;
    if (line > baseStart || otherLine > otherStart)
      hunks.push({ baseStart, baseEnd: line, otherStart, otherEnd: otherLine });
    line++;
    otherLine++;
  }
  return hunks;
}
