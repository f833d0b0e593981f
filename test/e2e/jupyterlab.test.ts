/** A real JupyterLab has a notebook open while the course changes it: what the student types there is never lost. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cell, notebook } from '../sync/notebook/notebooks.ts';
import { PATIENT, save, typeInto } from './lab.ts';
import {
  click,
  noBrowser,
  openBrowser,
  picture,
  projectRoot,
  scratchFolder,
  startProgram,
  startServer,
  writeFiles,
  type RunningProgram,
} from './support.ts';

const jupyter = join(projectRoot, 'test/output/venv/bin/jupyter');
const noJupyter = existsSync(jupyter) ? undefined : 'JupyterLab is not installed (pip install jupyterlab)';
const reason = noBrowser ?? noJupyter;

const delivered = notebook([cell('a'), cell('b'), cell('c')]);
const changed = notebook([cell('a', { source: 'better = 1' }), cell('b'), cell('c'), cell('d', { source: 'new = 4' })]);

describe.skipIf(reason !== undefined)(reason ?? 'a notebook that is open in JupyterLab', () => {
  const folder = scratchFolder('jupyterlab');
  const home = join(folder, 'homes/anna');
  const file = join(home, 'intro/lab1.ipynb');
  let server: Awaited<ReturnType<typeof startServer>>;
  let lab: RunningProgram & { readonly address: string };
  let chromium: { readonly browser: Browser; close(): Promise<void> };

  beforeAll(async () => {
    writeFiles(folder, { 'course/lab1.ipynb': delivered });
    mkdirSync(home, { recursive: true });
    server = await startServer(folder, configuration);
    lab = await startLab(home, folder);
    chromium = await openBrowser();
  });
  afterAll(async () => {
    await Promise.allSettled([chromium.close(), lab.stop(), server.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is saved over the course’s change after JupyterLab asked, and has both after the next click', async () => {
    const link = `${server.address}go/intro?user=anna`;
    const clicks = await chromium.browser.newPage();
    await click(clicks, link);
    const editor = await chromium.browser.newPage();
    await editor.goto(`${lab.address}lab/tree/intro/lab1.ipynb`);
    await typeInto(editor, 1, 'my_answer = 42');

    writeFileSync(join(folder, 'course/lab1.ipynb'), changed);
    await click(clicks, link);
    expect(sourcesOf(file)).toEqual(['better = 1', source('b'), source('c'), 'new = 4']);

    await editor.keyboard.press('Control+s');
    const question = editor.locator('.jp-Dialog', { hasText: 'changed on disk' });
    await question.waitFor();
    await picture(editor, 'jupyterlab-asks');
    await question.getByRole('button', { name: 'Overwrite' }).click();
    await expect.poll(() => sourcesOf(file), PATIENT).toEqual([source('a'), 'my_answer = 42', source('c')]);

    await click(clicks, link);
    expect(sourcesOf(file)).toEqual(['better = 1', 'my_answer = 42', source('c'), 'new = 4']);
    await picture(clicks, 'jupyterlab-report');
    await clicks.close();
    await editor.close();
  });

  it('loses nothing when it is saved while a click is on its way', async () => {
    const link = `${server.address}go/intro?user=anna`;
    const editor = await chromium.browser.newPage();
    await editor.goto(`${lab.address}lab/tree/intro/lab1.ipynb`);
    const clicks = await chromium.browser.newPage();
    for (let round = 1; round <= 3; round++) {
      await typeInto(editor, 2, `round_${round} = 'mine'`);
      writeFileSync(
        join(folder, 'course/lab1.ipynb'),
        notebook([cell('a', { source: `course = ${round}` }), cell('b'), cell('c')]),
      );
      await Promise.all([click(clicks, link), save(editor)]);
      await expect.poll(() => sourcesOf(file), PATIENT).toContain(`round_${round} = 'mine'`);
      await click(clicks, link);
      expect(sourcesOf(file)).toContain(`round_${round} = 'mine'`);
      expect(sourcesOf(file)).toContain(`course = ${round}`);
      await editor.reload();
    }
    await clicks.close();
    await editor.close();
  });
});

const configuration = `
listen: 127.0.0.1:8484
data: ./data
homes: ./homes/{user}
auth: none
defaults: { freshness: 0s, language: en }
courses:
  intro:
    title: Introduction
    source: ./course
`;

function source(name: string): string {
  return `${name} = 1\nprint(${name})`;
}

/** The text of every cell of the notebook on the disk, which must be a whole one. */
function sourcesOf(file: string): readonly string[] {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as { cells: readonly { source: string | string[] }[] };
  return cells.map((each) => [each.source].flat().join(''));
}

async function startLab(home: string, folder: string): Promise<RunningProgram & { readonly address: string }> {
  const settings = [
    '--no-browser',
    '--port=0',
    '--allow-root',
    '--IdentityProvider.token=',
    `--ServerApp.root_dir=${home}`,
  ];
  const own = join(folder, 'jupyter');
  const env = { ...process.env, HOME: own, JUPYTER_CONFIG_DIR: own, JUPYTER_DATA_DIR: own, JUPYTER_RUNTIME_DIR: own };
  mkdirSync(own);
  const program = startProgram(jupyter, ['lab', '--ip=127.0.0.1', ...settings], { cwd: home, env });
  const [address] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+\//);
  return { ...program, address };
}
