/** Where a course's files are: nobody is told, they may move, and nobody gets them delivered into themselves. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { identityDigest, isSameSource } from '../../src/core/source-identity.ts';
import { sourceFromText } from '../../src/sources/registry.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { f2git } from '../e2e/support.ts';
import { ask, builtAssets, builtWorker, programFolder, until } from './harness.ts';

let root: string;
let server: RunningServer;
let at: { origin: string };
let source: string;

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'f2git-identity-'));
  source = join(root, 'where-staff-keep-it');
  mkdirSync(source);
  writeFileSync(join(source, 'README.md'), 'Welcome\n');
  await serveFrom('./where-staff-keep-it');
});

afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

async function serveFrom(folder: string): Promise<void> {
  const text = `
listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  intro: { source: ${folder}, freshness: 0s }`;
  server = await startServer(parseConfig(text, { folder: root, environment: {} }), {
    programFolder,
    log: () => undefined,
  });
  at = { origin: server.url.replace(/\/$/, '') };
}

async function click(): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const started = await ask(at, '/api/runs', { method: 'POST', headers, body: JSON.stringify({ course: 'intro' }) });
  const { run } = JSON.parse(started.text) as { run: string };
  return until(async () => {
    const document = JSON.parse((await ask(at, `/api/runs/${run}`)).text) as Record<string, unknown>;
    return 'outcome' in document || document['state'] === 'failed' ? document : undefined;
  });
}

const tree = async (): Promise<{ offer: { identity: string } }> =>
  JSON.parse((await ask(at, '/api/courses/intro/tree')).text) as { offer: { identity: string } };

/** Everything in the student's home as one text. */
function home(): string {
  const folder = join(root, 'homes/student');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');
}

/** What the source's adapter calls it, as workspaces once kept it. */
function formerName(): string {
  const { adapter, config } = sourceFromText(source, root);
  return adapter.identity(config);
}

test('no answer and no file in a home says where the source is, also when it is gone', async () => {
  await click();
  const { offer } = await tree();
  expect(offer.identity).toMatch(/^source-[0-9a-f]{40}$/);
  rmSync(source, { recursive: true });
  const stale = await click();
  expect(stale).toMatchObject({ outcome: 'stale' });
  const page = await ask(at, `/go/intro?run=${String(stale['run'])}`);
  const reach = [JSON.stringify(await tree()), JSON.stringify(stale), page.text, home()].join('\n');
  expect(reach).not.toContain('where-staff-keep-it');
});

test('a workspace that knows the source by its former name is no other course’s', async () => {
  await click();
  const path = join(root, 'homes/student/intro/.f2git/state.json');
  const state = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...state, identity: formerName() }));
  writeFileSync(join(source, 'README.md'), 'Welcome back\n');
  expect(await click()).toMatchObject({ outcome: 'updated', files: [{ path: 'README.md', action: 'updated' }] });
  expect(readFileSync(path, 'utf8')).not.toContain('where-staff-keep-it');

  writeFileSync(path, JSON.stringify({ ...state, identity: 'folder:/another' }));
  expect(await click()).toMatchObject({ state: 'failed', error: { code: 'workspace-other-course' } });
});

test('a folder pulled by a program goes on, whatever name of the source it kept', async () => {
  const pull = (): Promise<{ status: number | null }> =>
    f2git(['pull', './where-staff-keep-it', 'mine'], { cwd: root });
  expect((await pull()).status).toBe(0);
  const path = join(root, 'mine/.f2git/state.json');
  const state = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...state, identity: formerName() }));
  expect((await pull()).status).toBe(0);
  writeFileSync(path, JSON.stringify({ ...state, identity: 'folder:/another' }));
  expect((await pull()).status).toBe(2);
});

test('a digest names one source and stays itself', () => {
  expect(identityDigest('folder:/a')).not.toBe(identityDigest('folder:/b'));
  expect(identityDigest(identityDigest('folder:/a'))).toBe(identityDigest('folder:/a'));
  expect(isSameSource('folder:/a', identityDigest('folder:/a'))).toBe(true);
  expect(isSameSource('folder:/a', identityDigest('folder:/b'))).toBe(false);
});

test('a course that is read from elsewhere from now on stays the course its students have', async () => {
  await click();
  const mine = join(root, 'homes/student/intro/README.md');
  writeFileSync(mine, 'MINE\nWelcome\n');
  await server.close();
  source = join(root, 'where-it-moved');
  mkdirSync(source);
  writeFileSync(join(source, 'README.md'), 'Welcome\nback\n');
  await serveFrom('./where-it-moved');
  expect(await click()).toMatchObject({ outcome: 'updated', files: [{ path: 'README.md', action: 'merged' }] });
  expect(readFileSync(mine, 'utf8')).toBe('MINE\nWelcome\nback\n');
});

test('who keeps the course in their own home does not get it delivered into itself', async () => {
  await server.close();
  const mine = join(root, 'homes/student/intro');
  mkdirSync(mine, { recursive: true });
  writeFileSync(join(mine, 'README.md'), 'Welcome\n');
  await serveFrom('./homes/student/intro');
  expect(await click()).toMatchObject({ state: 'failed', error: { code: 'workspace-is-source' } });
  expect(readdirSync(mine)).toEqual(['README.md']);
});
