/**
 * The environment of a course as a repository of its own: for tools that build an image for a commit. A commit comes only
 * when what describes the environment changed, and each version has a tag that never moves.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { ensureBareRepository } from './bare-repository.ts';
import type { CourseLock } from './course-lock.ts';
import { sweepTemporaryFiles, writeFileDurably } from './durable-file.ts';
import { environmentDir } from './environment-dir.ts';
import type { Environment } from './environment-files.ts';
import { finishHealing, healRepository, isSound } from './heal.ts';
import { HiddenRepository } from './hidden-repository.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { PackWriter } from './pack-writer.ts';
import { sweepStaleLocks } from './refs.ts';
import { servedRepository, type ServedRepository } from './served-repository.ts';
import { commitSnapshot, isSameTree } from './snapshot.ts';

export interface EnvironmentVersion {
  readonly repository: ServedRepository;
  readonly commit: Oid;
  /** Names this version for good: `env-` and the id of its tree. */
  readonly tag: string;
  /** Whether it came into being just now. */
  readonly isNew: boolean;
}

/** The course whose environment it is, as its audience has it. */
export interface EnvironmentCourse {
  readonly folder: { readonly dir: string; purgedNow(): ReadonlySet<Oid> };
  served(): ServedRepository | undefined;
  now(): Date;
  underLock<Result>(signal: AbortSignal | undefined, work: (lock: CourseLock) => Promise<Result>): Promise<Result>;
}

export class EnvironmentRepository {
  readonly #course: EnvironmentCourse;
  readonly #extra: readonly RelPath[];
  readonly #repository: HiddenRepository;
  /** What the last commit looked at came to. */
  #seen: { readonly head: Oid; readonly environment: Environment } | undefined;

  /** `extra`: as in `EnvironmentInput`. Writes nothing yet. */
  constructor(course: EnvironmentCourse, extra: readonly RelPath[]) {
    this.#course = course;
    this.#extra = extra;
    this.#repository = new HiddenRepository(environmentDir(course.folder.dir));
  }

  /** What the course as it is served now says of its environment; undefined when it was never read. */
  async look(): Promise<Environment | undefined> {
    const course = this.#course.served();
    if (course === undefined) return undefined;
    const { manifest, store } = course;
    if (this.#seen?.head !== manifest.commit) {
      // needs a YAML parser, and no pull of a student does
      const { environmentOf } = await import('./environment-files.ts');
      const read = (object: Oid): Uint8Array => store.read(object).bytes;
      this.#seen = {
        head: manifest.commit,
        environment: environmentOf({ files: manifest.files, extra: this.#extra, read }),
      };
    }
    return this.#seen.environment;
  }

  /**
   * Brings the repository to what the course says now, and gives its newest version.
   * @throws {F2gitError} `environment-refused`, `environment-missing`; `course-not-ready` when the course was never read
   */
  async follow(signal?: AbortSignal): Promise<EnvironmentVersion> {
    const files = await this.#files();
    const present = this.#present(files);
    if (present !== undefined) return { ...present, isNew: false };
    return this.#course.underLock(signal, async (lock) => this.#commit(await this.#files(), lock));
  }

  close(): void {
    this.#repository.close();
  }

  async #files(): Promise<readonly ManifestFile[]> {
    const environment = await this.look();
    if (environment === undefined) throw new F2gitError('course-not-ready');
    if (environment.kind === 'refused') throw environmentRefusal(environment);
    if (environment.kind === 'files') return environment.files;
    // an environment that staff took away is empty from then on; where there never was one, there is no repository
    if (!fs.existsSync(this.#repository.paths.gitDir)) throw new F2gitError('environment-missing');
    return [];
  }

  /** The version as it is, when it is whole and says what it should. */
  #present(files: readonly ManifestFile[]): Omit<EnvironmentVersion, 'isNew'> | undefined {
    if (!fs.existsSync(this.#repository.paths.gitDir) || !isSound(this.#repository)) return undefined;
    const purged = this.#course.folder.purgedNow();
    if ([...purged].some((object) => this.#repository.store.has(object))) return undefined;
    const { manifest } = this.#repository.tip();
    if (manifest === undefined || !isSameTree(manifest, files) || !this.#hasTag(manifest)) return undefined;
    const repository = servedRepository(this.#repository);
    return repository && { repository, commit: manifest.commit, tag: tagOf(manifest) };
  }

  async #commit(files: readonly ManifestFile[], lock: CourseLock): Promise<EnvironmentVersion> {
    const course = this.#course.served();
    if (course === undefined) throw new F2gitError('course-not-ready');
    await this.#prepare(course.store);
    const before = this.#repository.tip().manifest;
    if (!isSameTree(before, files)) await this.#write(files, course.store, lock);
    this.#tag();
    const present = this.#present(files);
    if (present === undefined) throw new F2gitError('repository-unwritable', { params: { detail: 'damaged' } });
    return { ...present, isNew: present.commit !== before?.commit };
  }

  /** Makes what is missing, removes what a crash left, and gets from the course what was lost. */
  async #prepare(course: ObjectStore): Promise<void> {
    const { gitDir, packs, own } = this.#repository.paths;
    ensureBareRepository(gitDir);
    for (const folder of [gitDir, packs, own, 'refs', 'refs/heads', 'refs/tags']) {
      sweepTemporaryFiles(folder.startsWith('refs') ? join(gitDir, folder) : folder);
    }
    await sweepStaleLocks(gitDir);
    await healRepository(this.#repository);
    const { store } = this.#repository;
    const lost = (this.#repository.tip().manifest?.files ?? []).filter(({ oid }) => !store.has(oid) && course.has(oid));
    const writer = PackWriter.start(packs);
    try {
      for (const { oid } of lost) course.copyTo(writer, oid);
      await writer.finish();
    } finally {
      writer.discard();
    }
    await finishHealing(this.#repository, this.#course.now());
  }

  async #write(files: readonly ManifestFile[], course: ObjectStore, lock: CourseLock): Promise<void> {
    const { paths, store } = this.#repository;
    const { reference, manifest: previous } = this.#repository.tip();
    const pack = PackWriter.start(paths.packs);
    try {
      for (const { oid } of files) if (!store.has(oid)) course.copyTo(pack, oid);
      await commitSnapshot({
        paths,
        store,
        pack,
        reference,
        previous,
        keepsHistory: true,
        files,
        at: this.#course.now(),
        beforeSwitch: () => lock.assertHeld(),
      });
    } finally {
      pack.discard();
    }
  }

  #hasTag(manifest: Manifest): boolean {
    return fs.existsSync(this.#tagPath(manifest));
  }

  /** A version that comes back keeps the commit its tag had first. */
  #tag(): void {
    const { manifest } = this.#repository.tip();
    if (manifest === undefined || this.#hasTag(manifest)) return;
    writeFileDurably(this.#tagPath(manifest), `${manifest.commit}\n`);
  }

  #tagPath(manifest: Manifest): string {
    return join(this.#repository.paths.gitDir, 'refs/tags', tagOf(manifest));
  }
}

function tagOf({ tree }: Manifest): string {
  return `env-${tree}`;
}

/** Each phrase has its German in `detail-sentences.ts`. */
const reasons = {
  'two-folders': 'there is both binder/ and .binder/, of which repo2docker takes neither',
  runs: 'it is a program that may need any file of the course',
  installs: 'it installs the course itself',
  needs: 'it needs what is not part of the environment',
  'too-large': 'it is too large to be looked into',
} as const;

/** As an error, for people. */
export function environmentRefusal({ path, why, needs }: Environment & { readonly kind: 'refused' }): F2gitError {
  return new F2gitError('environment-refused', {
    params: { path, reason: reasons[why], ...(needs === undefined ? {} : { needs }) },
  });
}
