/** A commit's tree as a listing: every item becomes an entry or a problem on its path. */
import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { type EntryId, entryId, type Oid } from '../../core/ids.ts';
import { F2gitError } from '../../errors.ts';
import type { EntryProblem, ListedEntry } from '../source.ts';
import { BrokenObject, type ObjectStore } from './object-store.ts';

export interface TreeListing {
  readonly entries: readonly ListedEntry[];
  readonly problems: readonly EntryProblem[];
}

/** Trees that hold one another can name more files than any disk could: a course has fewer than this. */
const MAX_ITEMS = 200_000;
/** Deeper folders cannot be delivered (core/paths.ts). */
const MAX_DEPTH = 64;
/** Tags of tags. */
const MAX_TAGS = 8;
/** An LFS pointer is smaller than this, by its specification. Bytes. */
const MAX_POINTER_BYTES = 1024;
/** Items read before other work of the process gets its turn. */
const ITEMS_PER_TURN = 500;

/** Gives the tree of a commit, or of a tag of one. @throws {BrokenObject} @throws {F2gitError} `source-not-found` */
export function treeOf(store: ObjectStore, tip: Oid, shown: string): Oid {
  let oid = tip;
  for (let depth = 0; depth < MAX_TAGS; depth++) {
    const object = store.read(oid);
    if (object.kind === 'tree') return oid;
    const wanted = object.kind === 'commit' ? /^tree ([0-9a-f]{40})\n/ : /^object ([0-9a-f]{40})\n/;
    const next = object.kind === 'blob' ? undefined : wanted.exec(object.bytes.toString('latin1', 0, 256))?.[1];
    if (next === undefined) break;
    oid = next as Oid;
  }
  throw new F2gitError('source-not-found', { params: { address: shown, missing: 'a commit' } });
}

/** Gives the tree at `subfolder`. @throws {BrokenObject} @throws {F2gitError} `source-not-found` naming the folder */
export function subtreeOf(store: ObjectStore, root: Oid, subfolder: readonly string[], shown: string): Oid {
  let oid = root;
  for (const segment of subfolder) {
    const item = parseTree(store.read(oid).bytes).find(({ name }) => name === segment);
    if (item?.kind !== 'tree') {
      throw new F2gitError('source-not-found', {
        params: { address: shown, missing: `folder "${subfolder.join('/')}"` },
      });
    }
    oid = item.oid;
  }
  return oid;
}

/**
 * Lists all below the tree `root`. An object that is missing or damaged makes a problem of its path, or, where it can
 * be fetched again (`onBroken` is `throw`), ends the listing.
 * @throws {BrokenObject} for a broken object, and always for a broken root
 * @throws {F2gitError} `too-large`, `cancelled`
 */
export async function listTree(
  store: ObjectStore,
  root: Oid,
  onBroken: 'throw' | 'problem',
  signal: AbortSignal,
  sizeOf: SizeOf = () => undefined,
): Promise<TreeListing> {
  const listing: MutableListing = { entries: [], problems: [], ids: new Set(), sizeOf };
  const todo: { readonly oid: Oid; readonly segments: readonly string[] }[] = [{ oid: root, segments: [] }];
  let seen = 0;
  for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
    const { segments: path } = folder;
    const items = orProblem(listing, path, onBroken, () => parseTree(store.read(folder.oid).bytes)) ?? [];
    for (const item of items) {
      if (++seen > MAX_ITEMS) throw new F2gitError('too-large', { params: { files: MAX_ITEMS } });
      if (seen % ITEMS_PER_TURN === 0) await setImmediate(undefined, { signal });
      const segments = [...path, item.name];
      if (item.kind === 'tree' && segments.length < MAX_DEPTH) todo.push({ oid: item.oid, segments });
      else orProblem(listing, segments, onBroken, () => addItem(listing, store, item, segments));
    }
  }
  return listing;
}

/** The size of a content that was listed as a file before; undefined for what must be looked at. */
export type SizeOf = (oid: Oid) => number | undefined;

/** Whether `bytes` are a Git LFS pointer. Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
export function isLfsPointer(bytes: Uint8Array): boolean {
  if (bytes.length >= MAX_POINTER_BYTES) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return /^version https?:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/v\d/.test(text) && /\noid /.test(text);
}

interface MutableListing {
  readonly entries: ListedEntry[];
  readonly problems: EntryProblem[];
  readonly ids: Set<string>;
  readonly sizeOf: SizeOf;
}

/** What `read` gives; or undefined, and a problem on its path, when an object cannot be read. */
function orProblem<T>(
  listing: MutableListing,
  segments: readonly string[],
  onBroken: 'throw' | 'problem',
  read: () => T,
): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isUnreadable(error) || (error instanceof BrokenObject && onBroken === 'throw') || segments.length === 0) {
      throw error;
    }
    listing.problems.push({ segments, code: 'source-invalid', params: { detail: error.message } });
    return undefined;
  }
}

/** A broken object, or a whole one that is no tree. */
function isUnreadable(error: unknown): error is Error {
  return error instanceof BrokenObject || error instanceof RangeError;
}

function addItem(listing: MutableListing, store: ObjectStore, item: TreeItem, segments: readonly string[]): void {
  const refuse = (code: EntryProblem['code'], kind: string) =>
    listing.problems.push({ segments, code, params: { kind } });
  if (item.kind === 'tree') return void refuse('name-refused', 'depth');
  if (item.kind !== 'file') return void refuse('kind-refused', item.kind);
  const id = freeId(listing.ids, item, segments);
  if (id === undefined) return void refuse('name-refused', 'length');
  const known = listing.sizeOf(item.oid);
  const size = known ?? store.size(item.oid);
  if (known === undefined && size < MAX_POINTER_BYTES && size > 100 && isLfsPointer(store.read(item.oid).bytes)) {
    return void refuse('lfs-pointer', 'lfs');
  }
  listing.entries.push({ id, segments, stamp: item.oid, size, executable: item.executable });
}

/** The path is the id. Broken trees name a path twice, or a `/` within a name: their later items carry their number. */
function freeId(taken: Set<string>, item: TreeItem, segments: readonly string[]): EntryId | undefined {
  const path = (item.isUtf8 ? '' : 'latin1:') + segments.join('/');
  let id = path;
  for (let number = 2; taken.has(id); number++) id = `${path}\0${number}`;
  if (id.length > 4096) return undefined;
  taken.add(id);
  return entryId(id);
}

interface TreeItem {
  readonly kind: 'file' | 'tree' | 'symlink' | 'submodule' | 'unknown';
  readonly executable: boolean;
  readonly name: string;
  readonly isUtf8: boolean;
  readonly oid: Oid;
}

/** Own parser, because isomorphic-git refuses a whole tree for one name that it holds to be unsafe. */
function parseTree(bytes: Buffer): readonly TreeItem[] {
  const items: TreeItem[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const zero = bytes.indexOf(0, space + 1);
    if (space < 0 || zero < 0 || zero + 21 > bytes.length) throw new RangeError('tree ends early');
    const mode = bytes.toString('latin1', at, space);
    const raw = bytes.subarray(space + 1, zero);
    const name = raw.toString('utf8');
    const isUtf8 = Buffer.from(name).equals(raw);
    items.push({
      kind: kindOf(mode),
      executable: mode === '100755',
      // Names from before Unicode are nearly always Latin-1; any reading that is stable will do.
      name: isUtf8 ? name : raw.toString('latin1'),
      isUtf8,
      oid: bytes.toString('hex', zero + 1, zero + 21) as Oid,
    });
    at = zero + 21;
  }
  return items;
}

function kindOf(mode: string): TreeItem['kind'] {
  if (/^0?40000$/.test(mode)) return 'tree';
  if (/^100\d{3}$/.test(mode)) return 'file';
  if (mode === '120000') return 'symlink';
  return mode === '160000' ? 'submodule' : 'unknown';
}
