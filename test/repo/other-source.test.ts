/** A course that is read from another source one day, as every share and every semester’s server ends, is the same course. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Capabilities } from '../../src/sources/source.ts';
import type { Offer } from '../../src/core/offer.ts';
import { studentDir } from '../../src/repo/course-folder.ts';
import { course as offeredCourse } from '../support/course.ts';
import { Story } from '../support/dsl.ts';
import { FakeCourse, fsck, offeredTexts, openCourse, temporaryFolder, type Opened } from './support/course.ts';

const outlivesSource = true;
const platform: Partial<Capabilities> = { identity: 'stable' };

const before = (): FakeCourse => new FakeCourse('memory:before');
const after = (): FakeCourse => new FakeCourse('memory:after');

const idsOf = ({ files }: Offer): Readonly<Record<string, string>> =>
  Object.fromEntries(files.map(({ path, id }) => [path, id]));

/** Ends the course as it was, and opens it reading `source`. */
async function continued(
  opened: Opened,
  source: FakeCourse,
  more: Parameters<typeof openCourse>[1] = {},
): Promise<Opened> {
  await opened.repository.close();
  return openCourse(source, { outlivesSource, ...more, dir: opened.dir });
}

it('goes on in every home, merging what the student changed', async () => {
  const old = openCourse(before().set({ 'lab.txt': 'a\nb\nc\nd\ne\n', 'data.csv': '1;2\n' }), { outlivesSource });
  const story = new Story(offeredCourse({}));
  await story.sync({ offer: await old.refresh(), contents: old.repository.contents });
  story.home({ 'lab.txt': 'MINE\nb\nc\nd\ne\n' });
  const moved = after().set({ 'lab.txt': 'a\nb\nc\nd\nTHEIRS\n', 'data.csv': '1;2\n', 'new.txt': 'new' });
  const now = await continued(old, moved);
  const offer = await now.refresh();
  const report = await story.sync({ offer, contents: now.repository.contents });
  expect(report.outcome).toBe('updated');
  expect(story.tree()).toEqual({ 'lab.txt': 'MINE\nb\nc\nd\nTHEIRS\n', 'data.csv': '1;2\n', 'new.txt': 'new' });
  expect(fsck(now.gitDir)).toBe('');
  story.dispose();
});

it('keeps its name from the first refresh on, through a second change, and when its notes are lost', async () => {
  const first = openCourse(before().set({ 'a.txt': 'a' }), { outlivesSource });
  const { identity } = await first.refresh();
  const second = await continued(first, after().set({ 'a.txt': 'a' }));
  expect((await second.repository.offer())?.identity).toBe(identity);
  expect((await second.refresh()).identity).toBe(identity);
  const third = await continued(second, new FakeCourse('memory:third').set({ 'a.txt': 'a' }));
  expect((await third.refresh()).identity).toBe(identity);
  rmSync(join(third.dir, 'course.json'));
  expect((await third.refresh()).identity).toBe(identity);
  const back = await continued(third, before().set({ 'a.txt': 'a' }));
  expect((await back.refresh()).identity).toBe(identity);
});

it('trusts no stamp of the other source, and fetches nothing twice', async () => {
  const old = openCourse(before().put('a.txt', 'old', { stamp: 'same' }), { outlivesSource });
  await old.refresh();
  const moved = after().put('a.txt', 'new', { stamp: 'same' });
  const now = await continued(old, moved);
  expect((await now.refresh()).files).toMatchObject([{ path: 'a.txt', size: 3 }]);
  const { repository } = now;
  const [file] = (await now.refresh()).files;
  expect(Buffer.from(await repository.contents.read(file!.oid)).toString()).toBe('new');
  expect(moved.fetched).toEqual(['a.txt']);
});

it('takes no file for another because both platforms count from one', async () => {
  const files = { one: { id: '1' }, two: { id: '2' } };
  const old = openCourse(before().put('lab.txt', 'lab', files.one).put('exam.txt', 'exam', files.two), {
    outlivesSource,
    capabilities: platform,
  });
  const was = idsOf(await old.refresh());
  const moved = after().put('exam.txt', 'exam 2', files.one).put('slides.txt', 'slides', files.two);
  moved.hidden = new Set();
  const now = await continued(old, moved, { capabilities: platform });
  const is = idsOf(await now.refresh());
  expect(is['exam.txt']).toBe(was['exam.txt']);
  expect(Object.values(was)).not.toContain(is['slides.txt']);
  expect(moved.askedAfter).toEqual([]);
});

it('lets the brake keep what the other source does not have', async () => {
  const names = Array.from({ length: 12 }, (_, number) => `${number}.txt`);
  const old = openCourse(before().set(Object.fromEntries(names.map((name) => [name, name]))), { outlivesSource });
  await old.refresh();
  const now = await continued(old, after().set({ 'other.txt': 'other' }));
  const offer = await now.refresh();
  expect(offeredTexts(offer)).toEqual(['other.txt']);
  expect(offer.frozen.map(({ path, why }) => [path, why])).toEqual(
    expect.arrayContaining(names.map((name) => [name, 'held'])),
  );
  expect(now.repository.held()).toHaveLength(12);
});

it('offers what it had while the other source does not answer', async () => {
  const old = openCourse(before().set({ 'a.txt': 'a' }), { outlivesSource });
  const { identity } = await old.refresh();
  const moved = after().set({ 'a.txt': 'a' });
  moved.listError = 'source-unreachable';
  const now = await continued(old, moved);
  const offer = await now.refresh();
  expect([offer.identity, offeredTexts(offer), offer.source.state]).toEqual([identity, ['a.txt'], 'unreachable']);
});

it('is the same course for its audiences, and for students with a sign-in of their own', async () => {
  const old = openCourse(before().set({ 'a.txt': 'a' }), { outlivesSource });
  const everybody = await old.refresh();
  const audience = old.repository.openAudience('for-a', () => 'offered');
  const { identity } = await audience.refresh({ freshness: 0 });
  expect(identity).toBe(everybody.identity);
  const now = await continued(old, after().set({ 'a.txt': 'a', 'b.txt': 'b' }));
  const again = now.repository.openAudience('for-a', () => 'offered');
  now.clock.pass(1000);
  const offer = await again.refresh({ freshness: 0 });
  expect([offer.identity, offeredTexts(offer)]).toEqual([identity, ['a.txt', 'b.txt']]);

  const dir = studentDir(now.dir, 'anna');
  const anna = openCourse(after().set({ 'a.txt': 'a' }), { outlivesSource, dir, purgedIn: now.dir });
  expect((await anna.refresh()).identity).toBe(identity);
});

it('is another course where a person named the source', async () => {
  const old = openCourse(before().set({ 'a.txt': 'a' }));
  const { identity } = await old.refresh();
  await old.repository.close();
  const now = openCourse(after().set({ 'a.txt': 'a' }), { dir: join(temporaryFolder(), 'new') });
  expect((await now.refresh()).identity).not.toBe(identity);
  const same = openCourse(after().set({ 'a.txt': 'a' }), { dir: old.dir });
  expect((await same.refresh()).identity).not.toBe(identity);
});
