/** A course in memory behind the source contract, a repository over it, and real git to judge the result. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type EntryId, entryId, parseCourseId } from '../../../src/core/ids.ts';
import type { Offer } from '../../../src/core/offer.ts';
import { F2gitError, type ErrorCode, type ErrorParams } from '../../../src/errors.ts';
import {
  openCourseRepository,
  type CourseRepository,
  type CourseRepositoryOptions,
} from '../../../src/repo/course-repository.ts';
import type { Http } from '../../../src/sources/http.ts';
import type {
  Body,
  Capabilities,
  EntryProblem,
  Json,
  ListedEntry,
  SourceAdapter,
  Window,
} from '../../../src/sources/source.ts';

export interface CourseFile {
  readonly bytes: Uint8Array;
  readonly stamp: string;
  readonly executable?: boolean;
  readonly visible?: Window;
  readonly modified?: number;
  readonly id?: string;
}

/** What the source does when it is asked; change it between refreshes. */
export class FakeCourse {
  readonly #name: string;
  files = new Map<string, CourseFile>();
  problems: EntryProblem[] = [];
  complete = true;
  memory: Json | undefined;
  /** Answers `unchanged` when it gets its memory back. */
  isConditional = false;
  listError: ErrorCode | undefined;
  listErrorParams: ErrorParams = {};
  /** The ids of files that are not listed and still there; undefined for a source that cannot tell. */
  hidden: Set<string> | undefined;
  hiddenError: ErrorCode | undefined;
  /** What was asked after, in the order of asking. */
  readonly askedAfter: string[] = [];
  readonly fetchErrors = new Map<string, ErrorCode>();
  fetchErrorParams: ErrorParams = {};
  /** Gives other bytes than the listing's size says. */
  readonly torn = new Map<string, number>();
  bodies: 'bytes' | 'stream' = 'bytes';
  lists = 0;
  readonly fetched: string[] = [];
  #version = 0;

  constructor(name = 'memory:course') {
    this.#name = name;
  }

  /** Sets the files that exist, by path; a text that stays the same keeps its stamp. */
  set(files: Readonly<Record<string, string | Uint8Array>>): this {
    const next = new Map<string, CourseFile>();
    for (const [path, content] of Object.entries(files)) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const old = this.files.get(path);
      const isSame = old !== undefined && Buffer.from(old.bytes).equals(bytes);
      next.set(path, isSame ? old : { bytes, stamp: `v${++this.#version}` });
    }
    this.files = next;
    return this;
  }

  put(path: string, content: string | Uint8Array, more: Partial<CourseFile> = {}): this {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.files.set(path, { stamp: `v${++this.#version}`, ...more, bytes });
    return this;
  }

  adapter(capabilities: Partial<Capabilities> = {}): SourceAdapter {
    return {
      type: 'memory',
      capabilities: { ...usual, ...capabilities },
      parseConfig: () => ({}),
      identity: () => this.#name,
      suggestedName: () => 'course',
      open: (_config, { memory }) =>
        Promise.resolve({
          list: () => Promise.resolve().then(() => this.#list(memory)),
          fetch: (entry: ListedEntry) => Promise.resolve().then(() => this.#fetch(entry)),
          ...(this.hidden === undefined
            ? {}
            : { withheld: (ids: readonly EntryId[]) => Promise.resolve().then(() => this.#withheld(ids)) }),
          close: () => Promise.resolve(),
        }),
    };
  }

  #list(memory: Json | undefined) {
    this.lists++;
    if (this.listError !== undefined) throw new F2gitError(this.listError, { params: this.listErrorParams });
    if (this.isConditional && memory !== undefined && memory === this.memory) return { kind: 'unchanged' } as const;
    const entries = [...this.files].map(([path, file]): ListedEntry => ({
      id: entryId(file.id ?? path),
      segments: path.split('/'),
      stamp: file.stamp,
      size: file.bytes.length,
      ...(file.executable === undefined ? {} : { executable: file.executable }),
      ...(file.visible === undefined ? {} : { visible: file.visible }),
      ...(file.modified === undefined ? {} : { modified: file.modified }),
    }));
    const { problems, complete } = this;
    return {
      kind: 'listing',
      entries,
      problems,
      complete,
      ...(this.memory === undefined ? {} : { memory: this.memory }),
    } as const;
  }

  #withheld(ids: readonly EntryId[]): ReadonlySet<EntryId> {
    this.askedAfter.push(...ids);
    if (this.hiddenError !== undefined) throw new F2gitError(this.hiddenError);
    return new Set(ids.filter((id) => this.hidden?.has(id)));
  }

  #fetch(entry: ListedEntry): Body {
    const path = entry.segments.join('/');
    this.fetched.push(path);
    const code = this.fetchErrors.get(path);
    if (code !== undefined) throw new F2gitError(code, { params: this.fetchErrorParams });
    const file = this.files.get(path);
    if (file === undefined) throw new F2gitError('source-gone');
    const bytes = this.torn.has(path) ? file.bytes.subarray(0, this.torn.get(path)) : file.bytes;
    if (this.bodies === 'bytes') return { kind: 'bytes', bytes };
    return { kind: 'stream', size: null, stream: inChunks(bytes) };
  }
}

const usual: Capabilities = {
  identity: 'path',
  stamp: 'token',
  size: 'exact',
  deletions: 'certain',
  perStudent: false,
  executable: true,
  maxParallel: 4,
};

// eslint-disable-next-line @typescript-eslint/require-await -- a stream, as real bodies are
async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

export function noHttp(): Http {
  return {
    send: () => Promise.reject(new Error('no network in these tests')),
    signIn: () => Promise.reject(new Error('no network in these tests')),
    openProxy: () => Promise.reject(new Error('no network')),
    allowsPrivateAddresses: false,
    counts: { requests: 0, bytes: 0 },
    close: () => Promise.resolve(),
  };
}

/** A clock the test moves. */
export class Clock {
  at = new Date('2026-11-02T08:00:00Z');

  readonly now = (): Date => new Date(this.at);

  pass(milliseconds: number): void {
    this.at = new Date(this.at.getTime() + milliseconds);
  }
}

const folders: string[] = [];
const open: CourseRepository[] = [];

afterEach(async () => {
  for (const repository of open.splice(0)) await repository.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'f2git-repo-'));
  folders.push(folder);
  return folder;
}

export interface Opened {
  readonly dir: string;
  readonly gitDir: string;
  readonly clock: Clock;
  readonly repository: CourseRepository;
  /** A second look at the same folder, as another process would have it. */
  reopen(more?: Partial<CourseRepositoryOptions>): CourseRepository;
  /** Refreshes a second later, whatever the freshness. */
  refresh(): Promise<Offer>;
}

export function openCourse(
  course: FakeCourse,
  more: Partial<CourseRepositoryOptions> & {
    readonly capabilities?: Partial<Capabilities>;
    readonly dir?: string;
  } = {},
): Opened {
  const { capabilities, ...overrides } = more;
  const dir = more.dir ?? join(temporaryFolder(), 'python');
  const clock = new Clock();
  const options: CourseRepositoryOptions = {
    course: parseCourseId('python')!,
    title: 'Python',
    source: { adapter: course.adapter(capabilities), config: {}, credentials: {}, createHttp: noHttp },
    now: clock.now,
    ...overrides,
    dir,
  };
  const reopen = (changed: Partial<CourseRepositoryOptions> = {}): CourseRepository => {
    const repository = openCourseRepository({ ...options, ...changed });
    open.push(repository);
    return repository;
  };
  const repository = reopen();
  return {
    dir,
    gitDir: join(dir, 'all.git'),
    clock,
    repository,
    reopen,
    refresh() {
      clock.pass(1000);
      return repository.refresh({ freshness: 0 });
    },
  };
}

/** Runs git as a stranger would: no configuration of this machine. */
export function git(cwd: string, ...words: readonly string[]): string {
  return execFileSync('git', ['-c', 'safe.directory=*', ...words], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
    maxBuffer: 64 << 20,
  });
}

/** Throws when real git finds anything to complain about. */
export function fsck(gitDir: string): string {
  return git(gitDir, 'fsck', '--strict', '--full', '--no-dangling');
}

/** What a clone of the repository holds: text by path. */
export function offeredTexts(offer: Offer): readonly string[] {
  return offer.files.map(({ path }) => path);
}
