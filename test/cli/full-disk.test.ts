/**
 * Small file systems that are really full, out of names for files, or read-only since a moment ago, under the built
 * program: nothing is lost, one sentence says so, and the next try completes. Mounting one takes the administrator.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemErrorName } from '../../src/errors.ts';
import { f2git, startServer, writeFiles } from '../e2e/support.ts';
import { content, startHostile } from '../support/hostile-server.ts';
import { writeZip } from '../support/zip-writer.ts';
import { actionsOf, expectPlainWords, litterIn, runJson, scratch, studentsTree, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
const disk = join(folder, 'disk');
const filler = join(disk, 'filler');
const w = join(disk, 'w');
mkdirSync(disk);

/** Why these tests are skipped; undefined when they are not. */
const noMount = mount('size=16m') === '' ? undefined : 'no file system can be mounted here';
afterAll(() => {
  unmount();
  place.remove();
});

const PAGE = 4096;
const lines = ['1', '2', '3', '4', '5'];
const course = { 'a.txt': `${lines.join('\n')}\n`, 'b/gone.txt': 'gone\n', 'b/c.txt': 'c\n' };
const changed = { 'a.txt': `${lines.join('\n')}\nsix\n`, 'b/c.txt': 'cc\n', 'new/d.txt': 'd\n' };
const mine = `mine\n${lines.slice(1).join('\n')}\n`;
const merged = { 'a.txt': `${mine}six\n`, 'b/c.txt': 'cc\n', 'new/d.txt': 'd\n' };

describe.skipIf(noMount !== undefined)(`a disk of one’s own${noMount === undefined ? '' : ` (${noMount})`}`, () => {
  beforeEach(() => {
    unmount();
    expect(mount('size=16m')).toBe('');
    for (const name of ['course', 'homes', 'data']) rmSync(join(folder, name), { recursive: true, force: true });
    writeFiles(join(folder, 'course'), course);
  });

  it('without names for files: each step of a click that needs one is refused, until there are enough', async () => {
    await withServer('./data', async ({ address }) => {
      const click = ['pull', `${address}go/intro?user=anna`, 'w', '--json'];
      expect((await f2git(click, { cwd: disk })).status).toBe(0);
      writeFileSync(join(w, 'a.txt'), mine);
      changeCourse();
      const start = usedNames();
      for (let names = start; ; names += 2) {
        remount(`nr_inodes=${names}`);
        const before = filesIn(w);
        const ended = await f2git(click, { cwd: disk });
        if (ended.status === 0) break;
        expect(names - start, JSON.stringify(ended)).toBeLessThan(40);
        expectFull(ended);
        expectOldOrNew(before);
      }
    });
    expect(filesIn(w)).toEqual(merged);
    expect(litterIn(w)).toEqual([]);
  }, 60_000);

  it.each([0, 64])('with %i pages left: a pull changes nothing, and completes with more', async (pages) => {
    await pullAndChange();
    fill(pages);
    const before = studentsTree(w);
    expect(expectFull(await pull())).toBe('disk-full');
    expect(studentsTree(w)).toEqual(before);
    rmSync(filler);
    expect((await pull()).status).toBe(0);
    expect(filesIn(w)).toEqual(merged);
    expect(litterIn(w)).toEqual([]);
  });

  it('says how much more a file needs', async () => {
    await pullAndChange();
    writeFileSync(join(folder, 'course/large.bin'), Buffer.alloc(9_000_000, 'l'));
    writeFileSync(filler, Buffer.alloc(statfsSync(disk).bavail * PAGE - 9_500_000));
    const [, missing] = /: (\d+) MB more are needed in “/.exec((await pull()).stderr) ?? [];
    expect(Number(missing)).toBeGreaterThan(0);
    expect(Number(missing)).toBeLessThan(12);
  });

  it('is too full to record what an undo only takes away: it is refused whole, and done with more', async () => {
    expect((await pull()).status).toBe(0);
    writeFiles(join(folder, 'course'), { 'new/d.txt': 'd\n' });
    expect((await pull()).status).toBe(0);
    const after = filesIn(w);
    for (const pages of [0, 1, 2, 16]) {
      fill(pages);
      expect(expectFull(await f2git(['undo', 'w', '--json'], { cwd: disk }))).toBe('disk-full');
      expect(filesIn(w)).toEqual(after);
    }
    rmSync(filler);
    await runJson(disk, ['undo', 'w']);
    expect(filesIn(w)).toEqual(course);
    expect(litterIn(w)).toEqual([]);
  });

  it('turns read-only while the source answers: nothing is lost, and the next pull completes', async () => {
    const zip = (files: Readonly<Record<string, string>>) =>
      content(
        writeZip(Object.entries(files).map(([name, text]) => ({ name: `top/${name}`, bytes: Buffer.from(text) }))),
      );
    let answer = zip(course);
    const server = await startHostile({ '/course.zip': (...request) => answer(...request) });
    const source = `zip+${server.origin}/course.zip`;
    await runJson(disk, ['pull', source, 'w']);
    writeFileSync(join(w, 'a.txt'), mine);
    answer = (...request) => {
      remount('ro');
      zip(changed)(...request);
    };
    const ended = await f2git(['pull', source, 'w', '--json'], { cwd: disk });
    expect(ended.status, JSON.stringify(ended)).toBe(4);
    expect(errorOf(ended)).toMatchObject({ code: 'repository-unwritable' });
    expect(filesIn(w)).toEqual({ ...course, 'a.txt': mine });
    remount('rw');
    answer = zip(changed);
    await runJson(disk, ['pull', source, 'w']);
    await server.stop();
    expect(filesIn(w)).toEqual(merged);
    expect(litterIn(w)).toEqual([]);
  });

  it('is read-only: a pull and an undo say so and change nothing', async () => {
    await pullAndChange();
    remount('ro');
    const before = treeOf(w);
    const pulled = await pull();
    expect(pulled.status).toBe(4);
    expect(errorOf(pulled)).toMatchObject({ code: 'repository-unwritable' });
    const undone = await f2git(['undo', 'w', '--json'], { cwd: disk });
    expect(undone.status).toBe(4);
    expect(errorOf(undone)).toMatchObject({ code: 'workspace-unwritable' });
    expect(treeOf(w)).toEqual(before);
    remount('rw');
    expect((await pull()).status).toBe(0);
    expect(filesIn(w)).toEqual(merged);
  });

  it('holds the data folder of a server: clicks get the last good state while it is full', async () => {
    await withServer('./disk/data', async (server) => {
      const { address } = server;
      const click = ['pull', `${address}go/intro?user=anna`];
      await runJson(folder, [...click, 'homes/early']);
      changeCourse();
      fill(0);
      const sync = await f2git(['sync', 'intro', '--json'], { cwd: folder });
      expect(sync.status, JSON.stringify(sync)).toBe(4);
      expect(sync.stdout).toContain('"disk-full"');
      // nothing came and the course is not up to date, or all of the last good state came
      for (const [home, status] of [['homes/early', 3] as const, ['homes/late', 0] as const]) {
        const document = await runJson(folder, [...click, home], { status });
        expect(document).toMatchObject({ outcome: 'stale', source: { state: 'unreachable' } });
        expect(filesIn(join(folder, home))).toEqual(course);
      }
      expect(server.output()).toMatch(/"level":"warn","event":"refresh failed","course":"intro","code":"disk-full"/);
      const fsck = spawnSync('git', ['-C', join(disk, 'data/intro/all.git'), 'fsck', '--strict'], { encoding: 'utf8' });
      expect(fsck.status, fsck.stderr).toBe(0);
      rmSync(filler);
      const expected = { 'a.txt': 'updated', 'b/c.txt': 'updated', 'b/gone.txt': 'removed', 'new/d.txt': 'added' };
      expect(actionsOf(await runJson(folder, [...click, 'homes/late']))).toEqual(expected);
      expect(filesIn(join(disk, 'data'), /tmp_f2git_/)).toEqual({});
    });
  }, 60_000);
});

/** Lets `work` click at a server with this data folder, which asks its source at each click. */
async function withServer(data: string, work: (server: Awaited<ReturnType<typeof startServer>>) => Promise<void>) {
  const top = `data: ${data}\nhomes: ./homes/{user}\nauth: none\ndefaults: { freshness: 0s }\n`;
  const server = await startServer(folder, `${top}courses: { intro: { title: Introduction, source: ./course } }\n`);
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

/** A workspace whose course and student both went on since the last pull. */
async function pullAndChange(): Promise<void> {
  expect((await pull()).status).toBe(0);
  writeFileSync(join(w, 'a.txt'), mine);
  changeCourse();
}

function changeCourse(): void {
  rmSync(join(folder, 'course'), { recursive: true });
  writeFiles(join(folder, 'course'), changed);
}

async function pull() {
  return await f2git(['pull', '../course', 'w', '--json'], { cwd: disk });
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function errorOf({ stdout }: Ended): { readonly code: string; readonly message: string } | undefined {
  return (JSON.parse(stdout) as { error?: { code: string; message: string } }).error;
}

/** The exit code of a full disk and one sentence; or a report that names what it could not write. Gives the code. */
function expectFull(ended: Ended): string {
  expect(ended.status, JSON.stringify(ended)).toBe(4);
  const error = errorOf(ended);
  if (error === undefined) {
    expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: 'partial' });
    return 'partial';
  }
  expectPlainWords(error.message);
  expect(ended.stderr).toBe(`f2git: ${error.message}\n`);
  return error.code;
}

/** Each file is as it was or as it will be, and none is there that should not. */
function expectOldOrNew(before: Readonly<Record<string, string>>): void {
  const now = filesIn(w);
  for (const path of new Set([...Object.keys(before), ...Object.keys(now), ...Object.keys(merged)]))
    expect([before[path], (merged as Readonly<Record<string, string>>)[path]], path).toContain(now[path]);
}

/** The text of each file below `root` that is not ours, or whose path is like `pattern`. */
function filesIn(root: string, pattern = /^(?!\.f2git\/)/): Readonly<Record<string, string>> {
  const files = Object.entries(treeOf(root)).filter(([path, node]) => node.startsWith('file') && pattern.test(path));
  return Object.fromEntries(files.map(([path]) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** Fills the disk but for so many pages. */
function fill(pages: number): void {
  rmSync(filler, { force: true });
  const fd = openSync(filler, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(PAGE));
  } catch (error) {
    expect(systemErrorName(error)).toBe('ENOSPC');
  } finally {
    closeSync(fd);
  }
  truncateSync(filler, Math.max(0, statSync(filler).size - PAGE * pages));
  expect(statfsSync(disk).bavail).toBe(pages);
}

function usedNames(): number {
  const { files, ffree } = statfsSync(disk);
  return files - ffree;
}

/** Gives what `mount` complains of. */
function mount(options: string): string {
  return run('mount', '-t', 'tmpfs', '-o', `${options},mode=0700`, 'tmpfs', disk);
}

function remount(options: string): void {
  expect(run('mount', '-o', `remount,${options}`, disk)).toBe('');
}

function unmount(): void {
  if (run('mountpoint', '-q', disk) === '') run('umount', disk);
}

function run(command: string, ...args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? '' : stderr || String(error ?? status);
}
