/** Homes whose owner is careless, unlucky or hostile: nothing is followed, nothing hangs, everything else is delivered. */
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { course } from '../support/course.ts';
import type { Home } from '../../src/sync/home.ts';
import { actionsOf, Story } from '../support/dsl.ts';
import { injecting } from '../support/faulty-home.ts';

const TERABYTE = 1024 ** 4;

describe.each(['anchored', 'checked'] as const)('%s', (reach) => {
  let story: Story;
  let outside: string;

  beforeEach(() => {
    story = new Story(course({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n', 'sub/c.txt': 'c\n' }));
    story.reach = reach;
    outside = path.join(path.dirname(story.workspace), 'victim');
    fs.mkdirSync(outside);
    fs.writeFileSync(path.join(outside, 'b.txt'), 'not yours\n');
  });
  afterEach(() => story.dispose());

  function expectOutsideUntouched(): void {
    expect(fs.readdirSync(outside)).toEqual(['b.txt']);
    expect(fs.readFileSync(path.join(outside, 'b.txt'), 'utf8')).toBe('not yours\n');
  }

  describe('a workspace', () => {
    it('that is a link is refused', async () => {
      fs.symlinkSync(outside, story.workspace);
      await expect(story.sync()).rejects.toMatchObject({ code: 'workspace-not-a-folder' });
      expectOutsideUntouched();
    });

    it('that is a file is refused and left alone', async () => {
      fs.writeFileSync(story.workspace, 'mine');
      await expect(story.sync()).rejects.toMatchObject({ code: 'workspace-not-a-folder' });
      expect(fs.readFileSync(story.workspace, 'utf8')).toBe('mine');
    });

    it('in a home that is not there is not made', async () => {
      const lost = path.join(outside, 'no', 'home');
      await expect(story.sync({ workspace: lost })).rejects.toMatchObject({ code: 'workspace-missing' });
    });

    it.each(['link', 'file'])('whose .f2git is a %s is refused and left alone', async (kind) => {
      story.home({ 'own.txt': 'mine\n' });
      if (kind === 'link') fs.symlinkSync(outside, story.path('.f2git'));
      else fs.writeFileSync(story.path('.f2git'), 'mine');
      const before = story.fingerprint();
      await expect(story.sync()).rejects.toMatchObject({ code: 'workspace-state-refused' });
      expect(story.fingerprint()).toBe(before);
      expectOutsideUntouched();
    });

    it('written by a newer f2git is refused and left alone', async () => {
      await story.sync();
      story.home({ '.f2git/state.json': '{"version":2,"anything":true}' });
      const before = story.fingerprint();
      await expect(story.sync()).rejects.toMatchObject({ code: 'workspace-state-refused' });
      expect(story.fingerprint()).toBe(before);
    });

    it('of another course is refused', async () => {
      await story.sync();
      const other = course({ 'x.txt': 'x\n' }, { name: 'other' });
      const request = { offer: other.offer(), contents: other.contents() };
      await expect(story.sync(request)).rejects.toMatchObject({ code: 'workspace-other-course' });
      expect(Object.keys(story.tree())).not.toContain('x.txt');
    });

    it.each(['', '{', '[]', '{"version":1}', '{"version":1,"base":[["../x","../x",0,"00",0]]}', '\0\xff'])(
      'whose state is damaged (%j) is rebuilt by content',
      async (damage) => {
        await story.sync();
        story.home({ 'a.txt': 'mine\n', '.f2git/state.json': damage });
        await story.sync();
        story.expectHome({ 'a.txt': 'mine\n', 'a.course.txt': 'a\n', 'sub/b.txt': 'b\n', 'sub/c.txt': 'c\n' });
      },
    );
  });

  describe('a path of the course', () => {
    it('with a link in its place is left to the student; the course’s version comes beside', async () => {
      story.home({ 'sub/': '' });
      fs.symlinkSync(path.join(outside, 'b.txt'), story.path('sub/b.txt'));
      await story.sync();
      expect(story.tree()['sub/b.txt']).toMatch(/^->/);
      expect(story.tree()['sub/b.course.txt']).toBe('b\n');
      expectOutsideUntouched();
    });

    it('with a broken link in its place likewise', async () => {
      story.home({ 'sub/': '' });
      fs.symlinkSync('nowhere', story.path('sub/b.txt'));
      await story.sync();
      expect(story.tree()).toMatchObject({ 'sub/b.txt': '-> nowhere', 'sub/b.course.txt': 'b\n' });
    });

    it('below a linked folder is never written through the link', async () => {
      story.home({ 'own.txt': 'mine\n' });
      fs.symlinkSync(outside, story.path('sub'));
      await story.sync();
      expect(story.tree()['sub']).toMatch(/^->/);
      expect(story.tree()['sub.course/b.txt']).toBe('b\n');
      expectOutsideUntouched();
    });

    it('with a pipe or a socket in its place hangs nothing', async () => {
      story.home({ 'sub/': '' });
      execFileSync('mkfifo', [story.path('a.txt')]);
      const server = createServer().listen(story.path('sub/b.txt'));
      try {
        await new Promise((resolve) => server.once('listening', resolve));
        await story.sync();
        const tree = story.tree();
        expect(tree).toMatchObject({ 'a.txt': '<other>', 'a.course.txt': 'a\n', 'sub/b.course.txt': 'b\n' });
      } finally {
        server.close();
      }
    });

    it('A24: whose file is larger than any course’s is left to the student unread, and all others are delivered', async () => {
      await story.sync();
      fs.truncateSync(story.path('a.txt'), TERABYTE);
      fs.writeFileSync(story.path('own.bin'), '');
      fs.truncateSync(story.path('own.bin'), TERABYTE);
      for (const text of ['two\n', 'three\n']) {
        story.course.put({ 'a.txt': text, 'own.bin': text, 'sub/b.txt': text });
        await story.sync();
        const arrived = ['a.course.txt', 'own.course.bin', 'sub/b.txt'].map((name) =>
          fs.readFileSync(story.path(name), 'utf8'),
        );
        expect(arrived).toEqual([text, text, text]);
        expect(['a.txt', 'own.bin'].map((name) => fs.statSync(story.path(name)).size)).toEqual([TERABYTE, TERABYTE]);
      }
    });

    it('stays as it is beside names that are not UTF-8', async () => {
      story.home({ 'sub/': '' });
      fs.writeFileSync(Buffer.concat([Buffer.from(`${story.path('sub')}/`), Buffer.from([0xff, 0xfe])]), 'mine');
      await story.sync();
      expect(fs.readFileSync(story.path('sub/b.txt'), 'utf8')).toBe('b\n');
      expect(fs.readdirSync(story.path('sub'), 'buffer')).toHaveLength(3);
    });

    it('that is read-only is updated all the same', async () => {
      await story.sync();
      fs.chmodSync(story.path('a.txt'), 0o444);
      story.course.put({ 'a.txt': 'a2\n' });
      await story.sync();
      expect(story.tree()['a.txt']).toBe('a2\n');
      expect(fs.statSync(story.path('a.txt')).mode & 0o7222).toBe(0o200);
    });

    it('whose folder may not be written is named, and the others are delivered', async () => {
      await story.sync();
      story.course.put({ 'a.txt': 'a2\n', 'sub/b.txt': 'b2\n' });
      const refuse = (operation: string, to: string): void => {
        if (operation === 'rename' && to.startsWith('sub/'))
          throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      };
      const report = await story.sync({
        home: injecting(
          undefined,
          (home) => {
            const rename = (from: string, to: string): void => {
              refuse('rename', to);
              home.rename(from, to);
            };
            return new Proxy(home, {
              get: (target, name) => (name === 'rename' ? rename : (Reflect.get(target, name) as unknown)),
            });
          },
          reach,
        ).home,
      });
      expect(report.outcome).toBe('partial');
      expect(actionsOf(report)).toEqual({ 'a.txt': 'updated', 'sub/b.txt': 'skipped' });
      expect(report.notices.find(({ path: file }) => file === 'sub/b.txt')?.code).toBe('workspace-unwritable');
      expect(story.tree()).toMatchObject({ 'a.txt': 'a2\n', 'sub/b.txt': 'b\n' });
    });
  });

  // By names alone nobody can be kept from swapping a folder between the look and the write.
  if (reach === 'anchored')
    describe('a folder that is swapped for a link all the time', () => {
      it('never lets a write get outside', async () => {
        await story.sync();
        fs.symlinkSync(outside, story.path('lnk'));
        const swapper = spawn(process.execPath, ['-e', SWAP, story.workspace], { stdio: 'ignore' });
        try {
          for (let version = 0; version < 40; version++) {
            story.course.put({ 'sub/b.txt': `b${version}\n`, 'sub/c.txt': `c${version}\n` });
            await story.sync().catch((error: unknown) => expect(error).toMatchObject({ name: 'F2gitError' }));
          }
        } finally {
          swapper.kill('SIGKILL');
        }
        expectOutsideUntouched();
      });
    });

  describe('contents that cannot be had', () => {
    it('skip their file only', async () => {
      story.course.missing.add(story.course.oidOf('a.txt'));
      const report = await story.sync();
      expect(report.outcome).toBe('partial');
      expect(report.notices.find(({ path: file }) => file === 'a.txt')).toMatchObject({ code: 'object-missing' });
      story.expectHome({ 'sub/b.txt': 'b\n', 'sub/c.txt': 'c\n' });
      story.course.missing.clear();
      await story.sync();
      story.expectHome({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n', 'sub/c.txt': 'c\n' });
    });
  });

  describe('a file system without second names for files', () => {
    it('delivers, updates and merges all the same', async () => {
      const noLinks = injecting(
        undefined,
        (home) => {
          const link = (): never => {
            throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
          };
          return new Proxy(home, {
            get: (target, name) => (name === 'link' ? link : (Reflect.get(target, name) as unknown)),
          });
        },
        reach,
      ).home;
      await story.sync({ home: noLinks });
      story.expectHome({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n', 'sub/c.txt': 'c\n' });
      story.course.put({ 'a.txt': 'a2\n' }).remove('sub/b.txt');
      await story.sync({ home: noLinks });
      story.expectHome({ 'a.txt': 'a2\n', 'sub/c.txt': 'c\n' });
      expect(story.backups().sort()).toEqual(['a\n', 'b\n']);
    });
  });

  describe('space', () => {
    it('that is too small is seen before anything is written', async () => {
      await story.sync();
      story.home({ 'a.txt': 'mine\n' });
      story.course.put({ 'sub/b.txt': 'b2\n', 'big.bin': 'x'.repeat(3_000_000) });
      const before = story.fingerprint();
      const full = injecting(undefined, (home) => withOperation(home, 'freeBytes', () => 2_000_000), reach).home;
      await expect(story.sync({ home: full })).rejects.toMatchObject({ code: 'disk-full', params: { missing: 3 } });
      expect(withoutLease(story.fingerprint())).toBe(withoutLease(before));
      await story.sync();
      expect(story.tree()).toMatchObject({ 'a.txt': 'mine\n', 'sub/b.txt': 'b2\n' });
    });
  });

  describe('a state', () => {
    it('A25: cut off at any byte, or with any byte changed, is rebuilt by content or refused, and nothing is lost', async () => {
      await story.sync();
      story.home({ 'a.txt': 'mine\n' });
      const whole = fs.readFileSync(story.path('.f2git/state.json'));
      for (let at = 0; at < whole.length; at += 7) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        for (const damaged of [whole.subarray(0, at), flipped]) {
          fs.writeFileSync(story.path('.f2git/state.json'), damaged);
          await story.sync().catch((error: unknown) => {
            expect(error).toMatchObject({
              code: expect.stringMatching(/^workspace-(state-refused|other-course)$/) as string,
            });
          });
          expect(story.tree(), `byte ${at}`).toMatchObject({
            'a.txt': 'mine\n',
            'sub/b.txt': 'b\n',
            'sub/c.txt': 'c\n',
          });
        }
      }
    });

    it.each(['state.json', 'scan.json', 'runs', 'backups', 'stage', 'lease'])(
      'A25: with a link for %s is never followed',
      async (name) => {
        await story.sync();
        fs.rmSync(story.path(`.f2git/${name}`), { recursive: true, force: true });
        fs.symlinkSync(name.endsWith('.json') ? path.join(outside, 'b.txt') : outside, story.path(`.f2git/${name}`));
        story.course.put({ 'a.txt': 'a2\n' }).remove('sub/c.txt');
        await story
          .sync({ patience: 0 })
          .catch((error: unknown) => expect(error).toMatchObject({ name: 'F2gitError' }));
        expectOutsideUntouched();
        expect(['a\n', 'a2\n']).toContain(story.tree()['a.txt']);
      },
    );

    it('A26: is rebuilt when .f2git is deleted, and no file changes', async () => {
      await story.sync();
      story.home({ 'sub/b.txt': 'mine\n', '.f2git': null });
      await story.sync();
      story.expectHome({ 'a.txt': 'a\n', 'sub/b.txt': 'mine\n', 'sub/b.course.txt': 'b\n', 'sub/c.txt': 'c\n' });
      expect((await story.sync()).outcome).toBe('unchanged');
    });
  });

  describe('a path', () => {
    // A name of more than 4,096 bytes cannot be given to the system at once.
    if (reach === 'anchored')
      it('longer than the system takes at once is delivered, updated and removed', async () => {
        const deep = `${Array.from({ length: 30 }, (_, index) => `${'d'.repeat(133)}${index}`).join('/')}/x.txt`;
        story.course.put({ [deep]: 'one\n' });
        await story.sync();
        story.course.put({ [deep]: 'two\n' });
        expect(actionsOf(await story.sync())).toEqual({ [deep]: 'updated' });
        story.course.remove(deep);
        expect(actionsOf(await story.sync())).toEqual({ [deep]: 'removed' });
        story.expectHome({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n', 'sub/c.txt': 'c\n' });
        // Node takes such a path for too long.
        execFileSync('rm', ['-rf', story.path('.f2git')]);
      });

    it('that differs from a student’s file by case or Unicode form only comes beside it', async () => {
      story.home({ ['Übung.txt'.normalize('NFD')]: 'mine\n', 'A.TXT': 'mine too\n' });
      story.course.put({ ['Übung.txt'.normalize('NFC')]: 'the course’s\n' });
      await story.sync();
      expect(story.tree()).toMatchObject({
        ['Übung.txt'.normalize('NFD')]: 'mine\n',
        ['Übung.course.txt'.normalize('NFC')]: 'the course’s\n',
        'A.TXT': 'mine too\n',
        'a.course.txt': 'a\n',
      });
    });

    it('with a device in its place hangs nothing', async () => {
      story.home({ 'sub/': '' });
      execFileSync('mknod', [story.path('a.txt'), 'c', '1', '5']);
      await story.sync();
      expect(story.tree()).toMatchObject({ 'a.txt': '<other>', 'a.course.txt': 'a\n', 'sub/b.txt': 'b\n' });
    });
  });
});

/** A home in which one operation is another. */
function withOperation<Name extends keyof Home>(home: Home, name: Name, operation: Home[Name]): Home {
  return new Proxy(home, {
    get: (target, key) => (key === name ? operation : (Reflect.get(target, key) as unknown)),
  });
}

/** The lease that was taken and let go changes the times of `.f2git` itself. */
function withoutLease(fingerprint: string): string {
  return fingerprint
    .split('\n')
    .filter((line) => !/\/\.f2git \d/.test(line))
    .join('\n');
}

/** Three renames in place of one exchange, which Node cannot ask for. */
const SWAP = `
const fs = require('node:fs'); const w = process.argv[1];
for (;;) try {
  fs.renameSync(w + '/sub', w + '/aside'); fs.renameSync(w + '/lnk', w + '/sub');
  fs.renameSync(w + '/sub', w + '/lnk'); fs.renameSync(w + '/aside', w + '/sub');
} catch {}
`;
