/** Ten clicks in a row that fail: each ends in one clear page, nothing piles up, and the first one that can work does. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { writeZip } from '../support/zip-writer.ts';
import { formToken } from './click.ts';
import { ask, builtAssets, builtWorker, programFolder, until, type Answer } from './harness.ts';

const CLICKS = 10;

let root: string;
let server: RunningServer;
let at: { origin: string };
let answer: RequestListener;
let connections = 0;
const source = createServer((request, response) => answer(request, response));
source.on('connection', (socket) => {
  connections += 1;
  socket.on('close', () => (connections -= 1));
});

const broken: RequestListener = (_request, response) => response.writeHead(503).end();
const fine: RequestListener = (_request, response) => {
  response.end(writeZip([{ name: 'c/README.md', bytes: Buffer.from('Welcome\n') }]));
};

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'f2git-failing-'));
  answer = broken;
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
  const text = `
listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  intro:
    source: zip+http://127.0.0.1:${(source.address() as AddressInfo).port}/c.zip
    allow_private_addresses: true
    freshness: 0s`;
  server = await startServer(parseConfig(text, { folder: root, environment: {} }), {
    programFolder,
    log: () => undefined,
  });
  at = { origin: server.url.replace(/\/$/, '') };
});

afterEach(async () => {
  await server.close();
  source.closeAllConnections();
  await new Promise((resolve) => source.close(resolve));
  rmSync(root, { recursive: true, force: true });
});

/** A click without scripts, to the page it ends in. */
async function page(): Promise<Answer> {
  const headers = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' };
  const shown = await ask(at, '/go/intro?lang=en', { headers });
  const token = formToken(shown);
  const body = new URLSearchParams({ course: 'intro', f2git_form: token }).toString();
  const led = await ask(at, '/api/runs?lang=en', { method: 'POST', headers, body });
  expect(led.status).toBe(303);
  const address = new URL(led.headers.location ?? '', `${at.origin}/api/runs`);
  return until(async () => {
    const ended = await ask(at, `${address.pathname}${address.search}`, { headers });
    return ended.text.includes('data-click') ? undefined : ended;
  });
}

async function metric(name: string): Promise<number> {
  const { text } = await ask(at, '/metrics');
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
}

/** Everything the server keeps on disk, by name; but for the counts of clicks, one file written some seconds later. */
function kept(): readonly string[] {
  return readdirSync(join(root, 'data'), { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^\.server\/clicks(\/intro)?$/.test(name))
    .map((name) => name.replace(/\d+$/, 'N'))
    .sort();
}

test('a source that is down: ten clear pages, and the next click after it came back works', async () => {
  await page();
  const first = kept();
  for (let number = 1; number < CLICKS; number += 1) {
    const { status, text } = await page();
    expect(status).toBe(200);
    expect(text.match(/<h1/g)).toHaveLength(1);
    expect(text).toContain('Your work is safe');
    expect(text).toContain('Try again');
    expect(text).not.toMatch(/data-report|undefined|\[object|Error:/);
  }
  expect(kept()).toEqual(first);
  expect(existsSync(join(root, 'homes/student/intro'))).toBe(false);
  expect(await metric('f2git_runs_active')).toBe(0);
  expect(await metric('f2git_runs_total')).toBe(CLICKS);
  await until(() => (connections <= 1 ? true : undefined));

  answer = fine;
  const works = await until(async () => {
    const shown = await page();
    return shown.text.includes('data-report') ? shown : undefined;
  });
  expect(works.text).toContain('All set!');
  expect(readFileSync(join(root, 'homes/student/intro/README.md'), 'utf8')).toBe('Welcome\n');
});

test('a file where the course should go: ten clear pages, the file untouched, and then it works', async () => {
  answer = fine;
  mkdirSync(join(root, 'homes/student'), { recursive: true });
  writeFileSync(join(root, 'homes/student/intro'), 'mine\n');
  for (let number = 0; number < CLICKS; number += 1) {
    const { text } = await page();
    expect(text).toContain('work is safe');
    expect(text).toContain('workspace-not-a-folder');
  }
  expect(readFileSync(join(root, 'homes/student/intro'), 'utf8')).toBe('mine\n');
  expect(readdirSync(join(root, 'homes/student'))).toEqual(['intro']);
  expect(await metric('f2git_runs_active')).toBe(0);
  rmSync(join(root, 'homes/student/intro'));
  expect((await page()).text).toContain('All set!');
});
