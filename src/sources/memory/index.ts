/**
 * The reference adapter: a course that lives in this process. It defines what correct behaviour is, drives the
 * conformance suite first, and stands in for a platform in tests of everything above the sources.
 */
import type { EntryId } from '../../core/ids.ts';
import { F2gitError } from '../../errors.ts';
import { checkKeys, requiredText } from '../mapping.ts';
import type { Body, EntryProblem, ListedEntry, Listing, SourceAdapter, SourceSession, Window } from '../source.ts';

/** One file of a course in memory. Give it a new `version` whenever its bytes change. */
export interface MemoryItem {
  readonly id: EntryId;
  readonly segments: readonly string[];
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly executable?: boolean;
  readonly visible?: Window;
  /** Named, but not readable by a student. */
  readonly isLocked?: boolean;
}

/** A course in memory; whoever holds it may change it at any time. */
export interface MemoryCourse {
  readonly items: Map<EntryId, MemoryItem>;
  /** Items the source names and cannot read. */
  readonly problems: Set<EntryProblem>;
  isComplete: boolean;
  /** Runs before each answer: it may wait for `signal`, throw what a server would cause, or change the course. */
  beforeAnswer?: ((step: 'list' | 'fetch', signal: AbortSignal) => Promise<void> | void) | undefined;
  /** What becomes of a file's bytes on the way, in chunks. */
  onTheWay?: ((chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | undefined;
}

interface MemoryConfig {
  readonly course: string;
}

const KEYS = ['type', 'course'];

/** Bytes of one chunk of a stream: what a network would bring at once. */
const CHUNK = 64 * 1024;

export function createMemoryCourse(): MemoryCourse {
  return { items: new Map(), problems: new Set(), isComplete: true };
}

/** An adapter that reads the courses of `courses` by their name. */
export function memoryAdapter(courses: ReadonlyMap<string, MemoryCourse>): SourceAdapter<MemoryConfig> {
  return {
    type: 'memory',
    capabilities: {
      identity: 'stable',
      stamp: 'content',
      size: 'exact',
      deletions: 'certain',
      perStudent: false,
      executable: true,
      maxParallel: 4,
    },
    parseConfig,
    identity: ({ course }) => `memory:${course}`,
    suggestedName: ({ course }) => course,
    open: ({ course }) => Promise.resolve(openSession(() => courseOf(courses, course))),
  };
}

function parseConfig(raw: Readonly<Record<string, unknown>>): MemoryConfig {
  checkKeys(raw, KEYS);
  return { course: requiredText(raw, 'course') };
}

function courseOf(courses: ReadonlyMap<string, MemoryCourse>, name: string): MemoryCourse {
  const course = courses.get(name);
  if (course === undefined) throw new F2gitError('source-not-found', { params: { address: `memory:${name}` } });
  return course;
}

function openSession(find: () => MemoryCourse): SourceSession {
  return {
    async list(signal) {
      const course = await answer(find, 'list', signal);
      return listingOf(course);
    },
    async fetch(entry, signal) {
      const course = await answer(find, 'fetch', signal);
      return bodyOf(course, entry, signal);
    },
    close: () => Promise.resolve(),
  };
}

async function answer(find: () => MemoryCourse, step: 'list' | 'fetch', signal: AbortSignal): Promise<MemoryCourse> {
  const course = find();
  throwIfCancelled(signal);
  await course.beforeAnswer?.(step, signal);
  throwIfCancelled(signal);
  return course;
}

function listingOf(course: MemoryCourse): Listing {
  const entries = [...course.items.values()].map(({ id, segments, bytes, version, executable, visible }) => ({
    id,
    segments,
    stamp: String(version),
    size: bytes.length,
    ...(executable === undefined ? {} : { executable }),
    ...(visible === undefined ? {} : { visible }),
  }));
  return { kind: 'listing', entries, problems: [...course.problems], complete: course.isComplete };
}

function bodyOf(course: MemoryCourse, entry: ListedEntry, signal: AbortSignal): Body {
  const item = course.items.get(entry.id);
  const params = { name: entry.segments.join('/') };
  if (item === undefined) throw new F2gitError('source-gone', { params });
  if (item.isLocked === true) throw new F2gitError('source-forbidden', { params });
  if (String(item.version) !== entry.stamp) throw new F2gitError('source-changed', { params });
  const chunks = chunksOf(item.bytes, signal);
  return {
    kind: 'stream',
    size: item.bytes.length,
    stream: counted(course.onTheWay?.(chunks) ?? chunks, item, params),
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- bytes in memory come as a stream like any others
async function* chunksOf(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += CHUNK) {
    throwIfCancelled(signal);
    yield bytes.subarray(start, start + CHUNK);
  }
}

/** Passes on what came, and fails when it is more or less than the item has. */
async function* counted(chunks: AsyncIterable<Uint8Array>, item: MemoryItem, params: { readonly name: string }) {
  let left = item.bytes.length;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw new F2gitError('source-truncated', { params });
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new F2gitError('cancelled', { cause: signal.reason });
}
