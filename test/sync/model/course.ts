/** A course in the model: what it offers, what it ever published. */
import { entryId, type EntryId, type Oid } from '../../../src/core/ids.ts';
import type { Frozen, History, OfferedFile } from '../../../src/core/offer.ts';
import { ancestorsOf, comparePaths, foldPath, isWithin, type RelPath } from '../../../src/core/paths.ts';
import { oidOf } from './contents.ts';

export interface CourseFile {
  readonly id: EntryId;
  readonly path: RelPath;
  readonly text: string;
  readonly executable: boolean;
}

export class Course {
  readonly files = new Map<EntryId, CourseFile>();
  readonly frozen = new Map<RelPath, Frozen['why']>();
  deletions: 'certain' | 'ambiguous' = 'certain';
  private readonly byId = new Map<EntryId, Set<Oid>>();
  private readonly byPath = new Map<RelPath, Set<Oid>>();
  private ids = 0;

  /** Puts a new file; nothing happens where the tree would not be a legal offer. */
  put(path: RelPath, text: string, id = entryId(`id${++this.ids}`)): void {
    this.set({ id, path, text, executable: false });
  }

  change(id: EntryId, change: Partial<CourseFile>): void {
    const file = this.files.get(id);
    if (file !== undefined) this.set({ ...file, ...change });
  }

  /** A new id for the file at the same path. */
  reupload(id: EntryId, text: string): void {
    const file = this.files.get(id);
    if (file === undefined) return;
    this.files.delete(id);
    this.put(file.path, text);
  }

  swap(one: EntryId, other: EntryId): void {
    const [a, b] = [this.files.get(one), this.files.get(other)];
    if (a === undefined || b === undefined || one === other) return;
    this.files.set(one, { ...a, path: b.path });
    this.files.set(other, { ...b, path: a.path });
  }

  offered(): readonly OfferedFile[] {
    return [...this.files.values()]
      .filter(({ path }) => !this.isFrozen(path))
      .map(({ id, path, text, executable }) => ({ id, path, oid: oidOf(text), size: text.length, executable }))
      .sort((a, b) => comparePaths(a.path, b.path));
  }

  isFrozen(path: RelPath): boolean {
    return [...this.frozen.keys()].some((frozen) => isWithin(path, frozen));
  }

  frozenPaths(): readonly Frozen[] {
    return [...this.frozen].map(([path, why]) => ({
      path,
      why,
      ...(why === 'problem' && { code: 'source-forbidden' }),
    }));
  }

  /** What is offered now has been published from now on. */
  publish(): void {
    for (const { id, path, oid } of this.offered()) {
      add(this.byId, id, oid);
      add(this.byPath, path, oid);
    }
  }

  history(): History {
    return {
      has: (id, path, oid) => this.byId.get(id)?.has(oid) === true || this.byPath.get(path)?.has(oid) === true,
      versions: (id, path) => [...new Set([...(this.byId.get(id) ?? []), ...(this.byPath.get(path) ?? [])])].reverse(),
    };
  }

  /** Every content the course ever published, anywhere. */
  everPublished(): ReadonlySet<Oid> {
    return new Set([...this.byId.values()].flatMap((oids) => [...oids]));
  }

  versionsOf(id: EntryId): readonly Oid[] {
    return [...(this.byId.get(id) ?? [])];
  }

  private set(file: CourseFile): void {
    if (this.isLegal(file)) this.files.set(file.id, file);
  }

  private isLegal(file: CourseFile): boolean {
    const key = foldPath(file.path);
    const above = ancestorsOf(file.path).map(foldPath);
    for (const other of this.files.values()) {
      if (other.id === file.id) continue;
      const otherKey = foldPath(other.path);
      if (otherKey === key || above.includes(otherKey) || otherKey.startsWith(`${key}/`)) return false;
      // One spelling for each folder.
      const folders = ancestorsOf(other.path);
      if (
        ancestorsOf(file.path).some(
          (folder) => !folders.includes(folder) && folders.some((each) => foldPath(each) === foldPath(folder)),
        )
      )
        return false;
    }
    return true;
  }
}

function add<K>(index: Map<K, Set<Oid>>, key: K, value: Oid): void {
  const values = index.get(key);
  if (values === undefined) index.set(key, new Set([value]));
  else values.add(value);
}
