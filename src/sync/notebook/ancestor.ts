/**
 * Which version of the course a student's file began from. Mostly the one last delivered; but a browser tab that was open
 * all the time saves over it what it still shows, and then all that came since would look deleted by the student.
 */
import { align, isBlank } from './align.ts';
import type { Body, Cell, Notebook } from './read.ts';

/**
 * The version most of whose cells are in the student's file as they were; `base` unless another has more of them. A file
 * that has anything only `base` has was not saved from an earlier one.
 */
export function ancestorOf(base: Notebook, earlier: readonly Notebook[], local: Notebook): Notebook {
  const saved = new Set(local.cells.map(({ body }) => body));
  let best = { notebook: base, kept: keptCells(base, local) };
  for (const notebook of earlier) {
    const known = new Set(notebook.cells.map(({ body }) => body));
    if (base.cells.some((cell) => !isBlank(cell) && !known.has(cell.body) && saved.has(cell.body))) continue;
    const kept = keptCells(notebook, local);
    if (kept > best.kept) best = { notebook, kept };
  }
  return best.notebook;
}

function keptCells(notebook: Notebook, local: Notebook): number {
  const left = new Map<Body, number>();
  for (const { body } of local.cells) left.set(body, (left.get(body) ?? 0) + 1);
  let kept = 0;
  for (const cell of notebook.cells) {
    const count = left.get(cell.body) ?? 0;
    // An answer says nothing about where it was copied from.
    if (count === 0 || isBlank(cell) || cell.isSolution) continue;
    left.set(cell.body, count - 1);
    kept++;
  }
  return kept;
}

/** For each cell of `base`, the texts other versions had in it. */
export function earlierBodies(
  base: readonly Cell[],
  versions: readonly Notebook[],
): ReadonlyMap<number, ReadonlySet<Body>> {
  const bodies = new Map<number, Set<Body>>();
  for (const { cells } of versions) {
    for (const [at, other] of align(base, cells).toOther) {
      const cell = cells[other];
      if (cell === undefined || cell.body === base[at]?.body) continue;
      const known = bodies.get(at);
      if (known === undefined) bodies.set(at, new Set([cell.body]));
      else known.add(cell.body);
    }
  }
  return bodies;
}
