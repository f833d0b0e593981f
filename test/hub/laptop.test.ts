/** The files on a computer of one's own, behind a hub: a code from the page, a token for it, and nothing more for that. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cliPath } from '../e2e/support.ts';
import { formToken } from '../server/click.ts';
import { ask, offerOf } from '../server/harness.ts';
import type { Browser } from './browser.ts';
import { behindHub, PREFIX, type Behind } from './support.ts';

let here: Behind;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'f2git-laptop-'));
  here = await behindHub('5.5.1');
});
afterEach(async () => {
  await here.close();
  rmSync(folder, { recursive: true, force: true });
});

async function signedIn(name: string): Promise<Browser> {
  const browser = here.browser();
  browser.signInAtHub(name);
  await browser.open(`${PREFIX}go/intro`);
  return browser;
}

/** Presses a button of the page; gives what it shows then. */
async function press(browser: Browser, button: 'code' | 'end'): Promise<string> {
  const page = await browser.open(`${PREFIX}laptop/intro`);
  const token = formToken(page);
  const shown = await browser.request(`${PREFIX}laptop/intro/${button}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ f2git_form: token }).toString(),
  });
  expect(shown.status).toBe(200);
  return shown.text;
}

async function codeOf(browser: Browser): Promise<string> {
  const text = await press(browser, 'code');
  return /one-time-code">([^<]+)</.exec(text)?.[1] ?? '';
}

async function redeem(code: string, course = 'intro'): Promise<{ status: number; token: string }> {
  const answer = await ask(here.f2git, `${PREFIX}api/courses/${course}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  const { token = '' } = JSON.parse(answer.text) as { token?: string };
  return { status: answer.status, token };
}

const read = (path: string, token: string, method = 'GET') =>
  ask(here.f2git, `${PREFIX}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  });

describe('a code', () => {
  test('is good once, for its course, as people type it', async () => {
    const alice = await signedIn('alice');
    const code = await codeOf(alice);
    expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    expect((await redeem(code, 'other')).status).toBe(403);
    const { status, token } = await redeem(` ${code.toLowerCase().replaceAll('-', '')} `);
    expect([status, (await read('api/courses/intro/tree', token)).status]).toEqual([200, 200]);
    expect((await redeem(code)).status).toBe(403);
  });

  test('is replaced by the next one, and over after ten minutes', async () => {
    const alice = await signedIn('alice');
    const first = await codeOf(alice);
    const second = await codeOf(alice);
    expect((await redeem(first)).status).toBe(403);
    here.later(11 * 60_000);
    expect((await redeem(second)).status).toBe(403);
  });

  test('A45: however many wrong codes somebody tries, everybody else’s are good', async () => {
    const code = await codeOf(await signedIn('alice'));
    for (let round = 0; round < 4; round++) {
      const tries = await Promise.all(Array.from({ length: 50 }, () => redeem('AAAA-AAAA-AAAA')));
      expect(new Set(tries.map(({ status }) => status))).toEqual(new Set([403]));
    }
    expect((await redeem(code)).status).toBe(200);
  });

  test('cannot be guessed: all that were ever shown are different, and of 58 bits', async () => {
    const alice = await signedIn('alice');
    const codes = new Set<string>();
    for (let n = 0; n < 50; n++) codes.add((await codeOf(alice)).replaceAll('-', ''));
    expect(codes.size).toBe(50);
    for (const code of codes) expect(code).toMatch(/^[ABCDEFGHJKMNPQRSTVWXYZ2-9]{12}$/);
  });

  test('is shown to nobody who is not signed in, and never by a GET', async () => {
    expect((await here.browser().request(`${PREFIX}laptop/intro`)).status).toBe(303);
    expect((await (await signedIn('alice')).request(`${PREFIX}laptop/intro/code`)).status).toBe(405);
  });
});

describe('its token', () => {
  test('reads one course, starts nothing and shows no page', async () => {
    const { token } = await redeem(await codeOf(await signedIn('alice')));
    expect((await read('zip/intro.zip', token)).status).toBe(200);
    for (const path of ['go/intro', 'laptop/intro', 'api/runs/20261102T080000Z-00000001'])
      expect([path, (await read(path, token)).status]).toEqual([path, 401]);
    expect((await read('api/runs', token, 'POST')).status).toBe(401);
    expect((await read('api/courses/other/tree', token)).status).toBe(404);
  });

  test('ends after thirty days, when it is changed, and with the course’s tokens', async () => {
    const { token } = await redeem(await codeOf(await signedIn('alice')));
    const changed = `${token.slice(0, -4)}AAAA`;
    expect((await read('api/courses/intro/tree', changed)).status).toBe(401);
    here.later(31 * 86_400_000);
    expect((await read('api/courses/intro/tree', token)).status).toBe(401);
  });
});

describe('what the hub says of its owner', () => {
  const tree = (token: string): Promise<number> => read('api/courses/intro/tree', token).then(({ status }) => status);

  async function tokenOf(name: string): Promise<string> {
    const { token } = await redeem(await codeOf(await signedIn(name)));
    expect(await tree(token)).toBe(200);
    return token;
  }

  /** Somebody else than alice: with groups the course wants. */
  async function inClosedCourse(): Promise<void> {
    await here.close();
    here = await behindHub('5.5.1', { course: 'students: [group:python]' });
    here.hub.users.set('bob', { groups: ['python'] });
  }

  test('ends with the owner’s account, within a minute', async () => {
    const token = await tokenOf('alice');
    here.hub.users.delete('alice');
    here.later(61_000);
    expect(await tree(token)).toBe(401);
  });

  test('follows the owner’s groups: who left the course’s group reads nothing more', async () => {
    await inClosedCourse();
    const token = await tokenOf('bob');
    here.hub.users.set('bob', { groups: [] });
    expect(await tree(token)).toBe(200);
    here.later(61_000);
    expect(await tree(token)).toBe(404);
    here.hub.users.set('bob', { groups: ['python'] });
    here.later(61_000);
    expect(await tree(token)).toBe(200);
  });

  test.each([[[]], [['servers']], [['read:users:groups!group=others']]])(
    'counts as it was where f2git may ask %j only',
    async (scopes: readonly string[]) => {
      await inClosedCourse();
      here.hub.ownScopes = scopes;
      const token = await tokenOf('bob');
      here.hub.users.set('bob', { groups: [] });
      here.later(61_000);
      expect(await tree(token)).toBe(200);
    },
  );

  test('counts for five minutes while the hub is down, and then waits for it', async () => {
    const token = await tokenOf('alice');
    here.hub.isDown = true;
    here.later(4 * 60_000);
    expect(await tree(token)).toBe(200);
    here.later(2 * 60_000);
    expect(await tree(token)).toBe(502);
    here.hub.isDown = false;
    expect(await tree(token)).toBe(200);
  });

  test('is asked for once a minute, however often the token is shown', async () => {
    const token = await tokenOf('alice');
    for (let n = 0; n < 10; n++) await tree(token);
    expect(here.hub.asked.filter((call) => call === 'GET /users/alice')).toHaveLength(1);
  });

  test('of 400 groups the token needs none', async () => {
    await inClosedCourse();
    const groups = Array.from({ length: 400 }, (_, n) => `a group with a long name of its own, number ${n}`);
    here.hub.users.set('bob', { groups: [...groups, 'python'] });
    const token = await tokenOf('bob');
    expect(token.length).toBeLessThan(1000);
    here.hub.ownScopes = [];
    here.later(61_000);
    expect(await tree(token)).toBe(200);
  });
});

describe('signing out all computers', () => {
  test('ends every token and code of one’s own at once, and nobody else’s', async () => {
    here.hub.users.set('bob', {});
    const alice = await signedIn('alice');
    const bob = await signedIn('bob');
    const { token } = await redeem(await codeOf(alice));
    const { token: bobs } = await redeem(await codeOf(bob));
    const waiting = await codeOf(alice);
    expect(await press(alice, 'end')).toMatch(/role="status">/);
    expect((await read('api/courses/intro/tree', token)).status).toBe(401);
    expect((await redeem(waiting)).status).toBe(403);
    expect((await read('api/courses/intro/tree', bobs)).status).toBe(200);
    const { token: again } = await redeem(await codeOf(alice));
    expect((await read('api/courses/intro/tree', again)).status).toBe(200);
  });

  test('is not for a token itself, nor for a page of somebody else', async () => {
    const alice = await signedIn('alice');
    const { token } = await redeem(await codeOf(alice));
    expect((await read('laptop/intro/end', token, 'POST')).status).toBe(401);
    const foreign = await alice.request(`${PREFIX}laptop/intro/end`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '',
    });
    expect(foreign.status).toBe(403);
    expect((await read('api/courses/intro/tree', token)).status).toBe(200);
  });
});

describe('f2git pull', () => {
  const pull = (environment: Readonly<Record<string, string>>, origin = here.f2git.origin, language = 'en') =>
    new Promise<{ exit: number | null; stderr: string }>((resolve) => {
      const link = `${origin}${PREFIX}go/intro`;
      const child = spawn(process.execPath, [cliPath, 'pull', link, 'course', '--lang', language], {
        cwd: folder,
        env: { PATH: process.env['PATH'], XDG_CONFIG_HOME: join(folder, 'settings'), ...environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.once('close', (exit) => resolve({ exit, stderr }));
    });

  test('sends neither code nor token to another machine in the clear', async () => {
    here.f2git.script.offer = offerOf({ files: [] });
    const code = await codeOf(await signedIn('alice'));
    // the same server, by an address that is not known to be this machine's
    const elsewhere = here.f2git.origin.replace('127.0.0.1', '0.0.0.0');
    const refused = await pull({ F2GIT_CODE: code }, elsewhere);
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('Use its https address')]);
    expect((await pull({ F2GIT_CODE: code }, elsewhere, 'de')).stderr).toContain('Nimm seine https-Adresse');

    expect(await pull({ F2GIT_CODE: code })).toMatchObject({ exit: 0 });
    const kept = join(folder, 'settings/f2git/tokens.json');
    writeFileSync(kept, readFileSync(kept, 'utf8').replace('127.0.0.1', '0.0.0.0'));
    expect(await pull({}, elsewhere)).toMatchObject({ exit: 2 });
  });

  test('says where the code is, takes it once, and remembers what it got for it', async () => {
    here.f2git.script.offer = offerOf({ files: [] });
    const asked = await pull({});
    expect([asked.exit, asked.stderr]).toEqual([3, expect.stringContaining('On your own computer')]);
    expect(asked.stderr).toContain(`${PREFIX}go/intro`);
    expect((await pull({ F2GIT_CODE: 'AAAA-AAAA-AAAA' })).stderr).toContain('This code is not valid');
    const code = await codeOf(await signedIn('alice'));
    expect(await pull({ F2GIT_CODE: code })).toMatchObject({ exit: 0 });
    expect(await pull({})).toMatchObject({ exit: 0 });
    const kept = join(folder, 'settings/f2git/tokens.json');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    const [token = ''] = Object.values(
      (JSON.parse(readFileSync(kept, 'utf8')) as { tokens: object }).tokens,
    ) as string[];
    expect(token).toMatch(/^f2git\./);
    expect(readFileSync(join(folder, 'course/.f2git/origin.json'), 'utf8')).not.toContain(token);
  });
});
