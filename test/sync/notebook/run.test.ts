/** Notebooks through whole runs, in a real folder. */
import { afterEach, describe, expect, it } from 'vitest';
import { reportDocument } from '../../../src/sync/report.ts';
import { takeFiles, undoRun } from '../../../src/sync/revise.ts';
import { workspaceStatus } from '../../../src/sync/status.ts';
import { describeNotice } from '../../../src/sync/describe-notice.ts';
import { course } from '../../support/course.ts';
import { actionsOf, clock, rel, Story } from '../../support/dsl.ts';
import { cell, graded, notebook, type FileSpec } from './notebooks.ts';

const stories: Story[] = [];
function given(text: string | Uint8Array): Story {
  const story = new Story(course({ 'lab1.ipynb': text }));
  stories.push(story);
  return story;
}
afterEach(() => stories.splice(0).forEach((story) => story.dispose()));

const delivered = notebook([cell('a'), cell('b'), cell('c')]);

describe('a notebook both sides changed', () => {
  it('has both changes after a click, and undo brings back what was there', async () => {
    const story = given(delivered);
    await story.sync();
    const own = notebook([cell('a'), cell('b', { source: 'my answer', printed: '42', count: 3 }), cell('c')]);
    story.home({ 'lab1.ipynb': own });
    const wanted = [cell('a', { source: 'better' }), cell('b'), cell('c'), cell('d')];
    story.course.put({ 'lab1.ipynb': notebook(wanted) });
    const report = await story.sync();
    expect(actionsOf(report)).toEqual({ 'lab1.ipynb': 'merged' });
    const both = [
      cell('a', { source: 'better' }),
      cell('b', { source: 'my answer', printed: '42', count: 3 }),
      cell('c'),
      cell('d'),
    ];
    story.expectHome({ 'lab1.ipynb': notebook(both) });
    expect((await story.sync()).outcome).toBe('unchanged');
    await undoRun({ workspace: story.workspace, ...clock() });
    story.expectHome({ 'lab1.ipynb': own });
  });

  it('names in the report each cell the course wanted otherwise, and its version can be taken', async () => {
    const story = given(delivered);
    await story.sync();
    story.home({ 'lab1.ipynb': notebook([cell('a'), cell('b', { source: 'mine' }), cell('c')]) });
    const wanted = notebook([cell('a'), cell('b', { source: 'theirs' }), cell('c')]);
    story.course.put({ 'lab1.ipynb': wanted });
    const document = reportDocument(await story.sync(), 'en');
    expect(document.files).toEqual([
      {
        path: 'lab1.ipynb',
        action: 'kept',
        message: expect.stringContaining('Your version stayed') as string,
        declined: [{ cell: 'b', course: 'theirs', yours: 'mine' }],
      },
    ]);
    const { offer, contents } = story.request();
    await takeFiles({
      ...{ workspace: story.workspace, offer, contents, from: 'course', wishes: [{ file: rel('lab1.ipynb') }] },
      ...clock(),
    });
    story.expectHome({ 'lab1.ipynb': wanted });
  });

  it('follows the course although a tab that was open since before the last change saved over it', async () => {
    const versions = ['v1', 'v2', 'v3'].map((source) => notebook([cell('a'), cell('b', { source }), cell('c')]));
    const story = given(versions[0]!);
    await story.sync();
    story.course.put({ 'lab1.ipynb': versions[1]! });
    await story.sync();
    story.home({ 'lab1.ipynb': notebook([cell('a'), cell('b', { source: 'v1' }), cell('c', { source: 'mine' })]) });
    story.course.put({ 'lab1.ipynb': versions[2]! });
    await story.sync();
    story.expectHome({
      'lab1.ipynb': notebook([cell('a'), cell('b', { source: 'v3' }), cell('c', { source: 'mine' })]),
    });
  });

  it('gets back what such a tab wiped out, although the course changed nothing since', async () => {
    const newest = notebook([cell('a', { source: 'v2' }), cell('b'), cell('c'), cell('d')]);
    const story = given(delivered);
    await story.sync();
    story.course.put({ 'lab1.ipynb': newest });
    await story.sync();
    story.home({ 'lab1.ipynb': notebook([cell('a'), cell('b', { source: 'mine' }), cell('c')]) });
    const report = await story.sync();
    expect(actionsOf(report)).toEqual({ 'lab1.ipynb': 'merged' });
    expect(describeNotice(report.notices[0]!, 'en')).toContain(
      'A window that still showed an older version had saved over it',
    );
    const both = [cell('a', { source: 'v2' }), cell('b', { source: 'mine' }), cell('c'), cell('d')];
    story.expectHome({ 'lab1.ipynb': notebook(both) });
    expect((await story.sync()).outcome).toBe('unchanged');
  });

  it('stays as the student wants it who takes the course’s change out once more', async () => {
    const story = given(delivered);
    await story.sync();
    story.course.put({ 'lab1.ipynb': notebook([cell('a', { source: 'v2' }), cell('b'), cell('c')]) });
    await story.sync();
    const own = notebook([cell('a'), cell('b', { source: 'mine' }), cell('c')]);
    story.home({ 'lab1.ipynb': own });
    expect((await story.sync()).outcome).toBe('updated');
    story.home({ 'lab1.ipynb': own });
    for (let clicks = 0; clicks < 3; clicks++) expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'lab1.ipynb': own });
    story.course.put({ 'lab1.ipynb': notebook([cell('a', { source: 'v3' }), cell('b'), cell('c')]) });
    await story.sync();
    const both = notebook([cell('a', { source: 'v3' }), cell('b', { source: 'mine' }), cell('c')]);
    story.expectHome({ 'lab1.ipynb': both });
  });

  it('stays without the new cell the student deleted', async () => {
    const story = given(delivered);
    await story.sync();
    story.course.put({ 'lab1.ipynb': notebook([cell('a'), cell('b'), cell('c'), cell('d')]) });
    await story.sync();
    const own = notebook([cell('a'), cell('b', { source: 'mine' }), cell('c')]);
    story.home({ 'lab1.ipynb': own });
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'lab1.ipynb': own });
  });

  it('keeps the student’s copy of a cell the course deletes, also on the click after', async () => {
    const story = given(notebook([cell('a'), cell('x'), cell('c')]));
    await story.sync();
    story.home({ 'lab1.ipynb': notebook([cell('a'), cell('x'), cell('x', { id: 'copy' }), cell('c')]) });
    story.course.put({ 'lab1.ipynb': notebook([cell('a'), cell('c')]) });
    expect(actionsOf(await story.sync())).toEqual({ 'lab1.ipynb': 'merged' });
    const own = notebook([cell('a'), cell('x', { id: 'copy' }), cell('c')]);
    story.expectHome({ 'lab1.ipynb': own });
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'lab1.ipynb': own });
  });

  it.each([4, 5])('keeps such a copy also when the course changes something later (nbformat 4.%i)', async (minor) => {
    const file = (...cells: Parameters<typeof notebook>[0]): string => notebook(cells, { minor });
    const story = given(file(cell('a'), cell('x'), cell('c')));
    await story.sync();
    const copy = cell('x', { id: 'copy' });
    story.home({ 'lab1.ipynb': file(cell('a'), cell('x'), copy, cell('c', { source: 'mine' })) });
    story.course.put({ 'lab1.ipynb': file(cell('a'), cell('c')) });
    await story.sync();
    story.course.put({ 'lab1.ipynb': file(cell('a', { source: 'v2' }), cell('c')) });
    await story.sync();
    story.expectHome({ 'lab1.ipynb': file(cell('a', { source: 'v2' }), copy, cell('c', { source: 'mine' })) });
  });

  it('keeps such a copy also when the student saves something before', async () => {
    const story = given(notebook([cell('a'), cell('x'), cell('c')]));
    await story.sync();
    const copy = cell('x', { id: 'copy' });
    story.home({ 'lab1.ipynb': notebook([cell('a'), cell('x'), copy, cell('c')]) });
    story.course.put({ 'lab1.ipynb': notebook([cell('a'), cell('c')]) });
    await story.sync();
    story.home({ 'lab1.ipynb': notebook([cell('a'), copy, cell('c', { source: 'mine' })]) });
    story.course.put({ 'lab1.ipynb': notebook([cell('a', { source: 'v2' }), cell('c')]) });
    await story.sync();
    const both = [cell('a', { source: 'v2' }), copy, cell('c', { source: 'mine' })];
    story.expectHome({ 'lab1.ipynb': notebook(both) });
  });

  describe('forgets what the course wanted of a cell', () => {
    const mine = cell('b', { source: 'b = 2\nprint(b)' });
    const theirs = cell('b', { source: 'b = 3\nprint(b)' });
    const noted = cell('c', { source: 'c = 1\nprint(c) # a note' });
    const declinedIn = async (story: Story): Promise<unknown> =>
      (await workspaceStatus({ workspace: story.workspace }))?.files[0]?.declined;
    const refused = async (file: FileSpec = {}): Promise<Story> => {
      const story = given(notebook([cell('a'), cell('b'), cell('c')], file));
      await story.sync();
      story.home({ 'lab1.ipynb': notebook([cell('a'), mine, noted], file) });
      story.course.put({ 'lab1.ipynb': notebook([cell('a'), theirs, cell('c')], file) });
      await story.sync();
      expect(await declinedIn(story)).toHaveLength(1);
      return story;
    };

    it.each([
      ['the student writes the same', [cell('a'), theirs, noted], {}],
      ['the student writes the same, in the old format', [cell('a'), theirs, noted], { minor: 4 }],
      ['the student deletes the cell', [cell('a'), noted], {}],
      ['the student takes their change back', [cell('a'), cell('b'), noted], {}],
    ])('when %s', async (_, cells, file) => {
      const story = await refused(file);
      story.home({ 'lab1.ipynb': notebook(cells, file) });
      await story.sync();
      expect(await declinedIn(story)).toBeUndefined();
      expect((await story.sync()).outcome).toBe('unchanged');
    });

    it('when the course comes to agree with the student', async () => {
      const story = await refused();
      story.course.put({ 'lab1.ipynb': notebook([cell('a'), mine, cell('c')]) });
      await story.sync();
      expect(await declinedIn(story)).toBeUndefined();
    });

    it('but not when the student writes on', async () => {
      for (const file of [{}, { minor: 4 }]) {
        const story = await refused(file);
        story.home({ 'lab1.ipynb': notebook([cell('a'), cell('b', { source: 'b = 22\nprint(b)' }), noted], file) });
        expect((await story.sync()).outcome).toBe('unchanged');
        expect(await declinedIn(story)).toHaveLength(1);
      }
    });
  });

  it('keeps an answer although the course once showed the same one', async () => {
    const answer = { solution: true, grade: true };
    const versions = ['return 42', 'raise NotImplementedError()'].map((source) =>
      notebook([cell('a'), graded('q', answer, { source })]),
    );
    const story = given(versions[0]!);
    await story.sync();
    story.course.put({ 'lab1.ipynb': versions[1]! });
    await story.sync();
    const own = notebook([cell('a', { source: 'mine' }), graded('q', answer, { source: 'return 42' })]);
    story.home({ 'lab1.ipynb': own });
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'lab1.ipynb': own });
  });

  it('says which cells are the course’s again', async () => {
    const test = { grade: true, locked: true };
    const story = given(notebook([cell('a'), graded('t', test)]));
    await story.sync();
    story.home({ 'lab1.ipynb': notebook([cell('a'), graded('t', test, { source: 'assert True' })]) });
    story.course.put({ 'lab1.ipynb': notebook([cell('a', { source: 'new' }), graded('t', test)]) });
    const report = await story.sync();
    const [notice] = report.notices;
    expect(notice?.cells).toEqual([{ kind: 'reset', cell: 't', yours: 'assert True' }]);
    expect(describeNotice(notice!, 'de')).toContain('stehen wieder so da, wie er sie hat: t.');
    expect(story.backups().join()).toContain('assert True');
  });
});

describe('a notebook the student already had', () => {
  it('is never merged with one of the course that comes to its path', async () => {
    const story = new Story(course({ 'other.txt': 'x' }));
    stories.push(story);
    await story.sync();
    const own = notebook([cell('a', { source: 'my own notebook' })]);
    story.home({ 'lab1.ipynb': own });
    story.course.put({ 'lab1.ipynb': delivered });
    expect((await story.sync()).notices).toMatchObject([{ action: 'copied', rule: '13', copy: 'lab1.course.ipynb' }]);
    story.expectHome({ 'lab1.course.ipynb': delivered, 'lab1.ipynb': own, 'other.txt': 'x' });
  });
});

describe('a notebook that cannot be merged', () => {
  it.each([
    ['damaged', '{"cells": [', 'is damaged'],
    ['damaged', '{"nbformat": 4, "nbformat": 4}', 'is damaged'],
    ['other-version', delivered.replace('"nbformat": 4,', '"nbformat": 3,'), 'another format'],
    ['too-large', delivered + ' '.repeat(64 * 1024 * 1024), 'too large'],
  ])('%s: stays as it is, the course’s lies beside it, and the report says why', async (why, own, words) => {
    const story = given(delivered);
    await story.sync();
    story.home({ 'lab1.ipynb': own });
    const wanted = notebook([cell('a')]);
    story.course.put({ 'lab1.ipynb': wanted });
    const [notice] = (await story.sync()).notices;
    expect(notice).toMatchObject({ action: 'copied', copy: 'lab1.course.ipynb', notNotebook: why });
    expect(describeNotice(notice!, 'en')).toContain(words);
    expect(story.tree()).toEqual({ 'lab1.ipynb': own, 'lab1.course.ipynb': wanted });
  });
});
