/** Who may read, write and execute a file: the student's choice outlives what the course brings. */
import { chmodSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { takeFiles, undoRun } from '../../src/sync/revise.ts';
import { course, type CourseFiles } from '../support/course.ts';
import { clock, rel, Story } from '../support/dsl.ts';

const stories: Story[] = [];
function given(files: CourseFiles): Story {
  const story = new Story(course(files));
  stories.push(story);
  return story;
}
afterEach(() => {
  for (const story of stories.splice(0)) story.dispose();
});

const modeOf = (story: Story, path: string): string => (statSync(story.path(path)).mode & 0o777).toString(8);

describe('a file the student hid from others', () => {
  it.each([
    ['merged', 0o600, 'mine\n2\n3\n', '600'],
    ['updated', 0o640, '1\n2\n3\n', '640'],
    ['updated though it is read-only', 0o400, '1\n2\n3\n', '600'],
  ])('stays hidden when it is %s', async (_name, mode, text, expected) => {
    const story = given({ 'hw.py': '1\n2\n3\n' });
    await story.sync();
    story.home({ 'hw.py': text });
    chmodSync(story.path('hw.py'), mode);
    story.course.put({ 'hw.py': '1\n2\ncourse\n' });
    await story.sync();
    expect(story.tree()['hw.py']).toContain('course');
    expect(modeOf(story, 'hw.py')).toBe(expected);
  });

  it('stays hidden when it changes places with another', async () => {
    const story = new Story(course({ a: '1\n2\n', b: '3\n4\n' }, { identity: 'stable' }));
    stories.push(story);
    await story.sync();
    story.home({ a: 'mine\n2\n' });
    chmodSync(story.path('a'), 0o600);
    story.course.rename('a', 't').rename('b', 'a').rename('t', 'b');
    await story.sync();
    story.expectHome({ a: '3\n4\n', b: 'mine\n2\n' });
    expect(modeOf(story, 'b')).toBe('600');
  });

  it('stays hidden when it takes the name another leaves', async () => {
    const story = new Story(course({ a: '1\n2\n', b: '3\n4\n' }, { identity: 'stable' }));
    stories.push(story);
    await story.sync();
    story.home({ a: 'mine\n2\n' });
    chmodSync(story.path('a'), 0o600);
    story.course.rename('b', 'c').rename('a', 'b');
    await story.sync();
    story.expectHome({ b: 'mine\n2\n', c: '3\n4\n' });
    expect(modeOf(story, 'b')).toBe('600');
  });

  it('becomes executable for those who may read it', async () => {
    const story = given({ 'run.sh': 'one\n' });
    await story.sync();
    chmodSync(story.path('run.sh'), 0o600);
    story.course.put({ 'run.sh': { content: 'two\n', executable: true } });
    await story.sync();
    expect(modeOf(story, 'run.sh')).toBe('700');
  });
});

describe('a script', () => {
  const script = { content: 'one\n', executable: true };

  it('can be executed again when its removal is undone', async () => {
    const story = given({ 'run.sh': script, k: 'k\n' });
    await story.sync();
    story.course.remove('run.sh');
    await story.sync();
    await undoRun({ workspace: story.workspace, ...clock() });
    story.expectHome({ 'run.sh': 'one\n', k: 'k\n' });
    expect(statSync(story.path('run.sh')).mode & 0o111).not.toBe(0);
    expect((await story.sync()).outcome).toBe('unchanged');
  });

  it('can be executed again when an earlier version is taken', async () => {
    const story = given({ 'run.sh': script });
    await story.sync();
    story.course.put({ 'run.sh': { content: 'two\n', executable: false } });
    const { run } = await story.sync();
    expect(statSync(story.path('run.sh')).mode & 0o111).toBe(0);
    await takeFiles({ workspace: story.workspace, wishes: [{ file: rel('run.sh') }], from: run, ...clock() });
    story.expectHome({ 'run.sh': 'one\n' });
    expect(statSync(story.path('run.sh')).mode & 0o111).not.toBe(0);
  });
});
