/**
 * A real JupyterHub that gives f2git and each student's server a host of its own (`subdomain_host`), so that a page in one
 * is a stranger in the others: sign in, click, open, and sign out lead from one host to the next.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cell, notebook } from '../sync/notebook/notebooks.ts';
import { hubKinds, logIn, noHub, startHub, type RunningHub } from './hub-process.ts';
import { noBrowser, openBrowser, picture, writeFiles } from './support.ts';

const own = `f2git-hosts-${process.pid}`;
const names = { anna: `${own}-anna` };
const file = 'intro/week1/lab1.ipynb';
/** A busy machine may take its time to start a server. */
const PATIENT = { timeout: 60_000 };

const [current] = hubKinds;
const reason = noBrowser ?? (current === undefined ? 'no hub' : noHub(current));

describe.skipIf(reason !== undefined)(reason ?? 'f2git in a JupyterHub with hosts of their own', () => {
  let hub: RunningHub;
  let chromium: { readonly browser: Browser; close(): Promise<void> };
  let anna: BrowserContext;

  beforeAll(async () => {
    if (current === undefined) throw new Error('no hub');
    hub = await startHub(current, { students: [names.anna], hub: 'start_servers: true', hasHosts: true });
    writeFiles(hub.course, { 'week1/lab1.ipynb': notebook([cell('a'), cell('b')]) });
    chromium = await openBrowser();
    anna = await chromium.browser.newContext();
  });
  afterAll(async () => {
    await Promise.allSettled([chromium.close(), hub.stop()]);
    await hub.remove();
  });

  const domain = (): string => new URL(hub.address).host;
  const service = (): string => `http://f2git--service.${domain()}/jhub/services/f2git/`;
  const server = (): string => `http://${names.anna}.${domain()}/jhub/user/${names.anna}/`;
  const home = (path: string): string => join(hub.homeOf(names.anna), path);
  const isOpened = (url: URL): boolean => url.href.startsWith(server()) && url.pathname.endsWith(`tree/${file}`);

  it('leads a student who is nobody yet through the login into the right notebook, on their own host', async () => {
    const page = await anna.newPage();
    await page.goto(`${service()}go/intro`);
    expect(new URL(page.url()).host).toBe(domain());
    await logIn(page, names.anna);
    await page.getByText('Your server is starting').waitFor(PATIENT);
    expect(new URL(page.url()).href.startsWith(service())).toBe(true);
    await page.waitForURL(isOpened, PATIENT);
    await picture(page, 'hub-hosts-lab');
    expect(readFileSync(home(file), 'utf8')).toBe(notebook([cell('a'), cell('b')]));
    await page.close();
  });

  it('keeps its session from the hub and from students’ servers', async () => {
    const sent = async (address: string): Promise<readonly string[]> =>
      (await anna.cookies(address)).map(({ name }) => name).filter((name) => name.startsWith('f2git'));
    expect(await sent(`${service()}go/intro`)).toEqual(['f2git-session']);
    expect([await sent(`${hub.address}services/f2git/`), await sent(server())]).toEqual([[], []]);
  });

  it('takes a click from a page of a student’s server, and brings what the course changed', async () => {
    writeFileSync(join(hub.course, 'week1/lab1.ipynb'), notebook([cell('a'), cell('b'), cell('c')]));
    const page = await anna.newPage();
    await page.goto(`${server()}api/status`);
    await page.evaluate(`location.assign(${JSON.stringify(`${service()}go/intro`)})`);
    await page.waitForURL(isOpened, PATIENT);
    expect(readFileSync(home(file), 'utf8')).toBe(notebook([cell('a'), cell('b'), cell('c')]));
    await page.close();
  });

  it('opens a named server on the student’s own host', async () => {
    const page = await anna.newPage();
    await page.goto(`${service()}go/intro?server=second`);
    await page.waitForURL((url) => url.href.startsWith(`${server()}second/`) && url.pathname.endsWith(file), PATIENT);
    await page.close();
  });

  it('follows the hub’s logout', async () => {
    const page = await anna.newPage();
    await page.goto(`${hub.address}hub/logout`);
    await page.goto(`${service()}go/intro`);
    await page.locator('input[name=username]').waitFor(PATIENT);
    expect(new URL(page.url()).href.startsWith(`${hub.address}hub/login`)).toBe(true);
    await page.close();
  });

  it('signs out of the hub from its own page', async () => {
    const page = await anna.newPage();
    await page.goto(`${service()}go/intro`);
    await logIn(page, names.anna);
    await page.waitForURL(isOpened, PATIENT);
    await page.goto(`${service()}laptop/intro`);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('link', { name: 'Sign out of JupyterHub as well' }).click();
    await page.waitForURL(`${hub.address}hub/login`, PATIENT);
    await page.goto(`${hub.address}hub/home`);
    await page.locator('input[name=username]').waitFor(PATIENT);
    await page.close();
  });
});
