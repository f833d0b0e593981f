/** The ids of a merged notebook: every cell has one and no two the same, or none has any where the format knows none. */
import type { MergedCell } from './cell-versions.ts';
import type { Placed } from './order.ts';
import { derivedId, isLegalId, MINOR_WITH_IDS, type Cell } from './read.ts';

interface Entry extends Placed {
  readonly cell: MergedCell;
}

/**
 * Gives each cell its id. Where two want the same one, a cell of before keeps it, then one of the student's; the other
 * gets one that is made of what it holds, so that the same merge always gives the same. The student's copy of a cell that
 * is gone from the base may not look like that cell: it would be taken for it next time.
 */
export function assignIds<E extends Entry>(
  entries: readonly E[],
  minor: number,
  base: readonly Cell[],
): ReadonlyMap<E, string> {
  const ids = new Map<E, string>();
  if (minor < MINOR_WITH_IDS) return ids;
  const taken = new Set<string>();
  const kept = new Set(entries.map((entry) => entry.base));
  const gone = new Set(base.filter((_, index) => !kept.has(index)).map(looksOf));
  const without: E[] = [];
  for (const entry of [...entries].sort((a, b) => rankOf(a) - rankOf(b))) {
    const { id } = entry.cell;
    if (id === undefined || !isLegalId(id) || taken.has(id) || (isOwn(entry) && gone.has(looksOf(entry.cell.frame)))) {
      without.push(entry);
      continue;
    }
    ids.set(entry, id);
    taken.add(id);
  }
  for (const entry of without) {
    const id = freeId(entry, taken);
    ids.set(entry, id);
    taken.add(id);
  }
  return ids;
}

function looksOf({ id, body }: Cell): string {
  return `${id ?? ''}\n${body}`;
}

/** Whether only the student has the cell. */
function isOwn({ base, offered }: Placed): boolean {
  return base === undefined && offered === undefined;
}

function rankOf({ base, local }: Placed): number {
  if (base !== undefined) return 0;
  return local === undefined ? 2 : 1;
}

function freeId({ cell }: Entry, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt++) {
    const id = derivedId(cell.frame, attempt);
    if (!taken.has(id)) return id;
  }
}
