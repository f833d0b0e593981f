/** Audiences: each has exactly what its schedule says, in a repository that never held more, from one look at the source. */
import fc from 'fast-check';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relPathOf } from '../../src/core/paths.ts';
import type { Offer } from '../../src/core/offer.ts';
import type { AudienceRepository } from '../../src/repo/offering.ts';
import { openContents } from '../../src/repo/open-contents.ts';
import type { Release } from '../../src/repo/verdicts.ts';
import { parseSchedule, releaseAt } from '../../src/release/schedule.ts';
import { FakeCourse, fsck, git, offeredTexts, openCourse, type Opened } from './support/course.ts';

const schedule = parseSchedule(
  [
    { path: 'a/**', for: ['a'] },
    { path: 'b/**', from: '2026-11-02 09:30', for: ['b'] },
    { path: 'both/**', for: ['a', 'b'] },
    { path: 'early/**', until: '2026-11-02 09:30' },
    { path: 'early/**', until: '2026-11-02 10:30', for: ['b'] },
  ],
  'Europe/Berlin',
);
const releaseFor =
  (...groups: readonly string[]): Release =>
  (path, at) =>
    releaseAt(schedule, path, at, groups);

function openForAll(course: FakeCourse): Opened {
  return openCourse(course, { release: releaseFor(), widestRelease: releaseFor('a', 'b') });
}

/** Refreshes a second later. */
function refresh(opened: Opened, audience: AudienceRepository): Promise<Offer> {
  opened.clock.pass(1000);
  return audience.refresh({ freshness: 0 });
}

function repositoryOf(opened: Opened, name: string): string {
  return join(opened.dir, 'audiences', name, `${name}.git`);
}

/** Everything that can be had of a repository, by whatever trick. */
function allObjects(gitDir: string): string {
  const names = git(gitDir, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)').trim().split('\n');
  return names.map((name) => git(gitDir, 'cat-file', '-p', name)).join('\n');
}

const files = {
  'open.txt': 'for everybody',
  'a/x.txt': 'SECRET-A',
  'b/y.txt': 'SECRET-B',
  'both/z.txt': 'SECRET-BOTH',
};

describe('an audience', () => {
  it('has what its groups may have, and no repository holds more', async () => {
    const course = new FakeCourse().set(files);
    const opened = openForAll(course);
    const a = opened.repository.openAudience('for-a', releaseFor('a'));
    const b = opened.repository.openAudience('for-b', releaseFor('b'));
    const freshness = 60_000;
    expect(offeredTexts(await opened.repository.refresh({ freshness }))).toEqual(['open.txt']);
    expect(offeredTexts(await a.refresh({ freshness }))).toEqual(['a/x.txt', 'both/z.txt', 'open.txt']);
    expect(offeredTexts(await b.refresh({ freshness }))).toEqual(['both/z.txt', 'open.txt']);
    expect([course.lists, course.fetched.length]).toEqual([1, 4]);
    opened.clock.at = new Date('2026-11-02T08:30:00Z');
    expect([a.isBehind(), b.isBehind()]).toEqual([false, true]);
    expect(offeredTexts(await b.refresh({ freshness: 3_600_000 }))).toEqual(['b/y.txt', 'both/z.txt', 'open.txt']);
    expect([course.lists, course.fetched.length]).toEqual([1, 4]);
    expect(allObjects(opened.gitDir)).not.toMatch(/SECRET|x\.txt|both/);
    expect(allObjects(repositoryOf(opened, 'for-a'))).not.toMatch(/SECRET-B\b|y\.txt/);
    expect(allObjects(repositoryOf(opened, 'for-b'))).not.toMatch(/SECRET-A|x\.txt/);
    for (const gitDir of [opened.gitDir, repositoryOf(opened, 'for-a')]) expect(fsck(gitDir)).toBe('');
  });

  it('gets new versions of what is over for everybody else', async () => {
    const course = new FakeCourse().set({ 'early/e.txt': 'one' });
    const opened = openForAll(course);
    const b = opened.repository.openAudience('for-b', releaseFor('b'));
    await refresh(opened, b);
    opened.clock.at = new Date('2026-11-02T09:00:00Z');
    course.set({ 'early/e.txt': 'two' });
    const offer = await refresh(opened, b);
    const [file] = offer.files;
    expect(Buffer.from(await b.contents.read(file!.oid)).toString()).toBe('two');
    expect(offeredTexts(await refresh(opened, opened.repository as AudienceRepository))).toEqual([]);
    expect(allObjects(opened.gitDir)).not.toContain('two');
  });

  it('keeps the id of a file it has, and hears of no other place of one it never had', async () => {
    const course = new FakeCourse().set({ 'a/exam-of-anna.txt': 'text', 'open.txt': 'o', 'c.txt': 'c' });
    const opened = openForAll(course);
    const a = opened.repository.openAudience('for-a', releaseFor('a'));
    const [before] = (await refresh(opened, a)).files;
    await refresh(opened, opened.repository);
    course.set({ 'exam.txt': 'text', 'open.txt': 'o', 'c.txt': 'c' });
    const moved = (await refresh(opened, a)).files.find(({ path }) => path === 'exam.txt');
    expect(moved?.id).toBe(before?.id);
    const everybody = await refresh(opened, opened.repository);
    expect(offeredTexts(everybody)).toEqual(['c.txt', 'exam.txt', 'open.txt']);
    expect(JSON.stringify([everybody, opened.repository.published()])).not.toContain('anna');
  });

  it('keeps what the brake holds until it is confirmed', async () => {
    const course = new FakeCourse().set({ 'a/1': '1', 'a/2': '2', 'a/3': '3', 'open.txt': 'o' });
    const opened = openForAll(course);
    const a = opened.repository.openAudience('for-a', releaseFor('a'));
    await refresh(opened, a);
    course.set({ 'open.txt': 'o' });
    const held = await refresh(opened, a);
    expect(held.frozen.map(({ path, why }) => [path, why])).toEqual([
      ['a/1', 'held'],
      ['a/2', 'held'],
      ['a/3', 'held'],
    ]);
    expect((await refresh(opened, opened.repository)).frozen).toEqual([]);
    await opened.repository.confirm();
    const after = await refresh(opened, a);
    expect([after.frozen, offeredTexts(after)]).toEqual([[], ['open.txt']]);
  });

  it('loses nothing when what is known of the course is lost while the source is down', async () => {
    const course = new FakeCourse().set(files);
    const opened = openForAll(course);
    await refresh(opened, opened.repository.openAudience('for-a', releaseFor('a')));
    rmSync(join(opened.dir, 'course.json'));
    course.listError = 'source-unreachable';
    const a = opened.reopen().openAudience('for-a', releaseFor('a'));
    const offer = await refresh(opened, a);
    await expect(refresh(opened, opened.repository.openAudience('for-b', releaseFor('b')))).rejects.toMatchObject({
      code: 'source-unreachable',
    });
    expect(offer.source.state).toBe('unreachable');
    expect(offeredTexts(offer)).toEqual(['a/x.txt', 'both/z.txt', 'open.txt']);
    course.listError = undefined;
    expect(offeredTexts(await refresh(opened, a))).toEqual(['a/x.txt', 'both/z.txt', 'open.txt']);
  });

  it('loses nothing when its own folder is lost', async () => {
    const course = new FakeCourse().set(files);
    const opened = openForAll(course);
    await refresh(opened, opened.repository.openAudience('for-a', releaseFor('a')));
    rmSync(join(opened.dir, 'audiences'), { recursive: true });
    const a = opened.reopen().openAudience('for-a', releaseFor('a'));
    expect(await a.offer()).toBeUndefined();
    expect(offeredTexts(await refresh(opened, a))).toEqual(['a/x.txt', 'both/z.txt', 'open.txt']);
    expect(course.fetched).toHaveLength(4);
  });

  it('is served nothing that was purged, also what only it had', async () => {
    const course = new FakeCourse().set(files);
    const opened = openForAll(course);
    const a = opened.repository.openAudience('for-a', releaseFor('a'));
    const offer = await refresh(opened, a);
    const file = offer.files.find(({ path }) => path === 'a/x.txt')!;
    // by a program of its own, as the command line is
    expect(await opened.reopen().purge(relPathOf('a'))).toEqual({ contents: 1, elsewhere: [] });
    expect(a.blob(file.oid)).toBeUndefined();
    expect(offeredTexts((await a.offer())!)).toEqual(['both/z.txt', 'open.txt']);
    expect(allObjects(repositoryOf(opened, 'for-a'))).not.toContain('SECRET-A');
    expect(offeredTexts(await refresh(opened, a))).toEqual(['both/z.txt', 'open.txt']);
    expect(allObjects(repositoryOf(opened, 'for-a'))).not.toContain('SECRET-A');
  });

  it('misses nothing that everybody had before it began', async () => {
    const course = new FakeCourse().set({ 'b/y.txt': 'y', 'open.txt': 'o' });
    let isOpen = true;
    const opened = openCourse(course, { release: (path) => (isOpen || path === 'open.txt' ? 'offered' : 'withheld') });
    await refresh(opened, opened.repository);
    isOpen = false;
    const late: Release = (path) => (path === 'open.txt' ? 'offered' : 'withheld');
    const offer = await refresh(opened, opened.repository.openAudience('for-late', late));
    expect(offer.frozen).toEqual([{ path: 'b/y.txt', why: 'withheld' }]);
  });

  it('still misses nothing that is withheld again, after something else was purged', async () => {
    const course = new FakeCourse().set({ 'a.txt': 'a', 's.txt': 's', 'bad.txt': 'bad' });
    let isOpen = true;
    const opened = openCourse(course, { release: (path) => (isOpen || path !== 's.txt' ? 'offered' : 'withheld') });
    await opened.refresh();
    isOpen = false;
    expect((await opened.refresh()).frozen).toEqual([{ path: 's.txt', why: 'withheld' }]);
    await opened.repository.purge(relPathOf('bad.txt'));
    const after = await opened.refresh();
    expect([offeredTexts(after), after.frozen]).toEqual([['a.txt'], [{ path: 's.txt', why: 'withheld' }]]);
    isOpen = true;
    expect(offeredTexts(await opened.refresh())).toEqual(['a.txt', 's.txt']);
  });

  it('gives an agent nothing that was purged', async () => {
    const opened = openCourse(new FakeCourse().set({ 'a.txt': 'a', 'exam.txt': 'exam' }));
    const { files: offered, identity } = await opened.refresh();
    const { oid } = offered.find(({ path }) => path === 'exam.txt')!;
    const agents = openContents({ folder: opened.dir, audience: 'all' }, identity);
    expect(agents.blob(oid)?.size).toBe(4);
    await opened.reopen().purge(relPathOf('exam.txt'));
    expect(agents.blob(oid)).toBeUndefined();
    expect(new Set(agents.published().map(({ path }) => path))).toEqual(new Set(['a.txt']));
    agents.close();
  });

  it('makes no folder before anybody is in it', async () => {
    const opened = openForAll(new FakeCourse().set(files));
    await refresh(opened, opened.repository);
    expect(existsSync(join(opened.dir, 'audiences'))).toBe(false);
  });

  it('has what a course of its own with its schedule would have, whatever happens at the source', async () => {
    const runs = Number(process.env['F2GIT_RUNS'] ?? 1) * 8;
    await fc.assert(fc.asyncProperty(histories, sameAsAlone), { numRuns: runs, seed: 20261123 });
  }, 120_000);
});

type Step = Readonly<Record<string, string>>;

const paths = ['a/1', 'a/2', 'b/1', 'both/1', 'early/1', 'open/1', 'open/2', 'a', 'open'];
const tree = fc.dictionary(fc.constantFrom(...paths), fc.constantFrom('one', 'two', 'three'), { maxKeys: 6 });
const histories = fc.array(tree.filter(isTree), { minLength: 1, maxLength: 6 });

/** No file where another's folder is. */
function isTree(files: Step): boolean {
  return Object.keys(files).every((path) => !Object.keys(files).some((other) => other.startsWith(`${path}/`)));
}

async function sameAsAlone(history: readonly Step[]): Promise<void> {
  const course = new FakeCourse().set({ keep: 'k', kept: 'k' });
  const opened = openForAll(course);
  const audiences = [['a'], ['b'], ['a', 'b']].map((groups) => ({
    shared: opened.repository.openAudience(`for-${groups.join('+')}`, releaseFor(...groups)),
    alone: openCourse(course, { release: releaseFor(...groups), now: opened.clock.now }).repository,
  }));
  for (const step of history) {
    course.set({ keep: 'k', kept: 'k', ...step });
    opened.clock.pass(600_000);
    for (const { shared, alone } of audiences) {
      const [ours, theirs] = [await shared.refresh({ freshness: 0 }), await alone.refresh({ freshness: 0 })];
      expect(namesOf(ours)).toEqual(namesOf(theirs));
    }
  }
}

function namesOf({ files: offered, frozen }: Offer): unknown {
  return [offered.map(({ path, oid }) => [path, oid]), frozen.map(({ path, why }) => [path, why])];
}
