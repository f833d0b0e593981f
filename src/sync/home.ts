/**
 * The door to a student's home: every file operation of the agent goes through here. All paths are relative to one
 * workspace folder that is opened once. On Linux each folder is opened from its parent's descriptor
 * (`/proc/self/fd/<n>/<name>` with `O_NOFOLLOW`, which is `openat`), so that no symbolic link is ever followed, not even
 * one that is swapped in while we work. Elsewhere, and where `/proc` is not mounted, each part is looked at before it is
 * used.
 *
 * Calls are synchronous on purpose: over many small files they cost a third to a tenth of promises.
 */
import * as fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { syncOpenFolder, syncOpenFolderLater } from '../core/sync-folder.ts';
import { F2gitError } from '../errors.ts';
import { errnoOf, readTrouble, stateTrouble } from './trouble.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;

/** What is at a path, without following a link. Times in milliseconds since 1970, with fractions. */
export interface Stat {
  readonly kind: 'file' | 'folder' | 'other';
  readonly inode: number;
  readonly size: number;
  readonly modified: number;
  readonly changed: number;
  readonly executable: boolean;
}

/**
 * All that may be done in a workspace. Paths are relative, joined by `/`; `''` is the workspace itself. Every operation
 * throws the system's error (`errnoOf`) and has then done nothing, except `write`, which may have written a part.
 */
export interface Home {
  /** Absolute path of the workspace, for people; never used to reach a file. */
  readonly root: string;
  /** What is at `path`; undefined when nothing is, or when what should be a folder above it is none. */
  stat(path: string): Stat | undefined;
  /** The names in a folder that are valid UTF-8, composed (NFC) where the file is found by that name too; unsorted. */
  list(path: string): readonly string[];
  /** Opens a regular file for reading; never blocks on a pipe or device. Throws `EINVAL` for anything else. */
  open(path: string): number;
  /** Creates a file that must not exist yet, mode 0644 or 0755 without what the umask forbids, open for writing. */
  create(path: string, executable: boolean): number;
  /** What the open file is now. */
  statOpen(fd: number): Stat;
  /** Reads on from the present position; 0 at the end. */
  read(fd: number, into: Uint8Array): number;
  /** Writes all of `bytes` at the present position. */
  write(fd: number, bytes: Uint8Array): void;
  /** Makes the content of an open file survive a power cut. */
  sync(fd: number): void;
  close(fd: number): void;
  /** Gives the file at `from` a second name. Throws `EEXIST` when something is at `to`. */
  link(from: string, to: string): void;
  /** Renames, replacing a file or an empty folder at `to`. */
  rename(from: string, to: string): void;
  /** Takes a file's name away. */
  remove(path: string): void;
  makeFolder(path: string): void;
  /** Throws `ENOTEMPTY` unless the folder is empty. */
  removeFolder(path: string): void;
  setExecutable(path: string, executable: boolean): void;
  /** Lets the same others read and write the own file at `to` as the one at `from`; whether it can be executed stays. */
  copyRights(from: string, to: string): void;
  /** Sets the modification time of an own file to the file system's present time, for heartbeats. */
  touch(path: string): void;
  /** Makes the names in a folder survive a power cut. */
  syncFolder(path: string): void;
  /** As `sync` and `syncFolder`, of what is at `path`, without keeping others waiting: several at once cost hardly more. */
  syncAt(path: string, kind: 'file' | 'folder'): Promise<void>;
  /** Bytes this user may still write here; infinite when the system does not say. */
  freeBytes(): number;
  /** The time by which files are stamped, in milliseconds since 1970. */
  time(): number;
  /** Forgets opened folders, so that the next operation walks from the workspace again. */
  forget(): void;
  dispose(): void;
}

const syncLater: (fd: number) => Promise<void> = promisify(fs.fsync);

/** Windows syncs only what is open for writing; elsewhere a file may be read-only. */
const SYNCABLE = process.platform === 'win32' ? O_RDWR : O_RDONLY;

/** Opened folders kept at once; more than two paths of the greatest depth need. */
const OPEN_FOLDERS = 96;

/** How a path is reached: through open folders, or by its name after a look at each part. */
export type Reach = 'anchored' | 'checked';

/** The best this system offers. */
export function reachHere(): Reach {
  return process.platform === 'linux' && fs.existsSync('/proc/self/fd') ? 'anchored' : 'checked';
}

/**
 * Opens the workspace at the absolute path `root`.
 * @throws {F2gitError} `workspace-missing`; `workspace-not-a-folder` when it is a link or a file;
 * `workspace-unreadable` when it may not be entered.
 */
export function openHome(root: string, reach: Reach = reachHere()): Home {
  try {
    return reach === 'anchored' ? new AnchoredHome(root) : new CheckedHome(root);
  } catch (error) {
    throw refusal(root, error, readTrouble);
  }
}

/**
 * Opens the workspace and makes it when it is missing. The folder above it must exist: a home that is not mounted is
 * not an empty home.
 * @throws {F2gitError} as `openHome`
 */
export function openOrMakeHome(root: string, reach: Reach = reachHere()): Home {
  try {
    fs.mkdirSync(root);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw refusal(root, error, stateTrouble);
  }
  return openHome(root, reach);
}

/**
 * Opens a workspace for as long as `work` takes. Errors of the system that nobody expected become typed ones.
 * @throws {F2gitError} as `open` and `work`; `disk-full`, `workspace-unwritable`
 */
export async function withHome<Result>(
  open: (root: string) => Home,
  root: string,
  work: (home: Home) => Promise<Result>,
): Promise<Result> {
  const home = open(root);
  try {
    return await work(home);
  } catch (error) {
    throw stateTrouble(root, error);
  } finally {
    home.dispose();
  }
}

function refusal(root: string, cause: unknown, otherTrouble: (root: string, error: unknown) => unknown): unknown {
  const errno = errnoOf(cause);
  const params = { workspace: root };
  if (errno === 'ENOENT') return new F2gitError('workspace-missing', { params, cause });
  if (errno === 'ENOTDIR' || errno === 'ELOOP') return new F2gitError('workspace-not-a-folder', { params, cause });
  return otherTrouble(root, cause);
}

/** What both kinds of home share: everything but how a path is reached. */
abstract class NodeHome implements Home {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** A path the system may be given for `name` in the folder `folder`. */
  protected abstract reach(relative: string): string;
  protected abstract reachFolder(relative: string): string;
  /** Called when something, perhaps a folder, has a new name. */
  protected abstract renamed(from: string, to: string): void;
  abstract forget(): void;
  abstract dispose(): void;

  stat(relative: string): Stat | undefined {
    try {
      const stats = fs.lstatSync(this.reach(relative), { throwIfNoEntry: false });
      return stats === undefined ? undefined : statOf(stats);
    } catch (error) {
      // A name too long for the file system cannot exist in it.
      if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  list(relative: string): readonly string[] {
    const folder = this.reachFolder(relative);
    const names = fs.readdirSync(folder).filter((name) => !name.includes('\ufffd') || this.isThere(relative, name));
    return names.map((name) => (isPlain(name) ? name : this.composed(relative, name)));
  }

  /** HFS+ decomposes all names and finds them in any form: courses and states have them composed. */
  private composed(folder: string, name: string): string {
    const composed = name.normalize('NFC');
    if (composed === name) return name;
    const [there, listed] = [composed, name].map((each) => this.stat(folder === '' ? each : `${folder}/${each}`));
    return there !== undefined && there.inode === listed?.inode ? composed : name;
  }

  open(relative: string): number {
    return this.openFile(relative, O_RDONLY);
  }

  private openFile(relative: string, access: number): number {
    const fd = fs.openSync(this.reach(relative), access | O_NOFOLLOW | O_NONBLOCK);
    if (fs.fstatSync(fd).isFile()) return fd;
    fs.closeSync(fd);
    throw systemError('EINVAL', `not a regular file: "${relative}"`);
  }

  create(relative: string, executable: boolean): number {
    return fs.openSync(this.reach(relative), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, executable ? 0o755 : 0o644);
  }

  statOpen(fd: number): Stat {
    return statOf(fs.fstatSync(fd));
  }

  read(fd: number, into: Uint8Array): number {
    return fs.readSync(fd, into, 0, into.length, null);
  }

  write(fd: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done);
  }

  sync(fd: number): void {
    fs.fsyncSync(fd);
  }

  close(fd: number): void {
    fs.closeSync(fd);
  }

  link(from: string, to: string): void {
    fs.linkSync(this.reach(from), this.reach(to));
  }

  rename(from: string, to: string): void {
    fs.renameSync(this.reach(from), this.reach(to));
    this.renamed(from, to);
  }

  remove(relative: string): void {
    fs.unlinkSync(this.reach(relative));
  }

  makeFolder(relative: string): void {
    fs.mkdirSync(this.reach(relative), 0o755);
  }

  removeFolder(relative: string): void {
    this.forget();
    fs.rmdirSync(this.reach(relative));
  }

  setExecutable(relative: string, executable: boolean): void {
    const fd = this.open(relative);
    try {
      const mode = fs.fstatSync(fd).mode & 0o777;
      // As git does: whoever may read may execute.
      fs.fchmodSync(fd, executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111);
    } finally {
      fs.closeSync(fd);
    }
  }

  copyRights(from: string, to: string): void {
    const shared = fs.lstatSync(this.reach(from)).mode & 0o066;
    const fd = this.open(to);
    try {
      const mode = fs.fstatSync(fd).mode & 0o777;
      const wanted = 0o600 | shared | ((mode & 0o100) === 0 ? 0 : 0o100 | ((shared & 0o044) >> 2));
      // File systems that know no rights show all files with the same and refuse to change them.
      if (wanted !== mode) fs.fchmodSync(fd, wanted);
    } finally {
      fs.closeSync(fd);
    }
  }

  touch(relative: string): void {
    const fd = fs.openSync(this.reach(relative), O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      // Writing the same first byte again lets the file system choose the time; its clock may not be ours.
      fs.writeSync(fd, '{', 0);
    } finally {
      fs.closeSync(fd);
    }
  }

  syncFolder(relative: string): void {
    const fd = fs.openSync(this.reachFolder(relative), O_RDONLY | O_DIRECTORY);
    try {
      syncOpenFolder(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  async syncAt(relative: string, kind: 'file' | 'folder'): Promise<void> {
    const isFile = kind === 'file';
    const fd = isFile
      ? this.openFile(relative, SYNCABLE)
      : fs.openSync(this.reachFolder(relative), O_RDONLY | O_DIRECTORY);
    try {
      await (isFile ? syncLater(fd) : syncOpenFolderLater(fd));
    } finally {
      fs.closeSync(fd);
    }
  }

  freeBytes(): number {
    const space = fs.statfsSync(this.reachFolder(''));
    // Some network file systems answer with zeros when they do not know.
    return space.blocks === 0 ? Number.POSITIVE_INFINITY : space.bavail * space.bsize;
  }

  time(): number {
    return Date.now();
  }

  private isThere(folder: string, name: string): boolean {
    return this.stat(folder === '' ? name : `${folder}/${name}`) !== undefined;
  }
}

/** No folder has this name. */
const NOWHERE = { folder: '/', reached: '' };

/** Linux: every folder is an open descriptor; a name is looked up by the kernel in exactly that folder. */
class AnchoredHome extends NodeHome {
  private readonly rootFd: number;
  /** Least recently used first. */
  private readonly folders = new Map<string, number>();
  /** Neighbours come one after the other. */
  private latest = NOWHERE;

  constructor(root: string) {
    super(root);
    this.rootFd = fs.openSync(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  }

  protected reach(relative: string): string {
    const slash = relative.lastIndexOf('/');
    if (slash < 0) return `/proc/self/fd/${this.rootFd}/${checkedName(relative)}`;
    const folder = relative.slice(0, slash);
    if (folder !== this.latest.folder) this.latest = { folder, reached: `/proc/self/fd/${this.folder(folder)}/` };
    return this.latest.reached + checkedName(relative.slice(slash + 1));
  }

  protected reachFolder(relative: string): string {
    return `/proc/self/fd/${this.folder(relative)}/.`;
  }

  protected renamed(from: string, to: string): void {
    if (this.folders.has(from) || this.folders.has(to)) this.forget();
  }

  forget(): void {
    for (const fd of this.folders.values()) fs.closeSync(fd);
    this.folders.clear();
    this.latest = NOWHERE;
  }

  dispose(): void {
    this.forget();
    fs.closeSync(this.rootFd);
  }

  private folder(relative: string): number {
    if (relative === '') return this.rootFd;
    const known = this.folders.get(relative);
    if (known !== undefined) {
      this.folders.delete(relative);
      this.folders.set(relative, known);
      return known;
    }
    const fd = fs.openSync(this.reach(relative), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    this.folders.set(relative, fd);
    this.closeOldest();
    return fd;
  }

  private closeOldest(): void {
    if (this.folders.size <= OPEN_FOLDERS) return;
    for (const [relative, fd] of this.folders) {
      this.folders.delete(relative);
      if (this.latest.folder === relative) this.latest = NOWHERE;
      fs.closeSync(fd);
      return;
    }
  }
}

/**
 * macOS, Windows and systems without `/proc`, where the agent only ever runs as the owner of the home: each part is looked
 * at first.
 * RACE: a part can become a link between the look and the use; worst case, the owner writes to a place of their own.
 */
class CheckedHome extends NodeHome {
  constructor(root: string) {
    super(root);
    assertFolder(root);
  }

  protected reach(relative: string): string {
    const slash = relative.lastIndexOf('/');
    const folder = slash < 0 ? this.root : this.reachFolder(relative.slice(0, slash));
    return path.join(folder, checkedName(relative.slice(slash + 1)));
  }

  protected reachFolder(relative: string): string {
    let folder = this.root;
    for (const part of relative === '' ? [] : relative.split('/')) {
      folder = path.join(folder, checkedName(part));
      assertFolder(folder);
    }
    return folder;
  }

  protected renamed(): void {
    // Nothing is kept.
  }

  forget(): void {
    // Nothing is kept.
  }

  dispose(): void {
    // Nothing is open.
  }
}

function assertFolder(absolute: string): void {
  if (!fs.lstatSync(absolute).isDirectory()) throw systemError('ENOTDIR', `not a folder: "${absolute}"`);
}

function checkedName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('\0')) return name;
  throw new F2gitError('bug', { params: { detail: `not a name: "${name}"` } });
}

function isPlain(name: string): boolean {
  return /^[ -~]*$/.test(name);
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function statOf(stats: fs.Stats): Stat {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other',
    inode: stats.ino,
    size: stats.size,
    modified: stats.mtimeMs,
    changed: stats.ctimeMs,
    executable: (stats.mode & 0o100) !== 0,
  };
}
