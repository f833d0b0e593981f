/** A source that is found under another address one day: the folder pulled from it goes on, once somebody says that it is the same course. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { f2git, writeFiles } from '../e2e/support.ts';
import { content, startHostile } from '../support/hostile-server.ts';
import { writeZip } from '../support/zip-writer.ts';
import { actionsOf, expectRefusal, runJson, scratch, studentsTree } from './support.ts';

const place = scratch();
const { folder } = place;
const mine = join(folder, 'mine');
afterAll(place.remove);

const lines = (first: string, last: string): string => `${first}\nb\nc\nd\n${last}\n`;

beforeEach(async () => {
  for (const name of ['old', 'new', 'mine', 'other']) rmSync(join(folder, name), { recursive: true, force: true });
  writeFiles(join(folder, 'old'), { 'lab.txt': lines('a', 'e'), 'data.csv': '1;2\n', 'week1/x.txt': 'x\n' });
  await runJson(folder, ['pull', './old', 'mine']);
  writeFileSync(join(mine, 'lab.txt'), lines('MY OWN', 'e'));
  renameSync(join(folder, 'old'), join(folder, 'new'));
  writeFiles(join(folder, 'new'), { 'lab.txt': lines('a', 'THEIRS'), 'more.txt': 'more\n' });
});

const text = (path: string): string => readFileSync(join(mine, path), 'utf8');

describe('a folder that was moved', () => {
  it('is told with the very command that goes on, in both languages', async () => {
    const { stderr } = await expectRefusal(folder, ['pull', './new', 'mine'], {
      code: 'workspace-other-course',
      says: /belongs to another course: “old”.*if it is the same one, only moved, use “f2git pull \.\/new .*mine --moved”/,
    });
    const german = await f2git(['pull', './new', 'mine', '--lang', 'de'], { cwd: folder });
    expect(german.stderr).toContain(`ist es derselbe, nur umgezogen, nimm „f2git pull ./new ${mine} --moved“.`);
    const command = /“f2git (pull .* --moved)”/.exec(stderr)?.[1]?.split(' ') ?? [];
    expect(actionsOf(await runJson(folder, command))).toEqual({ 'lab.txt': 'merged', 'more.txt': 'added' });
    expect(text('lab.txt')).toBe(lines('MY OWN', 'THEIRS'));
  });

  it('is the same course from then on, by its new address and by its old one', async () => {
    await runJson(folder, ['pull', './new', 'mine', '--moved']);
    writeFiles(join(folder, 'new'), { 'more.txt': 'more still\n' });
    rmSync(join(folder, 'new/data.csv'));
    expect(actionsOf(await runJson(folder, ['pull', './new', 'mine']))).toEqual({
      'data.csv': 'removed',
      'more.txt': 'updated',
    });
    expect(await runJson(mine, ['pull', '../new'])).toMatchObject({ workspace: mine, outcome: 'unchanged' });
    renameSync(join(folder, 'new'), join(folder, 'old'));
    writeFiles(join(folder, 'old'), { 'more.txt': 'back again\n' });
    expect(actionsOf(await runJson(folder, ['pull', './old', 'mine']))).toEqual({ 'more.txt': 'updated' });
  });

  it('leaves take, status and undo what they were', async () => {
    const { run } = await runJson(folder, ['pull', './new', 'mine', '--moved']);
    expect(actionsOf(await runJson(mine, ['take', 'lab.txt']))).toEqual({ 'lab.txt': 'updated' });
    expect(text('lab.txt')).toBe(lines('a', 'THEIRS'));
    const status = JSON.parse((await f2git(['status', '--json'], { cwd: mine })).stdout) as { files: unknown[] };
    expect(status.files).toMatchObject([
      { path: 'data.csv', state: 'pristine' },
      { path: 'lab.txt', state: 'pristine' },
      { path: 'more.txt', state: 'pristine' },
      { path: 'week1/x.txt', state: 'pristine' },
    ]);
    await runJson(mine, ['undo']);
    await runJson(mine, ['undo', '.', run]);
    expect(text('lab.txt')).toBe(lines('MY OWN', 'e'));
  });

  it('is meant by the folder one is in', async () => {
    expect(await runJson(mine, ['pull', '../new', '--moved'])).toMatchObject({ workspace: mine, outcome: 'updated' });
  });
});

it('takes nothing from anybody who said so of another course', async () => {
  writeFiles(join(folder, 'other'), { 'other.txt': 'other\n' });
  const before = studentsTree(mine);
  const wrong = await runJson(folder, ['pull', './other', 'mine', '--moved']);
  expect(actionsOf(wrong)).toEqual({
    'data.csv': 'held',
    'lab.txt': 'held',
    'other.txt': 'added',
    'week1/x.txt': 'held',
  });
  await runJson(mine, ['undo']);
  expect(studentsTree(mine)).toEqual(before);
  const right = await runJson(folder, ['pull', './new', 'mine', '--moved']);
  expect(actionsOf(right)).toEqual({ 'lab.txt': 'merged', 'more.txt': 'added' });
});

it('does not offer it where nothing is known of how the course was', async () => {
  rmSync(join(mine, '.f2git/source'), { recursive: true });
  for (const args of [
    ['pull', './new', 'mine'],
    ['pull', './new', 'mine', '--moved'],
  ]) {
    const { stderr } = await expectRefusal(folder, args, { code: 'workspace-other-course' });
    expect(stderr).not.toContain('--moved');
  }
});

it('a server of another name, whose address is a key, goes on without a word of the key', async () => {
  const archive = writeZip([{ name: 'a.txt', bytes: Buffer.from('one\n') }]);
  const servers = await Promise.all([1, 2].map(() => startHostile({ '/course.zip': content(archive) })));
  for (const server of servers) onTestFinished(() => server.stop());
  const [before, after] = servers.map(({ origin }) => `${origin}/course.zip?sig=canary-4711`);
  const env = { XDG_CONFIG_HOME: join(folder, 'settings') };
  await runJson(folder, ['pull', before ?? '', 'zipped'], { env });
  await expectRefusal(folder, ['pull', after ?? '', 'zipped'], {
    code: 'workspace-other-course',
    says: /--moved/,
    secret: 'canary-4711',
    env,
  });
  expect(await runJson(folder, ['pull', after ?? '', 'zipped', '--moved'], { env })).toMatchObject({ files: [] });
  expect(await runJson(folder, ['pull', after ?? '', 'zipped'], { env })).toMatchObject({ outcome: 'unchanged' });
});
