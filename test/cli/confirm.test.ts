/** Held deletions: who confirms them, where, and that nothing goes that nobody confirmed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { f2git, writeFiles } from '../e2e/support.ts';
import { writeZip } from '../support/zip-writer.ts';
import { actionsOf, expectPlainWords, expectRefusal, runJson, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
const course = join(folder, 'course');
const mine = join(folder, 'my copy');
const names = Array.from({ length: 8 }, (_, index) => `f${index}.txt`);
const lost = names.slice(0, 6);
afterAll(place.remove);

beforeEach(() => {
  for (const name of ['course', 'my copy', 'moved', 'settings', 'data', 'f2git.yaml'])
    rmSync(join(folder, name), { recursive: true, force: true });
  put(names);
});

function put(present: readonly string[]): void {
  writeFiles(course, Object.fromEntries(present.map((name) => [name, `${name}\n`])));
}

function lose(gone: readonly string[]): void {
  for (const name of gone) rmSync(join(course, name), { force: true });
}

interface Confirmation {
  readonly course: string;
  readonly released: readonly string[];
  readonly held: readonly string[];
}

async function confirm(args: readonly string[], cwd = folder): Promise<Confirmation & { stderr: string }> {
  const { status, stdout, stderr } = await f2git(['confirm', ...args, '--json'], { cwd });
  expect(status, stderr).toBe(0);
  return { ...(JSON.parse(stdout) as Confirmation), stderr };
}

describe('a folder pulled straight from a source', () => {
  const pull = () => runJson(folder, ['pull', './course', 'my copy']);

  it('is told the very command, which works from anywhere, and then the one that deletes', async () => {
    await pull();
    writeFileSync(join(mine, 'f0.txt'), 'my own work\n');
    lose(lost);
    const { stderr } = await pull();
    expect(stderr).toContain(`f2git confirm '${mine}'`);
    const confirmed = await confirm([mine], '/');
    expect(confirmed).toMatchObject({ course: 'course', released: lost, held: [] });
    expect(confirmed.stderr).toContain(`f2git pull ${course} '${mine}'`);
    expect(existsSync(join(mine, 'f1.txt'))).toBe(true);
    const { stderr: after, ...report } = await runJson('/', ['pull', course, mine]);
    expect(actionsOf(report)).toEqual({
      'f0.txt': 'kept',
      ...Object.fromEntries(lost.slice(1).map((name) => [name, 'removed'])),
    });
    expect(after).not.toContain('f2git confirm');
    expect(existsSync(join(mine, 'f1.txt'))).toBe(false);
  });

  it('is told nothing that way with --quiet', async () => {
    await pull();
    lose(lost);
    const { status, stderr } = await f2git(['pull', './course', 'my copy', '--quiet'], { cwd: folder });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('is meant by nothing at all, inside it', async () => {
    await pull();
    lose(lost);
    await pull();
    mkdirSync(join(mine, 'sub'), { recursive: true });
    expect(await confirm([], join(mine, 'sub'))).toMatchObject({ released: lost });
    expect((await confirm([], mine)).stderr).toContain('No deletion is held');
  });

  it('is what a file waits for that is to lie where one is held', async () => {
    await pull();
    lose(lost);
    writeFiles(course, { 'f0.txt/new.txt': 'now a folder\n' });
    const { stderr, files, source } = await pull();
    expect(files.find(({ path }) => path === 'f0.txt/new.txt')).toMatchObject({ action: 'skipped' });
    expect(stderr).toMatch(/f0\.txt\/new\.txt: This file of the course cannot come yet: [^]*f2git confirm '/);
    expect(source.problems).toMatchObject([{ path: 'f0.txt/new.txt', code: 'place-occupied' }]);
    expect(source.problems[0]?.message).toMatch(/“f0\.txt\/new\.txt”, cannot come yet.*“f2git confirm”/);
    const german = await f2git(['pull', './course', 'my copy', '--lang', 'de'], { cwd: folder });
    expect(german.stderr).toMatch(/f0\.txt\/new\.txt: Diese Datei des Kurses kann noch nicht kommen: /);
    for (const said of [german.stderr, stderr]) expect(said).not.toMatch(/rename|umbenennen/);
    await confirm([mine]);
    expect(actionsOf(await pull())).toMatchObject({ 'f0.txt': 'removed', 'f0.txt/new.txt': 'added' });
  });

  it('says the command in German too', async () => {
    await pull();
    lose(lost);
    const { stderr } = await f2git(['pull', './course', 'my copy', '--lang', 'de'], { cwd: folder });
    expect(stderr).toMatch(/Sind sie wirklich nicht mehr im Kurs\? Dann bestätige es: f2git confirm '/);
  });

  it('that a server filled is confirmed there, not here', async () => {
    await pull();
    const origin = { version: 1, origin: { kind: 'link', link: 'https://hub.example.org/go/intro' } };
    writeFileSync(join(mine, '.f2git/origin.json'), JSON.stringify(origin));
    await expectRefusal(folder, ['confirm', 'my copy'], { code: 'confirm-elsewhere', says: /those who look after/ });
    rmSync(join(mine, '.f2git/origin.json'));
    await expectRefusal(folder, ['confirm', 'my copy'], { code: 'confirm-elsewhere' });
  });

  it('that came by an address that is a key itself asks with it again, and shows and keeps it nowhere there', async () => {
    const server = createServer((_request, response) => {
      const present = names.filter((name) => existsSync(join(course, name)));
      response.end(writeZip(present.map((name) => ({ name: `c/${name}`, bytes: Buffer.from(name) }))));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}/course.zip?X-Amz-Signature=canary-signature`;
    const home = { XDG_CONFIG_HOME: join(folder, 'settings') };
    const env = { env: home };
    const said: string[] = [];
    const run = async (...args: readonly string[]): Promise<void> => {
      const { status, stdout, stderr } = await f2git([...args, '--json'], { cwd: folder, ...env });
      expect(status, stderr).toBe(0);
      said.push(stdout, stderr);
    };
    await run('pull', address, 'my copy');
    lose(lost);
    await run('pull', address, 'my copy');
    // the folder is moved: the address still belongs to it
    renameSync(mine, join(folder, 'moved'));
    for (const command of ['status', 'log', 'confirm']) await run(command, 'moved');
    expect(said.join('')).toMatch(/"released": \[\s+"f0\.txt"/);
    expect(said.join('')).not.toContain('canary');
    for (const path of readdirSync(join(folder, 'moved/.f2git'), { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, 'moved/.f2git', path);
      if (statSync(file).isFile()) expect(readFileSync(file).includes('canary'), path).toBe(false);
    }
    const settings = join(folder, 'settings/f2git/addresses');
    const kept = readdirSync(settings).map((name) => join(settings, name));
    expect(kept.map((path) => [statSync(path).mode & 0o777, readFileSync(path, 'utf8')])).toEqual([[0o600, address]]);
    rmSync(settings, { recursive: true });
    await expectRefusal(folder, ['confirm', 'moved'], {
      code: 'address-not-kept',
      env: home,
      says: /opens it to all who know it/,
    });
    await run('pull', address, 'moved');
    await run('confirm', 'moved');
  });

  it('needs a name where there is none', async () => {
    await expectRefusal(folder, ['confirm'], { code: 'usage', says: /“course” is missing/ });
    await expectRefusal(folder, ['confirm', 'course'], { code: 'course-unknown' });
  });
});

describe('what is confirmed is what is there now', () => {
  const configured = (source: string): void =>
    writeFileSync(join(folder, 'f2git.yaml'), `homes: ./homes/{user}\nauth: none\ncourses: { c: ${source} }\n`);

  it('a file that came back is not deleted', async () => {
    configured('{ source: ./course }');
    await f2git(['sync', 'c'], { cwd: folder });
    lose(lost);
    await f2git(['sync', 'c'], { cwd: folder });
    put(['f0.txt', 'f1.txt']);
    expect(await confirm(['c'])).toMatchObject({ released: lost.slice(2), held: [] });
    const { stdout } = await f2git(['sync', 'c', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ courses: [{ files: 4, held: [] }] });
  });

  it('what nobody has been shown is shown first, and deleted only by the next confirmation', async () => {
    configured('{ source: ./course }');
    await f2git(['sync', 'c'], { cwd: folder });
    lose(lost);
    const first = await confirm(['c']);
    expect(first).toMatchObject({ released: [], held: lost });
    expect(first.stderr).toMatch(/Deletions held only since now and not released: 6\.[^]*"f2git confirm c"[^]*f5\.txt/);
    expect(await confirm(['c'])).toMatchObject({ released: lost, held: [] });
  });

  it('a source that cannot be seen confirms nothing', async () => {
    let files: readonly string[] | undefined = names;
    const server = createServer((_request, response) => {
      if (files === undefined) response.writeHead(503, { 'retry-after': '3600' }).end();
      else response.end(writeZip(files.map((name) => ({ name: `c/${name}`, bytes: Buffer.from(name) }))));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `zip+http://127.0.0.1:${(server.address() as AddressInfo).port}/c.zip`;
    try {
      configured(`{ source: "${address}", allow_private_addresses: true }`);
      await f2git(['sync', 'c'], { cwd: folder });
      files = names.slice(6);
      await f2git(['sync', 'c'], { cwd: folder });
      files = undefined;
      const { status, stdout, stderr } = await f2git(['confirm', 'c', '--json'], { cwd: folder });
      expect([status, JSON.parse(stdout)]).toMatchObject([3, { error: { retry: 'later' } }]);
      expectPlainWords(stderr.trim());
      files = names.slice(6);
      expect(await confirm(['c'])).toMatchObject({ released: lost });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
