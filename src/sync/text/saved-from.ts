/**
 * Which version of the course a student's text began from. Mostly the one last delivered; but an editor that was open all
 * the time still shows the one before and saves that with what the student typed, and then all that came since would look
 * undone by the student.
 */
import { at } from './at.ts';
import { lineDiff, type Hunk } from './line-diff.ts';
import { numberLines } from './line-ids.ts';
import type { Lines } from './lines.ts';
import type { Work } from './shortest-edit.ts';
import { alignHunks, type Part } from './three-way.ts';

/** What tells a save by an old editor from a change by hand. */
export interface Evidence {
  /** How many lines are in one of the two only: the version, and the student's file. */
  readonly distance: number;
  /** `old-lines`: lines the course took out or rewrote stand there as before. `no-new-lines`: only what it added is missing. */
  readonly kind: 'old-lines' | 'no-new-lines';
}

/**
 * What speaks for the student's `local` having been saved by an editor that showed `earlier`, when `delivered` came
 * meanwhile; undefined when it may as well be made of `delivered`. All of this must hold:
 *
 * 1. `local` is nearer to `earlier` than to `delivered`.
 * 2. No line that is new in `delivered` has come to `local`.
 * 3. There are places where `local` is as `earlier` and the course changed something, and none where both changed the
 *    same; and what the course took out there is still there.
 * 4. Where the course only added lines, the student changed nothing at these places: who puts something else in their
 *    place has seen them.
 */
export function savedFrom(earlier: Lines, delivered: Lines, local: Lines, work: Work): Evidence | undefined {
  const ids = numberLines([earlier, delivered, local]);
  const [e, d, l] = ids.files as readonly [Int32Array, Int32Array, Int32Array];
  const counts = { earlier: countOf(e, ids.count), delivered: countOf(d, ids.count), local: countOf(l, ids.count) };
  const isBlank = blankTest(earlier, e, delivered, d);
  if (hasNewLine(d, counts, isBlank)) return undefined;

  const diff = lineDiff(ids.count, work);
  const own = diff(e, l);
  const distance = sizeOf(own);
  if (distance >= sizeOf(diff(d, l))) return undefined;
  const parts = alignHunks({ lines: d, hunks: diff(e, d) }, { lines: l, hunks: own });
  if (parts.some(({ kind }) => kind === 'agreed')) return undefined;

  const asBefore = parts.filter((part) => part.kind === 'offered');
  const old = asBefore.flatMap((part) => [...linesOf(e, part.baseStart, part.baseEnd)]).filter((id) => !isBlank(id));
  const isGone = (id: number): boolean =>
    at(counts.delivered, id) < at(counts.earlier, id) && at(counts.local, id) < at(counts.earlier, id);
  if (old.some(isGone)) return undefined;
  if (old.length > 0) return { distance, kind: 'old-lines' };
  const isOnlyMissing = asBefore.some((part) => hasText(d, part, isBlank));
  const hasOther = parts.some(({ kind }) => kind === 'conflict');
  return isOnlyMissing && !hasOther ? { distance, kind: 'no-new-lines' } : undefined;
}

interface Counts {
  readonly earlier: Int32Array;
  readonly delivered: Int32Array;
  readonly local: Int32Array;
}

function countOf(lines: Int32Array, ids: number): Int32Array {
  const counts = new Int32Array(ids);
  for (let line = 0; line < lines.length; line++) {
    const id = at(lines, line);
    counts[id] = at(counts, id) + 1;
  }
  return counts;
}

/** Whether the student's file has more of a line than the earlier version where the delivered one has, too. */
function hasNewLine(delivered: Int32Array, counts: Counts, isBlank: (id: number) => boolean): boolean {
  return delivered.some((id) => {
    const before = at(counts.earlier, id);
    return at(counts.delivered, id) > before && at(counts.local, id) > before && !isBlank(id);
  });
}

/** The test whether a line of either course version has nothing but blanks: such a line tells nothing. */
function blankTest(earlier: Lines, e: Int32Array, delivered: Lines, d: Int32Array): (id: number) => boolean {
  const blank = new Set<number>();
  for (const [lines, ids] of [
    [earlier, e],
    [delivered, d],
  ] as const) {
    for (let line = 0; line < ids.length; line++) if (isBlankLine(lines, line)) blank.add(at(ids, line));
  }
  return (id) => blank.has(id);
}

const SPACE = 32;

/** No byte above a space, which all tabs and the like are below. */
function isBlankLine({ bytes, starts, stops }: Lines, line: number): boolean {
  for (let offset = at(starts, line); offset < at(stops, line); offset++) {
    if ((bytes[offset] ?? 0) > SPACE) return false;
  }
  return true;
}

function hasText(delivered: Int32Array, part: Part, isBlank: (id: number) => boolean): boolean {
  return linesOf(delivered, part.offeredStart, part.offeredEnd).some((id) => !isBlank(id));
}

function linesOf(lines: Int32Array, start: number, end: number): Int32Array {
  return lines.subarray(start, end);
}

function sizeOf(hunks: readonly Hunk[]): number {
  return hunks.reduce((sum, hunk) => sum + hunk.baseEnd - hunk.baseStart + hunk.otherEnd - hunk.otherStart, 0);
}
