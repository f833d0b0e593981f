/** The door of the hidden repository: one course for one audience, refreshed from its source and read by the agent. */
import type { CourseId, Oid } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import { identityDigest } from '../core/source-identity.ts';
import { F2gitError } from '../errors.ts';
import { blobOf, contentsOf, type Blob, type ContentPlaces } from './contents.ts';
import { CourseFolder, type Loaded } from './course-folder.ts';
import { acquireCourseLock, type CourseLock } from './course-lock.ts';
import { asRepositoryError } from './disk-trouble.ts';
import type { CourseState, KnownEntry } from './course-state.ts';
import { isSound } from './heal.ts';
import { readHistory, type PublishedContent } from './history.ts';
import { contentsOnlyAt } from './purge.ts';
import {
  describeCourse,
  heldOf,
  previewOf,
  type CourseDescription,
  type CourseNames,
  type Preview,
  type StaffFile,
} from './staff-view.ts';
import { writeZip, zipSize } from './zip.ts';
import { offerOf, type OfferInput, type ProblemText } from './offer-of.ts';
import { desiredFiles, isPublished, publish } from './publish.ts';
import {
  isContentMissing,
  readSource,
  type Counts,
  type ReadOutcome,
  type Sinks,
  type SourceBinding,
} from './refresh.ts';
import { ContentSink } from './content-sink.ts';
import { restAfter } from './rest.ts';
import { servedRepository, type ServedRepository } from './served-repository.ts';
import { SingleFlight } from './single-flight.ts';
import { isSameTree } from './snapshot.ts';
import type { Release, Rules } from './verdicts.ts';
import type { RelPath } from '../core/paths.ts';

export interface CourseRepositoryOptions {
  /** The course's own folder; made when it is needed. */
  readonly dir: string;
  readonly course: CourseId;
  readonly title: string;
  readonly source: SourceBinding;
  /** The schedule. It must answer the same for the same path and moment. Absent: everything is offered. */
  readonly release?: Release;
  /** Whether a path belongs to the course at all (include, exclude). Absent: all do. */
  readonly isWanted?: (path: RelPath, sourcePath?: string) => boolean;
  readonly now: () => Date;
  /** Whoever refreshes reads what came at once: it is kept in memory meanwhile, up to a limit. */
  readonly deliversAtOnce?: true;
  /** Which students see the same files; default `all`. */
  readonly audience?: string;
  /** Puts problems into words; default: their codes and facts. */
  readonly problemText?: ProblemText;
}

export interface RefreshOptions {
  /** How old (milliseconds) the last look at the source may be. */
  readonly freshness: number;
  /** Asks the source whatever its last look's age. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface CourseRepository {
  readonly course: CourseId;
  /**
   * Brings the repository up to date, once for everybody who asks meanwhile, and gives what is offered then. A source
   * that does not answer gives the last good offer with `source.state` `unreachable`.
   * @throws {F2gitError} the source's error when there never was a good state; `disk-full`, `repository-…`, `cancelled`
   */
  refresh(options: RefreshOptions): Promise<Offer>;
  /** What is offered now, without asking the source; undefined before the first good refresh. */
  offer(): Promise<Offer | undefined>;
  readonly contents: Contents;
  /** Size and bytes of a content, for whoever sends it in ranges; undefined when this audience may not have it. */
  blob(object: Oid): Blob | undefined;
  /** Every content ever published, but for what was purged. */
  published(): readonly PublishedContent[];
  /** Exactly the offered tree as a ZIP with one top folder; undefined before the first good refresh. */
  zip(): CourseZip | undefined;
  /**
   * What git clients may have now; undefined before the first good refresh, and while something that was purged still
   * has to leave the repository, which the next refresh does.
   */
  served(): ServedRepository | undefined;
  /** What the audience gets at another time, from what the source showed last; undefined before the first refresh. */
  preview(at: Date): Preview | undefined;
  /** All files the source showed last, whether or not anybody may have them yet; for staff. */
  names(): readonly CourseNames[];
  /** The files whose deletion the brake holds. */
  held(): readonly StaffFile[];
  /** Performs the held deletions, all of them or those of the paths in `only`, and gives what was deleted. */
  confirm(signal?: AbortSignal, only?: ReadonlySet<RelPath>): Promise<readonly StaffFile[]>;
  /**
   * Takes every content ever published at or below `path`, and nowhere else, out of what is served, history included.
   * It stays out also when the source shows it again. Gives how many contents that were.
   * @throws {F2gitError} `file-unknown` when nothing was ever published there
   */
  purge(path: RelPath, signal?: AbortSignal): Promise<number>;
  /** Whether the schedule says otherwise by now than what is offered. False before the first good refresh. */
  isBehind(): boolean;
  /** How the course stands; undefined before the first refresh. */
  describe(): CourseDescription | undefined;
  /** Ends a running refresh and closes all files. */
  close(): Promise<void>;
}

export interface CourseZip {
  /** A strong validator: equal tags, equal bytes. It is the commit. */
  readonly tag: Oid;
  /** Bytes. */
  readonly size: number;
  read(signal?: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** Opens the repository of a course. Reads and writes nothing yet. */
export function openCourseRepository(options: CourseRepositoryOptions): CourseRepository {
  return new OpenCourse(options);
}

/** More than the text of most courses. */
const RECENT_BYTES = 32 << 20;

const NOTHING: Counts = { requests: 0, bytes: 0 };

class OpenCourse implements CourseRepository {
  readonly course: CourseId;
  readonly contents: Contents;
  readonly #options: CourseRepositoryOptions;
  readonly #folder: CourseFolder;
  readonly #rules: Rules;
  readonly #flight = new SingleFlight<Offer>();
  #failure: { readonly error: F2gitError; readonly at: number } | undefined;
  /** Since when, and how long, clicks leave the source alone. */
  #rest = { since: 0, milliseconds: 0 };

  constructor(options: CourseRepositoryOptions) {
    const { adapter, config } = options.source;
    this.course = options.course;
    this.#options = options;
    this.#folder = new CourseFolder(options.dir, options.audience ?? 'all', adapter.identity(config));
    this.#rules = {
      release: options.release ?? (() => 'offered'),
      isWanted: options.isWanted === undefined ? () => true : rememberAnswers(options.isWanted),
      letsAllThrough: options.release === undefined && options.isWanted === undefined,
      isPurged: (object) => this.#folder.purged.has(object),
    };
    this.contents = contentsOf(this.#places());
    if (options.deliversAtOnce === true) this.#folder.repository.store.keepRecent(RECENT_BYTES);
  }

  async refresh(options: RefreshOptions): Promise<Offer> {
    const onProgress = options.onProgress ?? (() => undefined);
    const wasRunning = this.#flight.isRunning;
    const start = (signal: AbortSignal, tell: OnProgress): Promise<Offer> => this.#refresh(options, signal, tell);
    const offer = await this.#flight.join(start, options.signal, onProgress);
    const isTooOld = wasRunning && offer.source.state === 'cached' && !this.#isFresh(options);
    return isTooOld ? await this.#flight.join(start, options.signal, onProgress) : offer;
  }

  async offer(): Promise<Offer | undefined> {
    const loaded = this.#folder.load();
    return Promise.resolve(loaded === undefined ? undefined : this.#offerOf(loaded, this.#lastKnown()));
  }

  blob(object: Oid): Blob | undefined {
    return blobOf(this.#places(), object);
  }

  published(): readonly PublishedContent[] {
    const purged = this.#folder.purgedNow();
    return this.#places()
      .published()
      .filter(({ oid }) => !purged.has(oid));
  }

  zip(): CourseZip | undefined {
    const manifest = this.#folder.load()?.tip.manifest;
    if (manifest === undefined) return undefined;
    const { store } = this.#folder.repository;
    const content = {
      read: (object: Oid) => store.read(object).bytes,
      chunks: (object: Oid, signal?: AbortSignal) => store.chunks(object, signal),
    };
    return {
      tag: manifest.commit,
      size: zipSize(this.course, manifest.files),
      read: (signal) => writeZip(this.course, manifest.files, content, signal),
    };
  }

  served(): ServedRepository | undefined {
    if (this.#folder.load() === undefined) return undefined;
    const { repository, purged } = this.#folder;
    const isClean = ![...purged].some((object) => repository.store.has(object));
    return isClean ? servedRepository(repository) : undefined;
  }

  preview(at: Date): Preview | undefined {
    const loaded = this.#folder.load();
    return loaded && previewOf(loaded.state, this.#rules, this.#options.now(), at);
  }

  names(): readonly CourseNames[] {
    return this.#folder.load()?.state.entries ?? [];
  }

  held(): readonly StaffFile[] {
    const loaded = this.#folder.load();
    return loaded === undefined ? [] : heldOf(loaded.state);
  }

  async confirm(signal?: AbortSignal, only?: ReadonlySet<RelPath>): Promise<readonly StaffFile[]> {
    return this.#underLock(signal, async (lock) => {
      const before = this.#loadPrepared();
      const isMeant = ({ path }: { readonly path: RelPath }): boolean => only?.has(path) ?? true;
      const deleted = heldOf(before.state).filter(isMeant);
      const state = withoutHeld(before.state, isMeant);
      if (deleted.length > 0) await this.#publish(before, state, this.#newSinks(), lock);
      return deleted;
    });
  }

  async purge(path: RelPath, signal?: AbortSignal): Promise<number> {
    return this.#underLock(signal, async () => {
      const contents = contentsOnlyAt(path, this.#places().published());
      if (contents.length === 0) throw new F2gitError('file-unknown', { params: { path } });
      this.#folder.purge(contents);
      this.#folder.close();
      await this.#folder.prepare(this.#options.now());
      return contents.length;
    });
  }

  isBehind(): boolean {
    const loaded = this.#folder.load();
    return loaded?.tip.manifest !== undefined && !this.#isUpToDate(loaded);
  }

  describe(): CourseDescription | undefined {
    const loaded = this.#folder.load();
    return loaded && describeCourse(loaded.state, this.#rules, this.#options.now(), loaded.answeredAt);
  }

  async close(): Promise<void> {
    await this.#flight.stop();
    this.#folder.close();
  }

  async #refresh(options: RefreshOptions, signal: AbortSignal, onProgress: OnProgress): Promise<Offer> {
    const atHand = this.#atHand(options);
    if (atHand !== undefined) return atHand;
    return this.#underLock(
      signal,
      async (lock) => this.#atHand(options) ?? (await this.#bringUpToDate(options, lock, signal, onProgress)),
    );
  }

  async #underLock<Result>(
    signal: AbortSignal | undefined,
    work: (lock: CourseLock) => Promise<Result>,
  ): Promise<Result> {
    try {
      const lock = await acquireCourseLock(this.#folder.lockFolder, signal);
      try {
        await this.#folder.prepare(this.#options.now());
        return await work(lock);
      } finally {
        lock.release();
      }
    } catch (error) {
      throw asRepositoryError(error);
    }
  }

  /** The offer, if the source was asked lately and the clock has not changed what is offered. */
  #atHand(options: RefreshOptions): Offer | undefined {
    if (!this.#isFresh(options)) return undefined;
    const loaded = this.#folder.load();
    if (loaded?.tip.manifest === undefined || !isSound(this.#folder.repository)) return undefined;
    if (this.#lacksContent(loaded)) return undefined;
    return this.#isUpToDate(loaded) ? this.#offerOf(loaded, this.#lastKnown()) : undefined;
  }

  /** Whether the commit holds what the audience may have now. */
  #isUpToDate(loaded: Loaded): boolean {
    const at = this.#options.now();
    if (this.#isPlain(loaded) || isPublished(loaded, this.#rules, at)) return true;
    return isSameTree(loaded.tip.manifest, desiredFiles(loaded, this.#stores(), this.#rules, at));
  }

  /** The usual case, seen without looking at any file: what may be had is the commit, and all of it is here. */
  #isPlain(loaded: Loaded): boolean {
    return loaded.isWhole && this.#rules.letsAllThrough === true && this.#folder.purged.size === 0;
  }

  async #bringUpToDate(
    options: RefreshOptions,
    lock: CourseLock,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Offer> {
    const sinks = this.#newSinks();
    try {
      await this.#followClock(lock);
      const before = this.#loadPrepared();
      const outcome = await this.#read(before, options, sinks, signal, onProgress);
      if (outcome?.kind === 'failed' && before.tip.manifest === undefined) throw outcome.error;
      const state = outcome?.kind === 'read' ? outcome.state : before.state;
      if (before.tip.manifest === undefined) throwIfNothingCame(state);
      onProgress({ step: 'saving', done: 0 });
      if (state !== before.state || !this.#isPlain(before)) await this.#publish(before, state, sinks, lock);
      if (outcome?.kind === 'read') this.#folder.markChecked(this.#options.now());
      return this.#finish(outcome);
    } finally {
      sinks.offered.discard();
      sinks.scheduled.discard();
    }
  }

  /** What the schedule released or took back meanwhile does not wait for a source that may be slow. */
  async #followClock(lock: CourseLock): Promise<void> {
    const loaded = this.#loadPrepared();
    if (loaded.tip.manifest === undefined || this.#isUpToDate(loaded)) return;
    await this.#publish(loaded, loaded.state, this.#newSinks(), lock);
  }

  async #publish(before: Loaded, state: CourseState, sinks: Sinks, lock: CourseLock): Promise<void> {
    const at = this.#options.now();
    const published = await publish({ folder: this.#folder, before, state, sinks, rules: this.#rules, at, lock });
    await this.#folder.finish(published, at);
  }

  #loadPrepared(): Loaded {
    const loaded = this.#folder.load();
    if (loaded === undefined) throw new F2gitError('bug', { params: { detail: 'no repository after preparing' } });
    return loaded;
  }

  #newSinks(): Sinks {
    const { repository, spool } = this.#folder;
    const { isPurged } = this.#rules;
    return { offered: new ContentSink(repository.store, isPurged), scheduled: new ContentSink(spool, isPurged) };
  }

  async #read(
    before: Loaded,
    options: RefreshOptions,
    sinks: Sinks,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<ReadOutcome | undefined> {
    if (this.#isFresh(options) && !this.#lacksContent(before)) {
      if (before.tip.manifest !== undefined) return undefined;
      // A course that was never read must not become an empty one: what failed a moment ago is still the answer.
      if (this.#failure !== undefined) return { kind: 'failed', error: this.#failure.error, counts: NOTHING };
    }
    const { source, now } = this.#options;
    const outcome = await readSource({
      source,
      cacheDir: this.#folder.cacheFolder,
      state: before.state,
      isPlain: this.#isPlain(before),
      stores: this.#stores(),
      sinks,
      rules: this.#rules,
      now,
      signal,
      onProgress,
    });
    this.#note(outcome, now().getTime());
    return outcome;
  }

  #note(outcome: ReadOutcome, at: number): void {
    this.#failure = outcome.kind === 'failed' ? { error: outcome.error, at } : undefined;
    this.#rest = { since: at, milliseconds: restAfter(outcome) };
  }

  #finish(outcome: ReadOutcome | undefined): Offer {
    const loaded = this.#folder.load();
    const how = outcome === undefined ? this.#lastKnown() : this.#howRead(outcome);
    const offer = loaded === undefined ? undefined : this.#offerOf(loaded, how);
    if (offer === undefined) throw new F2gitError('bug', { params: { detail: 'no offer after a refresh' } });
    return offer;
  }

  #offerOf(loaded: Loaded, source: OfferInput['source']): Offer | undefined {
    const { tip, state, answeredAt } = loaded;
    const { course, title, now, problemText } = this.#options;
    const { adapter, config } = this.#options.source;
    if (tip.manifest === undefined) return undefined;
    return offerOf({
      course,
      title,
      identity: identityDigest(adapter.identity(config)),
      deletions: adapter.capabilities.deletions,
      manifest: tip.manifest,
      state,
      isPlain: this.#isPlain(loaded),
      ...(answeredAt === undefined ? {} : { answeredAt }),
      rules: this.#rules,
      at: now(),
      problemText: problemText ?? defaultProblemText,
      source,
    });
  }

  #howRead(outcome: ReadOutcome): OfferInput['source'] {
    if (outcome.kind === 'read') return { state: 'fresh', ...outcome.counts };
    return { ...this.#lastKnown(), ...outcome.counts };
  }

  /** How the source was when it was last asked. */
  #lastKnown(): OfferInput['source'] {
    if (this.#failure === undefined) return { state: 'cached', ...NOTHING };
    const { code, params } = this.#failure.error;
    const message = (this.#options.problemText ?? defaultProblemText)(code, params);
    return { state: 'unreachable', ...NOTHING, failure: { path: '', code, message } };
  }

  /** A failed look counts too: a source that is down is not asked again by every click. */
  #isFresh({ freshness, force }: RefreshOptions): boolean {
    if (force === true) return false;
    const now = this.#options.now().getTime();
    // A clock that was set back makes nothing fresh.
    const isWithin = (since: number, milliseconds: number) => now >= since && now < since + milliseconds;
    const asked = Math.max(this.#folder.checkedAt, this.#failure?.at ?? -Infinity);
    return isWithin(asked, freshness) || isWithin(this.#rest.since, this.#rest.milliseconds);
  }

  /** Something the source could give now is not here, and the last look did not fail. */
  #lacksContent(loaded: Loaded): boolean {
    if (this.#failure !== undefined || this.#isPlain(loaded)) return false;
    return isContentMissing({
      state: loaded.state,
      stores: this.#stores(),
      rules: this.#rules,
      now: this.#options.now,
    });
  }

  #stores() {
    return { repository: this.#folder.repository, spool: this.#folder.spool };
  }

  #places(): ContentPlaces {
    const { repository } = this.#folder;
    return {
      repositories: () => this.#folder.repositories(),
      isPurged: (object) => this.#folder.purgedNow().has(object),
      published: () => readHistory(repository.paths.own),
    };
  }
}

const defaultProblemText: ProblemText = (code, params) => new F2gitError(code, { params }).message;

/** A first refresh of which nothing came is a failure, not an empty course. */
function throwIfNothingCame({ entries }: CourseState): void {
  const [first] = entries;
  if (first?.problem === undefined || entries.some(({ problem }) => problem === undefined)) return;
  throw new F2gitError(first.problem.code, { params: { ...first.problem.params, path: first.path } });
}

/** The held files are gone; the adapter's memory still knows them, so it goes too. */
function withoutHeld(
  { identity, head, complete, entries, problems }: CourseState,
  isMeant: (entry: KnownEntry) => boolean,
): CourseState {
  const state = { identity, complete, problems, entries: entries.filter((entry) => !entry.held || !isMeant(entry)) };
  return head === undefined ? state : { ...state, head };
}

/** Patterns do not change while the repository is open, and every refresh asks about every path. */
function rememberAnswers(isWanted: Rules['isWanted']): Rules['isWanted'] {
  const answers = new Map<string, boolean>();
  return (path, sourcePath) => {
    const key = sourcePath === undefined ? path : `${path}\0${sourcePath}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = isWanted(path, sourcePath);
    answers.set(key, answer);
    return answer;
  };
}
