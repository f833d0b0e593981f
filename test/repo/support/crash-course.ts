/** The course of the crash tests, in three versions: additions, changes, removals, a rename, a large file, a schedule. */
import { entryId, parseCourseId } from '../../../src/core/ids.ts';
import type { CourseRepositoryOptions } from '../../../src/repo/course-repository.ts';
import type { ListedEntry, SourceAdapter } from '../../../src/sources/source.ts';

export const versions: readonly Readonly<Record<string, string>>[] = [
  {},
  {
    'README.md': 'one',
    'week1/a': 'A',
    'week1/b': 'B',
    'week1/c': 'C',
    big: 'large '.repeat(300_000),
    'later/s': 'S1',
  },
  { 'README.md': 'two', 'week2/a': 'A', 'week1/b': 'B', big: 'LARGE '.repeat(300_000), 'later/s': 'S2', new: 'N' },
  { 'README.md': 'three', 'week1/b': 'B', big: 'large '.repeat(300_000), new: 'N', other: 'O' },
];

/** What version is offered, as `git ls-tree` and `git show` would say it. `later` is not released. */
export function offeredOf(version: number): Readonly<Record<string, string>> {
  const entries = Object.entries(versions[version] ?? {}).filter(([path]) => !path.startsWith('later/'));
  return Object.fromEntries(entries);
}

export function crashCourse(dir: string, version: number): CourseRepositoryOptions {
  const files = versions[version] ?? {};
  return {
    dir,
    course: parseCourseId('crash')!,
    title: 'Crash',
    source: {
      adapter: adapterOf(files, version),
      config: {},
      credentials: {},
      createHttp: () => ({
        send: () => Promise.reject(new Error('no network in these tests')),
        signIn: () => Promise.reject(new Error('no network in these tests')),
        openProxy: () => Promise.reject(new Error('no network')),
        allowsPrivateAddresses: false,
        counts: { requests: 0, bytes: 0 },
        close: () => Promise.resolve(),
      }),
    },
    release: (path) => (path.startsWith('later/') ? 'withheld' : 'offered'),
    isWanted: () => true,
    now: () => new Date(Date.UTC(2026, 10, 2, 8, version)),
  };
}

function adapterOf(files: Readonly<Record<string, string>>, version: number): SourceAdapter {
  const entries = Object.entries(files).map(([path, text]): ListedEntry => ({
    id: entryId(path),
    segments: path.split('/'),
    stamp: text.slice(0, 8),
    size: text.length,
  }));
  return {
    type: 'memory',
    capabilities: {
      identity: 'path',
      stamp: 'content',
      size: 'exact',
      deletions: 'certain',
      perStudent: false,
      executable: true,
      maxParallel: 2,
    },
    parseConfig: () => ({}),
    identity: () => 'memory:crash',
    suggestedName: () => 'crash',
    open: () =>
      Promise.resolve({
        list: () =>
          Promise.resolve({ kind: 'listing', entries, problems: [], complete: true, memory: version } as const),
        fetch: (entry) => {
          const bytes = Buffer.from(files[entry.segments.join('/')] ?? '');
          return Promise.resolve(
            bytes.length < 100
              ? ({ kind: 'bytes', bytes } as const)
              : ({ kind: 'stream', size: bytes.length, stream: inChunks(bytes) } as const),
          );
        },
        close: () => Promise.resolve(),
      }),
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream, as real bodies are
async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 262_144) yield bytes.subarray(at, at + 262_144);
}
