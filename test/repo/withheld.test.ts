/** A platform shows students neither what is hidden nor what was deleted: one that can tell them apart is asked. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Offer } from '../../src/core/offer.ts';
import { FakeCourse, git, offeredTexts, openCourse, type Opened } from './support/course.ts';

let course: FakeCourse;
let opened: Opened;

beforeEach(async () => {
  course = new FakeCourse().set({ a: '1', b: '2', c: '3', d: '4' });
  course.hidden = new Set();
  opened = openCourse(course);
  await opened.refresh();
});

const frozenIn = (offer: Offer): readonly string[] => offer.frozen.map(({ path, why }) => `${why} ${path}`);

describe('a file that is not listed any more', () => {
  it('and is only hidden is offered to nobody, and taken from nobody', async () => {
    course.set({ a: '1', c: '3', d: '4' });
    course.hidden = new Set(['b']);
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['a', 'c', 'd']);
    expect(frozenIn(offer)).toEqual(['withheld b']);
    expect(git(opened.gitDir, 'ls-tree', '--name-only', 'main').trim().split('\n')).toEqual(['a', 'c', 'd']);
    expect(opened.repository.held()).toEqual([]);
  });

  it('and is gone for sure is not kept', async () => {
    course.set({ a: '1', c: '3', d: '4' });
    const offer = await opened.refresh();
    expect([offeredTexts(offer), frozenIn(offer)]).toEqual([['a', 'c', 'd'], []]);
    expect(course.askedAfter).toEqual(['b']);
  });

  it('stays withheld through other changes, until it is shown or gone', async () => {
    course.set({ a: '1', c: '3', d: '4' });
    course.hidden = new Set(['b']);
    await opened.refresh();
    course.set({ a: 'new', c: '3', d: '4' });
    expect(frozenIn(await opened.refresh())).toEqual(['withheld b']);
    course.set({ a: 'new', b: '2', c: '3', d: '4' });
    const shown = await opened.refresh();
    expect([offeredTexts(shown), frozenIn(shown)]).toEqual([['a', 'b', 'c', 'd'], []]);
    course.set({ a: 'new', c: '3', d: '4' });
    course.hidden = new Set();
    expect(frozenIn(await opened.refresh())).toEqual([]);
  });

  it('is not held as a mass deletion when a whole course is hidden but for one file', async () => {
    course.set({ a: '1' });
    course.hidden = new Set(['b', 'c', 'd']);
    const offer = await opened.refresh();
    expect(frozenIn(offer)).toEqual(['withheld b', 'withheld c', 'withheld d']);
    expect(opened.repository.held()).toEqual([]);
  });

  it('stays taken back where its time is over, although it is still there', async () => {
    const until = new Date(opened.clock.at.getTime() + 60_000).toISOString();
    course.set({ a: '1', c: '3', d: '4' });
    course.put('b', '2', { visible: { until } });
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'b', 'c', 'd']);
    opened.clock.pass(120_000);
    course.set({ a: '1', c: '3', d: '4' });
    course.hidden = new Set(['b']);
    const offer = await opened.refresh();
    expect([offeredTexts(offer), frozenIn(offer)]).toEqual([['a', 'c', 'd'], []]);
  });

  it('makes way for one that is uploaded under its name', async () => {
    course.set({ a: '1', c: '3', d: '4' });
    course.put('b', 'new', { id: 'b2' });
    course.hidden = new Set(['b']);
    const offer = await opened.refresh();
    expect([offeredTexts(offer), frozenIn(offer)]).toEqual([['a', 'b', 'c', 'd'], []]);
    expect(course.askedAfter).toEqual([]);
  });

  it('is no proof of anything when the source cannot say', async () => {
    course.set({ a: '1', c: '3', d: '4' });
    course.hiddenError = 'source-unreachable';
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['a', 'b', 'c', 'd']);
    expect(offer.source.problems.map(({ code }) => code)).toEqual(['source-unreachable']);
    course.hiddenError = undefined;
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'c', 'd']);
  });

  it('is not asked after where a problem or an incomplete listing freezes it anyway', async () => {
    course.set({ a: '1', c: '3', d: '4' });
    course.problems = [{ segments: ['b'], code: 'source-forbidden' }];
    await opened.refresh();
    course.problems = [];
    course.complete = false;
    await opened.refresh();
    expect(course.askedAfter).toEqual([]);
  });
});
