/** One refresh of a Moodle course. It is loaded when the source is opened. */
import type { EntryId } from '../../core/ids.ts';
import { Secret } from '../../core/secret.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import { isRemembered, rememberListing } from '../listing-memory.ts';
import { aheadOf } from '../server-clock.ts';
import type { Body, ListedEntry, Listing, SourceContext, SourceSession, Unchanged } from '../source.ts';
import { type MoodleConfig, moodleIdentity } from './address.ts';
import { isActivityGone, NO_DOWNLOADS, readFile } from './content.ts';
import { type CourseItem, type ReadCourse, readCourse } from './course.ts';
import { factsOf } from './facts.ts';
import { failure } from './failure.ts';
import { MoodleService, refuseHttpOfHttps, tokenForPassword } from './service.ts';
import { probeAddress } from './stored-file.ts';
import { tokenIn } from './token.ts';

/** Activities asked about at once. */
const PARALLEL = 4;

export class MoodleSession implements SourceSession {
  readonly #config: MoodleConfig;
  readonly #context: SourceContext;
  #service: MoodleService | undefined;
  #course: ReadCourse | undefined;
  #items: ReadonlyMap<EntryId, CourseItem> = new Map();
  /** What refuses the token refuses it for everything: nothing more is asked then. */
  #refused: F2gitError | undefined;

  constructor(config: MoodleConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    const service = await this.#signedIn(signal);
    const { sections, date } = await this.#unlessRefused(() => service.course(signal));
    const course = readCourse(sections, this.#config.site, this.#config.activity);
    this.#refuseUnlisted(course);
    this.#refuseStaff(course);
    this.#course = course;
    this.#items = new Map(course.items.map((item) => [item.id, item]));
    const ahead = aheadOf(date === undefined ? undefined : new Date(date), this.#context.now());
    const listing: Listing = {
      kind: 'listing',
      entries: course.items.map((item) => listedEntry(item, ahead)),
      problems: course.problems,
      complete: course.complete,
    };
    const memory = rememberListing(listing, moodleIdentity(this.#config));
    return isRemembered(this.#context.memory, memory) ? { kind: 'unchanged' } : { ...listing, memory };
  }

  /** An activity that is not listed is hidden or gone, or the listing is broken: nothing is taken from anybody for it. */
  #refuseUnlisted({ complete, items }: ReadCourse): void {
    const { activity, site } = this.#config;
    if (activity === undefined || complete || items.length > 0) return;
    throw failure('source-forbidden', site, 'the account may not see it');
  }

  /**
   * Staff see restricted sections like any others (`ignoreavailabilityrestrictions`, `accessallgroups`), and only of some
   * are they told that they are.
   */
  #refuseStaff({ isStaffView }: ReadCourse): void {
    const { site, hasOpenSections } = this.#config;
    if (!isStaffView || hasOpenSections === true || this.#context.isForOwner === true) return;
    throw failure('source-forbidden', site, RESTRICTIONS_UNTOLD);
  }

  async fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const item = this.#items.get(entry.id);
    if (item === undefined)
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    const { content, size } = item;
    if ('note' in content) return { kind: 'bytes', bytes: content.note };
    const service = await this.#signedIn(signal);
    const name = item.segments.at(-1) ?? '';
    return this.#unlessRefused(() => readFile(service, { url: content.url, name, size }, signal));
  }

  async withheld(ids: readonly EntryId[], signal: AbortSignal): Promise<ReadonlySet<EntryId>> {
    const service = await this.#signedIn(signal);
    const activities = [...byActivity(ids)];
    const withheld = new Set<EntryId>();
    for (let at = 0; at < activities.length; at += PARALLEL) {
      const some = activities.slice(at, at + PARALLEL);
      const gone = await Promise.all(some.map(([activity]) => this.#isGone(service, activity, signal)));
      for (const [index, [, files]] of some.entries())
        if (gone[index] !== true) files.forEach((id) => withheld.add(id));
    }
    return withheld;
  }

  async facts(signal: AbortSignal): Promise<readonly SourceFact[]> {
    const service = await this.#signedIn(signal);
    const site = await this.#unlessRefused(() => service.site(signal));
    return factsOf(site, this.#course);
  }

  /** Connections belong to the context's HTTP client. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Where an activity is listed, the listing has the say; where it is not, the site is asked. */
  async #isGone(service: MoodleService, activity: string, signal: AbortSignal): Promise<boolean> {
    const [context = '', component = ''] = activity.split('/');
    const listed = this.#course?.contexts.get(context);
    if (listed !== undefined) return listed === 'shown';
    // A note of a release that does not tell the context, or a path too long for an id: nothing can be asked for.
    if (!/^\d+$/.test(context)) return false;
    const url = probeAddress(context, component, this.#config.site);
    return this.#unlessRefused(() => isActivityGone(service, url, signal));
  }

  async #signedIn(signal: AbortSignal): Promise<MoodleService> {
    if (this.#service !== undefined) return this.#service;
    await refuseHttpOfHttps(this.#context.http, this.#config.site, signal);
    return (this.#service = new MoodleService(this.#context.http, this.#config, await this.#token(signal)));
  }

  async #token(signal: AbortSignal): Promise<Secret> {
    const { user, password, token } = this.#context.credentials;
    if (token !== undefined) return tokenIn(token);
    if (user === undefined) throw new F2gitError('source-login', { params: { detail: 'Moodle wants a token' } });
    if (password === undefined) throw new F2gitError('credentials-invalid', { params: { part: 'password' } });
    const { http } = this.#context;
    const place = { url: this.#config.site, auth: { kind: 'password', user, password } } as const;
    // Moodle locks accounts after some wrong passwords where it is told to.
    const attempt = () => tokenForPassword(http, this.#config, { user, password }, signal);
    return new Secret(await this.#unlessRefused(() => http.signIn(place, attempt, signal)));
  }

  async #unlessRefused<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#refused !== undefined) throw this.#refused;
    try {
      return await ask();
    } catch (error) {
      const isOfAll =
        error instanceof F2gitError && (error.code === 'source-login' || error.params['detail'] === NO_DOWNLOADS);
      if (isOfAll) this.#refused = error;
      throw error;
    }
  }
}

const RESTRICTIONS_UNTOLD =
  'the account is staff, and Moodle does not tell staff which sections are restricted: use one that is a student of the course; where no section is restricted, and none will be, "restricted_sections: none" says so';

/** The first two parts of an id, its context and its component, name the activity. */
function byActivity(ids: readonly EntryId[]): ReadonlyMap<string, readonly EntryId[]> {
  const groups = new Map<string, EntryId[]>();
  for (const id of ids) {
    const activity = id.split('/', 2).join('/');
    groups.set(activity, [...(groups.get(activity) ?? []), id]);
  }
  return groups;
}

function listedEntry({ id, segments, stamp, size, modified, visible }: CourseItem, ahead: number): ListedEntry {
  return {
    id,
    segments,
    stamp,
    size,
    ...(modified === undefined ? {} : { modified: modified + ahead }),
    ...(visible === undefined ? {} : { visible }),
  };
}
