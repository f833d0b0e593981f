/**
 * A refresh killed before any of its file operations, or stopped by an error at one, by a preloaded library that counts
 * them. Default: a sample of the operations; `F2GIT_RUNS=20` and more: every single one.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCourseRepository } from '../../src/repo/course-repository.ts';
import { fsck, git, temporaryFolder } from './support/course.ts';
import { crashCourse, offeredOf } from './support/crash-course.ts';

const output = join(import.meta.dirname, '..', 'output', 'repo-crash');
const child = join(output, 'crash-child.mjs');
const shim = join(output, 'faultshim.so');
const hasCompiler = spawnSync('gcc', ['--version']).status === 0 && process.platform === 'linux';
const runs = Number(process.env['F2GIT_RUNS'] ?? 1);
const SAMPLES = 6;

interface Outcome {
  readonly operations: number;
  readonly status: number | null;
  readonly log: string;
}

/** Runs the child on `dir`, acting on operation `at`; 0 lets it run to its end. */
function run(dir: string, version: number, at: number, action: string): Outcome {
  const counter = join(dir, '..', 'counter');
  const log = join(dir, '..', 'log');
  rmSync(counter, { force: true });
  rmSync(log, { force: true });
  const result = spawnSync(process.execPath, [child, dir, String(version)], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      LD_PRELOAD: shim,
      UV_USE_IO_URING: '0',
      FF_ROOTS: dir,
      FF_CTR: counter,
      FF_LOG: log,
      ...(at === 0 ? {} : { FF_AT: String(at), FF_ACT: action }),
    },
  });
  const operations = Number(readFileSync(counter).readBigInt64LE());
  return { operations, status: result.status, log: existsSync(log) ? readFileSync(log, 'utf8') : '' };
}

function textsAt(gitDir: string): Readonly<Record<string, string>> {
  const names = git(gitDir, 'ls-tree', '-r', '--name-only', 'main')
    .split('\n')
    .filter((name) => name !== '');
  return Object.fromEntries(names.map((name) => [name, git(gitDir, 'show', `main:${name}`)]));
}

function litter(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => entry.name)
    .filter((name) => name.startsWith('tmp_') || name.endsWith('.lock') || name.startsWith('held-'));
}

/** Comparable, and short enough to be read when it fails. */
const told = (texts: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(texts)
    .map(([path, text]) => `${path}: ${text.slice(0, 12)} (${text.length})`)
    .sort();

/** The repository is old or new, and one more refresh makes it new, whole and tidy. */
async function check(dir: string, from: number, to: number, isDone: boolean, where: string): Promise<void> {
  const gitDir = join(dir, 'all.git');
  if (existsSync(gitDir)) {
    fsck(gitDir);
    const isBorn =
      spawnSync('git', ['-c', 'safe.directory=*', 'rev-parse', '-q', '--verify', 'main'], { cwd: gitDir }).status === 0;
    if (isBorn)
      expect(
        isDone ? [told(offeredOf(to))] : [from, to].map((version) => told(offeredOf(version))),
        where,
      ).toContainEqual(told(textsAt(gitDir)));
    else expect([from, isDone], where).toEqual([0, false]);
  }
  const repository = openCourseRepository(crashCourse(dir, to));
  const offer = await repository.refresh({ freshness: 0 });
  await repository.close();
  expect(told(textsAt(gitDir)), where).toEqual(told(offeredOf(to)));
  expect(git(gitDir, 'rev-parse', 'main').trim(), where).toBe(offer.head);
  expect(git(gitDir, 'cat-file', '--batch-all-objects', '--batch'), where).not.toMatch(/^S[12]$/m);
  fsck(gitDir);
  expect(litter(dir), where).toEqual([]);
}

describe.skipIf(!hasCompiler)('a refresh that is interrupted (needs gcc on Linux)', () => {
  const templates: string[] = [];

  beforeAll(async () => {
    mkdirSync(output, { recursive: true });
    execFileSync(
      'gcc',
      ['-O1', '-shared', '-fPIC', '-o', shim, join(import.meta.dirname, '../support/faultshim.c'), '-ldl'],
      {
        stdio: 'ignore',
      },
    );
    buildSync({
      entryPoints: [join(import.meta.dirname, 'support/crash-child.ts')],
      outfile: child,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
    for (const version of [0, 1, 2]) {
      const dir = join(output, `template-${version}`);
      rmSync(dir, { recursive: true, force: true });
      for (let reached = 1; reached <= version; reached++) {
        const repository = openCourseRepository(crashCourse(dir, reached));
        await repository.refresh({ freshness: 0 });
        await repository.close();
      }
      templates.push(dir);
    }
  });

  const sweep = async (from: number, to: number, action: string): Promise<void> => {
    const start = (): string => {
      const dir = join(temporaryFolder(), 'course');
      if (existsSync(templates[from]!)) cpSync(templates[from]!, dir, { recursive: true });
      else mkdirSync(dir);
      return dir;
    };
    const whole = run(start(), to, 0, action);
    expect(whole.status, whole.log).toBe(0);
    const stride = Math.max(1, Math.ceil(whole.operations / (SAMPLES * runs)));
    for (let at = 1; at <= whole.operations; at += stride) {
      const dir = start();
      const broken = run(dir, to, at, action);
      const where = `${action} at operation ${at} of ${whole.operations}: ${broken.log.split('\n').at(at - 1) ?? ''}`;
      await check(dir, from, to, broken.status === 0, where);
      rmSync(dir, { recursive: true, force: true });
    }
  };

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
  ])('by a kill, from version %i to %i: whole at once, and as if nothing had been after the next', (from, to) =>
    sweep(from, to, 'kill'),
  );

  it.each(['enospc', 'eio', 'short'])('by %s: old or new, and healed by the next', (action) => sweep(1, 2, action));
});
