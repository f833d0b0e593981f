import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyBrake } from '../../src/repo/brake.ts';
import { FakeCourse, offeredTexts, openCourse } from './support/course.ts';

const runs = 300 * Number(process.env['F2GIT_RUNS'] ?? 1);

const brake = (known: string, held: string, present: string) => {
  const verdict = applyBrake({
    known: known.split(/(?=.)/),
    held: new Set(held),
    present: new Set(present),
    isRootEmpty: present === '',
  });
  return { deleted: [...verdict.deleted].sort().join(''), held: [...verdict.held].sort().join('') };
};

describe('the deletion brake', () => {
  it.each([
    ['abcd', '', 'abcd', '', ''],
    ['abcd', '', 'abc', 'd', ''],
    ['abcd', '', 'ab', 'cd', ''],
    ['abcd', '', 'a', '', 'bcd'],
    ['abcd', '', '', '', 'abcd'],
    ['a', '', '', '', 'a'],
    ['ab', '', 'a', 'b', ''],
    ['abc', '', 'a', '', 'bc'],
    ['abcd', 'bcd', 'a', '', 'bcd'],
    ['abcd', 'bcd', 'ab', '', 'cd'],
    ['abcdefgh', 'bcd', 'aefg', 'h', 'bcd'],
    ['abcdefgh', 'bcd', 'ae', '', 'bcdfgh'],
  ])('of %s with %s held, of which %s are there: deletes "%s", holds "%s"', (known, held, present, deleted, holds) => {
    expect(brake(known, held, present)).toEqual({ deleted, held: holds });
  });

  /** The mutant it kills: the ratio taken anew over everything known, held files included, at each listing. */
  it('never deletes more than half at one listing, nor anything more when the listing repeats (P13)', () => {
    const files = 'abcdefghij'.split(/(?=.)/);
    fc.assert(
      fc.property(fc.array(fc.subarray(files), { minLength: 1, maxLength: 6 }), fc.boolean(), (listings, repeats) => {
        let known = new Set(files);
        let held = new Set<string>();
        for (const listing of repeats ? listings.flatMap((each) => [each, each, each]) : listings) {
          const present = new Set(listing.filter((file) => known.has(file)));
          const verdict = applyBrake({ known, held, present, isRootEmpty: listing.length === 0 });
          expect(verdict.deleted.size * 2).toBeLessThanOrEqual(known.size);
          for (const file of held) expect(verdict.held.has(file)).toBe(!present.has(file));
          const left = [...known].filter((file) => !verdict.deleted.has(file));
          const again = applyBrake({ known: left, held: verdict.held, present, isRootEmpty: listing.length === 0 });
          expect(again.deleted.size).toBe(0);
          known = new Set([...left, ...listing]);
          held = new Set(verdict.held);
        }
      }),
      { seed: 20261102, numRuns: runs },
    );
  });

  it('holds what vanished at once until staff confirm it, however often the listing repeats and grows', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2', c: '3', d: '4' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ a: '1' });
    for (const extra of [{}, { x: 'x' }, { x: 'x', y: 'y', z: 'z', w: 'w', v: 'v', u: 'u' }]) {
      course.set({ a: '1', ...extra });
      const offer = await opened.refresh();
      expect(offer.frozen).toEqual(['b', 'c', 'd'].map((path) => ({ path, why: 'held' })));
      expect(offeredTexts(offer)).toEqual(['a', ...Object.keys(extra)].sort());
    }
    expect(opened.reopen().held()).toHaveLength(3);
    expect(await opened.repository.confirm()).toHaveLength(3);
    const offer = await opened.refresh();
    expect(offer.frozen).toEqual([]);
    expect(offeredTexts(offer)).not.toContain('b');
  });

  it('lets go by itself when the files come back, and of each that moved', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2', c: '3', d: '4' });
    const opened = openCourse(course);
    const before = await opened.refresh();
    course.set({});
    expect((await opened.refresh()).frozen).toHaveLength(4);
    course.set({ a: '1', 'moved/b': '2' });
    const offer = await opened.refresh();
    expect(offer.frozen.map(({ path }) => path)).toEqual(['c', 'd']);
    expect(offer.files.find(({ path }) => path === 'moved/b')?.id).toBe(before.files[1]!.id);
    course.set({ a: '1', 'moved/b': '2', c: '3', d: '4' });
    expect((await opened.refresh()).frozen).toEqual([]);
  });

  it('keeps a held file where it is, when a new one wants its place', async () => {
    const course = new FakeCourse().set({ 'a/x': '1', 'a/y': '2', B: '3' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ a: 'a file now', b: 'another case' });
    const offer = await opened.refresh();
    expect(offer.frozen.map(({ path, why }) => `${path} ${why}`)).toEqual([
      'B held',
      'a problem',
      'a/x held',
      'a/y held',
      'b problem',
    ]);
    expect(offer.files).toEqual([]);
    await opened.repository.confirm();
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'b']);
  });

  it('misses nothing that nobody ever had', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ a: '1', b: '2', wrong1: 'x', wrong2: 'y', wrong3: 'z', wrong4: 'w', wrong5: 'v' });
    for (const path of ['wrong1', 'wrong2', 'wrong3', 'wrong4', 'wrong5']) course.fetchErrors.set(path, 'source-gone');
    await opened.refresh();
    course.set({ a: '1', b: '2' });
    const offer = await opened.refresh();
    expect([opened.repository.held(), offer.frozen, offer.source.problems]).toEqual([[], [], []]);
    expect(opened.repository.names().map(({ path }) => path)).toEqual(['a', 'b']);
  });
});
