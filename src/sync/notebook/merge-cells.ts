/** Which cells a merged notebook has and what each of them holds. */
import { align } from './align.ts';
import { earlierBodies } from './ancestor.ts';
import type { CellVersions, CodeCells, MergedCell } from './cell-versions.ts';
import { agreedInsertions } from './insertions.ts';
import { membersOf } from './json-values.ts';
import { mergeCell } from './merge-cell.ts';
import { orderCells, type Placed } from './order.ts';
import type { Body, Cell, Notebook } from './read.ts';

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
export function mergeCells({ base, offered, local, earlier, codeCells }: Sides): MergedCells {
  const toOffered = align(base.cells, offered.cells);
  const toLocal = align(base.cells, local.cells);
  const bodies = earlierBodies(base.cells, earlier);
  const entries: MergedEntry[] = [];
  const add = (place: Placed, cell: MergedCell | undefined, isReturned = false): void => {
    if (cell !== undefined) entries.push({ ...place, cell, isReturned });
  };
  for (const [index, cell] of base.cells.entries()) {
    const [o, l] = [toOffered.toOther.get(index), toLocal.toOther.get(index)];
    const [u, s] = [cellAt(offered, o), cellAt(local, l)];
    const known = { base: cell, earlier: bodies.get(index) ?? NO_BODIES, codeCells };
    if (u !== undefined && s !== undefined) {
      add({ base: index, ...at('offered', o), ...at('local', l) }, mergeCell({ ...known, offered: u, local: s }));
    } else if (s !== undefined) {
      add({ base: index, ...at('local', l) }, keptCell(known, s));
    } else if (u !== undefined && mustReturn(cell, u)) {
      add({ base: index, ...at('offered', o) }, newCell(u), true);
    }
  }
  const agreed = agreedInsertions({ base: base.cells, offered: offered.cells, local: local.cells, toOffered, toLocal });
  const taken = new Set(agreed.values());
  for (const [o, u] of offered.cells.entries()) {
    if (toOffered.toBase.has(o)) continue;
    const l = agreed.get(o);
    const s = cellAt(local, l);
    const versions = s && { base: undefined, offered: u, local: s, earlier: NO_BODIES, codeCells };
    add({ ...at('offered', o), ...at('local', l) }, versions ? mergeCell(versions) : newCell(u));
  }
  for (const [l, s] of local.cells.entries()) {
    if (!toLocal.toBase.has(l) && !taken.has(l)) add(at('local', l), newCell(s));
  }
  const { entries: ordered, isDeclined } = orderCells(entries);
  return { entries: ordered, isOrderDeclined: isDeclined };
}

const NO_BODIES: ReadonlySet<Body> = new Set();

function cellAt({ cells }: Notebook, index: number | undefined): Cell | undefined {
  return index === undefined ? undefined : cells[index];
}

function at(side: 'offered' | 'local', index: number | undefined): Placed {
  return index === undefined ? {} : { [side]: index };
}

/** A cell only one side has, as it is there. */
function newCell(cell: Cell): MergedCell {
  const fields = new Map(membersOf(cell.node).map(({ key, value }) => [key, value]));
  fields.delete('id');
  return { frame: cell, fields, id: cell.id, declined: [], isReset: false };
}

/** A cell the course deleted: gone, unless the student worked on its text. */
function keptCell(
  { base, earlier }: Pick<CellVersions, 'earlier'> & { base: Cell },
  local: Cell,
): MergedCell | undefined {
  if (local.body === base.body || earlier.has(local.body)) return undefined;
  return { ...newCell(local), declined: [{ course: '', yours: local.source }] };
}

/** A cell the student deleted: what they deleted was not this text. What nbgrader grades always comes back. */
function mustReturn(base: Cell, offered: Cell): boolean {
  return offered.body !== base.body || offered.isCourseOwned;
}
