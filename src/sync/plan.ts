/**
 * The planner: a pure function from three trees to the writes that bring the home up to date and the sentences that
 * tell the student about them. It reads no clock, no disk, no content; equal inputs give deeply equal plans.
 */
import type { EntryId } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import type { Draft } from './drafts.ts';
import { exchangesOf, type Moving } from './exchange.ts';
import { foldersToMake, foldersToRemove } from './folders.ts';
import { HomeView } from './home-view.ts';
import { frozenTest, movedOnPins, openItems, type Item } from './items.ts';
import { locate, type Located } from './locate.ts';
import type { Change } from './journal.ts';
import { Judge } from './judge.ts';
import { inOrder } from './ordering.ts';
import { PathNotices } from './path-notices.ts';
import { Copies, leavingPaths, Rooms, type Mover } from './placement.ts';
import type { Plan, PlanInput, Step } from './plan-types.ts';
import { intendedChanges } from './record.ts';
import { rules, type Rule } from './rules.ts';
import { draftFor, type Ground } from './settle.ts';
import type { BaseRecord } from './tree.ts';

export type * from './plan-types.ts';

const NOTHING: Plan = {
  steps: [],
  notices: [],
  makeFolders: [],
  removeFolders: [],
  unpinned: [],
  merges: [],
};

/** Decides by `table` what happens to each course file, and puts it in an order that can be applied. */
export function plan(input: PlanInput, table: readonly Rule[] = rules): Plan {
  const unclear = new Map<EntryId, RelPath>();
  for (;;) {
    const known = unclear.size;
    const made = planBut(unclear, input, table);
    // What is put aside leaves no path, which others may have counted on.
    if (made.merges.length > 0 || unclear.size === known) return made;
  }
}

/** As `plan`, without the files in `unclear`; adds those of which it turns out that nothing can be decided. */
function planBut(unclear: Map<EntryId, RelPath>, input: PlanInput, table: readonly Rule[]): Plan {
  const home = new HomeView(input);
  const judge = new Judge(input, table, unclear);
  const isFrozen = frozenTest(input);
  const located: Located[] = [];
  const notices = new PathNotices(input);
  const waiting = new Map<Item, RelPath>();
  for (const item of openItems(input, home)) {
    const trouble = judge.untouchable(item, isFrozen, home);
    const hidden = unclear.get(item.id);
    if (trouble === 'frozen') continue;
    const path = trouble ?? hidden;
    if (path !== undefined) waiting.set(item, path);
    if (trouble !== undefined) notices.unreadable(trouble, item);
    else if (hidden !== undefined) notices.keptAway(item, hidden);
    else located.push(locate(item, input, home));
  }

  const drafts = draftAll(located, input, home, judge);
  if (judge.merges.length > 0) return { ...NOTHING, merges: judge.merges };
  const steps = inOrder(drafts);
  holdBack(unclear, steps, waiting);
  return {
    steps,
    notices: notices.all(),
    makeFolders: foldersToMake(steps, input.local),
    removeFolders: foldersToRemove(steps, input),
    unpinned: movedOnPins(input, isFrozen),
    merges: [],
  };
}

/**
 * Adds to `unclear` the files that are to change places with one that waits because some path cannot be read: otherwise
 * a path that one of them leaves would be empty until then.
 */
function holdBack(unclear: Map<EntryId, RelPath>, steps: readonly Step[], waiting: ReadonlyMap<Item, RelPath>): void {
  if (waiting.size === 0) return;
  const hidden = new Map<Moving, RelPath>();
  const changes = new Map<Moving, readonly Change[]>(steps.map((step) => [step, changesWanted(step)]));
  for (const [{ id, before, natural: path }, why] of waiting) {
    const move: Moving = { id, ...(before && { before, after: { ...before, placement: path } }) };
    hidden.set(move, why);
    changes.set(move, [{ path }]);
  }
  for (const exchange of exchangesOf([...changes.keys()], (each) => changes.get(each) ?? [])) {
    const why = exchange.map((each) => hidden.get(each)).find((path) => path !== undefined);
    if (why === undefined) continue;
    for (const each of exchange) if (!hidden.has(each)) unclear.set(each.id, why);
  }
}

/** What the step does, and what it would do if nothing were at the course's path. */
function changesWanted(step: Step): readonly Change[] {
  const changes = intendedChanges(step);
  return step.after === undefined ? changes : [...changes, { path: step.after.coursePath }];
}

function draftAll(located: readonly Located[], input: PlanInput, home: HomeView, judge: Judge): readonly Draft[] {
  if (located.length === 0) return [];
  const { certain, movers } = leavers(located, home, judge);
  const leaving = leavingPaths(home, input.folders, certain, movers);
  const ground: Ground = {
    input,
    home,
    judge,
    leaving,
    rooms: new Rooms(home, leaving, input.folders),
    copies: lazily(() => new Copies(home, coursePaths(input, home))),
  };
  return located
    .map((each) => draftFor(each, ground))
    .filter((draft) => draft !== undefined && isNews(draft.step)) as Draft[];
}

/** Which files leave their path in any case, and which only if there is room where they belong. */
function leavers(
  located: readonly Located[],
  home: HomeView,
  judge: Judge,
): { certain: readonly RelPath[]; movers: readonly Mover[] } {
  const certain: RelPath[] = [];
  const movers: Mover[] = [];
  for (const each of located) {
    if (each.leftover !== undefined) certain.push(each.leftover);
    if (each.at === undefined || (each.local === 'edited' && each.isCopy)) continue;
    const { verdict } = judge.rule(each, each.local);
    if (verdict === 'remove') certain.push(each.at);
    const goes = verdict === 'adopt' || verdict === 'replace' || verdict === 'keep' || verdict === 'merge';
    if (!goes || each.at === each.item.natural) continue;
    // A pristine file whose way is barred goes to a course copy, unless it is one: it leaves in any case.
    if (each.local !== 'edited' && !judge.staysAsCopy(each)) certain.push(each.at);
    else movers.push({ from: each.at, to: each.item.natural, isEdited: each.local === 'edited' });
  }
  return { certain, movers };
}

/** Where the course itself has files, or may have: no course copy may take such a place. */
function* coursePaths(input: PlanInput, home: HomeView): Iterable<RelPath> {
  for (const { path } of input.offered) yield home.spelled(path);
  for (const { path } of input.frozen) yield path;
}

/** Whether anything is done, said or remembered. */
function isNews({ actions, notice, before, after }: Step): boolean {
  return actions.length > 0 || notice !== undefined || !isSameRecord(before, after);
}

function isSameRecord(a: BaseRecord | undefined, b: BaseRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.id === b.id &&
    a.coursePath === b.coursePath &&
    a.placement === b.placement &&
    a.oid === b.oid &&
    a.executable === b.executable &&
    a.left === b.left &&
    a.merged === b.merged &&
    a.former === b.former &&
    a.revived === b.revived &&
    a.declined === b.declined
  );
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
