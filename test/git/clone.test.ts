/** Unchanged git against the whole server: every version of the protocol it may ask for, whole and shallow. */
import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GitCourse, git, run } from './support.ts';

const files = { 'README.md': 'Welcome\n', 'week1/lab1.py': 'one = 1\n', 'week1/data/ä ö.csv': '1,2\n' };

describe.each([0, 1, 2])('git that asks for protocol version %i', (version) => {
  const asks = ['-c', `protocol.version=${version}`] as const;

  it('clones the course whole, and gets each change with the next pull', async () => {
    const course = await new GitCourse().write(files).start();
    const clone = course.path('clone');
    await git(course.root, ...asks, 'clone', '-q', course.address, clone);
    expect(readFileSync(`${clone}/week1/data/ä ö.csv`, 'utf8')).toBe('1,2\n');
    expect(await git(clone, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('main');
    await git(clone, 'fsck', '--strict', '--full');

    course.write({ 'week1/lab1.py': 'one = 11\n', 'week2/new.bin': randomBytes(300_000) }).remove('README.md');
    await git(clone, ...asks, 'pull', '-q', '--ff-only');
    expect(readFileSync(`${clone}/week1/lab1.py`, 'utf8')).toBe('one = 11\n');
    expect(existsSync(`${clone}/README.md`)).toBe(false);
    expect(await git(clone, 'rev-list', '--count', 'HEAD')).toBe('2');
    expect(await git(clone, 'status', '--porcelain')).toBe('');
    await git(clone, 'fsck', '--strict', '--full');
  });

  it('clones one commit deep, fetches what comes, deepens and unshallows', async () => {
    const course = await new GitCourse().write(files).start();
    const count = async (clone: string): Promise<string> => git(clone, 'rev-list', '--count', 'HEAD');
    for (let change = 1; change <= 4; change++) {
      course.write({ 'week1/lab1.py': `one = ${change}\n`, [`week${change}/x.txt`]: `${change}\n` });
      await git(course.root, 'ls-remote', '-q', course.address);
    }
    const clone = course.path('clone');
    await git(course.root, ...asks, 'clone', '-q', '--depth', '1', course.address, clone);
    expect(await count(clone)).toBe('1');
    course.write({ 'week1/lab1.py': 'one = 5\n' });
    await git(clone, ...asks, 'fetch', '-q');
    await git(clone, 'merge', '-q', '--ff-only', 'origin/main');
    expect(await count(clone)).toBe('2');
    await git(clone, ...asks, 'fetch', '-q', '--depth', '4');
    expect(await count(clone)).toBe('4');
    await git(clone, ...asks, 'fetch', '-q', '--deepen', '1');
    expect(await count(clone)).toBe('5');
    await git(clone, 'fsck', '--strict', '--full');
    await git(clone, ...asks, 'fetch', '-q', '--depth', '2');
    expect(await count(clone)).toBe('2');
    await git(clone, ...asks, 'fetch', '-q', '--unshallow');
    expect(await count(clone)).toBe('5');
    expect(existsSync(`${clone}/.git/shallow`)).toBe(false);
    await git(clone, 'fsck', '--strict', '--full');
  });
});

describe('the repository of a course', () => {
  it('takes nothing: a push is refused in words', async () => {
    const course = await new GitCourse().write(files).start();
    const clone = course.path('clone');
    await git(course.root, 'clone', '-q', course.address, clone);
    await git(clone, 'commit', '-q', '--allow-empty', '-m', 'mine');
    const pushed = await run('git', ['push', 'origin', 'main'], { cwd: clone });
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain('This repository can only be read');
  });

  it('says in words why a course that never could be read cannot be cloned', async () => {
    const course = await new GitCourse().start('    title: Introduction', './nowhere');
    const cloned = await run('git', ['clone', '-q', course.address, course.path('clone')]);
    expect(cloned.status).not.toBe(0);
    expect(cloned.stderr).toContain('remote error: f2git cannot get the course “Introduction” just now');
  });
});
