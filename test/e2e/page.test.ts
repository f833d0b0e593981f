/** The pages in a real browser: with and without scripts, wide and narrow, light and dark; screenshots in test/output. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RelPath } from '../../src/core/paths.ts';
import { F2gitError } from '../../src/errors.ts';
import type { Notice } from '../../src/sync/plan-types.ts';
import { click, freshSource, gate, reportOf, startTestServer, until, type TestServer } from '../server/harness.ts';
import { asFileName, xssCorpus } from '../server/xss.ts';
import { lowContrastTexts } from './contrast.ts';

const CHROMIUM = '/usr/bin/chromium';
const switches = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const screenshots = join(import.meta.dirname, '../output/pages');

const rich: readonly Notice[] = [
  { path: 'README.md' as RelPath, action: 'added', rule: '4' },
  { path: 'week1/lab1.ipynb' as RelPath, action: 'added', rule: '4' },
  ...Array.from({ length: 12 }, (_, index): Notice => ({
    path: `week2/exercise-${index + 1}/a-rather-long-name-for-a-notebook.ipynb` as RelPath,
    action: 'added',
    rule: '4',
  })),
  { path: 'notes.md' as RelPath, action: 'updated', rule: '6' },
  {
    path: 'week1/solution.py' as RelPath,
    action: 'merged',
    rule: '11',
    declined: [
      { lines: [12, 14], course: 'return sum(values) / len(values)\n', yours: 'return sum(xs) / len(xs)  # mine\n' },
    ],
  },
  { path: 'week1/plan.xlsx' as RelPath, action: 'copied', rule: '12', copy: 'week1/plan.course.xlsx' as RelPath },
  { path: 'old.md' as RelPath, action: 'removed', rule: '8' },
];

describe.skipIf(!existsSync(CHROMIUM))('pages in Chromium (skipped where it is not installed)', () => {
  let browser: Browser;
  let server: TestServer;

  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: switches });
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    server = await startTestServer();
  });

  afterEach(() => server.close());

  async function open(path: string, options: BrowserContextOptions = {}): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ locale: 'en', ...options });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(server.origin)) faults.push(`request: ${request.url()}`);
    });
    await page.goto(`${server.origin}${path}`);
    return { page, faults };
  }

  test('a click starts by itself, shows real counts, ends in the report', async () => {
    const half = gate();
    const end = gate();
    server.script.run = async (job, onProgress) => {
      onProgress({ step: 'writing', done: 12, total: 48 });
      await half.opened;
      onProgress({ step: 'writing', done: 48, total: 48 });
      await end.opened;
      return reportOf(job, rich);
    };
    const { page, faults } = await open('/go/intro?open=week1/lab1.ipynb');
    await page.getByText('Putting files in place: 12 of 48').waitFor();
    expect(await page.locator('progress').getAttribute('max')).toBe('48');
    half.open();
    await page.getByText('48 of 48').waitFor();
    end.open();
    await page.getByRole('heading', { level: 1, name: 'All set!' }).waitFor();
    expect(await page.getByRole('link', { name: 'Open lab1.ipynb' }).getAttribute('href')).toContain(
      'open/intro?file=week1%2Flab1.ipynb',
    );
    expect(server.script.jobs).toHaveLength(1);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'All set!' }).waitFor();
    expect(server.script.jobs).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  test('two tabs: one run, the same report', async () => {
    const held = gate();
    server.script.run = async (job) => {
      await held.opened;
      return reportOf(job);
    };
    let starts = 0;
    const start = server.site.runs.start.bind(server.site.runs);
    server.site.runs.start = (request) => {
      starts += 1;
      return start(request);
    };
    const [one, two] = await Promise.all([open('/go/intro'), open('/go/intro')]);
    await until(() => (starts === 2 ? true : undefined));
    held.open();
    for (const { page } of [one, two]) await page.getByText('Everything is up to date').waitFor();
    expect(one.page.url()).toBe(two.page.url());
    expect(server.script.jobs).toHaveLength(1);
  });

  test('the course wanted something else: both sides are shown, Take and Undo are one press away', async () => {
    server.script.run = (job) =>
      Promise.resolve(job.kind === 'sync' ? reportOf(job, rich) : reportOf(job, rich.slice(2, 3)));
    const { page, faults } = await open('/go/intro');
    await page.getByText('return sum(values) / len(values)').waitFor();
    expect(await page.getByText('return sum(xs) / len(xs) # mine').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Take the course’s version: week1/solution.py' }).click();
    await page.getByRole('heading', { name: 'the other version is in place' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: 'Taken back' }).waitFor();
    expect(server.script.jobs.map((job) => job.kind)).toEqual(['sync', 'take', 'undo']);
    expect(faults).toEqual([]);
  });

  test('without scripts a button starts it and the page loads itself again until the report is there', async () => {
    const held = gate();
    server.script.run = async (job) => {
      await held.opened;
      return reportOf(job, rich);
    };
    const { page } = await open('/go/intro', { javaScriptEnabled: false });
    await page.getByRole('button', { name: 'Get the files' }).click();
    await page.locator('progress').waitFor();
    held.open();
    await page.getByRole('heading', { name: 'All set!' }).waitFor();
    expect(server.script.jobs).toHaveLength(1);
  });

  test('when nothing needs a look and there is a place to open the file in, the browser is led there', async () => {
    await server.close();
    server = await startTestServer({ opener: { target: (_person, { file }) => `/health?file=${file ?? ''}` } });
    const { page } = await open('/go/intro');
    await page.waitForURL('**/health?file=week1/lab1.ipynb');
    server.script.run = (job) => Promise.resolve(reportOf(job, rich));
    await page.goto(`${server.origin}/go/intro`);
    await page.getByRole('link', { name: 'Open lab1.ipynb' }).waitFor();
    expect(await page.locator('[data-forward]').count()).toBe(0);
  });

  test('a refused start says so and does not spin for ever', async () => {
    server.site.runs.start = () => {
      throw new F2gitError('server-busy');
    };
    const { page } = await open('/go/intro');
    await page.getByRole('alert').waitFor();
    expect(await page.locator('progress').isVisible()).toBe(false);
    expect(await page.getByRole('link', { name: 'Try again' }).isVisible()).toBe(true);
  });

  test('the other language keeps the page and the student', async () => {
    const run = await click(server, {}, 'anna');
    const { page } = await open(`/go/intro?user=anna&run=${run}`);
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await page.getByText('Alles auf dem neuesten Stand').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(await page.getByText('Als anna').isVisible()).toBe(true);
    expect(server.script.jobs).toHaveLength(1);
  });

  test('no script from a file name, a copy, a hunk, a title or an error runs', async () => {
    await server.close();
    server = await startTestServer({ title: xssCorpus.join(' ') });
    const notices = xssCorpus.map((text): Notice => {
      const name = asFileName(text) as RelPath;
      return {
        path: name,
        action: 'merged',
        rule: '11',
        copy: name,
        from: name,
        declined: [{ cell: text, course: text, yours: text }],
      };
    });
    server.script.run = (job) => Promise.resolve(reportOf(job, notices, { open: notices[0]!.path }));
    const { page, faults } = await open('/go/intro');
    await page.getByRole('heading', { level: 1, name: 'All set!' }).waitFor();
    await page.evaluate("document.querySelectorAll('details').forEach((details) => details.setAttribute('open', ''))");
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
    server.script.run = () =>
      Promise.reject(new F2gitError('source-invalid', { params: { detail: xssCorpus.join(' ') } }));
    await page.goto(`${server.origin}/go/intro`);
    await page.getByText('source-invalid').waitFor();
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
    expect(faults).toEqual([]);
  });

  test('the keyboard reaches the content first and every button', async () => {
    server.script.run = (job) => Promise.resolve(reportOf(job, rich));
    const { page } = await open('/go/intro');
    await page.getByRole('heading', { name: 'All set!' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate("document.activeElement.getAttribute('href')")).toBe('#main');
    for (const role of ['banner', 'main', 'contentinfo'] as const) expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.locator('h1').count()).toBe(1);
    for (const button of await page.getByRole('button').all()) expect(await button.getAttribute('tabindex')).toBeNull();
  });

  const looks = [
    ['wide-light', 1280, 'light', 'de'],
    ['wide-dark', 1280, 'dark', 'en'],
    ['narrow-light', 360, 'light', 'de'],
    ['narrow-dark', 360, 'dark', 'en'],
    ['tiny-light', 320, 'light', 'de'],
  ] as const;

  test.each(looks)('%s: nothing sticks out, and it can be read', async (name, width, colorScheme, locale) => {
    const shapes: readonly (readonly [string, TestServer['script']['run'], string])[] = [
      ['report', (job) => Promise.resolve(reportOf(job, rich)), 'h1'],
      ['unchanged', (job) => Promise.resolve(reportOf(job)), '.button'],
      [
        'stale',
        (job) =>
          Promise.resolve(
            reportOf(job, [], {
              outcome: 'stale',
              source: { ...freshSource, state: 'unreachable', asOf: '2026-11-22T07:00:00Z' },
            }),
          ),
        '.notice',
      ],
      ['failed', () => Promise.reject(new F2gitError('source-unreachable')), '.look'],
    ];
    const options = { viewport: { width, height: 800 }, colorScheme, locale };
    for (const [shape, run, selector] of shapes) {
      server.script.run = run;
      const id = await click(server);
      await until(() => (server.site.runs.active() === 0 ? true : undefined));
      const { page } = await open(`/go/intro?run=${id}`, options);
      await page.locator(selector).first().waitFor();
      await look(page, `${shape}-${name}`);
    }
    for (const [shape, path] of [
      ['place', '/open/intro?file=week1/lab1.ipynb'],
      ['teach', '/teach/intro?open=week1/lab1.ipynb&app=lab'],
      ['teach-index', '/teach'],
      ['index', '/'],
      ['missing', '/go/nothing'],
    ] as const) {
      const { page } = await open(path, options);
      await look(page, `${shape}-${name}`);
    }
  });

  /** Takes the picture and checks what a picture would show: no sideways scrolling, contrast of at least 4.5 to 1. */
  async function look(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
    expect(
      await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
      `${name} scrolls sideways`,
    ).toBe(true);
    expect(await page.evaluate(lowContrastTexts), `${name} has pale text`).toEqual([]);
    await page.context().close();
  }
});
