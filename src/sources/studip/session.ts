/** One refresh of a Stud.IP course. It is loaded when the source is opened. */
import { createHash } from 'node:crypto';
import { type EntryId, entryId } from '../../core/ids.ts';
import type { SourceFact } from '../../core/source-facts.ts';
import { F2gitError } from '../../errors.ts';
import { authOf } from '../configured-auth.ts';
import { linkNote } from '../link-note.ts';
import { aheadOf } from '../server-clock.ts';
import {
  type Body,
  type EntryProblem,
  type Json,
  type ListedEntry,
  type Listing,
  type SourceContext,
  type SourceSession,
  type Unchanged,
  withheldIndefinitely,
} from '../source.ts';
import { type StudipConfig, studipIdentity } from './address.ts';
import { afterPassedOn, isTimeToLook } from './passed-on.ts';
import { type Api, createApi } from './api.ts';
import { CANNOT_GIVE, type ListedContent, readContent, type Shown } from './content.ts';
import type { FileRef } from './documents.ts';
import { factsOf } from './facts.ts';
import { type KnownFile, type KnownFolder, loadKnown, saveKnown, stampOf } from './known.ts';
import { stillThere } from './missing.ts';
import { resolvePlace } from './place.ts';
import { type FoundFile, readCourse, type Reading } from './reading.ts';
import { failingOrNot, giveVersions } from './stamps.ts';

/** Downloads after which what they showed is stored: an interrupted first refresh then knows what it read. */
const SAVE_EVERY = 100;

export class StudipSession implements SourceSession {
  readonly #config: StudipConfig;
  readonly #context: SourceContext;
  readonly #identity: string;
  readonly #api: Api;
  #course = '';
  #reading: Reading | undefined;
  #hasWithheld = false;
  #folders: ReadonlyMap<string, KnownFolder> = new Map();
  #files = new Map<string, KnownFile>();
  #contents = new Map<EntryId, ListedContent | { readonly bytes: Uint8Array }>();
  /** What downloads showed since it was last stored. */
  #shown = 0;

  constructor(config: StudipConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#identity = studipIdentity(config);
    this.#api = createApi(context.http, config.site, authOf(context.credentials));
  }

  async list(signal: AbortSignal): Promise<Listing | Unchanged> {
    const { cacheDir, now, memory } = this.#context;
    const known = await loadKnown(cacheDir, this.#identity);
    const place = await resolvePlace(this.#api, this.#config.place, signal);
    const reading = await readCourse(this.#api, place, known.folders, signal);
    const versions = await giveVersions(this.#api, reading.found, known.files, now(), signal);
    this.#course = place.course;
    this.#reading = reading;
    this.#hasWithheld = known.hasWithheld;
    this.#folders = reading.folders;
    // what is not shown now may come back, or must be asked for
    this.#files = new Map([...notTooOld(known.files, now()), ...versions]);
    await this.#save();
    const { entries, problems } = this.#describe(reading, versions);
    const digest = digestOf(entries, problems);
    // What is out of sight may be deleted by now: only a listing has it asked for.
    const isSame = reading.complete && !known.hasWithheld && isRemembered(memory, digest);
    if (isSame) return { kind: 'unchanged' };
    return { kind: 'listing', entries, problems, complete: reading.complete, memory: { digest } };
  }

  async withheld(ids: readonly EntryId[], signal: AbortSignal): Promise<ReadonlySet<EntryId>> {
    const there = await stillThere(this.#api, this.#course, ids, this.#files, signal);
    for (const id of ids) if (!there.has(id)) this.#files.delete(id);
    this.#hasWithheld = there.size > 0;
    await this.#save();
    return new Set(ids.filter((id) => there.has(id)));
  }

  async facts(signal: AbortSignal): Promise<readonly SourceFact[]> {
    return this.#reading === undefined ? [] : factsOf(this.#api, this.#reading, signal);
  }

  async fetch(entry: ListedEntry, signal: AbortSignal): Promise<Body> {
    const content = this.#contents.get(entry.id);
    if (content === undefined) {
      throw new F2gitError('bug', { params: { detail: 'fetch of an entry that was not listed' } });
    }
    if ('bytes' in content) return { kind: 'bytes', bytes: content.bytes };
    const onShown = (shown: Shown) => this.#note(content.id, entry.stamp, shown);
    const body = await readContent(this.#api, content, onShown, signal);
    if (this.#shown >= SAVE_EVERY) await this.#save();
    return body;
  }

  /** Connections belong to the context's HTTP client. */
  async close(): Promise<void> {
    if (this.#shown > 0) await this.#save();
  }

  async #save(): Promise<void> {
    this.#shown = 0;
    const known = { hasWithheld: this.#hasWithheld, folders: this.#folders, files: this.#files };
    await saveKnown(this.#context.cacheDir, known, this.#identity);
  }

  #note(id: string, stamp: string, { tag, kind, passedOn }: Shown): void {
    const file = this.#files.get(id);
    if (file === undefined) return;
    const now = Math.floor(this.#context.now().getTime() / 1000);
    const read = tag === undefined ? {} : { read: { stamp, tag } };
    const seen = kind === undefined ? {} : { kind, checked: now };
    const elsewhere = passedOn === undefined ? {} : afterPassedOn(id, passedOn, this.#files, now);
    this.#files.set(id, { ...failingOrNot(file, kind, now), ...read, ...seen, ...elsewhere });
    this.#shown += 1;
  }

  #describe(reading: Reading, versions: ReadonlyMap<string, KnownFile>) {
    this.#contents = new Map();
    const problems: EntryProblem[] = [...reading.problems];
    const entries: ListedEntry[] = [];
    for (const [id, found] of reading.found) {
      const version = versions.get(id);
      if (version?.kind === 'failing' && found.window !== undefined) {
        problems.push({ segments: found.segments, code: 'source-invalid', params: { detail: CANNOT_GIVE } });
      } else if (version !== undefined) {
        entries.push(this.#entryOf(id, found, version));
      }
    }
    return { entries: entries.sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
  }

  #entryOf(id: string, { ref, segments, window }: FoundFile, version: KnownFile): ListedEntry {
    const modified = ref.changed + aheadOf(this.#api.date(), this.#context.now());
    const common = { id: entryId(id), modified, ...visibleOf(window) };
    if (version.kind === 'link') {
      const bytes = this.#noteFor(ref);
      this.#contents.set(common.id, { bytes });
      const note = { stamp: `link ${digestOf(Buffer.from(bytes).toString())}`, size: bytes.length };
      return { ...common, segments: [...segments.slice(0, -1), `${ref.name}.md`], ...note };
    }
    const size = version.kind === 'relayed' ? null : ref.size;
    const mayBePassedOn = isTimeToLook(version, ref.size, this.#context.now().getTime() / 1000);
    this.#contents.set(common.id, { id, name: ref.name, size, mayBePassedOn });
    return { ...common, segments, stamp: stampOf(version), size };
  }

  /** Where the link leads, if this account is told, else the page of Stud.IP that leads there. */
  #noteFor(ref: FileRef): Uint8Array {
    const page = `${this.#config.site}dispatch.php/file/details/${ref.id}?cid=${this.#course}`;
    const note = linkNote({ title: ref.name, target: ref.url ?? page }) ?? linkNote({ title: ref.name, target: page });
    if (note === undefined) throw new F2gitError('bug', { params: { detail: 'a page of Stud.IP is no address' } });
    return note;
  }
}

/** What was known of files that came to be neither shown nor asked for is of no use after a year. Seconds. */
const FORGET_AFTER = 365 * 24 * 60 * 60;

function notTooOld(files: ReadonlyMap<string, KnownFile>, now: Date): readonly (readonly [string, KnownFile])[] {
  return [...files].filter(([, { checked }]) => now.getTime() / 1000 - checked < FORGET_AFTER);
}

function visibleOf(window: FoundFile['window']): Pick<ListedEntry, 'visible'> {
  if (window === undefined) return { visible: withheldIndefinitely };
  return window.from === undefined && window.until === undefined ? {} : { visible: window };
}

function isRemembered(memory: Json | undefined, digest: string): boolean {
  const isRecord = typeof memory === 'object' && memory !== null && !Array.isArray(memory);
  return isRecord && (memory as { readonly digest?: Json }).digest === digest;
}

/** Dates are left out: they are given by our clock, and only tell how far a stamp is believed. */
function digestOf(...parts: readonly unknown[]): string {
  const text = JSON.stringify(parts, (key, value: unknown) => (key === 'modified' ? undefined : value));
  return createHash('sha256').update(text).digest('base64url');
}
