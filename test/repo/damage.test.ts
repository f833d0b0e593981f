import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeCourse, fsck, git, offeredTexts, openCourse, type Opened } from './support/course.ts';

const packFiles = (opened: Opened, ending: string): readonly string[] =>
  fs
    .readdirSync(join(opened.gitDir, 'objects/pack'))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(opened.gitDir, 'objects/pack', name));

const each = (paths: readonly string[], change: (path: string) => void): void => paths.forEach(change);
const truncate = (path: string): void => fs.truncateSync(path, Math.floor(fs.statSync(path).size / 2));

/** Overwrites a few bytes in the middle of each pack: its frame stays whole. */
function flip(path: string): void {
  const bytes = fs.readFileSync(path);
  bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 24);
  fs.chmodSync(path, 0o644);
  fs.writeFileSync(path, bytes);
}

/** What can happen to a repository on disk. */
const damages: Readonly<Record<string, (opened: Opened) => void>> = {
  'all packs cut in half': (opened) => each(packFiles(opened, '.pack'), truncate),
  'all packs gone': (opened) => each(packFiles(opened, '.pack'), (path) => fs.rmSync(path)),
  'all packs empty': (opened) => each(packFiles(opened, '.pack'), (path) => fs.truncateSync(path, 0)),
  'all indexes cut in half': (opened) => each(packFiles(opened, '.idx'), truncate),
  'all indexes gone': (opened) => each(packFiles(opened, '.idx'), (path) => fs.rmSync(path)),
  'packs and indexes gone': (opened) => {
    each(packFiles(opened, '.pack'), (path) => fs.rmSync(path));
    each(packFiles(opened, '.idx'), (path) => fs.rmSync(path));
  },
  'the reference gone': (opened) => fs.rmSync(join(opened.gitDir, 'refs/heads/main')),
  'the reference empty': (opened) => fs.truncateSync(join(opened.gitDir, 'refs/heads/main')),
  'the reference to nothing': (opened) =>
    fs.writeFileSync(join(opened.gitDir, 'refs/heads/main'), `${'1'.repeat(40)}\n`),
  'HEAD gone': (opened) => fs.rmSync(join(opened.gitDir, 'HEAD')),
  'HEAD to another branch': (opened) => fs.writeFileSync(join(opened.gitDir, 'HEAD'), 'ref: refs/heads/other\n'),
  'config gone': (opened) => fs.rmSync(join(opened.gitDir, 'config')),
  'refs folder gone': (opened) => fs.rmSync(join(opened.gitDir, 'refs'), { recursive: true }),
  'manifests gone': (opened) => fs.rmSync(join(opened.gitDir, 'f2git'), { recursive: true }),
  'manifests cut': (opened) => {
    const folder = join(opened.gitDir, 'f2git');
    for (const name of fs.readdirSync(folder)) if (name.startsWith('manifest')) truncate(join(folder, name));
  },
  'course.json gone': (opened) => fs.rmSync(join(opened.dir, 'course.json')),
  'course.json cut': (opened) => truncate(join(opened.dir, 'course.json')),
  'course.json and manifests gone': (opened) => {
    fs.rmSync(join(opened.dir, 'course.json'));
    fs.rmSync(join(opened.gitDir, 'f2git'), { recursive: true });
  },
  'a stale lock of the reference': (opened) => fs.writeFileSync(join(opened.gitDir, 'refs/heads/main.lock'), ''),
  'everything but the folder gone': (opened) => {
    for (const name of fs.readdirSync(opened.dir)) fs.rmSync(join(opened.dir, name), { recursive: true });
  },
  'repacked with deltas by a real git': (opened) => git(opened.gitDir, 'repack', '-adfq', '--depth=20', '--window=20'),
};

const texts = (version: number): Record<string, string> => ({
  'README.md': `the course, version ${version}\n${'a line that stays\n'.repeat(200)}`,
  'week1/lab.ipynb': `{"cells": [${'"x", '.repeat(300)}${version}]}`,
  'week1/data.csv': 'a,b\n'.repeat(100),
  'week2/notes.txt': 'unchanged',
});

async function courseWithHistory(): Promise<{ course: FakeCourse; opened: Opened }> {
  const course = new FakeCourse();
  const opened = openCourse(course);
  for (const version of [1, 2, 3]) {
    course.set(texts(version));
    await opened.refresh();
  }
  await opened.repository.close();
  return { course, opened };
}

describe('a damaged repository', () => {
  it.each(Object.keys(damages))('is whole again after the next refresh: %s', async (name) => {
    const { course, opened } = await courseWithHistory();
    damages[name]!(opened);
    opened.clock.pass(5000);
    const offer = await opened.reopen().refresh({ freshness: 15_000 });
    expect(fsck(opened.gitDir)).toBe('');
    expect(offeredTexts(offer)).toEqual(Object.keys(texts(3)).sort());
    expect(offer.source.problems).toEqual([]);
    for (const [path, text] of Object.entries(texts(3))) expect(git(opened.gitDir, 'show', `main:${path}`)).toBe(text);
    // Where the stamps were lost too, the next listing brings them back.
    opened.clock.pass(60_000);
    await opened.reopen().refresh({ freshness: 0 });
    course.fetched.length = 0;
    opened.clock.pass(60_000);
    const next = await opened.reopen().refresh({ freshness: 0 });
    expect(next.head).toBe(offer.head);
    expect(course.fetched).toEqual([]);
    expect(next.files.map(({ id }) => id)).toEqual(Object.keys(texts(3)).sort());
  });

  it.each(Object.keys(damages))(
    'of an audience is whole again, though nothing changed in the course: %s',
    async (name) => {
      const { course, opened } = await courseWithHistory();
      const open = () =>
        opened.reopen().openAudience('for-a', (path) => (path === 'README.md' ? 'withheld' : 'offered'));
      const expected = Object.entries(texts(3)).filter(([path]) => path !== 'README.md');
      await open().refresh({ freshness: 3_600_000 });
      await opened.repository.close();
      const dir = join(opened.dir, 'audiences/for-a');
      damages[name]!({ ...opened, dir, gitDir: join(dir, 'for-a.git') });
      course.fetched.length = 0;
      const offer = await open().refresh({ freshness: 3_600_000 });
      expect([offeredTexts(offer), offer.source.problems]).toEqual([expected.map(([path]) => path).sort(), []]);
      expect(course.fetched).toEqual([]);
      expect(fsck(join(dir, 'for-a.git'))).toBe('');
      for (const [path, text] of expected) expect(git(join(dir, 'for-a.git'), 'show', `main:${path}`)).toBe(text);
    },
  );

  it('of an audience is healed by the next refresh of who read it', async () => {
    const course = new FakeCourse().set({
      a: 'x'.repeat(10_000),
      b: Buffer.from(Array.from({ length: 9000 }, (_, at) => (at * 7919) % 251)),
    });
    const opened = openCourse(course);
    const offer = await opened.repository.openAudience('for-a', () => 'offered').refresh({ freshness: 0 });
    await opened.repository.close();
    const gitDir = join(opened.dir, 'audiences/for-a/for-a.git');
    each(packFiles({ ...opened, gitDir }, '.pack'), flip);
    const reader = opened.reopen().openAudience('for-a', () => 'offered');
    await Promise.allSettled(offer.files.map(({ oid }) => reader.contents.read(oid)));
    expect(() => fsck(gitDir)).toThrow();
    await reader.refresh({ freshness: 3_600_000 });
    expect(fsck(gitDir)).toBe('');
  });

  it.each(['of the version before', 'empty'])(
    'fetches nothing again for a course.json a power cut made %s',
    async (what) => {
      const course = new FakeCourse().set(texts(1));
      const opened = openCourse(course);
      await opened.refresh();
      const path = join(opened.dir, 'course.json');
      const before = what === 'empty' ? '' : fs.readFileSync(path);
      course.set(texts(2));
      opened.clock.pass(60_000);
      const offer = await opened.refresh();
      await opened.repository.close();
      fs.writeFileSync(path, before);
      course.fetched.length = 0;
      opened.clock.pass(60_000);
      const next = await opened.reopen().refresh({ freshness: 0 });
      expect(course.fetched).toEqual([]);
      expect([next.head, next.files]).toEqual([offer.head, offer.files]);
      expect(fsck(opened.gitDir)).toBe('');
    },
  );

  it('loses no version when only an index is lost', async () => {
    const { opened } = await courseWithHistory();
    const before = git(opened.gitDir, 'rev-list', 'main');
    damages['all indexes gone']!(opened);
    await opened.reopen().refresh({ freshness: 0 });
    expect(git(opened.gitDir, 'rev-list', 'main')).toBe(before);
  });

  it('is noticed by who reads a content, and healed by the next refresh', async () => {
    const course = new FakeCourse().set({
      a: 'x'.repeat(10_000),
      b: Buffer.from(Array.from({ length: 9000 }, (_, at) => (at * 7919) % 251)),
    });
    const opened = openCourse(course);
    const offer = await opened.refresh();
    await opened.repository.close();
    each(packFiles(opened, '.pack'), flip);
    const reader = opened.reopen();
    const reads = await Promise.allSettled(offer.files.map(({ oid }) => reader.contents.read(oid)));
    const failed = reads.filter(({ status }) => status === 'rejected');
    expect(failed).toMatchObject([{ reason: { code: 'object-missing' } }]);
    const again = await opened.reopen().refresh({ freshness: 3_600_000 });
    for (const file of again.files) await opened.reopen().contents.read(file.oid);
    expect(fsck(opened.gitDir)).toBe('');
  });

  it('keeps serving what is whole while the source is down', async () => {
    const { course, opened } = await courseWithHistory();
    damages['all packs cut in half']!(opened);
    course.listError = 'source-unreachable';
    const repository = opened.reopen();
    const offer = await repository.refresh({ freshness: 0 });
    expect(offer.source.state).toBe('unreachable');
    course.listError = undefined;
    opened.clock.pass(60_000);
    await repository.refresh({ freshness: 0 });
    expect(fsck(opened.gitDir)).toBe('');
  });

  it.each([
    ['course.json', 'f2git-course 1', 'f2git-course 2'],
    ['manifest', 'f2git-manifest 1', 'f2git-manifest 2'],
    ['purged.json', '', '{"version":2,"contents":[]}'],
  ])('whose %s is of a newer f2git is left alone', async (name, present, newer) => {
    const { opened } = await courseWithHistory();
    const names = fs.readdirSync(opened.dir, { recursive: true, encoding: 'utf8' });
    const found = names.filter((each) => /^(course\.json|.*\/manifest-[0-9a-f]+)$/.test(each) && each.includes(name));
    for (const file of found.length === 0 ? [name] : found) {
      const path = join(opened.dir, file);
      const text = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
      fs.writeFileSync(path, text.replace(present, newer));
    }
    await expect(opened.reopen().refresh({ freshness: 0 })).rejects.toMatchObject({ code: 'repository-newer' });
  });
});
