/** Sources that know files by their paths, read by somebody who remembers nothing of what homes have of them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { RunReport } from '../../src/sync/report.ts';
import { takeFiles, undoRun } from '../../src/sync/revise.ts';
import { parseRelPath } from '../../src/core/paths.ts';
import { course as offeredCourse } from '../support/course.ts';
import { Story } from '../support/dsl.ts';
import { FakeCourse, openCourse, type Opened } from './support/course.ts';

const rest = { 'k.txt': 'k', 'l.txt': 'l', 'm.txt': 'm' };
const lines = (...own: readonly string[]): string =>
  ['one', 'two', 'three', ...own].map((line) => `${line}\n`).join('');
const path = (text: string) => parseRelPath(text)!;

let story: Story;
afterEach(() => story.dispose());

/** A home that has `b.txt`, which was `a.txt` once, and another `a.txt`. */
async function exchanged() {
  const source = new FakeCourse();
  story = new Story(offeredCourse({}));
  let reader: Opened = openCourse(source);
  const course = (files: Readonly<Record<string, string>>): void => void source.set({ ...rest, ...files });
  const request = async () => ({ offer: await reader.refresh(), contents: reader.repository.contents });
  const click = async (dryRun = false): Promise<RunReport> => story.sync({ ...(await request()), dryRun });
  const readElsewhere = (): void => {
    reader = openCourse(source);
    reader.clock.pass(3_600_000);
  };
  for (const files of [
    { 'a.txt': lines('of the first') },
    { 'b.txt': lines('of the first') },
    { 'b.txt': lines('of the first'), 'a.txt': lines('of the second') },
  ]) {
    course(files);
    await click();
  }
  return { course, click, request, readElsewhere, reader: () => reader };
}

it('keeps an edit in the file the student made it in', async () => {
  const { course, click, readElsewhere } = await exchanged();
  story.home({ 'b.txt': lines('MINE') });
  readElsewhere();
  const report = await click();
  expect(report.notices).toEqual([]);
  course({ 'a.txt': `zero\n${lines('of the second')}`, 'b.txt': `null\n${lines('of the first')}` });
  await click();
  story.expectHome({ ...rest, 'a.txt': `zero\n${lines('of the second')}`, 'b.txt': `null\n${lines('MINE')}` });
});

it('tells of nothing, also beforehand, where nothing changed but the ids', async () => {
  const { click, readElsewhere } = await exchanged();
  readElsewhere();
  expect((await click(true)).notices).toEqual([]);
  expect(await click()).toMatchObject({ outcome: 'unchanged', notices: [] });
  expect(await click()).toMatchObject({ outcome: 'unchanged', notices: [] });
});

it('knows a file again that was not offered at first', async () => {
  const { course, click, readElsewhere, reader } = await exchanged();
  story.home({ 'b.txt': lines('MINE') });
  readElsewhere();
  const offer = await reader().refresh();
  const { contents } = reader().repository;
  const files = offer.files.filter(({ path: name }) => name !== 'b.txt');
  await story.sync({ offer: { ...offer, files, frozen: [{ path: path('b.txt'), why: 'problem' }] }, contents });
  course({ 'a.txt': lines('of the second'), 'b.txt': `null\n${lines('of the first')}` });
  await click();
  story.expectHome({ ...rest, 'a.txt': lines('of the second'), 'b.txt': `null\n${lines('MINE')}` });
});

it('gives the course its own version of a file when it is taken', async () => {
  const { request, readElsewhere } = await exchanged();
  story.home({ 'a.txt': lines('MINE'), 'b.txt': lines('MINE TOO') });
  readElsewhere();
  await takeFiles({ ...story.request(await request()), from: 'course', wishes: [{ file: path('b.txt') }] });
  story.expectHome({ ...rest, 'a.txt': lines('MINE'), 'b.txt': lines('of the first') });
});

it('goes on refusing what the student took back', async () => {
  const { course, click, readElsewhere } = await exchanged();
  course({ 'a.txt': lines('of the second'), 'b.txt': lines('changed') });
  await click();
  await undoRun(story.request());
  readElsewhere();
  await click();
  story.expectHome({ ...rest, 'a.txt': lines('of the second'), 'b.txt': lines('of the first') });
});

it('numbers anew where only what was known of the source is lost', async () => {
  const { course, click, reader } = await exchanged();
  story.home({ 'b.txt': lines('MINE') });
  course({});
  await reader().refresh();
  rmSync(join(reader().dir, 'course.json'));
  course({ 'a.txt': lines('of a third') });
  await click();
  story.expectHome({ ...rest, 'a.txt': lines('of a third'), 'b.txt': lines('MINE') });
});

it('follows a file by the id its source gives it, whoever reads that', async () => {
  const source = new FakeCourse();
  const read = () => openCourse(source, { capabilities: { identity: 'stable' } });
  const click = async (reader: Opened): Promise<RunReport> =>
    story.sync({ offer: await reader.refresh(), contents: reader.repository.contents });
  story = new Story(offeredCourse({}));
  source.put('a.txt', lines('of the course'), { id: 'file 1' });
  await click(read());
  story.home({ 'a.txt': lines('MINE') });
  source.set({}).put('b.txt', lines('of the course'), { id: 'file 1' });
  await click(read());
  story.expectHome({ 'b.txt': lines('MINE') });
});
