/**
 * Finds what is torn, missing or foreign in a hidden repository and mends it from what is whole: objects from packs,
 * commits and trees from manifests. Contents that are lost are fetched again by the refresh that follows.
 */
import * as fs from 'node:fs';
import type { Oid } from '../core/ids.ts';
import { hasBones } from './bare-repository.ts';
import { removePacks } from './consolidate.ts';
import { syncFolder } from './durable-file.ts';
import type { HiddenRepository } from './hidden-repository.ts';
import { isConnected } from './connectivity.ts';
import { readManifest, readManifests, writeManifest, type Manifest } from './manifest.ts';
import type { FaultyPack, ObjectStore } from './object-store.ts';
import type { PackFile } from './pack-file.ts';
import { PackWriter } from './pack-writer.ts';
import { MAIN, readRef, switchRef, type RefValue } from './refs.ts';
import { buildTrees } from './trees.ts';
import { commitSnapshot } from './snapshot.ts';

/** Whether a cheap look finds the repository whole: packs, reference, manifest, the tip's commit and root tree. */
export function isSound(repository: HiddenRepository): boolean {
  const { store, paths } = repository;
  store.rescan();
  if (store.faultyPacks.length > 0 || repository.isDamaged || !hasBones(paths.gitDir)) return false;
  const { reference, manifest } = repository.tip();
  if (reference === 'absent') return readManifests(paths.own).length === 0;
  if (manifest === undefined || !repository.isManifestStored) return false;
  return store.has(manifest.commit) && store.has(manifest.tree);
}

/**
 * Mends the repository as far as it can without the source. Call it only under the course lock, and
 * `finishHealing` when the source had its chance to give what is lost.
 */
export async function healRepository(repository: HiddenRepository): Promise<void> {
  if (isSound(repository)) return;
  repository.markDamaged();
  await mendPacks(repository.store, 'all');
  const tip = newestCommit(repository);
  if (tip === undefined) {
    fs.rmSync(`${repository.paths.gitDir}/${MAIN}`, { force: true });
    return;
  }
  await rewriteLost(repository, tip);
  if (readManifest(repository.paths.own, tip.commit) === undefined) writeManifest(repository.paths.own, tip);
  repository.forgetTip();
  if (readRef(repository.paths.gitDir, MAIN) !== tip.commit) pointTo(repository, tip.commit);
}

/**
 * Ends a healing if everything is there again. Where an older commit lost something for good, the present files become
 * the first commit of a new history; what is left of the old one stays readable for merges.
 */
export async function finishHealing(
  repository: HiddenRepository,
  at: Date,
): Promise<'nothing-to-do' | 'whole' | 'new-history' | 'not-yet'> {
  if (!repository.isDamaged) return 'nothing-to-do';
  const { reference, manifest } = repository.tip();
  if (manifest === undefined || !isConnected(repository.store, manifest.commit, 'tip')) return 'not-yet';
  const isWhole = isConnected(repository.store, manifest.commit, 'history');
  if (!isWhole) await startAnew(repository, manifest, reference, at);
  repository.forgetDamage();
  return isWhole ? 'whole' : 'new-history';
}

/**
 * Copies every whole object out of packs that are not whole or hold deltas, and removes those packs. `faulty`: only
 * those a cheap look finds; `all`: every object is read.
 */
export async function mendPacks(store: ObjectStore, extent: 'faulty' | 'all'): Promise<void> {
  store.rescan();
  const suspects: FaultyPack[] = [...store.faultyPacks];
  for (const pack of extent === 'all' ? store.packs : []) {
    if (!(await isWhole(pack))) suspects.push({ name: pack.path.replace(/\.pack$/, ''), fault: 'pack-damaged' });
  }
  if (suspects.length === 0) return;
  for (const { name } of suspects) await mendPack(store, name);
  store.close();
  store.rescan();
}

async function isWhole(pack: PackFile): Promise<boolean> {
  for (const { oid } of pack.index.objects()) if (!(await pack.isWhole(oid))) return false;
  return true;
}

async function mendPack(store: ObjectStore, name: string): Promise<void> {
  const path = `${name}.pack`;
  if (!fs.existsSync(path)) {
    fs.rmSync(`${name}.idx`, { force: true });
    syncFolder(store.folder);
    return;
  }
  // isomorphic-git is large, and damage is rare
  const { salvageEntries } = await import('./pack-salvage.ts');
  const writer = PackWriter.start(store.folder);
  try {
    await salvageEntries(name, writer);
    const written = await writer.finish();
    if (written?.pack !== path) removePacks(store, [{ path }]);
  } finally {
    writer.discard();
  }
}

/** The commit to go on from: what the reference names if it can be read, else the newest commit with a manifest. */
export function newestCommit(repository: HiddenRepository): Manifest | undefined {
  const { manifest } = repository.tip();
  return manifest ?? readManifests(repository.paths.own).at(-1);
}

/** Writes the tip's commit and trees again where they are missing; both follow from its manifest. */
async function rewriteLost(repository: HiddenRepository, tip: Manifest): Promise<void> {
  const { store } = repository;
  const lost = buildTrees(tip.files).written.filter(({ oid }) => !store.has(oid));
  const writer = PackWriter.start(store.folder);
  try {
    for (const { bytes } of lost) writer.addBytes('tree', bytes);
    if (tip.files.length === 0 && !store.has(tip.tree)) writer.addBytes('tree', new Uint8Array());
    if (!store.has(tip.commit)) writer.addBytes('commit', Buffer.from(tip.commitText));
    await writer.finish();
  } finally {
    writer.discard();
  }
  store.rescan();
}

/** The reference holds nothing worth comparing with: it is written whole. */
function pointTo(repository: HiddenRepository, commit: Oid): void {
  const { gitDir } = repository.paths;
  fs.rmSync(`${gitDir}/${MAIN}`, { force: true, recursive: true });
  switchRef(gitDir, MAIN, readRef(gitDir, MAIN), commit);
}

async function startAnew(
  repository: HiddenRepository,
  manifest: Manifest,
  reference: RefValue,
  at: Date,
): Promise<void> {
  await commitSnapshot({
    paths: repository.paths,
    store: repository.store,
    pack: PackWriter.start(repository.paths.packs),
    reference,
    previous: manifest,
    keepsHistory: false,
    files: manifest.files,
    at,
    beforeSwitch: () => undefined,
  });
}
