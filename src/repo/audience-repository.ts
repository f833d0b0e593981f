/**
 * A course as one of its audiences has it. The source is never asked for it: what the whole course knows by its own last
 * look is what this audience's schedule is applied to, and content is copied from there. Its repository holds what this
 * audience may have, and nothing else ever was in it.
 */
import type { EntryId, Oid } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import { isWithin, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { Blob } from './contents.ts';
import type { Loaded } from './course-folder.ts';
import { lineageOf, type CourseState, type KnownEntry, type Trouble } from './course-state.ts';
import { EnvironmentRepository } from './environment-repository.ts';
import type { PublishedContent } from './history.ts';
import { freeId } from './identity.ts';
import type { OfferInput } from './offer-of.ts';
import type { AudienceRepository, CourseZip, RefreshOptions, Offering } from './offering.ts';
import { occupancyOf } from './occupancy.ts';
import { isOwnId } from './own-ids.ts';
import type { ServedRepository } from './served-repository.ts';
import { SingleFlight } from './single-flight.ts';

/** How a source answered. */
type Answer = OfferInput['source'];

/** The whole course, as its audiences follow it. */
export interface Upstream {
  /** Brings the course up to date. @throws {F2gitError} as `CourseRepository.refresh` */
  refresh(options: RefreshOptions): Promise<Answer>;
  lastKnown(): Answer;
  load(): Loaded | undefined;
  /** Whether the source's ids say where files are. */
  readonly idsArePaths: boolean;
}

export class OpenAudience implements AudienceRepository {
  readonly #offering: Offering;
  readonly #upstream: Upstream;
  readonly #flight = new SingleFlight<void>();
  /** What the course knew when this audience last followed it. */
  #followed: CourseState | undefined;

  constructor(offering: Offering, upstream: Upstream) {
    this.#offering = offering;
    this.#upstream = upstream;
  }

  get contents(): Contents {
    return this.#offering.contents;
  }

  async refresh(options: RefreshOptions): Promise<Offer> {
    // what the clock says does not wait for a source that may be slow
    if (this.isBehind()) await this.#join(options);
    const answer = await this.#upstream.refresh(options);
    await this.#join(options);
    const offer = this.#offer(answer);
    if (offer === undefined) throw new F2gitError('bug', { params: { detail: 'no offer after a refresh' } });
    return offer;
  }

  offer(): Promise<Offer | undefined> {
    return Promise.resolve(this.#offer(this.#upstream.lastKnown()));
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

  served(): ServedRepository | undefined {
    return this.#offering.served();
  }

  openEnvironment(extra: readonly RelPath[]): EnvironmentRepository {
    return new EnvironmentRepository(this.#offering, extra);
  }

  isBehind(): boolean {
    return this.#offering.isBehind();
  }

  async close(): Promise<void> {
    await this.#flight.stop();
    this.#offering.folder.close();
  }

  #join({ signal, onProgress = () => undefined }: RefreshOptions): Promise<void> {
    return this.#flight.join((ending) => this.#follow(ending), signal, onProgress);
  }

  #offer(answer: Answer): Offer | undefined {
    const loaded = this.#offering.load();
    return loaded && this.#offering.offerOf(loaded, answer);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#isFollowed()) return;
    await this.#offering.underLock(signal, async (lock) => {
      const course = this.#upstream.load();
      const before = this.#offering.loadPrepared();
      const sinks = this.#offering.newSinks();
      try {
        const isLacking = (entry: KnownEntry): boolean => this.#offering.lacks(entry);
        const isKnown = course?.tip.manifest !== undefined && course.state.isFromCommit !== true;
        // an audience nobody was in must not get an empty course because little is known of it for a moment
        if (!isKnown && before.tip.manifest === undefined) throw new F2gitError('source-unreachable');
        const { idsArePaths } = this.#upstream;
        const state = isKnown ? audienceState(course.state, before.state, { isLacking, idsArePaths }) : before.state;
        await this.#offering.publish(before, state, sinks, lock);
        this.#followed = course?.state;
      } finally {
        sinks.offered.discard();
        sinks.scheduled.discard();
      }
    });
  }

  #isFollowed(): boolean {
    const loaded = this.#offering.load();
    if (loaded === undefined || !this.#offering.isAtHand(loaded)) return false;
    return this.#upstream.load()?.state === this.#followed;
  }
}

export interface Following {
  /** Whether a content is nowhere: nothing is concluded of it. */
  readonly isLacking: (entry: KnownEntry) => boolean;
  readonly idsArePaths: boolean;
}

/**
 * What an audience knows of a course, from what the course knows now and what the audience knew before. A file keeps the
 * id it has for whoever has it, and otherwise has the course's, so that students may change audiences. Only where that
 * may be the name of a folder this audience must not know of, it goes by where it is now. Where the course knows but what
 * everybody's commit says (`CourseState.isFromCommit`), what the audience has beside that goes on: nothing says that it is
 * gone. Pure.
 */
export function audienceState(
  course: CourseState,
  before: CourseState,
  { isLacking, idsArePaths }: Following,
): CourseState {
  const published = before.entries.filter(({ publishedAs }) => publishedAs !== undefined);
  const had = new Map(published.map((entry) => [lineageOf(entry), entry]));
  const places = new Set(published.map(({ publishedAs }) => publishedAs));
  const used = new Set(course.entries.flatMap((entry) => had.get(lineageOf(entry))?.id ?? []));
  const entries = course.entries.map((entry) => {
    const was = had.get(lineageOf(entry));
    if (entry.unseen === true && was !== undefined) return was;
    const isSecret = idsArePaths && entry.publishedAs === undefined && !isOwnId(entry.id);
    const own = asIn(entry, was, was?.id ?? freeId(isSecret ? entry.sourceId : entry.id, used), places);
    used.add(own.id);
    return entry.unseen === undefined && isLacking(own) ? asBefore(own, was) : own;
  });
  const { identity, numbering, complete, problems } = course;
  return {
    identity,
    ...(numbering === undefined ? {} : { numbering }),
    complete,
    problems,
    entries: [...entries, ...untold(course, published, entries)],
    ...(before.head === undefined ? {} : { head: before.head }),
  };
}

/** What the audience has where the course cannot tell, and is not in the way of what it does tell. */
function untold(
  { isFromCommit = [] }: CourseState,
  published: readonly KnownEntry[],
  told: readonly KnownEntry[],
): readonly KnownEntry[] {
  if (isFromCommit === true || isFromCommit.length === 0) return [];
  const ids = new Set(told.map(({ id }) => id));
  const isTaken = occupancyOf(told);
  return published.filter(
    ({ id, path }) => !ids.has(id) && !isTaken(path) && isFromCommit.some((place) => isWithin(path, place)),
  );
}

/** A file whose content is nowhere stays what it was for this audience. */
function asBefore(own: KnownEntry, was: KnownEntry | undefined): KnownEntry {
  const problem: Trouble = { code: 'object-missing', params: { path: own.path } };
  return { ...(was?.oid === undefined ? own : was), problem };
}

/** A file of the course as an audience knows it that had it as `was`, or something at `places`. */
function asIn(
  entry: KnownEntry,
  was: KnownEntry | undefined,
  id: EntryId,
  places: ReadonlySet<RelPath | undefined>,
): KnownEntry {
  const own: Writable<KnownEntry> = { ...entry, id };
  delete own.publishedAs;
  delete own.lineage;
  // what everybody had, who comes into this audience has too
  const publishedAs = was?.publishedAs ?? entry.publishedAs ?? (places.has(entry.path) ? entry.path : undefined);
  if (publishedAs !== undefined) own.publishedAs = publishedAs;
  if (own.id !== lineageOf(entry)) own.lineage = lineageOf(entry);
  return own;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
