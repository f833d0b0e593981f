/**
 * Which lines of two files do not belong to what they have in common: E. Myers, "An O(ND) difference algorithm and its
 * variations" (1986), the variation in linear space, with the two short cuts GNU diff introduced and git has too. They
 * bound the time on files that have little in common and give up only minimality.
 */
import { at } from './at.ts';

/** Two sequences of line ids, and what is told about them. */
export interface Sequences {
  readonly base: Int32Array;
  readonly other: Int32Array;
  readonly onBaseOnly: (index: number) => void;
  readonly onOtherOnly: (index: number) => void;
  readonly work: Work;
}

/** Counts elementary steps, so that tests can bound the work on any input. */
export interface Work {
  steps: number;
}

/** From this many edits on, a path that is far ahead and has just met many equal lines is taken for the best one. */
const GOOD_ENOUGH_AFTER = 256;
const GOOD_ENOUGH_RUN = 20;
const FAR_AHEAD = 4;
/** A search gives up after about the square root of the lines, but never before this many edits. */
const MIN_PATIENCE = 256;

interface Box {
  readonly baseStart: number;
  readonly baseEnd: number;
  readonly otherStart: number;
  readonly otherEnd: number;
  /** The distance within is known to be small: the short cuts are not needed, the shortest path is found. */
  readonly exact: boolean;
}

interface Split {
  readonly base: number;
  readonly other: number;
  readonly exactBefore: boolean;
  readonly exactAfter: boolean;
}

/** The furthest points that paths from one corner reach, by diagonal (base - other). */
interface Front {
  readonly reach: Int32Array;
  low: number;
  high: number;
}

interface Search extends Sequences {
  readonly forward: Int32Array;
  readonly backward: Int32Array;
  /** Where diagonal 0 is in `forward` and `backward`. */
  readonly zero: number;
  readonly patience: number;
}

const UNREACHED_AHEAD = -1;
const UNREACHED_BEHIND = 0x7fffffff;

/** Tells which elements of both sequences are in one only; the rest is their common subsequence. */
export function findEdits({ base, other, onBaseOnly, onOtherOnly, work }: Sequences): void {
  const diagonals = base.length + other.length + 3;
  // every field by its name: the engine knows such objects again, where it would compile for each one made by spreading
  const search: Search = {
    base,
    other,
    onBaseOnly,
    onOtherOnly,
    work,
    forward: new Int32Array(diagonals),
    backward: new Int32Array(diagonals),
    zero: other.length + 1,
    patience: Math.max(MIN_PATIENCE, roughRoot(diagonals)),
  };
  const boxes: Box[] = [{ baseStart: 0, baseEnd: base.length, otherStart: 0, otherEnd: other.length, exact: false }];
  for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
    const core = trimmed(search, box);
    if (core.baseStart === core.baseEnd || core.otherStart === core.otherEnd) {
      for (let index = core.baseStart; index < core.baseEnd; index++) search.onBaseOnly(index);
      for (let index = core.otherStart; index < core.otherEnd; index++) search.onOtherOnly(index);
      continue;
    }
    const split = findSplit(search, core);
    boxes.push(
      { ...core, baseStart: split.base, otherStart: split.other, exact: split.exactAfter },
      { ...core, baseEnd: split.base, otherEnd: split.other, exact: split.exactBefore },
    );
  }
}

/** A power of two near the square root. */
export function roughRoot(count: number): number {
  let root = 1;
  for (let rest = count; rest > 0; rest = Math.floor(rest / 4)) root *= 2;
  return root;
}

function trimmed({ base, other, work }: Search, box: Box): Box {
  let { baseStart, baseEnd, otherStart, otherEnd } = box;
  while (baseStart < baseEnd && otherStart < otherEnd && base[baseStart] === other[otherStart]) {
    baseStart++;
    otherStart++;
  }
  while (baseStart < baseEnd && otherStart < otherEnd && base[baseEnd - 1] === other[otherEnd - 1]) {
    baseEnd--;
    otherEnd--;
  }
  work.steps += baseStart - box.baseStart + (box.baseEnd - baseEnd) + 1;
  return { baseStart, baseEnd, otherStart, otherEnd, exact: box.exact };
}

/** A point that a best path goes through, from where both halves are searched alone. */
function findSplit(search: Search, box: Box): Split {
  const start = box.baseStart - box.otherStart;
  const end = box.baseEnd - box.otherEnd;
  const ahead: Front = { reach: search.forward, low: start, high: start };
  const behind: Front = { reach: search.backward, low: end, high: end };
  ahead.reach[start + search.zero] = box.baseStart;
  behind.reach[end + search.zero] = box.baseEnd;
  const isOdd = ((start - end) & 1) !== 0;
  for (let edits = 1; ; edits++) {
    const forward = advance(search, box, ahead, isOdd ? behind : undefined);
    if (forward.meeting !== undefined) return forward.meeting;
    const backward = retreat(search, box, behind, isOdd ? undefined : ahead);
    if (backward.meeting !== undefined) return backward.meeting;
    if (box.exact) continue;
    if (edits > GOOD_ENOUGH_AFTER && (forward.metRun || backward.metRun)) {
      const split = goodEnoughAhead(search, box, ahead, edits) ?? goodEnoughBehind(search, box, behind, edits);
      if (split !== undefined) return split;
    }
    if (edits >= search.patience) return furthest(search, box, ahead, behind);
  }
}

interface Step {
  readonly meeting?: Split;
  /** Whether some path met a run of equal lines worth looking at. */
  readonly metRun: boolean;
}

const MET_RUN: Step = { metRun: true };
const NO_RUN: Step = { metRun: false };

/** Opens the diagonals next to the front, or closes the one that left the box. */
function widen(front: Front, box: Box, zero: number, unreached: number): void {
  if (front.low > box.baseStart - box.otherEnd) front.reach[--front.low - 1 + zero] = unreached;
  else front.low++;
  if (front.high < box.baseEnd - box.otherStart) front.reach[++front.high + 1 + zero] = unreached;
  else front.high--;
}

/** One more edit from the start of the box, then as far as lines are equal. */
function advance(search: Search, box: Box, front: Front, behind: Front | undefined): Step {
  const { base, other, zero, work } = search;
  const { baseEnd, otherEnd } = box;
  const { reach } = front;
  widen(front, box, zero, UNREACHED_AHEAD);
  const { low, high } = front;
  let metRun = false;
  let matched = 0;
  for (let diagonal = high; diagonal >= low; diagonal -= 2) {
    const slot = diagonal + zero;
    const removed = at(reach, slot - 1) + 1;
    const inserted = at(reach, slot + 1);
    const from = removed > inserted ? removed : inserted;
    let index = from;
    let otherIndex = from - diagonal;
    while (index < baseEnd && otherIndex < otherEnd && base[index] === other[otherIndex]) {
      index++;
      otherIndex++;
    }
    reach[slot] = index;
    matched += index - from;
    if (index - from > GOOD_ENOUGH_RUN) metRun = true;
    if (behind !== undefined && isWithin(behind, diagonal) && at(behind.reach, slot) <= index) {
      return { meeting: { base: index, other: otherIndex, exactBefore: true, exactAfter: true }, metRun };
    }
  }
  work.steps += matched + (high - low) / 2 + 1;
  return metRun ? MET_RUN : NO_RUN;
}

/** As `advance`, from the end of the box towards its start. */
function retreat(search: Search, box: Box, front: Front, ahead: Front | undefined): Step {
  const { base, other, zero, work } = search;
  const { baseStart, otherStart } = box;
  const { reach } = front;
  widen(front, box, zero, UNREACHED_BEHIND);
  const { low, high } = front;
  let metRun = false;
  let matched = 0;
  for (let diagonal = high; diagonal >= low; diagonal -= 2) {
    const slot = diagonal + zero;
    const inserted = at(reach, slot - 1);
    const removed = at(reach, slot + 1) - 1;
    const from = inserted <= removed ? inserted : removed;
    let index = from;
    let otherIndex = from - diagonal;
    while (index > baseStart && otherIndex > otherStart && base[index - 1] === other[otherIndex - 1]) {
      index--;
      otherIndex--;
    }
    reach[slot] = index;
    matched += from - index;
    if (from - index > GOOD_ENOUGH_RUN) metRun = true;
    if (ahead !== undefined && isWithin(ahead, diagonal) && index <= at(ahead.reach, slot)) {
      return { meeting: { base: index, other: otherIndex, exactBefore: true, exactAfter: true }, metRun };
    }
  }
  work.steps += matched + (high - low) / 2 + 1;
  return metRun ? MET_RUN : NO_RUN;
}

function isWithin(front: Front, diagonal: number): boolean {
  return front.low <= diagonal && diagonal <= front.high;
}

/** The path from the start that got furthest for its edits, if it just passed a run of equal lines. */
function goodEnoughAhead(search: Search, box: Box, front: Front, edits: number): Split | undefined {
  const start = box.baseStart - box.otherStart;
  let best = FAR_AHEAD * edits;
  let split: Split | undefined;
  for (let diagonal = front.high; diagonal >= front.low; diagonal -= 2) {
    const base = at(front.reach, diagonal + search.zero);
    const other = base - diagonal;
    const gain = base - box.baseStart + (other - box.otherStart) - Math.abs(diagonal - start);
    search.work.steps++;
    if (gain <= best || base >= box.baseEnd || other >= box.otherEnd) continue;
    if (base < box.baseStart + GOOD_ENOUGH_RUN || other < box.otherStart + GOOD_ENOUGH_RUN) continue;
    if (!isRun(search, base - GOOD_ENOUGH_RUN, other - GOOD_ENOUGH_RUN)) continue;
    best = gain;
    split = { base, other, exactBefore: true, exactAfter: false };
  }
  return split;
}

/** As `goodEnoughAhead`, for the paths from the end. */
function goodEnoughBehind(search: Search, box: Box, front: Front, edits: number): Split | undefined {
  const end = box.baseEnd - box.otherEnd;
  let best = FAR_AHEAD * edits;
  let split: Split | undefined;
  for (let diagonal = front.high; diagonal >= front.low; diagonal -= 2) {
    const base = at(front.reach, diagonal + search.zero);
    const other = base - diagonal;
    const gain = box.baseEnd - base + (box.otherEnd - other) - Math.abs(diagonal - end);
    search.work.steps++;
    if (gain <= best || base <= box.baseStart || other <= box.otherStart) continue;
    if (base > box.baseEnd - GOOD_ENOUGH_RUN || other > box.otherEnd - GOOD_ENOUGH_RUN) continue;
    if (!isRun(search, base, other)) continue;
    best = gain;
    split = { base, other, exactBefore: false, exactAfter: true };
  }
  return split;
}

function isRun({ base, other, work }: Search, baseStart: number, otherStart: number): boolean {
  for (let offset = 0; offset < GOOD_ENOUGH_RUN; offset++) {
    work.steps++;
    if (base[baseStart + offset] !== other[otherStart + offset]) return false;
  }
  return true;
}

/** Gives up on the shortest path: the point that is furthest from its corner. */
function furthest(search: Search, box: Box, ahead: Front, behind: Front): Split {
  let aheadBase = 0;
  let aheadSum = -1;
  for (let diagonal = ahead.high; diagonal >= ahead.low; diagonal -= 2) {
    const base = Math.min(at(ahead.reach, diagonal + search.zero), box.baseEnd, box.otherEnd + diagonal);
    if (2 * base - diagonal <= aheadSum) continue;
    aheadSum = 2 * base - diagonal;
    aheadBase = base;
  }
  let behindBase = 0;
  let behindSum = UNREACHED_BEHIND;
  for (let diagonal = behind.high; diagonal >= behind.low; diagonal -= 2) {
    const base = Math.max(at(behind.reach, diagonal + search.zero), box.baseStart, box.otherStart + diagonal);
    if (2 * base - diagonal >= behindSum) continue;
    behindSum = 2 * base - diagonal;
    behindBase = base;
  }
  const isAheadFurther = box.baseEnd + box.otherEnd - behindSum < aheadSum - (box.baseStart + box.otherStart);
  return isAheadFurther
    ? { base: aheadBase, other: aheadSum - aheadBase, exactBefore: true, exactAfter: false }
    : { base: behindBase, other: behindSum - behindBase, exactBefore: false, exactAfter: true };
}
