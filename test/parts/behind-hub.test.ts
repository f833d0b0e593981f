/** A server in three parts behind a hub, as the built program: people and their own computers come through the front. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mayMakeAccounts, removeAccounts } from '../agent/support/students.ts';
import { cliPath } from '../e2e/support.ts';
import { Browser } from '../hub/browser.ts';
import { serviceEnvironment, startFakeHub, type FakeHub } from '../hub/fake-hub.ts';
import { formToken } from '../server/click.ts';
import { ask, until } from '../server/harness.ts';
import { openPartsStage, type PartsStage, type ServedInParts } from './support.ts';

const PREFIX = '/jhub/services/toy/';

let stage: PartsStage;
let hub: FakeHub;
let server: ServedInParts;

beforeAll(async () => {
  if (mayMakeAccounts) stage = await openPartsStage();
});

afterAll(async () => {
  if (!mayMakeAccounts) return;
  stage.remove();
  await removeAccounts();
});

beforeEach(async () => {
  if (!mayMakeAccounts) return;
  stage.put({ 'README.md': 'Welcome\n' });
  hub = await startFakeHub('5.5.1');
  server = await stage.serve('', { ...serviceEnvironment('5.5.1', hub.apiUrl), JUPYTERHUB_SERVICE_URL: '' });
});

afterEach(async () => {
  if (!mayMakeAccounts) return;
  await server.stop();
  await hub.close();
});

async function signedIn(groups: readonly string[] = []): Promise<Browser> {
  hub.users.set(stage.anna.name, { groups });
  const browser = new Browser(server, hub);
  browser.signInAtHub(stage.anna.name);
  expect((await browser.open(`${PREFIX}go/intro`)).status).toBe(200);
  return browser;
}

/** A code, as the course's page shows it. */
async function codeOf(browser: Browser): Promise<string> {
  const page = await browser.open(`${PREFIX}laptop/intro`);
  const token = formToken(page);
  const { text } = await browser.request(`${PREFIX}laptop/intro/code`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ f2git_form: token }).toString(),
  });
  return /one-time-code">([^<]+)</.exec(text)?.[1] ?? '';
}

/** `f2git pull` on a computer of one's own. */
function pull(folder: string, environment: NodeJS.ProcessEnv = {}): Promise<{ exit: number | null; said: string }> {
  const address = `${server.origin}${PREFIX}go/intro`;
  const child = spawn(process.execPath, [cliPath, 'pull', address, 'course', '--lang', 'en'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], XDG_CONFIG_HOME: join(folder, 'settings'), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.once('close', (exit) => resolve({ exit, said })));
}

/** As the page for staff counts them; other tests' clicks on the same data are among them. */
function clicksToday(page: string): number {
  const text = page.replace(/<[^>]*>|\s+/g, ' ');
  return Number(/ today +(\d+) /.exec(text)?.[1] ?? 0);
}

function tokenIn(folder: string): string {
  const kept = fs.readFileSync(join(folder, 'settings/f2git/tokens.json'), 'utf8');
  return Object.values((JSON.parse(kept) as { tokens: Record<string, string> }).tokens)[0] ?? '';
}

describe.skipIf(!mayMakeAccounts)('a server in three parts behind a hub (needs root)', () => {
  test('a computer of one’s own reads the course by its token, and nothing else, until it is signed out', async () => {
    const folder = fs.mkdtempSync(join(stage.root, 'laptop-'));
    const code = await codeOf(await signedIn());
    expect(await pull(folder)).toMatchObject({ exit: 3 });
    expect(await pull(folder, { F2GIT_CODE: code })).toMatchObject({ exit: 0 });
    expect(fs.readFileSync(join(folder, 'course/README.md'), 'utf8')).toBe('Welcome\n');
    stage.put({ 'README.md': 'Welcome back\n' });
    expect(await pull(folder)).toMatchObject({ exit: 0 });
    expect(fs.readFileSync(join(folder, 'course/README.md'), 'utf8')).toBe('Welcome back\n');

    const token = tokenIn(folder);
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    for (const [method, path, status] of [
      ['GET', 'api/courses/intro/tree', 200],
      ['GET', 'go/intro', 401],
      ['GET', 'laptop/intro', 401],
      ['POST', 'api/runs', 401],
      ['POST', 'laptop/intro/end', 401],
    ] as const)
      expect([path, (await ask(server, `${PREFIX}${path}`, { method, headers })).status]).toEqual([path, status]);
    expect(server.said()).not.toContain(token);

    expect(await stage.run('link', 'intro', '--sign-out', stage.anna.name)).toMatchObject({ status: 0 });
    expect(await pull(folder)).toMatchObject({ exit: 3 });
  });

  test('who looks after the course has its page, and nobody else', async () => {
    const anna = await signedIn(['ta']);
    expect((await anna.open(`${PREFIX}teach/intro`)).status).toBe(404);
    await server.stop();
    server = await stage.serve('    staff: ["group:ta"]\n', {
      ...serviceEnvironment('5.5.1', hub.apiUrl),
      JUPYTERHUB_SERVICE_URL: '',
    });
    const staff = await signedIn(['ta']);
    const before = await staff.open(`${PREFIX}teach/intro?lang=en`);
    expect(before.text).not.toContain('looked-for.md');
    stage.put({ 'README.md': 'Welcome\n', 'looked-for.md': 'New\n' });
    const press = async (path: string, fields = {}): Promise<number> => {
      const body = new URLSearchParams({ f2git_form: formToken(before), ...fields }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
      return (await staff.request(`${PREFIX}${path}?lang=en`, { method: 'POST', headers, body })).status;
    };
    expect(await press('teach/intro/look')).toBe(303);
    expect((await staff.open(`${PREFIX}teach/intro?lang=en`)).text).toContain('looked-for.md');

    const clicks = clicksToday(before.text);
    expect(await press('api/runs', { course: 'intro' })).toBe(303);
    const counted = await until(async () => {
      const { text } = await staff.open(`${PREFIX}teach/intro?lang=en`);
      return clicksToday(text) === clicks ? undefined : text;
    });
    expect(clicksToday(counted)).toBe(clicks + 1);
    expect(counted).toContain('folder on the server');
  });

  test('every question with a body is answered, however fast the keeper is', async () => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const statuses = new Map<number, number>();
    for (let n = 0; n < 400; n++) {
      const body = JSON.stringify({ code: 'AAAA-AAAA-AAAA' });
      const { status } = await ask(server, `${PREFIX}api/courses/intro/token`, { method: 'POST', headers, body });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([[403, 400]]);
  });

  test('somebody in 400 groups gets the pages, and the course on their own computer', async () => {
    const folder = fs.mkdtempSync(join(stage.root, 'laptop-'));
    const groups = Array.from({ length: 400 }, (_, n) => `a group with a long name of its own, number ${n}`);
    const code = await codeOf(await signedIn(groups));
    expect(await pull(folder, { F2GIT_CODE: code })).toMatchObject({ exit: 0 });
  });
});
