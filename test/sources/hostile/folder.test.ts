/**
 * A folder whose disk fails: at each file operation below it a preloaded library answers with an error, hides what is
 * there, cuts a read short, or stops the program while somebody else writes. Default: a sample of the operations;
 * `F2GIT_RUNS=2` and more: every single one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oidOfBytes } from '../../support/course.ts';
import { fastBase } from '../../support/dsl.ts';
import { compile, noCompiler } from '../../torture/program.ts';
import { type End, refreshFolder } from './folder-course.ts';
import { isLong } from './long.ts';

const output = join(import.meta.dirname, '../../output/hostile-folder');
const child = join(output, 'folder-child.mjs');

const large = (version: string): string => `${version} ${'large '.repeat(500_000)}`;
/** What students have, and what is in the folder by now. */
const before: Readonly<Record<string, string>> = {
  'a.txt': 'a one',
  'week1/b.txt': 'b one',
  'week1/large.csv': large('one'),
  'week2/c.md': 'c one',
  'week2/deep/d.txt': 'd one',
  'week2/gone.txt': 'gone',
};
const now: Readonly<Record<string, string>> = {
  'a.txt': 'a two!',
  'week1/b.txt': 'b one',
  'week1/large.csv': large('two'),
  'week2/c.md': 'c one',
  'week2/deep/d.txt': 'd two!',
  'week3/new.txt': 'new',
};
/** Of the same size as what is there now: somebody saves it while it is read. */
const written: Readonly<Record<string, string>> = {
  'a.txt': 'a 333!',
  'week1/large.csv': large('333'),
  'week2/deep/d.txt': 'd 333!',
};

let base = '';
let shim = '';
let template = '';
let serial = 0;

function write(folder: string, files: Readonly<Record<string, string>>, age: number): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    const then = Date.now() / 1000 - age;
    utimesSync(file, then, then);
  }
}

interface Place {
  readonly data: string;
  readonly folder: string;
  readonly scratch: string;
}

/** A repository that has the old versions, and the folder as it is now. */
function place(): Place {
  serial += 1;
  const folder = join(base, String(serial));
  cpSync(template, folder, { recursive: true, preserveTimestamps: true });
  return { data: join(folder, 'data'), folder: join(template, 'course'), scratch: folder };
}

interface Fault {
  readonly at: number;
  readonly act: string;
  readonly lasting?: boolean;
}

function start({ data, folder, scratch }: Place, fault?: Fault): ChildProcess {
  const env = {
    ...{ PATH: process.env['PATH'], LD_PRELOAD: shim, UV_USE_IO_URING: '0' },
    ...{ FF_ROOTS: folder, FF_READS: '1', FF_CTR: join(scratch, 'counter'), FF_LOG: join(scratch, 'log') },
    ...(fault === undefined ? {} : { FF_AT: String(fault.at), FF_ACT: fault.act }),
    ...(fault?.lasting === true ? { FF_STICKY: '1' } : {}),
  };
  return spawn(process.execPath, [child, data, folder], { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
}

async function endOf(one: ChildProcess): Promise<End> {
  if (one.stdout === null || one.stderr === null) throw new Error('no pipes');
  const [out, errors] = await Promise.all([text(one.stdout), text(one.stderr)]);
  if (out === '') throw new Error(`it ended without an answer: ${errors}`);
  return JSON.parse(out) as End;
}

const operationsIn = ({ scratch }: Place): readonly string[] =>
  readFileSync(join(scratch, 'log'), 'utf8').trimEnd().split('\n');

/** Whatever the disk did: nothing is offered that was never a file's content, and nothing is taken away that is there. */
function judge(end: End, versions: readonly Readonly<Record<string, string>>[], where: string): void {
  if (end.kind === 'error') {
    expect(end.code, where).toMatch(/^source-/);
    return;
  }
  for (const [path, oid] of Object.entries(end.files)) {
    const legal = versions.flatMap((version) => (version[path] === undefined ? [] : [oidOfBytes(version[path])]));
    expect(legal, `${where}: other bytes at ${path}`).toContain(oid);
  }
  for (const path of Object.keys(before).filter((one) => now[one] !== undefined)) {
    const isFrozen = end.frozen.some((one) => path === one || path.startsWith(`${one}/`) || one === '');
    const isKept = path in end.files || isFrozen || !end.isCertain;
    expect(isKept, `${where}: takes ${path} away`).toBe(true);
  }
}

/** With nothing wrong, the next refresh has the course as it is. */
async function expectHealed({ data, folder }: Place, truth: Readonly<Record<string, string>>, where: string) {
  const end = await refreshFolder(data, folder);
  const oids = Object.fromEntries(Object.entries(truth).map(([path, content]) => [path, oidOfBytes(content)]));
  expect(end, where).toEqual({ kind: 'offer', files: oids, frozen: [], isCertain: true, problems: [] });
}

/** Operations to act at: some from all over, or all. */
function chosen(count: number, nth: number): readonly number[] {
  const all = Array.from({ length: count }, (_, at) => at + 1);
  if (isLong) return all;
  const step = Math.ceil(count / SAMPLES);
  return all.filter((at) => at % step === nth % step);
}

const SAMPLES = 6;

describe.skipIf(noCompiler !== undefined)(
  `a folder on a disk that fails${noCompiler ? ` (${noCompiler})` : ''}`,
  () => {
    let usual: readonly string[] = [];

    beforeAll(async () => {
      mkdirSync(output, { recursive: true });
      shim = compile('test/support/faultshim.c', output, true);
      buildSync({
        entryPoints: [join(import.meta.dirname, 'folder-child.ts')],
        ...{ outfile: child, bundle: true, platform: 'node', format: 'esm', packages: 'external' },
      });
      base = mkdtempSync(join(fastBase, 'f2git-folder-'));
      template = join(base, 'template');
      write(join(template, 'course'), before, 120);
      expect((await refreshFolder(join(template, 'data'), join(template, 'course'))).kind).toBe('offer');
      rmSync(join(template, 'course'), { recursive: true });
      write(join(template, 'course'), now, 60);
      // A file that is young is read once more: the clock has to pass first.
      await wait(100);
      const here = place();
      expect((await endOf(start(here))).kind).toBe('offer');
      usual = operationsIn(here);
    });

    afterAll(() => {
      rmSync(base, { recursive: true, force: true });
    });

    it('is read in operations that can be disturbed', () => {
      for (const kind of ['list', 'look', 'openr', 'read']) expect(usual.join('\n')).toContain(`\t${kind}\t`);
    });

    it.each([
      ['eio', false],
      ['eio', true],
      ['eacces', false],
      ['estale', false],
      ['estale', true],
      ['enoent', false],
      ['emfile', true],
      ['short', false],
      ['short', true],
      ['eof', false],
    ] as const)('%s at any operation (from then on: %s)', async (act, lasting) => {
      for (const at of chosen(usual.length, act.length + Number(lasting))) {
        const here = place();
        const where = `${act} at ${String(at)}: ${usual[at - 1] ?? ''}`;
        judge(await endOf(start(here, { at, act, lasting })), [before, now], where);
        await expectHealed(here, now, where);
        rmSync(here.scratch, { recursive: true });
      }
    });

    it.each(['is written to', 'vanishes', 'becomes a folder'] as const)('%s at any operation', async (what) => {
      const ats = usual.flatMap((line, at) =>
        line.includes('\topenr\t') || line.includes('\tread\t') ? [at + 1] : [],
      );
      for (const nth of chosen(ats.length, what.length)) {
        const at = ats[nth - 1] ?? 1;
        const copied = place();
        const here = { ...copied, folder: join(copied.scratch, 'course') };
        const where = `${what} at ${String(at)}: ${usual[at - 1] ?? ''}`;
        const running = start(here, { at, act: 'stop' });
        const ending = endOf(running);
        await untilStopped(running);
        const path = meanwhile(here, what);
        running.kill('SIGCONT');
        judge(await ending, [before, now, written], where);
        const rest = Object.fromEntries(Object.entries(now).filter(([one]) => one !== path));
        const truth = { 'is written to': { ...now, ...written }, vanishes: rest };
        await expectHealed(here, what === 'becomes a folder' ? { ...rest, [`${path}/x`]: 'x' } : truth[what], where);
        rmSync(here.scratch, { recursive: true });
      }
    });
  },
);

/** Changes the folder; gives the path that is no file any more. */
function meanwhile({ folder }: Place, what: 'is written to' | 'vanishes' | 'becomes a folder'): string {
  const path = 'week1/large.csv';
  if (what === 'is written to') {
    write(folder, written, 60);
    return path;
  }
  rmSync(join(folder, path));
  if (what === 'becomes a folder') write(folder, { [`${path}/x`]: 'x' }, 60);
  return path;
}

/** Waits until the kernel says that the process, or one of its threads, was stopped. */
async function untilStopped({ pid, exitCode }: ChildProcess): Promise<void> {
  const status = `/proc/${String(pid)}/stat`;
  while (exitCode === null && existsSync(status)) {
    if (/^\d+ \(.*\) [Tt] /.test(readFileSync(status, 'utf8'))) return;
    await wait(2);
  }
}
