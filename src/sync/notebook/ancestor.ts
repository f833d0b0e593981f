/**
 * Which version of the course a student's file began from. Mostly the one last delivered; but a browser tab that was open
 * all the time saves over it what it still shows, and then all that came since would look deleted by the student.
 */
import { pairsById } from './align-both.ts';
import { align, isBlank } from './align.ts';
import { looksOf, MINOR_WITH_IDS, type Cell, type Looks, type Notebook } from './read.ts';

/**
 * The version most of whose cells are in the student's file as they were; `base` unless another has more of them. A file
 * that has anything only `base` has, be it an id, was not saved from an earlier one.
 */
export function ancestorOf(base: Notebook, earlier: readonly Notebook[], local: Notebook): Notebook {
  const saved = marksOf(local);
  const marks = [...marksOf(base)].filter((mark) => saved.has(mark));
  let best = { notebook: base, kept: keptCells(base, local) };
  for (const notebook of earlier) {
    const known = marksOf(notebook);
    if (marks.some((mark) => !known.has(mark))) continue;
    const kept = keptCells(notebook, local);
    if (kept > best.kept) best = { notebook, kept };
  }
  return best.notebook;
}

/** By what a version can be told from another: its texts, blank ones aside, and its ids. */
function marksOf({ cells }: Notebook): ReadonlySet<string> {
  const marks = new Set<string>();
  for (const cell of cells) {
    if (!isBlank(cell)) marks.add(cell.body);
    if (cell.id !== undefined) marks.add(cell.id);
  }
  return marks;
}

/** With ids, a copy of a cell is not that cell; a save keeps them. */
function keptCells(notebook: Notebook, local: Notebook): number {
  const hasIds = Math.min(notebook.minor, local.minor) >= MINOR_WITH_IDS;
  const keyOf = (cell: Cell): string => (hasIds ? looksOf(cell) : cell.body);
  const left = new Map<string, number>();
  for (const cell of local.cells) left.set(keyOf(cell), (left.get(keyOf(cell)) ?? 0) + 1);
  let kept = 0;
  for (const cell of notebook.cells) {
    const count = left.get(keyOf(cell)) ?? 0;
    // An answer says nothing about where it was copied from.
    if (count === 0 || isBlank(cell) || cell.isSolution) continue;
    left.set(keyOf(cell), count - 1);
    kept++;
  }
  return kept;
}

/** For each cell of `base`, how it looked in other versions. */
export function earlierLooks(
  base: readonly Cell[],
  versions: readonly Notebook[],
): ReadonlyMap<number, ReadonlySet<Looks>> {
  const looks = new Map<number, Set<Looks>>();
  for (const { cells } of versions) {
    // both are the course's, which gives an id once
    for (const [at, other] of align(base, cells, { certain: pairsById(base, cells) }).toOther) {
      const cell = cells[other];
      if (cell === undefined || cell.body === base[at]?.body) continue;
      const known = looks.get(at);
      if (known === undefined) looks.set(at, new Set([looksOf(cell)]));
      else known.add(looksOf(cell));
    }
  }
  return looks;
}
