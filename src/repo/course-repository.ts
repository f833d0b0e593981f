/** The door of the hidden repository: one course for one audience, refreshed from its source and read by the agent. */
import type { CourseId, EntryId, Oid } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { Attempts, isWithin } from './attempts.ts';
import { OpenAudience } from './audience-repository.ts';
import type { Blob } from './contents.ts';
import { CourseFolder, EVERYBODY, type Loaded } from './course-folder.ts';
import type { CourseLock } from './course-lock.ts';
import type { CourseState, KnownEntry, PathTrouble } from './course-state.ts';
import { contentsById, type PublishedContent } from './history.ts';
import type { ObjectStore } from './object-store.ts';
import { type OfferInput, type ProblemText, troublesOf } from './offer-of.ts';
import { purgePath, type Purged } from './purge-path.ts';
import {
  isContentMissing,
  readSource,
  type Counts,
  type ReadOutcome,
  type ReleaseFileInUse,
  type Sinks,
  type SourceBinding,
} from './refresh.ts';
import { EnvironmentRepository } from './environment-repository.ts';
import { newOwnId, withOwnIds } from './own-ids.ts';
import { Offering, type AudienceRepository, type CourseZip, type RefreshOptions } from './offering.ts';
import type { ServedRepository } from './served-repository.ts';
import { SingleFlight } from './single-flight.ts';
import {
  describeCourse,
  entriesFor,
  heldOf,
  previewOf,
  type CourseDescription,
  type CourseNames,
  type Preview,
  type StaffEntry,
  type StaffFile,
} from './staff-view.ts';
import { isBlind, type KnownReleaseFile, type ReleaseFile } from './release-file.ts';
import type { Release, ReleaseBy, Rules } from './verdicts.ts';

export interface CourseRepositoryOptions {
  /** The course's own folder; made when it is needed. */
  readonly dir: string;
  /** The folder whose purges hold here too, for one student's part of a course; default: `dir`. */
  readonly purgedIn?: string;
  readonly course: CourseId;
  readonly title: string;
  readonly source: SourceBinding;
  /**
   * It is the same course also when it is read from another source from now on; default: it is its source. Then files are
   * found again by their paths, what vanished is up to the brake, and homes go on with it.
   */
  readonly outlivesSource?: boolean;
  /** The schedule. It must answer the same for the same path and moment. Absent: everything is offered. */
  readonly release?: ReleaseBy;
  /** The schedule's word for whoever may have most: such content is fetched. Default: `release`. */
  readonly widestRelease?: ReleaseBy;
  /** Which file of the course says when others are released, and what it says; default: there is no such file. */
  readonly releaseFile?: ReleaseFile;
  /** Whether a path belongs to the course at all (include, exclude). Absent: all do. */
  readonly isWanted?: (path: RelPath, sourcePath?: string) => boolean;
  readonly now: () => Date;
  /** How asking went before the repository was opened; default: nobody asked yet. */
  readonly attempts?: Attempts;
  /** Whoever refreshes reads what came at once: it is kept in memory meanwhile, up to a limit. */
  readonly deliversAtOnce?: true;
  /** Puts problems into words; default: their codes and facts. */
  readonly problemText?: ProblemText;
  /** Offers are for people who can do nothing about the source; default: for those who look after it. */
  readonly isForStudents?: boolean;
}

/** The whole course: as everybody has it, with what staff may ask of it. */
export interface CourseRepository extends AudienceRepository {
  readonly course: CourseId;
  /**
   * The course as an audience of its own has it: with its own schedule, in a repository that never holds more than that.
   * One refresh of the source serves all audiences. `name` names files, and is not `all`.
   */
  openAudience(name: string, release: ReleaseBy): AudienceRepository;
  /** The audiences of their own that ever were. */
  audienceNames(): readonly string[];
  /** What the audience gets at another time, from what the source showed last; undefined before the first refresh. */
  preview(at: Date): Preview | undefined;
  /** All files the source showed last, whether or not anybody may have them yet; for staff. */
  names(): readonly CourseNames[];
  /** The files whose deletion the brake holds. */
  held(): readonly StaffFile[];
  /** Performs the held deletions, all of them or those of the paths in `only`, and gives what was deleted. */
  confirm(signal?: AbortSignal, only?: ReadonlySet<RelPath>): Promise<readonly StaffFile[]>;
  /**
   * Takes every content ever published at or below `path`, to whomever, out of what is served, history included. It stays
   * out also when the source shows it again. What the course itself offers elsewhere, too, stays.
   * @throws {F2gitError} `file-unknown` when nothing was ever published there; `file-elsewhere` when all of it stays
   */
  purge(path: RelPath, signal?: AbortSignal): Promise<Purged>;
  /**
   * What the source does not give now, for staff: why the last look brought nothing, and each place it left out, but for
   * those that are not released: students may find what staff are told.
   */
  troubles(): readonly PathTrouble[];
  /** What the course's own file says of releases, and what is wrong with it; undefined when that is not known. */
  releaseFile(): KnownReleaseFile | undefined;
  /** How the course stands; undefined before the first refresh. */
  describe(): CourseDescription | undefined;
  /** How each file stands, by the last look at the source. */
  entries(): readonly StaffEntry[];
  /** Why and when the last look at the source brought nothing; undefined where it did, or nobody looked since the start. */
  lastFailure(): LastFailure | undefined;
}

/** `Rules` before it is known where the course's own file is. */
interface OwnRules extends Pick<Rules, 'letsAllThrough' | 'isWanted'> {
  readonly release: ReleaseBy;
  readonly widestRelease?: ReleaseBy;
}

export interface LastFailure {
  readonly error: F2gitError;
  readonly at: Date;
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
  readonly #options: CourseRepositoryOptions;
  readonly #offering: Offering;
  readonly #flight = new SingleFlight<Offer>();
  readonly #audiences: OpenAudience[] = [];
  readonly #attempts: Attempts;

  constructor(options: CourseRepositoryOptions) {
    this.course = options.course;
    this.#options = options;
    this.#attempts = options.attempts ?? new Attempts();
    const { adapter, config } = options.source;
    const { dir, purgedIn = dir, outlivesSource = false } = options;
    const identity = adapter.identity(config);
    const folder = new CourseFolder({ dir, audience: EVERYBODY, identity, purgedIn, outlivesSource });
    this.#offering = this.#offeringIn(folder, {
      release: options.release ?? (() => 'offered'),
      ...(options.widestRelease === undefined ? {} : { widestRelease: options.widestRelease }),
      letsAllThrough: options.release === undefined && options.isWanted === undefined,
      isWanted: options.isWanted === undefined ? () => true : rememberAnswers(options.isWanted),
    });
    if (options.deliversAtOnce === true) this.#offering.folder.repository.store.keepRecent(RECENT_BYTES);
  }

  get contents(): Contents {
    return this.#offering.contents;
  }

  audienceNames(): readonly string[] {
    return this.#offering.folder.audienceNames();
  }

  openAudience(name: string, release: ReleaseBy): AudienceRepository {
    const { isWanted } = this.#offering.rules;
    const { repository, spool } = this.#offering.folder;
    const folder = this.#offering.folder.ofAudience(name);
    const offering = this.#offeringIn(folder, { release, isWanted }, [repository.store, spool]);
    const audience = new OpenAudience(offering, {
      refresh: async (options) => {
        const { state, requests, bytes } = (await this.refresh(options)).source;
        return { ...this.#lastKnown(), state, requests, bytes };
      },
      lastKnown: () => this.#lastKnown(),
      load: () => this.#offering.load(),
      idsArePaths: this.#options.source.adapter.capabilities.identity !== 'stable',
    });
    this.#audiences.push(audience);
    return audience;
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
    const loaded = this.#offering.load();
    return Promise.resolve(loaded && this.#offering.offerOf(loaded, this.#lastKnown()));
  }

  blob(object: Oid): Blob | undefined {
    return this.#offering.blob(object);
  }

  published(): readonly PublishedContent[] {
    return this.#offering.published();
  }

  zip(): CourseZip | undefined {
    return this.#offering.zip();
  }

  isBehind(): boolean {
    return this.#offering.isBehind();
  }

  served(): ServedRepository | undefined {
    return this.#offering.served();
  }

  openEnvironment(extra: readonly RelPath[]): EnvironmentRepository {
    return new EnvironmentRepository(this.#offering, extra);
  }

  preview(at: Date): Preview | undefined {
    const loaded = this.#offering.folder.load();
    return loaded && previewOf(loaded.state, this.#offering.rules, this.#options.now(), at);
  }

  names(): readonly CourseNames[] {
    return this.#offering.folder.load()?.state.entries ?? [];
  }

  held(): readonly StaffFile[] {
    const loaded = this.#offering.folder.load();
    return loaded === undefined ? [] : heldOf(loaded.state);
  }

  async confirm(signal?: AbortSignal, only?: ReadonlySet<RelPath>): Promise<readonly StaffFile[]> {
    return this.#offering.underLock(signal, async (lock) => {
      const before = this.#offering.loadPrepared();
      const isMeant = ({ path }: { readonly path: RelPath }): boolean => only?.has(path) ?? true;
      const deleted = heldOf(before.state).filter(isMeant);
      const state = withoutHeld(before.state, isMeant);
      if (deleted.length > 0) await this.#offering.publish(before, state, this.#offering.newSinks(), lock);
      return deleted;
    });
  }

  purge(path: RelPath, signal?: AbortSignal): Promise<Purged> {
    return purgePath(this.#offering.folder, path, this.#options.now(), signal);
  }

  releaseFile(): KnownReleaseFile | undefined {
    const { folder } = this.#offering;
    folder.load();
    return folder.releaseFile;
  }

  describe(): CourseDescription | undefined {
    const loaded = this.#offering.folder.load();
    if (loaded === undefined) return undefined;
    const described = describeCourse(loaded.state, this.#offering.rules, this.#options.now(), loaded.answeredAt);
    return { ...described, problems: [...this.#releaseTroubles(), ...described.problems] };
  }

  entries(): readonly StaffEntry[] {
    const loaded = this.#offering.folder.load();
    return loaded === undefined ? [] : entriesFor(loaded.state, this.#offering.rules, this.#options.now());
  }

  lastFailure(): LastFailure | undefined {
    const { failure } = this.#attempts;
    // another process that shares the folder has had an answer since then
    return failure?.answeredAt === this.#offering.folder.checkedAt
      ? { error: failure.error, at: new Date(failure.at) }
      : undefined;
  }

  troubles(): readonly PathTrouble[] {
    const loaded = this.#offering.folder.load();
    const ofPaths =
      loaded === undefined || this.#offering.isPlain(loaded)
        ? []
        : troublesOf({ state: loaded.state, rules: this.#offering.rules, at: this.#options.now() });
    const all = [...this.#releaseTroubles(), ...ofPaths];
    const failure = this.lastFailure();
    if (failure === undefined) return all;
    const { code, params } = failure.error;
    return [{ code, params }, ...all];
  }

  #releaseTroubles(): readonly PathTrouble[] {
    const { name, troubles = [] } = this.#offering.folder.releaseFile ?? {};
    return troubles.map((trouble) => (name === undefined ? trouble : { ...trouble, path: name }));
  }

  async close(): Promise<void> {
    await this.#flight.stop();
    await Promise.all(this.#audiences.map((audience) => audience.close()));
    this.#offering.folder.close();
  }

  async #refresh(options: RefreshOptions, signal: AbortSignal, onProgress: OnProgress): Promise<Offer> {
    const atHand = this.#atHand(options);
    if (atHand !== undefined) return atHand;
    return this.#offering.underLock(
      signal,
      async (lock) => this.#atHand(options) ?? (await this.#bringUpToDate(options, lock, signal, onProgress)),
    );
  }

  /** The offer, if the source was asked lately and the clock has not changed what is offered. */
  #atHand(options: RefreshOptions): Offer | undefined {
    if (!this.#isFresh(options)) return undefined;
    const loaded = this.#offering.load();
    if (loaded === undefined || !this.#offering.isAtHand(loaded) || this.#lacksContent(loaded)) return undefined;
    return this.#offering.offerOf(loaded, this.#lastKnown());
  }

  async #bringUpToDate(
    options: RefreshOptions,
    lock: CourseLock,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Offer> {
    const sinks = this.#offering.newSinks();
    try {
      await this.#followClock(lock);
      const before = this.#offering.loadPrepared();
      const outcome = await this.#read(before, options, sinks, signal, onProgress);
      if (outcome?.kind === 'failed' && before.tip.manifest === undefined) throw outcome.error;
      const state = outcome?.kind === 'read' ? outcome.state : before.state;
      if (before.tip.manifest === undefined) throwIfNothingCame(state);
      onProgress({ step: 'saving', done: 0 });
      if (state !== before.state || !this.#offering.isPlain(before))
        await this.#offering.publish(before, state, sinks, lock);
      if (outcome?.kind === 'read') this.#offering.folder.markChecked(this.#options.now());
      return this.#finish(outcome);
    } finally {
      sinks.offered.discard();
      sinks.scheduled.discard();
    }
  }

  /** What the schedule released or took back meanwhile does not wait for a source that may be slow. */
  async #followClock(lock: CourseLock): Promise<void> {
    const loaded = this.#offering.loadPrepared();
    if (loaded.tip.manifest === undefined || this.#offering.isUpToDate(loaded)) return;
    await this.#offering.publish(loaded, loaded.state, this.#offering.newSinks(), lock);
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
      const { failure } = this.#attempts;
      if (failure !== undefined) return { kind: 'failed', error: failure.error, counts: NOTHING };
    }
    const { source, now } = this.#options;
    const outcome = await readSource({
      source,
      cacheDir: this.#offering.folder.cacheFolder,
      ...this.#named(before.state),
      isPlain: this.#offering.isPlain(before),
      stores: this.#offering.stores(),
      sinks,
      rules: this.#offering.rules,
      ...this.#releaseFileInUse(),
      contentsBy: contentsById(() => this.#offering.folder.history()),
      now,
      signal,
      onProgress,
    });
    this.#attempts.note(outcome, now().getTime(), this.#offering.folder.checkedAt);
    return outcome;
  }

  #releaseFileInUse(): { readonly releaseFile?: ReleaseFileInUse } {
    const { releaseFile: file } = this.#options;
    const { folder } = this.#offering;
    if (file === undefined) return {};
    return { releaseFile: { file, known: () => folder.releaseFile, note: (known) => folder.noteReleaseFile(known) } };
  }

  /** Where there are audiences, ids of new files are not paths. */
  #named(state: CourseState): { readonly state: CourseState; readonly newId?: () => EntryId } {
    const { source, widestRelease } = this.#options;
    const hasAudiences = widestRelease !== undefined || this.audienceNames().length > 0;
    if (!hasAudiences || source.adapter.capabilities.identity === 'stable') return { state };
    return { state: withOwnIds(state), newId: newOwnId };
  }

  #finish(outcome: ReadOutcome | undefined): Offer {
    const loaded = this.#offering.folder.load();
    const how = outcome === undefined ? this.#lastKnown() : this.#howRead(outcome);
    const offer = loaded === undefined ? undefined : this.#offering.offerOf(loaded, how);
    if (offer === undefined) throw new F2gitError('bug', { params: { detail: 'no offer after a refresh' } });
    return offer;
  }

  #howRead(outcome: ReadOutcome): OfferInput['source'] {
    if (outcome.kind === 'read') return { state: 'fresh', ...outcome.counts };
    return { ...this.#lastKnown(), ...outcome.counts };
  }

  /** How the source was when it was last asked. */
  #lastKnown(): OfferInput['source'] {
    const failure = this.lastFailure();
    if (failure === undefined) return { state: 'cached', ...NOTHING };
    const { code, params } = failure.error;
    const message = this.#offering.problemText(code, params, true);
    return { state: 'unreachable', ...NOTHING, failure: { path: '', code, message } };
  }

  /** A failed look counts too: a source that is down is not asked again by every click. */
  #isFresh({ freshness, force }: RefreshOptions): boolean {
    if (force === true) return false;
    const now = this.#options.now().getTime();
    const asked = Math.max(this.#offering.folder.checkedAt, this.#attempts.failure?.at ?? -Infinity);
    return isWithin(now, asked, freshness) || this.#attempts.isResting(now);
  }

  /** Something the source could give now is not here, and the last look did not fail. */
  #lacksContent(loaded: Loaded): boolean {
    if (this.#attempts.failure !== undefined || this.#offering.isPlain(loaded)) return false;
    return isContentMissing({
      state: loaded.state,
      stores: this.#offering.stores(),
      rules: this.#offering.rules,
      now: this.#options.now,
    });
  }

  #offeringIn(folder: CourseFolder, own: OwnRules, others: readonly ObjectStore[] = []): Offering {
    const { course, title, source, now, problemText, isForStudents = false, releaseFile } = this.#options;
    const bound = (release: ReleaseBy): Release => {
      return (path, at, sourcePath) => release(path, at, sourcePath, folder.releaseFile?.text);
    };
    const { release, widestRelease, ...rest } = own;
    return new Offering({
      folder,
      rules: {
        ...rest,
        release: bound(release),
        ...(widestRelease === undefined ? {} : { widestRelease: bound(widestRelease) }),
        ...(releaseFile?.judge === undefined ? {} : { isBlind: () => isBlind(folder.releaseFile, releaseFile) }),
        isPurged: (object) => folder.purged.has(object),
      },
      course,
      title,
      adapter: source.adapter,
      now,
      ...(problemText === undefined ? {} : { problemText }),
      isForStudents,
      others,
    });
  }
}

/** A first refresh of which nothing came is a failure, not an empty course. */
function throwIfNothingCame({ entries }: CourseState): void {
  const [first] = entries;
  if (first?.problem === undefined || entries.some(({ problem }) => problem === undefined)) return;
  throw new F2gitError(first.problem.code, { params: { ...first.problem.params, path: first.path } });
}

/** The held files are gone; the adapter's memory still knows them, so it goes too. */
function withoutHeld(
  { identity, numbering, head, complete, isFromCommit, entries, problems }: CourseState,
  isMeant: (entry: KnownEntry) => boolean,
): CourseState {
  const state = { identity, complete, problems, entries: entries.filter((entry) => !entry.held || !isMeant(entry)) };
  return {
    ...state,
    ...(numbering === undefined ? {} : { numbering }),
    ...(head === undefined ? {} : { head }),
    ...(isFromCommit === undefined ? {} : { isFromCommit }),
  };
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
