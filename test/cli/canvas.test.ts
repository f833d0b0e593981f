/** A Canvas course, met by the built program as students, lecturers and administrators use it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f2git, startServer } from '../e2e/support.ts';
import { type CanvasCourse, startCanvasCourse } from '../sources/fake/canvas-course.ts';
import { actionsOf, expectRefusal, runJson, scratch, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const LAB = ['one = 1', 'two = 2', 'three = 3', 'four = 4', 'five = 5', ''];

let course: CanvasCourse;
let token: string;
let env: NodeJS.ProcessEnv;

async function start(role: 'staff' | 'student'): Promise<void> {
  course = await startCanvasCourse(role, { hasVerifiers: true });
  token = course.credentials?.token?.reveal() ?? '';
  env = { F2GIT_TOKEN: token };
  const files = { 'README.md': 'Welcome\n', 'Week 1/lab.py': LAB.join('\n'), 'Week 1/solution.py': 'geheim\n' };
  for (const [path, text] of Object.entries(files)) course.state.add(path.split('/'), Buffer.from(text));
  course.state.fileAt(['Week 1', 'solution.py']).locked = true;
}

afterEach(async () => {
  await course.stop();
  for (const name of ['w', 'data', 'homes', 'f2git.yaml', 'token'])
    rmSync(join(folder, name), { recursive: true, force: true });
});

const text = (path: string): string => readFileSync(join(folder, 'w', path), 'utf8');

describe.each(['student', 'staff'] as const)('the address of a course, with the token of a %s', (role) => {
  beforeEach(() => start(role));

  it('is pulled, changed on both sides, and merged', async () => {
    const address = `${course.origin}/courses/7/files`;
    const first = await runJson(folder, ['pull', address, 'w'], { env });
    expect(actionsOf(first)).toEqual({ 'README.md': 'added', 'Week 1/lab.py': 'added' });
    expect(first.source).toMatchObject({ state: 'fresh', complete: true, problems: [] });

    writeFileSync(join(folder, 'w/Week 1/lab.py'), LAB.join('\n').replace('one = 1', 'one = "mine"'));
    course.state.overwrite(['Week 1', 'lab.py'], Buffer.from(LAB.join('\n').replace('five = 5', 'five = "new"')));
    await course.driver.rename?.(['README.md'], 'Read me first.md');
    course.state.add(['Week 2', 'data.csv'], Buffer.from('1,2\n'));
    const second = await runJson(folder, ['pull', address, 'w'], { env });
    expect(actionsOf(second)).toEqual({
      'Read me first.md': 'renamed',
      'Week 1/lab.py': 'merged',
      'Week 2/data.csv': 'added',
    });
    expect(text('Week 1/lab.py')).toBe(
      LAB.join('\n').replace('one = 1', 'one = "mine"').replace('five = 5', 'five = "new"'),
    );

    expect(await runJson(folder, ['pull', address, 'w'], { env })).toMatchObject({ outcome: 'unchanged' });
    const everything = JSON.stringify(treeOf(join(folder, 'w')));
    // Staff have in their own folder what they may see; the content of what students may not see is in nobody's.
    const unseen = role === 'staff' ? [] : ['solution'];
    for (const secret of [token, 'verifier-geheim', 'geheim\\n', ...unseen]) {
      expect(everything.includes(secret), secret).toBe(false);
    }
  });

  it('brings what is opened later, and keeps what is closed again', async () => {
    const address = `${course.origin}/courses/7`;
    await runJson(folder, ['pull', address, 'w'], { env });
    course.state.fileAt(['Week 1', 'solution.py']).locked = false;
    course.state.folderAt(['Week 1']).hidden = false;
    expect(actionsOf(await runJson(folder, ['pull', address, 'w'], { env }))).toEqual({
      'Week 1/solution.py': 'added',
    });
    course.state.fileAt(['Week 1', 'solution.py']).hidden = true;
    course.state.overwrite(['README.md'], Buffer.from('Welcome again\n'));
    expect(actionsOf(await runJson(folder, ['pull', address, 'w'], { env }))).toEqual({ 'README.md': 'updated' });
    expect(text('Week 1/solution.py')).toBe('geheim\n');
  });

  it('of one folder brings that folder', async () => {
    await runJson(folder, ['pull', `${course.origin}/courses/7/files/folder/Week%201`, 'w'], { env });
    expect(text('lab.py')).toBe(LAB.join('\n'));
  });
});

describe('a token that Canvas refuses', () => {
  beforeEach(() => start('student'));

  it('is said to be refused, and is not in what is said', async () => {
    await expectRefusal(folder, ['pull', `${course.origin}/courses/7`, 'w'], {
      code: 'source-login',
      secret: 'wrong-token-4711',
      env: { F2GIT_TOKEN: 'wrong-token-4711' },
    });
  });
});

describe('a course of a server', () => {
  beforeEach(() => start('staff'));

  const config = (more = '') =>
    `data: ./data\nhomes: ./homes/{user}\nauth: none\ncourses:\n  canvas:\n    source: ${course.origin}/courses/7/files\n` +
    `    credentials: { token_file: token }\n    allow_private_addresses: true\n    freshness: 0s\n${more}`;

  it('reaches a student, who never sees the token', async () => {
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    const server = await startServer(folder, config());
    try {
      const link = `${server.address}go/canvas?user=anna`;
      expect(actionsOf(await runJson(folder, ['pull', link, 'w']))).toEqual({
        'README.md': 'added',
        'Week 1/lab.py': 'added',
      });
      course.state.overwrite(['README.md'], Buffer.from('Welcome again\n'));
      expect(actionsOf(await runJson(folder, ['pull', link, 'w']))).toEqual({ 'README.md': 'updated' });
      expect(JSON.stringify(treeOf(join(folder, 'w'))) + server.output()).not.toContain(token);
    } finally {
      await server.stop();
    }
  });

  it('is not called fine where its listing is not whole', async () => {
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    writeFileSync(join(folder, 'f2git.yaml'), config());
    course.state.fileAt(['README.md']).folder = 99_999;
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect(status, stdout).toBe(3);
    expect(stdout).toMatch(/^!! {2}canvas: canvas: 2 files seen, but the listing is not whole/m);
  });

  it('is checked in words an administrator can act on', async () => {
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    writeFileSync(join(folder, 'f2git.yaml'), config());
    course.habits.administers = true;
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect(status, stdout).toBe(0);
    for (const sentence of [
      /^ok {2}canvas: Canvas answers$/m,
      /^ok {2}canvas: signed in as "Jimi Hendrix"$/m,
      /^\?\? {2}canvas: The account administers the whole platform\./m,
      /^\?\? {2}canvas: The account sees what students do not/m,
      /^ok {2}canvas: not shown to students now, and therefore not delivered: 1$/m,
    ])
      expect(stdout).toMatch(sentence);
    course.state.workflowState = 'unpublished';
    course.state.hasFilesTab = false;
    const german = await f2git(['check', '--lang', 'de'], { cwd: folder });
    expect(german.stdout).toMatch(/^\?\? {2}canvas: Der Kurs ist auf der Plattform nicht veröffentlicht/m);
    expect(german.stdout).toMatch(/canvas: Die Seite „Dateien“ ist für Studierende ausgeschaltet/);
    expect(stdout + german.stdout).not.toContain(token);
  });
});
