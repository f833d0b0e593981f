/** Who comes back after half a year finds all as it was, whatever happened to the course meanwhile. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import { studentDir } from '../../src/repo/course-folder.ts';
import type { CourseRepository } from '../../src/repo/course-repository.ts';
import { letGoOfStudents } from '../../src/repo/let-go.ts';
import { course as offeredCourse } from '../support/course.ts';
import { Story } from '../support/dsl.ts';
import { FakeCourse, openCourse, temporaryFolder } from './support/course.ts';

const DAY_MS = 24 * 60 * 60_000;

const LAB = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
const lab = (change: Readonly<Record<string, string>> = {}): string =>
  LAB.map((line) => `${change[line] ?? line}\n`).join('');

function letGo(dir: string, days: number) {
  return letGoOfStudents(dir, new Date(Date.now() + days * DAY_MS), new AbortController().signal);
}

it('takes nothing from a home when a purge and a failing source come between', async () => {
  const dir = join(temporaryFolder(), 'python');
  const source = new FakeCourse().set({ 'exam.txt': 'SECRET', 'lab.txt': lab(), 'pristine.txt': 'p' });
  const anna = openCourse(source, { dir: studentDir(dir, 'anna'), purgedIn: dir });
  const story = new Story(offeredCourse({}));
  const click = async (repository: CourseRepository) => {
    anna.clock.pass(3_600_000);
    const offer = await repository.refresh({ freshness: 0 });
    return story.sync({ offer, contents: repository.contents });
  };
  await click(anna.repository);
  story.home({ 'lab.txt': lab({ one: 'MINE' }) });
  const before = story.tree();
  await anna.repository.close();
  expect(await letGo(dir, 200)).toEqual({ reduced: 1, removed: 0 });
  expect(await openCourse(source, { dir }).repository.purge(relPathOf('exam.txt'))).toMatchObject({ contents: 1 });

  const again = anna.reopen();
  source.listError = 'source-unreachable';
  await expect(click(again)).rejects.toMatchObject({ code: 'source-unreachable' });
  expect(story.tree()).toEqual(before);

  source.listError = undefined;
  source.set({ 'lab.txt': lab({ seven: 'COURSE' }), 'pristine.txt': 'p' });
  await click(again);
  expect(story.tree()).toMatchObject({ 'lab.txt': lab({ one: 'MINE', seven: 'COURSE' }), 'pristine.txt': 'p' });
  story.dispose();
});
