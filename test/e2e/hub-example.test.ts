/** The hub to try out, started by its one command: a student signs in and gets the course. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, hubKinds, noHub } from './hub-process.ts';
import { noBrowser, openBrowser, projectRoot, startProgram, type RunningProgram } from './support.ts';

const [current] = hubKinds;
const reason = noBrowser ?? (current === undefined ? 'no hub' : noHub(current));
const folder = join(projectRoot, 'examples/jupyterhub');
const start = join(folder, 'start.mjs');

describe.skipIf(reason !== undefined)(reason ?? 'examples/jupyterhub', () => {
  let hub: RunningProgram;
  let port = 0;

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    const programs = [
      join(projectRoot, 'test/output/venv/bin'),
      join(projectRoot, 'test/output/proxy/node_modules/.bin'),
    ];
    const env = { ...process.env, PATH: [...programs, process.env['PATH']].join(':') };
    hub = startProgram(process.execPath, [start, '--port', String(port)], { cwd: folder, env });
    await hub.waitFor(/JupyterHub is now running at/);
  });
  afterAll(async () => {
    await hub.stop();
    // nothing is left of them where the last test came so far
    spawnSync(process.execPath, [start, '--remove'], { stdio: 'ignore' });
    rmSync(join(folder, '.state'), { recursive: true, force: true });
  });

  it('leads by the link it prints to the course in the student’s home', async () => {
    const [, link = ''] = /(http:\S+\/go\/example)/.exec(hub.output()) ?? [];
    const chromium = await openBrowser();
    try {
      const page = await chromium.browser.newPage();
      await page.goto(link);
      await page.locator('input[name=username]').fill('demo-anna');
      await page.locator('input[name=password]').fill('f2git');
      await page.locator('input[name=password]').press('Enter');
      await page.waitForURL(/\/user\/demo-anna\/lab\/tree\/example\/README\.md/, { timeout: 60_000 });
      expect(existsSync('/home/demo-anna/example/README.md')).toBe(true);
    } finally {
      await chromium.close();
    }
  });

  it('takes its accounts away whatever still runs under them', async () => {
    const left = spawn('setpriv', ['--reuid=demo-ben', '--clear-groups', 'sleep', '600'], { stdio: 'ignore' });
    const ended = new Promise<unknown>((resolve) => left.on('exit', (_code, signal) => resolve(signal)));
    await hub.stop();
    execFileSync(process.execPath, [start, '--remove'], { stdio: 'pipe' });
    expect(await ended).toBe('SIGKILL');
    expect(() => execFileSync('id', ['demo-ben'], { stdio: 'pipe' })).toThrow();
  });
});
