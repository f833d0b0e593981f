/** Which cells a merged notebook has and what each of them holds. */
import { alignBoth, type Aligned } from './align-both.ts';
import { earlierLooks } from './ancestor.ts';
import type { CodeCells, MergedCell } from './cell-versions.ts';
import { agreedInsertions } from './insertions.ts';
import { isEdited } from './merge-body.ts';
import { asItIs, mergeCell } from './merge-cell.ts';
import { orderCells, type Placed } from './order.ts';
import type { Cell, Looks, Notebook } from './read.ts';

/** A cell of the result. */
export interface MergedEntry extends Placed {
  readonly cell: MergedCell;
  /** The student had deleted it. */
  readonly isReturned: boolean;
}

export interface MergedCells {
  readonly entries: readonly MergedEntry[];
  /** The course's order was not taken. */
  readonly isOrderDeclined: boolean;
}

export interface Sides {
  readonly base: Notebook;
  readonly offered: Notebook;
  readonly local: Notebook;
  /** Other versions the course once had. */
  readonly earlier: readonly Notebook[];
  readonly codeCells: CodeCells;
}

/** Merges the cells of a notebook that both the course and the student changed. */
export function mergeCells(sides: Sides): MergedCells {
  const { base, offered, local } = sides;
  const aligned = alignBoth(base.cells, offered.cells, local.cells);
  const { entries, isDeclined } = orderCells([...cellsOfBefore(sides, aligned), ...cellsAdded(sides, aligned)]);
  return { entries, isOrderDeclined: isDeclined };
}

/** What becomes of each cell of the base. */
function cellsOfBefore(sides: Sides, { toOffered, toLocal }: Aligned): readonly MergedEntry[] {
  const { base, offered, local, earlier, codeCells } = sides;
  const looks = earlierLooks(base.cells, earlier);
  return base.cells.flatMap((cell, index): readonly MergedEntry[] => {
    const place = placed(index, toOffered.toOther.get(index), toLocal.toOther.get(index));
    const [u, l] = [cellAt(offered, place.offered), cellAt(local, place.local)];
    const known = { base: cell, earlier: looks.get(index) ?? NO_LOOKS, codeCells };
    if (u !== undefined && l !== undefined) return [entryOf(place, mergeCell({ ...known, offered: u, local: l }))];
    if (l !== undefined) return isEdited({ ...known, local: l }) ? [entryOf(place, keptCell(l))] : [];
    return u !== undefined && mustReturn(cell, u) ? [{ ...entryOf(place, asItIs(u)), isReturned: true }] : [];
  });
}

/** What either side added, and what both did. */
function cellsAdded({ base, offered, local, codeCells }: Sides, aligned: Aligned): readonly MergedEntry[] {
  const { toOffered, toLocal } = aligned;
  const agreed = agreedInsertions({ base: base.cells, offered: offered.cells, local: local.cells, ...aligned });
  const taken = new Set(agreed.values());
  const ofCourse = offered.cells.flatMap((u, index): readonly MergedEntry[] => {
    if (toOffered.toBase.has(index)) return [];
    const place = placed(undefined, index, agreed.get(index));
    const l = cellAt(local, place.local);
    if (l === undefined) return [entryOf(place, asItIs(u))];
    return [entryOf(place, mergeCell({ base: undefined, offered: u, local: l, earlier: NO_LOOKS, codeCells }))];
  });
  const ofStudent = local.cells.flatMap((l, index) =>
    toLocal.toBase.has(index) || taken.has(index) ? [] : [entryOf({ local: index }, asItIs(l))],
  );
  return [...ofCourse, ...ofStudent];
}

const NO_LOOKS: ReadonlySet<Looks> = new Set();

function cellAt({ cells }: Notebook, index: number | undefined): Cell | undefined {
  return index === undefined ? undefined : cells[index];
}

function placed(base: number | undefined, offered: number | undefined, local: number | undefined): Placed {
  return {
    ...(base !== undefined && { base }),
    ...(offered !== undefined && { offered }),
    ...(local !== undefined && { local }),
  };
}

function entryOf(place: Placed, cell: MergedCell): MergedEntry {
  return { ...place, cell, isReturned: false };
}

/** A cell the course deleted and the student worked on: the course wanted nothing there. */
function keptCell(local: Cell): MergedCell {
  return { ...asItIs(local), declined: [{ course: '', yours: local.source }] };
}

/** A cell the student deleted: what they deleted was not this text. What nbgrader grades always comes back. */
function mustReturn(base: Cell, offered: Cell): boolean {
  return offered.body !== base.body || offered.isCourseOwned;
}
