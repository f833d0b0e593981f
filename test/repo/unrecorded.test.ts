/** A refresh that cannot record what it wrote: nothing is left behind, however often it is tried, and readers read on. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fsck, git, openCourse, FakeCourse } from './support/course.ts';

const large = (text: string): string => text.repeat(100_000);

it('takes its pack back, and the next refresh brings it all', async () => {
  const course = new FakeCourse().set({ a: large('one'), b: 'b' });
  const opened = openCourse(course);
  const first = await opened.refresh();
  const own = join(opened.gitDir, 'f2git');
  const here = (): readonly string[] =>
    [
      ...readdirSync(join(opened.gitDir, 'objects/pack')),
      ...readdirSync(own).filter((name) => name !== 'history'),
    ].sort();
  const before = here();
  const reader = opened.reopen();
  const offer = await reader.offer();

  renameSync(join(own, 'history'), join(own, 'history.kept'));
  mkdirSync(join(own, 'history'));
  course.set({ a: large('two'), b: 'b', c: 'c' });
  for (let time = 0; time < 3; time++) {
    await expect(opened.refresh()).rejects.toMatchObject({
      code: expect.stringMatching(/^(bug|repository-unwritable)$/) as string,
    });
    expect(here().filter((name) => name !== 'history.kept')).toEqual(before);
    expect(git(opened.gitDir, 'rev-parse', 'main').trim()).toBe(first.head);
    for (const { oid, size } of offer?.files ?? []) expect((await reader.contents.read(oid)).length).toBe(size);
  }
  expect(fsck(opened.gitDir)).toBe('');

  rmSync(join(own, 'history'), { recursive: true });
  renameSync(join(own, 'history.kept'), join(own, 'history'));
  const { head, files } = await opened.refresh();
  expect(files.map(({ path }) => path)).toEqual(['a', 'b', 'c']);
  expect(git(opened.gitDir, 'rev-list', 'main').trim().split('\n')).toEqual([head, first.head]);
  expect(git(opened.gitDir, 'show', 'main:a')).toBe(large('two'));
  expect(fsck(opened.gitDir)).toBe('');
});

it('leaves the first of all refreshes without a trace as well', async () => {
  const course = new FakeCourse().set({ a: 'one' });
  const opened = openCourse(course);
  const own = join(opened.gitDir, 'f2git');
  mkdirSync(join(own, 'history'), { recursive: true });
  await expect(opened.refresh()).rejects.toThrow();
  expect(readdirSync(join(opened.gitDir, 'objects/pack'))).toEqual([]);
  expect(existsSync(join(opened.gitDir, 'refs/heads/main'))).toBe(false);
  rmSync(join(own, 'history'), { recursive: true });
  expect((await opened.refresh()).files.map(({ path }) => path)).toEqual(['a']);
  expect(fsck(opened.gitDir)).toBe('');
});
