/** The ids of a merged notebook: every cell has one and no two the same, or none has any where the format knows none. */
import type { MergedCell } from './cell-versions.ts';
import type { Placed } from './order.ts';
import { derivedId, isLegalId, looksOf, MINOR_WITH_IDS, type Cell, type Looks } from './read.ts';

interface Entry extends Placed {
  readonly cell: MergedCell;
}

interface Versions {
  readonly base: readonly Cell[];
  readonly offered: readonly Cell[];
}

/**
 * Gives each cell its id. Where two want the same one, a cell of before keeps it, then one of the student's; the other
 * gets one that is made of what it holds, so that the same merge always gives the same. A copy of a cell the course
 * deleted may not look like that cell: it would be taken for it next time.
 */
export function assignIds<E extends Entry>(
  entries: readonly E[],
  minor: number,
  { base, offered }: Versions,
): ReadonlyMap<E, string> {
  const ids = new Map<E, string>();
  if (minor < MINOR_WITH_IDS) return ids;
  const taken = new Set<string>();
  const gone = deletedIn(entries, base, offered);
  const without: E[] = [];
  for (const entry of [...entries].sort((a, b) => rankOf(a) - rankOf(b))) {
    const { id } = entry.cell;
    if (id === undefined || !isLegalId(id) || taken.has(id) || gone.has(looksOf({ id, body: entry.cell.frame.body }))) {
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

/** The cells of the base that are not in the result, and whose id the course uses no more. */
function deletedIn(entries: readonly Placed[], base: readonly Cell[], offered: readonly Cell[]): ReadonlySet<Looks> {
  const kept = new Set(entries.map((entry) => entry.base));
  const ids = new Set(offered.map(({ id }) => id));
  return new Set(base.filter(({ id }, index) => !kept.has(index) && !ids.has(id)).map(looksOf));
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
