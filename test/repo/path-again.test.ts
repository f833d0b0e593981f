/** Sources that know files by their paths: a path that named one file names another later, while a student is away. */
import { expect, it } from 'vitest';
import type { RunReport } from '../../src/sync/report.ts';
import { course as offeredCourse } from '../support/course.ts';
import { Story } from '../support/dsl.ts';
import { FakeCourse, openCourse } from './support/course.ts';

const rest = { 'k.txt': 'k', 'l.txt': 'l', 'm.txt': 'm' };
const lines = (...own: readonly string[]): string =>
  ['one', 'two', 'three', ...own].map((line) => `${line}\n`).join('');

/** A home that clicked once, and the course it belongs to. */
async function delivered(files: Readonly<Record<string, string>>) {
  const source = new FakeCourse().set({ ...rest, ...files });
  const opened = openCourse(source);
  const story = new Story(offeredCourse({}));
  const change = async (next: Readonly<Record<string, string>>) => {
    source.set({ ...rest, ...next });
    return opened.refresh();
  };
  const click = async (): Promise<RunReport> => {
    const { contents } = opened.repository;
    return story.sync({ offer: await opened.refresh(), contents });
  };
  await click();
  return {
    story,
    change,
    click,
    idOf: async (path: string) => (await opened.refresh()).files.find((file) => file.path === path)?.id,
  };
}

it('keeps an edit where the student made it, when another file came under the path and moved away', async () => {
  const { story, change, click } = await delivered({ 'a.txt': lines('of the first') });
  story.home({ 'a.txt': lines('MINE') });
  await change({});
  await change({ 'a.txt': lines('of another') });
  await change({ 'b.txt': lines('of another') });
  await click();
  story.expectHome({ ...rest, 'a.txt': lines('MINE'), 'b.txt': lines('of another') });
  await change({ 'c.txt': lines('of another') });
  await click();
  story.expectHome({ ...rest, 'a.txt': lines('MINE'), 'c.txt': lines('of another') });
  story.dispose();
});

it('merges into a file that was only taken back for a while', async () => {
  const { story, change, click } = await delivered({ 'a.txt': lines('of the course') });
  story.home({ 'a.txt': lines('of the course', 'MINE') });
  await change({});
  await change({ 'a.txt': `zero\n${lines('of the course')}` });
  await click();
  story.expectHome({ ...rest, 'a.txt': `zero\n${lines('of the course', 'MINE')}` });
  story.dispose();
});

it('follows a file that moves as before', async () => {
  const { story, change, click, idOf } = await delivered({ 'a.txt': lines('of the course') });
  story.home({ 'a.txt': lines('of the course', 'MINE') });
  const id = await idOf('a.txt');
  await change({ 'b.txt': lines('of the course') });
  await click();
  expect(await idOf('b.txt')).toBe(id);
  story.expectHome({ ...rest, 'b.txt': lines('of the course', 'MINE') });
  story.dispose();
});
