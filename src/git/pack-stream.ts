/** A pack of chosen objects, sent as they lie in the repository's packs: nothing is inflated or deflated. */
import { createHash } from 'node:crypto';
import type { Oid } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import { packHeader } from '../repo/object-format.ts';
import type { ObjectStore } from '../repo/object-store.ts';
import type { PackedEntry } from '../repo/pack-entries.ts';
import type { PackFile } from '../repo/pack-file.ts';

/** Where all of some objects lie, in the order in which they are read best. */
export interface Located {
  readonly count: number;
  readonly parts: readonly { readonly pack: PackFile; readonly entries: readonly PackedEntry[] }[];
}

/** @throws {F2gitError} `object-missing` */
export function locate(objects: Iterable<Oid>, store: ObjectStore): Located {
  const byPack = new Map<PackFile, PackedEntry[]>();
  let count = 0;
  for (const oid of objects) {
    const found = store.locate(oid);
    if (found === undefined) throw new F2gitError('object-missing', { params: { oid } });
    const entries = byPack.get(found.pack);
    if (entries === undefined) byPack.set(found.pack, [found.entry]);
    else entries.push(found.entry);
    count++;
  }
  const parts = [...byPack].map(([pack, entries]) => ({
    pack,
    entries: entries.sort((a, b) => a.offset - b.offset),
  }));
  return { count, parts };
}

/** Keeps the packs open, also when they are consolidated meanwhile. False when one is closed already. */
export function retain({ parts }: Located): boolean {
  const held: PackFile[] = [];
  for (const { pack } of parts) {
    if (pack.retain()) held.push(pack);
    else {
      for (const one of held) one.release();
      return false;
    }
  }
  return true;
}

export function release({ parts }: Located): void {
  for (const { pack } of parts) pack.release();
}

/**
 * The bytes of the pack, with bounded memory. The caller retains what is located.
 * @throws {F2gitError} `object-missing` when an object is not whole; what came before is then worthless
 */
export async function* packStream({ count, parts }: Located): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha1');
  const header = packHeader(count);
  hash.update(header);
  yield header;
  for (const { pack, entries } of parts) {
    for await (const bytes of pack.rawEntries(entries)) {
      hash.update(bytes);
      yield bytes;
    }
  }
  yield hash.digest();
}
