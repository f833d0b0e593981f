/** What was purged is gone from every repository of a course: everybody's, each audience's, each student's. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Offer } from '../../src/core/offer.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { CourseFolder, studentDir } from '../../src/repo/course-folder.ts';
import type { AudienceRepository } from '../../src/repo/offering.ts';
import { openContents } from '../../src/repo/open-contents.ts';
import { writePurged } from '../../src/repo/purge.ts';
import { FakeCourse, fsck, git, offeredTexts, openCourse, temporaryFolder, type Opened } from './support/course.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const offered = () => 'offered' as const;

/** Everything that can be had of a repository, by whatever trick. */
function allObjects(gitDir: string): string {
  const names = git(gitDir, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)').trim().split('\n');
  return names.map((name) => git(gitDir, 'cat-file', '-p', name)).join('\n');
}

function oidOf(offer: Offer, path: string): Offer['files'][number]['oid'] {
  return offer.files.find((file) => file.path === path)!.oid;
}

describe('a course that each student reads with an own sign-in', () => {
  function courseOfStudents(course: FakeCourse) {
    const dir = join(temporaryFolder(), 'python');
    const student = (name: string, seen = course): Opened =>
      openCourse(seen, { dir: studentDir(dir, name), purgedIn: dir });
    return { dir, student, whole: openCourse(course, { dir }) };
  }

  it('is purged in the repositories of all students, and nobody gets it later', async () => {
    const course = new FakeCourse().set({ 'open.txt': 'o', 'exam.txt': 'SECRET' });
    const { dir, student, whole } = courseOfStudents(course);
    const anna = student('anna');
    const ben = student('ben', new FakeCourse().set({ 'open.txt': 'o' }));
    const before = await anna.refresh();
    await ben.refresh();
    const agent = openContents({ folder: anna.dir, audience: 'all', purgedIn: dir }, before.identity);
    // by a program of its own, as the command line is
    expect(await whole.reopen().purge(relPathOf('exam.txt'))).toEqual({ contents: 1, elsewhere: [] });
    expect(existsSync(whole.gitDir)).toBe(false);
    expect(anna.repository.blob(oidOf(before, 'exam.txt'))).toBeUndefined();
    expect(agent.blob(oidOf(before, 'exam.txt'))).toBeUndefined();
    agent.close();
    expect(offeredTexts((await anna.repository.offer())!)).toEqual(['open.txt']);
    for (const { gitDir } of [anna, ben])
      expect([fsck(gitDir), allObjects(gitDir)]).toEqual(['', expect.not.stringContaining('SECRET')]);
    expect(offeredTexts(await anna.refresh())).toEqual(['open.txt']);
    const late = student('late');
    expect(offeredTexts(await late.refresh())).toEqual(['open.txt']);
    for (const { gitDir } of [anna, late]) expect(allObjects(gitDir)).not.toContain('SECRET');
  });

  it('is purged whatever copies a student put elsewhere, but for empty files', async () => {
    const { student, whole } = courseOfStudents(new FakeCourse().set({ 'exam/text': 'SECRET', 'exam/empty': '' }));
    const anna = student('anna');
    const ben = student('ben', new FakeCourse().set({ 'copy.txt': 'SECRET', empty: '' }));
    await anna.refresh();
    await ben.refresh();
    const purged = await whole.repository.purge(relPathOf('exam'));
    expect(purged).toEqual({ contents: 1, elsewhere: ['empty'] });
    expect(offeredTexts(await anna.refresh())).toEqual(['exam/empty']);
    expect(offeredTexts(await ben.refresh())).toEqual(['empty']);
    for (const { gitDir } of [anna, ben]) expect(allObjects(gitDir)).not.toContain('SECRET');
  });
});

describe('what somebody reads one after the other', () => {
  it('ends a moment after it was purged, and where nobody can tell what was', async () => {
    const opened = openCourse(new FakeCourse().set({ 'exam.txt': 'SECRET', 'open.txt': 'o' }));
    const before = await opened.refresh();
    const [exam, open] = [oidOf(before, 'exam.txt'), oidOf(before, 'open.txt')];
    const agent = openContents({ folder: opened.dir, audience: 'all' }, before.identity);
    const { contents } = agent;
    expect(Buffer.from(await contents.read(exam)).toString()).toBe('SECRET');
    const list = join(opened.dir, 'purged.json');
    writePurged(list, [exam]);
    // asked without a pause
    await vi.waitFor(() => expect(contents.read(exam)).rejects.toMatchObject({ code: 'object-missing' }), {
      interval: 1,
    });
    expect(Buffer.from(await contents.read(open)).toString()).toBe('o');
    writeFileSync(list, 'damaged');
    await vi.waitFor(() => expect(contents.read(open)).rejects.toMatchObject({ code: 'repository-unwritable' }));
    await expect(contents.read(open)).rejects.toMatchObject({ code: 'repository-unwritable' });
    agent.close();
  });
});

describe('what a course has elsewhere, too', () => {
  it('stays, and staff are told where it is', async () => {
    const opened = openCourse(new FakeCourse().set({ 'exam/a': 'same', 'exam/b': 'SECRET', 'other.txt': 'same' }));
    await opened.refresh();
    await expect(opened.repository.purge(relPathOf('exam/a'))).rejects.toMatchObject({
      code: 'file-elsewhere',
      params: { path: 'exam/a', places: 'other.txt' },
    });
    const purged = await opened.repository.purge(relPathOf('exam'));
    expect(purged).toEqual({ contents: 1, elsewhere: ['other.txt'] });
    expect(offeredTexts(await opened.refresh())).toEqual(['exam/a', 'other.txt']);
  });

  it('is where it was moved to, and goes there with all its former places', async () => {
    const course = new FakeCourse().set({ 'first.txt': 'SECRET', 'open.txt': 'o' });
    const opened = openCourse(course);
    await opened.refresh();
    course.set({ 'second.txt': 'SECRET', 'open.txt': 'o' });
    await opened.refresh();
    await expect(opened.repository.purge(relPathOf('first.txt'))).rejects.toMatchObject({
      params: { places: 'second.txt' },
    });
    expect(await opened.repository.purge(relPathOf('second.txt'))).toEqual({ contents: 1, elsewhere: [] });
    expect(offeredTexts(await opened.refresh())).toEqual(['open.txt']);
    expect(allObjects(opened.gitDir)).not.toContain('SECRET');
  });
});

describe('an audience', () => {
  const name = 'for-a';
  const dirOf = ({ dir }: Opened): string => join(dir, 'audiences', name);
  const gitDirOf = (opened: Opened): string => join(dirOf(opened), `${name}.git`);

  async function refreshed(opened: Opened, audience: AudienceRepository): Promise<Offer> {
    opened.clock.pass(1000);
    return audience.refresh({ freshness: 0 });
  }

  it('loses with its next refresh what a purge that was killed left in its history', async () => {
    const course = new FakeCourse().set({ 'open.txt': 'o', 'exam.txt': 'SECRET' });
    const release = (path: string) => (path === 'exam.txt' ? 'withheld' : 'offered');
    const opened = openCourse(course, { release, widestRelease: offered });
    const a = opened.repository.openAudience(name, offered);
    const before = await refreshed(opened, a);
    course.set({ 'open.txt': 'o', 'keep.txt': 'k' });
    await refreshed(opened, a);
    writePurged(join(opened.dir, 'purged.json'), [oidOf(before, 'exam.txt')]);
    expect(a.served()).toBeUndefined();
    await refreshed(opened, a);
    expect(allObjects(gitDirOf(opened))).not.toContain('SECRET');
    expect(a.served()?.manifest.files.map(({ path }) => path)).toEqual(['keep.txt', 'open.txt']);
  });

  it('that begins while something is purged has nothing of it', async () => {
    const course = new FakeCourse().set({ 'open.txt': 'o', 'exam.txt': 'SECRET' });
    const opened = openCourse(course);
    await refreshed(opened, opened.repository.openAudience(name, offered));
    const elsewhere = join(opened.dir, '..', 'not-yet');
    renameSync(dirOf(opened), elsewhere);
    const history = vi.spyOn(CourseFolder.prototype, 'history');
    history.mockImplementationOnce(() => {
      history.mockRestore();
      mkdirSync(dirname(dirOf(opened)), { recursive: true });
      renameSync(elsewhere, dirOf(opened));
      return new CourseFolder({ dir: opened.dir, audience: 'all', identity: 'memory:course' }).history();
    });
    expect(await opened.reopen().purge(relPathOf('exam.txt'))).toEqual({ contents: 1, elsewhere: [] });
    expect(allObjects(gitDirOf(opened))).not.toContain('SECRET');
  });
});
