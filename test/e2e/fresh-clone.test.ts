/** What a new user does first: clone, `npm start`, click, change something on both sides, click again. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contentsBelow } from './places.ts';
import { click, noBrowser, openBrowser, picture, projectRoot, scratchFolder, startProgram } from './support.ts';

describe.skipIf(noBrowser !== undefined)(noBrowser ?? 'a fresh clone', () => {
  const folder = scratchFolder('clone');
  const clone = join(folder, 'f2git');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('starts with one command, and its example course is delivered, merged and kept', async () => {
    execFileSync('git', ['clone', '-q', projectRoot, clone]);
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
});
