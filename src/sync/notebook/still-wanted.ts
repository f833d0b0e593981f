/** What the course was refused once and the student has settled since, by hand or by deleting the cell. */
import { cutQuote } from '../text/declined.ts';
import type { Declined } from '../tree.ts';
import { isSameValue, valueAt } from './json-values.ts';
import { MINOR_WITH_IDS, readNotebook, type Cell, type Notebook } from './read.ts';
import { counterpartOf, placeOf } from './take-cell.ts';

/** What of `declined` the course still wants of `local`; the same list when that is all of it, or nobody can tell. */
export function stillWanted(
  declined: readonly Declined[],
  offered: Uint8Array,
  local: Uint8Array,
): readonly Declined[] {
  if (declined.length === 0) return declined;
  const [u, l] = [readNotebook(offered), readNotebook(local)];
  if (typeof u === 'string' || typeof l === 'string') return declined;
  const wanted = declined.filter((wish) => !isSettled(wish, declined, u, l));
  return wanted.length === declined.length ? declined : wanted;
}

function isSettled(wish: Declined, declined: readonly Declined[], offered: Notebook, local: Notebook): boolean {
  const { cell } = wish;
  if (cell === undefined) return false;
  const place = placeOf(local.cells, { cell, declined });
  const own = place === undefined ? undefined : local.cells[place];
  // without ids, a cell that says something else by now cannot be told from one that is not there
  if (place === undefined || own === undefined) return local.minor >= MINOR_WITH_IDS || saysSo(local, wish);
  const theirs = counterpartOf(place, own, offered, local, { cell, declined });
  return theirs?.body === own.body && (cutQuote(theirs.source) === wish.course || isAllTheSame(theirs, own));
}

/** Whether the cell with that number says what the course wants. */
function saysSo({ cells }: Notebook, { cell, course }: Declined): boolean {
  const there = cells[Number(cell) - 1];
  return there !== undefined && cutQuote(there.source) === course;
}

function isAllTheSame(theirs: Cell, own: Cell): boolean {
  return ['metadata', 'attachments'].every((key) => isSameValue(valueAt(theirs.node, key), valueAt(own.node, key)));
}
