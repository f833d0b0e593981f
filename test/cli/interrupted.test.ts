/** Ctrl-C, a kill and two pulls at once: nothing half done stays, and the next pull completes what was begun. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { contentsBelow } from '../e2e/places.ts';
import { cliPath, writeFiles, type Ended } from '../e2e/support.ts';
import { startHostile, stall } from '../support/hostile-server.ts';
import { expectPlainWords, litterIn, runJson, scratch, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const course = join(folder, 'course');
const workspace = join(folder, 'w');
const mine = { 'mine.txt': 'my own\n', 'week1/notes.md': 'my notes\n' };

/** Enough files that a pull takes a while, of two versions. */
function version(number: number): Readonly<Record<string, string>> {
  const names = Array.from({ length: 600 }, (_, index) => `week${index % 15}/exercise${index}.txt`);
  return Object.fromEntries(names.map((name) => [name, `${name}, version ${number}\n`.repeat(20)]));
}

beforeEach(() => {
  for (const name of ['course', 'w']) rmSync(join(folder, name), { recursive: true, force: true });
  writeFiles(course, version(1));
  writeFiles(workspace, mine);
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

function start(...args: readonly string[]): Running {
  const env = { ...process.env, LC_ALL: 'en_GB.UTF-8' };
  const child = spawn(process.execPath, [cliPath, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ended = Promise.all([text(child.stdout), text(child.stderr), closed]).then(([stdout, stderr, status]) => ({
    stdout,
    stderr,
    status,
  }));
  return { child, ended };
}

async function until(condition: () => boolean, { child }: Running): Promise<void> {
  while (!condition() && child.exitCode === null && child.signalCode === null) await wait(2);
}

async function expectComplete(number: number): Promise<void> {
  const next = await runJson(folder, ['pull', './course', 'w']);
  expect(['updated', 'unchanged']).toContain(next.outcome);
  expect(contentsBelow(workspace)).toEqual({ ...version(number), ...mine });
  expect(litterIn(workspace)).toEqual([]);
  const again = await runJson(folder, ['pull', './course', 'w']);
  expect(again).toMatchObject({ outcome: 'unchanged', files: [] });
}

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'while a server is silent ends with 130 and leaves nothing: %s',
    async (signal) => {
      const server = await startHostile({ '/course.zip': stall() });
      const before = treeOf(folder);
      const running = start('pull', `${server.origin}/course.zip`, 'new/one', '--json');
      await until(() => server.received.length > 0, running);
      running.child.kill(signal);
      const { status, stdout, stderr } = await running.ended;
      await server.stop();
      expect(status, stderr).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ f2git: 1, error: { code: 'cancelled', retry: 'now' } });
      expect(stderr.split('\n')).toHaveLength(2);
      expectPlainWords(stderr.trim());
      expect(treeOf(folder)).toEqual(before);
    },
  );

  it('while files are put in place ends with 130, and the next pull completes', async () => {
    const running = start('pull', './course', 'w', '--json');
    await until(() => existsSync(join(workspace, 'week2')), running);
    running.child.kill('SIGINT');
    const { status, stdout, stderr } = await running.ended;
    expect(status, stderr).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'cancelled' } });
    await expectComplete(1);
  });
});

describe('a kill at any moment', () => {
  it('of the first pull and of an update leaves what the next pull completes', async () => {
    const began = performance.now();
    await runJson(folder, ['pull', './course', 'measured']);
    const duration = performance.now() - began;
    let kills = 0;
    for (let moment = 1; moment <= 6; moment++) {
      const isFirst = moment % 2 === 1;
      if (isFirst) {
        rmSync(workspace, { recursive: true, force: true });
        writeFiles(workspace, mine);
      }
      const number = isFirst ? 1 : moment;
      writeFiles(course, version(number));
      const running = start('pull', './course', 'w');
      await wait((duration * (moment + 1)) / 9);
      running.child.kill('SIGKILL');
      const { status } = await running.ended;
      if (status === null) kills += 1;
      expect(readdirSync(workspace)).toContain('mine.txt');
      await expectComplete(number);
    }
    expect(kills).toBeGreaterThan(0);
  }, 240_000);
});

it('what a pull could not even take away, because the disk refused everything, goes with the next one', async () => {
  await runJson(folder, ['pull', './course', 'w']);
  rmSync(join(workspace, '.f2git/origin.json'));
  writeFiles(workspace, { '.f2git/tmp_f2git_000000000000': '{"vers' });
  await runJson(folder, ['pull', './course', 'w']);
  expect(litterIn(workspace)).toEqual([]);
});

describe('several pulls at once', () => {
  it('into one folder all end well, and it holds the course once', async () => {
    const all = await Promise.all([1, 2, 3].map(() => start('pull', './course', 'w', '--json').ended));
    for (const { status, stderr, stdout } of all) {
      expect(status, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ f2git: 1, course: 'course' });
    }
    expect(contentsBelow(workspace)).toEqual({ ...version(1), ...mine });
    expect(litterIn(workspace)).toEqual([]);
  });

  it('one that is stopped does not take the other’s folder away', async () => {
    rmSync(workspace, { recursive: true });
    const stopped = start('pull', './course', 'w');
    await until(() => existsSync(join(workspace, '.f2git')), stopped);
    const other = start('pull', './course', 'w');
    stopped.child.kill('SIGINT');
    expect([0, 130]).toContain((await stopped.ended).status);
    const { status, stderr } = await other.ended;
    expect(status, stderr).toBe(0);
    expect(contentsBelow(workspace)).toEqual(version(1));
  });

  it('an undo beside a pull ends as one after the other', async () => {
    await runJson(folder, ['pull', './course', 'w']);
    writeFileSync(join(workspace, 'week3/exercise3.txt'), 'my answer\n');
    writeFiles(course, version(2));
    const [pull, undo] = await Promise.all([start('pull', './course', 'w').ended, start('undo', 'w').ended]);
    expect([pull.status, undo.status], pull.stderr + undo.stderr).toEqual([0, 0]);
    expect(contentsBelow(workspace)).toMatchObject({ ...mine, 'week3/exercise3.txt': 'my answer\n' });
    expect(litterIn(workspace)).toEqual([]);
  });
});
