/** Many small packs become one, entry by entry as they are, still compressed. No object is lost or changed. */
import * as fs from 'node:fs';
import type { Oid } from '../core/ids.ts';
import { syncFolder } from './durable-file.ts';
import type { ObjectStore } from './object-store.ts';
import type { PackFile } from './pack-file.ts';
import { PackWriter } from './pack-writer.ts';

/** More small packs than this make lookups and clones slow. */
const MOST_SMALL_PACKS = 24;
/** A pack above this size is left as it is: copying it again and again would cost more than it helps. */
const SMALL_PACK_BYTES = 64 << 20;

/**
 * Consolidates if there are many small packs. Call it only under the course lock; who has the old packs open reads on.
 */
export async function consolidatePacks(store: ObjectStore): Promise<void> {
  const small = store.packs.filter(({ end }) => end < SMALL_PACK_BYTES);
  if (small.length <= MOST_SMALL_PACKS || store.damaged.size > 0) return;
  const writer = PackWriter.start(store.folder);
  try {
    for (const pack of small) for (const object of pack.index.objects()) writer.addRaw(object, pack.rawEntry(object));
    const written = await writer.finish();
    removePacks(
      store,
      small.filter(({ path }) => path !== written?.pack),
    );
  } finally {
    writer.discard();
  }
}

/** Takes packs out of the repository, the index first: a pack without an index is found again, the reverse is not. */
export function removePacks(store: ObjectStore, packs: readonly Pick<PackFile, 'path'>[]): void {
  for (const { path } of packs) {
    fs.rmSync(path.replace(/\.pack$/, '.idx'), { force: true });
    fs.rmSync(path, { force: true });
  }
  syncFolder(store.folder);
  store.rescan();
}

/** Drops packs of which no object is needed any more. For private stores only, never for a history. */
export function dropUnneeded(store: ObjectStore, isNeeded: (object: Oid) => boolean): void {
  const unneeded = store.packs.filter(({ index }) => !index.objects().some(({ oid }) => isNeeded(oid)));
  if (unneeded.length > 0) removePacks(store, unneeded);
}
