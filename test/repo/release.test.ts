import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import { F2gitError } from '../../src/errors.ts';
import type { Release } from '../../src/repo/verdicts.ts';
import { FakeCourse, fsck, git, offeredTexts, openCourse } from './support/course.ts';

const eight = new Date('2026-11-02T08:30:00Z');

/** `solutions` from half past eight on, `week1` until then. */
const schedule: Release = (path, at) => {
  const isLater = at >= eight;
  if (path.startsWith('solutions/')) return isLater ? 'offered' : 'withheld';
  if (path.startsWith('week1/')) return isLater ? 'withdrawn' : 'offered';
  return 'offered';
};

describe('the schedule', () => {
  it('keeps what is not released out of every object, and releases it without the source', async () => {
    const course = new FakeCourse().set({ a: '1', 'solutions/s.ipynb': 'SECRET-SOLUTION' });
    const opened = openCourse(course, { release: schedule });
    const before = await opened.refresh();
    expect(offeredTexts(before)).toEqual(['a']);
    expect(before.frozen).toEqual([]);
    const objects = git(opened.gitDir, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)').trim();
    for (const object of objects.split('\n'))
      expect(git(opened.gitDir, 'cat-file', '-p', object)).not.toContain('SECRET');
    expect(readFileSync(join(opened.gitDir, 'f2git/history'), 'utf8')).not.toContain('solutions');
    course.listError = 'source-unreachable';
    opened.clock.at = eight;
    const after = await opened.repository.refresh({ freshness: 3_600_000 });
    expect(offeredTexts(after)).toEqual(['a', 'solutions/s.ipynb']);
    expect(git(opened.gitDir, 'show', 'main:solutions/s.ipynb')).toBe('SECRET-SOLUTION');
    expect(course.lists).toBe(1);
    expect(fsck(opened.gitDir)).toBe('');
    expect(readdirSync(join(opened.dir, 'spool'))).toEqual([]);
  });

  it('freezes a file that is withheld again: who has it keeps it, nobody new gets it', async () => {
    const course = new FakeCourse().set({ a: '1', 'solutions/s': 'S' });
    const opened = openCourse(course);
    await opened.refresh();
    const offer = await opened.reopen({ release: schedule }).refresh({ freshness: 0 });
    expect(offer.frozen).toEqual([{ path: 'solutions/s', why: 'withheld' }]);
    expect(offeredTexts(offer)).toEqual(['a']);
  });

  it('takes a file back when its time is over; that is no matter for the brake', async () => {
    const course = new FakeCourse().set({ 'week1/x': '1', 'week1/y': '2', a: '3' });
    const opened = openCourse(course, { release: schedule });
    await opened.refresh();
    opened.clock.at = eight;
    const offer = await opened.repository.refresh({ freshness: 3_600_000 });
    expect(offeredTexts(offer)).toEqual(['a']);
    expect(offer.frozen).toEqual([]);
    expect(opened.repository.held()).toEqual([]);
  });

  it('follows what the source itself makes visible, from and until', async () => {
    const course = new FakeCourse().set({ a: '1' });
    course.put('later', 'L', { visible: { from: '2026-11-02T08:30:00Z' } });
    course.put('early', 'E', { visible: { until: '2026-11-02T08:30:00Z' } });
    const opened = openCourse(course);
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'early']);
    expect(course.fetched).not.toContain('later');
    opened.clock.at = eight;
    expect(offeredTexts((await opened.repository.offer())!)).toEqual(['a']);
    expect(offeredTexts(await opened.repository.refresh({ freshness: 3_600_000 }))).toEqual(['a', 'later']);
  });

  it('says nothing of a problem at a path that is not released yet', async () => {
    const course = new FakeCourse().set({ a: '1', 'solutions/s': 'S' });
    course.fetchErrors.set('solutions/s', 'source-forbidden');
    const opened = openCourse(course, { release: schedule });
    const offer = await opened.refresh();
    expect(JSON.stringify(offer)).not.toContain('solutions');
    expect(opened.repository.describe()?.problems).toMatchObject([{ path: 'solutions/s', code: 'source-forbidden' }]);
    expect(opened.repository.troubles()).toEqual([]);
  });

  it('can be looked at for another time', async () => {
    const course = new FakeCourse().set({ a: '1', 'solutions/s': 'S', 'week1/x': '2' });
    const opened = openCourse(course, { release: schedule });
    await opened.refresh();
    const preview = opened.repository.preview(eight)!;
    expect(preview.files.map(({ path }) => path)).toEqual(['a', 'solutions/s']);
    expect(preview.changes.added.map(({ path }) => path)).toEqual(['solutions/s']);
    expect(preview.changes.removed.map(({ path }) => path)).toEqual(['week1/x']);
    expect(opened.repository.describe()?.counts).toMatchObject({ offered: 2, scheduled: 1, held: 0, problems: 0 });
  });

  it('does not want what is excluded', async () => {
    const course = new FakeCourse().set({ a: '1', 'internal/x': '2', 'internal/y': '3' });
    const opened = openCourse(course);
    await opened.refresh();
    const other = opened.reopen({ isWanted: (path) => !path.startsWith('internal/') });
    const offer = await other.refresh({ freshness: 0 });
    expect(offeredTexts(offer)).toEqual(['a']);
    expect(other.held()).toEqual([]);
  });
});

describe('a purge', () => {
  it('takes a content out of what is served, history included, and keeps it out', async () => {
    const course = new FakeCourse().set({ a: 'old a', 'exam.pdf': 'EXAM', empty: '' });
    const opened = openCourse(course);
    const first = await opened.refresh();
    course.set({ a: 'new a', 'exam.pdf': 'EXAM', empty: '' });
    await opened.refresh();
    const exam = first.files.find(({ path }) => path === 'exam.pdf')!;
    expect(await opened.repository.purge(relPathOf('exam.pdf'))).toEqual({ contents: 1, elsewhere: [] });
    for (const repository of [opened.repository, opened.reopen()]) {
      const offer = await repository.refresh({ freshness: 0, force: true });
      expect(offeredTexts(offer)).toEqual(['a', 'empty']);
      await expect(repository.contents.read(exam.oid)).rejects.toMatchObject({ code: 'object-missing' });
      expect(Buffer.from(await repository.contents.read(first.files[0]!.oid)).toString()).toBe('old a');
    }
    const objects = git(opened.gitDir, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)');
    expect(objects).not.toContain(exam.oid);
    expect(fsck(opened.gitDir)).toBe('');
    course.put('exam.pdf', 'EXAM');
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'empty']);
    expect(git(opened.gitDir, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)')).not.toContain(
      exam.oid,
    );
    await expect(opened.repository.purge(relPathOf('nowhere'))).rejects.toBeInstanceOf(F2gitError);
  });
});
