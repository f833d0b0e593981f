/** The course's version of one cell in the student's notebook, all else as it stands there. */
import { F2gitError } from '../../errors.ts';
import { cutQuote } from '../text/declined.ts';
import type { Declined } from '../tree.ts';
import { align } from './align.ts';
import { isAsDecidedButIds } from './check.ts';
import { objectOf, type Field, type MergedList } from './fields.ts';
import { membersOf } from './json-values.ts';
import { cellField } from './merge-notebooks.ts';
import { readNotebook, type Cell, type Notebook } from './read.ts';
import { writeNotebook } from './write.ts';

/** One cell, and what a report said of it. */
export interface WantedCell {
  /** Its id, or where the format knows none its number as reported, from 1. */
  readonly cell: string;
  /** What the course still wants in this notebook. */
  readonly declined: readonly Declined[];
}

/**
 * Gives `local` with the course's version of one cell; without the cell, where the course wanted it gone. Undefined when
 * there is no such cell, or the course has no version of it, or one of the files is not a notebook that can be merged.
 */
export function takeCell(offered: Uint8Array, local: Uint8Array, wanted: WantedCell): Uint8Array | undefined {
  const [u, l] = [readNotebook(offered), readNotebook(local)];
  if (typeof u === 'string' || typeof l === 'string') return undefined;
  const place = placeOf(l.cells, wanted);
  const own = place === undefined ? undefined : l.cells[place];
  if (place === undefined || own === undefined) return undefined;
  const theirs = counterpartOf(place, own, u, l, wanted);
  if (theirs === undefined && !isUnwanted(wanted)) return undefined;
  const items = l.cells.flatMap((cell, index): readonly Field[] => {
    if (index !== place) return [cell.node];
    return theirs === undefined ? [] : [asTheirs(own, theirs, l)];
  });
  return written(items, u, l);
}

/** Where in the student's notebook the cell is. The ids of two files tell the same cell; a number only as long as the cell still says what it said in the report. */
export function placeOf(cells: readonly Cell[], { cell, declined }: WantedCell): number | undefined {
  const byId = cells.findIndex(({ id }) => id === cell);
  if (byId !== -1) return byId;
  const reported = declined.filter((each) => each.cell === cell).map(({ yours }) => yours);
  const isReported = ({ id, source }: Cell): boolean => id === undefined && reported.includes(cutQuote(source));
  const number = Number(cell) - 1;
  const there = cells[number];
  if (there !== undefined && isReported(there)) return number;
  const elsewhere = cells.findIndex(isReported);
  return elsewhere === -1 ? undefined : elsewhere;
}

/** The course's version of it; where the two say nothing alike any more, the one that says what the report quoted. */
export function counterpartOf(
  place: number,
  own: Cell,
  offered: Notebook,
  local: Notebook,
  { cell, declined }: WantedCell,
): Cell | undefined {
  const { toBase, toOther } = align(offered.cells, local.cells);
  const aligned = toBase.get(place);
  if (aligned !== undefined) return offered.cells[aligned];
  const reported = declined.find((each) => each.cell === cell && each.yours === cutQuote(own.source));
  if (reported === undefined || reported.course === '') return undefined;
  return offered.cells.find((each, index) => !toOther.has(index) && cutQuote(each.source) === reported.course);
}

function isUnwanted({ cell, declined }: WantedCell): boolean {
  return declined.some((each) => each.cell === cell && each.course === '');
}

/** The course's cell in the place and under the id of the student's. */
function asTheirs(own: Cell, theirs: Cell, local: Notebook): Field {
  const fields = new Map<string, Field>(membersOf(theirs.node).map(({ key, value }) => [key, value]));
  fields.delete('id');
  return cellField({ frame: own, fields }, own.id, local);
}

function written(items: readonly Field[], offered: Notebook, local: Notebook): Uint8Array {
  const list: MergedList = { kind: 'list', frame: local.array, items };
  const fields = new Map<string, Field>(membersOf(local.root).map(({ key, value }) => [key, value]));
  const root = objectOf(local.root, fields.set('cells', list));
  const bytes = writeNotebook(root, offered, local);
  if (!isAsDecidedButIds(bytes, root))
    throw new F2gitError('bug', { params: { detail: 'a cell was not taken as decided' } });
  return bytes;
}
