/** One data folder, one server: two would ask every source twice and release past each other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig, type Config } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { cliPath, f2git } from '../e2e/support.ts';
import { ask, builtAssets, builtWorker, programFolder } from './harness.ts';

let root: string;
const running: RunningServer[] = [];

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'f2git-second-'));
  mkdirSync(join(root, 'course'));
  writeFileSync(join(root, 'course/README.md'), 'Welcome\n');
  writeFileSync(join(root, 'f2git.yaml'), yaml);
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
  rmSync(root, { recursive: true, force: true });
});

const yaml = `
listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  intro: { source: ./course }`;

const config = (): Config => parseConfig(yaml, { folder: root, environment: {} });

async function start(): Promise<RunningServer> {
  const server = await startServer(config(), { programFolder, log: () => undefined });
  running.push(server);
  return server;
}

test('a second server on the same data is refused, and the first one goes on', async () => {
  const first = await start();
  await expect(start()).rejects.toMatchObject({ code: 'data-in-use', params: { folder: join(root, 'data') } });
  const { status, stdout, stderr } = await f2git(['serve', '--json'], { cwd: root });
  expect([status, JSON.parse(stdout)]).toMatchObject([2, { error: { code: 'data-in-use' } }]);
  expect(stderr).toMatch(/Another f2git server .* Stop the other one/);
  expect((await ask({ origin: first.url.replace(/\/$/, '') }, '/ready')).status).toBe(200);
});

test('a server whose data folder is away says that it is not ready, and goes on when it is back', async () => {
  const { url } = await start();
  const ready = async (): Promise<number> => (await ask({ origin: url.replace(/\/$/, '') }, '/ready')).status;
  expect(await ready()).toBe(200);
  renameSync(join(root, 'data'), join(root, 'away'));
  writeFileSync(join(root, 'data'), 'a disk that is not mounted');
  expect(await ready()).toBe(503);
  rmSync(join(root, 'data'));
  renameSync(join(root, 'away'), join(root, 'data'));
  expect(await ready()).toBe(200);
});

test('once the first has stopped, the next one has the data', async () => {
  const first = await start();
  await first.close();
  await start();
});

test('commands beside a running server are not refused', async () => {
  await start();
  const { status } = await f2git(['sync', 'intro'], { cwd: root });
  expect(status).toBe(0);
});

test('a server that was killed is followed at once, without anybody removing a file', async () => {
  const child = spawn(process.execPath, [cliPath, 'serve'], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  await once(child.stderr, 'data');
  expect(heldLocks()).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(heldLocks()).toHaveLength(1);
  await start();
});

test('a server on another machine is known by its heartbeat', async () => {
  const first = await start();
  const [name] = heldLocks();
  const path = join(root, 'data/.server', name!);
  const owner = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(`${path}.new`, JSON.stringify({ ...owner, host: 'elsewhere' }));
  renameSync(`${path}.new`, path);
  let beats = 0;
  const heart = setInterval(() => utimesSync(path, (beats += 1), beats), 20);
  try {
    await expect(start()).rejects.toMatchObject({ code: 'data-in-use' });
  } finally {
    clearInterval(heart);
    await first.close();
  }
});

function heldLocks(): readonly string[] {
  return readdirSync(join(root, 'data/.server')).filter((name) => name.startsWith('held-'));
}
