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

interface Known {
  readonly inode: number;
  readonly size: number;
  readonly modified: number;
  readonly changed: number;
  readonly oid: Oid;
}

export class ScanCache {
  private readonly known: Map<string, Known>;
  /** What this run asked for or learned; the rest is of files that are gone. */
  private readonly used = new Set<string>();

  private constructor(known: Map<string, Known>) {
    this.known = known;
  }

  /** What the last run knew; empty when that cannot be read. */
  static load(home: Home): ScanCache {
    const bytes = readOwnFile(home, FILE);
    return new ScanCache(bytes === undefined ? new Map<string, Known>() : parse(bytes));
  }

  /** The content of the file if it is as it was when it was hashed. */
  lookup(path: string, stat: Stat): Oid | undefined {
    const known = this.known.get(path);
    if (known?.inode !== stat.inode || known.size !== stat.size) return undefined;
    if (known.modified !== stat.modified || known.changed !== stat.changed) return undefined;
    this.used.add(path);
    return known.oid;
  }

  remember(path: string, stat: Stat, oid: Oid): void {
    const { inode, size, modified, changed } = stat;
    this.known.set(path, { inode, size, modified, changed, oid });
    this.used.add(path);
  }

  /** How many entries cannot be saved yet. */
  racyCount(now: number): number {
    let count = 0;
    for (const path of this.used) if (isRacy(this.known.get(path), now)) count++;
    return count;
  }

  /** Milliseconds after which entries changed just now may be saved, where the clock is fine. */
  static readonly patience = RACY_FINE;

  /** Writes what is safe to believe next time. `now` is the file system's time. */
  save(home: Home, now: number): void {
    const flat: (string | number)[] = [];
    for (const path of this.used) {
      const entry = this.known.get(path);
      if (entry === undefined || isRacy(entry, now)) continue;
      flat.push(path, entry.inode, entry.size, entry.modified, entry.changed, entry.oid);
    }
    writeLightly(home, FILE, JSON.stringify({ version: 1, files: flat }));
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

function parse(bytes: Buffer): Map<string, Known> {
  const known = new Map<string, Known>();
  const files = filesOf(bytes);
  for (let at = 0; at + 5 < files.length; at += 6) {
    // Indexes, not a slice: 10,000 entries are read in every run.
    const [path, oid] = [files[at], files[at + 5]];
    const [inode, size, modified, changed] = [files[at + 1], files[at + 2], files[at + 3], files[at + 4]];
    if (typeof path !== 'string' || typeof oid !== 'string' || !isOid(oid)) continue;
    if (typeof inode !== 'number' || typeof size !== 'number') continue;
    if (typeof modified !== 'number' || typeof changed !== 'number') continue;
    known.set(path, { inode, size, modified, changed, oid });
  }
  return known;
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
