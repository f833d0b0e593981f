/**
 * An editor that still shows the version before saves it with the student's edit: what the course had delivered comes
 * back, once, and no line of the student's is lost.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { describeNotice } from '../../src/sync/describe-notice.ts';
import { describeReport } from '../../src/sync/report.ts';
import { takeFiles, undoRun } from '../../src/sync/revise.ts';
import { course } from '../support/course.ts';
import { actionsOf, clock, rel, Story } from '../support/dsl.ts';

const stories: Story[] = [];
afterEach(() => stories.splice(0).forEach((story) => story.dispose()));

const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const before = ['import math', '', 'def area(r):', '    return 3 * r', '', '# task 2', '', 'print(area(1))'];
const fixed = before.with(3, '    return math.pi * r ** 2');
const withTask = [...before, '', '# task 3', 'print(area(2))'];
const typed = (lines: readonly string[]): readonly string[] => lines.with(lines.indexOf('# task 2'), '# task 2: done');

/** A course whose file went through `versions`; the student clicked for each. */
async function delivered(...versions: readonly (readonly string[])[]): Promise<Story> {
  const [first = [], ...others] = versions;
  const story = new Story(course({ 'lab1.py': text(...first) }));
  stories.push(story);
  await story.sync();
  for (const version of others) {
    story.course.put({ 'lab1.py': text(...version) });
    await story.sync();
  }
  return story;
}

function expectFile(story: Story, lines: readonly string[]): void {
  story.expectHome({ 'lab1.py': text(...lines) });
}

describe('an editor that shows the version before saves it with an edit', () => {
  it.each([
    ['rewrote a line', fixed],
    ['added lines', withTask],
    ['took lines out', before.toSpliced(0, 2)],
    ['moved lines', [...before.slice(2), '', 'import math']],
  ])('what came back where the course %s', async (_, version) => {
    const story = await delivered(before, version);
    story.home({ 'lab1.py': text(...typed(before)) });
    const report = await story.sync();
    expectFile(story, typed(version));
    expect(actionsOf(report)).toEqual({ 'lab1.py': 'merged' });
    expect(report.notices[0]).toMatchObject({ rule: '11', revived: true });
    expect((await story.sync()).outcome).toBe('unchanged');
    expectFile(story, typed(version));
  });

  it('tells it in plain words, on a terminal too', async () => {
    const story = await delivered(before, fixed);
    story.home({ 'lab1.py': text(...typed(before)) });
    const report = await story.sync();
    expect(describeNotice(report.notices[0]!, 'en')).toContain('A window that still showed an older version');
    expect(describeReport(report, 'de').join('\n')).toContain('Ein Fenster, das noch eine ältere Fassung zeigte');
  });

  it('accepts it when the student takes it out once more, until the course changes the file again', async () => {
    const story = await delivered(before, fixed);
    story.home({ 'lab1.py': text(...typed(before)) });
    await story.sync();
    const mine = [...typed(before), '# and more'];
    story.home({ 'lab1.py': text(...mine) });
    expect((await story.sync()).outcome).toBe('unchanged');
    expectFile(story, mine);
    story.course.put({ 'lab1.py': text(...fixed.with(0, 'import math as m')) });
    await story.sync();
    expectFile(story, mine.with(0, 'import math as m'));
  });

  it('does so in a file that was merged before, with all the student had in it', async () => {
    const story = await delivered(before);
    story.home({ 'lab1.py': text(...typed(before)) });
    story.course.put({ 'lab1.py': text(...withTask) });
    await story.sync();
    expectFile(story, typed(withTask));
    story.home({ 'lab1.py': text('# me', ...typed(before)) });
    expect((await story.sync()).notices[0]).toMatchObject({ revived: true });
    expectFile(story, ['# me', ...typed(withTask)]);
  });

  it('finds the version the editor showed when two came meanwhile', async () => {
    const both = [...fixed, '', '# task 3', 'print(area(2))'];
    const story = await delivered(before, fixed, both);
    story.home({ 'lab1.py': text(...typed(before)) });
    await story.sync();
    expectFile(story, typed(both));
  });

  it('brings both when the course changes the file again before the next click', async () => {
    const story = await delivered(before, fixed);
    story.home({ 'lab1.py': text(...typed(before)) });
    story.course.put({ 'lab1.py': text(...fixed, '# the end') });
    await story.sync();
    expectFile(story, [...typed(fixed), '# the end']);
  });

  it('keeps the student’s line where they changed the one the course rewrote, and says what the course wanted', async () => {
    const version = fixed.with(0, 'import math as m');
    const story = await delivered(before, version);
    const mine = before.with(3, '    return 3.14 * r * r');
    story.home({ 'lab1.py': text(...mine) });
    const [notice] = (await story.sync()).notices;
    expectFile(story, mine.with(0, 'import math as m'));
    expect(notice?.declined).toMatchObject([{ course: fixed[3], yours: mine[3] }]);
  });

  it('can be undone, and stays undone', async () => {
    const story = await delivered(before, fixed);
    story.home({ 'lab1.py': text(...typed(before)) });
    await story.sync();
    await undoRun({ workspace: story.workspace, ...clock() });
    expectFile(story, typed(before));
    await story.sync();
    expectFile(story, typed(before));
  });

  it('does not touch what the student took from an earlier run', async () => {
    const story = await delivered(before);
    story.home({ 'lab1.py': text(...typed(before)) });
    story.course.put({ 'lab1.py': text(...fixed) });
    const { run } = await story.sync();
    const { offer, contents } = story.request();
    const wishes = [{ file: rel('lab1.py') }];
    await takeFiles({ workspace: story.workspace, offer, contents, from: run, wishes, ...clock() });
    expectFile(story, typed(before));
    expect((await story.sync()).outcome).toBe('unchanged');
    expectFile(story, typed(before));
  });
});

describe('a student who has seen the course’s change is believed', () => {
  it.each([
    ['who changed the line the course rewrote', fixed, fixed.with(3, '    return 4 * r')],
    ['who puts something else in the place of added lines', withTask, [...before, '', '# my own task']],
    ['who deleted some of the added lines', withTask, typed(withTask.slice(0, -1))],
    ['who replaced the whole text', fixed, ['print(1)', 'print(2)']],
    ['who copied the new line and worked on', fixed, [...typed(before), fixed[3]!]],
  ])('%s', async (_, version, mine) => {
    const story = await delivered(before, version);
    story.home({ 'lab1.py': text(...mine) });
    expect((await story.sync()).outcome).toBe('unchanged');
    expectFile(story, mine);
  });

  it('who deletes the lines the course had added to their edited file, and nothing else; also when they work on', async () => {
    const story = await delivered(before);
    story.home({ 'lab1.py': text(...typed(before)) });
    story.course.put({ 'lab1.py': text(...withTask) });
    await story.sync();
    expectFile(story, typed(withTask));
    story.home({ 'lab1.py': text(...typed(before)) });
    expect((await story.sync()).notices).toEqual([]);
    expectFile(story, typed(before));
    story.home({ 'lab1.py': text('# me', ...typed(before)) });
    expect((await story.sync()).outcome).toBe('unchanged');
    expectFile(story, ['# me', ...typed(before)]);
  });
});
