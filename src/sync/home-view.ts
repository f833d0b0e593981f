/** What the planner asks about the home: what is at a path, what would clash with a name, whose file it is. */
import { ancestorsOf, foldPath, parentOf, type RelPath } from '../core/paths.ts';
import type { EntryId } from '../core/ids.ts';
import type { OfferedFile } from '../core/offer.ts';
import type { BaseRecord, LocalNode, LocalTree } from './tree.ts';

export type LocalFile = Extract<LocalNode, { kind: 'file' }>;

/** Whether something can be at a path, or already the path to it is barred. */
export type Spot = LocalNode | { readonly kind: 'absent' } | { readonly kind: 'barred'; readonly by: RelPath };

interface Trees {
  readonly base: ReadonlyMap<EntryId, BaseRecord>;
  readonly offered: readonly OfferedFile[];
  readonly local: LocalTree;
}

/** Indexes are made on first use: a run that changes nothing needs none. */
export class HomeView {
  readonly local: LocalTree;
  private readonly base: ReadonlyMap<EntryId, BaseRecord>;
  private readonly offered: readonly OfferedFile[];
  private folded: Map<string, RelPath[]> | undefined;
  private children: Map<RelPath, RelPath[]> | undefined;
  private holders: Map<RelPath, EntryId> | undefined;
  private readonly spellings = new Map<RelPath, RelPath>();

  constructor({ local, base, offered }: Trees) {
    this.local = local;
    this.base = base;
    this.offered = offered;
  }

  /** What is at `path`; `barred` when something above it is neither folder nor absent. */
  spot(path: RelPath): Spot {
    const node = this.local.get(path);
    if (node !== undefined) return node;
    for (const ancestor of ancestorsOf(path)) {
      const above = this.local.get(ancestor);
      if (above === undefined) return { kind: 'absent' };
      if (above.kind === 'unreadable') return above;
      if (above.kind !== 'folder') return { kind: 'barred', by: ancestor };
    }
    return { kind: 'absent' };
  }

  file(path: RelPath): LocalFile | undefined {
    const node = this.local.get(path);
    return node?.kind === 'file' ? node : undefined;
  }

  /** The outermost unreadable path at or above `path`. */
  unreadableAbove(path: RelPath): RelPath | undefined {
    const above = ancestorsOf(path).find((ancestor) => this.local.get(ancestor)?.kind === 'unreadable');
    return above ?? (this.local.get(path)?.kind === 'unreadable' ? path : undefined);
  }

  /** Whether nobody can tell just now what is at `path`. What is shut to the student is somebody's for sure. */
  isUnclear(path: RelPath): boolean {
    const spot = this.spot(path);
    return spot.kind === 'unreadable' && spot.why !== 'denied';
  }

  /**
   * The first of `names`, all for copies of one file, of which nobody can tell just now what is there. Where every one in
   * the folder of the first is shut, it is that folder that was shut when they were looked at.
   */
  unclearAmong(names: readonly RelPath[]): RelPath | undefined {
    const [first] = names;
    const beside = names.filter((name) => first !== undefined && parentOf(name) === parentOf(first));
    if (beside.every((name) => this.spot(name).kind === 'unreadable')) return first;
    return names.find((name) => this.isUnclear(name));
  }

  /**
   * The path in the spelling of the folders that are there: two folders whose names are the same by case folding and
   * Unicode form are one folder.
   */
  spelled(path: RelPath): RelPath {
    if (this.local.has(path)) return path;
    const parent = parentOf(path);
    if (parent === undefined) return path;
    const folder = this.spelledFolder(parent);
    // nearly always: and a text that is no new one is found in maps and sets without being read again
    if (folder === parent) return path;
    return (folder + path.slice(parent.length)) as RelPath;
  }

  /** Other names in the same folder that are the same name by case folding and Unicode form. */
  twinsOf(path: RelPath): readonly RelPath[] {
    const alike = this.foldIndex().get(foldPath(path));
    if (alike === undefined) return [];
    const parent = parentOf(path);
    return alike.filter((other) => other !== path && parentOf(other) === parent);
  }

  childrenOf(folder: RelPath): readonly RelPath[] {
    this.children ??= indexChildren(this.local);
    return this.children.get(folder) ?? [];
  }

  /**
   * Whose placement `path` is. Two records name one path when the file of the first was gone and the course put another
   * there: then it is the other's.
   */
  holderOf(path: RelPath): EntryId | undefined {
    this.holders ??= this.indexHolders();
    return this.holders.get(path);
  }

  /** The content at `path` if no course file is placed there. */
  untracked(path: RelPath): LocalFile | undefined {
    return this.holderOf(path) === undefined ? this.file(path) : undefined;
  }

  private spelledFolder(folder: RelPath): RelPath {
    const known = this.spellings.get(folder);
    if (known !== undefined) return known;
    const parent = parentOf(folder);
    const inPlace =
      parent === undefined ? folder : ((this.spelledFolder(parent) + folder.slice(parent.length)) as RelPath);
    const isFolder = (each: RelPath): boolean => this.local.get(each)?.kind === 'folder';
    const twin = isFolder(inPlace) ? undefined : this.twinsOf(inPlace).find(isFolder);
    this.spellings.set(folder, twin ?? inPlace);
    return twin ?? inPlace;
  }

  private indexHolders(): Map<RelPath, EntryId> {
    const holders = new Map<RelPath, EntryId>();
    for (const record of this.base.values()) {
      const other = holders.get(record.placement);
      const rival = other === undefined ? undefined : this.base.get(other);
      if (rival === undefined || this.belongsMore(record, rival)) holders.set(record.placement, record.id);
    }
    return holders;
  }

  private belongsMore(record: BaseRecord, rival: BaseRecord): boolean {
    const node = this.local.get(record.placement);
    const signs: readonly ((each: BaseRecord) => boolean)[] = [
      ({ id, coursePath }) => this.offered.some((file) => file.id === id && file.path === coursePath),
      ({ oid }) => node?.kind === 'file' && node.oid === oid,
      ({ coursePath, placement }) => coursePath === placement,
    ];
    const telling = signs.find((sign) => sign(record) !== sign(rival));
    return telling === undefined ? record.id < rival.id : telling(record);
  }

  private foldIndex(): Map<string, RelPath[]> {
    if (this.folded !== undefined) return this.folded;
    this.folded = new Map();
    for (const path of this.local.keys()) append(this.folded, foldPath(path), path);
    for (const alike of this.folded.values()) alike.sort();
    return this.folded;
  }
}

function indexChildren(local: LocalTree): Map<RelPath, RelPath[]> {
  const children = new Map<RelPath, RelPath[]>();
  for (const path of local.keys()) {
    const parent = parentOf(path);
    if (parent !== undefined) append(children, parent, path);
  }
  for (const paths of children.values()) paths.sort();
  return children;
}

function append<K, V>(index: Map<K, V[]>, key: K, value: V): void {
  const values = index.get(key);
  if (values === undefined) index.set(key, [value]);
  else values.push(value);
}
