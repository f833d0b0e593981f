/** What one audience has of a course: what is offered of its repository now, and how it is brought to what is known. */
import type { CourseId, Oid } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import type { RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { SourceAdapter } from '../sources/source.ts';
import { ContentSink } from './content-sink.ts';
import { blobOf, contentsOf, type Blob, type ContentPlaces } from './contents.ts';
import type { CourseFolder, Loaded } from './course-folder.ts';
import { acquireCourseLock, type CourseLock } from './course-lock.ts';
import type { CourseState, KnownEntry } from './course-state.ts';
import { asRepositoryError } from './disk-trouble.ts';
import { isSound } from './heal.ts';
import type { PublishedContent } from './history.ts';
import type { ObjectStore } from './object-store.ts';
import { offerOf, type OfferInput, type ProblemText } from './offer-of.ts';
import type { EnvironmentRepository } from './environment-repository.ts';
import { desiredFiles, isPublished, publish } from './publish.ts';
import { lacksContent, type Sinks, type Stores } from './refresh.ts';
import { servedRepository, type ServedRepository } from './served-repository.ts';
import { isSameTree } from './snapshot.ts';
import type { Rules } from './verdicts.ts';
import { writeZip, zipSize } from './zip.ts';

export interface RefreshOptions {
  /** How old (milliseconds) the last look at the source may be. */
  readonly freshness: number;
  /** Asks the source whatever its last look's age. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** A course as one audience has it. */
export interface AudienceRepository {
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
  /** The repository of the course's environment. `extra`: paths that staff add to it. Close it when it is not needed. */
  openEnvironment(extra: readonly RelPath[]): EnvironmentRepository;
  /** Whether the schedule says otherwise by now than what is offered. False before the first good refresh. */
  isBehind(): boolean;
  /** Ends a running refresh and closes all files. */
  close(): Promise<void>;
}

export interface OfferingOptions {
  readonly folder: CourseFolder;
  readonly rules: Rules;
  readonly course: CourseId;
  readonly title: string;
  readonly adapter: SourceAdapter;
  readonly now: () => Date;
  /** Puts problems into words; default: their codes and facts. */
  readonly problemText?: ProblemText;
  /** Offers are for people who can do nothing about the source; default: for those who look after it. */
  readonly isForStudents?: boolean;
  /** Where else content is that this audience may get; default: nowhere. */
  readonly others?: readonly ObjectStore[];
}

export interface CourseZip {
  /** A strong validator: equal tags, equal bytes. It is the commit. */
  readonly tag: Oid;
  /** Bytes. */
  readonly size: number;
  read(signal?: AbortSignal): AsyncGenerator<Uint8Array>;
}

export class Offering {
  readonly contents: Contents;
  readonly #options: OfferingOptions;

  constructor(options: OfferingOptions) {
    this.#options = options;
    this.contents = contentsOf(this.places());
  }

  get folder(): CourseFolder {
    return this.#options.folder;
  }

  get rules(): Rules {
    return this.#options.rules;
  }

  now(): Date {
    return this.#options.now();
  }

  load(): Loaded | undefined {
    return this.folder.load();
  }

  /** As `load`, when the repository was made before. */
  loadPrepared(): Loaded {
    const loaded = this.load();
    if (loaded === undefined) throw new F2gitError('bug', { params: { detail: 'no repository after preparing' } });
    return loaded;
  }

  /** What is offered now; undefined when nothing was ever published. `how`: how the source answered. */
  offerOf(loaded: Loaded, how: OfferInput['source']): Offer | undefined {
    const { tip, state, answeredAt } = loaded;
    if (tip.manifest === undefined) return undefined;
    const { course, title, adapter, rules, now } = this.#options;
    return offerOf({
      course,
      title,
      identity: this.folder.identity,
      deletions: adapter.capabilities.deletions,
      manifest: tip.manifest,
      state,
      isPlain: this.isPlain(loaded),
      ...(answeredAt === undefined ? {} : { answeredAt }),
      rules,
      at: now(),
      problemText: this.problemText,
      isForStudents: this.#options.isForStudents === true,
      source: how,
    });
  }

  get problemText(): ProblemText {
    return this.#options.problemText ?? defaultProblemText;
  }

  blob(object: Oid): Blob | undefined {
    return blobOf(this.places(), object);
  }

  published(): readonly PublishedContent[] {
    const purged = this.folder.purgedNow();
    return this.places()
      .published()
      .filter(({ oid }) => !purged.has(oid));
  }

  zip(): CourseZip | undefined {
    const manifest = this.load()?.tip.manifest;
    const { purged } = this.folder;
    if (manifest === undefined || manifest.files.some(({ oid }) => purged.has(oid))) return undefined;
    const { course } = this.#options;
    const { store } = this.folder.repository;
    const content = {
      read: (object: Oid) => store.read(object).bytes,
      chunks: (object: Oid, signal?: AbortSignal) => store.chunks(object, signal),
    };
    return {
      tag: manifest.commit,
      size: zipSize(course, manifest.files),
      read: (signal) => writeZip(course, manifest.files, content, signal),
    };
  }

  served(): ServedRepository | undefined {
    if (this.load() === undefined || this.#holdsPurged()) return undefined;
    return servedRepository(this.folder.repository);
  }

  isBehind(): boolean {
    const loaded = this.load();
    return loaded?.tip.manifest !== undefined && !this.isUpToDate(loaded);
  }

  /** Whether the commit is there, undamaged, and holds what the audience may have now, and no history what nobody may. */
  isAtHand(loaded: Loaded): boolean {
    if (loaded.tip.manifest === undefined || this.#holdsPurged()) return false;
    return isSound(this.folder.repository) && this.isUpToDate(loaded);
  }

  /** Whether something purged is still in the repository: another program wrote it down a moment ago, or was killed then. */
  #holdsPurged(): boolean {
    const { repository, purged } = this.folder;
    return [...purged].some((object) => repository.store.has(object));
  }

  /** Whether the commit holds what the audience may have now. */
  isUpToDate(loaded: Loaded): boolean {
    const at = this.#options.now();
    if (this.isPlain(loaded) || isPublished(loaded, this.rules, at)) return true;
    return isSameTree(loaded.tip.manifest, desiredFiles(loaded, this.stores(), this.rules, at));
  }

  /** The usual case, seen without looking at any file: what may be had is the commit, and all of it is here. */
  isPlain(loaded: Loaded): boolean {
    return loaded.isWhole && this.rules.letsAllThrough === true && this.folder.purged.size === 0;
  }

  /** Does `work` as the only one who writes in the course's folder, with the repository made and mended. */
  async underLock<Result>(
    signal: AbortSignal | undefined,
    work: (lock: CourseLock) => Promise<Result>,
  ): Promise<Result> {
    try {
      const lock = await acquireCourseLock(this.folder.lockFolder, signal);
      try {
        await this.folder.prepare(this.#options.now());
        return await work(lock);
      } finally {
        lock.release();
      }
    } catch (error) {
      throw asRepositoryError(error);
    }
  }

  /** Makes `state` what is known and its offered part what is served. `sinks` hold what was fetched for it. */
  async publish(before: Loaded, state: CourseState, sinks: Sinks, lock: CourseLock): Promise<void> {
    const at = this.#options.now();
    const { folder, rules } = this;
    const published = await publish({ folder, stores: this.stores(), before, state, sinks, rules, at, lock });
    await folder.finish(published, at);
  }

  /** Whether a content that this audience may have, now or later, is nowhere. */
  lacks(entry: KnownEntry): boolean {
    return lacksContent(entry, this.stores(), this.rules, this.#options.now());
  }

  newSinks(): Sinks {
    const { repository, spool } = this.folder;
    const { isPurged } = this.rules;
    return { offered: new ContentSink(repository.store, isPurged), scheduled: new ContentSink(spool, isPurged) };
  }

  stores(): Stores {
    const { repository, spool } = this.folder;
    return { repository, others: [spool, ...(this.#options.others ?? [])] };
  }

  places(): ContentPlaces {
    const { folder } = this;
    return {
      repositories: () => folder.repositories(),
      isPurged: (object) => folder.isPurgedNow(object),
      published: () => folder.history(),
    };
  }
}

const defaultProblemText: ProblemText = (code, params) => new F2gitError(code, { params }).message;
