/** A Stud.IP course, met by the built program as students, lecturers and administrators use it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f2git, startServer } from '../e2e/support.ts';
import { startStudipCourse, type StudipCourse } from '../sources/fake/studip-course.ts';
import { CLIENT_ID, CLIENT_SECRET } from '../support/oauth-server.ts';
import { secretsIn } from '../support/secret-words.ts';
import { actionsOf, expectRefusal, runJson, scratch, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const LAB = ['one = 1', 'two = 2', 'three = 3', 'four = 4', 'five = 5', ''];

let course: StudipCourse;
let address: string;
let env: NodeJS.ProcessEnv;

async function start(role: 'autor' | 'dozent'): Promise<void> {
  course = await startStudipCourse(role);
  address = `${course.address}dispatch.php/course/files?cid=${course.site.course}`;
  env = { F2GIT_USER: course.server.user, F2GIT_PASSWORD: course.server.password };
  put('README.md', 'Welcome\n');
  put('Week 1/lab.py', LAB.join('\n'));
  put('Week 1/Sheets/sheet1.txt', 'sheet\n');
  course.site.makeFolder(['Lösungen'], 'HiddenFolder', { download_allowed: 0 });
  put('Lösungen/solution.py', 'streng vertraulich\n');
  course.site.makeFolder(['Abgaben'], 'HomeworkFolder');
  put('Abgaben/anna.py', 'Annas Abgabe\n');
}

function put(path: string, content: string): void {
  course.site.put(path.split('/'), Buffer.from(content));
}

const text = (path: string): string => readFileSync(join(folder, 'w', path), 'utf8');
const everythingIn = (name: string): string => JSON.stringify(treeOf(join(folder, name)));

afterEach(async () => {
  await course.stop();
  for (const name of ['w', 'new', 'data', 'homes', 'f2git.yaml', 'password', 'tokens.json', 'secret'])
    rmSync(join(folder, name), { recursive: true, force: true });
});

describe.each(['autor', 'dozent'] as const)('the address of a course, with the account of a %s', (role) => {
  beforeEach(() => start(role));

  it('is pulled, changed on both sides, and merged', async () => {
    const first = await runJson(folder, ['pull', address, 'w'], { env });
    const brought = ['README.md', 'Week 1/Sheets/sheet1.txt', 'Week 1/lab.py'];
    expect(actionsOf(first)).toEqual(Object.fromEntries(brought.map((path) => [path, 'added'])));
    expect(first.source).toMatchObject({ state: 'fresh', complete: true, problems: [] });

    writeFileSync(join(folder, 'w/Week 1/lab.py'), LAB.join('\n').replace('one = 1', 'one = "mine"'));
    course.site.overwrite(['Week 1', 'lab.py'], Buffer.from(LAB.join('\n').replace('five = 5', 'five = "new"')));
    course.site.file(['README.md']).name = 'Read me first.md';
    course.site.folder(['Week 1', 'Sheets']).name = 'Übungsblätter & mehr';
    put('Week 2/data.csv', '1,2\n');
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
    const basic = course.server.basic.replace('Basic ', '');
    for (const secret of [course.server.password, basic, 'vertraulich', 'Annas'])
      expect(everythingIn('w').includes(secret), secret).toBe(false);
  });

  it('takes away what was deleted, and nothing that is only hidden', async () => {
    put('Week 1/other.txt', 'x\n');
    await runJson(folder, ['pull', address, 'w'], { env });
    course.site.folder(['Week 1', 'Sheets']).type = 'HiddenFolder';
    course.site.files.delete(course.site.file(['Week 1', 'other.txt']).id);
    expect(actionsOf(await runJson(folder, ['pull', address, 'w'], { env }))).toEqual({
      'Week 1/other.txt': 'removed',
    });
    expect(text('Week 1/Sheets/sheet1.txt')).toBe('sheet\n');
    await runJson(folder, ['pull', address, 'new'], { env });
    expect(existsSync(join(folder, 'new/Week 1/Sheets'))).toBe(false);
    course.site.folder(['Week 1', 'Sheets']).type = 'StandardFolder';
    course.site.overwrite(['Week 1', 'Sheets', 'sheet1.txt'], Buffer.from('shown again\n'));
    expect(actionsOf(await runJson(folder, ['pull', address, 'w'], { env }))).toEqual({
      'Week 1/Sheets/sheet1.txt': 'updated',
    });
    course.site.removeFolder(['Week 1', 'Sheets']);
    expect(actionsOf(await runJson(folder, ['pull', address, 'w'], { env }))).toEqual({
      'Week 1/Sheets/sheet1.txt': 'removed',
    });
  });

  it('keeps everything when the account was taken out of the course, and says so', async () => {
    await runJson(folder, ['pull', address, 'w'], { env });
    course.site.isMember = false;
    const ended = await runJson(folder, ['pull', address, 'w'], { env, status: 3 });
    expect(ended.outcome).toBe('stale');
    expect(JSON.stringify(ended.source.problems)).toMatch(/the account is not in the course/);
    expect(text('README.md')).toBe('Welcome\n');
  });

  it('names what Stud.IP itself fails on, and goes on with the rest', async () => {
    await runJson(folder, ['pull', address, 'w'], { env });
    put('Week 1/cloud', 'x');
    course.site.file(['Week 1', 'cloud']).isOfMissingPlugin = true;
    course.site.overwrite(['README.md'], Buffer.from('Welcome again\n'));
    const ended = await runJson(folder, ['pull', address, 'w'], { env });
    expect(ended.source.problems).toMatchObject([{ path: 'Week 1', code: 'source-invalid' }]);
    expect([text('README.md'), text('Week 1/lab.py')]).toEqual(['Welcome again\n', LAB.join('\n')]);
  });
});

describe('a part of a course', () => {
  beforeEach(() => start('autor'));

  it('is a folder', async () => {
    const page = `${course.address}dispatch.php/course/files/index/${course.site.folder(['Week 1']).id}`;
    await runJson(folder, ['pull', `${page}?cid=${course.site.course}`, 'w'], { env });
    expect([text('lab.py'), text('Sheets/sheet1.txt')]).toEqual([LAB.join('\n'), 'sheet\n']);
  });

  it('is a file', async () => {
    const page = `${course.address}dispatch.php/file/details/${course.site.file(['README.md']).id}`;
    await runJson(folder, ['pull', page, 'w'], { env });
    expect(text('README.md')).toBe('Welcome\n');
  });
});

describe('signing in', () => {
  beforeEach(() => start('autor'));

  it.each([
    ['a wrong password', { F2GIT_USER: 'lehre', F2GIT_PASSWORD: 'falsch-4711' }, 'source-login'],
    ['nothing', {}, 'source-login'],
    ['a wrong token', { F2GIT_TOKEN: 'falsch-4711' }, 'source-login'],
  ] as const)('is refused with %s, after one try', async (_what, given, code) => {
    const before = course.server.requests;
    await expectRefusal(folder, ['pull', address, 'w'], { code, secret: 'falsch-4711', env: given });
    expect(course.server.requests - before).toBe(1);
  });
});

describe('a course of a server', () => {
  beforeEach(() => start('dozent'));

  const config = (credentials = `{ user: lehre, password_file: password }`) =>
    `data: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n  studip:\n` +
    `    source: { type: studip, url: "${course.address}", course: ${course.site.course}, as: student-view }\n` +
    `    credentials: ${credentials}\n    allow_private_addresses: true\n    freshness: 0s\n`;

  it('reaches a student, who never sees the password', async () => {
    writeFileSync(join(folder, 'password'), course.server.password, { mode: 0o600 });
    const server = await startServer(folder, config());
    try {
      const link = `${server.address}go/studip?user=anna`;
      const first = actionsOf(await runJson(folder, ['pull', link, 'w']));
      expect(Object.keys(first).sort()).toEqual(['README.md', 'Week 1/Sheets/sheet1.txt', 'Week 1/lab.py']);
      course.site.overwrite(['README.md'], Buffer.from('Welcome again\n'));
      expect(actionsOf(await runJson(folder, ['pull', link, 'w']))).toEqual({ 'README.md': 'updated' });
      const everything = everythingIn('w') + everythingIn('data') + server.output();
      for (const secret of [course.server.password, course.server.basic, 'vertraulich', 'Annas'])
        expect(everything.includes(secret), secret).toBe(false);
    } finally {
      await server.stop();
    }
  });

  it('with a folder of an unknown plugin: staff read it once in the log, students never, and nobody loses anything', async () => {
    writeFileSync(join(folder, 'password'), course.server.password, { mode: 0o600 });
    course.site.makeFolder(['Cloud'], 'OwncloudFolder');
    const server = await startServer(folder, config());
    try {
      const click = () => runJson(folder, ['pull', `${server.address}go/studip?user=anna`, 'w']);
      expect((await click()).source).toMatchObject({ state: 'fresh', complete: true, problems: [] });
      course.site.overwrite(['README.md'], Buffer.from('Welcome again\n'));
      expect(await click()).toMatchObject({ outcome: 'updated', source: { problems: [] } });
      expect(await click()).toMatchObject({ outcome: 'unchanged', source: { problems: [] } });
      const lines = server
        .output()
        .split('\n')
        .filter((line) => line.includes('OwncloudFolder'));
      expect(lines).toEqual([expect.stringMatching(/"path":"Cloud \(.*?","code":"kind-refused"/)]);

      // what students have stays when its folder becomes one
      course.site.folder(['Week 1', 'Sheets']).type = 'OwncloudFolder';
      course.site.overwrite(['README.md'], Buffer.from('Welcome once more\n'));
      expect(actionsOf(await click())).toEqual({ 'README.md': 'updated' });
      expect(text('Week 1/Sheets/sheet1.txt')).toBe('sheet\n');
    } finally {
      await server.stop();
    }
    const staff = await f2git(['sync', 'studip'], { cwd: folder });
    expect(staff.stdout + staff.stderr).toMatch(/ {2}Cloud \(.*: .*OwncloudFolder/);
  });

  it('is checked in words an administrator can act on', async () => {
    writeFileSync(join(folder, 'password'), course.server.password, { mode: 0o600 });
    writeFileSync(join(folder, 'f2git.yaml'), config());
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect(status, stdout).toBe(0);
    for (const sentence of [
      /^ok {2}studip: Stud\.IP 6\.0\.2 answers$/m,
      /^ok {2}studip: signed in as "lehre"$/m,
      /^\?\? {2}studip: The account sees what students do not/m,
      /^ok {2}studip: not shown to students now, and therefore not delivered: 1$/m,
      /^ok {2}studip: folders for what single students hand in, or for one group, and therefore not read: 1$/m,
      /^ok {2}studip: The files are under these terms, .*: Lizenz FREE_LICENSE$/m,
    ])
      expect(stdout).toMatch(sentence);
    course.site.isMember = false;
    const german = await f2git(['check', '--lang', 'de'], { cwd: folder });
    expect(german.status).toBe(3);
    expect(german.stdout).toMatch(/^!! {2}studip: .*das Konto ist nicht in der Veranstaltung/m);
    expect(stdout + german.stdout).not.toContain(course.server.password);
  });

  it('is read with a sign-in of OAuth 2, which is renewed and rotated', async () => {
    const tokens = join(folder, 'tokens.json');
    const { access, refresh } = course.desk.issue();
    const expires = new Date(Date.now() - 1000).toISOString();
    writeFileSync(tokens, JSON.stringify({ f2git: 1, access_token: access, refresh_token: refresh, expires }), {
      mode: 0o600,
    });
    writeFileSync(join(folder, 'secret'), CLIENT_SECRET, { mode: 0o600 });
    writeFileSync(
      join(folder, 'f2git.yaml'),
      config(`{ oauth: { client_id: ${CLIENT_ID}, client_secret_file: secret, token_file: tokens.json } }`),
    );
    const first = await f2git(['sync', 'studip'], { cwd: folder });
    expect(first.status, first.stdout + first.stderr).toBe(0);
    expect(readFileSync(tokens, 'utf8')).toContain(course.desk.last?.access);
    expect(course.desk.last?.access).not.toBe(access);
    // the refresh token was used up by somebody else: a person has to sign in again
    const form = { grant_type: 'refresh_token', refresh_token: course.desk.last?.refresh ?? '' };
    course.desk.answer(new URLSearchParams({ ...form, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }).toString());
    const ended = await f2git(['sync', 'studip'], { cwd: folder });
    expect(ended.status).toBe(3);
    expect(ended.stdout + ended.stderr).toContain('f2git connect');
    expect(secretsIn(first.stdout + first.stderr + ended.stdout + ended.stderr + everythingIn('data'))).toEqual([]);
  });
});
