/**
 * What a run has to decide about: each course file that is not exactly as delivered, with its record and its offer
 * brought together. Files where nothing changed cost one comparison each and are left out here.
 */
import type { EntryId } from '../core/ids.ts';
import type { OfferedFile } from '../core/offer.ts';
import { ancestorsOf, comparePaths, foldPath, isWithin, type RelPath } from '../core/paths.ts';
import type { HomeView } from './home-view.ts';
import type { PlanInput } from './plan-types.ts';
import type { BaseRecord, LocalTree } from './tree.ts';

/** What is known of the three trees; no content, no history. */
export type Known = Omit<PlanInput, 'history' | 'merges' | 'policy'>;

export interface Item {
  readonly id: EntryId;
  /** What is recorded; under another id when the source gave the file a new one. */
  readonly before?: BaseRecord;
  /** `before`, if it may be relied on: not when another course file has its placement. */
  readonly record?: BaseRecord;
  readonly offered?: OfferedFile;
  /** Where the file belongs: the course's path, in the spelling of the folders in the home. */
  readonly natural: RelPath;
}

interface Pair {
  readonly record?: BaseRecord;
  readonly offered?: OfferedFile;
}

/** The items in scope that no pin holds, in the order of their paths. */
export function openItems(input: Known, home: HomeView): readonly Item[] {
  return pairs(input)
    .filter((pair) => !isPinned(pair, input))
    .map((pair) => itemOf(pair, home));
}

/** Pins that no longer hold: what is offered now is not what the student refused. */
export function movedOnPins(input: Known, isFrozen: (path: RelPath) => boolean): readonly EntryId[] {
  if (input.pins.size === 0) return [];
  const pairOf = new Map<EntryId, Pair>();
  for (const pair of everyPair(input)) {
    if (pair.record !== undefined) pairOf.set(pair.record.id, pair);
    if (pair.offered !== undefined) pairOf.set(pair.offered.id, pair);
  }
  const hasMovedOn = (id: EntryId): boolean => {
    const pair = pairOf.get(id) ?? {};
    const paths = [pair.offered?.path, pair.record?.coursePath, pair.record?.placement];
    const isUntouchable = paths.some((path) => path !== undefined && (isFrozen(path) || !isInScope(path, input)));
    return !isUntouchable && !isPinned(pair, input, id);
  };
  return [...input.pins.keys()].filter(hasMovedOn).sort(comparePaths);
}

/** The test whether a path is at or below a frozen one, in any spelling. */
export function frozenTest(input: Pick<Known, 'frozen'>): (path: RelPath) => boolean {
  if (input.frozen.length === 0) return () => false;
  const frozen = new Set(input.frozen.map(({ path }) => foldPath(path)));
  return (path) => {
    const key = foldPath(path) as RelPath;
    return frozen.has(key) || ancestorsOf(key).some((ancestor) => frozen.has(ancestor));
  };
}

function pairs(input: Known): readonly Pair[] {
  const known: Pair[] = [];
  const unknown: OfferedFile[] = [];
  let matched = 0;
  for (const offered of input.offered) {
    const record = input.base.get(offered.id);
    if (record !== undefined) matched++;
    if (record !== undefined && isSettled(record, offered, input.local)) continue;
    if (!isInScope(offered.path, input)) continue;
    if (record === undefined) unknown.push(offered);
    else known.push({ record, offered });
  }
  const vanished = matched === input.base.size ? [] : vanishedRecords(input);
  return [...known, ...reuploads(unknown, vanished)].sort(comparePairs);
}

/** As `pairs`, with the settled ones and those out of scope. */
function everyPair(input: Known): readonly Pair[] {
  const known: Pair[] = [];
  const unknown: OfferedFile[] = [];
  for (const offered of input.offered) {
    const record = input.base.get(offered.id);
    if (record === undefined) unknown.push(offered);
    else known.push({ record, offered });
  }
  return [...known, ...reuploads(unknown, vanishedRecords(input))];
}

/**
 * The one test that runs for every file of the course. A permission bit the student changed is theirs as long as the
 * course does not change it, so it is not looked at.
 */
function isSettled(record: BaseRecord, offered: OfferedFile, local: LocalTree): boolean {
  if (!isDelivered(record, offered)) return false;
  const node = local.get(record.placement);
  return node?.kind === 'file' && node.oid === offered.oid;
}

/** Whether what is offered is what was delivered, where it belongs, with nothing left to say about it. */
export function isDelivered(record: BaseRecord, offered: OfferedFile): boolean {
  if (record.oid !== offered.oid || record.executable !== offered.executable) return false;
  if (record.placement !== offered.path || record.coursePath !== offered.path) return false;
  return record.left === undefined && record.merged === undefined && record.declined === undefined;
}

function vanishedRecords(input: Known): readonly BaseRecord[] {
  const offeredIds = new Set(input.offered.map(({ id }) => id));
  return [...input.base.values()].filter((record) => !offeredIds.has(record.id) && isInScope(record.coursePath, input));
}

/** A file that came back under its old path with a new id is the same file: what was recorded goes on. */
function reuploads(unknown: readonly OfferedFile[], vanished: readonly BaseRecord[]): readonly Pair[] {
  if (vanished.length === 0) return unknown.map((offered) => ({ offered }));
  const left = new Map<RelPath, BaseRecord>();
  for (const record of vanished) {
    const other = left.get(record.coursePath);
    if (other === undefined || record.id < other.id) left.set(record.coursePath, record);
  }
  const continued = new Set<BaseRecord>();
  const arrived = unknown.map((offered): Pair => {
    const record = left.get(offered.path);
    if (record === undefined) return { offered };
    continued.add(record);
    return { record, offered };
  });
  return [...arrived, ...vanished.filter((record) => !continued.has(record)).map((record) => ({ record }))];
}

function isInScope(path: RelPath, input: Known): boolean {
  return input.scope === undefined || isWithin(path, input.scope);
}

/** While nobody can tell whether a file is gone, what the student refused of it stays refused. */
function isPinned(pair: Pair, input: Known, id?: EntryId): boolean {
  if (input.pins.size === 0) return false;
  const ids = id === undefined ? [pair.offered?.id, pair.record?.id] : [id];
  const refused = ids.map((each) => each && input.pins.get(each)).find((pin) => pin !== undefined);
  if (refused === undefined) return false;
  if (pair.offered !== undefined) return refused === pair.offered.oid;
  return refused === 'absent' || input.deletions === 'ambiguous';
}

function itemOf({ record, offered }: Pair, home: HomeView): Item {
  const path = offered?.path ?? record?.placement;
  if (path === undefined) throw new TypeError('a pair has a record or an offer');
  const isHolder = record !== undefined && home.holderOf(record.placement) === record.id;
  return {
    id: offered?.id ?? (record as BaseRecord).id,
    ...(record === undefined ? {} : { before: record }),
    ...(isHolder ? { record } : {}),
    ...(offered === undefined ? {} : { offered }),
    natural: offered === undefined ? path : home.spelled(offered.path),
  };
}

function comparePairs(a: Pair, b: Pair): number {
  const [one, other] = [a.offered?.path ?? a.record?.coursePath, b.offered?.path ?? b.record?.coursePath];
  return comparePaths(one ?? '', other ?? '') || comparePaths(idOf(a), idOf(b));
}

function idOf({ record, offered }: Pair): string {
  return offered?.id ?? record?.id ?? '';
}
