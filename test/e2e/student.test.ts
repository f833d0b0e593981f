/**
 * The main job as a person does it: the built program, real servers, a real browser. A student clicks, works, and
 * clicks again after the lecturer changed the course; a laptop gets the same by the same link.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyUnavailable } from '../support/webdav-servers.ts';
import { hasGit } from '../sources/git/git-server.ts';
import { contentsBelow, places, type Place } from './places.ts';
import { click, f2git, noBrowser, openBrowser, picture, scratchFolder, startServer } from './support.ts';

/** 320 files in 40 folders, as a course of a term has. */
const course: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 320 }, (_, index) => {
    const folder = `week${Math.floor(index / 32) + 1}/part${(Math.floor(index / 8) % 4) + 1}`;
    return [`${folder}/Aufgabe ${(index % 8) + 1}.txt`, exercise(index)];
  }),
);
const edited = 'week1/part1/Aufgabe 1.txt';
const clashing = 'week1/part1/Aufgabe 2.txt';

const reasons: Readonly<Record<string, string | undefined>> = {
  'an Apache WebDAV server': whyUnavailable('apache'),
  'a git remote': hasGit ? undefined : 'git is not installed (apt-get install git)',
};

describe.each(Object.keys(places))('a course in %s', (kind) => {
  const reason = noBrowser ?? reasons[kind];
  describe.skipIf(reason !== undefined)(reason ?? 'with everything installed', () => {
    const folder = scratchFolder('student');
    let place: Place;
    let server: Awaited<ReturnType<typeof startServer>>;
    let chromium: { readonly browser: Browser; close(): Promise<void> };
    const home = join(folder, 'homes/anna/course');
    const name = kind.replaceAll(' ', '-');

    beforeAll(async () => {
      const makePlace = places[kind];
      if (makePlace === undefined) throw new Error(kind);
      place = await makePlace(course);
      mkdirSync(join(folder, 'homes'));
      server = await startServer(folder, configuration(place.source));
      chromium = await openBrowser();
    });
    afterAll(async () => {
      await Promise.allSettled([chromium.close(), server.stop(), place.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

    it('comes with one click, is merged with the student’s work, and loses nothing', async () => {
      const page = await chromium.browser.newPage();
      const link = `${server.address}go/course?user=anna&open=${encodeURIComponent(edited)}`;
      await click(page, link);
      expect(contentsBelow(home)).toEqual(course);
      await picture(page, `${name}-first`);

      const mine = readFileSync(join(home, edited), 'utf8').replace('line 2', 'my line 2');
      writeFileSync(join(home, edited), mine);
      writeFileSync(join(home, clashing), course[clashing]?.replace('line 5', 'my answer') ?? '');
      writeFileSync(join(home, 'notes.md'), 'my own notes\n');
      await place.put({
        [edited]: `${course[edited] ?? ''}a hint from the lecturer\n`,
        [clashing]: course[clashing]?.replace('line 5', 'a better question') ?? '',
        'week1/part1/Aufgabe 3.txt': 'replaced\n',
        'week11/new.txt': 'new\n',
      });

      await click(page, link);
      await picture(page, `${name}-second`);
      const after = contentsBelow(home);
      expect(after[edited]).toBe(`${mine}a hint from the lecturer\n`);
      expect(after[clashing]).toContain('my answer');
      expect(after[clashing]).not.toContain('<<<<<<<');
      expect(after['notes.md']).toBe('my own notes\n');
      expect(after['week1/part1/Aufgabe 3.txt']).toBe('replaced\n');
      expect(after['week11/new.txt']).toBe('new\n');
      await expect(page.getByText('a better question').first().isVisible()).resolves.toBe(true);
      await page.close();
    });

    it('comes to a laptop by the same link, and again without change', async () => {
      const laptop = join(folder, 'laptop');
      const link = `${server.address}go/course`;
      const first = await f2git(['pull', link, laptop, '--json'], { cwd: folder });
      expect(first.status, first.stderr).toBe(0);
      expect(JSON.parse(first.stdout)).toMatchObject({ f2git: 1, course: 'course', outcome: 'updated', base: null });
      const expected = contentsBelow(home);
      expect(Object.keys(contentsBelow(laptop))).toEqual(Object.keys(expected).filter((path) => path !== 'notes.md'));
      const again = await f2git(['pull', link, laptop, '--json'], { cwd: folder });
      expect(again.status, again.stderr).toBe(0);
      expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'unchanged', files: [] });
    });
  });
});

function configuration(source: string): string {
  return `
listen: 127.0.0.1:8484
data: ./data
homes: ./homes/{user}
auth: none
defaults: { freshness: 0s, language: en }
courses:
  course:
    title: Introduction
    source: ${JSON.stringify(source)}
    allow_private_addresses: true
`;
}

function exercise(index: number): string {
  return Array.from({ length: 12 }, (_, line) => `exercise ${index} line ${line}\n`).join('');
}
