/**
 * Where course files can be placed: which paths are free, which become free because other course files leave them, and
 * which course copy is taken when none is.
 */
import type { EntryId, Oid } from '../core/ids.ts';
import { ancestorsOf, foldPath, type RelPath } from '../core/paths.ts';
import { copyNames, copyPath } from './copies.ts';
import { F2gitError } from '../errors.ts';
import type { HomeView } from './home-view.ts';

/** Whether a file can be placed at a path, and what must happen before. */
export type Room =
  | FreeRoom
  /** `by` is the path itself or one above it. */
  | { readonly kind: 'taken'; readonly by: RelPath };

export interface FreeRoom {
  readonly kind: 'free';
  /** Course files that must have left before: the very path, a file above it, files in the folder in its place. */
  readonly needs: readonly RelPath[];
  /** As `needs`, but only where the file system takes two spellings for one name. */
  readonly twins: readonly RelPath[];
  /** Folders to remove first, children first. */
  readonly folders: readonly RelPath[];
}

/** A folder with so many copies of one name has another problem. */
const MOST_COPIES = 10_000;

const FREE: FreeRoom = { kind: 'free', needs: [], twins: [], folders: [] };

/** A course copy: a new file, or one that is there with a content the course once had. */
export interface Copy {
  readonly path: RelPath;
  readonly existing?: Oid;
  /** A name that could not be looked at just now: this copy may be there already. */
  readonly unclear?: RelPath;
}

/** The room in a home when the files at `leaving` go. */
export class Rooms {
  private readonly home: HomeView;
  private readonly leaving: ReadonlySet<RelPath>;
  private readonly ours: ReadonlySet<RelPath>;

  /** `ours` are the folders f2git made: only they may go to make room for a file. */
  constructor(home: HomeView, leaving: ReadonlySet<RelPath>, ours: ReadonlySet<RelPath>) {
    this.home = home;
    this.leaving = leaving;
    this.ours = ours;
  }

  /** The room at `path`; for an edited file, which is at `from`, only if it need not be gone before it can come. */
  at(path: RelPath, from?: RelPath): Room {
    for (const ancestor of ancestorsOf(path)) {
      const node = this.home.local.get(ancestor);
      if (node?.kind === 'folder') continue;
      const twinFrom = this.home.twinsOf(ancestor).find((twin) => twin === from);
      const isBarred =
        twinFrom !== undefined || ancestor === from || (node !== undefined && !this.leaving.has(ancestor));
      if (isBarred) return { kind: 'taken', by: ancestor };
      return this.withoutTwins(ancestor, node === undefined ? FREE : { ...FREE, needs: [ancestor] }, from);
    }
    const node = this.home.local.get(path);
    if (node === undefined) return this.withoutTwins(path, FREE, from);
    if (this.leaving.has(path)) return this.withoutTwins(path, { ...FREE, needs: [path] }, from);
    const emptied = node.kind === 'folder' ? this.inPlaceOf(path, from) : undefined;
    return emptied === undefined ? { kind: 'taken', by: path } : this.withoutTwins(path, emptied, from);
  }

  /** `room`, if other names that are the same by case or Unicode form go as well. */
  private withoutTwins(path: RelPath, room: FreeRoom, from: RelPath | undefined): Room {
    const all = this.home.twinsOf(path);
    if (all.length === 0) return room;
    const needs = [...room.needs];
    const folders = [...room.folders];
    const twins: RelPath[] = [];
    for (const twin of all) {
      const emptied = this.home.local.get(twin)?.kind === 'folder' ? this.inPlaceOf(twin, from) : undefined;
      if (emptied === undefined && !this.leaving.has(twin)) return { kind: 'taken', by: path };
      if (emptied === undefined) twins.push(twin);
      needs.push(...(emptied?.needs ?? []));
      folders.push(...(emptied?.folders ?? []));
    }
    return { kind: 'free', needs, twins, folders };
  }

  /** A folder makes room if f2git made it and all that is in it goes. */
  private inPlaceOf(folder: RelPath, from: RelPath | undefined): FreeRoom | undefined {
    if (!this.ours.has(folder)) return undefined;
    const needs: RelPath[] = [];
    const folders: RelPath[] = [];
    for (const child of this.home.childrenOf(folder)) {
      const room = this.home.local.get(child)?.kind === 'folder' ? this.inPlaceOf(child, from) : undefined;
      if (room !== undefined) {
        needs.push(...room.needs);
        folders.push(...room.folders);
      } else if (this.leaving.has(child) && child !== from) needs.push(child);
      else return undefined;
    }
    return { ...FREE, needs, folders: [...folders, folder] };
  }
}

/** A file that leaves its path only if the one it is to go to has room. */
export interface Mover {
  readonly from: RelPath;
  readonly to: RelPath;
  readonly isEdited: boolean;
}

/**
 * The paths that course files leave: `certain` ones and those movers that find room. Files that change places in a ring
 * all find room; one whose way is barred keeps its path, and so does who wanted that.
 */
export function leavingPaths(
  home: HomeView,
  ours: ReadonlySet<RelPath>,
  certain: Iterable<RelPath>,
  movers: readonly Mover[],
): ReadonlySet<RelPath> {
  const leaving = new Set(certain);
  for (const { from } of movers) leaving.add(from);
  const rooms = new Rooms(home, leaving, ours);
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const { from, to, isEdited } of movers) {
      if (!leaving.has(from) || rooms.at(to, isEdited ? from : undefined).kind === 'free') continue;
      leaving.delete(from);
      hasChanged = true;
    }
  }
  return leaving;
}

/** Gives out course copies, no name twice, none that the course itself uses. */
export class Copies {
  private readonly home: HomeView;
  private readonly rooms: Rooms;
  private readonly takenFiles = new Set<string>();
  private readonly takenFolders = new Set<string>();

  constructor(home: HomeView, coursePaths: Iterable<RelPath>) {
    this.home = home;
    this.rooms = new Rooms(home, new Set(), new Set());
    for (const path of coursePaths) this.claim(path);
  }

  /**
   * The course copy for `path`, beside what keeps a file from it, or beside the file there. A copy that is there already
   * with one of the course's contents is that copy, whatever was in the way when it was made. A name that is recorded
   * for a file other than `id` is not taken, even if nothing is there.
   */
  take(id: EntryId, path: RelPath, isCourseContent: (oid: Oid) => boolean): Copy {
    const names = [...copyNames(path)].filter((name) => !this.isTaken(id, name));
    const copy = this.existing(names, isCourseContent) ?? { path: this.free(id, path), ...this.unclearAmong(names) };
    this.claim(copy.path);
    return copy;
  }

  private existing(names: readonly RelPath[], isCourseContent: (oid: Oid) => boolean): Copy | undefined {
    for (const path of names) {
      const file = this.home.untracked(path);
      if (file !== undefined && isCourseContent(file.oid)) return { path, existing: file.oid };
    }
    return undefined;
  }

  private unclearAmong(names: readonly RelPath[]): Pick<Copy, 'unclear'> {
    const unclear = this.home.unclearAmong(names);
    return unclear === undefined ? {} : { unclear };
  }

  private free(id: EntryId, path: RelPath): RelPath {
    const room = this.rooms.at(path);
    const inTheWay = room.kind === 'taken' ? room.by : path;
    for (let number = 1; number <= MOST_COPIES; number++) {
      const candidate = copyPath(path, inTheWay, number);
      const isFree = !this.isTaken(id, candidate) && this.rooms.at(candidate).kind === 'free';
      if (isFree) return candidate;
    }
    throw new F2gitError('bug', { params: { detail: `no name for a copy of "${path}"` } });
  }

  private isTaken(id: EntryId, path: RelPath): boolean {
    const holder = this.home.holderOf(path);
    if (holder !== undefined && holder !== id) return true;
    const key = foldPath(path);
    if (this.takenFiles.has(key) || this.takenFolders.has(key)) return true;
    return ancestorsOf(path).some((ancestor) => this.takenFiles.has(foldPath(ancestor)));
  }

  private claim(path: RelPath): void {
    this.takenFiles.add(foldPath(path));
    for (const ancestor of ancestorsOf(path)) this.takenFolders.add(foldPath(ancestor));
  }
}
