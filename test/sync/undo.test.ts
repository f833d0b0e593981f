import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parseRunId, type RunId } from '../../src/core/ids.ts';
import { takeFiles, undoRun } from '../../src/sync/revise.ts';
import { workspaceLog, workspaceStatus } from '../../src/sync/status.ts';
import { course, type CourseFiles, type CourseOptions } from '../support/course.ts';
import { actionsOf, clock, rel, Story } from '../support/dsl.ts';

const stories: Story[] = [];
function given(files: CourseFiles, options?: CourseOptions): Story {
  const story = new Story(course(files, options));
  stories.push(story);
  return story;
}
afterEach(() => {
  for (const story of stories.splice(0)) story.dispose();
});

const undo = (story: Story, undoes?: ReturnType<typeof parseRunId>) =>
  undoRun({ workspace: story.workspace, ...clock(), ...(undoes && { undoes }) });
const take = (story: Story, file: string, from: 'course' | RunId = 'course', as?: string) =>
  takeFiles({
    workspace: story.workspace,
    offer: story.course.offer(),
    contents: story.course.contents(),
    wishes: [{ file: rel(file), ...(as !== undefined && { as: rel(as) }) }],
    from,
    ...clock(),
  });

describe('undo', () => {
  it('puts back what an update replaced, and the next click leaves it so', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    await story.sync();
    const report = await undo(story);
    story.expectHome({ 'a.txt': 'one\n' });
    expect(actionsOf(report)).toEqual({ 'a.txt': 'restored' });
    const again = await story.sync();
    story.expectHome({ 'a.txt': 'one\n' });
    expect(again.outcome).toBe('unchanged');
  });

  it('takes away what a link names, and clicks on the link tell that it is not there', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'b.txt': 'two\n' });
    const open = rel('b.txt');
    expect(await story.sync({ open })).toMatchObject({ open });
    await undo(story);
    expect(await story.sync({ open })).toMatchObject({ outcome: 'unchanged', missing: open });
  });

  it('holds until the course changes the file again', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    await story.sync();
    await undo(story);
    story.course.put({ 'a.txt': 'three\n' });
    await story.sync();
    story.expectHome({ 'a.txt': 'three\n' });
  });

  it('of the run before as well still refuses what the course offers, not only what it offered then', async () => {
    const story = given({ 'e.txt': 'one\n', 'k.txt': 'k\n' });
    const first = await story.sync();
    story.course.put({ 'e.txt': 'two\n' });
    await story.sync();
    await undo(story);
    const second = await undo(story, first.run);
    story.expectHome({});
    expect(await story.sync()).toMatchObject({ outcome: 'unchanged', notices: [], refused: 2 });
    story.expectHome({});
    await undo(story, second.run);
    await story.sync();
    story.expectHome({ 'e.txt': 'one\n', 'k.txt': 'k\n' });
    story.course.put({ 'e.txt': 'three\n' });
    await story.sync();
    story.expectHome({ 'e.txt': 'three\n', 'k.txt': 'k\n' });
  });

  it('of an older run refuses what was delivered last where the student went back to that run’s version', async () => {
    const story = given({ 'a.txt': 'one\n' });
    const first = await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    await story.sync();
    story.home({ 'a.txt': 'one\n' });
    await undo(story, first.run);
    story.expectHome({});
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({});
  });

  it('takes added files and their folders away and brings removed ones back', async () => {
    const story = given({ 'a.txt': 'one\n', 'old/b.txt': 'b\n' });
    await story.sync();
    story.course.publish({ 'a.txt': 'one\n', 'new/c.txt': 'c\n' });
    await story.sync();
    story.expectHome({ 'a.txt': 'one\n', 'new/c.txt': 'c\n' });
    await undo(story);
    story.expectHome({ 'a.txt': 'one\n', 'old/b.txt': 'b\n' });
    await story.sync();
    story.expectHome({ 'a.txt': 'one\n', 'old/b.txt': 'b\n' });
  });

  it('brings a file back under its name where the run put a folder', async () => {
    const story = given({ a: 'a\n', b: 'b\n' });
    await story.sync();
    story.course.publish({ a: 'a\n', 'b/x.txt': 'x\n', 'b/deep/er/y.txt': 'y\n' });
    await story.sync();
    await undo(story);
    story.expectHome({ a: 'a\n', b: 'b\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
  });

  it('brings it back beside a folder that holds something of the student’s', async () => {
    const story = given({ a: 'a\n', b: 'b\n' });
    await story.sync();
    story.course.publish({ a: 'a\n', 'b/deep/y.txt': 'y\n' });
    await story.sync();
    story.home({ 'b/deep/own.txt': 'my own\n' });
    await undo(story);
    story.expectHome({ a: 'a\n', 'b.before': 'b\n', 'b/deep/own.txt': 'my own\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
  });

  it('keeps folders the student made in the place of a file', async () => {
    const story = given({ a: 'a\n', b: 'b\n' });
    await story.sync();
    story.course.publish({ a: 'a\n' });
    await story.sync();
    story.home({ 'b/': '' });
    await undo(story);
    story.expectHome({ a: 'a\n', 'b.before': 'b\n', 'b/': '<folder>' });
  });

  it('restores the student’s own text from before a merge', async () => {
    const story = given({ 'a.txt': '1\n2\n3\n4\n' });
    await story.sync();
    story.home({ 'a.txt': 'mine\n2\n3\n4\n' });
    story.course.put({ 'a.txt': '1\n2\n3\ncourse\n' });
    await story.sync();
    story.expectHome({ 'a.txt': 'mine\n2\n3\ncourse\n' });
    await undo(story);
    story.expectHome({ 'a.txt': 'mine\n2\n3\n4\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'a.txt': 'mine\n2\n3\n4\n' });
  });

  it('never overwrites what was written since; the old version comes beside', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    await story.sync();
    story.home({ 'a.txt': 'two and more\n' });
    const report = await undo(story);
    story.expectHome({ 'a.txt': 'two and more\n', 'a.before.txt': 'one\n' });
    expect(report.notices).toMatchObject([{ path: 'a.txt', action: 'kept', copy: 'a.before.txt' }]);
  });

  it('of an undo does the run again', async () => {
    const story = given({ 'a.txt': 'one\n', 'gone.txt': 'x\n' });
    await story.sync();
    story.course.publish({ 'a.txt': 'two\n', 'new.txt': 'n\n' });
    await story.sync();
    const undone = await undo(story);
    await undo(story, undone.run);
    story.expectHome({ 'a.txt': 'two\n', 'new.txt': 'n\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
    story.course.put({ 'a.txt': 'three\n' });
    await story.sync();
    story.expectHome({ 'a.txt': 'three\n', 'new.txt': 'n\n' });
  });

  it('of what is undone already says so and changes nothing', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    const run = (await story.sync()).run;
    await undo(story);
    const state = readFileSync(story.path('.f2git/state.json'), 'utf8');
    const again = await undo(story);
    expect(again.outcome).toBe('unchanged');
    expect(again.undoes).toBe(run);
    story.expectHome({ 'a.txt': 'one\n' });
    expect(readFileSync(story.path('.f2git/state.json'), 'utf8')).toBe(state);
  });

  it('knows what is undone though the clock went back meanwhile', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    await story.sync();
    const now = (): Date => new Date(Date.UTC(2026, 9, 1));
    const { workspace } = story;
    expect((await undoRun({ workspace, now, random: () => '11111111' })).outcome).toBe('updated');
    const { undoes } = await undo(story);
    const again = await undoRun({ workspace, now, random: () => '22222222', ...(undoes && { undoes }) });
    expect(again.outcome).toBe('unchanged');
    story.expectHome({ 'a.txt': 'one\n' });
  });

  it('of an unknown run is refused', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    await expect(undo(story, parseRunId('20200101T000000Z-00000000'))).rejects.toMatchObject({ code: 'run-unknown' });
  });

  it('of a rename brings the old name back', async () => {
    const story = given({ 'a.txt': 'one\n' }, { identity: 'stable' });
    await story.sync();
    story.course.rename('a.txt', 'b.txt');
    await story.sync();
    story.expectHome({ 'b.txt': 'one\n' });
    await undo(story);
    story.expectHome({ 'a.txt': 'one\n' });
  });
});

describe('take', () => {
  it('puts the course’s version in place of the student’s, which undo brings back', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.home({ 'a.txt': 'mine\n' });
    story.course.put({ 'a.txt': 'two\n' });
    await story.sync();
    story.expectHome({ 'a.txt': 'mine\n' });
    const report = await take(story, 'a.txt');
    expect(report.kind).toBe('take');
    story.expectHome({ 'a.txt': 'two\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
    await undo(story);
    story.expectHome({ 'a.txt': 'mine\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'a.txt': 'mine\n' });
  });

  it('makes a course copy needless', async () => {
    const story = given({});
    story.course.put({ 'a.bin': 'course\0' });
    story.home({ 'a.bin': 'mine\0' });
    await story.sync();
    story.expectHome({ 'a.bin': 'mine\0', 'a.course.bin': 'course\0' });
    await take(story, 'a.bin');
    story.expectHome({ 'a.bin': 'course\0' });
    expect((await story.sync()).outcome).toBe('unchanged');
  });

  it('brings an earlier version back, and the next click leaves it', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    const run = (await story.sync()).run;
    await take(story, 'a.txt', run);
    story.expectHome({ 'a.txt': 'one\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'a.txt': 'one\n' });
  });

  it('puts a version beside under another name', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    story.home({ 'a.txt': 'mine\n' });
    await take(story, 'a.txt', 'course', 'fresh/a.txt');
    story.expectHome({ 'a.txt': 'mine\n', 'fresh/a.txt': 'one\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
    await expect(take(story, 'a.txt', 'course', 'fresh/a.txt')).rejects.toMatchObject({ code: 'file-present' });
  });

  it('refuses a file nobody knows', async () => {
    const story = given({ 'a.txt': 'one\n' });
    await story.sync();
    await expect(take(story, 'b.txt')).rejects.toMatchObject({ code: 'file-unknown' });
  });
});

describe('status and log', () => {
  it('tell pristine, yours, merged, missing and course copies apart', async () => {
    const story = given({ 'p.txt': 'p\n', 'y.txt': 'y\n', 'm.txt': '1\n2\n3\n4\n', 'x.txt': 'x\n' });
    await story.sync();
    story.home({ 'y.txt': 'mine\n', 'm.txt': 'mine\n2\n3\n4\n', 'c.bin': 'mine\0' });
    story.course.put({ 'm.txt': '1\n2\n3\ncourse\n', 'c.bin': 'course\0' });
    await story.sync();
    story.home({ 'x.txt': null });
    const status = await workspaceStatus({ workspace: story.workspace });
    expect(Object.fromEntries(status?.files.map((file) => [file.path, file.state]) ?? [])).toEqual({
      'c.bin': 'yours',
      'c.course.bin': 'course-copy',
      'm.txt': 'merged',
      'p.txt': 'pristine',
      'x.txt': 'missing',
      'y.txt': 'yours',
    });
  });

  it('name every run that changed something, newest first', async () => {
    const story = given({ 'a.txt': 'one\n' });
    const first = await story.sync();
    await story.sync();
    story.course.put({ 'a.txt': 'two\n' });
    const second = await story.sync();
    const third = await undo(story);
    const log = await workspaceLog({ workspace: story.workspace });
    expect(log.map(({ run, kind, undone }) => [run, kind, undone])).toEqual([
      [third.run, 'undo', false],
      [second.run, 'sync', true],
      [first.run, 'sync', false],
    ]);
    expect(log[0]?.undoes).toBe(second.run);
    expect(log[1]?.report?.notices).toMatchObject([{ path: 'a.txt', action: 'updated' }]);
  });

  it('keep the replaced version where a student can read it', async () => {
    const story = given({ 'week1/a.txt': 'one\n' });
    await story.sync();
    story.course.put({ 'week1/a.txt': 'two\n' });
    const { run } = await story.sync();
    expect(readFileSync(story.path(`.f2git/backups/${run}/week1/a.txt`), 'utf8')).toBe('one\n');
    expect(existsSync(story.path('.f2git/stage'))).toBe(false);
    expect(existsSync(story.path('.f2git/lease'))).toBe(false);
  });
});
