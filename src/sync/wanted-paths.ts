/**
 * What a plan needs to know of a home. A run that changes nothing looks at each placement once; where something is not
 * as delivered it looks closer: at the names around, at what is in the way, at course copies.
 */
import { ancestorsOf, foldPath, type RelPath } from '../core/paths.ts';
import { copyNames } from './copies.ts';
import { HomeView } from './home-view.ts';
import { frozenTest, openItems, type Item, type Known } from './items.ts';
import type { LocalNode, LocalTree } from './tree.ts';

/** What is known before anybody looked. */
export type Needed = Omit<Known, 'local'>;

/** What to look at next. */
export interface Wanted {
  /** The content of files here is needed. */
  readonly paths: readonly RelPath[];
  /** All names in these folders are needed, but not the content of their files; `''` is the workspace. */
  readonly folders: readonly (RelPath | '')[];
}

/**
 * Looks at a home until a plan can be made. `look` reads what is wanted, with the folders above it; a file whose content
 * is not wanted may be given as `foreign`. Where `foldsNames`, what is listed in another spelling of a path that was found
 * is that very file. Most runs look once; at most it is as often as folders are nested.
 */
export async function lookUntilEnough(
  needed: Needed,
  look: (wanted: Wanted) => Promise<LocalTree>,
  foldsNames = false,
): Promise<Map<RelPath, LocalNode>> {
  const lookout = new Lookout(needed);
  let local = new Map<RelPath, LocalNode>();
  const spellings = new Map<string, RelPath>();
  const isOtherSpelling = (path: RelPath): boolean => {
    if (!foldsNames) return false;
    const key = foldPath(path);
    if (!spellings.has(key)) spellings.set(key, path);
    return spellings.get(key) !== path;
  };
  for (let wanted = lookout.next(local); wanted !== undefined; wanted = lookout.next(local)) {
    const seen = await look(wanted);
    if (local.size === 0 && !foldsNames) {
      local = new Map(seen);
      continue;
    }
    for (const [path, node] of seen) {
      if (isOtherSpelling(path)) continue;
      const known = local.get(path);
      if (known === undefined || known.kind === 'foreign') local.set(path, node);
    }
  }
  return local;
}

/** Asks for what is not known yet, each thing once. */
export class Lookout {
  private readonly needed: Needed;
  private readonly paths = new Set<RelPath>();
  private readonly folders = new Set<RelPath | ''>();

  constructor(needed: Needed) {
    this.needed = needed;
  }

  /** What else is needed when `local` is what was found so far; undefined when that is enough. */
  next(local: LocalTree): Wanted | undefined {
    const isFirst = this.paths.size === 0;
    const paths: RelPath[] = [];
    const folders: (RelPath | '')[] = [];
    const want = (path: RelPath): unknown => isNew(this.paths, path) && paths.push(path);
    const list = (folder: RelPath | ''): unknown => isNew(this.folders, folder) && folders.push(folder);
    if (isFirst) this.wantPlacements(want);
    else this.wantAround(local, want, list);
    return paths.length + folders.length === 0 ? undefined : { paths, folders };
  }

  private wantPlacements(want: (path: RelPath) => unknown): void {
    for (const record of this.needed.base.values()) want(record.placement);
    for (const { id, path } of this.needed.offered) if (this.needed.base.get(id)?.placement !== path) want(path);
  }

  private wantAround(
    local: LocalTree,
    want: (path: RelPath) => unknown,
    list: (folder: RelPath | '') => unknown,
  ): void {
    const input = { ...this.needed, local };
    const home = new HomeView(input);
    const isFrozen = frozenTest(input);
    for (const item of openItems(input, home)) {
      if (isFrozen(item.natural) || isAsRecorded(item, home)) continue;
      want(item.natural);
      list('');
      for (const folder of ancestorsOf(item.natural)) if (local.get(folder)?.kind === 'folder') list(folder);
      for (const path of [item.natural, ...home.twinsOf(item.natural)]) listAllBelow(path, home, list);
      for (const path of copyNamesNeeded(item, home)) want(path);
    }
  }
}

/** Adds an item; gives whether it was not there. */
function isNew<Item>(items: Set<Item>, item: Item): boolean {
  const before = items.size;
  return items.add(item).size > before;
}

/** A file to be replaced or removed in its place needs no look around. */
function isAsRecorded({ record, offered, natural }: Item, home: HomeView): boolean {
  const file = record === undefined ? undefined : home.file(record.placement);
  const isPristine = file !== undefined && (file.oid === record?.oid || file.oid === offered?.oid);
  const isGone = offered === undefined;
  return isGone || (isPristine && record?.placement === natural) || home.file(natural)?.oid === offered.oid;
}

/** The folder in a file's place goes only if nothing of the student's is in it, however deep. */
function listAllBelow(path: RelPath, home: HomeView, list: (folder: RelPath | '') => unknown): void {
  if (home.local.get(path)?.kind !== 'folder') return;
  list(path);
  for (const child of home.childrenOf(path)) listAllBelow(child, home, list);
}

/** Where a course copy may be, or be made, beside whatever is or was in the way of a file. */
function* copyNamesNeeded({ record, natural }: Item, home: HomeView): Iterable<RelPath> {
  const isEmpty = home.spot(natural).kind === 'absent' && home.twinsOf(natural).length === 0;
  const isUntwined = ancestorsOf(natural).every((folder) => home.twinsOf(folder).length === 0);
  if (isEmpty && isUntwined && (record === undefined || record.placement === natural)) return;
  yield* copyNames(natural);
}
