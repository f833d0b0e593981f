/** All packs of one `objects/pack` folder: finds an object, reads it, and notices what is damaged. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '../core/ids.ts';
import { F2gitError } from '../errors.ts';
import type { PackedEntry } from './pack-entries.ts';
import { PackFile, type GitObject, type PackFault } from './pack-file.ts';
import type { PackWriter } from './pack-writer.ts';

export interface FaultyPack {
  /** The path without `.pack` or `.idx`. */
  readonly name: string;
  readonly fault: PackFault;
}

export class ObjectStore {
  /** The folder `objects/pack`. */
  readonly folder: string;
  readonly #onDamage: (object: Oid) => void;
  #packs = new Map<string, PackFile>();
  #faulty: readonly FaultyPack[] = [];
  #seen = '';
  /** Neighbours are often in the same pack, and most packs hold little: it is asked first. */
  #latest: PackFile | undefined;
  readonly #damaged = new Set<Oid>();
  readonly #recent = new Map<Oid, Uint8Array>();
  #recentRoom = 0;

  /** `onDamage` is told once of every object whose pack names it and does not hold it whole. */
  constructor(folder: string, onDamage: (object: Oid) => void = () => undefined) {
    this.folder = folder;
    this.#onDamage = onDamage;
  }

  /** Packs that are not whole as far as a cheap look can tell. */
  get faultyPacks(): readonly FaultyPack[] {
    return this.#faulty;
  }

  get packs(): readonly PackFile[] {
    return [...this.#packs.values()];
  }

  /** Names the set of packs; changes whenever packs come or go. */
  get generation(): string {
    return this.#seen;
  }

  /** As `generation`, while as far as anybody knows all packs are whole. */
  get wholeGeneration(): string | undefined {
    return this.#faulty.length === 0 && this.#damaged.size === 0 ? this.#seen : undefined;
  }

  /** From now on keeps in memory what is added, up to so many bytes: for who reads it again at once. */
  keepRecent(bytes: number): void {
    this.#recentRoom = bytes;
  }

  /** To be told of every blob that is added whole. */
  noteAdded(object: Oid, bytes: Uint8Array): void {
    if (bytes.length > this.#recentRoom) return;
    this.#recentRoom -= bytes.length;
    this.#recent.set(object, bytes);
  }

  /** Looks for packs that came or went. Cheap when nothing changed. */
  rescan(): void {
    const names = packNames(this.folder);
    const seen = names.join('\n');
    if (seen === this.#seen && this.#faulty.length === 0) return;
    const packs = new Map<string, PackFile>();
    const faulty: FaultyPack[] = [];
    for (const name of names) {
      const pack = this.#packs.get(name) ?? PackFile.open(join(this.folder, name));
      if (pack instanceof PackFile) packs.set(name, pack);
      else faulty.push({ name: join(this.folder, name), fault: pack });
    }
    for (const [name, pack] of this.#packs) if (!packs.has(name)) pack.retire();
    this.#packs = packs;
    this.#latest = undefined;
    this.#faulty = faulty;
    this.#seen = seen;
  }

  /** Forgets what is open, so that the next `rescan` looks at every pack anew. */
  close(): void {
    for (const pack of this.#packs.values()) pack.retire();
    this.#packs = new Map();
    this.#latest = undefined;
    this.#faulty = [];
    this.#seen = '';
    this.#damaged.clear();
    this.#recent.clear();
  }

  /** Whether a pack names the object and nobody found it damaged. Whether it is whole shows only when it is read. */
  has(object: Oid): boolean {
    return !this.#damaged.has(object) && this.#packWith(object) !== undefined;
  }

  /** Objects that were found damaged since this store was opened, or are marked so. */
  get damaged(): ReadonlySet<Oid> {
    return this.#damaged;
  }

  /** Takes an object for missing until it was added again. */
  markDamaged(object: Oid): void {
    if (this.#damaged.has(object)) return;
    this.#damaged.add(object);
    this.#onDamage(object);
  }

  /** The object, or undefined when no pack holds it whole. */
  find(object: Oid): GitObject | undefined {
    return this.#search(object) ?? this.#searchAgain(object);
  }

  /** @throws {F2gitError} `object-missing` */
  read(object: Oid): GitObject {
    const found = this.find(object);
    if (found === undefined) throw new F2gitError('object-missing', { params: { oid: object } });
    return found;
  }

  /** Kind and size without reading the content. */
  describe(object: Oid): { readonly kind: string; readonly size: number } | undefined {
    const holder = this.#holder(object);
    const recent = holder && this.#recent.get(object);
    return recent === undefined ? holder?.describe(object) : { kind: 'blob', size: recent.length };
  }

  /** As `PackFile.chunks`. @throws {F2gitError} `object-missing` */
  async *chunks(object: Oid, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const pack = this.#holder(object);
    if (pack === undefined) throw new F2gitError('object-missing', { params: { oid: object } });
    try {
      yield* pack.chunks(object, signal);
    } catch (error) {
      if (error instanceof F2gitError && error.code === 'object-missing') this.markDamaged(object);
      throw error;
    }
  }

  /** Copies the entry of an object into `writer` as it is, still compressed. @throws {F2gitError} `object-missing` */
  copyTo(writer: PackWriter, object: Oid): void {
    const pack = this.#holder(object);
    const indexed = pack?.index.get(object);
    if (pack === undefined || indexed === undefined) {
      throw new F2gitError('object-missing', { params: { oid: object } });
    }
    writer.addRaw(indexed, pack.rawEntry(indexed));
  }

  /** The pack that holds an object, and where; undefined when none does. */
  locate(object: Oid): { readonly pack: PackFile; readonly entry: PackedEntry } | undefined {
    const pack = this.#damaged.has(object) ? undefined : this.#holder(object);
    const entry = pack?.locate(object);
    return pack === undefined || entry === undefined ? undefined : { pack, entry };
  }

  #holder(object: Oid): PackFile | undefined {
    return this.#packWith(object) ?? (this.rescan(), this.#packWith(object));
  }

  #packWith(object: Oid): PackFile | undefined {
    if (this.#latest?.index.find(object) !== undefined) return this.#latest;
    for (const pack of this.#packs.values()) if (pack.index.find(object) !== undefined) return (this.#latest = pack);
    return undefined;
  }

  #search(object: Oid): GitObject | undefined {
    for (const pack of this.#packs.values()) {
      if (pack.index.find(object) === undefined) continue;
      const recent = this.#recent.get(object);
      const found = recent === undefined ? pack.read(object) : ({ kind: 'blob', bytes: recent } as const);
      if (found !== undefined) return found;
      this.markDamaged(object);
    }
    return undefined;
  }

  /** Another process may have consolidated the packs since the last look. */
  #searchAgain(object: Oid): GitObject | undefined {
    const before = this.#seen;
    this.rescan();
    return this.#seen === before ? undefined : this.#search(object);
  }
}

/** Names of packs and indexes, without ending, each once, sorted; none where there is no folder yet. */
function packNames(folder: string): readonly string[] {
  const names = new Set<string>();
  if (!fs.existsSync(folder)) return [];
  for (const file of fs.readdirSync(folder)) {
    const match = /^(pack-[0-9a-f]+)\.(?:pack|idx)$/.exec(file);
    if (match?.[1] !== undefined) names.add(match[1]);
  }
  return [...names].sort();
}
