import { afterEach, describe, expect, it } from 'vitest';
import { course, type CourseFiles, type CourseOptions } from '../support/course.ts';
import { actionsOf, rel, Story } from '../support/dsl.ts';

const stories: Story[] = [];
function given(files: CourseFiles, options?: CourseOptions): Story {
  const story = new Story(course(files, options));
  stories.push(story);
  return story;
}
afterEach(() => {
  for (const story of stories.splice(0)) story.dispose();
});

describe('a click', () => {
  it('brings the whole course into an empty home', async () => {
    const story = given({ 'README.md': 'hello\n', 'week1/lab1.py': 'print(1)\n' });
    const report = await story.sync();
    story.expectHome({ 'README.md': 'hello\n', 'week1/lab1.py': 'print(1)\n' });
    expect(report.outcome).toBe('updated');
    expect(report.base).toBeNull();
    expect(actionsOf(report)).toEqual({ 'README.md': 'added', 'week1/lab1.py': 'added' });
  });

  it('writes nothing at all when nothing has changed', async () => {
    const story = given({ 'a.txt': 'one\n', 'b/c.txt': 'two\n' });
    await story.sync();
    const before = story.fingerprint();
    const report = await story.sync();
    expect(report.outcome).toBe('unchanged');
    expect(report.notices).toEqual([]);
    expect(story.fingerprint()).toBe(before);
  });

  it('replaces a file the student has not touched and keeps the old version', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    const report = await story.sync();
    story.expectHome({ 'a.txt': 'two\n' });
    expect(actionsOf(report)).toEqual({ 'a.txt': 'updated' });
  });

  it('opens no file that it has just removed', async () => {
    const story = given({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
    const open = rel('a.txt');
    expect(await story.sync({ open })).toMatchObject({ open });
    story.course.remove('a.txt');
    expect(await story.sync({ open })).not.toHaveProperty('open');
  });

  it('tells of a file that the link names and that is not there, and of nothing more than that', async () => {
    const story = given({ 'a.txt': 'one\n', 'week1/b.txt': 'two\n' });
    for (let click = 0; click < 2; click++) {
      const report = await story.sync({ open: rel('week2/lab2.py') });
      expect(report).toMatchObject({ missing: 'week2/lab2.py' });
      expect(report).not.toHaveProperty('open');
    }
    for (const open of [rel('a.txt'), rel('week1')]) {
      const report = await story.sync({ open });
      expect(report).toMatchObject({ open });
      expect(report).not.toHaveProperty('missing');
    }
  });

  it('in a course without files says so each time, unless nobody can know', async () => {
    const story = given({});
    expect(await story.sync()).toMatchObject({ outcome: 'unchanged', empty: true });
    expect(await story.sync()).toMatchObject({ outcome: 'unchanged', empty: true });
    story.course.source = { ...story.course.source, complete: false };
    expect(await story.sync()).not.toHaveProperty('empty');
    story.course.source = { ...story.course.source, complete: true };
    story.course.put({ 'a.txt': 'one\n' });
    expect(await story.sync()).not.toHaveProperty('empty');
    expect(await story.sync()).not.toHaveProperty('empty');
  });

  it('merges what both changed', async () => {
    const story = given({ 'a.txt': '1\n2\n3\n4\n5\n' });
    await story.sync();
    story.home({ 'a.txt': '1\nmine\n3\n4\n5\n' });
    story.course.put({ 'a.txt': '1\n2\n3\n4\ncourse\n' });
    const report = await story.sync();
    story.expectHome({ 'a.txt': '1\nmine\n3\n4\ncourse\n' });
    expect(actionsOf(report)).toEqual({ 'a.txt': 'merged' });
  });
});
