/** The laws P1–P18 of the planner, each as a function that says what is wrong. */
import { isDeepStrictEqual } from 'node:util';
import { entryId, type EntryId, type Oid } from '../../../src/core/ids.ts';
import { foldPath, isWithin, parseRelPath, relPathOf, type RelPath } from '../../../src/core/paths.ts';
import { isCopyOf } from '../../../src/sync/copies.ts';
import type { Action, Plan, PlanInput, Step } from '../../../src/sync/plan.ts';
import type { BaseRecord } from '../../../src/sync/tree.ts';
import { oidOf, studentWords } from './contents.ts';
import type { ModelHome } from './home.ts';
import type { Click, Planner, World } from './world.ts';

export class Broken extends Error {
  readonly law: string;
  constructor(law: string, detail: string) {
    super(`${law}: ${detail}`);
    this.law = law;
  }
}

type Law = (click: Click, world: World, planner: Planner) => string | undefined;

/** Checks `names`, or all. @throws {Broken} */
export function judge(
  click: Click,
  world: World,
  planner: Planner,
  names: readonly string[] = Object.keys(laws),
): void {
  for (const name of names) {
    const wrong = laws[name]?.(click, world, planner);
    if (wrong !== undefined) throw new Broken(name, wrong);
  }
}

/** P7 (expectations are honest) and P14 (shape) are what the model's executor refuses: see `Dishonest`. */
export const laws: Readonly<Record<string, Law>> = {
  P1: ({ input, plan }, _, planner) => {
    const shuffled: PlanInput = {
      ...input,
      base: new Map([...input.base].reverse()),
      pins: new Map([...input.pins].reverse()),
      local: new Map([...input.local].reverse()),
      folders: new Set([...input.folders].reverse()),
      frozen: [...input.frozen].reverse(),
    };
    return isDeepStrictEqual(planner(shuffled), plan) ? undefined : 'another plan for the same input in another order';
  },

  P2: ({ input, plan }) => {
    const isIdle = input.offered.every(({ id, path, oid, executable }) => {
      const [node, record] = [input.local.get(path), input.base.get(id)];
      const isThere = node?.kind === 'file' && node.oid === oid && record?.placement === path && record.oid === oid;
      return isThere && record.coursePath === path && record.executable === executable && !record.left;
    });
    const isAll = input.base.size === input.offered.length && input.frozen.length === 0 && input.pins.size === 0;
    const isSilent = plan.steps.length === 0 && plan.notices.length === 0;
    return isIdle && isAll && !isSilent && !hasMemories(input)
      ? `nothing is new and yet ${show(plan.steps)}`
      : undefined;
  },

  P3: (click, world) => {
    if (click.isDisturbed) return undefined;
    const plan = world.preview();
    return plan.steps.length === 0 && plan.removeFolders.length === 0
      ? undefined
      : `planned again: ${show(plan.steps)}`;
  },

  P4: ({ before, after, applied, isDisturbed, plan }) => {
    const kept = new Set([
      ...wordsOf(after),
      ...(isDisturbed || hasRing(plan) ? applied.backups.flatMap(studentWords) : []),
    ]);
    const lost = [...wordsOf(before)].filter((word) => !kept.has(word));
    return lost.length === 0 ? undefined : `the student's ${lost.join(', ')} is gone: ${show(plan.steps)}`;
  },

  P5: ({ input, after, isDisturbed }, world) => {
    if (isDisturbed) return undefined;
    for (const offered of input.offered) {
      const record = world.memory.base.get(offered.id);
      if (isTroubled(offered.path, record, world) || isRefused(offered, world)) continue;
      const file = record && after.file(record.placement);
      if (file === undefined || oidOf(file.text) === offered.oid) continue;
      if (input.history.has(offered.id, offered.path, oidOf(file.text)))
        return `${offered.path} is an old course version`;
    }
    return undefined;
  },

  P6: ({ plan, before, input, published }) => {
    const placements = new Set([...input.base.values()].map(({ placement }) => placement));
    // Who empties a placement and has a file where the course has moved it made the same rename.
    for (const { id, path } of input.offered) {
      const record = input.base.get(id);
      if (record !== undefined && record.coursePath !== path && !before.nodes.has(record.placement))
        placements.add(path);
    }
    for (const action of actionsOf(plan)) {
      if (action.kind === 'create' || action.kind === 'remove-folder' || placements.has(action.path)) continue;
      const file = before.file(action.path);
      if (file === undefined || published.has(oidOf(file.text))) continue;
      return `the student's own ${action.path} is touched: ${JSON.stringify(action)}`;
    }
    return undefined;
  },

  P8: ({ input, plan, before, isDisturbed }, world) => {
    if (isDisturbed) return undefined;
    const agreed = input.offered.filter(
      ({ id, path, oid }) =>
        before.file(path) !== undefined &&
        oidOf(before.file(path)!.text) === oid &&
        (input.base.get(id)?.placement ?? path) === path &&
        !input.pins.has(id) &&
        !isTroubled(path, input.base.get(id), world) &&
        !isPlacedElsewhere(path, id, input),
    );
    for (const { id, path, oid } of agreed) {
      const touched = actionsOf(plan).find((action) => action.path === path && action.kind !== 'set-executable');
      if (touched !== undefined) return `${path} is as offered and yet ${JSON.stringify(touched)}`;
      if (world.memory.base.get(id)?.oid !== oid) return `${path} is as offered and not recorded`;
    }
    return undefined;
  },

  P9: ({ input, plan, before, isDisturbed, published }, world) => {
    if (isDisturbed || input.deletions !== 'certain') return undefined;
    const offered = new Set(input.offered.map(({ id }) => id));
    const offeredPaths = new Set(input.offered.map(({ path }) => path));
    for (const record of input.base.values()) {
      const file = before.file(record.placement);
      if (offered.has(record.id) || offeredPaths.has(record.coursePath) || file === undefined) continue;
      if (published.has(oidOf(file.text)) || isTroubled(record.coursePath, record, world) || input.pins.has(record.id))
        continue;
      if (actionsOf(plan).some(({ path }) => path === record.placement))
        return `${record.placement} is the student's now`;
      if (world.memory.base.has(record.id)) return `${record.placement} is still recorded`;
    }
    return undefined;
  },

  P10: ({ plan, input }) => {
    const withheld = input.frozen.filter(({ why }) => why === 'withheld').map(({ path }) => path);
    const touched = actionsOf(plan).find((action) => withheld.some((path) => touches(action, path)));
    return touched === undefined ? undefined : `withheld and yet ${JSON.stringify(touched)}`;
  },

  P11: ({ plan, input, before }, world) => {
    const troubled = [...input.frozen.map(({ path }) => path), ...before.unreadable];
    const touched = actionsOf(plan).find((action) => troubled.some((path) => touches(action, path)));
    if (touched !== undefined) return `in trouble and yet ${JSON.stringify(touched)}`;
    for (const { path, why } of input.frozen) {
      const told = plan.notices.filter((notice) => notice.path === path).length;
      if (why !== 'withheld' && told !== 1) return `${path}: told ${told} times`;
    }
    for (const [id, record] of input.base) {
      const isIn = input.frozen.some(({ path }) => isWithin(record.coursePath, path));
      if (isIn && !isDeepStrictEqual(world.memory.base.get(id), record))
        return `${record.coursePath}: the record changed`;
    }
    return undefined;
  },

  P12: ({ plan, input }) => {
    if (input.deletions === 'certain') return undefined;
    const gone = plan.steps.find(
      (step) => step.after === undefined || (step.actions.some(isRemoval) && !isOffered(step, input)),
    );
    return gone === undefined ? undefined : `nobody knows whether it is gone: ${show([gone])}`;
  },

  P13: (_, world) => {
    const batch = world.vanished.find(({ gone, of }) => of >= 2 && gone > Math.floor(of / 2));
    return batch === undefined ? undefined : `one listing took ${batch.gone} of ${batch.of} files`;
  },

  P15: ({ plan, before }) => {
    for (const action of actionsOf(plan)) {
      for (const path of targetsOf(action)) {
        if (parseRelPath(path) === undefined) return `"${path}" is no legal path`;
        const through = [...before.nodes].find(([above, node]) => node.kind === 'link' && isWithin(path, above));
        if (through !== undefined) return `${path} is reached through the link ${through[0]}`;
      }
    }
    return undefined;
  },

  P16: ({ isDisturbed, input, published, before }, world) => {
    if (isDisturbed) return undefined;
    const isActive = ({ id, coursePath }: BaseRecord): boolean =>
      input.offered.some((offered) => offered.id === id) &&
      !world.pins.has(id) &&
      !isTroubled(coursePath, undefined, world);
    const placements = [...world.memory.base.values()].filter(isActive).map(({ placement }) => placement);
    const twice = placements.find((path, index) => placements.indexOf(path) !== index);
    if (twice !== undefined) return `${twice} is the placement of two files`;
    for (const { id, path, oid } of input.offered) {
      const isNewCopy = (at: RelPath): boolean => isCopyOf(path, at) && !before.nodes.has(at);
      const record = world.memory.base.get(id);
      const copies = [...world.home.nodes].filter(
        ([at, node]) => at !== record?.placement && node.kind === 'file' && oidOf(node.text) === oid && isNewCopy(at),
      );
      const allowed = world.policy.courseCopies === 'beside' ? 1 : 0;
      if (copies.length > allowed) return `${path} has copies ${copies.map(([at]) => at).join(', ')}`;
      const earlier = [...before.nodes].find(
        ([at, node]) =>
          isCopyOf(path, at) &&
          !before.unreadable.has(at) &&
          node.kind === 'file' &&
          oidOf(node.text) === oid &&
          !isPlaced(at, input, id),
      );
      const made = [...world.home.nodes.keys()].find((at) => isNewCopy(at) && at === record?.placement);
      if (earlier !== undefined && made !== undefined && published.has(oid))
        return `${made} although ${earlier[0]} was there`;
    }
    return undefined;
  },

  P17: ({ isDisturbed, input, after }, world) => {
    if (isDisturbed) return undefined;
    for (const offered of input.offered) {
      const record = world.memory.base.get(offered.id);
      if (isTroubled(offered.path, record, world) || isRefused(offered, world)) continue;
      if (record === undefined) return `${offered.path} is not recorded`;
      if (record.oid !== offered.oid) return `${offered.path}: an old version is recorded`;
      const file = after.file(record.placement);
      if (file === undefined) {
        if (world.policy.deletedFiles === 'respect') continue;
        return `${offered.path} is not there`;
      }
      const reached = world.reached.get(offered.id) ?? new Set();
      const [text] = [world.course.files.get(offered.id)?.text ?? ''];
      const missed = text.split(' ').filter((word) => !file.text.split(' ').includes(word) && !reached.has(word));
      if (missed.length > 0) return `${offered.path}: ${missed.join(', ')} never arrived and nobody was told`;
    }
    return undefined;
  },

  P18: ({ input, plan }, _, planner) => {
    const unrelated = relPathOf('zz/unrelated');
    const more = { id: entryId('unrelated'), path: unrelated, oid: oidOf('c0 c0 c0'), size: 8, executable: false };
    const bigger = planner({ ...input, offered: [...input.offered, more] });
    const others = bigger.steps.filter(({ id }) => id !== more.id);
    return isDeepStrictEqual(others, plan.steps) ? undefined : `an unrelated file changes ${show(others)}`;
  },
};

/** Merges and declined changes that end when the file is as the course has it. */
function hasMemories({ base }: PlanInput): boolean {
  return [...base.values()].some(({ merged, declined }) => merged !== undefined || declined !== undefined);
}

/** Undone under this id or, before it was uploaded anew, under another. */
function isRefused({ id, oid }: { id: EntryId; oid: Oid }, { pins }: World): boolean {
  return pins.has(id) || [...pins.values()].includes(oid);
}

/** In any spelling: a course folder is placed in the folder that is there. */
function isTroubled(path: RelPath, record: BaseRecord | undefined, world: World): boolean {
  const earlier = [...world.memory.base.values()].filter(({ coursePath }) => coursePath === path);
  const around = [record, ...earlier].flatMap((each) => (each === undefined ? [] : [each.placement, each.coursePath]));
  const bad = [...world.course.frozen.keys(), ...world.home.unreadable];
  return [path, ...around].some((each) =>
    bad.some((other) => isWithin(foldPath(each) as RelPath, foldPath(other) as RelPath)),
  );
}

/** Or wanted by the course for another file, or where nothing may be touched. */
function isPlaced(path: RelPath, input: PlanInput, id: string): boolean {
  if ([...input.offered, ...input.frozen].some((each) => foldPath(each.path) === foldPath(path))) return true;
  return [...input.base.values()].some((record) => record.placement === path && record.id !== id);
}

/** What is at `path` is another course file, which the course has elsewhere. */
function isPlacedElsewhere(path: RelPath, id: EntryId, input: PlanInput): boolean {
  const holder = [...input.base.values()].find((record) => record.placement === path);
  return holder !== undefined && holder.id !== id && holder.coursePath !== path;
}

/** Files that change places overwrite each other; their contents are staged, so the backups are the only witness. */
function hasRing(plan: Plan): boolean {
  return actionsOf(plan).some((action) => 'content' in action && action.content.from === 'home');
}

function wordsOf(home: ModelHome): Set<string> {
  return new Set([...home.nodes.values()].flatMap((node) => (node.kind === 'file' ? studentWords(node.text) : [])));
}

function actionsOf(plan: Plan): readonly Action[] {
  return plan.steps.flatMap(({ actions }) => actions);
}

function targetsOf(action: Action): readonly RelPath[] {
  return action.kind === 'move' ? [action.path, action.to] : [action.path];
}

function touches(action: Action, path: RelPath): boolean {
  return targetsOf(action).some((target) => isWithin(target, path));
}

function isRemoval({ kind }: Action): boolean {
  return kind === 'remove';
}

function isOffered({ id }: Step, input: PlanInput): boolean {
  return input.offered.some((offered) => offered.id === id);
}

function show(steps: readonly Step[]): string {
  return JSON.stringify(steps.map(({ rule, actions, before, after }) => ({ rule, actions, before, after })));
}
