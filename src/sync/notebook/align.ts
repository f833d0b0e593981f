/**
 * Which cell of one version of a notebook is which cell of another. The tiers go from certain to likely; each pairs cells
 * one to one and only among those that are left.
 */
import { gapsOf, pairEqual, pairInGaps, pairSimilar, type Pair } from './gaps.ts';
import { derivedId, type Body, type Cell } from './read.ts';
import { similarity, tokensOf, type Tokens } from './similarity.ts';

/** For the cells of `base` and of `other`, by position, the position of the same cell on the other side. */
export interface Alignment {
  readonly toOther: ReadonlyMap<number, number>;
  readonly toBase: ReadonlyMap<number, number>;
}

/** What is known about two versions beside what is in them. */
export interface Hints {
  /** Pairs that are known already. */
  readonly certain?: readonly Pair[];
  /** Texts of a third version: where they are new, they are not what somebody wrote into a blank cell. */
  readonly elsewhere?: ReadonlySet<Body>;
}

/** Aligns the cells of a later version with those of an earlier one. */
export function align(base: readonly Cell[], other: readonly Cell[], hints: Hints = {}): Alignment {
  const { certain = [], elsewhere = new Set() } = hints;
  const aligner = new Aligner(base, other);
  const pairAll = (pairs: readonly Pair[]): void => pairs.forEach(aligner.pair);
  pairAll(certain);
  aligner.byKey(sameIdAndBody, sameIdAndBody);
  aligner.byPlace(tellingAndGradeId);
  aligner.byKey(uniqueGradeIds(base), ({ gradeId }) => gradeId);
  // content before a bare id: two people may have given one id to different new cells
  aligner.byPlace(telling);
  aligner.byKey(telling, telling);
  aligner.byKey(derivedId, ({ id }) => id);
  aligner.byKey(
    ({ id }) => id,
    ({ id }) => id,
  );
  pairAll(pairSimilar(base, other, gapsOf(base, other, aligner), aligner.likeness));
  pairAll(pairInGaps(base, other, gapsOf(base, other, aligner), mayBeFilledIn(base, other, elsewhere)));
  aligner.byKey(anonymous, anonymous);
  return aligner;
}

/** Whether one cell may be the other, blank one with an answer in it. */
function mayBeFilledIn(
  base: readonly Cell[],
  other: readonly Cell[],
  elsewhere: ReadonlySet<Body>,
): (base: Cell, other: Cell) => boolean {
  const known = new Set(base.map(({ body }) => body));
  const ids = new Set(base.map(({ id }) => id));
  const keepsIds = other.some(({ id }) => id !== undefined && ids.has(id));
  return (one, two) => {
    if (one.type !== two.type || isBlank(one) === isBlank(two)) return false;
    // who keeps the ids of other cells has another cell here
    if (keepsIds && one.id !== undefined && two.id !== undefined) return false;
    return isBlank(two) || !(known.has(two.body) || elsewhere.has(two.body));
  };
}

type KeyOf = (cell: Cell) => string | undefined;

function uniqueGradeIds(cells: readonly Cell[]): KeyOf {
  const counts = new Map<string | undefined, number>();
  for (const { gradeId } of cells) counts.set(gradeId, (counts.get(gradeId) ?? 0) + 1);
  return ({ gradeId }) => (counts.get(gradeId) === 1 ? gradeId : undefined);
}

function sameIdAndBody({ id, body }: Cell): string | undefined {
  return id === undefined ? undefined : `${id}\n${body}`;
}

/** Blank cells are all alike: where they are says more about them than what they hold. */
function telling(cell: Cell): string | undefined {
  return isBlank(cell) ? undefined : cell.body;
}

/** A copy of a graded cell that is not graded itself is another cell. */
function tellingAndGradeId(cell: Cell): string | undefined {
  return isBlank(cell) ? undefined : `${cell.gradeId ?? ''}\n${cell.body}`;
}

/** Cells of the old format without ids, wherever they went. */
function anonymous({ id, body }: Cell): string | undefined {
  return id === undefined ? body : undefined;
}

export function isBlank({ source }: Cell): boolean {
  return source.trim() === '';
}

class Aligner implements Alignment {
  readonly toOther = new Map<number, number>();
  readonly toBase = new Map<number, number>();
  private readonly base: readonly Cell[];
  private readonly other: readonly Cell[];
  private readonly tokens = new Map<Cell, Tokens>();

  constructor(base: readonly Cell[], other: readonly Cell[]) {
    this.base = base;
    this.other = other;
  }

  readonly pair = ([base, other]: readonly [number, number]): void => {
    this.toOther.set(base, other);
    this.toBase.set(other, base);
  };

  /**
   * Pairs what is left and has the same key, where that is certain: no other cell on its side has it, or of those that
   * have it both stand between the same neighbours.
   */
  byPlace(key: KeyOf): void {
    if (this.isDone()) return;
    const claims = this.claimsOf(this.other, this.toBase, key);
    for (const [claimed, bases] of this.claimsOf(this.base, this.toOther, key)) {
      const others = claims.get(claimed) ?? [];
      if (bases.length === 1 && others.length === 1) this.settle(bases, others);
    }
    pairEqual(this.base, this.other, gapsOf(this.base, this.other, this), key).forEach(this.pair);
  }

  /** Pairs what is left and has the same key; if several cells claim one, the most similar keeps it, then the first. */
  byKey(baseKey: KeyOf, otherKey: KeyOf): void {
    if (this.isDone()) return;
    const claims = this.claimsOf(this.other, this.toBase, otherKey);
    for (const [key, bases] of this.claimsOf(this.base, this.toOther, baseKey)) {
      this.settle(bases, claims.get(key) ?? []);
    }
  }

  /** Whether one side has no cell left. */
  private isDone(): boolean {
    return this.toOther.size === this.base.length || this.toBase.size === this.other.length;
  }

  /** The cells that are left, by their key. */
  private claimsOf(
    cells: readonly Cell[],
    paired: ReadonlyMap<number, number>,
    keyOf: KeyOf,
  ): ReadonlyMap<string, readonly number[]> {
    const claims = new Map<string, number[]>();
    for (const [index, cell] of cells.entries()) {
      const key = paired.has(index) ? undefined : keyOf(cell);
      if (key !== undefined) append(claims, key, index);
    }
    return claims;
  }

  private settle(bases: readonly number[], others: readonly number[]): void {
    if (bases.length === 1 && others.length > 1) {
      const [only] = bases as [number];
      this.pair([only, this.mostSimilar(only, others)]);
      return;
    }
    for (const [nth, base] of bases.entries()) {
      const other = others[nth];
      if (other !== undefined) this.pair([base, other]);
    }
  }

  private mostSimilar(base: number, others: readonly number[]): number {
    let best = { other: others[0] as number, likeness: -1 };
    for (const other of others) {
      const likeness = this.likeness(base, other);
      if (likeness > best.likeness) best = { other, likeness };
    }
    return best.other;
  }

  /** How alike two cells are: at most 1, above it for the same type and text. */
  readonly likeness = (base: number, other: number): number => {
    const [one, two] = [this.base[base] as Cell, this.other[other] as Cell];
    if (one.body === two.body) return 2;
    return similarity(this.tokensOf(one), this.tokensOf(two));
  };

  private tokensOf(cell: Cell): Tokens {
    const known = this.tokens.get(cell);
    if (known !== undefined) return known;
    const tokens = tokensOf(cell.source);
    this.tokens.set(cell, tokens);
    return tokens;
  }
}

function append(map: Map<string, number[]>, key: string, index: number): void {
  const indexes = map.get(key);
  if (indexes === undefined) map.set(key, [index]);
  else indexes.push(index);
}
