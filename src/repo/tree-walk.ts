/** Reads a commit's files from its own objects, where no manifest is left of it. */
import { entryId, parseOid, type Oid } from '../core/ids.ts';
import { comparePaths, parseRelPath } from '../core/paths.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { parseTree } from './trees.ts';

/** The tree and parents a commit names; undefined when it is no commit. */
export function parseCommit(text: string): { readonly tree: Oid; readonly parents: readonly Oid[] } | undefined {
  const tree = parseOid(/^tree ([0-9a-f]{40})\n/.exec(text)?.[1] ?? '');
  if (tree === undefined) return undefined;
  const header = text.slice(0, text.indexOf('\n\n'));
  const parents = [...header.matchAll(/^parent ([0-9a-f]{40})$/gm)].flatMap((match) => parseOid(match[1] ?? '') ?? []);
  return { tree, parents };
}

/**
 * A manifest made from the trees of `commit`; undefined when one of them is missing. Its entry ids are the paths and
 * its stamps are empty: what the trees do not know.
 */
export function readCommitManifest(store: ObjectStore, commit: Oid): Manifest | undefined {
  const object = store.find(commit);
  const commitText = object?.kind === 'commit' ? Buffer.from(object.bytes).toString('utf8') : '';
  const parsed = parseCommit(commitText);
  if (parsed === undefined) return undefined;
  const files: ManifestFile[] = [];
  const folders = new Map<string, Oid>();
  if (!readFolder(store, parsed.tree, '', files, folders)) return undefined;
  files.sort((a, b) => comparePaths(a.path, b.path));
  return { commit, tree: parsed.tree, commitText, files, folders };
}

function readFolder(
  store: ObjectStore,
  tree: Oid,
  folder: string,
  files: ManifestFile[],
  folders: Map<string, Oid>,
): boolean {
  const object = store.find(tree);
  const rows = object?.kind === 'tree' ? parseTree(object.bytes) : undefined;
  if (rows === undefined) return false;
  folders.set(folder, tree);
  for (const { mode, name, oid } of rows) {
    const path = parseRelPath(folder === '' ? name : `${folder}/${name}`);
    if (path === undefined) return false;
    if (mode === '40000') {
      if (!readFolder(store, oid, path, files, folders)) return false;
      continue;
    }
    const size = store.describe(oid)?.size ?? 0;
    files.push({ path, oid, size, executable: mode === '100755', id: entryId(path), stamp: '' });
  }
  return true;
}
