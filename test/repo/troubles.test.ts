/** What the source has and f2git cannot deliver: staff are told of all of it, students of what concerns them. */
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../src/core/offer.ts';
import type { EntryProblem } from '../../src/sources/source.ts';
import { FakeCourse, offeredTexts, openCourse } from './support/course.ts';

const cloud: EntryProblem = { segments: ['cloud'], code: 'kind-refused', params: { kind: 'NextcloudFolder' } };
const broken: EntryProblem = { segments: ['broken'], code: 'source-invalid' };

const toldIn = ({ frozen, source }: Offer): readonly string[] => [
  ...frozen.map(({ path, why }) => `${why} ${path}`),
  ...source.problems.map(({ path, code }) => `${code} ${path}`),
];

describe('a thing the source has and f2git never delivers', () => {
  it('is told to staff, and to no student who never had anything there', async () => {
    const course = new FakeCourse().set({ a: '1' });
    course.problems = [cloud, broken];
    const students = openCourse(course, { isForStudents: true });
    expect(toldIn(await students.refresh())).toEqual(['problem broken', 'source-invalid broken']);
    expect(students.repository.troubles()).toMatchObject([
      { path: 'broken', code: 'source-invalid' },
      { path: 'cloud', code: 'kind-refused', params: { kind: 'NextcloudFolder' } },
    ]);
    const staff = openCourse(course);
    expect(toldIn(await staff.refresh())).toContain('kind-refused cloud');
  });

  it.each([
    ['in the place of a folder they have', ['cloud']],
    ['in a folder they have', ['cloud', 'x']],
  ])('%s is told, and takes nothing from anybody', async (_where, segments) => {
    const course = new FakeCourse().set({ a: '1', b: '2', c: '3', 'cloud/x': '4' });
    const opened = openCourse(course, { isForStudents: true });
    await opened.refresh();
    course.set({ a: '1', b: '2', c: '3' });
    course.problems = [{ ...cloud, segments }];
    for (let clicks = 0; clicks < 3; clicks += 1) {
      const offer = await opened.refresh();
      expect(toldIn(offer)).toContain(`problem ${segments.join('/')}`);
      expect(offeredTexts(offer)).toEqual(['a', 'b', 'c']);
    }
    expect(opened.repository.held()).toEqual([]);
    course.problems = [];
    course.set({ a: '1', b: '2', c: '3', 'cloud/x': '4' });
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'b', 'c', 'cloud/x']);
  });
});

describe('a look that brought nothing', () => {
  it('is told to staff with its particulars, until the next one brings something', async () => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course, {
      problemText: (code, _params, isWhole) => `${code} ${isWhole}`,
    });
    await opened.refresh();
    expect(opened.repository.troubles()).toEqual([]);
    course.listError = 'source-login';
    course.listErrorParams = { detail: 'f2git connect' };
    expect((await opened.refresh()).source.problems).toEqual([
      { path: '', code: 'source-login', message: 'source-login true' },
    ]);
    expect(opened.repository.troubles()).toEqual([{ code: 'source-login', params: { detail: 'f2git connect' } }]);
    course.listError = undefined;
    await opened.refresh();
    expect(opened.repository.troubles()).toEqual([]);
  });
});
