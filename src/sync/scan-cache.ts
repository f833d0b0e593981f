/**
 * Content of files already hashed, by their stat signature, so that unchanged files are not read again. A cache: it may
 * be deleted, damaged or stale in a student's hands; whoever writes re-checks by content.
 */
import { STATE_FOLDER } from '../core/paths.ts';
import type { Oid } from '../core/ids.ts';
import { hashOpen } from './blob.ts';
import { readOwnFile, writeLightly } from './durable.ts';
import type { Home, Stat } from './home.ts';
import { isObject, isOid, isPath, parseJson } from './state.ts';
import { errnoOf } from './trouble.ts';

const FILE = `${STATE_FOLDER}/scan.json`;
const BACKUPS = `${STATE_FOLDER}/backups/`;

/**
 * A file changed so shortly before it was recorded can change again without a new signature (git calls this racy).
 * Clocks tick every 10 ms at the most; file systems that store whole seconds (FAT, old NFS) show it in the stamp.
 */
const RACY_FINE = 20;
const RACY_COARSE = 2000;

/** What is hashed again by each run that finds nothing to do, rather than waited for by the run that changed it. */
const FEW_FILES = 32;
const FEW_BYTES = 1024 * 1024;

/** Since 2 with rows of racy files. */
const VERSION = 2;

/** Path, inode, size, two dates, object id. */
const ROW = 6;

interface Known {
  readonly inode: number;
  readonly size: number;
  readonly modified: number;
  readonly changed: number;
  readonly oid: Oid;
}

/** What the file says: a row of `ROW` fields for each path, as yet unchecked, and the mark of `settled.ts`. */
interface Stored {
  readonly files: readonly unknown[];
  /** So many rows come first of files that were racy: their signature alone says nothing. */
  readonly racy: number;
  readonly settled?: string;
}

export class ScanCache {
  private readonly stored: Stored;
  /** Where in `stored.files` the row of a path starts; made when it is first asked for. */
  private index: ReadonlyMap<unknown, number> | undefined;
  private readonly learned = new Map<string, Known>();
  /** What this run asked for or learned; the rest is of files that are gone. */
  private readonly used = new Set<string>();

  private constructor(stored: Stored) {
    this.stored = stored;
  }

  /** What the last run knew; empty when that cannot be read. */
  static load(home: Home): ScanCache {
    const bytes = readOwnFile(home, FILE);
    return new ScanCache(bytes === undefined ? NOTHING : parse(bytes));
  }

  /** The mark the cache was saved with. */
  get settled(): string | undefined {
    return this.stored.settled;
  }

  /** Whether every file the cache was saved with is as it was then. */
  isAsStored(home: Home): boolean {
    const { files } = this.stored;
    for (let at = 0; at < files.length; at += ROW) {
      const path = files[at];
      if (!isOurs(path)) return false;
      const stat = home.stat(path);
      if (stat?.kind !== 'file' || files[at + 1] !== stat.inode || files[at + 2] !== stat.size) return false;
      if (files[at + 3] !== stat.modified || files[at + 4] !== stat.changed) return false;
      if (at >= this.stored.racy * ROW) continue;
      // a cache that somebody made could name files that take hours to read
      if (stat.size > FEW_BYTES || contentNow(home, path) !== files[at + 5]) return false;
    }
    return true;
  }

  /** The content of the file at `path` when this run looked at it; undefined when it did not, or could not read it. */
  contentOf(path: string): Oid | undefined {
    if (!this.used.has(path)) return undefined;
    const at = this.rows.get(path);
    // what is used was checked when it was looked up
    return this.learned.get(path)?.oid ?? (at === undefined ? undefined : (this.stored.files[at + 5] as Oid));
  }

  /** The content of the file if it is as it was when it was hashed. */
  lookup(path: string, stat: Stat): Oid | undefined {
    const known = this.known(path);
    if (known?.inode !== stat.inode || known.size !== stat.size) return undefined;
    if (known.modified !== stat.modified || known.changed !== stat.changed) return undefined;
    this.used.add(path);
    return known.oid;
  }

  remember(path: string, stat: Stat, oid: Oid): void {
    const { inode, size, modified, changed } = stat;
    this.learned.set(path, { inode, size, modified, changed, oid });
    this.used.add(path);
  }

  /**
   * Milliseconds after which all this run learned may be saved; 0 when that is now, or when hashing it again next time
   * costs less than waiting. Where dates are whole seconds nobody waits for one to pass.
   */
  worthwhileWait(now: number): number {
    const young = [...this.learned.values()].filter((entry) => isFine(entry) && isRacy(entry, now));
    if (areFew(young)) return 0;
    const wait = young.reduce((most, entry) => Math.max(most, RACY_FINE - (now - youngest(entry))), 0);
    // a timer may be a millisecond early; never longer for a clock that is ahead of ours
    return Math.min(RACY_FINE, Math.ceil(wait) + 1);
  }

  /**
   * Writes what is safe to believe next time. `now` is the file system's time. `settled` is kept only with everything
   * this run asked for or learned; a few racy files are then written as such.
   */
  save(home: Home, now: number, settled?: string): void {
    const rows: unknown[] = [];
    const racyRows: unknown[] = [];
    const young: Known[] = [];
    for (const path of this.used) {
      const entry = this.learned.get(path);
      if (entry === undefined) this.copyRow(path, rows);
      else if (isRacy(entry, now)) {
        young.push(entry);
        racyRows.push(...rowOf(path, entry));
      } else rows.push(...rowOf(path, entry));
    }
    const isAll = rows.length + racyRows.length === ROW * this.used.size && areFew(young);
    const document =
      isAll && settled !== undefined
        ? { settled, racy: young.length, files: [...racyRows, ...rows] }
        : { racy: 0, files: rows };
    writeLightly(home, FILE, JSON.stringify({ version: VERSION, ...document }));
  }

  /** A row that was read is as good as when it was saved: it was old enough then. */
  private copyRow(path: string, to: unknown[]): void {
    const at = this.rows.get(path);
    if (at === undefined) return;
    for (let field = 0; field < ROW; field++) to.push(this.stored.files[at + field]);
  }

  private known(path: string): Known | undefined {
    const learned = this.learned.get(path);
    if (learned !== undefined) return learned;
    const at = this.rows.get(path);
    return at === undefined ? undefined : parseRow(this.stored.files, at);
  }

  private get rows(): ReadonlyMap<unknown, number> {
    if (this.index !== undefined) return this.index;
    const index = new Map<unknown, number>();
    for (let at = this.stored.racy * ROW; at + ROW <= this.stored.files.length; at += ROW)
      index.set(this.stored.files[at], at);
    return (this.index = index);
  }
}

function rowOf(path: string, { inode, size, modified, changed, oid }: Known): readonly unknown[] {
  return [path, inode, size, modified, changed, oid];
}

function areFew(entries: readonly Known[]): boolean {
  return entries.length <= FEW_FILES && entries.reduce((sum, { size }) => sum + size, 0) <= FEW_BYTES;
}

/** Undefined when it cannot be read, or changes meanwhile. */
function contentNow(home: Home, path: string): Oid | undefined {
  try {
    const fd = home.open(path);
    try {
      return hashOpen(home, fd)?.oid;
    } finally {
      home.close(fd);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function isRacy(entry: Known, now: number): boolean {
  return now - youngest(entry) < (isFine(entry) ? RACY_FINE : RACY_COARSE);
}

function youngest(entry: Known): number {
  return Math.max(entry.modified, entry.changed);
}

function isFine(entry: Known): boolean {
  return entry.changed % 1000 !== 0;
}

/** The row that starts at `at`, after its path; undefined when it is damaged. */
function parseRow(files: readonly unknown[], at: number): Known | undefined {
  // Indexes, not a slice: 10,000 rows are read in every run.
  const [inode, size, modified, changed] = [files[at + 1], files[at + 2], files[at + 3], files[at + 4]];
  const oid = files[at + 5];
  if (typeof inode !== 'number' || typeof size !== 'number') return undefined;
  if (typeof modified !== 'number' || typeof changed !== 'number') return undefined;
  return isOid(oid) ? { inode, size, modified, changed, oid } : undefined;
}

/** Whether a run could have put a row for `path` into the cache. */
function isOurs(path: unknown): path is string {
  return isPath(path) || (typeof path === 'string' && path.startsWith(BACKUPS) && isPath(path.slice(BACKUPS.length)));
}

/** A damaged cache is an empty one: everything is hashed again. */
const NOTHING: Stored = { files: [], racy: 0 };

function parse(bytes: Buffer): Stored {
  const document = parseJson(bytes);
  if (!isObject(document) || document['version'] !== VERSION || !Array.isArray(document['files'])) return NOTHING;
  const { files, racy, settled } = document;
  if (typeof racy !== 'number' || !Number.isSafeInteger(racy) || racy < 0 || racy > FEW_FILES) return NOTHING;
  return { files: files as readonly unknown[], racy, ...(typeof settled === 'string' && { settled }) };
}
