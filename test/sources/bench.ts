/** What a conformance case works with: a fresh course, a client that waits for nothing, and all of it cleaned up. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http } from '../../src/sources/http.ts';
import type { Body, ListedEntry, Listing, SourceContext, SourceSession } from '../../src/sources/source.ts';
import type { Course, Fault, Harness, Segments } from './harness.ts';

export class Bench {
  readonly harness: Harness;
  readonly course: Course;
  /** Milliseconds the HTTP client would have waited before its tries. */
  readonly pauses: number[] = [];
  readonly #folder: string;
  readonly #sessions: SourceSession[] = [];
  readonly #clients: Http[] = [];

  private constructor(harness: Harness, course: Course, folder: string) {
    this.harness = harness;
    this.course = course;
    this.#folder = folder;
  }

  static async start(harness: Harness): Promise<Bench> {
    return new Bench(harness, await harness.start(), await mkdtemp(join(tmpdir(), 'f2git-source-')));
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) await session.close();
    for (const client of this.#clients) await client.close();
    await this.course.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get signal(): AbortSignal {
    return new AbortController().signal;
  }

  context(): SourceContext {
    const { origins, credentials } = this.course;
    const http = createHttp({
      allowPrivateAddresses: origins === undefined,
      allowedOrigins: origins ?? [],
      pause: (milliseconds) => {
        this.pauses.push(milliseconds);
        return Promise.resolve();
      },
    });
    this.#clients.push(http);
    return { http, now: () => new Date(), credentials: credentials ?? {}, cacheDir: join(this.#folder, 'cache') };
  }

  async open(context: SourceContext = this.context()): Promise<SourceSession> {
    const { adapter } = this.harness;
    const session = await adapter.open(adapter.parseConfig(this.course.raw), context);
    this.#sessions.push(session);
    return session;
  }

  /** A session and what it lists; the listing must be one. */
  async listed(): Promise<{ session: SourceSession; listing: Listing }> {
    const session = await this.open();
    return { session, listing: await this.list(session) };
  }

  async list(session: SourceSession): Promise<Listing> {
    const listing = await session.list(this.signal);
    if (listing.kind !== 'listing') throw new Error('nothing was remembered, so nothing can be unchanged');
    return listing;
  }

  async read(session: SourceSession, entry: ListedEntry): Promise<Buffer> {
    return readBody(await session.fetch(entry, this.signal));
  }

  async fault(name: Fault, ...segments: string[]): Promise<void> {
    await this.course.faults[name]?.(segments);
  }

  async put(text: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, content] of Object.entries(text)) {
      await this.course.driver.put(path.split('/'), Buffer.from(content));
    }
  }
}

export async function readBody(body: Body): Promise<Buffer> {
  if (body.kind === 'bytes') return Buffer.from(body.bytes);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The error a step fails with; it must be one of ours. */
export async function failureOf(step: Promise<unknown>): Promise<F2gitError> {
  const error: unknown = await step.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(F2gitError);
  return error as F2gitError;
}

export function entryAt(listing: Listing, ...segments: string[]): ListedEntry {
  const entry = listing.entries.find((one) => isSame(one.segments, segments));
  if (entry === undefined) throw new Error(`not listed: ${segments.join('/')}; ${pathsOf(listing).join(', ')}`);
  return entry;
}

export function pathsOf(listing: Listing): readonly string[] {
  return listing.entries.map(({ segments }) => segments.join('/')).sort();
}

/** What a student could see now: entries that wait for their time are withheld. */
export function visiblePaths(listing: Listing): readonly string[] {
  const now = new Date().toISOString();
  const isVisible = ({ visible }: ListedEntry) =>
    (visible?.from ?? '') <= now && (visible?.until === undefined || visible.until > now);
  return pathsOf({ ...listing, entries: listing.entries.filter(isVisible) });
}

/** Whether a listing that does not name a file still says that it may be there: no gap. */
export function isAccountedFor(listing: Listing, segments: Segments): boolean {
  const isListed = listing.entries.some((entry) => isSame(entry.segments, segments));
  const isFrozen = listing.problems.some((problem) =>
    isSame(problem.segments, segments.slice(0, problem.segments.length)),
  );
  return isListed || isFrozen || !listing.complete;
}

export function isSame(a: Segments, b: Segments): boolean {
  return a.length === b.length && a.every((segment, at) => segment === b[at]);
}
