/** `status` says of each file what a student needs to know. */
import { afterEach, expect, it } from 'vitest';
import { openOrMakeHome, type Home } from '../../src/sync/home.ts';
import { takeFiles, undoRun } from '../../src/sync/revise.ts';
import { unreadableRuns, workspaceStatus } from '../../src/sync/status.ts';
import { course } from '../support/course.ts';
import { actionsOf, clock, rel, Story } from '../support/dsl.ts';

const stories: Story[] = [];
afterEach(() => stories.splice(0).forEach((story) => story.dispose()));

function given(files: Readonly<Record<string, string>>): Story {
  const story = new Story(course(files, { identity: 'stable' }));
  stories.push(story);
  return story;
}

async function filesOf({ workspace }: Story) {
  return (await workspaceStatus({ workspace }))?.files;
}

it('names the place where the course has a renamed file that could not follow, and so does the report, once', async () => {
  const story = given({ f: 'one\ntwo\nthree\n' });
  await story.sync();
  story.home({ f: 'one\ntwo\nmine\n', g: 'my own\n' });
  story.course.rename('f', 'g');
  const { notices } = await story.sync();
  expect(notices).toEqual([{ path: 'f', action: 'kept', rule: 'rename', barred: 'g' }]);
  expect(await filesOf(story)).toEqual([{ path: 'f', coursePath: 'g', state: 'yours', barred: true }]);
  expect((await story.sync()).notices).toEqual([]);
  story.course.put({ g: 'ONE\ntwo\nthree\n' });
  expect((await story.sync()).notices).toMatchObject([{ path: 'f', action: 'merged' }]);
  story.home({ g: null });
  await story.sync();
  expect(await filesOf(story)).toMatchObject([{ path: 'g', coursePath: 'g', state: 'merged' }]);
});

it('names the course’s version beside a file of the student’s, also when they work in it', async () => {
  const story = given({ other: 'x\n' });
  await story.sync();
  story.home({ f: 'my own\n' });
  story.course.put({ f: 'theirs\n' });
  await story.sync();
  expect(await filesOf(story)).toMatchObject([
    { path: 'f', coursePath: 'f', state: 'yours' },
    { path: 'f.course', coursePath: 'f', state: 'course-copy', beside: true },
    {},
  ]);
  story.home({ 'f.course': 'theirs\nand mine\n' });
  expect(await filesOf(story)).toMatchObject([
    {},
    { path: 'f.course', coursePath: 'f', state: 'yours', beside: true },
    {},
  ]);
});

it('names the student’s own file too where the course’s version is beside it', async () => {
  const story = given({ 'p.png': 'a\0b' });
  await story.sync();
  story.home({ 'p.png': 'mine\0', 'own.txt': 'my own\n' });
  story.course.put({ 'p.png': 'theirs\0', 'own.txt': 'theirs\n' });
  await story.sync();
  expect(await filesOf(story)).toMatchObject([
    { path: 'own.course.txt', state: 'course-copy', beside: true },
    { path: 'own.txt', coursePath: 'own.txt', state: 'yours' },
    { path: 'p.course.png', state: 'course-copy', beside: true },
    { path: 'p.png', coursePath: 'p.png', state: 'yours' },
  ]);
  story.home({ 'p.png': null });
  expect((await filesOf(story))?.map(({ path }) => path)).toEqual(['own.course.txt', 'own.txt', 'p.course.png']);
});

it('says when what it remembers cannot be read, as an undo does', async () => {
  const story = given({ f: 'one\n' });
  const { workspace } = story;
  const { run } = await story.sync();
  story.home({ [`.f2git/runs/${run}.json`]: '{"version":1,' });
  expect(await unreadableRuns({ workspace })).toEqual([run]);
  story.home({ '.f2git/state.json': 'no JSON' });
  await expect(filesOf(story)).rejects.toMatchObject({ code: 'workspace-state-lost' });
  await expect(undoRun({ workspace, ...clock() })).rejects.toMatchObject({ code: 'workspace-state-lost' });
  await story.sync();
  expect(await filesOf(story)).toMatchObject([{ path: 'f', state: 'pristine' }]);
});

it('names what the course removed while an old version is kept, and nothing that was renamed', async () => {
  const story = given({ f: 'one\n', 'w/g': 'two\n', h: 'three\n', i: 'four\n' });
  await story.sync();
  story.course.rename('h', 'w/h');
  story.course.remove('f');
  const { run } = await story.sync();
  expect(await filesOf(story)).toEqual([
    { path: 'f', coursePath: 'f', state: 'removed', kept: [run] },
    ...['i', 'w/g', 'w/h'].map((path) => expect.objectContaining({ path, state: 'pristine' }) as unknown),
  ]);
  // what the student puts there is their own affair
  story.home({ f: 'mine\n' });
  expect((await filesOf(story))?.map(({ path }) => path)).toEqual(['i', 'w/g', 'w/h']);
  story.home({ f: null });
  story.course.put({ f: 'again\n' });
  await story.sync();
  expect((await filesOf(story))?.[0]).toMatchObject({ path: 'f', state: 'pristine' });
});

it('says of what the student took back that they did, not that the course removed it', async () => {
  const story = given({ f: 'one\n', 'w/g': 'two\n' });
  const { workspace } = story;
  await story.sync();
  const { run } = await undoRun({ workspace, ...clock() });
  const undone = ['f', 'w/g'].map((path) => ({ path, coursePath: path, state: 'missing', undone: true, kept: [run] }));
  expect(await filesOf(story)).toEqual(undone);
  expect(await story.sync()).toMatchObject({ outcome: 'unchanged', refused: 2 });
  expect(await filesOf(story)).toEqual(undone);
  // something of their own in its place is not the course's version either
  story.home({ f: 'mine\n' });
  expect((await filesOf(story))?.[0]).toMatchObject({ path: 'f', state: 'yours', undone: true });
  story.course.put({ f: 'ONE\n' });
  expect(await story.sync()).toMatchObject({ refused: 1 });
  await undoRun({ workspace, undoes: run, ...clock() });
  expect((await filesOf(story))?.at(-1)).toEqual({ path: 'w/g', coursePath: 'w/g', state: 'pristine', kept: [run] });
});

it('does not name what a taken-back run had put beside the course’s files', async () => {
  const story = given({ f: 'one\n' });
  await story.sync();
  const { workspace, course: published } = story;
  const [offer, contents] = [published.offer(), published.contents()];
  const wishes = [{ file: rel('f'), as: rel('other') }];
  await takeFiles({ workspace, offer, contents, wishes, from: 'course', ...clock() });
  await undoRun({ workspace, ...clock() });
  expect((await filesOf(story))?.map(({ path }) => path)).toEqual(['f']);
});

it('names the runs that keep an old version, newest first', async () => {
  const story = given({ f: 'one\ntwo\nthree\n' });
  await story.sync();
  expect((await filesOf(story))?.[0]).not.toHaveProperty('kept');
  const runs: string[] = [];
  story.home({ f: 'one\ntwo\nmine\n' });
  for (const line of ['ONE', 'EINS']) {
    story.course.put({ f: `${line}\ntwo\nthree\n` });
    runs.unshift((await story.sync()).run);
  }
  expect(await filesOf(story)).toMatchObject([{ path: 'f', state: 'merged', kept: runs }]);
});

it('shows declined lines no more that the student has typed in since, before the next click', async () => {
  const story = given({ f: '1\n2\n3\n4\n5\n6\n7\n' });
  await story.sync();
  story.home({ f: 'mine\n2\n3\n4\n5\n6\nmine too\n' });
  story.course.put({ f: 'ONE\n2\n3\n4\n5\n6\nSEVEN\n' });
  await story.sync();
  const { workspace, course: published } = story;
  const declined = async (): Promise<readonly string[] | undefined> => {
    const found = await workspaceStatus({ workspace, contents: () => Promise.resolve(published.contents()) });
    return found?.files[0]?.declined?.map((each) => each.course);
  };
  expect(await declined()).toEqual(['ONE', 'SEVEN']);
  story.home({ f: 'ONE\n2\n3\n4\n5\n6\nmine too\n' });
  const before = story.fingerprint();
  expect(await declined()).toEqual(['SEVEN']);
  expect(story.fingerprint()).toBe(before);
  // without the course's contents only a file that is the course's through and through is known to have them
  expect((await filesOf(story))?.[0]?.declined).toHaveLength(2);
  story.home({ f: 'ONE\n2\n3\n4\n5\n6\nSEVEN\n' });
  expect((await filesOf(story))?.[0]).not.toHaveProperty('declined');
});

/** A run in which what is below `stuck` cannot be written. */
function unwritable(reach: (workspace: string) => Home): (workspace: string) => Home {
  return (workspace) =>
    new Proxy(reach(workspace), {
      get(target, name: string) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]): unknown => {
          const isWrite = ['link', 'rename', 'replace', 'exchange', 'remove'].includes(name);
          if (isWrite && args.some((path) => typeof path === 'string' && /^(?:stuck|late)/.test(path)))
            throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
          return Reflect.apply(value, target, args);
        };
      },
    });
}

it('keeps what could not be written until a later run brings it', async () => {
  const story = given({ 'a.txt': 'one\n', 'stuck.txt': 'one\n' });
  await story.sync();
  story.course.put({ 'a.txt': 'two\n', 'stuck.txt': 'two\n', 'late.txt': 'new\n' });
  const home = unwritable(openOrMakeHome);
  const partial = await story.sync({ home });
  expect(actionsOf(partial)).toEqual({ 'a.txt': 'updated', 'stuck.txt': 'skipped', 'late.txt': 'skipped' });
  const waiting = { action: 'skipped', code: 'workspace-unwritable' };
  const kept = [
    { path: 'a.txt', state: 'pristine' },
    { path: 'late.txt', coursePath: 'late.txt', state: 'missing', waiting },
    { path: 'stuck.txt', state: 'pristine', waiting },
  ];
  expect(await filesOf(story)).toMatchObject(kept);
  expect((await filesOf(story))?.[0]).not.toHaveProperty('waiting');
  await story.sync({ home });
  expect(await filesOf(story)).toMatchObject(kept);
  const { workspace, course: published } = story;
  const [offer, contents] = [published.offer(), published.contents()];
  await takeFiles({ workspace, offer, contents, wishes: [{ file: rel('stuck.txt') }], from: 'course', ...clock() });
  expect((await filesOf(story))?.map((file) => 'waiting' in file)).toEqual([false, true, false]);
  await story.sync();
  expect((await filesOf(story))?.map((file) => 'waiting' in file)).toEqual([false, false, false]);
  expect((await filesOf(story))?.map(({ state }) => state)).toEqual(['pristine', 'pristine', 'pristine']);
});
