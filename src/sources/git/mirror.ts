/**
 * The adapter's own copy of a remote repository: one folder below its cache, which real git could read and which may be
 * thrown away at any time. No name of the server's ever becomes a file.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Oid, parseOid } from '../../core/ids.ts';
import { makeFolder } from '../../core/make-folder.ts';
import type { GitObject } from './git-object.ts';
import { indexPack } from './index-pack.ts';
import { BrokenObject, ObjectStore } from './object-store.ts';
import { storePack } from './store-pack.ts';
import { packIn, type Present, requestFor, type Wanted } from './upload-pack.ts';

/** A refresh that brings something adds a pack; from this many on, one new pack replaces them all. */
const MAX_PACKS = 50;
/** The one ref the mirror has: what was fetched last, told to the server so that it sends only what is new. */
const MIRROR_REF = 'refs/heads/mirror';
const CONFIG = '[core]\n\tbare = true\n\trepositoryformatversion = 0\n';
/** Packs under way; what a crash left of them is removed by the next fetch. */
const INCOMING = 'incoming-';

/** Sends a request of the git protocol and gives its answer as it comes. */
export type UploadPack = (body: string) => Promise<AsyncIterable<Uint8Array>>;

export class Mirror {
  readonly #folder: string;
  #store: ObjectStore | undefined;

  constructor(cacheDir: string) {
    this.#folder = join(cacheDir, 'mirror.git');
  }

  /** Its objects; a mirror that is not there has none. */
  get objects(): ObjectStore {
    this.#store ??= new ObjectStore(join(this.#folder, 'objects'));
    return this.#store;
  }

  /** Whether `oid` is here. A mirror that cannot be searched is thrown away. */
  has(oid: Oid): boolean {
    try {
      return this.objects.has(oid);
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      this.discard();
      return false;
    }
  }

  /**
   * Brings `wanted` into the mirror. Afterwards the objects are there as far as the server sent them; when it throws, all
   * is as before.
   * @throws {RangeError} or a zlib error when the answer is damaged @throws what `uploadPack` and `indexPack` throw
   */
  async fetch(wanted: Wanted, uploadPack: UploadPack, signal: AbortSignal): Promise<void> {
    if (this.#countPacks() >= MAX_PACKS) this.discard();
    this.#prepare();
    const present = this.#present();
    const stem = join(this.#packs, INCOMING + randomBytes(8).toString('hex'));
    try {
      const told = { shallow: new Set(present.shallow) };
      const answer = await uploadPack(requestFor(wanted, present));
      const { count } = await storePack(packIn(answer, told), `${stem}.pack`);
      if (count === 0) return;
      await indexPack(stem, count, (oid) => this.#readIfHere(oid), signal);
      this.#add(stem, told.shallow);
    } finally {
      for (const ending of ['pack', 'idx']) rmSync(`${stem}.${ending}`, { force: true });
      this.close();
    }
  }

  /** Whether there is nothing a fetch could build on. */
  get isEmpty(): boolean {
    return this.#countPacks() === 0;
  }

  /** Remembers that everything of `tip` is here. */
  record(tip: Oid): void {
    this.#write(MIRROR_REF, `${tip}\n`);
  }

  /** Throws everything away: the next fetch starts anew. */
  discard(): void {
    this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  get #packs(): string {
    return join(this.#folder, 'objects', 'pack');
  }

  #countPacks(): number {
    return existsSync(this.#packs) ? readdirSync(this.#packs).filter((name) => name.endsWith('.pack')).length : 0;
  }

  #prepare(): void {
    for (const folder of [this.#packs, join(this.#folder, 'refs', 'heads')]) makeFolder(folder, 0o700);
    for (const name of readdirSync(this.#packs))
      if (name.startsWith(INCOMING)) rmSync(join(this.#packs, name), { force: true });
    writeFileSync(join(this.#folder, 'config'), CONFIG);
    writeFileSync(join(this.#folder, 'HEAD'), `ref: ${MIRROR_REF}\n`);
  }

  #present(): Present {
    const tip = this.#oidsIn(MIRROR_REF)[0];
    return { have: tip !== undefined && this.has(tip) ? tip : undefined, shallow: this.#oidsIn('shallow') };
  }

  #oidsIn(name: string): readonly Oid[] {
    const path = join(this.#folder, name);
    const lines = existsSync(path) ? readFileSync(path, 'latin1').split('\n') : [];
    return lines.flatMap((line) => parseOid(line) ?? []);
  }

  #readIfHere(oid: Oid): GitObject | undefined {
    return this.objects.has(oid) ? this.objects.read(oid) : undefined;
  }

  /** The pack is found by its index, which comes last; what is shallow is known before that. */
  #add(stem: string, shallow: ReadonlySet<Oid>): void {
    this.#write('shallow', [...shallow].map((oid) => `${oid}\n`).join(''));
    const name = join(this.#packs, `pack-${checksumIn(`${stem}.idx`)}`);
    renameSync(`${stem}.pack`, `${name}.pack`);
    renameSync(`${stem}.idx`, `${name}.idx`);
  }

  /**
   * A file is there whole or not at all when the process dies. After a power cut it may be empty: every object is checked
   * against its id when read, and a mirror that fails is fetched again, so nothing here waits for the disk.
   */
  #write(name: string, content: string): void {
    const path = join(this.#folder, name);
    try {
      writeFileSync(`${path}.new`, content);
      renameSync(`${path}.new`, path);
    } catch (error) {
      rmSync(`${path}.new`, { force: true });
      throw error;
    }
  }
}

/** What the pack ends with, as its index says. */
function checksumIn(index: string): string {
  return readFileSync(index).subarray(-40, -20).toString('hex');
}
