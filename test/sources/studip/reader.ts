/** A course of Stud.IP that is looked at again and again, by a clock the test moves, as refreshes of one course are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { F2gitError } from '../../../src/errors.ts';
import { type EntryId, entryId } from '../../../src/core/ids.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { Http } from '../../../src/sources/http.ts';
import type { Json, ListedEntry, Listing, SourceSession, Unchanged } from '../../../src/sources/source.ts';
import { studipAdapter } from '../../../src/sources/studip/index.ts';
import { readBody } from '../bench.ts';
import { startStudipCourse, type StudipCourse } from '../fake/studip-course.ts';

export class Reader {
  readonly course: StudipCourse;
  /** Milliseconds since 1970; long after the files of the site. */
  now = Date.UTC(2026, 10, 23, 12);
  memory: Json | undefined;
  readonly #cacheDir = mkdtempSync(join(tmpdir(), 'f2git-studip-'));
  readonly #open: (readonly [SourceSession, Http])[] = [];

  private constructor(course: StudipCourse) {
    this.course = course;
    course.site.now = () => this.now;
  }

  static async start(role: 'autor' | 'dozent' = 'autor'): Promise<Reader> {
    return new Reader(await startStudipCourse(role));
  }

  get site() {
    return this.course.site;
  }

  /** What was asked of the site since `step` began, counted by kind. */
  async counting(step: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
    this.site.asked.length = 0;
    await step();
    const counts: Record<string, number> = {};
    for (const kind of this.site.asked) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  put(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) this.site.put(path.split('/'), Buffer.from(text));
  }

  passMinutes(minutes: number): void {
    this.now += minutes * 60_000;
  }

  forgetCache(): void {
    rmSync(this.#cacheDir, { recursive: true, force: true });
  }

  /** A session, by default without the memory of a committed listing. */
  open(more: Readonly<Record<string, unknown>> = {}, remembered?: Json): Promise<SourceSession> {
    const { origins = [], credentials = {}, raw } = this.course;
    const http = createHttp({ allowPrivateAddresses: false, allowedOrigins: origins, pause: () => Promise.resolve() });
    const memory = remembered === undefined ? {} : { memory: remembered };
    const opened = studipAdapter.open(studipAdapter.parseConfig({ ...raw, ...more }), {
      ...{ http, credentials, cacheDir: this.#cacheDir, now: () => new Date(this.now), ...memory },
    });
    return opened.then((session) => {
      this.#open.push([session, http]);
      return session;
    });
  }

  /**
   * One refresh: lists, reads what `known` has not with the same stamp, and remembers as a committed refresh does. A file
   * that `mayChange` while it is read is asked for again the next time.
   */
  async refresh({ mayChange = false } = {}): Promise<Listing | Unchanged> {
    const session = await this.open({}, this.memory);
    const listing = await session.list(new AbortController().signal);
    if (listing.kind === 'listing') {
      const failed = new Set<EntryId>();
      for (const entry of listing.entries.filter((one) => this.#isWanted(one))) {
        await this.#read(session, entry).catch((error: unknown) => {
          if (!mayChange || !(error instanceof F2gitError) || error.code !== 'source-changed') throw error;
          failed.add(entry.id);
        });
      }
      this.memory = failed.size === 0 ? listing.memory : undefined;
      const read = listing.entries.filter(({ id }) => !failed.has(id));
      this.stamps = new Map(read.map(({ id, stamp }) => [id, stamp]));
    }
    await session.close();
    return listing;
  }

  stamps: ReadonlyMap<EntryId, string> = new Map();
  readonly contents = new Map<EntryId, string>();

  contentOf(path: string): string | undefined {
    return this.contents.get(entryId(this.site.file(path.split('/')).id));
  }

  async list(more: Readonly<Record<string, unknown>> = {}): Promise<Listing> {
    const listing = await (await this.open(more)).list(new AbortController().signal);
    if (listing.kind !== 'listing') throw new Error('unchanged');
    return listing;
  }

  async stop(): Promise<void> {
    for (const [session, http] of this.#open) {
      await session.close();
      await http.close();
    }
    await this.course.stop();
    this.forgetCache();
  }

  #isWanted({ id, stamp, visible }: ListedEntry): boolean {
    const now = new Date(this.now).toISOString();
    return (visible?.from ?? '') <= now && this.stamps.get(id) !== stamp;
  }

  async #read(session: SourceSession, entry: ListedEntry): Promise<void> {
    const bytes = await readBody(await session.fetch(entry, new AbortController().signal));
    this.contents.set(entry.id, bytes.toString());
  }
}

/** What a listing shows, one line each: `path`, `(path)` for what is withheld, `path from … until …`. */
export function shown({ entries }: Pick<Listing, 'entries'>): readonly string[] {
  return entries.map(({ segments, visible }) => describe(segments.join('/'), visible)).sort();
}

function describe(path: string, visible: ListedEntry['visible']): string {
  if (visible?.from?.startsWith('9999') === true) return `(${path})`;
  const from = visible?.from === undefined ? '' : ` from ${visible.from}`;
  return path + from + (visible?.until === undefined ? '' : ` until ${visible.until}`);
}

/** The problems of a listing: `code path`. */
export function troubles({ problems }: Pick<Listing, 'problems'>): readonly string[] {
  return problems.map(({ segments, code }) => `${code} ${segments.join('/')}`).sort();
}
