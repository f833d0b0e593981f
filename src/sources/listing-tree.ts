/** The items of a listing as a tree of raw names: the shape in which clashes are found and names given away. */
import type { EntryId } from '../core/ids.ts';
import { comparePaths, MAX_DEPTH } from '../core/paths.ts';
import { mapName, type MappedName } from './name-mapping.ts';
import type { ListedEntry } from './source.ts';

/** A folder some entry lies in. `path` is where it is placed: `` for the root, else with a trailing `/`. */
export interface FolderNode {
  readonly kind: 'folder';
  readonly raw: string;
  readonly name: string;
  readonly foldKey: string;
  readonly depth: number;
  path: string;
  readonly folders: Map<string, FolderNode>;
  readonly files: FileNode[];
  readonly refused: Map<string, RefusedNode>;
  /** Who has which name here; only the first of equals. */
  readonly taken: Map<string, FolderNode | FileNode>;
}

export interface FileNode {
  readonly kind: 'file';
  readonly raw: string;
  readonly name: string;
  readonly foldKey: string;
  readonly entry: ListedEntry;
  path: string;
}

/** An item that is not delivered under any name: it becomes a problem on a path that is nobody's. */
export interface RefusedNode {
  readonly raw: string;
  /** A legal stand-in. */
  name: string;
  readonly segments: readonly string[];
  readonly why: 'name' | 'too-deep' | 'listed-twice';
}

export interface ListingTree {
  readonly root: FolderNode;
  /** Whether two items want the same name somewhere. */
  readonly hasClash: boolean;
}

/** Builds the tree. Every entry ends in it as a file, as a refused item, or was junk. */
export function buildTree(entries: readonly ListedEntry[]): ListingTree {
  const root = newFolder('', { name: '', foldKey: '' }, 0, '');
  const byId = new Map<EntryId, ListedEntry>();
  let hasClash = false;
  for (const entry of inStableOrder(entries)) {
    const twin = byId.get(entry.id);
    if (twin !== undefined && isSamePlace(twin, entry)) continue;
    byId.set(entry.id, entry);
    const folder = folderFor(root, entry);
    if (folder === undefined) continue;
    if (twin === undefined) hasClash = addFile(folder, entry) || hasClash;
    else refuse(folder, lastOf(entry.segments), entry.segments, 'listed-twice');
  }
  return { root, hasClash: hasFolderClash(root) || hasClash };
}

/** Gives the folder an entry lies in, or undefined when the entry is refused or junk because of a folder above it. */
function folderFor(root: FolderNode, entry: ListedEntry): FolderNode | undefined {
  let folder = root;
  const { segments } = entry;
  for (let depth = 1; depth < segments.length; depth += 1) {
    const raw = segments[depth - 1] ?? '';
    const next = folder.folders.get(raw) ?? addFolder(folder, raw, segments.slice(0, depth));
    if (next === undefined) return undefined;
    folder = next;
  }
  return folder;
}

function addFolder(parent: FolderNode, raw: string, segments: readonly string[]): FolderNode | undefined {
  const mapped = mapName(raw);
  if (mapped.kind !== 'legal') {
    if (mapped.kind === 'refused') refuse(parent, raw, segments, 'name', mapped);
    return undefined;
  }
  if (parent.depth + 1 >= MAX_DEPTH) {
    refuse(parent, raw, segments, 'too-deep', mapped);
    return undefined;
  }
  const folder = newFolder(raw, mapped, parent.depth + 1, `${parent.path}${mapped.name}/`);
  parent.folders.set(raw, folder);
  return folder;
}

/** Adds a file; gives whether its name was taken. */
function addFile(folder: FolderNode, entry: ListedEntry): boolean {
  const raw = lastOf(entry.segments);
  const mapped = mapName(raw);
  if (mapped.kind === 'junk') return false;
  if (mapped.kind === 'refused') {
    refuse(folder, raw, entry.segments, 'name', mapped);
    return false;
  }
  const file: FileNode = {
    kind: 'file',
    raw,
    name: mapped.name,
    foldKey: mapped.foldKey,
    entry,
    path: `${folder.path}${mapped.name}`,
  };
  folder.files.push(file);
  if (folder.taken.has(file.foldKey)) return true;
  folder.taken.set(file.foldKey, file);
  return false;
}

/** One problem for each refused item, however many entries lie below it. */
function refuse(
  folder: FolderNode,
  raw: string,
  segments: readonly string[],
  why: RefusedNode['why'],
  mapped: MappedName = mapName(raw),
): void {
  if (mapped.kind !== 'junk') folder.refused.set(`${why} ${raw}`, { raw, name: mapped.name, segments, why });
}

function hasFolderClash(folder: FolderNode): boolean {
  // A stand-in for a refused name must stay out of everybody's way.
  let hasClash = folder.refused.size > 0;
  for (const child of folder.folders.values()) {
    if (folder.taken.has(child.foldKey)) hasClash = true;
    folder.taken.set(child.foldKey, child);
    hasClash = hasFolderClash(child) || hasClash;
  }
  return hasClash;
}

function newFolder(
  raw: string,
  mapped: { readonly name: string; readonly foldKey: string },
  depth: number,
  path: string,
): FolderNode {
  const { name, foldKey } = mapped;
  const parts = { folders: new Map<string, FolderNode>(), files: [], refused: new Map(), taken: new Map() };
  return { kind: 'folder', raw, name, foldKey, depth, path, ...parts };
}

/** Which of two items with one id is the item must not depend on the order of the server's answers. */
function inStableOrder(entries: readonly ListedEntry[]): readonly ListedEntry[] {
  if (new Set(entries.map(({ id }) => id)).size === entries.length) return entries;
  const keyed = entries.map((entry) => ({ entry, key: [...entry.segments, entry.stamp].join('\0') }));
  return keyed.sort((a, b) => comparePaths(a.key, b.key)).map(({ entry }) => entry);
}

function isSamePlace(a: ListedEntry, b: ListedEntry): boolean {
  return a.segments.length === b.segments.length && a.segments.every((segment, at) => segment === b.segments[at]);
}

function lastOf(segments: readonly string[]): string {
  return segments.at(-1) ?? '';
}
