/**
 * A real JupyterHub where students choose what they start (a profile): nobody gets one they did not choose, and whoever
 * has chosen lands in the file all the same.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cell, notebook } from '../sync/notebook/notebooks.ts';
import { hubKinds, logIn, noHub, startHub, type RunningHub } from './hub-process.ts';
import { noBrowser, openBrowser, picture, writeFiles } from './support.ts';

const own = `f2git-profiles-${process.pid}`;
const names = { anna: `${own}-anna`, ben: `${own}-ben` };
const file = 'intro/week1/lab1.ipynb';
/** A busy machine may take its time to start a server. */
const PATIENT = { timeout: 60_000 };

const configuration = `
c.Spawner.options_form = """
Which server? <select name="profile"><option>small</option><option>big</option></select>
"""
`;

const [current] = hubKinds;
const reason = noBrowser ?? (current === undefined ? 'no hub' : noHub(current));

describe.skipIf(reason !== undefined)(reason ?? 'f2git in a JupyterHub with profiles', () => {
  let hub: RunningHub;
  let chromium: { readonly browser: Browser; close(): Promise<void> };
  let anna: BrowserContext;

  beforeAll(async () => {
    if (current === undefined) throw new Error('no hub');
    hub = await startHub(current, { students: [names.anna], configuration });
    writeFiles(hub.course, { 'week1/lab1.ipynb': notebook([cell('a'), cell('b')]) });
    chromium = await openBrowser();
    anna = await chromium.browser.newContext();
  });
  afterAll(async () => {
    await Promise.allSettled([chromium.close(), hub.stop()]);
    await hub.remove();
  });

  const link = (query = ''): string => `${hub.address}services/f2git/go/intro${query}`;
  const choose = async (page: Page, profile: string): Promise<void> => {
    await page.locator('select[name=profile]').selectOption(profile, PATIENT);
    await page.getByRole('button', { name: 'Start' }).click();
  };
  const opened = (name: string, server = ''): RegExp => new RegExp(`/user/${name}/${server}lab/.*tree/${file}`);
  /** What the student's server was last started with; undefined when it never was. */
  const chosen = (name: string): unknown => {
    const told = `${hub.homeOf(name)}-options.json`;
    return existsSync(told) ? (JSON.parse(readFileSync(told, 'utf8')) as unknown) : undefined;
  };

  it('brings the files, has the hub ask before a first start, and then opens the file', async () => {
    const page = await anna.newPage();
    await page.goto(link());
    await logIn(page, names.anna);
    await page.locator('select[name=profile]').waitFor(PATIENT);
    await picture(page, 'hub-profiles');
    expect(existsSync(join(hub.homeOf(names.anna), file))).toBe(true);
    expect(chosen(names.anna)).toBeUndefined();
    await choose(page, 'big');
    await page.waitForURL(opened(names.anna), PATIENT);
    expect(chosen(names.anna)).toEqual({ profile: ['big'] });
    await page.close();
  });

  it('has the hub ask for a named server as well', async () => {
    const page = await anna.newPage();
    await page.goto(link('?server=second'));
    await page.locator('select[name=profile]').waitFor(PATIENT);
    expect(new URL(page.url()).pathname).toBe(`/jhub/hub/spawn/${names.anna}/second`);
    await page.close();
  });

  it('starts a server that was stopped by itself, as its student chose it the last time', async () => {
    const page = await anna.newPage();
    // The hub's button does nothing before the page's scripts are there, which come after its `load`.
    await page.goto(`${hub.address}hub/home`, { waitUntil: 'networkidle' });
    await page.locator('#stop').click();
    await page.locator('#start', { hasText: 'Start My Server' }).waitFor(PATIENT);
    rmSync(`${hub.homeOf(names.anna)}-options.json`);
    writeFileSync(join(hub.course, 'week1/lab1.ipynb'), notebook([cell('a'), cell('b'), cell('c')]));
    await page.goto(link());
    await page.getByText('Your server is starting').waitFor(PATIENT);
    await page.waitForURL(opened(names.anna), PATIENT);
    expect(chosen(names.anna)).toEqual({ profile: ['big'] });
    await page.close();
  });

  it('says to somebody whose home is made with the first server what to do, and goes on from there', async () => {
    const ben = await chromium.browser.newContext();
    const page = await ben.newPage();
    await page.goto(link());
    await logIn(page, names.ben);
    await page.getByText('Your home does not exist yet').waitFor(PATIENT);
    await picture(page, 'hub-profiles-no-home');
    expect(chosen(names.ben)).toBeUndefined();
    await page.getByRole('link', { name: 'Start my server' }).click();
    await choose(page, 'small');
    await page.waitForURL(opened(names.ben), PATIENT);
    expect(chosen(names.ben)).toEqual({ profile: ['small'] });
    expect(existsSync(join(hub.homeOf(names.ben), file))).toBe(true);
    await ben.close();
  });
});
