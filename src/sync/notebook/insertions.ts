/** Cells that both sides added and that are one cell. */
import { isBlank, type Alignment } from './align.ts';
import type { Cell } from './read.ts';
import { similarity, tokensOf } from './similarity.ts';

interface Sides {
  readonly base: readonly Cell[];
  readonly offered: readonly Cell[];
  readonly local: readonly Cell[];
  readonly toOffered: Alignment;
  readonly toLocal: Alignment;
}

/** From which similarity on two new cells with one id are the same cell. */
const SIMILAR = 0.5;

/** For new cells of the course, by position: the student's new cell that is the same. */
export function agreedInsertions(sides: Sides): ReadonlyMap<number, number> {
  const { offered, local, toOffered, toLocal } = sides;
  const theirs = offered.flatMap((_, index) => (toOffered.toBase.has(index) ? [] : [index]));
  const own = local.flatMap((_, index) => (toLocal.toBase.has(index) ? [] : [index]));
  const agreed = new Map<number, number>();
  const left = new Set(own);
  const pair = (keyOfOffered: Key, keyOfLocal: Key, fits: (one: Cell, two: Cell) => boolean): void => {
    const byKey = indexByKey([...left], keyOfLocal);
    for (const index of theirs) {
      if (agreed.has(index)) continue;
      const key = keyOfOffered(index);
      const partner = key === undefined ? undefined : byKey.get(key)?.[0];
      if (key === undefined || partner === undefined) continue;
      if (!fits(offered[index] as Cell, local[partner] as Cell)) continue;
      byKey.get(key)?.shift();
      agreed.set(index, partner);
      left.delete(partner);
    }
  };
  const always = (): boolean => true;
  pair(telling(offered), telling(local), always);
  pair(idIn(offered), idIn(local), isSimilar);
  // Blank cells are all alike: they are one only where they stand at the same place.
  const places = placesOf(sides);
  pair(
    (index) => blankAt(offered[index], places.offered[index]),
    (index) => blankAt(local[index], places.local[index]),
    always,
  );
  return agreed;
}

type Key = (index: number) => string | undefined;

function telling(cells: readonly Cell[]): Key {
  return (index) => {
    const cell = cells[index] as Cell;
    return isBlank(cell) ? undefined : cell.body;
  };
}

function idIn(cells: readonly Cell[]): Key {
  return (index) => cells[index]?.id;
}

function isSimilar(a: Cell, b: Cell): boolean {
  return a.type === b.type && similarity(tokensOf(a.source), tokensOf(b.source)) > SIMILAR;
}

function blankAt(cell: Cell | undefined, place: string | undefined): string | undefined {
  return cell === undefined || place === undefined || !isBlank(cell) ? undefined : `${cell.type} ${place}`;
}

function indexByKey(indexes: readonly number[], keyOf: Key): Map<string, number[]> {
  const byKey = new Map<string, number[]>();
  for (const index of indexes) {
    const key = keyOf(index);
    if (key === undefined) continue;
    const others = byKey.get(key);
    if (others === undefined) byKey.set(key, [index]);
    else others.push(index);
  }
  return byKey;
}

/** For each cell of either side, the cell all three have that stands before it, by its position in the base. */
function placesOf({ offered, local, toOffered, toLocal }: Sides): Record<'offered' | 'local', readonly string[]> {
  return {
    offered: before(offered.length, toOffered.toBase, toLocal.toOther),
    local: before(local.length, toLocal.toBase, toOffered.toOther),
  };
}

function before(
  count: number,
  toBase: ReadonlyMap<number, number>,
  toOther: ReadonlyMap<number, number>,
): readonly string[] {
  let last = 'start';
  return Array.from({ length: count }, (_, index) => {
    const base = toBase.get(index);
    if (base !== undefined && toOther.has(base)) last = String(base);
    return last;
  });
}
