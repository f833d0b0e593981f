/**
 * What a refresh costs beside real git, in the same run, interleaved, medians: the first commit of many small files,
 * an unchanged refresh, ten changed files, reading all of them; and the peak memory of one large file.
 *
 *   npx esbuild bench/pack.ts --bundle --platform=node --format=esm --packages=external --outfile=bench/output/pack.mjs
 *   node bench/output/pack.mjs [files] [rounds]          ratios to git
 *   node bench/output/pack.mjs large [megabytes]         peak RSS of one large file
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { entryId, parseCourseId } from '../src/core/ids.ts';
import { openCourseRepository, type CourseRepository } from '../src/repo/course-repository.ts';
import type { Body, ListedEntry, SourceAdapter } from '../src/sources/source.ts';

type Files = Map<string, { readonly stamp: string; readonly size: number; readonly body: () => Body }>;

const base = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'f2git-bench-'));
try {
  if (process.argv[2] === 'large') await large(Number(process.argv[3] ?? 1024));
  else await many(Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 3));
} finally {
  rmSync(base, { recursive: true, force: true });
}

async function many(count: number, rounds: number): Promise<void> {
  const texts = new Map(Array.from({ length: count }, (_, at) => [`part${at % 200}/file${at}.txt`, text(at)]));
  const times = {
    git: [] as number[],
    first: [] as number[],
    unchanged: [] as number[],
    ten: [] as number[],
    read: [] as number[],
  };
  for (let round = 0; round < rounds; round++) {
    const tree = join(base, `git-${round}`);
    for (const [path, content] of texts) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), content);
    }
    git(tree, 'init', '-q');
    times.git.push(
      await timed(() => {
        git(tree, 'add', '-A');
        git(tree, 'commit', '-q', '-m', 'first');
      }),
    );
    const files: Files = new Map([...texts].map(([path, content]) => [path, small(content, 'v1')]));
    const course = open(join(base, `ours-${round}`), files);
    times.first.push(await timed(() => course.refresh({ freshness: 0 })));
    await course.refresh({ freshness: 0 });
    const cpu = process.cpuUsage();
    await course.refresh({ freshness: 0 });
    const used = process.cpuUsage(cpu);
    times.unchanged.push((used.user + used.system) / 1000);
    for (let at = 0; at < 10; at++)
      files.set(`part${at}/file${at}.txt`, small(`changed ${round} ${at}`, `v2-${round}`));
    times.ten.push(await timed(() => course.refresh({ freshness: 0 })));
    const offer = await course.offer();
    times.read.push(
      await timed(async () => {
        for (const file of offer?.files ?? []) await course.contents.read(file.oid);
      }),
    );
    await course.close();
    rmSync(tree, { recursive: true, force: true });
    rmSync(join(base, `ours-${round}`), { recursive: true, force: true });
  }
  const reference = median(times.git);
  console.log(`${count} files, ${rounds} rounds, medians`);
  console.log(`git add -A + commit        ${reference.toFixed(0)} ms`);
  console.log(
    `first refresh              ${median(times.first).toFixed(0)} ms, ${(median(times.first) / reference).toFixed(2)} of git`,
  );
  console.log(`unchanged refresh          ${median(times.unchanged).toFixed(0)} ms CPU`);
  console.log(
    `ten changed                ${median(times.ten).toFixed(0)} ms, ${(median(times.ten) / reference).toFixed(3)} of git's first commit`,
  );
  console.log(`reading all contents       ${median(times.read).toFixed(0)} ms`);
}

async function large(megabytes: number): Promise<void> {
  const block = randomBytes(1 << 20);
  const size = megabytes * block.length;
  const body = (): Body => ({ kind: 'stream', size, stream: repeat(block, megabytes) });
  const course = open(join(base, 'large'), new Map([['video.mp4', { stamp: 'v1', size, body }]]));
  const time = await timed(() => course.refresh({ freshness: 0 }));
  await course.close();
  console.log(
    `${megabytes} MB in ${(time / 1000).toFixed(1)} s, peak RSS ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
  );
  git(join(base, 'large', 'all.git'), 'fsck', '--strict');
}

async function* repeat(block: Buffer, times: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < times; at++) {
    const copy = Buffer.from(block);
    copy.writeUInt32LE(at, 0);
    yield await Promise.resolve(copy);
  }
}

function text(at: number): string {
  const line = `line ${at} of a course file with some words that repeat and a number ${(at * 7919) % 1000}\n`;
  return line.repeat(1 + ((at * 31) % 90));
}

function small(
  content: string,
  stamp: string,
): { readonly stamp: string; readonly size: number; readonly body: () => Body } {
  const bytes = Buffer.from(content);
  return { stamp, size: bytes.length, body: () => ({ kind: 'bytes', bytes }) };
}

function open(dir: string, files: Files): CourseRepository {
  const course = parseCourseId('bench');
  if (course === undefined) throw new Error('not a course id');
  return openCourseRepository({
    dir,
    course,
    title: 'Bench',
    source: { adapter: adapterOf(files), config: {}, credentials: {}, createHttp: noHttp },
    release: () => 'offered',
    isWanted: () => true,
    now: () => new Date(),
  });
}

function adapterOf(files: Files): SourceAdapter {
  return {
    type: 'memory',
    capabilities: {
      identity: 'path',
      stamp: 'token',
      size: 'exact',
      deletions: 'certain',
      perStudent: false,
      executable: true,
      maxParallel: 4,
    },
    parseConfig: () => ({}),
    identity: () => 'memory:bench',
    suggestedName: () => 'bench',
    open: () =>
      Promise.resolve({
        list: () => {
          const entries = [...files].map(([path, { stamp, size }]): ListedEntry => ({
            id: entryId(path),
            segments: path.split('/'),
            stamp,
            size,
          }));
          return Promise.resolve({ kind: 'listing', entries, problems: [], complete: true } as const);
        },
        fetch: (entry) => {
          const file = files.get(entry.segments.join('/'));
          return file === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(file.body());
        },
        close: () => Promise.resolve(),
      }),
  };
}

function noHttp() {
  return {
    send: () => Promise.reject(new Error('no network here')),
    signIn: () => Promise.reject(new Error('no network here')),
    openProxy: () => Promise.reject(new Error('no network')),
    allowsPrivateAddresses: false,
    counts: { requests: 0, bytes: 0 },
    close: () => Promise.resolve(),
  };
}

function git(cwd: string, ...words: readonly string[]): void {
  const identity = [
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@localhost',
    '-c',
    'gc.auto=0',
    '-c',
    'safe.directory=*',
  ];
  execFileSync('git', [...identity, ...words], {
    cwd,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  });
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
