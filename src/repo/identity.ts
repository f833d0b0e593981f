/** Which listed file is which known one: by the source's id, by its place, by exactly the same content. Pure. */
import { entryId, type EntryId, type Oid } from '../core/ids.ts';
import { nameOf } from '../core/paths.ts';
import type { KnownEntry } from './course-state.ts';
import type { PlacedFile } from '../sources/listing.ts';

export interface Pair {
  readonly placed: PlacedFile;
  /** What it was until now; absent for a file nobody knew. */
  readonly known?: KnownEntry;
}

export interface Matching {
  readonly pairs: readonly Pair[];
  /** Known files the listing does not show. */
  readonly unlisted: readonly KnownEntry[];
}

/**
 * Pairs by the source's id; then a file that was uploaded anew under the path of one that vanished: that is an update
 * of the same file, not a deletion and a new one.
 */
export function matchListing(known: readonly KnownEntry[], placed: readonly PlacedFile[]): Matching {
  const bySource = new Map(known.map((entry) => [entry.sourceId, entry]));
  const listedIds = new Set(placed.map((file) => file.id));
  const byPath = new Map(known.filter((entry) => !listedIds.has(entry.sourceId)).map((entry) => [entry.path, entry]));
  const used = new Set<EntryId>();
  const pairs = placed.map((file): Pair => {
    const match = bySource.get(file.id) ?? byPath.get(file.path);
    if (match === undefined) return { placed: file };
    used.add(match.id);
    return { placed: file, known: match };
  });
  return { pairs, unlisted: known.filter((entry) => !used.has(entry.id)) };
}

/**
 * For sources whose ids are paths: one vanished and one new file with exactly the same content are one file that moved.
 * Where several have that content, the name decides. Gives the vanished file of each new one's source id.
 */
export function findMoves(
  vanished: readonly KnownEntry[],
  appeared: readonly { readonly placed: PlacedFile; readonly oid: Oid }[],
): ReadonlyMap<EntryId, KnownEntry> {
  const moves = new Map<EntryId, KnownEntry>();
  const taken = new Set<EntryId>();
  const keys = [{ of: (oid: Oid) => oid as string }, { of: (oid: Oid, name: string) => `${oid} ${name}` }];
  for (const key of keys) {
    const from = groupBy(
      vanished.filter((entry) => entry.oid !== undefined && !taken.has(entry.id)),
      (entry) => (entry.oid === undefined ? '' : key.of(entry.oid, nameOf(entry.path))),
    );
    const to = groupBy(
      appeared.filter(({ placed }) => !moves.has(placed.id)),
      ({ placed, oid }) => key.of(oid, nameOf(placed.path)),
    );
    for (const [content, [file, ...otherFiles]] of to) {
      const [entry, ...otherEntries] = from.get(content) ?? [];
      if (file === undefined || entry === undefined || otherFiles.length + otherEntries.length > 0) continue;
      moves.set(file.placed.id, entry);
      taken.add(entry.id);
    }
  }
  return moves;
}

/** An id for a file nobody knew: the source's, or one derived from it while another file still goes by that id. */
export function freeId(wanted: EntryId, used: ReadonlySet<EntryId>): EntryId {
  if (!used.has(wanted)) return wanted;
  for (let number = 2; ; number++) {
    const candidate = entryId(`${wanted.slice(0, 4000)}#${number}`);
    if (!used.has(candidate)) return candidate;
  }
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
