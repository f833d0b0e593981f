/**
 * Who gets which name where several items of a folder want the same: what had it before keeps it, then every name goes
 * to its first owner, and the rest are numbered. Depends on names and ids only, never on the order of a listing.
 */
import type { EntryId } from '../core/ids.ts';
import { comparePaths, foldSegment, type RelPath } from '../core/paths.ts';
import type { FileNode, FolderNode } from './listing-tree.ts';
import { isNumbered, withNumber } from './name-mapping.ts';

type Previous = ReadonlyMap<EntryId, RelPath>;

/** A folder or file that needs a name. */
interface Claimant {
  readonly node: FolderNode | FileNode;
  /** The name it had at the last listing, if its raw name still allows it. */
  readonly former: string | undefined;
  readonly order: string;
}

/** Sets the path of every folder and file of the tree. */
export function giveNames(folder: FolderNode, previous: Previous): void {
  const taken = new Set<string>();
  const claimants = claimantsOf(folder, previous);
  const withoutFormer = claimants.filter((claimant) => !claim(folder, taken, claimant.node, claimant.former));
  const clashing = withoutFormer.filter(({ node }) => !claim(folder, taken, node, node.name));
  const numbers = new Numbers();
  for (const { node } of clashing) {
    numbers.take(node, (number) => claim(folder, taken, node, withNumber(node.name, number, node.kind)));
  }
  nameRefused(folder, taken);
  for (const child of folder.folders.values()) giveNames(child, previous);
}

/** The next number of every name: twenty thousand files of one name must not try all numbers anew each. */
class Numbers {
  readonly #next = new Map<string, number>();

  /** Tries numbers from 2 on, as far as they were not tried for this name before, until `attempt` succeeds. */
  take({ name, kind }: { readonly name: string; readonly kind: string }, attempt: (number: number) => boolean): void {
    const key = `${kind} ${foldSegment(name)}`;
    let number = this.#next.get(key) ?? 2;
    while (!attempt(number)) number += 1;
    this.#next.set(key, number + 1);
  }
}

/** Takes `name` for the node if it is free; gives whether it was. */
function claim(folder: FolderNode, taken: Set<string>, node: Claimant['node'], name: string | undefined): boolean {
  if (name === undefined) return false;
  const key = foldSegment(name);
  if (taken.has(key)) return false;
  taken.add(key);
  node.path = node.kind === 'folder' ? `${folder.path}${name}/` : `${folder.path}${name}`;
  return true;
}

/** Folders before files, because more lies below them; then by raw name and id. */
function claimantsOf(folder: FolderNode, previous: Previous): readonly Claimant[] {
  const folders = [...folder.folders.values()].map((node): Claimant => {
    return { node, former: formerFolderName(folder, node, previous), order: `0\0${node.raw}` };
  });
  const files = folder.files.map((node): Claimant => {
    const { id } = node.entry;
    return { node, former: formerFileName(folder, node, previous.get(id)), order: `1\0${node.raw}\0${id}` };
  });
  return [...folders, ...files].sort((a, b) => comparePaths(a.order, b.order));
}

function formerFileName(folder: FolderNode, file: FileNode, path: RelPath | undefined): string | undefined {
  if (path?.startsWith(folder.path) !== true) return undefined;
  const name = path.slice(folder.path.length);
  return !name.includes('/') && isNumbered(name, file.name, 'file') ? name : undefined;
}

/** A folder has no id: it was called what most of its files say it was called. */
function formerFolderName(parent: FolderNode, folder: FolderNode, previous: Previous): string | undefined {
  const votes = new Map<string, number>();
  for (const file of filesBelow(folder)) {
    const path = previous.get(file.entry.id);
    if (path?.startsWith(parent.path) !== true) continue;
    const [name = '', ...below] = path.slice(parent.path.length).split('/');
    if (below.length > 0) votes.set(name, (votes.get(name) ?? 0) + 1);
  }
  const possible = [...votes].filter(([name]) => isNumbered(name, folder.name, 'folder'));
  return possible.sort(([a, m], [b, n]) => n - m || comparePaths(a, b))[0]?.[0];
}

function* filesBelow(folder: FolderNode): Generator<FileNode> {
  yield* folder.files;
  for (const child of folder.folders.values()) yield* filesBelow(child);
}

/** Stand-in names come last, so that a problem never sits on a path that is someone's. */
function nameRefused(folder: FolderNode, taken: Set<string>): void {
  const inOrder = [...folder.refused].sort(([a], [b]) => comparePaths(a, b));
  const numbers = new Numbers();
  for (const [, refused] of inOrder) {
    const { name } = refused;
    const isOurs = (candidate: string): boolean => {
      if (taken.has(foldSegment(candidate))) return false;
      taken.add(foldSegment(candidate));
      refused.name = candidate;
      return true;
    };
    if (!isOurs(name)) numbers.take({ name, kind: 'folder' }, (number) => isOurs(withNumber(name, number, 'folder')));
  }
}
