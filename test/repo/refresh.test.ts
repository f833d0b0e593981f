import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryId, oid } from '../../src/core/ids.ts';
import type { ErrorCode, ErrorParams } from '../../src/errors.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { FakeCourse, fsck, git, offeredTexts, openCourse, temporaryFolder } from './support/course.ts';

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

describe('a refresh', () => {
  it('commits what the source shows, and real git agrees', async () => {
    const course = new FakeCourse().set({ 'README.md': 'hello', 'week1/lab1.ipynb': '{}', 'week1/data/a.csv': '1,2' });
    course.put('run.sh', '#!/bin/sh\n', { executable: true });
    const opened = openCourse(course);
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['README.md', 'run.sh', 'week1/data/a.csv', 'week1/lab1.ipynb']);
    expect(offer.source).toMatchObject({ state: 'fresh', complete: true, problems: [] });
    expect(fsck(opened.gitDir)).toBe('');
    expect(git(opened.gitDir, 'rev-parse', 'HEAD').trim()).toBe(offer.head);
    const clone = join(temporaryFolder(), 'clone');
    git('/', 'clone', '-q', opened.gitDir, clone);
    expect(readFileSync(join(clone, 'week1/data/a.csv'), 'utf8')).toBe('1,2');
    expect(git(clone, 'ls-files', '-s', 'run.sh')).toMatch(/^100755 /);
    const readme = offer.files.find(({ path }) => path === 'README.md');
    expect(Buffer.from(await opened.repository.contents.read(readme!.oid)).toString()).toBe('hello');
  });

  it('of an unchanged course downloads nothing, commits nothing, writes nothing', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2' });
    const opened = openCourse(course);
    const first = await opened.refresh();
    course.fetched.length = 0;
    const files = () => listing(opened.dir).filter((name) => !name.startsWith('lock') && name !== 'checked');
    const times = () => files().map((name) => `${name} ${statSync(join(opened.dir, name)).mtimeMs}`);
    const before = times();
    const second = await opened.refresh();
    expect(second.head).toBe(first.head);
    expect(course.fetched).toEqual([]);
    expect(course.lists).toBe(2);
    expect(times()).toEqual(before);
  });

  it('knows without looking at any file that all of the commit is offered', async () => {
    const course = new FakeCourse().set({ a: '1', 'b/c': '2' });
    const opened = openCourse(course);
    expect((await opened.refresh()).isWhole).toBe(true);
    const quick = await opened.reopen().offer();
    const thorough = await opened.reopen({ release: () => 'offered' }).offer();
    expect([quick?.isWhole, thorough?.isWhole]).toEqual([true, undefined]);
    expect({ ...quick, isWhole: undefined }).toEqual({ ...thorough, isWhole: undefined });
  });

  it('does not take for whole what a schedule, a problem, a hold or a purge concerns', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2', c: '3', d: '4' });
    const opened = openCourse(course);
    await opened.refresh();
    const scheduled = opened.reopen({ release: (path) => (path === 'a' ? 'withheld' : 'offered') });
    const withheld = await scheduled.offer();
    expect([withheld?.isWhole, withheld?.files.length]).toEqual([undefined, 3]);
    course.set({ a: '1' });
    const held = await opened.refresh();
    expect([held.isWhole, held.frozen.length]).toEqual([undefined, 3]);
    course.set({ a: '1', b: '2', c: '3', d: '4' });
    expect((await opened.refresh()).isWhole).toBe(true);
    await opened.repository.purge(relPathOf('b'));
    const purged = await opened.refresh();
    expect([purged.isWhole, offeredTexts(purged)]).toEqual([undefined, ['a', 'c', 'd']]);
  });

  it('inside the freshness window asks nothing at all, also from another process', async () => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course);
    await opened.refresh();
    opened.clock.pass(5000);
    const again = await opened.repository.refresh({ freshness: 15_000 });
    const elsewhere = await opened.reopen().refresh({ freshness: 15_000 });
    expect([again.source.state, elsewhere.source.state, course.lists]).toEqual(['cached', 'cached', 1]);
    opened.clock.pass(15_000);
    await opened.reopen().refresh({ freshness: 15_000 });
    expect(course.lists).toBe(2);
  });

  it('is shared by everybody who asks meanwhile, in one process and in several', async () => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course);
    const other = opened.reopen();
    const ask = (repository: typeof other) => repository.refresh({ freshness: 60_000 });
    const offers = await Promise.all([opened.repository, opened.repository, other, other].map(ask));
    expect(new Set(offers.map(({ head }) => head)).size).toBe(1);
    expect(course.lists).toBe(1);
    expect(course.fetched).toEqual(['a']);
  });

  it('brings additions, changes and deletions in one commit that tells staff', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2', c: '3', d: '4', e: '5' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ a: '1', b: 'two', c: '3', d: '4', f: 'new' });
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['a', 'b', 'c', 'd', 'f']);
    expect(git(opened.gitDir, 'log', '-1', '--format=%an <%ae> %B')).toContain(
      'f2git <f2git@localhost> 1 added, 1 updated, 1 removed',
    );
    expect(git(opened.gitDir, 'rev-list', '--count', 'main').trim()).toBe('2');
    expect(fsck(opened.gitDir)).toBe('');
  });

  it('does not commit when a stamp changed and the bytes did not', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2' });
    const opened = openCourse(course);
    const first = await opened.refresh();
    course.put('a', '1');
    const second = await opened.refresh();
    expect(second.head).toBe(first.head);
    course.fetched.length = 0;
    await opened.refresh();
    expect(course.fetched).toEqual([]);
  });

  it('with a source that is down serves the last good state and keeps the reason', async () => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course);
    const first = await opened.refresh();
    course.listError = 'source-unreachable';
    const second = await opened.refresh();
    expect(second.head).toBe(first.head);
    expect(second.source.state).toBe('unreachable');
    expect(second.source.problems.map(({ code }) => code)).toEqual(['source-unreachable']);
    expect((await opened.repository.offer())?.source.state).toBe('unreachable');
  });

  it('throws the reason when there never was a good state', async () => {
    const course = new FakeCourse().set({ a: '1' });
    course.listError = 'source-login';
    const opened = openCourse(course);
    expect(await codeOf(opened.refresh())).toBe('source-login');
    expect(await opened.repository.offer()).toBeUndefined();
    course.listError = undefined;
    expect(offeredTexts(await opened.refresh())).toEqual(['a']);
  });

  it('goes on throwing it to whoever clicks within the freshness window, and offers no empty course', async () => {
    const course = new FakeCourse().set({ a: '1' });
    course.listError = 'source-login';
    const opened = openCourse(course);
    const ask = () => opened.repository.refresh({ freshness: 15_000 });
    for (let click = 0; click < 3; click += 1) expect(await codeOf(ask())).toBe('source-login');
    expect(course.lists).toBe(1);
    expect(await opened.repository.offer()).toBeUndefined();
    course.listError = undefined;
    opened.clock.pass(15_000);
    expect(offeredTexts(await ask())).toEqual(['a']);
  });

  it.each<[string, ErrorCode, ErrorParams, number]>([
    ['as long as the source asks for', 'source-throttled', { seconds: 600 }, 600],
    ['fifteen minutes where it asks for a day', 'source-unreachable', { seconds: 86_400 }, 900],
    ['fifteen minutes where all was read only to find it too large', 'too-large', { limit: 1 }, 900],
    ['as long as it counts as fresh where nobody says anything', 'source-unreachable', {}, 15],
  ])('leaves a source alone %s', async (_, code, params, seconds) => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course);
    await opened.refresh();
    const click = () => opened.repository.refresh({ freshness: 15_000 });
    opened.clock.pass(15_000);
    course.listError = code;
    course.listErrorParams = params;
    expect((await click()).source.state).toBe('unreachable');
    course.listError = undefined;
    opened.clock.pass(seconds * 1000 - 1);
    expect((await click()).source.state).toBe('unreachable');
    expect(course.lists).toBe(2);
    expect((await opened.repository.refresh({ freshness: 15_000, force: true })).source.state).toBe('fresh');
    opened.clock.pass(15_000);
    await click();
    expect(course.lists).toBe(4);
  });

  it('leaves a source alone that wants fewer downloads, and takes what it brought', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2' });
    course.fetchErrors.set('b', 'source-throttled');
    course.fetchErrorParams = { seconds: 120 };
    const opened = openCourse(course);
    const click = () => opened.repository.refresh({ freshness: 15_000 });
    expect(offeredTexts(await click())).toEqual(['a']);
    course.fetchErrors.clear();
    opened.clock.pass(119_000);
    expect(offeredTexts(await click())).toEqual(['a']);
    opened.clock.pass(1000);
    expect(offeredTexts(await click())).toEqual(['a', 'b']);
    expect(course.lists).toBe(2);
  });

  it('throws when nothing of a first listing could be fetched', async () => {
    const course = new FakeCourse().set({ a: '1' });
    course.fetchErrors.set('a', 'source-throttled');
    expect(await codeOf(openCourse(course).refresh())).toBe('source-throttled');
  });

  it('keeps the previous version of a file that could not be fetched, freezes it, and goes on with the others', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2', c: '3' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ a: 'one', b: 'two', c: '3' });
    course.fetchErrors.set('a', 'source-forbidden');
    const offer = await opened.refresh();
    expect(offer.frozen).toMatchObject([{ path: 'a', why: 'problem', code: 'source-forbidden' }]);
    expect(offeredTexts(offer)).toEqual(['b', 'c']);
    expect(git(opened.gitDir, 'show', 'main:a')).toBe('1');
    expect(git(opened.gitDir, 'show', 'main:b')).toBe('two');
    course.fetchErrors.clear();
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'b', 'c']);
    expect(git(opened.gitDir, 'show', 'main:a')).toBe('one');
  });

  it('takes no content whose byte count is not the listed one, after a second try', async () => {
    const course = new FakeCourse().set({ a: 'whole content', b: 'x' });
    course.torn.set('a', 5);
    const opened = openCourse(course);
    const offer = await opened.refresh();
    expect(course.fetched.filter((path) => path === 'a')).toHaveLength(2);
    expect(offer.source.problems).toMatchObject([{ path: 'a', code: 'source-truncated' }]);
    expect(offeredTexts(offer)).toEqual(['b']);
  });

  it('does not ask again at once for a content that was asked for several times already', async () => {
    const course = new FakeCourse().set({ a: '1', b: 'x' });
    course.fetchErrors.set('a', 'source-truncated');
    course.fetchErrorParams = { tries: 3 };
    const opened = openCourse(course);
    expect(offeredTexts(await opened.refresh())).toEqual(['b']);
    expect(course.fetched.filter((path) => path === 'a')).toHaveLength(1);
    course.fetchErrors.clear();
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'b']);
  });

  it('concludes nothing from what an incomplete listing does not show', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2', c: '3' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ a: 'one', d: '4' });
    course.complete = false;
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['a', 'b', 'c', 'd']);
    expect(offer.source.complete).toBe(false);
    expect(offer.frozen).toEqual([]);
  });

  it('freezes a folder the source could not read', async () => {
    const course = new FakeCourse().set({ 'a.txt': '1', 'week1/x': '2', 'week1/y': '3', 'b.txt': '4', 'c.txt': '5' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ 'a.txt': '1', 'b.txt': '4', 'c.txt': '5' });
    course.problems = [{ segments: ['week1'], code: 'source-forbidden' }];
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(offer.frozen).toMatchObject([{ path: 'week1', why: 'problem' }]);
    expect(git(opened.gitDir, 'ls-tree', '-r', '--name-only', 'main')).toContain('week1/x');
  });

  it('gives the memory back only when all of that listing is here', async () => {
    const course = new FakeCourse().set({ a: '1', b: '2' });
    course.memory = { etag: 'x' }.etag;
    course.isConditional = true;
    course.fetchErrors.set('b', 'source-gone');
    const opened = openCourse(course);
    await opened.refresh();
    course.fetchErrors.clear();
    expect(offeredTexts(await opened.refresh())).toEqual(['a', 'b']);
    course.fetched.length = 0;
    expect((await opened.refresh()).source.state).toBe('fresh');
    expect(course.fetched).toEqual([]);
  });

  it('asks for the whole listing again when files are wanted now that were excluded', async () => {
    const course = new FakeCourse().set({ a: '1', 'solutions/b': '2' });
    course.memory = 'etag';
    course.isConditional = true;
    const opened = openCourse(course, { isWanted: (path) => !path.startsWith('solutions/') });
    expect(offeredTexts(await opened.refresh())).toEqual(['a']);
    const everything = opened.reopen({ isWanted: () => true });
    expect(offeredTexts(await everything.refresh({ freshness: 0 }))).toEqual(['a', 'solutions/b']);
  });

  it('fetches a weakly stamped file that is younger than its stamp once more, and then believes it', async () => {
    const course = new FakeCourse();
    const opened = openCourse(course, { capabilities: { stamp: 'weak' } });
    course.put('old', '1', { modified: opened.clock.at.getTime() - 60_000 });
    course.put('young', '2', { modified: opened.clock.at.getTime() + 500 });
    await opened.refresh();
    course.fetched.length = 0;
    opened.clock.pass(5000);
    await opened.refresh();
    expect(course.fetched).toEqual(['young']);
    await opened.refresh();
    expect(course.fetched).toEqual(['young']);
  });

  it('keeps the identity of a file that moved, also of all of them at once', async () => {
    const course = new FakeCourse().set({
      'w1/a': 'A',
      'w1/b': 'B',
      'w1/__init__.py': '',
      'w2/__init__.py': '',
      'w2/c': 'C',
    });
    const opened = openCourse(course);
    const before = await opened.refresh();
    course.set({ 'W1/a': 'A', 'W1/b': 'B', 'W1/__init__.py': '', 'w2/__init__.py': '', 'w2/c': 'C' });
    const after = await opened.refresh();
    const idOf = (offer: typeof before, path: string) => offer.files.find((file) => file.path === path)?.id;
    expect(idOf(after, 'W1/a')).toBe(idOf(before, 'w1/a'));
    expect(idOf(after, 'W1/b')).toBe(idOf(before, 'w1/b'));
    expect(idOf(after, 'W1/__init__.py')).toBe(idOf(before, 'w1/__init__.py'));
    expect(opened.repository.held()).toEqual([]);
    expect(git(opened.gitDir, 'log', '-1', '--format=%s')).toBe('3 renamed\n');
  });

  it('never gives two files one id, when a new file takes the old place of one that moved', async () => {
    const course = new FakeCourse().set({ a: 'A', x: 'X', y: 'Y' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ b: 'A', x: 'X', y: 'Y' });
    await opened.refresh();
    course.set({ a: 'other', b: 'A', x: 'X', y: 'Y' });
    const offer = await opened.refresh();
    expect(new Set(offer.files.map(({ id }) => id)).size).toBe(4);
    expect(offer.files.find(({ path }) => path === 'b')?.id).toBe('a');
  });

  it('takes a new upload under the same name for a new version of the same file', async () => {
    const course = new FakeCourse().put('lab', 'v1', { id: 'id-1' }).put('x', 'x', { id: 'id-2' });
    const opened = openCourse(course, { capabilities: { identity: 'stable' } });
    await opened.refresh();
    course.put('lab', 'v2', { id: 'id-3' });
    const offer = await opened.refresh();
    expect(offer.files.find(({ path }) => path === 'lab')?.id).toBe('id-1');
    expect(git(opened.gitDir, 'log', '-1', '--format=%s')).toBe('1 updated\n');
  });

  it('remembers every content it ever published', async () => {
    const course = new FakeCourse().set({ a: 'first', b: '2' });
    const opened = openCourse(course);
    const first = await opened.refresh();
    course.set({ a: 'second', b: '2' });
    await opened.refresh();
    const history = await opened.reopen().contents.history();
    const old = first.files[0]!;
    expect(history.has(old.id, old.path, old.oid)).toBe(true);
    expect(history.has(entryId('other'), old.path, old.oid)).toBe(true);
    expect(history.has(old.id, relPathOf('elsewhere'), old.oid)).toBe(true);
    expect(history.has(entryId('other'), relPathOf('elsewhere'), old.oid)).toBe(false);
    expect(history.has(old.id, old.path, oid('0'.repeat(40)))).toBe(false);
  });

  it('streams large bodies to disk and gives them back', async () => {
    const large = Buffer.alloc(5 << 20, 'some text that shrinks ');
    const noise = Buffer.from(Array.from({ length: 3 << 20 }, (_, at) => (at * 2654435761) >>> 13));
    const course = new FakeCourse().set({ large, noise, small: 'x' });
    course.bodies = 'stream';
    const opened = openCourse(course);
    const offer = await opened.refresh();
    for (const [position, bytes] of [large, noise].entries()) {
      expect(Buffer.from(await opened.repository.contents.read(offer.files[position]!.oid)).equals(bytes)).toBe(true);
    }
    expect(fsck(opened.gitDir)).toBe('');
    const part: Uint8Array[] = [];
    for await (const chunk of opened.repository.blob(offer.files[0]!.oid)!.read({ start: 1 << 20, end: (1 << 20) + 9 }))
      part.push(chunk);
    expect(Buffer.concat(part).equals(large.subarray(1 << 20, (1 << 20) + 10))).toBe(true);
  });

  it('of an empty course is an empty tree', async () => {
    const opened = openCourse(new FakeCourse());
    expect((await opened.refresh()).files).toEqual([]);
    expect(fsck(opened.gitDir)).toBe('');
  });

  it('can be left by one who waits without ending it for the others', async () => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course);
    const leaving = new AbortController();
    const left = opened.repository.refresh({ freshness: 0, signal: leaving.signal });
    const stayed = opened.repository.refresh({ freshness: 0 });
    leaving.abort();
    expect(await codeOf(left)).toBe('cancelled');
    expect(offeredTexts(await stayed)).toEqual(['a']);
  });

  it('consolidates many small packs and loses nothing', async () => {
    const course = new FakeCourse().set({ a: '0', b: 'b' });
    const opened = openCourse(course);
    const heads: string[] = [];
    for (let version = 1; version <= 30; version++) {
      course.set({ a: `version ${version}`, b: 'b' });
      heads.push((await opened.refresh()).head);
    }
    const packs = readdirSync(join(opened.gitDir, 'objects/pack')).filter((name) => name.endsWith('.pack'));
    expect(packs.length).toBeLessThan(25);
    expect(git(opened.gitDir, 'show', `${heads[0]!}:a`)).toBe('version 1');
    expect(git(opened.gitDir, 'rev-list', '--count', 'main').trim()).toBe('30');
    expect(fsck(opened.gitDir)).toBe('');
    expect(existsSync(join(opened.gitDir, 'refs/heads/main.lock'))).toBe(false);
  });
});

function listing(folder: string, prefix = ''): readonly string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? listing(folder, join(prefix, entry.name)) : [join(prefix, entry.name)],
  );
}
