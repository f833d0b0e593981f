/** The course's version of one cell: by rule, and through whole runs. */
import { afterEach, describe, expect, it } from 'vitest';
import { takeCell, type WantedCell } from '../../../src/sync/notebook/take-cell.ts';
import { takeFiles, undoRun } from '../../../src/sync/revise.ts';
import { workspaceStatus } from '../../../src/sync/status.ts';
import { course } from '../../support/course.ts';
import { actionsOf, clock, rel, Story } from '../../support/dsl.ts';
import { cell, graded, notebook } from './notebooks.ts';

function taken(
  offered: string,
  local: string,
  name: string,
  declined: WantedCell['declined'] = [],
): string | undefined {
  const bytes = takeCell(Buffer.from(offered), Buffer.from(local), { cell: name, declined });
  return bytes && Buffer.from(bytes).toString();
}

describe('taking one cell', () => {
  it('brings its text, outputs and metadata, and leaves every other byte', () => {
    const theirs = cell('b', { source: 'theirs', metadata: { tags: ['x'] }, printed: '7', count: 3 });
    const local = [
      cell('a', { source: 'mine' }),
      cell('b', { source: 'also mine', printed: '1', count: 1 }),
      cell('z'),
    ];
    expect(taken(notebook([cell('a'), theirs]), notebook(local), 'b')).toBe(notebook([local[0]!, theirs, local[2]!]));
  });

  it('is written as the student’s file is written', () => {
    const file = { indent: 4, lineEnd: '\r\n', isAscii: true, source: 'string', endsWithLineEnd: false } as const;
    const offered = notebook([cell('a'), cell('b', { source: 'Übung 😀' })]);
    const own = cell('a', { source: 'größer' });
    const wanted = notebook([own, cell('b', { source: 'Übung 😀' })], file);
    expect(taken(offered, notebook([own, cell('b', { source: 'mine' })], file), 'b')).toBe(wanted);
  });

  it('keeps the student’s id where the course has another', () => {
    const grader = { solution: true };
    const offered = notebook([graded('q1', grader, { id: 'new', source: 'theirs' })]);
    const local = notebook([graded('q1', grader, { id: 'old', source: 'mine' })]);
    expect(taken(offered, local, 'old')).toBe(notebook([graded('q1', grader, { id: 'old', source: 'theirs' })]));
  });

  it('takes a cell away that the course wanted gone, and never one that is the student’s own', () => {
    const offered = notebook([cell('a')]);
    const local = notebook([cell('a'), cell('b', { source: 'mine' })]);
    expect(taken(offered, local, 'b', [{ cell: 'b', course: '', yours: 'mine' }])).toBe(offered);
    expect(taken(offered, local, 'b')).toBeUndefined();
  });

  it('knows a cell without an id by its number as long as it says what was reported', () => {
    const v44 = { minor: 4 };
    const offered = notebook([cell('a'), cell('b', { source: 'theirs' })], v44);
    const declined = [{ cell: '2', course: 'theirs', yours: 'mine' }];
    const wanted = notebook([cell('z'), cell('a'), cell('b', { source: 'theirs' })], v44);
    const moved = notebook([cell('z'), cell('a'), cell('b', { source: 'mine' })], v44);
    expect(taken(offered, moved, '2', declined)).toBe(wanted);
    const other = notebook([cell('a'), cell('b', { source: 'mine, later' })], v44);
    expect(taken(offered, other, '2', declined)).toBeUndefined();
  });

  it('leaves alone ids the student has twice', () => {
    const offered = notebook([cell('a', { source: 'theirs' })]);
    const local = notebook([cell('a', { source: 'mine' }), cell('c'), cell('c')]);
    expect(taken(offered, local, 'a')).toBe(notebook([cell('a', { source: 'theirs' }), cell('c'), cell('c')]));
  });

  it.each([
    ['a cell that is not there', notebook([cell('a')]), 'nowhere'],
    ['a damaged notebook', '{', 'a'],
  ])('gives nothing for %s', (_what, local, name) => {
    expect(taken(notebook([cell('a')]), local, name)).toBeUndefined();
  });
});

const stories: Story[] = [];
afterEach(() => stories.splice(0).forEach((story) => story.dispose()));

async function declinedTwice(): Promise<Story> {
  const story = new Story(course({ 'lab1.ipynb': notebook([cell('a'), cell('b'), cell('c')]) }));
  stories.push(story);
  await story.sync();
  story.home({ 'lab1.ipynb': notebook([cell('a', { source: 'mine a' }), cell('b', { source: 'mine b' }), cell('c')]) });
  const wanted = [cell('a', { source: 'theirs a' }), cell('b', { source: 'theirs b' }), cell('c')];
  story.course.put({ 'lab1.ipynb': notebook(wanted) });
  await story.sync();
  return story;
}

const take = (story: Story, name: string) => {
  const { workspace, offer, contents } = story.request();
  const wishes = [{ file: rel('lab1.ipynb'), cell: name }];
  return takeFiles({ workspace, offer, contents, from: 'course', wishes, ...clock() });
};
const stillWanted = async (story: Story) => {
  const status = await workspaceStatus({ workspace: story.workspace });
  return status?.files.flatMap(({ declined = [] }) => declined.map((one) => one.cell));
};

describe('a cell taken in a run', () => {
  it('is the course’s, the others stay, and the next click leaves it so', async () => {
    const story = await declinedTwice();
    expect(await stillWanted(story)).toEqual(['a', 'b']);
    expect(actionsOf(await take(story, 'b'))).toEqual({ 'lab1.ipynb': 'merged' });
    const home = notebook([cell('a', { source: 'mine a' }), cell('b', { source: 'theirs b' }), cell('c')]);
    story.expectHome({ 'lab1.ipynb': home });
    expect(await stillWanted(story)).toEqual(['a']);
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ 'lab1.ipynb': home });
  });

  it('comes back as it was with undo, and is wanted again', async () => {
    const story = await declinedTwice();
    const before = story.tree();
    await take(story, 'a');
    await undoRun({ workspace: story.workspace, ...clock() });
    expect(story.tree()).toEqual(before);
    expect(await stillWanted(story)).toEqual(['a', 'b']);
  });

  it('goes on with the course when the course changes it again', async () => {
    const story = await declinedTwice();
    await take(story, 'b');
    const wanted = [cell('a', { source: 'theirs a' }), cell('b', { source: 'newest b' }), cell('c')];
    story.course.put({ 'lab1.ipynb': notebook(wanted) });
    await story.sync();
    const home = [cell('a', { source: 'mine a' }), cell('b', { source: 'newest b' }), cell('c')];
    story.expectHome({ 'lab1.ipynb': notebook(home) });
  });

  it('is refused in one sentence when it is not there', async () => {
    const story = await declinedTwice();
    await expect(take(story, 'nowhere')).rejects.toMatchObject({ code: 'cell-unknown' });
  });
});
