/**
 * Students of a real JupyterHub, each with an account of their own: they log in, click, land in their own Jupyter, work,
 * and click again after the course changed. Nobody else sees any of it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cell, notebook } from '../sync/notebook/notebooks.ts';
import { save, typeInto } from './lab.ts';
import { hubKinds, logIn, noHub, startHub, type RunningHub } from './hub-process.ts';
import { noBrowser, openBrowser, picture, writeFiles } from './support.ts';

/** Tests of several checkouts may run on one machine. */
const own = `f2git-test-${process.pid}`;
const names = { anna: `${own}-anna`, ben: `${own}-ben` };
const file = 'intro/week1/lab1.ipynb';
/** What the second student has. */
const germanPhone = { locale: 'de-DE', viewport: { width: 360, height: 640 } };
/** A busy machine may take its time to start a server. */
const PATIENT = { timeout: 60_000 };

describe.each(hubKinds.map((kind) => [kind.name, kind] as const))('%s', (_, kind) => {
  const reason = noBrowser ?? noHub(kind);
  describe.skipIf(reason !== undefined)(reason ?? 'with f2git as its service', () => {
    const isLab = kind.environment['JUPYTERHUB_SINGLEUSER_APP'] === undefined;
    let hub: RunningHub | undefined;
    const running = (): RunningHub => {
      if (hub === undefined) throw new Error('the hub did not start');
      return hub;
    };
    let chromium: { readonly browser: Browser; close(): Promise<void> } | undefined;
    const contexts = new Map<string, BrowserContext>();

    beforeAll(async () => {
      hub = await startHub(kind, { students: [names.anna], hub: 'start_servers: true' });
      writeFiles(hub.course, { 'week1/lab1.ipynb': notebook([cell('a'), cell('b')]), 'Übung 1 & 2?.txt': 'eins\n' });
      chromium = await openBrowser();
    });
    afterAll(async () => {
      await Promise.allSettled([chromium?.close(), hub?.stop()]);
      await hub?.remove();
    });

    /** A page of this person's own browser, logged in to the hub as people are. */
    const pageOf = async (name: string): Promise<Page> => {
      const known = contexts.get(name);
      if (known !== undefined) return known.newPage();
      const context = await chromium?.browser.newContext(name === names.ben ? germanPhone : {});
      if (context === undefined) throw new Error('no browser');
      contexts.set(name, context);
      return context.newPage();
    };
    const link = (query = ''): string =>
      `${running().address}services/f2git/go/intro?app=${isLab ? 'lab' : 'tree'}${query}`;
    const home = (name: string): string => running().homeOf(name);
    /** Where a notebook is open, in the program this hub has. */
    const opened = (name: string): RegExp =>
      isLab
        ? new RegExp(`/user/${name}/lab/.*tree/intro/week1/lab1\\.ipynb`)
        : new RegExp(`/user/${name}/notebooks/intro/week1/lab1\\.ipynb`);

    const cellOfNotebook = isLab ? '.jp-Notebook .jp-Cell' : '#notebook-container .cell';

    it('leads a student who is nobody yet through the login into the right notebook', async () => {
      const page = await pageOf(names.anna);
      await page.goto(link());
      await page.locator('input[name=username]').fill(names.anna);
      await page.locator('input[name=password]').fill('secret');
      const seen: string[] = [];
      page.on('response', (answer) => seen.push(new URL(answer.url()).pathname));
      await page.locator('input[name=password]').press('Enter');
      await page.getByText('Your server is starting').waitFor(PATIENT);
      await picture(page, `hub-${isLab ? 'lab' : 'classic'}-starting`);
      await page.waitForURL(opened(names.anna), PATIENT);
      // the hub's own page about it was not needed
      expect(seen.some((path) => path.includes('/hub/spawn-pending/'))).toBe(false);
      await page.locator(cellOfNotebook).first().waitFor(PATIENT);
      await picture(page, `hub-${isLab ? 'lab' : 'classic'}`);
      expect(readFileSync(join(home(names.anna), file), 'utf8')).toBe(notebook([cell('a'), cell('b')]));
      await page.close();
    });

    /** In the notebook's own program, with its own saving. */
    const workInLab = async (): Promise<void> => {
      const page = await pageOf(names.anna);
      await page.goto(`${running().address}user/${names.anna}/lab/tree/${file}`);
      await typeInto(page, 0, 'my_answer = 42');
      await save(page);
      await page.close();
    };

    it('puts the files there as the student’s own', () => {
      const { uid, gid } = statSync(home(names.anna));
      const foreign = execFileSync(
        'find',
        [home(names.anna), '!', '(', '-uid', String(uid), '-gid', String(gid), ')'],
        { encoding: 'utf8' },
      );
      expect(foreign).toBe('');
      expect(uid).toBeGreaterThanOrEqual(1000);
    });

    it('merges what the student wrote with what the course changed', async () => {
      const path = join(home(names.anna), file);
      if (isLab) await workInLab();
      else writeAs(names.anna, path, notebook([cell('a', { source: 'my_answer = 42' }), cell('b')]));
      writeFileSync(
        join(running().course, 'week1/lab1.ipynb'),
        notebook([cell('a'), cell('b'), cell('c', { source: 'new = 3' })]),
      );
      const page = await pageOf(names.anna);
      await page.goto(link());
      await page.waitForURL(opened(names.anna), PATIENT);
      const { cells } = JSON.parse(readFileSync(path, 'utf8')) as { cells: { source: string | string[] }[] };
      const sources = cells.map(({ source }) => [source].flat().join(''));
      expect(sources[0]).toBe('my_answer = 42');
      expect(sources.at(-1)).toBe('new = 3');
      await page.close();
    });

    it('opens a file whose name needs every escape there is', async () => {
      const page = await pageOf(names.anna);
      await page.goto(link('&open=' + encodeURIComponent('Übung 1 & 2?.txt')));
      await page.waitForURL(new RegExp(`/user/${names.anna}/.*%C3%9Cbung%201%20(&|%26)%202%3F\\.txt`), PATIENT);
      await page.close();
    });

    // another whole server: one hub is enough
    if (isLab)
      it('starts the named server that a link wants', async () => {
        const page = await pageOf(names.anna);
        await page.goto(link('&server=second'));
        await page.waitForURL(new RegExp(`/user/${names.anna}/second/.*intro/week1/lab1\\.ipynb`), PATIENT);
        await page.close();
      });

    it('makes the home of a second student first, and shows them nothing of the first', async () => {
      expect(existsSync(home(names.ben))).toBe(false);
      const anna = await pageOf(names.anna);
      const run = anna.waitForRequest(/\/api\/runs\/[^/]+\/events/);
      await anna.goto(link());
      const events = (await run).url();
      const ben = await pageOf(names.ben);
      await ben.goto(link());
      await logIn(ben, names.ben);
      await ben.getByText('Dein Server startet').waitFor(PATIENT);
      await picture(ben, `hub-${isLab ? 'lab' : 'classic'}-phone`);
      expect(await ben.evaluate('document.documentElement.scrollWidth')).toBe(germanPhone.viewport.width);
      // each on one line
      for (const words of [ben.locator('.brand span'), ben.getByRole('button', { name: 'Abmelden' })])
        expect((await words.boundingBox())?.height).toBeLessThan(32);
      await ben.waitForURL(opened(names.ben), PATIENT);
      expect((await ben.request.get(events)).status()).toBe(404);
      expect(readFileSync(join(home(names.ben), file), 'utf8')).not.toContain('my_answer');
      // not by the machine either
      expect(() =>
        execFileSync('setpriv', [`--reuid=${names.ben}`, '--clear-groups', 'cat', join(home(names.anna), file)], {
          stdio: 'ignore',
        }),
      ).toThrow();
      await Promise.all([anna.close(), ben.close()]);
    });

    it('follows the hub’s logout', async () => {
      const page = await pageOf(names.anna);
      await page.goto(`${running().address}hub/logout`);
      await page.goto(link());
      await page.locator('input[name=username]').waitFor();
      expect(new URL(page.url()).pathname).toBe('/jhub/hub/login');
      await page.close();
    });

    it('had no secret in f2git’s log', () => {
      const lines = running()
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{"time"'));
      expect(lines.length).toBeGreaterThan(3);
      expect(lines.filter((line) => /code|state=|token|cookie|session/i.test(line))).toEqual([]);
    });
  });
});

function writeAs(name: string, path: string, text: string): void {
  const args = [`--reuid=${name}`, '--clear-groups', 'tee', path];
  execFileSync('setpriv', args, { input: text, stdio: ['pipe', 'ignore', 'inherit'] });
}
