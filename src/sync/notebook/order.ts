/** In which order the cells of a merged notebook stand: a three-way value of its own. */

/** A cell of the result, by its positions in the three files. */
export interface Placed {
  readonly base?: number;
  readonly offered?: number;
  readonly local?: number;
}

export interface Ordered<Entry> {
  readonly entries: readonly Entry[];
  /** Both reordered the cells, each in their own way, and the student's order stayed. */
  readonly isDeclined: boolean;
}

/**
 * Orders the cells as the only side that reordered those all three have; as the student if both or neither did. The other
 * side's cells follow the cell they follow there; the course's come after the student's own, for a note belongs to the
 * cell above it.
 */
export function orderCells<Entry extends Placed>(entries: readonly Entry[]): Ordered<Entry> {
  const shared = entries.filter(({ base, offered, local }) => [base, offered, local].every((at) => at !== undefined));
  const byCourse = isReordered(shared, 'offered');
  const byStudent = isReordered(shared, 'local');
  if (byCourse && !byStudent) return { entries: asOffered(entries), isDeclined: false };
  return { entries: asLocal(entries), isDeclined: byCourse && byStudent && !isSameOrder(shared) };
}

type Side = 'offered' | 'local';

function isReordered(shared: readonly Placed[], side: Side): boolean {
  const positions = sortedBy(shared, side).map(({ base }) => base ?? 0);
  return positions.some((position, index) => position < (positions[index - 1] ?? 0));
}

function isSameOrder(shared: readonly Placed[]): boolean {
  const asOnOtherSide = sortedBy(shared, 'local');
  return sortedBy(shared, 'offered').every((entry, index) => entry === asOnOtherSide[index]);
}

function sortedBy<Entry extends Placed>(entries: readonly Entry[], side: Side): readonly Entry[] {
  return entries.filter((entry) => entry[side] !== undefined).sort((a, b) => (a[side] ?? 0) - (b[side] ?? 0));
}

function asLocal<Entry extends Placed>(entries: readonly Entry[]): readonly Entry[] {
  const runs = runsAfter(entries, 'offered', 'local');
  const ordered: Entry[] = [];
  let waiting = runs.get(undefined) ?? [];
  for (const entry of sortedBy(entries, 'local')) {
    if (entry.offered !== undefined) {
      for (const each of waiting) ordered.push(each);
      waiting = runs.get(entry) ?? [];
    }
    ordered.push(entry);
  }
  return [...ordered, ...waiting];
}

function asOffered<Entry extends Placed>(entries: readonly Entry[]): readonly Entry[] {
  const runs = runsAfter(entries, 'local', 'offered');
  const following = sortedBy(entries, 'offered').flatMap((entry) => [entry, ...(runs.get(entry) ?? [])]);
  return [...(runs.get(undefined) ?? []), ...following];
}

/** The cells only `side` has, by the cell before them there that both have; `undefined`: at the top. */
function runsAfter<Entry extends Placed>(
  entries: readonly Entry[],
  side: Side,
  other: Side,
): ReadonlyMap<Entry | undefined, readonly Entry[]> {
  const runs = new Map<Entry | undefined, Entry[]>();
  let anchor: Entry | undefined;
  for (const entry of sortedBy(entries, side)) {
    if (entry[other] !== undefined) {
      anchor = entry;
      continue;
    }
    const run = runs.get(anchor);
    if (run === undefined) runs.set(anchor, [entry]);
    else run.push(entry);
  }
  return runs;
}
