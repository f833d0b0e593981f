/** Files students already have, of which the server knows too little for a moment: none of them is taken for gone. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Release } from '../../src/repo/verdicts.ts';
import { FakeCourse, openCourse } from './support/course.ts';

/** A course of two files, one of which was published, and then taken back by the schedule until further notice. */
async function withOneTakenBack() {
  let isTakenBack = false;
  const release: Release = (path) => (path === 'later' && isTakenBack ? 'withheld' : 'offered');
  const course = new FakeCourse().set({ later: 'L', other: 'O' });
  const opened = openCourse(course, { release });
  await opened.refresh();
  const state = join(opened.dir, 'course.json');
  copyFileSync(state, `${state}.before`);
  isTakenBack = true;
  const offer = await opened.refresh();
  expect([offer.files.map(({ path }) => path), offer.frozen]).toEqual([
    ['other'],
    [{ path: 'later', why: 'withheld' }],
  ]);
  course.listError = 'source-unreachable';
  return {
    course,
    /** As after a crash between the commit and the state. */
    forgetLastState: () => copyFileSync(`${state}.before`, state),
    loseState: () => rmSync(state),
    releaseAgain: () => (isTakenBack = false),
    refresh: () => opened.reopen({ now: opened.clock.now }).refresh({ freshness: 0, force: true }),
  };
}

it('a file that is released again, with its content not in the commit, waits for the source', async () => {
  const { course, forgetLastState, releaseAgain, refresh } = await withOneTakenBack();
  forgetLastState();
  releaseAgain();
  const { files, frozen } = await refresh();
  expect([files.map(({ path }) => path), frozen]).toMatchObject([
    ['other'],
    [{ path: 'later', why: 'problem', code: 'object-missing' }],
  ]);
  course.listError = undefined;
  expect((await refresh()).files.map(({ path }) => path)).toEqual(['later', 'other']);
});

it('where all that is known is the commit, no absence proves anything until the source has told it all', async () => {
  const { course, loseState, refresh } = await withOneTakenBack();
  loseState();
  expect(await refresh()).toMatchObject({ deletions: 'ambiguous', source: { complete: false } });
  course.listError = undefined;
  course.complete = false;
  expect(await refresh()).toMatchObject({ deletions: 'ambiguous' });
  course.complete = true;
  course.set({ other: 'O' });
  expect(await refresh()).toMatchObject({ deletions: 'certain', frozen: [] });
});
