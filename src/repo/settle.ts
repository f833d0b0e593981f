/** What is known after a listing, from what was known before, what the listing shows and what could be fetched. Pure. */
import type { EntryId, Oid } from '../core/ids.ts';
import { ancestorsOf, type RelPath } from '../core/paths.ts';
import type { PlacedFile } from '../sources/listing.ts';
import { type ListedEntry, withheldIndefinitely } from '../sources/source.ts';
import { applyBrake } from './brake.ts';
import { lineageOf, type KnownEntry, type PathTrouble } from './course-state.ts';
import type { FetchOutcome } from './fetch-contents.ts';
import { findMoves, freeId, type Matching, type Pair } from './identity.ts';
import { occupancyOf } from './occupancy.ts';
import { isOwnId, newOwnId } from './own-ids.ts';

export interface SettleInput {
  readonly known: readonly KnownEntry[];
  readonly matching: Matching;
  readonly problems: readonly PathTrouble[];
  /** Whether what the listing does not show, outside problems, is gone. */
  readonly complete: boolean;
  readonly outcomes: ReadonlyMap<ListedEntry, FetchOutcome>;
  readonly idsArePaths: boolean;
  /** Gives new files their ids, where these must not be paths; default: the source's ids. */
  readonly newId?: () => EntryId;
  /** The contents that ever went by an id; undefined when none did. */
  readonly contentsBy: (id: EntryId) => ReadonlySet<Oid> | undefined;
  /** The source's ids of known files that are not listed and yet still there: only students are not shown them now. */
  readonly withheld: ReadonlySet<EntryId>;
  /** When the listing was made. */
  readonly listedAt: number;
  /** Whether a content that was just fetched may change without its stamp. */
  readonly isDoubtful: (entry: ListedEntry, known: KnownEntry | undefined) => boolean;
}

export interface Settled {
  readonly entries: readonly KnownEntry[];
  readonly problems: readonly PathTrouble[];
}

/** Stamps of weak sources have whole seconds, on some servers two. */
export const WEAK_STAMP_MS = 2000;

export function settle(input: SettleInput): Settled {
  const pairs = withMoves(input);
  const shown = new Set(pairs.flatMap(({ known }) => (known === undefined ? [] : [known.id])));
  const isFrozen = freezes(input.problems);
  const isThere = (entry: KnownEntry): boolean => isFrozen(entry.path) || input.withheld.has(entry.sourceId);
  // what nobody ever had cannot be missed: a list that was wrong once must not leave its names behind
  const isGone = (entry: KnownEntry): boolean => entry.oid === undefined && !shown.has(entry.id) && !isThere(entry);
  const known = input.complete ? input.known.filter((entry) => !isGone(entry)) : input.known;
  // of what nobody knows whether it is still there, there may be more than of all else
  const isCounted = (entry: KnownEntry): boolean => entry.unseen === undefined || shown.has(entry.id);
  const held = new Set(known.filter((entry) => entry.held).map(({ id }) => id));
  const present = new Set([...shown, ...known.filter(isThere).map(({ id }) => id)]);
  const brake = input.complete
    ? applyBrake({ known: known.filter(isCounted).map(({ id }) => id), held, present, isRootEmpty: pairs.length === 0 })
    : { deleted: new Set<EntryId>(), held };
  const carried = known
    .filter(({ id }) => !shown.has(id) && !brake.deleted.has(id))
    .map((entry) => (entry.held === brake.held.has(entry.id) ? entry : { ...entry, held: brake.held.has(entry.id) }))
    .map((entry) => (isHeldBack(entry, input) ? { ...entry, visible: withheldIndefinitely } : entry));
  const used = new Set([...shown, ...carried.map(({ id }) => id)]);
  const lineages = new Set(input.known.map(lineageOf));
  const listed = pairs.map((pair) => {
    const entry = withLineage(entryOf(pair, input, used), pair.known, lineages);
    used.add(entry.id);
    return entry;
  });
  const isTaken = occupancyOf(listed);
  const inNoWay = carried.filter(({ unseen, path }) => unseen === undefined || !isTaken(path));
  return withoutClashes(inNoWay, listed, input);
}

/** Whether a file is out of sight for a reason unknown. One whose time is over was taken back by that time. */
function isHeldBack({ sourceId, visible }: KnownEntry, { withheld, listedAt }: SettleInput): boolean {
  const isOver = visible?.until !== undefined && Date.parse(visible.until) <= listedAt;
  return withheld.has(sourceId) && !isOver;
}

/** Completes the pairs with files that moved, where the source has no ids that would say so. */
function withMoves({ matching, outcomes, idsArePaths }: SettleInput): readonly Pair[] {
  if (!idsArePaths || matching.unlisted.length === 0) return matching.pairs;
  const appeared = matching.pairs.flatMap(({ placed, known }) => {
    const outcome = outcomes.get(placed.entry);
    return known === undefined && outcome?.kind === 'fetched' ? [{ placed, oid: outcome.oid }] : [];
  });
  const moves = findMoves(matching.unlisted, appeared);
  if (moves.size === 0) return matching.pairs;
  return matching.pairs.map((pair) => {
    const known = pair.known ?? moves.get(pair.placed.id);
    return known === undefined ? pair : { ...pair, known };
  });
}

function entryOf(pair: Pair, input: SettleInput, used: ReadonlySet<EntryId>): KnownEntry {
  const { placed } = pair;
  const known = pair.known && seen(pair.known);
  const { entry } = placed;
  const outcome = input.outcomes.get(entry);
  if (outcome?.kind === 'failed' && known !== undefined) {
    // The old version stays under its old name until the new one is really here.
    return { ...known, sourceId: placed.id, held: false, problem: outcome.trouble };
  }
  if (outcome === undefined && known !== undefined && isAsListed(known, placed, entry)) return known;
  return {
    sourceId: placed.id,
    ...namedAs(pair, input, used),
    path: placed.path,
    ...(placed.sourcePath === undefined ? {} : { sourcePath: placed.sourcePath }),
    ...contentOf(outcome, entry, known),
    executable: entry.executable ?? false,
    ...(entry.visible === undefined ? {} : { visible: entry.visible }),
    ...(known?.publishedAs === undefined ? {} : { publishedAs: known.publishedAs }),
    held: false,
    ...doubtOf(input, entry, known),
    ...(outcome?.kind === 'failed' ? { problem: outcome.trouble } : {}),
  };
}

function seen(known: KnownEntry): KnownEntry {
  const { unseen, ...entry } = known;
  return unseen === undefined ? known : entry;
}

/** One that was known goes on; a new one begins a lineage that no other has. */
function withLineage(entry: KnownEntry, known: KnownEntry | undefined, taken: Set<EntryId>): KnownEntry {
  const lineage = known === undefined ? freeId(entry.id, taken) : lineageOf(known);
  taken.add(lineage);
  return lineage === lineageOf(entry) ? entry : { ...entry, lineage };
}

type Named = Pick<KnownEntry, 'id' | 'isAgain'>;

/**
 * A file keeps its id for whoever has it. One that nobody ever had gets a new one where it is now: its old id may be the
 * name of a folder that is not released. One whose id named another file before gets an id of ours as it moves: who stayed
 * away since would take it for that other file.
 */
function namedAs(pair: Pair, input: SettleInput, used: ReadonlySet<EntryId>): Named {
  const { placed, known } = pair;
  if (known === undefined) return newlyNamed(placed, input, input.newId?.() ?? freeId(placed.id, used));
  const { id, isAgain } = known;
  if (isAgain === true && known.path !== placed.path) return { id: newOwnId() };
  if (known.unseen === true) return newlyNamed(placed, input, id);
  const isKept = known.publishedAs !== undefined || known.sourceId === placed.id || isOwnId(id);
  if (!isKept) return newlyNamed(placed, input, freeId(placed.id, used));
  return isAgain === undefined ? { id } : { id, isAgain };
}

/** The same content by the same id is the same file, which was taken back for a while. */
function newlyNamed({ entry }: PlacedFile, { idsArePaths, contentsBy, outcomes }: SettleInput, id: EntryId): Named {
  const before = idsArePaths ? contentsBy(id) : undefined;
  if (before === undefined) return { id };
  const outcome = outcomes.get(entry);
  return outcome?.kind === 'fetched' && before.has(outcome.oid) ? { id } : { id, isAgain: true };
}

function contentOf(outcome: FetchOutcome | undefined, entry: ListedEntry, known: KnownEntry | undefined) {
  if (outcome?.kind === 'fetched') return { oid: outcome.oid, size: outcome.size, stamp: entry.stamp };
  if (known?.oid === undefined) return { size: entry.size ?? 0, stamp: '' };
  return { oid: known.oid, size: known.size, stamp: known.stamp };
}

function isAsListed(known: KnownEntry, placed: PlacedFile, entry: ListedEntry): boolean {
  const { from, until } = entry.visible ?? {};
  return (
    known.path === placed.path &&
    known.sourcePath === placed.sourcePath &&
    known.sourceId === placed.id &&
    known.executable === (entry.executable ?? false) &&
    !known.held &&
    known.problem === undefined &&
    known.visible?.from === from &&
    known.visible?.until === until
  );
}

/** Since when the content is doubted; no longer once it was fetched again later than a stamp is precise. */
function doubtOf(input: SettleInput, entry: ListedEntry, known: KnownEntry | undefined): Pick<KnownEntry, 'doubted'> {
  const before = known?.doubted === undefined ? {} : { doubted: known.doubted };
  if (input.outcomes.get(entry)?.kind !== 'fetched') return before;
  if (known?.doubted !== undefined && known.stamp === entry.stamp) {
    return input.listedAt - known.doubted >= WEAK_STAMP_MS ? {} : before;
  }
  return input.isDoubtful(entry, known) ? { doubted: input.listedAt } : {};
}

/** Tells whether a path is at or below one the source could not give. */
export function freezes(problems: readonly PathTrouble[]): (path: RelPath) => boolean {
  if (problems.length === 0) return () => false;
  const frozen = new Set(problems.map(({ path }) => path));
  if (frozen.has(undefined)) return () => true;
  return (path) => frozen.has(path) || ancestorsOf(path).some((folder) => frozen.has(folder));
}

/**
 * A file that is kept although the listing does not show it may stand where a listed one wants to be. The kept one
 * stays: its absence proves nothing. The listed one is a problem on that path until this is settled, and stays where it
 * was if it was known.
 */
function withoutClashes(
  carried: readonly KnownEntry[],
  listed: readonly KnownEntry[],
  input: Pick<SettleInput, 'known' | 'problems'>,
): Settled {
  const kept = [...carried, ...listed.filter(({ problem }) => problem !== undefined)];
  if (kept.length === 0) return { entries: listed, problems: input.problems };
  const before = new Map(input.known.map((entry) => [entry.id, entry]));
  const waiting: PathTrouble[] = [];
  const awaitsConfirmation = occupancyOf(carried.filter(({ held }) => held));
  let free = listed.filter(({ problem }) => problem === undefined);
  for (let settled = false; !settled;) {
    const isTaken = occupancyOf(kept);
    const losers = free.filter(({ path }) => isTaken(path));
    free = free.filter(({ path }) => !isTaken(path));
    waiting.push(...losers.map(({ path }) => occupied(path, awaitsConfirmation(path))));
    const fallbacks = losers.flatMap(({ id }) => before.get(id) ?? []).filter(({ path }) => !isTaken(path));
    kept.push(...fallbacks);
    settled = fallbacks.length === 0;
  }
  return { entries: [...kept, ...free], problems: [...input.problems, ...waiting] };
}

function occupied(path: RelPath, awaitsConfirmation: boolean): PathTrouble {
  const command = awaitsConfirmation ? { command: 'f2git confirm' } : {};
  return { path, code: 'place-occupied', params: { path, ...command } };
}
