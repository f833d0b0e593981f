/** The scan: what the home holds at the paths a plan needs. Nothing else is looked at, and nothing is changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Oid } from '../core/ids.ts';
import { MAX_FILE_BYTES } from '../core/offer.ts';
import { foldPath, nameOf, parentOf, parseRelPath, type RelPath } from '../core/paths.ts';
import { hashOpen, type Reading } from './blob.ts';
import type { Home, Stat } from './home.ts';
import type { ScanCache } from './scan-cache.ts';
import type { LocalNode, LocalTree } from './tree.ts';
import { errnoOf } from './trouble.ts';
import type { Wanted } from './wanted-paths.ts';

/**
 * A save in place (Jupyter Server truncates and writes) can pause this long between two pieces. Read earlier, one
 * notebook in ten is torn.
 */
const STILL = 20;
/** An older `.~name` is left over. */
const LONGEST_SAVE = 60_000;
/** How often, and after how many milliseconds, a file that is being saved is looked at again. */
const LOOKS = 12;
const PAUSE = 25;

/**
 * Reads what is wanted of the home, with the folders above it. A file that is being saved is waited for, for a third of a
 * second in all, and is then `unreadable`, `busy`.
 */
export async function scan(home: Home, wanted: Wanted, cache: ScanCache, signal?: AbortSignal): Promise<LocalTree> {
  const scanner = new Scanner(home, cache);
  for (const path of wanted.paths) scanner.look(path);
  for (const [folder, names] of namesIn(wanted)) scanner.list(folder, names);
  for (let looks = 1; looks < LOOKS && scanner.busy.size > 0; looks++) {
    await sleep(PAUSE, undefined, signal === undefined ? {} : { signal });
    for (const path of [...scanner.busy]) scanner.lookAgain(path);
  }
  return scanner.tree;
}

/**
 * The content of the file at `path` if it lies still: no save is going on and none went on while it was read. Gives
 * `busy` otherwise. `take` gets the bytes as they are read; they are worthless when the answer is `busy`.
 * @throws the system's error when it cannot be read
 */
export function readStill(home: Home, path: string, take?: (bytes: Uint8Array) => void): Reading | 'busy' {
  if (isBeingSaved(home, path)) return 'busy';
  const fd = home.open(path);
  try {
    const age = home.time() - home.statOpen(fd).modified;
    if (age >= 0 && age < STILL) return 'busy';
    return hashOpen(home, fd, take) ?? 'busy';
  } finally {
    home.close(fd);
  }
}

/** Jupyter Server keeps the old content in `.~name` while it saves in place, and leaves it there when it crashes. */
export function isBeingSaved(home: Home, path: string): boolean {
  const slash = path.lastIndexOf('/') + 1;
  const kept = home.stat(`${path.slice(0, slash)}.~${path.slice(slash)}`);
  return kept !== undefined && home.time() - kept.changed < LONGEST_SAVE;
}

/** The fold keys of the wanted names in each of the wanted folders. */
function namesIn({ paths, folders }: Wanted): ReadonlyMap<RelPath | '', ReadonlySet<string>> {
  const names = new Map(folders.map((folder) => [folder, new Set<string>()]));
  if (names.size > 0) for (const path of paths) names.get(parentOf(path) ?? '')?.add(foldPath(nameOf(path)));
  return names;
}

class Scanner {
  readonly tree = new Map<RelPath, LocalNode>();
  readonly busy = new Set<RelPath>();
  private readonly home: Home;
  private readonly cache: ScanCache;
  /** Neighbours come one after the other: the folder of the last path looked at, and what is there. */
  private folder: RelPath | '' = '';
  private folderNode: LocalNode | undefined = { kind: 'folder' };

  constructor(home: Home, cache: ScanCache) {
    this.home = home;
    this.cache = cache;
  }

  look(path: RelPath): void {
    this.enter(parentOf(path) ?? '');
    if (this.folderNode?.kind === 'unreadable') this.noteBehind(path, this.folderNode);
    if (this.folderNode?.kind !== 'folder') return;
    const node = this.nodeAt(path);
    if (node !== undefined) this.note(path, node);
  }

  /** Where a file stands in the place of a folder, what could be behind it is known when the file is. */
  private noteBehind(path: RelPath, node: Extract<LocalNode, { kind: 'unreadable' }>): void {
    this.tree.set(path, node);
    if (node.why === 'busy') this.busy.add(path);
  }

  /** Nothing of a file's own can keep anybody from seeing that it is there: it is its folder that is shut. */
  private note(path: RelPath, node: LocalNode): void {
    this.tree.set(path, node);
    if (node.kind !== 'unreadable' || node.why !== 'denied' || node.isFile === true || this.folder === '') return;
    this.folderNode = node;
    this.tree.set(this.folder, node);
  }

  lookAgain(path: RelPath): void {
    const folder = parentOf(path);
    if (folder !== undefined && this.busy.has(folder)) return;
    this.busy.delete(path);
    const node = this.nodeAt(path);
    if (node === undefined) this.tree.delete(path);
    else this.tree.set(path, node);
  }

  /**
   * Adds all names in a folder. Files that are none of `wantedNames` in any spelling are not read: they are there, that
   * is all a plan needs.
   */
  list(folder: RelPath | '', wantedNames: ReadonlySet<string>): void {
    this.enter(folder);
    if (this.folderNode?.kind !== 'folder') return;
    for (const name of this.namesIn(folder)) {
      const path = parseRelPath(folder === '' ? name : `${folder}/${name}`);
      if (path === undefined) this.noteOthers(folder, name);
      else if (this.tree.has(path)) continue;
      else if (wantedNames.has(foldPath(name))) this.look(path);
      else this.noteName(path);
    }
  }

  /** A name no course file can have (`.ipynb_checkpoints`, for example): its folder is not empty. */
  private noteOthers(folder: RelPath | '', name: string): void {
    if (folder !== '') this.tree.set(`${folder}/${name}` as RelPath, { kind: 'foreign' });
  }

  private enter(folder: RelPath | ''): void {
    if (folder === this.folder) return;
    if (folder !== '' && !this.tree.has(folder)) this.look(folder);
    this.folder = folder;
    this.folderNode = folder === '' ? { kind: 'folder' } : this.tree.get(folder);
  }

  private namesIn(folder: RelPath | ''): readonly string[] {
    try {
      return this.home.list(folder);
    } catch (error) {
      if (folder !== '') this.tree.set(folder, unreadable(error));
      return [];
    }
  }

  private noteName(path: RelPath): void {
    const stat = statOrTrouble(this.home, path);
    if (stat === undefined) return;
    if (stat.kind === 'unreadable') this.note(path, stat);
    else this.tree.set(path, { kind: stat.kind === 'folder' ? 'folder' : 'foreign' });
  }

  private nodeAt(path: RelPath): LocalNode | undefined {
    const stat = statOrTrouble(this.home, path);
    if (stat === undefined) return undefined;
    switch (stat.kind) {
      case 'unreadable':
        return stat;
      case 'folder':
        return { kind: 'folder' };
      case 'other':
        return { kind: 'foreign' };
      case 'file':
        return this.fileAt(path, stat);
    }
  }

  private fileAt(path: RelPath, stat: Stat): LocalNode | undefined {
    const known = this.cache.lookup(path, stat);
    if (known !== undefined) return fileNode(known, stat);
    // hours for a file that only claims its size, and it would keep all others from being delivered
    if (stat.size > MAX_FILE_BYTES) return { kind: 'foreign' };
    try {
      const reading = readStill(this.home, path);
      if (reading === 'busy') {
        this.busy.add(path);
        return { kind: 'unreadable', why: 'busy', isFile: true };
      }
      this.cache.remember(path, reading.stat, reading.oid);
      return fileNode(reading.oid, reading.stat);
    } catch (error) {
      // It was there a moment ago: a save by rename, or the student deletes it right now.
      if (errnoOf(error) !== 'ENOENT') return { ...unreadable(error), isFile: true };
      this.busy.add(path);
      return undefined;
    }
  }
}

function fileNode(oid: Oid, stat: Stat): LocalNode {
  return { kind: 'file', oid, size: stat.size, executable: stat.executable };
}

function statOrTrouble(home: Home, path: string): Stat | Extract<LocalNode, { kind: 'unreadable' }> | undefined {
  try {
    return home.stat(path);
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(error: unknown): Extract<LocalNode, { kind: 'unreadable' }> {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return { kind: 'unreadable', why: errno === 'EACCES' || errno === 'EPERM' ? 'denied' : 'io' };
}
