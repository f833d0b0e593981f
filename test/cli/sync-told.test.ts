/** What `sync` says of files that students do not get: for each path whether it is hidden, not released, taken back or broken. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { f2git, writeFiles } from '../e2e/support.ts';
import { startStudipCourse } from '../sources/fake/studip-course.ts';
import { scratch, type RunDocument } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

it('names hidden, unreleased, withdrawn and unreadable files, each by its own word', async () => {
  const course = await startStudipCourse('dozent');
  try {
    for (const path of ['a.txt', 'w/hidden.txt', 'w/later.txt', 'w/over.txt', 'w/lost.txt'])
      await course.driver.put(path.split('/'), Buffer.from(path));
    await course.driver.hide?.(['w', 'hidden.txt']);
    course.site.file(['w', 'lost.txt']).isLost = true;
    writeFileSync(join(folder, 'password'), course.server.password, { mode: 0o600 });
    writeFileSync(
      join(folder, 'f2git.yaml'),
      `data: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n  c:\n    source: ${JSON.stringify(course.raw)}\n` +
        `    credentials: { user: ${course.server.user}, password_file: password }\n    allow_private_addresses: true\n` +
        `    release: [{ path: w/later.txt, from: 2999-01-01 }, { path: w/over.txt, until: 2020-01-01 }]\n`,
    );
    const { stderr, status } = await f2git(['sync', 'c', '--lang', 'en'], { cwd: folder });
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^ {2}w\/lost\.txt: .*Stud\.IP/m);
    expect(stderr).toContain('  Not shown to students by the source yet: 1\n    w/hidden.txt\n');
    expect(stderr).toContain('  Not released yet, as "release" says: 1\n    w/later.txt\n');
    expect(stderr).toContain('  Taken back: 1\n    w/over.txt\n');
    const german = await f2git(['sync', 'c', '--lang', 'de'], { cwd: folder });
    expect(german.stderr).toContain('  Zeigt die Quelle Studierenden noch nicht: 1\n    w/hidden.txt\n');
    const { stdout } = await f2git(['sync', 'c', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({
      courses: [
        {
          withheld: [
            { path: 'w/hidden.txt', why: 'hidden' },
            { path: 'w/later.txt', why: 'scheduled' },
            { path: 'w/over.txt', why: 'withdrawn' },
          ],
        },
      ],
    });
  } finally {
    await course.stop();
  }
});

it('says what is wrong with a source in the language asked for, and names no file that is none', async () => {
  const course = join(folder, 'course');
  writeFiles(course, { 'a.txt': 'one\n' });
  writeFileSync(
    join(folder, 'f2git.yaml'),
    'homes: ./homes/{user}\nauth: none\ncourses: { c: { source: ./course } }\n',
  );
  expect((await f2git(['sync', 'c'], { cwd: folder })).status).toBe(0);
  rmSync(course, { recursive: true });
  for (const [language, says] of [
    ['de', 'Dort, wo die Dateien des Kurses liegen sollen'],
    ['en', 'The course’s files are not where they should be'],
  ] as const) {
    const { stderr, status } = await f2git(['sync', '--all', '--lang', language], { cwd: folder });
    expect(status).toBe(3);
    expect(stderr).toContain(`\n  ${says}`);
    const { stdout } = await f2git(['sync', '--all', '--lang', language, '--json'], { cwd: folder });
    const { courses } = JSON.parse(stdout) as { courses: RunDocument[] };
    expect(courses[0]?.source).toMatchObject({ state: 'unreachable', complete: false });
    expect(courses[0]?.source.problems[0]?.message).toContain(says);
  }
});
