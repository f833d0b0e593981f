/** What a new user does first: clone, `npm start`, click, change something on both sides, click again. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentsBelow } from './places.ts';
import { click, noBrowser, openBrowser, picture, projectRoot, scratchFolder, startProgram } from './support.ts';

describe.skipIf(noBrowser !== undefined)(noBrowser ?? 'a fresh clone', () => {
  const folder = scratchFolder('clone');
  const clone = join(folder, 'f2git');
  beforeAll(() => void execFileSync('git', ['clone', '-q', projectRoot, clone]));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('starts with one command, and its example course is delivered, merged and kept', async () => {
    const server = startProgram('npm', ['start', '--', '--port', '0'], { cwd: clone });
    const chromium = await openBrowser();
    try {
      const [link] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+\/go\/\S+/, 240);
      const page = await chromium.browser.newPage();
      await click(page, link);
      await picture(page, 'fresh-clone-first');
      const home = join(clone, 'demo/student/example');
      const course = join(clone, 'examples/course');
      expect(contentsBelow(home)).toEqual(contentsBelow(course));

      const mine = `my own first line\n${readFileSync(join(home, 'README.md'), 'utf8')}`;
      writeFileSync(join(home, 'README.md'), mine);
      appendFileSync(join(course, 'README.md'), '\nA last line from the lecturer.\n');
      writeFileSync(join(course, 'week3.md'), 'new in week 3\n');
      await expect
        .poll(
          async () => {
            await click(page, link);
            return contentsBelow(home)['week3.md'];
          },
          { timeout: 20_000, interval: 500 },
        )
        .toBe('new in week 3\n');
      await picture(page, 'fresh-clone-second');
      expect(contentsBelow(home)['README.md']).toBe(`${mine}\nA last line from the lecturer.\n`);
    } finally {
      await chromium.close();
      await server.stop();
    }
  }, 300_000);

  it('becomes a program for a whole machine as docs/jupyterhub.md says', () => {
    const [, steps = ''] = /```\n(npm run package[^`]*f2git-\*\.tgz)\n/.exec(read('docs/jupyterhub.md')) ?? [];
    const prefix = join(folder, 'usr');
    // as written, only that it goes to another place
    execFileSync('sh', ['-ec', steps.replace('--global', '--global --prefix "$1"'), 'sh', prefix], { cwd: clone });
    const where = ['hub-config', 'tljh', '--config', join(clone, 'examples/tljh/f2git.yaml')];
    const block = execFileSync(join(prefix, 'bin/f2git'), where, { encoding: 'utf8' });
    expect(block).toContain(`"${join(prefix, 'lib/node_modules/f2git/dist/cli.js')}", "serve"`);
  }, 240_000);
});

function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}
