/** Two differences from one base, side by side: which parts only one of them changed, and which both did. */
import { at } from './at.ts';
import type { Hunk } from './line-diff.ts';

/** Where a part is in each of the three files: lines `[start, end)`; only `offered` ones change the student's file. */
export interface Part {
  readonly kind: 'offered' | 'local' | 'agreed' | 'conflict';
  readonly baseStart: number;
  readonly baseEnd: number;
  readonly offeredStart: number;
  readonly offeredEnd: number;
  readonly localStart: number;
  readonly localEnd: number;
}

/**
 * Gives the parts that differ from the base, in order. Hunks of both sides that overlap or touch are one part, as in
 * git: `agreed` when both made the same of it, else `conflict`.
 */
export function alignHunks(
  offered: { readonly lines: Int32Array; readonly hunks: readonly Hunk[] },
  local: { readonly lines: Int32Array; readonly hunks: readonly Hunk[] },
): readonly Part[] {
  const parts: Part[] = [];
  // what has to be added to a line number of the base to get the other file's, at the present place
  let offeredShift = 0;
  let localShift = 0;
  let offeredNext = 0;
  let localNext = 0;
  for (;;) {
    const first = earlier(offered.hunks[offeredNext], local.hunks[localNext]);
    if (first === undefined) return parts;
    const offeredFirst = offeredNext;
    const localFirst = localNext;
    const baseStart = first.baseStart;
    let baseEnd = first.baseEnd;
    for (let isGrowing = true; isGrowing;) {
      const offeredHunk = offered.hunks[offeredNext];
      const localHunk = local.hunks[localNext];
      isGrowing = false;
      if (offeredHunk !== undefined && offeredHunk.baseStart <= baseEnd) {
        baseEnd = Math.max(baseEnd, offeredHunk.baseEnd);
        offeredNext++;
        isGrowing = true;
      }
      if (localHunk !== undefined && localHunk.baseStart <= baseEnd) {
        baseEnd = Math.max(baseEnd, localHunk.baseEnd);
        localNext++;
        isGrowing = true;
      }
    }
    const offeredStart = baseStart + offeredShift;
    const localStart = baseStart + localShift;
    offeredShift = shiftAfter(offered.hunks, offeredNext, offeredShift);
    localShift = shiftAfter(local.hunks, localNext, localShift);
    const place = {
      baseStart,
      baseEnd,
      offeredStart,
      offeredEnd: baseEnd + offeredShift,
      localStart,
      localEnd: baseEnd + localShift,
    };
    const kind =
      localNext === localFirst
        ? 'offered'
        : offeredNext === offeredFirst
          ? 'local'
          : isSame(offered.lines, local.lines, place)
            ? 'agreed'
            : 'conflict';
    parts.push({ kind, ...place });
  }
}

function earlier(a: Hunk | undefined, b: Hunk | undefined): Hunk | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.baseStart <= b.baseStart ? a : b;
}

function shiftAfter(hunks: readonly Hunk[], next: number, shift: number): number {
  const last = hunks[next - 1];
  return last === undefined ? shift : last.otherEnd - last.baseEnd;
}

function isSame(offered: Int32Array, local: Int32Array, place: Omit<Part, 'kind'>): boolean {
  const length = place.offeredEnd - place.offeredStart;
  if (length !== place.localEnd - place.localStart) return false;
  for (let line = 0; line < length; line++) {
    if (at(offered, place.offeredStart + line) !== at(local, place.localStart + line)) return false;
  }
  return true;
}
