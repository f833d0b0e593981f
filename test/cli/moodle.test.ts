/** A Moodle course, met by the built program as students, lecturers and administrators use it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f2git, startServer } from '../e2e/support.ts';
import { type MoodleCourse, startMoodleCourse } from '../sources/fake/moodle-course.ts';
import type { Role } from '../sources/fake/moodle-site.ts';
import { actionsOf, expectRefusal, runJson, scratch, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const LAB = ['one = 1', 'two = 2', 'three = 3', 'four = 4', 'five = 5', ''];

let course: MoodleCourse;
let address: string;
let env: NodeJS.ProcessEnv;

async function start(role: Role): Promise<void> {
  course = await startMoodleCourse(role);
  address = `${course.site.siteAddress}/course/view.php?id=${course.site.course}&section=2#section-2`;
  env = { F2GIT_TOKEN: course.site.token };
  await put('README.md', 'Welcome\n');
  await put('Week 1/lab.py', LAB.join('\n'));
  await put('Week 1/Sheets/sheet1.txt', 'sheet\n');
  await put('Week 1/solution.py', 'geheim\n');
  await course.driver.hide?.(['Week 1', 'solution.py']);
}

const put = (path: string, content: string) => course.driver.put(path.split('/'), Buffer.from(content));
const text = (path: string): string => readFileSync(join(folder, 'w', path), 'utf8');

afterEach(async () => {
  expect(course.site.sawSecretInAddress).toBe(false);
  await course.stop();
  for (const name of ['w', 'new', 'data', 'homes', 'f2git.yaml', 'token'])
    rmSync(join(folder, name), { recursive: true, force: true });
});

describe.each(['student', 'teacher'] as const)('the address of a course, with the token of a %s', (role) => {
  beforeEach(() => start(role));

  it('is pulled, changed on both sides, and merged', async () => {
    const first = await runJson(folder, ['pull', address, 'w'], { env });
    const brought = ['README.md', 'Week 1/Sheets/sheet1.txt', 'Week 1/lab.py'];
    expect(actionsOf(first)).toEqual(Object.fromEntries(brought.map((path) => [path, 'added'])));
    expect(first.source).toMatchObject({ state: 'fresh', complete: true, problems: [] });

    writeFileSync(join(folder, 'w/Week 1/lab.py'), LAB.join('\n').replace('one = 1', 'one = "mine"'));
    await put('Week 1/lab.py', LAB.join('\n').replace('five = 5', 'five = "new"'));
    await course.driver.rename?.(['README.md'], 'Read me first.md');
    const sheets = course.site.sections[1]?.modules.find(({ name }) => name === 'Sheets');
    if (sheets !== undefined) sheets.name = 'Übungsblätter & mehr';
    await put('Week 2/data.csv', '1,2\n');
    const second = await runJson(folder, ['pull', address, 'w'], { env });
    expect(actionsOf(second)).toEqual({
      'Read me first.md': 'renamed',
      'Week 1/lab.py': 'merged',
      'Week 1/Übungsblätter & mehr/sheet1.txt': 'renamed',
      'Week 2/data.csv': 'added',
    });
    expect(text('Week 1/lab.py')).toBe(
      LAB.join('\n').replace('one = 1', 'one = "mine"').replace('five = 5', 'five = "new"'),
    );

    expect(await runJson(folder, ['pull', address, 'w'], { env })).toMatchObject({ outcome: 'unchanged' });
    const everything = JSON.stringify(treeOf(join(folder, 'w')));
    // Staff have in their own folder what they may see; the content of what students may not see is in nobody's.
    const unseen = role === 'teacher' ? [] : ['solution'];
    for (const secret of [course.site.token, 'geheim\\n', ...unseen]) {
      expect(everything.includes(secret), secret).toBe(false);
    }
  });

  it('takes away what was deleted, and nothing that is only hidden', async () => {
    await put('Week 1/other.txt', 'x\n');
    await runJson(folder, ['pull', address, 'w'], { env });
    await course.driver.hide?.(['Week 1', 'lab.py']);
    await course.driver.remove(['Week 1', 'other.txt']);
    expect(actionsOf(await runJson(folder, ['pull', address, 'w'], { env }))).toEqual({
      'Week 1/other.txt': 'removed',
    });
    expect(text('Week 1/lab.py')).toBe(LAB.join('\n'));
    await runJson(folder, ['pull', address, 'new'], { env });
    expect(existsSync(join(folder, 'new/Week 1/lab.py'))).toBe(false);
    await course.driver.show?.(['Week 1', 'lab.py']);
    await put('Week 1/lab.py', 'shown again\n');
    expect(actionsOf(await runJson(folder, ['pull', address, 'w'], { env }))).toEqual({ 'Week 1/lab.py': 'updated' });
  });
});

describe('signing in', () => {
  beforeEach(() => start('student'));

  it('works with the link of Moodle’s app, and with a password', async () => {
    const packed = Buffer.from(['0'.repeat(32), course.site.token].join(':::')).toString('base64');
    await runJson(folder, ['pull', address, 'w'], { env: { F2GIT_TOKEN: `moodlemobile://token=${packed}` } });
    course.site.user = { name: 'lehre', password: 'geheim-üß' };
    const account = { F2GIT_USER: 'lehre', F2GIT_PASSWORD: 'geheim-üß' };
    expect(await runJson(folder, ['pull', address, 'w'], { env: account })).toMatchObject({ outcome: 'unchanged' });
    for (const secret of [course.site.token, packed, 'geheim-üß'])
      expect(JSON.stringify(treeOf(join(folder, 'w')))).not.toContain(secret);
  });

  it.each([
    ['a token that expired', { F2GIT_TOKEN: 'f'.repeat(32) }, 'source-login', /the token is unknown, has expired/],
    ['nothing', {}, 'source-login', /Moodle wants a token.*F2GIT_TOKEN/],
    [
      'a link of a file',
      { F2GIT_TOKEN: 'https://m.example/tokenpluginfile.php/geheim/1' },
      'credentials-invalid',
      /another key/,
    ],
  ] as const)('is refused with %s, in words that say what to do', async (_what, given, code, says) => {
    await expectRefusal(folder, ['pull', address, 'w'], { code, says, secret: 'geheim', env: given });
  });
});

describe('a course of a server', () => {
  beforeEach(() => start('teacher'));

  const config = (source = `{ type: moodle, url: "${address}", restricted_sections: none }`) =>
    `data: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n  moodle:\n    source: ${source}\n` +
    `    credentials: { token_file: token }\n    allow_private_addresses: true\n    freshness: 0s\n`;

  it('reaches a student, who never sees the token', async () => {
    writeFileSync(join(folder, 'token'), course.site.token, { mode: 0o600 });
    const server = await startServer(folder, config());
    try {
      const link = `${server.address}go/moodle?user=anna`;
      const first = actionsOf(await runJson(folder, ['pull', link, 'w']));
      expect(Object.keys(first).sort()).toEqual(['README.md', 'Week 1/Sheets/sheet1.txt', 'Week 1/lab.py']);
      await put('README.md', 'Welcome again\n');
      expect(actionsOf(await runJson(folder, ['pull', link, 'w']))).toEqual({ 'README.md': 'updated' });
      const everything = JSON.stringify(treeOf(join(folder, 'w'))) + server.output();
      for (const secret of [course.site.token, 'geheim', 'solution']) expect(everything).not.toContain(secret);
    } finally {
      await server.stop();
    }
  });

  it('is refused with a token of staff, who are not told which sections wait', async () => {
    writeFileSync(join(folder, 'token'), course.site.token, { mode: 0o600 });
    writeFileSync(join(folder, 'f2git.yaml'), config(address));
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect(status, stdout).toBe(3);
    expect(stdout).toMatch(/^!! {2}moodle: .*the account is staff.*restricted_sections: none/m);
    expect((await f2git(['sync', 'moodle'], { cwd: folder })).status).toBe(3);
  });

  it('is checked in words an administrator can act on', async () => {
    writeFileSync(join(folder, 'token'), course.site.token, { mode: 0o600 });
    writeFileSync(join(folder, 'f2git.yaml'), config());
    course.site.addModule(course.site.sections[0]!, 'forum', 'Nachrichten');
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect(status, stdout).toBe(0);
    for (const sentence of [
      /^ok {2}moodle: Moodle 4\.5\.6 \(Build: 20250811\) answers$/m,
      /^ok {2}moodle: signed in as "teacher"$/m,
      /^\?\? {2}moodle: The account sees what students do not/m,
      /^ok {2}moodle: not shown to students now, and therefore not delivered: 1$/m,
      /^ok {2}moodle: pages of the platform and no files, and therefore not delivered: forum \(1\)$/m,
    ])
      expect(stdout).toMatch(sentence);
    course.site.mayDownload = false;
    const german = await f2git(['check', '--lang', 'de'], { cwd: folder });
    expect(german.status).toBe(3);
    expect(german.stdout).toMatch(/^!! {2}moodle: .*keine Datei herunterladen\. Erlaube dem Webservice/m);
    expect(stdout + german.stdout).not.toContain(course.site.token);
  });
});
