/**
 * The promise about what is not released, asked of a running server as a student would: every address, every object,
 * every file on the way. The test holds the clock, so that each minute comes when the test says so.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { parseTreeDocument } from '../../src/agent/tree-document.ts';
import { click } from './click.ts';
import { ask, builtAssets, builtWorker, programFolder, until, type Answer } from './harness.ts';

const before = new Date('2026-11-02T06:59:59.950Z');
/** 08:00 in Berlin. */
const eight = new Date('2026-11-02T07:00:00Z');
const evening = new Date('2026-11-02T17:00:00Z');

const SECRET_NAME = 'model-answer-q7';
const SECRET_TEXT = 'the answer is forty-two, as only staff know';

let root: string;
let server: RunningServer | undefined;
let clock: Date;
let log: string;

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'f2git-release-'));
  clock = before;
  log = '';
  write('course/README.md', 'Welcome\n');
  write('course/exercises/lab1.py', 'one = 1\n');
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** `freshness` decides whether a click may ask the source at all. */
async function start(release: string, freshness = '0s'): Promise<{ origin: string }> {
  const text = `
listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  intro:
    source: ./course
    open: README.md
    freshness: ${freshness}
    release: [${release}]`;
  server = await startServer(parseConfig(text, { folder: root, environment: {} }), {
    programFolder,
    now: () => clock,
    log: (...line) => (log += `${JSON.stringify(line)}\n`),
  });
  return { origin: server.url.replace(/\/$/, '') };
}

/** What anybody could lay hands on: by address, and by file. */
async function everythingInReach(at: { origin: string }, report: Record<string, unknown>): Promise<string> {
  const run = String(report['run']);
  const paths = [
    '/',
    '/metrics',
    '/health',
    '/go/intro?user=anna',
    `/go/intro?user=anna&run=${run}`,
    `/go/intro?user=anna&open=solutions/${SECRET_NAME.slice(0, 5)}`,
    `/api/runs/${run}?user=anna`,
    `/api/runs/${run}/events?user=anna`,
    '/api/courses/intro/tree?history=true',
    '/api/courses/intro/tree?since=0123456789012345678901234567890123456789',
    `/api/blobs/${blobId(SECRET_TEXT)}`,
    `/api/blobs/${blobId(SECRET_TEXT)}?course=intro`,
  ];
  const answers: Answer[] = [];
  for (const path of paths) answers.push(await ask(at, path));
  const pages = answers.map(({ headers, text }) => JSON.stringify(headers) + text).join('\n');
  const zip = await unzipped(at);
  return [pages, zip, objects(), textsIn(join(root, 'data/intro/all.git')), textsIn(join(root, 'homes')), log].join(
    '\n',
  );
}

/** Names and contents of the ZIP, in one text. */
async function unzipped(at: { origin: string }): Promise<string> {
  const bytes = Buffer.from(await (await fetch(`${at.origin}/zip/intro.zip`)).arrayBuffer());
  const zip = await fromBufferPromise(bytes);
  let text = bytes.toString('latin1');
  for await (const entry of zip.eachEntry()) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Uint8Array);
    text += `${entry.fileName}\n${Buffer.concat(chunks).toString()}\n`;
  }
  return text;
}

function blobId(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}

function git(...words: readonly string[]): string {
  const gitDir = join(root, 'data/intro/all.git');
  return execFileSync('git', ['-c', 'safe.directory=*', '--git-dir', gitDir, ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
  });
}

/** Every object of the repository, reachable or not, inflated; and what a clone's log says. */
function objects(): string {
  return git('cat-file', '--batch-all-objects', '--batch', '--unordered') + git('log', '--stat', '--all');
}

function textsIn(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries
    .map(
      (name) => name + (statSync(join(folder, name)).isFile() ? read(join(folder, name).slice(root.length + 1)) : ''),
    )
    .join('\n');
}

const solutions = '{ path: "solutions/**", from: 2026-11-02 08:00 }';

test('what is not released is nowhere: no page, no tree, no ZIP, no object, no home, no log', async () => {
  write(`course/solutions/${SECRET_NAME}.py`, SECRET_TEXT);
  symlinkSync('/etc/hostname', join(root, `course/solutions/${SECRET_NAME}-link`));
  const at = await start(solutions);
  const report = await click(at, 'anna');
  const reach = await everythingInReach(at, report);
  expect(report).toMatchObject({ outcome: 'updated' });
  expect(reach).toContain('one = 1');
  expect(reach).not.toContain(SECRET_NAME);
  expect(reach).not.toContain(SECRET_TEXT);
  expect((await ask(at, `/api/blobs/${blobId(SECRET_TEXT)}`)).status).toBe(404);
  expect(git('fsck', '--strict', '--full')).toBe('');
});

test('it comes at its minute, without a click and without asking the source', async () => {
  write(`course/solutions/${SECRET_NAME}.py`, SECRET_TEXT);
  const at = await start(solutions, '1h');
  await click(at, 'anna');
  rmSync(join(root, 'course'), { recursive: true });
  expect(git('ls-tree', '-r', '--name-only', 'main')).not.toContain(SECRET_NAME);
  clock = eight;
  await until(() => (git('ls-tree', '-r', '--name-only', 'main').includes(SECRET_NAME) ? true : undefined));
  expect(await click(at, 'anna')).toMatchObject({
    outcome: 'updated',
    files: [{ path: `solutions/${SECRET_NAME}.py`, action: 'added' }],
  });
  expect(read(`homes/anna/intro/solutions/${SECRET_NAME}.py`)).toBe(SECRET_TEXT);
  expect(git('fsck', '--strict', '--full')).toBe('');
});

test('what came due while no server ran is there after the start, without a click and without the source', async () => {
  write(`course/solutions/${SECRET_NAME}.py`, SECRET_TEXT);
  const at = await start(solutions, '1h');
  await click(at, 'anna');
  await server?.close();
  rmSync(join(root, 'course'), { recursive: true });
  clock = eight;
  const again = await start(solutions, '1h');
  await until(() => (git('ls-tree', '-r', '--name-only', 'main').includes(SECRET_NAME) ? true : undefined));
  expect(await click(again, 'anna')).toMatchObject({
    files: [{ path: `solutions/${SECRET_NAME}.py`, action: 'added' }],
  });
});

test('what is over is taken back where nobody changed it, and stays as the own work of whoever did', async () => {
  const at = await start('{ path: "exercises/**", until: 2026-11-02 18:00 }');
  await click(at, 'anna');
  await click(at, 'ben');
  write('homes/ben/intro/exercises/lab1.py', 'one = 1\nmine = True\n');
  clock = evening;
  expect(await click(at, 'anna')).toMatchObject({ files: [{ path: 'exercises/lab1.py', action: 'removed' }] });
  expect(await click(at, 'ben')).toMatchObject({ files: [{ path: 'exercises/lab1.py', action: 'kept' }] });
  expect(readdirSync(join(root, 'homes/anna/intro'))).not.toContain('exercises');
  expect(read('homes/ben/intro/exercises/lab1.py')).toBe('one = 1\nmine = True\n');
  const tree = await ask(at, '/api/courses/intro/tree');
  expect(parseTreeDocument(JSON.parse(tree.text)).offer.files.map(({ path }) => path)).toEqual(['README.md']);
  expect(await unzipped(at)).not.toContain('lab1');
});

test('a later "from" takes nothing from a home: who has the file keeps it, nobody new gets it, edits stay', async () => {
  let at = await start('');
  await click(at, 'anna');
  await server?.close();
  at = await start('{ path: "exercises/**", from: 2027-01-01 }');
  write('course/exercises/lab1.py', 'one = 1\ntwo = 2\n');
  await click(at, 'anna');
  expect(read('homes/anna/intro/exercises/lab1.py')).toBe('one = 1\n');
  await click(at, 'ben');
  expect(readdirSync(join(root, 'homes/ben/intro'))).not.toContain('exercises');
  expect(objects()).not.toContain('two = 2');
  clock = new Date('2027-01-01T08:00:00Z');
  expect(await click(at, 'anna')).toMatchObject({ files: [{ path: 'exercises/lab1.py', action: 'updated' }] });
  expect(read('homes/anna/intro/exercises/lab1.py')).toBe('one = 1\ntwo = 2\n');
});
