/** A server whose source is down, lies or hangs: nothing leaves a home, nobody waits long, and everybody is told. */
import { createServer, type RequestListener } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { f2git } from '../e2e/support.ts';
import { writeZip } from '../support/zip-writer.ts';
import { click } from './click.ts';
import { ask, builtAssets, builtWorker, programFolder, until } from './harness.ts';

const TOKEN = 'kaleidoscope-token';

let root: string;
let server: RunningServer | undefined;
let log: string;
let asked: number;
let answer: RequestListener;
const source = createServer((request, response) => {
  asked += 1;
  answer(request, response);
});

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'f2git-down-'));
  log = '';
  asked = 0;
  answer = archive({ 'README.md': 'Welcome\n', 'week1/lab.py': 'one = 1\n', 'week1/data.csv': '1;2\n' });
  await listenAt(0);
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await goDown();
  rmSync(root, { recursive: true, force: true });
});

function listenAt(port: number): Promise<void> {
  return new Promise((resolve) => source.listen(port, '127.0.0.1', resolve));
}

async function goDown(): Promise<void> {
  source.closeAllConnections();
  await new Promise((resolve) => source.close(resolve));
}

function portOfSource(): number {
  const address = source.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function bytesOf(files: Readonly<Record<string, string>>): Buffer {
  return writeZip(Object.entries(files).map(([name, text]) => ({ name: `course/${name}`, bytes: Buffer.from(text) })));
}

function archive(files: Readonly<Record<string, string>>): RequestListener {
  const bytes = bytesOf(files);
  return (_request, response) => response.setHeader('content-length', bytes.length).end(bytes);
}

/** Half of an archive, with nothing in the headers that would tell. */
const cutOff: RequestListener = (_request, response) => {
  const bytes = bytesOf({ 'README.md': 'Other\n', 'week1/lab.py': 'two = 2\n' });
  response.shouldKeepAlive = false;
  response.end(bytes.subarray(0, bytes.length / 2));
};

const loginPage: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/html').end('<!doctype html><form><input type=password></form>');
};

const broken: RequestListener = (_request, response) => response.writeHead(503).end();

function configuration(): string {
  return `
listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  intro:
    title: Einführung
    source: zip+http://127.0.0.1:${portOfSource()}/course.zip?token=${TOKEN}
    allow_private_addresses: true
    open: README.md
    freshness: 0s`;
}

async function start(): Promise<{ origin: string }> {
  server = await startServer(parseConfig(configuration(), { folder: root, environment: {} }), {
    programFolder,
    log: (...line) => (log += `${JSON.stringify(line)}\n`),
  });
  return { origin: server.url.replace(/\/$/, '') };
}

const home = (path: string): string => readFileSync(join(root, 'homes', path), 'utf8');

test.each([
  ['answers with errors', broken],
  ['shows a page to sign in', loginPage],
  ['sends half an archive', cutOff],
  ['is gone', undefined],
])('a source that %s: everybody keeps and gets the last good state, and is told', async (_name, failing) => {
  const at = await start();
  await click(at, 'anna');
  writeFileSync(join(root, 'homes/anna/intro/week1/lab.py'), 'one = 111\n');
  const zip = (await ask(at, '/zip/intro.zip')).headers.etag;
  const port = portOfSource();
  if (failing === undefined) await goDown();
  else answer = failing;

  const report = await click(at, 'anna');
  expect(report).toMatchObject({ outcome: 'stale', source: { state: 'unreachable' } });
  expect(home('anna/intro/week1/lab.py')).toBe('one = 111\n');
  expect(home('anna/intro/week1/data.csv')).toBe('1;2\n');
  const page = await ask(at, `/go/intro?user=anna&run=${String(report['run'])}&lang=en`);
  expect(page.text).toContain('The last known state');
  expect(await click(at, 'ben')).toMatchObject({ outcome: 'stale' });
  expect(home('ben/intro/README.md')).toBe('Welcome\n');
  expect((await ask(at, '/zip/intro.zip')).headers.etag).toBe(zip);
  expect(log + page.text + JSON.stringify(report)).not.toContain(TOKEN);

  if (failing === undefined) await listenAt(port);
  answer = archive({ 'README.md': 'Welcome back\n', 'week1/lab.py': 'one = 1\n', 'week1/data.csv': '1;2\n' });
  expect(await click(at, 'anna')).toMatchObject({
    outcome: 'updated',
    source: { state: 'fresh' },
    files: [{ path: 'README.md', action: 'updated' }],
  });
  expect(home('anna/intro/README.md')).toBe('Welcome back\n');
});

test('an archive that lost most of its files removes none, until they return', async () => {
  const at = await start();
  await click(at, 'anna');
  answer = archive({ 'README.md': 'Welcome\n' });
  expect(await click(at, 'anna')).toMatchObject({
    files: [
      { path: 'week1/data.csv', action: 'held' },
      { path: 'week1/lab.py', action: 'held' },
    ],
  });
  expect(home('anna/intro/week1/data.csv')).toBe('1;2\n');
  answer = archive({ 'README.md': 'Welcome\n', 'week1/lab.py': 'one = 1\n', 'week1/data.csv': '3;4\n' });
  expect(await click(at, 'anna')).toMatchObject({ files: [{ path: 'week1/data.csv', action: 'updated' }] });
});

test('a server stops although a source never answers', async () => {
  const at = await start();
  await click(at, 'anna');
  answer = () => undefined;
  asked = 0;
  const waiting = ask(at, '/zip/intro.zip').catch((error: unknown) => error);
  await until(() => (asked > 0 ? true : undefined));
  await server?.close();
  server = undefined;
  await waiting;
  expect(log).toContain('stopped');
});

test('a first click on a source that is down says so, and leaves nothing behind', async () => {
  answer = broken;
  const at = await start();
  const failed = await click(at, 'anna');
  expect(failed).toMatchObject({ state: 'failed' });
  expect(JSON.stringify(failed)).not.toContain(TOKEN);
  expect(() => home('anna/intro/README.md')).toThrow('ENOENT');
});

test.each([
  ['answers with errors', broken, 'source-unreachable', 'is not answering'],
  ['shows a page to sign in', loginPage, 'source-login', 'does not let f2git in'],
  ['sends half an archive', cutOff, 'source-truncated', 'cannot be used'],
])('a source that %s at the first click: where it is, only staff are told', async (_name, failing, code, reason) => {
  answer = failing;
  const at = await start();
  const failed = await click(at, 'anna');
  const page = await ask(at, `/go/intro?user=anna&run=${String(failed['run'])}&lang=en`);
  const port = String(portOfSource());
  expect(failed).toMatchObject({ state: 'failed', error: { code } });
  for (const told of [page.text, JSON.stringify(failed)]) {
    expect(told).toContain('Einführung');
    expect(told).not.toContain(port);
    expect(told).not.toContain('course.zip');
  }
  expect(page.text).toContain(reason);
  expect(log).toContain(`127.0.0.1:${port}/course.zip`);
  await server?.close();
  server = undefined;

  writeFileSync(join(root, 'f2git.yaml'), configuration());
  const synced = await f2git(['sync', 'intro', '--config', join(root, 'f2git.yaml')], { cwd: root });
  expect(synced.status).toBe(3);
  expect(synced.stderr).toContain(`127.0.0.1:${port}/course.zip`);
});
