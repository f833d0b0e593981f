/** The folder of one course on disk: the served repository, the private spool, the state beside them. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ensureBareRepository } from './bare-repository.ts';
import { emptyState, readCourseState, writeCourseState, type CourseState, type KnownEntry } from './course-state.ts';
import { sweepTemporaryFiles } from './durable-file.ts';
import { HiddenRepository, type Tip } from './hidden-repository.ts';
import type { Manifest } from './manifest.ts';
import { ObjectStore } from './object-store.ts';
import { sweepStaleLocks } from './refs.ts';

export interface Loaded {
  readonly tip: Tip;
  readonly state: CourseState;
}

export class CourseFolder {
  readonly dir: string;
  readonly repository: HiddenRepository;
  /** Content that the schedule withholds, fetched ahead: never in the audience's repository before its time. */
  readonly spool: ObjectStore;
  readonly #identity: string;
  #state: { readonly signature: string; readonly value: CourseState; readonly text: string | undefined } | undefined;

  constructor(dir: string, audience: string, identity: string) {
    this.dir = dir;
    this.#identity = identity;
    this.repository = new HiddenRepository(join(dir, `${audience}.git`));
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
    this.repository.store.rescan();
    if (fs.existsSync(this.spool.folder)) this.spool.rescan();
    const tip = this.repository.tip();
    return { tip, state: reconcile(this.#readState(), tip.manifest) };
  }

  /** Makes what is missing and removes what a crash left. Call it only under the course lock. */
  async prepare(): Promise<void> {
    const { gitDir, packs, own } = this.repository.paths;
    fs.mkdirSync(this.spool.folder, { recursive: true, mode: 0o700 });
    ensureBareRepository(gitDir);
    for (const folder of [this.dir, gitDir, packs, own, this.spool.folder, join(gitDir, 'refs', 'heads')]) {
      sweepTemporaryFiles(folder);
    }
    await sweepStaleLocks(gitDir);
  }

  save(state: CourseState): void {
    const text = writeCourseState(this.#statePath, state, this.#state?.text);
    this.#state = { signature: signatureOf(this.#statePath), value: state, text };
  }

  /** When the source was last asked, in milliseconds since 1970. */
  get checkedAt(): number {
    return fs.statSync(this.#checkedPath, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
  }

  /** Notes that the source was asked: the time of an empty file, so that an unchanged course writes nothing. */
  markChecked(at: Date): void {
    if (!fs.existsSync(this.#checkedPath)) fs.closeSync(fs.openSync(this.#checkedPath, 'a', 0o600));
    fs.utimesSync(this.#checkedPath, at, at);
  }

  close(): void {
    this.repository.close();
    this.spool.close();
  }

  get #statePath(): string {
    return join(this.dir, 'course.json');
  }

  get #checkedPath(): string {
    return join(this.dir, 'checked');
  }

  #readState(): CourseState {
    const signature = signatureOf(this.#statePath);
    if (this.#state?.signature === signature) return this.#state.value;
    const value = readCourseState(this.#statePath, this.#identity) ?? emptyState(this.#identity);
    this.#state = { signature, value, text: undefined };
    return value;
  }
}

function signatureOf(path: string): string {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

/**
 * A crash between the switch of the reference and the writing of the state leaves the state one commit behind. The
 * commit is what counts: its files are known as it has them, and what it no longer has is forgotten.
 */
function reconcile(state: CourseState, manifest: Manifest | undefined): CourseState {
  if (manifest === undefined || state.head === manifest.commit) return state;
  const before = new Map(state.entries.map((entry) => [entry.id, entry]));
  const inCommit = new Set(manifest.files.map(({ id }) => id));
  const files = manifest.files.map((file): KnownEntry => {
    const was = before.get(file.id);
    const { doubted: _doubted, problem: _problem, ...kept } = was ?? { sourceId: file.id, held: false };
    return {
      ...kept,
      id: file.id,
      path: file.path,
      stamp: file.stamp,
      oid: file.oid,
      size: file.size,
      executable: file.executable,
      publishedAs: file.path,
    };
  });
  const others = state.entries.filter(({ id, publishedAs }) => !inCommit.has(id) && publishedAs === undefined);
  const { memory: _memory, ...rest } = state;
  return { ...rest, head: manifest.commit, entries: [...files, ...others] };
}
