/** Pairing cells by where they are: between the same aligned neighbours. */
import type { Cell } from './read.ts';

/** Cells of both sides that no tier could tell so far, between two neighbours that are aligned. */
export interface Gap {
  readonly base: readonly number[];
  readonly other: readonly number[];
}

/** What is aligned so far. */
interface Aligned {
  readonly toOther: ReadonlyMap<number, number>;
  readonly toBase: ReadonlyMap<number, number>;
}

/** Positions of one cell on both sides. */
export type Pair = readonly [base: number, other: number];

/** Similarity from which on two texts are one text that was edited. */
const SIMILAR = 0.5;
/** Comparisons in one gap; in a larger one, cells are compared with those that are about as far down. */
const MOST_COMPARISONS = 40_000;

/** The gaps that have cells on both sides, in order. */
export function gapsOf(base: readonly Cell[], other: readonly Cell[], aligned: Aligned): readonly Gap[] {
  const ofBase = runs(base.length, (index) => (aligned.toOther.has(index) ? index : undefined));
  const ofOther = runs(other.length, (index) => aligned.toBase.get(index));
  return [...ofBase].flatMap(([neighbours, run]) => {
    const counterpart = ofOther.get(neighbours);
    return counterpart === undefined ? [] : [{ base: run, other: counterpart }];
  });
}

/** Each run of cells without partner, by its neighbours, which are named by their position in the base. */
function runs(count: number, partnerOf: (index: number) => number | undefined): Map<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  let run: number[] = [];
  let before: number | 'start' = 'start';
  for (let index = 0; index <= count; index++) {
    const partner = index === count ? 'end' : partnerOf(index);
    if (partner === undefined) {
      run.push(index);
      continue;
    }
    if (run.length > 0) found.set(`${before} ${partner}`, run);
    run = [];
    if (partner !== 'end') before = partner;
  }
  return found;
}

/** Pairs of one type whose texts are similar, the most similar first. */
export function pairSimilar(
  base: readonly Cell[],
  other: readonly Cell[],
  gaps: readonly Gap[],
  likeness: (base: number, other: number) => number,
): readonly Pair[] {
  return gaps.flatMap((gap) => {
    const candidates = nearPairs(gap)
      .filter(([one, two]) => base[one]?.type === other[two]?.type)
      .map((pair) => ({ pair, likeness: likeness(...pair) }))
      .filter((candidate) => candidate.likeness > SIMILAR)
      .sort((a, b) => b.likeness - a.likeness || compareSlips(a.pair, b.pair, gap));
    return oneToOne(candidates.map(({ pair }) => pair));
  });
}

/** All pairs of a gap, or in a large one those about as far down. */
function nearPairs({ base, other }: Gap): readonly Pair[] {
  const reach = Math.max(2, Math.floor(MOST_COMPARISONS / base.length / 2));
  const pairs: Pair[] = [];
  for (const [nth, one] of base.entries()) {
    const middle = Math.round((nth * other.length) / base.length);
    for (let at = Math.max(0, middle - reach); at < Math.min(other.length, middle + reach); at++) {
      pairs.push([one, other[at] as number]);
    }
  }
  return pairs;
}

/** Of two equally similar pairs, the one whose cells are at about the same place of the gap. */
function compareSlips(a: Pair, b: Pair, gap: Gap): number {
  return slipOf(a, gap) - slipOf(b, gap) || a[0] - b[0] || a[1] - b[1];
}

function slipOf([base, other]: Pair, gap: Gap): number {
  return Math.abs(base - (gap.base[0] ?? 0) - (other - (gap.other[0] ?? 0)));
}

function oneToOne(pairs: readonly Pair[]): readonly Pair[] {
  const taken = { base: new Set<number>(), other: new Set<number>() };
  return pairs.filter(([base, other]) => {
    if (taken.base.has(base) || taken.other.has(other)) return false;
    taken.base.add(base);
    taken.other.add(other);
    return true;
  });
}

/** Pairs the cells of a gap that have the same key, in their order. */
export function pairEqual(
  base: readonly Cell[],
  other: readonly Cell[],
  gaps: readonly Gap[],
  keyOf: (cell: Cell) => string | undefined,
): readonly Pair[] {
  return gaps.flatMap((gap) => equalIn(gap, base, other, keyOf));
}

/**
 * Pairs equal cells of a gap in their order, and what is then left by position where as many are left on both sides and
 * one of a pair may be the other with an answer in it.
 */
export function pairInGaps(
  base: readonly Cell[],
  other: readonly Cell[],
  gaps: readonly Gap[],
  mayBeFilledIn: (base: Cell, other: Cell) => boolean,
): readonly Pair[] {
  return gaps.flatMap((gap) => {
    const equal = equalIn(gap, base, other, ({ body }) => body);
    const paired = { base: new Set(equal.map(([one]) => one)), other: new Set(equal.map(([, two]) => two)) };
    const left = {
      base: gap.base.filter((index) => !paired.base.has(index)),
      other: gap.other.filter((index) => !paired.other.has(index)),
    };
    if (left.base.length !== left.other.length) return equal;
    const filled = left.base.map((one, nth): Pair => [one, left.other[nth] as number]);
    return [...equal, ...filled.filter(([one, two]) => mayBeFilledIn(base[one] as Cell, other[two] as Cell))];
  });
}

function equalIn(
  gap: Gap,
  base: readonly Cell[],
  other: readonly Cell[],
  keyOf: (cell: Cell) => string | undefined,
): readonly Pair[] {
  const left = new Map<string, number[]>();
  for (const index of [...gap.other].reverse()) {
    const key = keyOf(other[index] as Cell);
    if (key === undefined) continue;
    const alike = left.get(key);
    if (alike === undefined) left.set(key, [index]);
    else alike.push(index);
  }
  return gap.base.flatMap((index) => {
    const key = keyOf(base[index] as Cell);
    const partner = key === undefined ? undefined : left.get(key)?.pop();
    return partner === undefined ? [] : [[index, partner] as const];
  });
}
