/** A list of files → trees, commit, pack, manifest, reference: the one atomic step of a refresh. */
import { comparePaths } from '../core/paths.ts';
import type { Oid } from '../core/ids.ts';
import type { RepositoryPaths } from './bare-repository.ts';
import { removePacks } from './consolidate.ts';
import { appendHistory } from './history.ts';
import {
  compareManifests,
  removeManifest,
  writeManifest,
  type Manifest,
  type ManifestChanges,
  type ManifestFile,
} from './manifest.ts';
import { EMPTY_TREE, hashObject } from './object-format.ts';
import type { ObjectStore } from './object-store.ts';
import type { FinishedPack, PackWriter } from './pack-writer.ts';
import { MAIN, readRef, switchRef, type RefValue } from './refs.ts';
import { buildTrees } from './trees.ts';

export interface SnapshotInput {
  readonly paths: RepositoryPaths;
  readonly store: ObjectStore;
  /** Holds the new blobs; it is finished or discarded here. */
  readonly pack: PackWriter;
  /** What the reference says now. */
  readonly reference: RefValue;
  readonly previous: Manifest | undefined;
  /** False starts a history anew, without a parent. */
  readonly keepsHistory: boolean;
  readonly files: readonly ManifestFile[];
  readonly at: Date;
  /** Called when all is durable and only the switch is left. It may throw to stop it. */
  readonly beforeSwitch: () => void;
}

/** Whether a commit of `files` would differ from `previous`. Stamps and ids do not count. */
export function isSameTree(previous: Manifest | undefined, files: readonly ManifestFile[]): boolean {
  if (previous?.files.length !== files.length) return false;
  return files.every((file, position) => {
    const was = previous.files[position];
    return was?.path === file.path && was.oid === file.oid && was.executable === file.executable;
  });
}

/** Sorts files as manifests have them. */
export function sortFiles(files: readonly ManifestFile[]): readonly ManifestFile[] {
  return [...files].sort((a, b) => comparePaths(a.path, b.path));
}

/**
 * Commits `files` (sorted) and points the repository to it. When it throws, the repository is as it was, as far
 * as the disk lets what was written be removed again.
 * @throws {F2gitError} `ref-changed`
 */
export async function commitSnapshot(input: SnapshotInput): Promise<Manifest> {
  try {
    return await writeAndSwitch(input);
  } finally {
    input.pack.discard();
  }
}

async function writeAndSwitch(input: SnapshotInput): Promise<Manifest> {
  const { paths, store, pack, previous, files } = input;
  const changes = compareManifests(previous, { files });
  const trees = buildTrees(files, previous);
  for (const tree of trees.written) if (!store.has(tree.oid)) pack.addBytes('tree', tree.bytes);
  if (trees.root === EMPTY_TREE && !store.has(EMPTY_TREE)) pack.addBytes('tree', new Uint8Array());
  const parent = input.keepsHistory ? previous?.commit : undefined;
  const commitText = commitOf(trees.root, parent, input.at, describeChanges(changes, parent === undefined));
  const commit = hashObject('commit', Buffer.from(commitText));
  pack.addBytes('commit', Buffer.from(commitText));
  const written = await pack.finish();
  store.rescan();
  const manifest: Manifest = { commit, tree: trees.root, commitText, files, folders: trees.folders };
  try {
    const published = input.keepsHistory ? [...changes.added, ...changes.updated, ...moved(changes)] : files;
    // the disk takes both at once
    await allDone([() => appendHistory(paths.own, published), () => writeManifest(paths.own, manifest)]);
    input.beforeSwitch();
    switchRef(paths.gitDir, MAIN, input.reference, commit);
  } catch (error) {
    if (written?.isNew === true) takeBack(input, commit, written);
    throw error;
  }
  return manifest;
}

/**
 * Removes what nobody refers to: on a full disk every further try would leave as much again. The manifest goes first,
 * because a healing may go on from it. An error after the switch leaves all as it is.
 */
function takeBack({ paths, store }: SnapshotInput, commit: Oid, written: FinishedPack): void {
  if (readRef(paths.gitDir, MAIN) === commit) return;
  removeManifest(paths.own, commit);
  removePacks(store, [{ path: written.pack }]);
}

/** Begins all and waits for all, also when one fails: what is at work must not meet what tidies up after the failure. */
async function allDone(works: readonly (() => Promise<void> | void)[]): Promise<void> {
  const outcomes = await Promise.allSettled(works.map(async (work) => work()));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function moved(changes: ManifestChanges): readonly ManifestFile[] {
  return changes.renamed.map(({ file }) => file);
}

function commitOf(tree: Oid, parent: Oid | undefined, at: Date, message: string): string {
  const who = `f2git <f2git@localhost> ${Math.floor(at.getTime() / 1000)} +0000`;
  const parents = parent === undefined ? '' : `parent ${parent}\n`;
  return `tree ${tree}\n${parents}author ${who}\ncommitter ${who}\n\n${message}\n`;
}

const NAMES_IN_MESSAGE = 40;

/** What changed, for staff who read the log: counts in the subject, names below. */
function describeChanges(changes: ManifestChanges, isFirst: boolean): string {
  const groups = [
    { verb: 'added', names: changes.added.map((file) => file.path as string) },
    { verb: 'updated', names: changes.updated.map((file) => file.path as string) },
    { verb: 'renamed', names: changes.renamed.map(({ from, file }) => `${from} -> ${file.path}`) },
    { verb: 'removed', names: changes.removed.map((file) => file.path as string) },
  ].filter(({ names }) => names.length > 0);
  const counts = groups.map(({ verb, names }) => `${names.length} ${verb}`).join(', ');
  const subject = `${isFirst ? 'First version: ' : ''}${counts === '' ? 'no files' : counts}`;
  const blocks = groups.map(({ verb, names }) => {
    const more = names.length > NAMES_IN_MESSAGE ? [`  ... and ${names.length - NAMES_IN_MESSAGE} more`] : [];
    return [`${verb}:`, ...names.slice(0, NAMES_IN_MESSAGE).map((name) => `  ${name}`), ...more].join('\n');
  });
  return [subject, ...blocks].join('\n\n');
}
