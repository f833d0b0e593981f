/** One bare repository on disk: its objects, the commit it is at, that commit's manifest. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { EntryId, Oid } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import { appendDurably, readIfPresent } from './durable-file.ts';
import { repositoryPaths, type RepositoryPaths } from './bare-repository.ts';
import { hasManifest, readManifest, type Manifest } from './manifest.ts';
import { ObjectStore } from './object-store.ts';
import { MAIN, readRef, type RefValue } from './refs.ts';
import { readCommitManifest } from './tree-walk.ts';

/** Objects found damaged, one id a line: another process than the one that heals may have found them. */
const DAMAGED = 'damaged';

export interface Tip {
  readonly reference: RefValue;
  /** Absent before the first commit, and when what the reference names cannot be read. */
  readonly manifest?: Manifest;
}

/** The entry id and stamp of a content at a path, from another record than the manifest. */
export type KnownFile = (path: RelPath, object: Oid) => { readonly id: EntryId; readonly stamp: string } | undefined;

export class HiddenRepository {
  readonly paths: RepositoryPaths;
  readonly store: ObjectStore;
  readonly #knownFile: KnownFile;
  #manifest: Manifest | undefined;
  #isStored = false;

  /** `knownFile` says what is known of a file in a commit whose manifest is lost. */
  constructor(gitDir: string, knownFile: KnownFile = () => undefined) {
    this.#knownFile = knownFile;
    this.paths = repositoryPaths(gitDir);
    this.store = new ObjectStore(this.paths.packs, (object) => appendDurably(this.damagedFile, `${object}\n`));
  }

  get damagedFile(): string {
    return join(this.paths.own, DAMAGED);
  }

  /** Whether some object was found damaged, by whichever process. */
  get isDamaged(): boolean {
    return readIfPresent(this.damagedFile) !== undefined;
  }

  /** Notes that something is wrong, so that a crash does not make the healing forgotten. */
  markDamaged(): void {
    if (!this.isDamaged) appendDurably(this.damagedFile, '\n');
  }

  /** The repository is whole again. */
  forgetDamage(): void {
    fs.rmSync(this.damagedFile, { force: true });
    this.store.close();
    this.store.rescan();
  }

  /** Where the repository is now. Cheap when it did not move. */
  tip(): Tip {
    const reference = readRef(this.paths.gitDir, MAIN);
    if (reference === 'absent' || reference === 'damaged') return { reference };
    if (this.#manifest?.commit !== reference) {
      const stored = readManifest(this.paths.own, reference);
      this.#manifest = stored ?? this.#rebuild(reference);
      this.#isStored = stored !== undefined;
    }
    const manifest = this.#manifest;
    return { reference, ...(manifest === undefined ? {} : { manifest }) };
  }

  /** Whether the tip's manifest is in its file, as it should be. */
  get isManifestStored(): boolean {
    return this.#isStored && this.#manifest !== undefined && hasManifest(this.paths.own, this.#manifest.commit);
  }

  /** The manifest of any commit: as stored, or read from its trees; undefined when those are not whole. */
  manifestOf(commit: Oid): Manifest | undefined {
    if (this.#manifest?.commit === commit) return this.#manifest;
    return readManifest(this.paths.own, commit) ?? this.#rebuild(commit);
  }

  #rebuild(commit: Oid): Manifest | undefined {
    const manifest = readCommitManifest(this.store, commit);
    if (manifest === undefined) return undefined;
    const files = manifest.files.map((file) => ({ ...file, ...this.#knownFile(file.path, file.oid) }));
    return { ...manifest, files };
  }

  close(): void {
    this.store.close();
    this.forgetTip();
  }

  /** Reads the manifest anew next time. */
  forgetTip(): void {
    this.#manifest = undefined;
  }
}
