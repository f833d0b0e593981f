/**
 * f2git in the students' own servers of a real JupyterHub that gives each of them, and f2git's own server, a host of its own
 * (`subdomain_host`): one link for all, which leads each to their own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cell, notebook } from '../sync/notebook/notebooks.ts';
import { hubKinds, logIn, noHub } from './hub-process.ts';
import { noPackage, ownServers, type OwnServers } from './own-servers.ts';
import { noBrowser, openBrowser, picture, writeFiles, type RunningProgram } from './support.ts';

const own = `f2git-ownhosts-${process.pid}`;
const names = { anna: `${own}-anna`, ben: `${own}-ben` };
const file = 'intro/week1/lab1.ipynb';
/** A busy machine may take its time to start a server. */
const PATIENT = { timeout: 60_000 };

const [current] = hubKinds;
const reason = noBrowser ?? (current === undefined ? 'no hub' : noHub(current)) ?? noPackage;

describe.skipIf(reason !== undefined)(reason ?? 'f2git in students’ own servers with hosts of their own', () => {
  let place: OwnServers;
  let hub: RunningProgram | undefined;
  let f2git: RunningProgram | undefined;
  let chromium: { readonly browser: Browser; close(): Promise<void> };
  let anna: BrowserContext;

  beforeAll(async () => {
    if (current === undefined) throw new Error('no hub');
    place = await ownServers(current, { students: Object.values(names), keeper: `${own}-keeper`, hasHosts: true });
    writeFiles(place.course, { 'week1/lab1.ipynb': notebook([cell('a'), cell('b')]) });
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

  const domain = (): string => new URL(place.address).host;
  const server = (name: string): string => `http://${name}.${domain()}/jhub/user/${name}/`;
  const service = (): string => `http://f2git--service.${domain()}/jhub/services/f2git/`;
  const home = (path: string): string => join(place.homeOf(names.anna), path);
  const isOpened = (url: URL): boolean =>
    url.href.startsWith(server(names.anna)) && url.pathname.endsWith(`tree/${file}`);

  it('leads a student who is nobody yet through login and start into the right notebook, on their own host', async () => {
    const page = await anna.newPage();
    await page.goto(`${place.address}hub/user-redirect/f2git/go/intro`);
    expect(new URL(page.url()).host).toBe(domain());
    await logIn(page, names.anna);
    await page.waitForURL(isOpened, PATIENT);
    await picture(page, 'own-server-hosts');
    expect(readFileSync(home(file), 'utf8')).toBe(notebook([cell('a'), cell('b')]));
    await page.close();
  });

  it('brings what the course changed, for a click there', async () => {
    const changed = notebook([cell('a'), cell('b'), cell('c')]);
    writeFileSync(join(place.course, 'week1/lab1.ipynb'), changed);
    const page = await anna.newPage();
    await page.goto(`${server(names.anna)}f2git/go/intro`);
    await page.waitForURL(isOpened, PATIENT);
    expect(readFileSync(home(file), 'utf8')).toBe(changed);
    await page.close();
  });

  it('leads to the host of f2git’s own server for a laptop, and for the archive', async () => {
    const page = await anna.newPage();
    await page.goto(`${server(names.anna)}f2git/laptop/intro`);
    await page.getByText(`npx f2git pull ${service()}go/intro`).waitFor(PATIENT);
    expect(page.url()).toBe(`${service()}laptop/intro`);
    await page.getByRole('button', { name: 'Show a code' }).click();
    expect(await page.locator('.one-time-code').innerText()).not.toBe('');
    const saved = page.waitForEvent('download', PATIENT);
    const archive = `${server(names.anna)}f2git/zip/intro.zip`;
    await page.evaluate(`location.assign(${JSON.stringify(archive)})`);
    const download = await saved;
    expect(download.url()).toBe(`${service()}zip/intro.zip`);
    expect(
      readFileSync(await download.path())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
    await page.close();
  });

  it('lets nobody else into it', async () => {
    const ben = await chromium.browser.newContext();
    const page = await ben.newPage();
    await page.goto(`${server(names.anna)}f2git/go/intro`);
    const refused = page.waitForResponse((answer) => answer.status() === 403, PATIENT);
    await logIn(page, names.ben);
    await refused;
    expect(await page.content()).not.toContain('Introduction to Python');
    await ben.close();
  });
});
