/**
 * Listing a folder. Synchronous calls, because ten thousand small questions to the kernel are answered faster than they
 * are queued; between folders others get their turn.
 */
import { type BigIntStats, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { type EntryId, entryId } from '../../core/ids.ts';
import { checkSegment, STATE_FOLDER } from '../../core/paths.ts';
import { F2gitError } from '../../errors.ts';
import type { EntryProblem, ListedEntry, Listing } from '../source.ts';
import { rootError, itemCode } from './failure.ts';
import { below, join, readName } from './name.ts';
import { isYoung, stampOf } from './stamp.ts';

/** A listing, and where each entry lies on this machine. */
export interface Found {
  /** The course folder with all links resolved. */
  readonly root: string;
  readonly listing: Listing;
  /** Paths from the root where they are not the ids: as bytes, because a name need not be text. */
  readonly paths: ReadonlyMap<EntryId, Buffer | string>;
}

/** Changes with the meaning of a memory: an older one then proves nothing. */
const MEMORY_FORMAT = 1;

/** More entries than any course has; reached by a folder that is no course (`/`). */
const MAX_ENTRIES = 500_000;

/** Entries between two turns of others: about ten milliseconds. */
const TURN = 2_000;

/** Characters hashed at once: each call costs as much as hashing a hundred bytes. */
const ROWS_AT_ONCE = 64 * 1024;

interface Walk {
  readonly root: string;
  readonly now: Date;
  readonly entries: ListedEntry[];
  readonly problems: EntryProblem[];
  readonly paths: Map<EntryId, Buffer | string>;
  /** Folders as they were before they were read. */
  readonly folders: { readonly path: Buffer | string; readonly version: string }[];
  readonly queue: Place[];
  isComplete: boolean;
}

interface Place {
  readonly path: Buffer | string;
  readonly segments: readonly string[];
}

/**
 * Lists everything below `path`, following no link below it.
 * @throws {F2gitError} `source-not-found`, `source-forbidden`, `source-unreachable`, `too-large`, `cancelled`
 */
export async function walkFolder(path: string, now: () => Date, signal: AbortSignal): Promise<Found> {
  const root = openRoot(path);
  const walk: Walk = {
    root,
    now: now(),
    entries: [],
    problems: [],
    paths: new Map(),
    folders: [],
    queue: [{ path: '', segments: [] }],
    isComplete: true,
  };
  let turnAt = TURN;
  for (let place = walk.queue.pop(); place !== undefined; place = walk.queue.pop()) {
    if (signal.aborted) throw new F2gitError('cancelled', { cause: signal.reason });
    readFolder(walk, place);
    if (walk.entries.length > MAX_ENTRIES) {
      throw new F2gitError('too-large', { params: { path: root, files: MAX_ENTRIES } });
    }
    if (walk.entries.length < turnAt) continue;
    turnAt = walk.entries.length + TURN;
    await othersTurn();
  }
  const { entries, problems, paths } = walk;
  const complete = walk.isComplete && walk.folders.every((folder) => isUnchanged(walk, folder));
  const memory = complete ? memoryOf(entries, problems) : undefined;
  return {
    root,
    listing: { kind: 'listing', entries, problems, complete, ...(memory === undefined ? {} : { memory }) },
    paths,
  };
}

/** What stands for a whole listing: equal memories, equal listings. None while a file is too young to be believed. */
function memoryOf(entries: readonly ListedEntry[], problems: readonly EntryProblem[]): string | undefined {
  const hash = createHash('sha1').update(JSON.stringify([MEMORY_FORMAT, problems]));
  let rows = '';
  for (const { id, stamp, executable } of entries) {
    if (isYoung(stamp)) return undefined;
    rows += `${id}\0${stamp}\0${executable === true ? 1 : 0}\n`;
    if (rows.length < ROWS_AT_ONCE) continue;
    hash.update(rows);
    rows = '';
  }
  return hash.update(rows).digest('hex');
}

function openRoot(path: string): string {
  try {
    const root = realpathSync(path);
    if (statSync(root).isDirectory()) return root;
  } catch (error) {
    throw rootError(error, path);
  }
  throw new F2gitError('source-not-found', { params: { path, detail: 'not a folder' } });
}

function readFolder(walk: Walk, place: Place): void {
  const { path, segments } = place;
  try {
    const before = lstatSync(join(walk.root, path), { bigint: true });
    walk.folders.push({ path, version: folderVersion(before) });
    for (const { name, segment } of namesIn(join(walk.root, path))) {
      readItem(walk, { path: below(path, name), segments: [...segments, segment] }, segment);
    }
  } catch (error) {
    if (segments.length === 0) throw rootError(error, walk.root);
    walk.problems.push({ segments, code: itemCode(error) });
  }
}

/** Names that are no text are read again as bytes; there are hardly any, and text is three times faster. */
function namesIn(folder: Buffer | string): readonly { readonly name: Buffer | string; readonly segment: string }[] {
  const names = readdirSync(folder);
  if (!names.some((name) => name.includes('\ufffd'))) return names.map((name) => ({ name, segment: name }));
  return readdirSync(folder, { encoding: 'buffer' }).map(readName);
}

function readItem(walk: Walk, place: Place, segment: string): void {
  const { path, segments } = place;
  if (checkSegment(segment) === 'junk') return;
  const stats = lstatSync(join(walk.root, path), { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) {
    // Gone since its folder was read: it may be anywhere else by now.
    walk.isComplete = false;
  } else if (stats.isFile()) {
    addFile(walk, place, stats);
  } else if (!stats.isDirectory()) {
    const kind = stats.isSymbolicLink() ? 'symbolic link' : 'special file';
    walk.problems.push({ segments, code: 'kind-refused', params: { kind } });
  } else if (segments.length === 1 && (segment === '.git' || segment === STATE_FOLDER)) {
    // The repository the folder itself is, and the workspace it may be, are not content of the course.
    return;
  } else if (checkSegment(segment) === 'git' || checkSegment(segment) === 'own') {
    walk.problems.push({ segments, code: 'name-refused', params: { detail: 'this name is reserved' } });
  } else {
    walk.queue.push(place);
  }
}

function addFile(walk: Walk, { path, segments }: Place, stats: BigIntStats): void {
  const id = idOf(path);
  if (id !== path) walk.paths.set(id, path);
  walk.entries.push({
    id,
    segments,
    stamp: stampOf(stats, walk.now),
    size: Number(stats.size),
    executable: (stats.mode & 0o100n) !== 0n,
  });
}

/** A folder whose names changed while the others were read may have taken items from, or given items to, any of them. */
function isUnchanged(walk: Walk, { path, version }: Walk['folders'][number]): boolean {
  try {
    return folderVersion(lstatSync(join(walk.root, path), { bigint: true })) === version;
  } catch {
    // Gone, or out of reach since it was read: nothing proves any more that all of it was seen.
    return false;
  }
}

function folderVersion({ ino, mtimeNs, mode }: BigIntStats): string {
  return `${ino} ${mtimeNs} ${mode}`;
}

/** The path; a name that is no text makes it the path's bytes in base64, which no path of this folder can be. */
function idOf(path: Buffer | string): EntryId {
  const text = typeof path === 'string' ? path : `//${path.toString('base64')}`;
  return entryId(text.length <= 4096 ? text : `//sha256 ${createHash('sha256').update(text).digest('hex')}`);
}
