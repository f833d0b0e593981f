import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeCourse, fsck, git, offeredTexts, openCourse, temporaryFolder } from './support/course.ts';

describe('a refresh', () => {
  it('commits what the source shows, and real git agrees', async () => {
    const course = new FakeCourse().set({ 'README.md': 'hello', 'week1/lab1.ipynb': '{}', 'week1/data/a.csv': '1,2' });
    course.put('run.sh', '#!/bin/sh\n', { executable: true });
    const { refresh, gitDir, repository } = openCourse(course);
    const offer = await refresh();
    expect(offeredTexts(offer)).toEqual(['README.md', 'run.sh', 'week1/data/a.csv', 'week1/lab1.ipynb']);
    expect(offer.source).toMatchObject({ state: 'fresh', complete: true, problems: [] });
    expect(fsck(gitDir)).toBe('');
    expect(git(gitDir, 'rev-parse', 'HEAD').trim()).toBe(offer.head);
    const clone = join(temporaryFolder(), 'clone');
    git('/', 'clone', '-q', gitDir, clone);
    expect(readFileSync(join(clone, 'week1/data/a.csv'), 'utf8')).toBe('1,2');
    expect(git(clone, 'ls-files', '-s', 'run.sh')).toMatch(/^100755 /);
    const readme = offer.files.find(({ path }) => path === 'README.md');
    expect(Buffer.from(await repository.contents.read(readme!.oid)).toString()).toBe('hello');
  });

  it('of an unchanged course downloads nothing and commits nothing', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2' });
    const { refresh } = openCourse(course);
    const first = await refresh();
    course.fetched.length = 0;
    const second = await refresh();
    expect(second.head).toBe(first.head);
    expect(course.fetched).toEqual([]);
    expect(course.lists).toBe(2);
  });
});
