/** One bare repository on disk: its objects, the commit it is at, that commit's manifest. */
import { join } from 'node:path';
import type { Oid } from '../core/ids.ts';
import { appendDurably, readIfPresent } from './durable-file.ts';
import { repositoryPaths, type RepositoryPaths } from './bare-repository.ts';
import { readManifest, type Manifest } from './manifest.ts';
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

export class HiddenRepository {
  readonly paths: RepositoryPaths;
  readonly store: ObjectStore;
  #manifest: Manifest | undefined;

  constructor(gitDir: string) {
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

  /** Where the repository is now. Cheap when it did not move. */
  tip(): Tip {
    const reference = readRef(this.paths.gitDir, MAIN);
    if (reference === 'absent' || reference === 'damaged') return { reference };
    const manifest = this.manifestOf(reference);
    this.#manifest = manifest;
    return { reference, ...(manifest === undefined ? {} : { manifest }) };
  }

  /** The manifest of any commit: as stored, or read from its trees; undefined when those are not whole. */
  manifestOf(commit: Oid): Manifest | undefined {
    if (this.#manifest?.commit === commit) return this.#manifest;
    return readManifest(this.paths.own, commit) ?? readCommitManifest(this.store, commit);
  }

  close(): void {
    this.store.close();
    this.#manifest = undefined;
  }
}
