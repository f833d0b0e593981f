/** The folder of one course on disk, as one audience sees it: its served repository and state, and what all share. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Oid } from '../core/ids.ts';
import { makeFolder } from '../core/make-folder.ts';
import { identityDigest, isSameSource } from '../core/source-identity.ts';
import { ensureBareRepository } from './bare-repository.ts';
import { readHistory, type PublishedContent } from './history.ts';
import { consolidatePacks, dropUnneeded } from './consolidate.ts';
import {
  asReadElsewhere,
  emptyState,
  readCourseState,
  writeCourseState,
  type CourseState,
  type StoredState,
} from './course-state.ts';
import { environmentDir } from './environment-dir.ts';
import { asRepositoryError } from './disk-trouble.ts';
import { sweepTemporaryFiles, TEMPORARY_PREFIX } from './durable-file.ts';
import { finishHealing, healRepository, mendPacks } from './heal.ts';
import { HiddenRepository, type Tip } from './hidden-repository.ts';
import { noteKnownAs, readKnownAs } from './known-as.ts';
import { ObjectStore } from './object-store.ts';
import { readReleaseFile, writeReleaseFile, type KnownReleaseFile } from './release-file.ts';
import { enforcePurge, readPurged, unservedDirs, writePurged } from './purge.ts';
import { reconcile } from './reconcile.ts';
import { sweepStaleLocks } from './refs.ts';

export interface Loaded {
  readonly tip: Tip;
  readonly state: CourseState;
  /** When the source last answered, ISO 8601 UTC. */
  readonly answeredAt?: string;
  /** The tip's files are all that is known, each as it is known, and all contents are here (`StoredState.wholeIn`). */
  readonly isWhole: boolean;
}

/** The audience of all who take the course. Its folder's state is what reads the source. */
export const EVERYBODY = 'all';

/** Below the folder of the whole course: one for each audience of its own, and for each student with an own sign-in. */
const AUDIENCES = 'audiences';
export const STUDENTS = 'students';

/** The folder of the student `name` (a file name) who reads the course in `courseDir` with an own sign-in. */
export function studentDir(courseDir: string, name: string): string {
  return join(courseDir, STUDENTS, name);
}

/** So long one look at the list of purged contents serves: a content that is just being delivered takes as long. */
const PURGED_HOLDS_MS = 5;

export interface CourseFolderOptions {
  readonly dir: string;
  readonly audience: string;
  /** The source, as `SourceAdapter.identity` names it. */
  readonly identity: string;
  /** The folder of the whole course, for an audience of its own: what everybody had, it has too. */
  readonly course?: CourseFolder;
  /** The folder of the whole course, whose purges and name hold here; default: as `course` says. */
  readonly purgedIn?: string;
  /** As in `CourseRepositoryOptions`. */
  readonly outlivesSource?: boolean;
}

export class CourseFolder {
  readonly dir: string;
  readonly repository: HiddenRepository;
  /** Content that the schedule withholds, fetched ahead: never in the audience's repository before its time. */
  readonly spool: ObjectStore;
  readonly #identity: string;
  readonly #outlivesSource: boolean;
  readonly #course: CourseFolder | undefined;
  readonly #courseDir: string;
  readonly #purgedPath: string;
  readonly #unserved = new Map<string, HiddenRepository>();
  #purged: { readonly signature: string; readonly value: ReadonlySet<Oid> } = { signature: '', value: new Set() };
  #purgedReadAt = -Infinity;
  #state: KnownState | undefined;
  #releaseFile: { readonly signature: string; readonly value: KnownReleaseFile | undefined } | undefined;

  constructor(options: CourseFolderOptions) {
    const { dir, audience, identity, course, purgedIn = course?.dir ?? dir, outlivesSource = false } = options;
    this.dir = dir;
    this.#identity = identity;
    this.#outlivesSource = outlivesSource;
    this.#course = course;
    this.#courseDir = purgedIn;
    this.#purgedPath = join(purgedIn, 'purged.json');
    this.repository = new HiddenRepository(join(dir, `${audience}.git`), (path, object) =>
      this.#readState().state.entries.find((entry) => entry.path === path && entry.oid === object),
    );
    this.spool = new ObjectStore(join(dir, 'spool'));
  }

  get lockFolder(): string {
    return join(this.dir, 'lock');
  }

  get cacheFolder(): string {
    return join(this.dir, 'cache');
  }

  /** What is on disk now, also when another process wrote it. Undefined before the first refresh. */
  load(): Loaded | undefined {
    if (!fs.existsSync(this.repository.paths.packs)) return undefined;
    this.#readReleaseFile();
    this.#readPurged();
    this.repository.store.rescan();
    if (fs.existsSync(this.spool.folder)) this.spool.rescan();
    const tip = this.repository.tip();
    const { checkedAt } = this;
    const { state: stored, wholeIn } = this.#readState();
    const state = reconcile(stored, tip.manifest, () => this.#published());
    const isHere = wholeIn !== undefined && wholeIn === this.repository.store.wholeGeneration;
    const isWhole = isHere && state === stored && !this.repository.isDamaged;
    return {
      tip,
      state,
      isWhole,
      ...(checkedAt > 0 ? { answeredAt: new Date(checkedAt).toISOString() } : {}),
    };
  }

  /** Makes what is missing, mends what is damaged, removes what a crash left. Call it only under the course lock. */
  async prepare(at: Date): Promise<void> {
    const { gitDir, packs, own } = this.repository.paths;
    makeFolder(this.spool.folder, 0o700);
    sweepTemporaryFiles(this.dir);
    this.#readPurged();
    await enforcePurge(gitDir, this.purged, at);
    await enforcePurge(environmentDir(this.dir), this.purged, at);
    ensureBareRepository(gitDir);
    const folders = [gitDir, packs, own, this.spool.folder, join(gitDir, 'refs'), join(gitDir, 'refs', 'heads')];
    for (const folder of folders) sweepTemporaryFiles(folder);
    await sweepStaleLocks(gitDir);
    await healRepository(this.repository);
    await mendPacks(this.spool, 'faulty');
  }

  /** Tidies after a refresh: ends a healing, consolidates packs, drops from the spool what was released. */
  async finish(state: CourseState, at: Date): Promise<void> {
    const { store } = this.repository;
    if ((await finishHealing(this.repository, at)) === 'new-history') {
      const { manifest } = this.repository.tip();
      this.save(manifest === undefined ? state : { ...state, head: manifest.commit });
    }
    await consolidatePacks(store);
    await consolidatePacks(this.spool);
    if (this.spool.packs.length === 0) return;
    const needed = new Set(state.entries.flatMap(({ oid }) => (oid === undefined || store.has(oid) ? [] : [oid])));
    dropUnneeded(this.spool, (object) => needed.has(object));
  }

  /** Contents that must never be served again, as of the last `load` or `prepare`: every entry is asked about. */
  get purged(): ReadonlySet<Oid> {
    return this.#purged.value;
  }

  /** As `purged`, but as the disk says now: another process may have purged something since the last `load`. */
  purgedNow(): ReadonlySet<Oid> {
    this.#readPurged();
    return this.purged;
  }

  /** Whether a content must never be served again, as of a moment ago: for who delivers many one after the other. */
  isPurgedNow(object: Oid): boolean {
    if (performance.now() - this.#purgedReadAt > PURGED_HOLDS_MS) this.#readPurged();
    return this.purged.has(object);
  }

  /** Writes down that contents must never be served again. Call it only under the lock of the whole course. */
  addPurged(contents: readonly Oid[]): void {
    writePurged(this.#purgedPath, new Set([...this.purgedNow(), ...contents]));
    this.#readPurged();
  }

  /** What the course's own file says of releases, as of the last `load`; undefined when that is not known. */
  get releaseFile(): KnownReleaseFile | undefined {
    if (this.#course !== undefined) return this.#course.releaseFile;
    if (this.#releaseFile === undefined) this.#readReleaseFile();
    return this.#releaseFile?.value;
  }

  /** Call it only under the course lock. */
  noteReleaseFile(known: KnownReleaseFile): void {
    if (isDeepStrictEqual(known, this.releaseFile)) return;
    writeReleaseFile(this.#releaseFilePath, known);
    this.#readReleaseFile();
  }

  /** Whether there ever was a repository. */
  get isMade(): boolean {
    const { gitDir } = this.repository.paths;
    return fs.existsSync(gitDir) || unservedDirs(gitDir).length > 0;
  }

  /** The folder of an audience of its own. */
  ofAudience(name: string): CourseFolder {
    return new CourseFolder({
      dir: join(this.dir, AUDIENCES, name),
      audience: name,
      identity: this.#identity,
      course: this,
    });
  }

  /** The names of all audiences of their own that ever were. */
  audienceNames(): readonly string[] {
    return namesIn(join(this.dir, AUDIENCES));
  }

  /** The folders of all who have a part of this course in a repository of their own: audiences, and students. */
  parts(): readonly CourseFolder[] {
    return [...this.audiences(), ...this.students()];
  }

  /** The folders of all audiences of their own that ever were. */
  audiences(): readonly CourseFolder[] {
    return this.audienceNames().map((name) => this.ofAudience(name));
  }

  /** The folders of all students who ever read this course with a sign-in of their own. */
  students(): readonly CourseFolder[] {
    const shared = {
      audience: EVERYBODY,
      identity: this.#identity,
      purgedIn: this.dir,
      outlivesSource: this.#outlivesSource,
    };
    const dirs = namesIn(join(this.dir, STUDENTS)).map((name) => studentDir(this.dir, name));
    return dirs.map((dir) => new CourseFolder({ ...shared, dir }));
  }

  /** Removes what is left of students' folders that went. */
  sweepStudents(): void {
    sweepTemporaryFiles(join(this.dir, STUDENTS));
  }

  /** Every content ever published to this audience, or to everybody, also what was purged. */
  history(): readonly PublishedContent[] {
    return [...(this.#course?.history() ?? []), ...readHistory(this.repository.paths.own)];
  }

  /** What was published from this very repository and may still be had. */
  #published(): readonly PublishedContent[] {
    return readHistory(this.repository.paths.own).filter(({ oid }) => !this.purged.has(oid));
  }

  /**
   * Where content may be: what is served first; the others are looked for only by who goes on. Who came into an audience
   * has what everybody had before.
   */
  *repositories(): Generator<HiddenRepository> {
    yield this.repository;
    yield* this.unserved;
    if (this.#course !== undefined) yield* this.#course.repositories();
  }

  /** What was served before a purge: for the bases of merges only. Newest first. */
  get unserved(): readonly HiddenRepository[] {
    for (const gitDir of unservedDirs(this.repository.paths.gitDir)) {
      if (this.#unserved.has(gitDir)) continue;
      const repository = new HiddenRepository(gitDir);
      repository.store.rescan();
      this.#unserved.set(gitDir, repository);
    }
    return [...this.#unserved.values()].reverse();
  }

  /** What names the course outside; where it outlives its source, what it was read from first. */
  get identity(): string {
    if (this.#course !== undefined) return this.#course.identity;
    if (!this.#outlivesSource) return identityDigest(this.#identity);
    return readKnownAs(this.#courseDir) ?? identityDigest(this.#readState().former ?? this.#identity);
  }

  /** Stores the state; writes nothing when it is what was stored last. `wholeIn`: as in `StoredState`. */
  save(state: CourseState, wholeIn?: string): void {
    const before = this.#state;
    if (before?.isStored === true && before.wholeIn === wholeIn && isSameState(before.state, state)) return;
    const stored = { state, ...(wholeIn === undefined ? {} : { wholeIn }) };
    if (before?.former !== undefined) noteKnownAs(this.#courseDir, before.former);
    writeCourseState(this.#statePath, stored);
    this.#state = { ...stored, signature: signatureOf(this.#statePath), isStored: true };
  }

  /** When the source was last asked, in milliseconds since 1970. */
  get checkedAt(): number {
    try {
      return fs.statSync(this.#checkedPath, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
    } catch (error) {
      throw asRepositoryError(error);
    }
  }

  /** Notes that the source was asked: the time of an empty file, so that an unchanged course writes nothing. */
  markChecked(at: Date): void {
    if (!fs.existsSync(this.#checkedPath)) fs.closeSync(fs.openSync(this.#checkedPath, 'a', 0o600));
    fs.utimesSync(this.#checkedPath, at, at);
  }

  close(): void {
    this.repository.close();
    this.spool.close();
    for (const repository of this.#unserved.values()) repository.close();
    this.#unserved.clear();
  }

  get #statePath(): string {
    return join(this.dir, 'course.json');
  }

  get #checkedPath(): string {
    return join((this.#course ?? this).dir, 'checked');
  }

  get #releaseFilePath(): string {
    return join(this.dir, 'schedule.json');
  }

  #readReleaseFile(): void {
    if (this.#course !== undefined) {
      this.#course.#readReleaseFile();
      return;
    }
    const signature = signatureOf(this.#releaseFilePath);
    if (this.#releaseFile?.signature === signature) return;
    this.#releaseFile = { signature, value: readReleaseFile(this.#releaseFilePath) };
  }

  #readPurged(): void {
    const readAt = performance.now();
    const signature = signatureOf(this.#purgedPath);
    if (this.#purged.signature !== signature) this.#purged = { signature, value: readPurged(this.#purgedPath) };
    this.#purgedReadAt = readAt;
  }

  #readState(): KnownState {
    const signature = signatureOf(this.#statePath);
    if (this.#state?.signature === signature) return this.#state;
    const stored = readCourseState(this.#statePath);
    this.#state = { ...(stored === undefined ? this.#nothingKnown() : this.#asOfSource(stored)), signature };
    return this.#state;
  }

  #nothingKnown(): Omit<KnownState, 'signature'> {
    return { state: emptyState(this.#identity), isStored: false };
  }

  /** An audience follows the course, which knows what to make of another source. */
  #asOfSource(stored: StoredState): Omit<KnownState, 'signature'> {
    const former = stored.state.identity;
    if (this.#course !== undefined || isSameSource(former, this.#identity)) return { ...stored, isStored: true };
    if (!this.#outlivesSource) return this.#nothingKnown();
    return { state: asReadElsewhere(stored.state, this.#identity), former, isStored: false };
  }
}

interface KnownState extends StoredState {
  readonly signature: string;
  /** The file says exactly this. */
  readonly isStored: boolean;
  /** The source the file is about, where that is another one. */
  readonly former?: string;
}

/** Most entries that did not change are the same objects: comparing them costs nothing. */
function isSameState(a: CourseState, b: CourseState): boolean {
  if (a === b) return true;
  const keys = ['head', 'complete', 'identity', 'numbering'] as const;
  const isSameRest = keys.every((key) => a[key] === b[key]);
  const isSameSource = isDeepStrictEqual(restOf(a), restOf(b));
  if (!isSameRest || !isSameSource || a.entries.length !== b.entries.length) return false;
  return a.entries.every((entry, position) => {
    const other = b.entries[position];
    return entry === other || isDeepStrictEqual(entry, other);
  });
}

function restOf({ isFromCommit, memory, unwanted, problems }: CourseState): unknown {
  return [isFromCommit, memory, unwanted, problems];
}

function namesIn(folder: string): readonly string[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names.filter((name) => !name.startsWith(TEMPORARY_PREFIX)).sort();
}

function signatureOf(path: string): string {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}
