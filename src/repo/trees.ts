/** Git trees from a flat list of files, and back. Only folders in which something changed are written again. */
import { oid, type Oid } from '../core/ids.ts';
import { ancestorsOf, type RelPath } from '../core/paths.ts';
import { EMPTY_TREE, hashObject } from './object-format.ts';

/** What a tree needs to know of a file. */
export interface TreeFile {
  readonly path: RelPath;
  readonly oid: Oid;
  readonly executable: boolean;
}

export interface BuiltTrees {
  readonly root: Oid;
  /** The tree of every folder that holds a file, and of the root (`''`). */
  readonly folders: ReadonlyMap<string, Oid>;
  /** The trees that are not in `previous`. */
  readonly written: readonly { readonly oid: Oid; readonly bytes: Buffer }[];
}

/**
 * Builds the trees of `files` (paths unique, none below another). Trees of folders without a changed file are taken
 * from `previous`.
 */
export function buildTrees(
  files: readonly TreeFile[],
  previous?: { readonly files: readonly TreeFile[]; readonly folders: ReadonlyMap<string, Oid> },
): BuiltTrees {
  const changed = previous === undefined ? undefined : changedFolders(previous.files, files);
  const unchanged = (folder: string): Oid | undefined =>
    changed?.has(folder) === false ? previous?.folders.get(folder) : undefined;
  const drafts = draftFolders(files, (folder) => unchanged(folder) === undefined);
  const folders = new Map<string, Oid>();
  const written: { oid: Oid; bytes: Buffer }[] = [];
  for (const [folder, draft] of [...drafts].sort(([a], [b]) => depth(b) - depth(a))) {
    const known = unchanged(folder);
    if (known !== undefined) {
      folders.set(folder, known);
      continue;
    }
    const bytes = encodeTree(draft, folders);
    const tree = hashObject('tree', bytes);
    if (previous?.folders.get(folder) !== tree) written.push({ oid: tree, bytes });
    folders.set(folder, tree);
  }
  return { root: folders.get('') ?? EMPTY_TREE, folders, written };
}

/** One row of a tree. */
export interface TreeRow {
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

/** The rows of a tree object; undefined when it is no tree. */
export function parseTree(bytes: Uint8Array): readonly TreeRow[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const rows: TreeRow[] = [];
  for (let at = 0; at < buffer.length;) {
    const space = buffer.indexOf(0x20, at);
    const zero = buffer.indexOf(0, at);
    if (space < 0 || zero < space || zero + 21 > buffer.length) return undefined;
    rows.push({
      mode: buffer.toString('latin1', at, space),
      name: buffer.toString('utf8', space + 1, zero),
      oid: oid(buffer.toString('hex', zero + 1, zero + 21)),
    });
    at = zero + 21;
  }
  return rows;
}

function changedFolders(before: readonly TreeFile[], after: readonly TreeFile[]): ReadonlySet<string> {
  const old = new Map(before.map((file) => [file.path, file]));
  const changed: RelPath[] = [];
  for (const file of after) {
    const was = old.get(file.path);
    if (was?.oid !== file.oid || was.executable !== file.executable) changed.push(file.path);
    old.delete(file.path);
  }
  changed.push(...old.keys());
  return new Set(['', ...changed.flatMap((path) => ancestorsOf(path))]);
}

/** What a folder holds: its files as rows, its folders by path. */
interface Draft {
  readonly rows: Buffer[];
  readonly folders: string[];
}

function draftFolders(files: readonly TreeFile[], needsRows: (folder: string) => boolean): ReadonlyMap<string, Draft> {
  const drafts = new Map<string, Draft>();
  const draftOf = (folder: string): Draft => {
    const known = drafts.get(folder);
    if (known !== undefined) return known;
    const draft: Draft = { rows: [], folders: [] };
    drafts.set(folder, draft);
    if (folder !== '') draftOf(folderOf(folder)).folders.push(folder);
    return draft;
  };
  draftOf('');
  for (const file of files) {
    const folder = folderOf(file.path);
    const draft = draftOf(folder);
    if (needsRows(folder)) draft.rows.push(row(file.executable ? '100755' : '100644', nameIn(file.path), file.oid));
  }
  return drafts;
}

function encodeTree(draft: Draft, trees: ReadonlyMap<string, Oid>): Buffer {
  const rows = draft.rows.map((bytes) => ({ bytes, key: sortKey(bytes, false) }));
  for (const folder of draft.folders) {
    const bytes = row('40000', nameIn(folder), trees.get(folder) ?? EMPTY_TREE);
    rows.push({ bytes, key: sortKey(bytes, true) });
  }
  rows.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(rows.map(({ bytes }) => bytes));
}

function row(mode: string, name: string, object: Oid): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(object, 'hex')]);
}

/** Git sorts rows by the bytes of their names, a folder's as if it ended with a slash. */
function sortKey(bytes: Buffer, isFolder: boolean): Buffer {
  const name = bytes.subarray(bytes.indexOf(0x20) + 1, bytes.length - 21);
  return isFolder ? Buffer.concat([name, Buffer.from('/')]) : name;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function depth(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}
