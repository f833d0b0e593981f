/**
 * The planner: a pure function from three trees to the writes that bring the home up to date and the sentences that
 * tell the student about them. It reads no clock, no disk, no content; equal inputs give deeply equal plans.
 */
import { comparePaths, isWithin, type RelPath } from '../core/paths.ts';
import type { Frozen } from '../core/offer.ts';
import type { Draft } from './drafts.ts';
import { foldersToMake, foldersToRemove } from './folders.ts';
import { HomeView } from './home-view.ts';
import { frozenTest, movedOnPins, openItems } from './items.ts';
import { locate, type Located } from './locate.ts';
import { Judge } from './judge.ts';
import { inOrder } from './ordering.ts';
import { Copies, leavingPaths, Rooms, type Mover } from './placement.ts';
import type { Notice, Plan, PlanInput, Step } from './plan-types.ts';
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
  const home = new HomeView(input);
  const judge = new Judge(input, table);
  const isFrozen = frozenTest(input);
  const located: Located[] = [];
  const unreadable = new Set<RelPath>();
  for (const item of openItems(input, home)) {
    const trouble = judge.untouchable(item, isFrozen, home);
    if (trouble === undefined) located.push(locate(item, input, home));
    else if (trouble !== 'frozen') unreadable.add(trouble);
  }

  const drafts = draftAll(located, input, home, judge);
  if (judge.merges.length > 0) return { ...NOTHING, merges: judge.merges };
  const steps = inOrder(drafts);
  return {
    steps,
    notices: pathNotices(input, unreadable),
    makeFolders: foldersToMake(steps, input.local),
    removeFolders: foldersToRemove(steps, input),
    unpinned: movedOnPins(input, isFrozen),
    merges: [],
  };
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
    a.revived === b.revived &&
    a.declined === b.declined
  );
}

/** Rows 1 and 2: one notice for each path nothing could be done at. */
function pathNotices(input: PlanInput, unreadable: ReadonlySet<RelPath>): readonly Notice[] {
  const notices = new Map<RelPath, Notice>();
  for (const frozen of [...input.frozen].sort(compareFrozen)) {
    const notice = concerns(frozen.path, input.scope) ? frozenNotice(frozen) : undefined;
    if (notice !== undefined && !notices.has(frozen.path)) notices.set(frozen.path, notice);
  }
  for (const path of unreadable) {
    const node = input.local.get(path);
    const isBusy = node?.kind === 'unreadable' && node.why === 'busy';
    const code = isBusy ? 'file-changed-meanwhile' : 'file-unreadable';
    if (!notices.has(path)) notices.set(path, { path, action: 'skipped', rule: '2', code });
  }
  return [...notices.values()].sort((a, b) => comparePaths(a.path, b.path));
}

function frozenNotice({ path, why, code, message }: Frozen): Notice | undefined {
  switch (why) {
    case 'withheld':
      return undefined;
    case 'held':
      return { path, action: 'held', rule: '1' };
    case 'problem':
      return {
        path,
        action: 'skipped',
        rule: '1',
        ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { detail: message }),
      };
  }
}

function concerns(path: RelPath, scope: RelPath | undefined): boolean {
  return scope === undefined || isWithin(path, scope) || isWithin(scope, path);
}

function compareFrozen(a: Frozen, b: Frozen): number {
  return comparePaths(a.path, b.path) || comparePaths(a.why, b.why) || comparePaths(a.message ?? '', b.message ?? '');
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
