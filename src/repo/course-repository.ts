/** The door of the hidden repository: one course for one audience, refreshed from its source and read by the agent. */
import type { CourseId } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { contentsOf, type ContentPlaces } from './contents.ts';
import { CourseFolder, type Loaded } from './course-folder.ts';
import { acquireCourseLock } from './course-lock.ts';
import { readHistory } from './history.ts';
import { offerOf, type OfferInput, type ProblemText } from './offer-of.ts';
import { desiredFiles, publish } from './publish.ts';
import { isContentMissing, readSource, type Counts, type ReadOutcome, type SourceBinding } from './refresh.ts';
import { ContentSink } from './content-sink.ts';
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
  /** The schedule. It must answer the same for the same path and moment. */
  readonly release: Release;
  /** Whether a path belongs to the course at all (include, exclude). */
  readonly isWanted: (path: RelPath) => boolean;
  readonly now: () => Date;
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
  /** Waits for a running refresh and closes all files. */
  close(): Promise<void>;
}

/** Opens the repository of a course. Reads and writes nothing yet. */
export function openCourseRepository(options: CourseRepositoryOptions): CourseRepository {
  return new OpenCourse(options);
}

const NOTHING: Counts = { requests: 0, bytes: 0 };

class OpenCourse implements CourseRepository {
  readonly course: CourseId;
  readonly contents: Contents;
  readonly #options: CourseRepositoryOptions;
  readonly #folder: CourseFolder;
  readonly #rules: Rules;
  readonly #flight = new SingleFlight<Offer>();
  #failure: { readonly error: F2gitError; readonly at: number } | undefined;

  constructor(options: CourseRepositoryOptions) {
    const { adapter, config } = options.source;
    this.course = options.course;
    this.#options = options;
    this.#rules = { release: options.release, isWanted: options.isWanted };
    this.#folder = new CourseFolder(options.dir, options.audience ?? 'all', adapter.identity(config));
    this.contents = contentsOf(this.#places());
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

  async close(): Promise<void> {
    await this.#flight.idle();
    this.#folder.close();
  }

  async #refresh(options: RefreshOptions, signal: AbortSignal, onProgress: OnProgress): Promise<Offer> {
    const atHand = this.#atHand(options);
    if (atHand !== undefined) return atHand;
    const lock = await acquireCourseLock(this.#folder.lockFolder, signal);
    try {
      await this.#folder.prepare();
      return this.#atHand(options) ?? (await this.#bringUpToDate(options, lock.assertHeld, signal, onProgress));
    } finally {
      lock.release();
    }
  }

  /** The offer, if the source was asked lately and the clock has not changed what is offered. */
  #atHand(options: RefreshOptions): Offer | undefined {
    if (!this.#isFresh(options)) return undefined;
    const loaded = this.#folder.load();
    if (loaded?.tip.manifest === undefined || this.#lacksContent(loaded)) return undefined;
    const files = desiredFiles(loaded, this.#stores(), this.#rules, this.#options.now());
    if (!isSameTree(loaded.tip.manifest, files)) return undefined;
    return this.#offerOf(loaded, this.#lastKnown());
  }

  async #bringUpToDate(
    options: RefreshOptions,
    assertHeld: () => void,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Offer> {
    const { repository, spool } = this.#folder;
    const sinks = { offered: new ContentSink(repository.store), scheduled: new ContentSink(spool) };
    try {
      const before = this.#folder.load();
      if (before === undefined) throw new F2gitError('bug', { params: { detail: 'no repository after preparing' } });
      const outcome = await this.#read(before, options, sinks, signal, onProgress);
      if (outcome?.kind === 'failed' && before.tip.manifest === undefined) throw outcome.error;
      const state = outcome?.kind === 'read' ? outcome.state : before.state;
      const { now } = this.#options;
      onProgress({ step: 'saving', done: 0 });
      await publish({ folder: this.#folder, before, state, sinks, rules: this.#rules, at: now(), assertHeld });
      if (outcome?.kind === 'read') this.#folder.markChecked(now());
      return this.#finish(outcome);
    } finally {
      sinks.offered.discard();
      sinks.scheduled.discard();
    }
  }

  async #read(
    before: Loaded,
    options: RefreshOptions,
    sinks: { offered: ContentSink; scheduled: ContentSink },
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<ReadOutcome | undefined> {
    if (this.#isFresh(options) && !this.#lacksContent(before)) return undefined;
    const { source, now } = this.#options;
    const outcome = await readSource({
      source,
      cacheDir: this.#folder.cacheFolder,
      state: before.state,
      stores: this.#stores(),
      sinks,
      rules: this.#rules,
      now,
      signal,
      onProgress,
    });
    this.#failure = outcome.kind === 'failed' ? { error: outcome.error, at: now().getTime() } : undefined;
    return outcome;
  }

  #finish(outcome: ReadOutcome | undefined): Offer {
    const loaded = this.#folder.load();
    const how = outcome === undefined ? this.#lastKnown() : this.#howRead(outcome);
    const offer = loaded === undefined ? undefined : this.#offerOf(loaded, how);
    if (offer === undefined) throw new F2gitError('bug', { params: { detail: 'no offer after a refresh' } });
    return offer;
  }

  #offerOf({ tip, state }: Loaded, source: OfferInput['source']): Offer | undefined {
    const { course, title, now, problemText } = this.#options;
    const { adapter, config } = this.#options.source;
    if (tip.manifest === undefined) return undefined;
    return offerOf({
      course,
      title,
      identity: adapter.identity(config),
      deletions: adapter.capabilities.deletions,
      manifest: tip.manifest,
      state,
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
    const age = this.#options.now().getTime() - Math.max(this.#folder.checkedAt, this.#failure?.at ?? -Infinity);
    return age >= 0 && age < freshness;
  }

  /** Something the source could give now is not here, and the last look did not fail. */
  #lacksContent({ state }: Loaded): boolean {
    if (this.#failure !== undefined) return false;
    return isContentMissing({ state, stores: this.#stores(), rules: this.#rules, now: this.#options.now });
  }

  #stores() {
    return { repository: this.#folder.repository, spool: this.#folder.spool };
  }

  #places(): ContentPlaces {
    const { repository } = this.#folder;
    return {
      repositories: () => [repository],
      isPurged: () => false,
      published: () => readHistory(repository.paths.own),
    };
  }
}

const defaultProblemText: ProblemText = (code, params) => new F2gitError(code, { params }).message;
