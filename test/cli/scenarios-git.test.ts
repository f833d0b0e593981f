/** A student's own git (35, 39, 58, 62, 72): f2git neither reads its settings nor writes into its repositories. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeFiles } from '../e2e/support.ts';
import { actionsOf, expectRefusal, runJson, scratch, studentsTree, treeOf } from './support.ts';

const place = scratch();
afterAll(place.remove);

const hasGit = existsSync('/usr/bin/git');

it.skipIf(!hasGit)(
  'a course inside a student’s repository, with edits committed and settings of all kinds (needs git)',
  async () => {
    const home = join(place.folder, 'home');
    mkdirSync(home);
    const settings = '[core]\n autocrlf = true\n hooksPath = hooks\n[pull]\n ff = only\n[commit]\n gpgsign = true\n';
    writeFileSync(join(home, '.gitconfig'), settings);
    const env = { HOME: home, PATH: process.env['PATH'] };
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: home, env, encoding: 'utf8' });
    git('init', '-q');
    writeFiles(join(place.folder, 'course'), { 'a.txt': '1\n2\n3\n4\n', 'b.txt': 'b\n' });
    await runJson(home, ['pull', '../course', 'intro'], { env });

    writeFiles(home, { 'intro/a.txt': 'mine\n2\n3\n4\n' });
    git('add', 'intro/a.txt', 'intro/b.txt');
    git('-c', 'user.name=S', '-c', 'user.email=s@localhost', 'commit', '-q', '--no-gpg-sign', '-m', 'my work');
    const repository = treeOf(join(home, '.git'));
    writeFiles(join(place.folder, 'course'), { 'a.txt': '1\n2\n3\ncourse\n' });
    const report = await runJson(home, ['pull', '../course', 'intro'], { env });
    expect(actionsOf(report)).toEqual({ 'a.txt': 'merged' });
    expect(studentsTree(join(home, 'intro'))['a.txt']).toMatch(/mine\n2\n3\ncourse\n$/);
    expect(treeOf(join(home, '.git'))).toEqual(repository);
  },
);

it('two courses beside each other know nothing of one another, and one never takes the other’s folder', async () => {
  const at = join(place.folder, 'two');
  writeFiles(join(at, 'one'), { 'a.txt': 'one\n' });
  writeFiles(join(at, 'two'), { 'a.txt': 'two\n' });
  await runJson(at, ['pull', './one', 'home-one']);
  await runJson(at, ['pull', './two', 'home-two']);
  await expectRefusal(at, ['pull', './two', 'home-one'], { code: 'workspace-other-course' });
  rmSync(join(at, 'one/a.txt'));
  writeFiles(join(at, 'one'), { 'b.txt': 'new\n', 'c.txt': 'new\n' });
  await runJson(at, ['pull', './one', 'home-one']);
  expect(Object.keys(studentsTree(join(at, 'home-two')))).toEqual(['.', 'a.txt']);
});
