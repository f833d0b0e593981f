/** What is known of a course is lost: whatever a listing cannot tell of, nobody loses a file, and all else goes on. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../src/core/offer.ts';
import { relPathOf } from '../../src/core/paths.ts';
import type { CourseRepository } from '../../src/repo/course-repository.ts';
import type { AudienceRepository } from '../../src/repo/offering.ts';
import type { Release } from '../../src/repo/verdicts.ts';
import { FakeCourse, offeredTexts, openCourse, type Opened } from './support/course.ts';

function refresh(opened: Opened, audience: AudienceRepository): Promise<Offer> {
  opened.clock.pass(1000);
  return audience.refresh({ freshness: 0 });
}

function forget(opened: Opened, ...folders: readonly string[]) {
  rmSync(join(opened.dir, ...folders, 'course.json'));
  return opened.reopen({ now: opened.clock.now });
}

const frozenIn = ({ frozen }: Offer): readonly string[] => frozen.map(({ path, why }) => `${why} ${path}`);
const seenIn = (offer: Offer): unknown => [offer.deletions, offeredTexts(offer), frozenIn(offer)];

async function textOf(audience: AudienceRepository, { files }: Offer, path: string): Promise<string> {
  const { oid } = files.find((file) => file.path === path)!;
  return Buffer.from(await audience.contents.read(oid)).toString();
}

describe('an audience of a course that always has a problem', () => {
  const everybody: Release = (path) => (path.includes('own') ? 'withheld' : 'offered');

  async function lost(release: Release = () => 'offered') {
    const course = new FakeCourse().set({ 'own/x': 'x', 'odd/own': 'o', 'odd/open': 'p', open: '1', more: '1' });
    const opened = openCourse(course, { release: everybody, widestRelease: () => 'offered' });
    const before = opened.repository.openAudience('for-a', () => 'offered');
    await refresh(opened, before);
    course.set({ 'own/x': 'x', open: '1', more: '1' });
    course.problems = [{ segments: ['odd'], code: 'kind-refused' }];
    await refresh(opened, before);
    const audience = forget(opened).openAudience('for-a', release);
    return { course, audience, look: () => refresh(opened, audience) };
  }

  it('follows all that the problem does not hide, and misses nothing that it does', async () => {
    const { course, audience, look } = await lost();
    course.set({ 'own/x': 'new', 'own/y': 'y', open: '2' });
    const offer = await look();
    expect(seenIn(offer)).toEqual(['certain', ['open', 'own/x', 'own/y'], ['problem odd']]);
    expect([await textOf(audience, offer, 'open'), await textOf(audience, offer, 'own/x')]).toEqual(['2', 'new']);
    // no whole look ever saw what lies there
    course.problems = [];
    course.complete = false;
    expect(seenIn(await look())).toEqual(['certain', ['odd/open', 'odd/own', 'open', 'own/x', 'own/y'], []]);
    course.complete = true;
    expect(seenIn(await look())).toEqual(['certain', ['open', 'own/x', 'own/y'], []]);
  });

  it('gets what the problem hid where it has it, when the problem is gone', async () => {
    const { course, audience, look } = await lost();
    await look();
    course.problems = [];
    course.set({ 'own/x': 'x', 'odd/own': 'newer', 'odd/own2': 'too', open: '1', more: '1' });
    const offer = await look();
    expect(seenIn(offer)).toEqual(['certain', ['more', 'odd/own', 'odd/own2', 'open', 'own/x'], []]);
    expect(await textOf(audience, offer, 'odd/own')).toBe('newer');
  });

  it('follows nothing of a course that could not be looked through', async () => {
    const { course, look } = await lost();
    const known = ['certain', ['more', 'open', 'own/x'], ['problem odd']];
    course.set({});
    course.problems = [{ segments: [], code: 'source-forbidden' }];
    expect(seenIn(await look())).toEqual(known);
    course.problems = [{ segments: ['odd'], code: 'kind-refused' }];
    course.complete = false;
    expect(seenIn(await look())).toEqual(known);
  });

  it('takes what is read of a place that has a problem for what it had there', async () => {
    const { course, look } = await lost();
    course.set({ 'own/x': 'x', 'odd/own': 'newer', open: '1', more: '1' });
    await look();
    course.problems = [];
    expect(seenIn(await look())).toEqual(['certain', ['more', 'odd/own', 'open', 'own/x'], []]);
  });

  it('misses nothing that it may not have any more', async () => {
    const { look } = await lost(everybody);
    expect(frozenIn(await look())).toEqual(['problem odd', 'withheld odd/own', 'withheld own/x']);
  });
});

describe('a file that was published and is withheld', () => {
  async function takenBack(more: Parameters<typeof openCourse>[1] = {}) {
    let isTakenBack = false;
    const release: Release = (path) => (/later|again/.test(path) && isTakenBack ? 'withheld' : 'offered');
    const course = new FakeCourse().set({ 'in/later': 'L', other: 'O', gone: 'G', third: 'T' });
    const opened = openCourse(course, { release, ...more });
    await opened.refresh();
    isTakenBack = true;
    course.set({ 'in/later': 'L', other: 'O', third: 'T' });
    expect(frozenIn(await opened.refresh())).toEqual(['withheld in/later']);
    const repository = forget(opened);
    return {
      course,
      opened,
      repository,
      look: () => refresh(opened, repository),
      giveAgain: () => (isTakenBack = false),
    };
  }

  it('is not taken for deleted by who only knows the commit', async () => {
    const { course, look, giveAgain } = await takenBack();
    course.listError = 'source-unreachable';
    expect(frozenIn(await look())).toEqual(['withheld gone', 'withheld in/later']);
    course.listError = undefined;
    expect(seenIn(await look())).toEqual(['certain', ['other', 'third'], ['withheld in/later']]);
    giveAgain();
    expect(seenIn(await look())).toEqual(['certain', ['in/later', 'other', 'third'], []]);
  });

  it('is not taken for deleted where a problem hides it', async () => {
    const { course, look } = await takenBack();
    course.set({ other: 'O', third: 'T' });
    course.problems = [{ segments: ['in'], code: 'source-forbidden' }];
    expect(frozenIn(await look())).toEqual(['problem in', 'withheld in/later']);
    course.problems = [];
    expect(frozenIn(await look())).toEqual([]);
  });

  it('is asked after at a source that can tell what it hides', async () => {
    const { course, look } = await takenBack();
    course.set({ other: 'O', third: 'T' });
    course.hidden = new Set(['in/later']);
    expect(frozenIn(await look())).toEqual(['withheld in/later']);
  });

  it('leaves its place to another one', async () => {
    const { course, opened, look } = await takenBack();
    course.set({ in: 'a file', other: 'O', third: 'T', 'gone/f': 'f' });
    course.complete = false;
    const offer = await look();
    expect(seenIn(offer)).toEqual(['ambiguous', ['gone/f', 'in', 'other', 'third'], []]);
    course.listError = 'source-unreachable';
    expect(seenIn(await refresh(opened, forget(opened)))).toEqual(seenIn(offer));
  });

  it('does not have the source asked with every click', async () => {
    const { course, opened, repository, look, giveAgain } = await takenBack();
    giveAgain();
    course.set({ other: 'O', third: 'T' });
    course.complete = false;
    expect(frozenIn(await look())).toEqual(['withheld gone', 'withheld in/later']);
    const { lists } = course;
    opened.clock.pass(1000);
    await repository.refresh({ freshness: 60_000 });
    expect(course.lists).toBe(lists);
  });

  it('is a problem where it is there and cannot be read', async () => {
    const { course, look, giveAgain } = await takenBack();
    giveAgain();
    course.fetchErrors.set('in/later', 'source-forbidden');
    expect(frozenIn(await look())).toEqual(['problem in/later']);
  });

  it('is not waited for where it was taken out for good', async () => {
    const { course, opened, look } = await takenBack();
    await opened.reopen().purge(relPathOf('in/later'));
    course.listError = 'source-unreachable';
    expect(frozenIn(await look())).toEqual(['withheld gone']);
  });

  it('weighs nothing where many are gone at once', async () => {
    const { course, look } = await takenBack();
    course.problems = [
      { segments: ['gone'], code: 'source-forbidden' },
      { segments: ['in'], code: 'source-forbidden' },
    ];
    course.set({ new: 'N' });
    const seen = ['problem gone', 'problem in', 'withheld in/later', 'held other', 'held third'];
    expect(frozenIn(await look())).toEqual(seen);
  });

  it('is not what another file of its name is', async () => {
    const { course, look } = await takenBack();
    course.set({ 'in/later': 'L', other: 'O', third: 'T', gone: 'quite another' });
    const [file] = (await look()).files;
    course.set({ 'in/later': 'L', other: 'O', third: 'T', moved: 'quite another' });
    const moved = (await look()).files.find(({ path }) => path === 'moved');
    expect([file?.path, moved?.id === file?.id]).toEqual(['gone', false]);
  });
});

it('an audience misses nothing that was withheld from it, though what it and the course knew is lost', async () => {
  let isTakenBack = false;
  const course = new FakeCourse().set({ 'own/x': 'x', other: 'O', third: 'T' });
  const opened = openCourse(course, {
    release: (path) => (path.startsWith('own') ? 'withheld' : 'offered'),
    widestRelease: () => 'offered',
  });
  const release: Release = (path) => (isTakenBack && path.startsWith('own') ? 'withheld' : 'offered');
  await refresh(opened, opened.repository.openAudience('for-a', release));
  isTakenBack = true;
  await refresh(opened, opened.repository.openAudience('for-a', release));
  for (const lost of [[], ['audiences', 'for-a'], []]) {
    const offer = await refresh(opened, forget(opened, ...lost).openAudience('for-a', release));
    expect(seenIn(offer)).toEqual(['certain', ['other', 'third'], ['withheld own/x']]);
  }
});

it('an audience keeps what was taken back from everybody else, and who comes later misses it as little', async () => {
  let isTakenBack = false;
  const course = new FakeCourse().set({ 'in/later': 'L', other: 'O', third: 'T' });
  const release: Release = (path) => (isTakenBack && path.startsWith('in') ? 'withheld' : 'offered');
  const opened = openCourse(course, { release, widestRelease: () => 'offered' });
  const open = (repository: CourseRepository, name: string) => repository.openAudience(name, () => 'offered');
  await refresh(opened, opened.repository);
  isTakenBack = true;
  await refresh(opened, open(opened.repository, 'for-a'));
  const repository = forget(opened);
  const [before, after] = [open(repository, 'for-a'), open(repository, 'for-b')];
  course.set({ other: 'O', third: 'T' });
  course.problems = [{ segments: ['in'], code: 'source-forbidden' }];
  await refresh(opened, before);
  course.problems = [];
  course.complete = false;
  expect(seenIn(await refresh(opened, before))).toEqual(['certain', ['in/later', 'other', 'third'], []]);
  const offer = await refresh(opened, after);
  expect(seenIn(offer)).toEqual(['certain', ['other', 'third'], ['withheld in/later']]);
  expect(offer.source.problems).toEqual([]);
});
