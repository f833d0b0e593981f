/**
 * Students of a real JupyterHub whose homes only their own servers can write (Kubernetes): f2git runs in each student's
 * server, behind jupyter-server-proxy, and gets the course from f2git's own server with the token the hub gave.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cell, notebook } from '../sync/notebook/notebooks.ts';
import { hubKinds, logIn, noHub } from './hub-process.ts';
import { save, typeInto } from './lab.ts';
import { noPackage, ownServers, type OwnServers } from './own-servers.ts';
import {
  f2git as f2gitOnce,
  noBrowser,
  openBrowser,
  picture,
  scratchFolder,
  writeFiles,
  type RunningProgram,
} from './support.ts';

const own = `f2git-own-${process.pid}`;
const names = { anna: `${own}-anna`, ben: `${own}-ben` };
const file = 'intro/week1/lab1.ipynb';
/** A busy machine may take its time to start a server. */
const PATIENT = { timeout: 60_000 };

const [current] = hubKinds;
const reason = noBrowser ?? (current === undefined ? 'no hub' : noHub(current)) ?? noPackage;

describe.skipIf(reason !== undefined)(reason ?? 'f2git in the students’ own servers of a JupyterHub', () => {
  let place: OwnServers;
  let hub: RunningProgram | undefined;
  let f2git: RunningProgram | undefined;
  let chromium: { readonly browser: Browser; close(): Promise<void> };
  let anna: BrowserContext;

  beforeAll(async () => {
    if (current === undefined) throw new Error('no hub');
    place = await ownServers(current, {
      students: Object.values(names),
      keeper: `${own}-keeper`,
      others: { 'only-for-ben': [names.ben] },
    });
    writeFiles(place.course, { 'week1/lab1.ipynb': notebook([cell('a'), cell('b')]), 'README.md': 'Welcome\n' });
    // in this order: a hub waits for a service that is not there yet
    f2git = await place.startF2git();
    hub = await place.startHub();
    chromium = await openBrowser();
    anna = await chromium.browser.newContext();
  });
  afterAll(async () => {
    await Promise.allSettled([chromium.close(), f2git?.stop(), hub?.stop()]);
    await place.remove();
  });

  const home = (path: string): string => join(place.homeOf(names.anna), path);
  const link = (): string => `${place.address}hub/user-redirect/f2git/go/intro`;
  const opened = new RegExp(`/user/${names.anna}/lab/.*tree/${file}`);

  it('leads a student who is nobody yet through login and start into the right notebook', async () => {
    const page = await anna.newPage();
    await page.goto(link());
    await logIn(page, names.anna);
    await page.waitForURL(opened, PATIENT);
    await picture(page, 'own-server-lab');
    expect(readFileSync(home(file), 'utf8')).toBe(notebook([cell('a'), cell('b')]));
    await page.close();
  });

  it('puts the files there as the student’s own', () => {
    const { uid, gid } = statSync(place.homeOf(names.anna));
    const args = [place.homeOf(names.anna), '!', '(', '-uid', String(uid), '-gid', String(gid), ')'];
    expect(execFileSync('find', args, { encoding: 'utf8' })).toBe('');
    expect(uid).toBeGreaterThanOrEqual(1000);
  });

  it('merges what the student wrote with what the course changed, from the tile in JupyterLab’s launcher', async () => {
    const lab = await anna.newPage();
    await lab.goto(`${place.address}user/${names.anna}/lab/tree/${file}`);
    await typeInto(lab, 0, 'my_answer = 42');
    await save(lab);
    const changed = [cell('a'), cell('b'), cell('c', { source: 'new = 3' })];
    writeFileSync(join(place.course, 'week1/lab1.ipynb'), notebook(changed));

    await lab.goto(`${place.address}user/${names.anna}/lab?reset`);
    const tile = lab.locator('.jp-LauncherCard', { hasText: 'Course files' });
    await tile.scrollIntoViewIfNeeded(PATIENT);
    await picture(lab, 'own-server-launcher');
    const [page] = await Promise.all([anna.waitForEvent('page', PATIENT), tile.click()]);
    const course = page.getByRole('link', { name: 'Get the files: Introduction to Python' });
    await course.waitFor(PATIENT);
    // what others take is not told
    expect(await page.content()).not.toContain('only-for-ben');
    await course.click();
    await page.waitForURL(opened, PATIENT);
    const { cells } = JSON.parse(readFileSync(home(file), 'utf8')) as { cells: { source: string | string[] }[] };
    const sources = cells.map(({ source }) => [source].flat().join(''));
    expect([sources[0], sources.at(-1)]).toEqual(['my_answer = 42', 'new = 3']);
    await Promise.all([page.close(), lab.close()]);
  });

  it('leads to f2git’s own server for a laptop, whose code is good there, and for the archive', async () => {
    const page = await anna.newPage();
    await page.goto(`${place.address}user/${names.anna}/f2git/laptop/intro`);
    const link = `${place.address}services/f2git/go/intro`;
    await page.getByText(`npx f2git pull ${link}`).waitFor(PATIENT);
    await page.getByRole('button', { name: 'Show a code' }).click();
    const laptop = scratchFolder('laptop');
    const code = await page.locator('.one-time-code').innerText();
    const env = { F2GIT_CODE: code, XDG_CONFIG_HOME: join(laptop, 'settings') };
    const pulled = await f2gitOnce(['pull', link, 'course', '--quiet'], { cwd: laptop, env });
    expect([pulled.status, pulled.stderr]).toEqual([0, '']);
    expect(readFileSync(join(laptop, 'course/README.md'), 'utf8')).toBe('Welcome\n');
    rmSync(laptop, { recursive: true });

    const archive = await page.request.get(`${place.address}user/${names.anna}/f2git/zip/intro.zip`);
    expect([archive.status(), archive.headers()['content-type']]).toEqual([200, 'application/zip']);
    await page.close();
  });

  it('lets nobody else into it', async () => {
    const ben = await chromium.browser.newContext();
    const page = await ben.newPage();
    await page.goto(`${place.address}user/${names.anna}/f2git/go/intro`);
    const refused = page.waitForResponse((answer) => answer.status() === 403, PATIENT);
    await logIn(page, names.ben);
    await refused;
    expect(await page.content()).not.toContain('Introduction to Python');
    await ben.close();
  });

  /** What a click says that cannot get the course. */
  const refusal = async (): Promise<string> => {
    const page = await anna.newPage();
    await page.goto(`${place.address}user/${names.anna}/f2git/go/intro`);
    const said = page.getByText('work is safe').first();
    await said.waitFor(PATIENT);
    const text = await said.innerText();
    await picture(page, 'own-server-refused');
    await page.close();
    return text;
  };

  it('says so while f2git’s server is away', async () => {
    await f2git?.stop();
    expect(await refusal()).toMatch(/is not answering just now/);
    f2git = await place.startF2git();
  });

  it('says so while the hub is away, and goes on when it is back', async () => {
    await hub?.stop('SIGKILL');
    // it has forgotten who is who
    await f2git?.stop();
    f2git = await place.startF2git();
    try {
      expect(await refusal()).toMatch(/JupyterHub is not answering/);
    } finally {
      // it takes over the servers that go on running, and stops them in the end
      hub = await place.startHub();
    }
    writeFileSync(join(place.course, 'README.md'), 'Welcome back\n');
    const page = await anna.newPage();
    await page.goto(`${place.address}user/${names.anna}/f2git/go/intro`);
    await page.waitForURL(opened, PATIENT);
    expect(readFileSync(home('intro/README.md'), 'utf8')).toBe('Welcome back\n');
    expect(readFileSync(home(file), 'utf8')).toContain('my_answer = 42');
    await page.close();
  });

  it('had no secret in the log of f2git’s server', () => {
    const lines = (f2git?.output() ?? '').split('\n').filter((line) => line.startsWith('{"time"'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => /code|state=|token|cookie|session/i.test(line))).toEqual([]);
  });
});
