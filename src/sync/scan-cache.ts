/**
 * Content of files already hashed, by their stat signature, so that unchanged files are not read again. A cache: it may
 * be deleted, damaged or stale in a student's hands; whoever writes re-checks by content.
 */
import { STATE_FOLDER } from '../core/paths.ts';
import type { Oid } from '../core/ids.ts';
import { readOwnFile, writeLightly } from './durable.ts';
import type { Home, Stat } from './home.ts';

const FILE = `${STATE_FOLDER}/scan.json`;

/**
 * A file changed so shortly before it was recorded can change again without a new signature (git calls this racy).
 * Clocks tick every 10 ms at the most; file systems that store whole seconds (FAT, old NFS) show it in the stamp.
 */
const RACY_FINE = 20;
const RACY_COARSE = 2000;

/** Path, inode, size, two dates, object id. */
const ROW = 6;

interface Known {
  readonly inode: number;
  readonly size: number;
  readonly modified: number;
  readonly changed: number;
  readonly oid: Oid;
}

export class ScanCache {
  /** What the file says: a row of `ROW` fields for each path, as yet unchecked. */
  private readonly stored: readonly unknown[];
  /** Where in `stored` the row of a path starts. */
  private readonly rows: ReadonlyMap<unknown, number>;
  private readonly learned = new Map<string, Known>();
  /** What this run asked for or learned; the rest is of files that are gone. */
  private readonly used = new Set<string>();

  private constructor(stored: readonly unknown[]) {
    const rows = new Map<unknown, number>();
    for (let at = 0; at + ROW <= stored.length; at += ROW) rows.set(stored[at], at);
    this.stored = stored;
    this.rows = rows;
  }

  /** What the last run knew; empty when that cannot be read. */
  static load(home: Home): ScanCache {
    const bytes = readOwnFile(home, FILE);
    return new ScanCache(bytes === undefined ? [] : filesOf(bytes));
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

  /** How many entries cannot be saved yet. */
  racyCount(now: number): number {
    let count = 0;
    for (const path of this.used) if (isRacy(this.known(path), now)) count++;
    return count;
  }

  /** Milliseconds after which entries changed just now may be saved, where the clock is fine. */
  static readonly patience = RACY_FINE;

  /** Writes what is safe to believe next time. `now` is the file system's time. */
  save(home: Home, now: number): void {
    const flat: (string | number)[] = [];
    for (const path of this.used) {
      const entry = this.known(path);
      if (entry === undefined || isRacy(entry, now)) continue;
      flat.push(path, entry.inode, entry.size, entry.modified, entry.changed, entry.oid);
    }
    writeLightly(home, FILE, JSON.stringify({ version: 1, files: flat }));
  }

  private known(path: string): Known | undefined {
    const learned = this.learned.get(path);
    if (learned !== undefined) return learned;
    const at = this.rows.get(path);
    return at === undefined ? undefined : parseRow(this.stored, at);
  }
}

function isRacy(entry: Known | undefined, now: number): boolean {
  return entry !== undefined && now - youngest(entry) < (isFine(entry) ? RACY_FINE : RACY_COARSE);
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
  return typeof oid === 'string' && isOid(oid) ? { inode, size, modified, changed, oid } : undefined;
}

function filesOf(bytes: Buffer): readonly unknown[] {
  try {
    const document: unknown = JSON.parse(bytes.toString());
    if (typeof document !== 'object' || document === null || !('files' in document) || !('version' in document))
      return [];
    return document.version === 1 && Array.isArray(document.files) ? document.files : [];
  } catch {
    // A damaged cache is an empty one: everything is hashed again.
    return [];
  }
}

function isOid(text: string): text is Oid {
  return text.length === 40 && /^[0-9a-f]+$/.test(text);
}
