/** A Canvas course in memory: folders, files and modules with their numbers, flags and dates, as Canvas keeps them. */
import type { Window } from '../../../src/sources/source.ts';
import type { CourseDriver, Segments } from '../harness.ts';

export interface Locks {
  locked: boolean;
  hidden: boolean;
  unlockAt: string | null;
  lockAt: string | null;
}

export interface StoredFolder extends Locks {
  readonly id: number;
  name: string;
  parent: number | null;
  forSubmissions: boolean;
}

export interface StoredFile extends Locks {
  readonly id: number;
  folder: number;
  name: string;
  bytes: Uint8Array;
  /** Milliseconds since 1970, in whole seconds. */
  modified: number;
  uploadStatus: string;
  /** The file that was uploaded over this one. */
  replacedBy?: number;
}

export interface StoredItem {
  readonly id: number;
  type: string;
  title: string;
  file?: number;
  published: boolean;
  hasRequirement: boolean;
}

export interface StoredModule {
  readonly id: number;
  name: string;
  published: boolean;
  unlockAt: string | null;
  prerequisites: readonly number[];
  isSequential: boolean;
  /** Students it is assigned to; everybody when there are none. */
  overrides: number;
  items: StoredItem[];
}

const UNLOCKED: Locks = { locked: false, hidden: false, unlockAt: null, lockAt: null };

/** Numbers of a shared installation: more than a JSON number can hold. */
const SHARD = 10_000_000_000_000n * 2000n;

export class CanvasState {
  readonly folders = new Map<number, StoredFolder>();
  readonly files = new Map<number, StoredFile>();
  readonly modules: StoredModule[] = [];
  workflowState = 'available';
  hasFilesTab = true;
  hasModulesTab = true;
  #last = 100;
  #clock = Date.UTC(2024, 0, 1);

  constructor() {
    this.#newFolder('course files', null);
  }

  /** An empty course again, with other numbers. */
  clear(): void {
    this.folders.clear();
    this.files.clear();
    this.modules.length = 0;
    this.#newFolder('course files', null);
  }

  /** A number as the API writes it where texts are asked for. */
  static idText(id: number): string {
    return String(SHARD + BigInt(id));
  }

  static idOf(text: string): number {
    return Number(BigInt(text) - SHARD);
  }

  get root(): StoredFolder {
    const [root] = this.folders.values();
    if (root === undefined) throw new Error('a course has a root folder');
    return root;
  }

  fileAt(segments: Segments): StoredFile {
    const folder = this.findFolder(segments.slice(0, -1));
    const found = [...this.files.values()].find(
      (file) => file.folder === folder?.id && file.name === segments.at(-1) && file.replacedBy === undefined,
    );
    if (found === undefined) throw new Error(`no such file: ${segments.join('/')}`);
    return found;
  }

  findFolder(segments: Segments): StoredFolder | undefined {
    let folder: StoredFolder | undefined = this.root;
    for (const name of segments) {
      const parent: number | undefined = folder?.id;
      folder = [...this.folders.values()].find((one) => one.parent === parent && one.name === name);
    }
    return folder;
  }

  folderAt(segments: Segments): StoredFolder {
    let folder = this.root;
    for (const [at, name] of segments.entries()) {
      folder = this.findFolder(segments.slice(0, at + 1)) ?? this.#newFolder(name, folder.id);
    }
    return folder;
  }

  /** The files that are not replaced, in the order they came. */
  liveFiles(): readonly StoredFile[] {
    return [...this.files.values()].filter(({ replacedBy }) => replacedBy === undefined);
  }

  /** A new file, even where one of that name is. */
  add(segments: Segments, bytes: Uint8Array): StoredFile {
    this.#clock += 1000;
    const [id, folder] = [this.#nextId(), this.folderAt(segments.slice(0, -1)).id];
    const name = segments.at(-1) ?? '';
    const [modified, uploadStatus] = [this.#clock, 'success'];
    const file: StoredFile = { id, folder, name, bytes, modified, uploadStatus, ...UNLOCKED };
    this.files.set(id, file);
    return file;
  }

  /** Uploads over a file: a new one takes its place, its flags and its place in modules. */
  overwrite(segments: Segments, bytes: Uint8Array): void {
    const old = this.fileAt(segments);
    const file = this.add(segments, bytes);
    Object.assign(file, { locked: old.locked, hidden: old.hidden, unlockAt: old.unlockAt, lockAt: old.lockAt });
    old.replacedBy = file.id;
    for (const item of this.modules.flatMap(({ items }) => items)) if (item.file === old.id) item.file = file.id;
  }

  remove(segments: Segments): void {
    const folder = this.findFolder(segments);
    if (folder === undefined) {
      this.files.delete(this.fileAt(segments).id);
      return;
    }
    for (const file of this.files.values()) if (this.#isBelow(file.folder, folder.id)) this.files.delete(file.id);
    for (const one of this.folders.keys()) if (this.#isBelow(one, folder.id)) this.folders.delete(one);
  }

  addModule(name: string, files: readonly Segments[], more: Partial<StoredModule> = {}): StoredModule {
    const items = files.map((segments) => this.item('File', segments.at(-1) ?? '', this.fileAt(segments).id));
    const module: StoredModule = {
      ...{ id: this.#nextId(), name, published: true, unlockAt: null, prerequisites: [], isSequential: false },
      ...{ overrides: 0, items },
      ...more,
    };
    this.modules.push(module);
    return module;
  }

  item(type: string, title: string, file?: number): StoredItem {
    const id = this.#nextId();
    return { id, type, title, published: true, hasRequirement: false, ...(file === undefined ? {} : { file }) };
  }

  /** Whether a folder's files are kept from students by it or a folder above it. */
  isShut(folder: number, flag: 'locked' | 'hidden', now: Date): boolean {
    const one = this.folders.get(folder);
    if (one === undefined) return false;
    const isLocked = one.locked || isOutside(one, now);
    const isShut = flag === 'locked' ? isLocked : one.hidden;
    return isShut || (one.parent !== null && this.isShut(one.parent, flag, now));
  }

  driver(): Required<Omit<CourseDriver, 'makeExecutable' | 'refuses'>> {
    const change = (segments: Segments, changes: (file: StoredFile) => void) =>
      inTurn(() => changes(this.fileAt(segments)));
    return {
      put: (segments, bytes) => inTurn(() => this.#put(segments, bytes)),
      overwrite: (segments, bytes) => inTurn(() => this.overwrite(segments, bytes)),
      remove: (segments) => inTurn(() => this.remove(segments)),
      makeFolder: (segments) => inTurn(() => this.folderAt(segments)),
      rename: (segments, name) => change(segments, (file) => (file.name = name)),
      move: (segments, to) =>
        change(segments, (file) => Object.assign(file, { folder: this.folderAt(to.slice(0, -1)).id, name: to.at(-1) })),
      hide: (segments) => change(segments, (file) => (file.hidden = true)),
      show: (segments) => change(segments, (file) => (file.hidden = false)),
      lock: (segments) => change(segments, (file) => (file.locked = true)),
      schedule: (segments, { from, until }: Window) =>
        change(segments, (file) => Object.assign(file, { unlockAt: from ?? null, lockAt: until ?? null })),
      touch: (segments) => change(segments, (file) => (file.modified = this.#clock += 1000)),
      overwriteUnseen: (segments, bytes) => change(segments, (file) => (file.bytes = bytes)),
      putTwin: (segments, bytes) => inTurn(() => this.add(segments, bytes)),
    };
  }

  #put(segments: Segments, bytes: Uint8Array): void {
    const isThere = this.liveFiles().some(
      ({ name, folder }) => name === segments.at(-1) && folder === this.findFolder(segments.slice(0, -1))?.id,
    );
    if (isThere) this.overwrite(segments, bytes);
    else this.add(segments, bytes);
  }

  #newFolder(name: string, parent: number | null): StoredFolder {
    const folder: StoredFolder = { id: this.#nextId(), name, parent, forSubmissions: false, ...UNLOCKED };
    this.folders.set(folder.id, folder);
    return folder;
  }

  #isBelow(folder: number, above: number): boolean {
    if (folder === above) return true;
    const parent = this.folders.get(folder)?.parent ?? null;
    return parent !== null && this.#isBelow(parent, above);
  }

  #nextId(): number {
    this.#last += 1;
    return this.#last;
  }
}

/** Whether `now` is outside the dates of a file or folder. */
export function isOutside({ unlockAt, lockAt }: Pick<Locks, 'unlockAt' | 'lockAt'>, now: Date): boolean {
  return (unlockAt !== null && now < new Date(unlockAt)) || (lockAt !== null && now > new Date(lockAt));
}

function inTurn(change: () => unknown): Promise<void> {
  return Promise.resolve()
    .then(change)
    .then(() => undefined);
}
