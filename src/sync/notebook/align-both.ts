/** Which cells of the base are which on either side, where one side says something about the other. */
import { align, isBlank, type Alignment } from './align.ts';
import type { Pair } from './gaps.ts';
import type { Body, Cell } from './read.ts';

export interface Aligned {
  readonly toOffered: Alignment;
  readonly toLocal: Alignment;
}

/**
 * Aligns both sides with the base. What both made of a cell is one text however each of them got there, even if a copy of
 * the cell still says what the base said; otherwise it would be in the result twice.
 */
export function alignBoth(base: readonly Cell[], offered: readonly Cell[], local: readonly Cell[]): Aligned {
  const agreed = agreedById(base, offered, local);
  const toOffered = align(base, offered, {
    certain: agreed.map(({ at, inOffered }) => [at, inOffered]),
    elsewhere: bodiesOf(local),
  });
  const toLocal = align(base, local, {
    certain: agreed.map(({ at, inLocal }) => [at, inLocal]),
    elsewhere: bodiesOf(offered),
  });
  return {
    toOffered: withPairs(toOffered, agreedByText(base, { cells: local, ...toLocal }, { cells: offered, ...toOffered })),
    toLocal: withPairs(toLocal, agreedByText(base, { cells: offered, ...toOffered }, { cells: local, ...toLocal })),
  };
}

interface Agreement {
  readonly at: number;
  readonly inOffered: number;
  readonly inLocal: number;
}

/** The cells that say the same on both sides under the id they have in the base. */
function agreedById(base: readonly Cell[], offered: readonly Cell[], local: readonly Cell[]): readonly Agreement[] {
  const [b, u, l] = [base, offered, local].map(placesById) as [Places, Places, Places];
  return [...b].flatMap(([id, at]) => {
    const [inOffered, inLocal] = [u.get(id), l.get(id)];
    if (inOffered === undefined || inLocal === undefined) return [];
    return offered[inOffered]?.body === local[inLocal]?.body ? [{ at, inOffered, inLocal }] : [];
  });
}

/** The cells that have an id in both that no other cell there has. */
export function pairsById(base: readonly Cell[], other: readonly Cell[]): readonly Pair[] {
  const places = placesById(other);
  return [...placesById(base)].flatMap(([id, at]): readonly Pair[] => {
    const place = places.get(id);
    return place === undefined ? [] : [[at, place]];
  });
}

type Places = ReadonlyMap<string, number>;

/** Where the cells are whose id no other cell has. */
function placesById(cells: readonly Cell[]): Places {
  const places = new Map<string, number>();
  const twice = new Set<string>();
  for (const [index, { id }] of cells.entries()) {
    if (id === undefined) continue;
    if (places.has(id)) twice.add(id);
    places.set(id, index);
  }
  for (const id of twice) places.delete(id);
  return places;
}

interface AlignedSide extends Alignment {
  readonly cells: readonly Cell[];
}

/**
 * Cells of the base that one side changed, and that the other seems to have deleted while it added the very text: a cell
 * whose type changes may get a new id, and without ids nothing else tells.
 */
function agreedByText(base: readonly Cell[], side: AlignedSide, other: AlignedSide): readonly Pair[] {
  const added = new Map<Body, number[]>();
  for (const [index, cell] of other.cells.entries()) {
    if (other.toBase.has(index) || isBlank(cell)) continue;
    added.set(cell.body, [...(added.get(cell.body) ?? []), index]);
  }
  return base.flatMap(({ body }, at): readonly Pair[] => {
    const changed = side.cells[side.toOther.get(at) ?? -1];
    if (changed === undefined || changed.body === body || other.toOther.has(at)) return [];
    const place = added.get(changed.body)?.shift();
    return place === undefined ? [] : [[at, place]];
  });
}

function withPairs({ toOther, toBase }: Alignment, pairs: readonly Pair[]): Alignment {
  return {
    toOther: new Map([...toOther, ...pairs]),
    toBase: new Map([...toBase, ...pairs.map(([base, other]): Pair => [other, base])]),
  };
}

function bodiesOf(cells: readonly Cell[]): ReadonlySet<Body> {
  return new Set(cells.map(({ body }) => body));
}
