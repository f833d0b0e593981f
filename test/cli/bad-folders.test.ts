/** Workspaces that cannot be used as they are: refused and left alone, or filled as far as it goes. */
import { spawnSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { f2git, writeFiles } from '../e2e/support.ts';
import { content, startHostile } from '../support/hostile-server.ts';
import { writeZip } from '../support/zip-writer.ts';
import {
  actionsOf,
  expectPlainWords,
  expectRefusal,
  giveAway,
  litterIn,
  noOrdinaryPerson,
  ordinaryPerson,
  runJson,
  scratch,
  studentsTree,
} from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const files = { 'a.txt': 'one\n', 'week1/b.txt': 'b\n', 'week2/c.txt': 'c\n' };
const course = join(folder, 'course');
const workspace = join(folder, 'w');

beforeEach(() => {
  for (const name of ['course', 'w', 'w.link', 'elsewhere'])
    rmSync(join(folder, name), { recursive: true, force: true });
  writeFiles(course, files);
});

describe('a workspace that is none', () => {
  const every = (run: (command: readonly string[]) => Promise<unknown>): Promise<unknown> =>
    [
      ['pull', './course', 'w'],
      ['status', 'w'],
      ['log', 'w'],
      ['undo', 'w'],
      ['take', 'w/a.txt'],
    ].reduce<Promise<unknown>>((before, command) => before.then(() => run(command)), Promise.resolve());

  it.each<[string, () => void, ErrorCode, RegExp]>([
    [
      '.f2git is a file',
      () => writeFiles(workspace, { '.f2git': 'mine\n' }),
      'workspace-state-refused',
      /not a folder/,
    ],
    [
      '.f2git is a link',
      () => {
        writeFiles(join(folder, 'elsewhere'), { 'x.txt': 'x\n' });
        mkdirSync(workspace);
        symlinkSync('../elsewhere', join(workspace, '.f2git'));
      },
      'workspace-state-refused',
      /“\.f2git”/,
    ],
    [
      '.f2git is from a newer version',
      () => writeFiles(workspace, { '.f2git/state.json': '{"version":2,"course":"c"}' }),
      'workspace-state-refused',
      /newer version/,
    ],
  ])('%s: every command leaves it alone', async (_, make, code, says) => {
    make();
    await every((command) => expectRefusal(folder, command, { code, says }));
  });

  it.each<[string, () => void]>([
    ['a file', () => writeFileSync(workspace, 'mine\n')],
    [
      'a link to a folder',
      () => {
        mkdirSync(join(folder, 'elsewhere'));
        symlinkSync('elsewhere', workspace);
      },
    ],
    ['a link to nothing', () => symlinkSync('nowhere', workspace)],
  ])('%s is not the folder of a course', async (_, make) => {
    make();
    await expectRefusal(folder, ['pull', './course', 'w'], { code: 'workspace-not-a-folder' });
    await expectRefusal(folder, ['pull', 'http://127.0.0.1:9/go/x', 'w'], { code: 'workspace-not-a-folder' });
  });

  it('a pull leaves alone where a newer version noted that the course came from', async () => {
    await runJson(folder, ['pull', './course', 'w']);
    writeFiles(workspace, { '.f2git/origin.json': '{"version":2}' });
    writeFiles(join(folder, 'course'), { 'new.txt': 'new\n' });
    const expected = { code: 'workspace-state-refused', says: /newer version/ } as const;
    await expectRefusal(folder, ['pull', './course', 'w'], expected);
  });

  it('nor is anything below a file', async () => {
    writeFileSync(workspace, 'mine\n');
    await expectRefusal(folder, ['pull', './course', 'w/below/it'], { code: 'workspace-not-a-folder' });
  });

  // as below an automounter: the folder is there, and the system says ENOENT of any new name in it
  it.skipIf(!existsSync('/proc/self'))('nor one the system refuses to make: that is said at once', async () => {
    await expectRefusal(folder, ['pull', './course', '/proc/f2git/w'], { code: 'workspace-unwritable' });
  });

  it.each(['moved', 'removed'])('nor one that is %s while the source answers', async (how) => {
    const zip = content(writeZip([{ name: 'top/a.txt', bytes: Buffer.from('one\n') }]));
    const server = await startHostile({
      '/course.zip': (...request) => {
        if (how === 'moved') renameSync(workspace, join(folder, 'elsewhere'));
        else rmSync(workspace, { recursive: true });
        zip(...request);
      },
    });
    const ended = await f2git(['pull', `zip+${server.origin}/course.zip`, 'w', '--json'], { cwd: folder });
    await server.stop();
    expect(ended.status, JSON.stringify(ended)).toBe(4);
    expect(ended.stderr).not.toMatch(/within f2git|\n\s+at /);
    expect(ended.stderr).toContain(workspace);
  });

  it('another course’s folder stays that course’s', async () => {
    await runJson(folder, ['pull', './course', 'w']);
    writeFiles(join(folder, 'other'), { 'z.txt': 'z\n' });
    await expectRefusal(folder, ['pull', './other', 'w'], {
      code: 'workspace-other-course',
      says: /belongs to another course: “course”/,
    });
  });
});

describe('the student’s own files', () => {
  it('stay where they are, and the course’s come beside them', async () => {
    writeFiles(workspace, { 'a.txt': 'my own\n', week1: 'my file, not a folder\n', 'notes.md': 'mine\n' });
    symlinkSync('notes.md', join(workspace, 'week2'));
    const document = await runJson(folder, ['pull', './course', 'w']);
    expect(new Set(Object.values(actionsOf(document)))).toEqual(new Set(['copied']));
    expect(readFileSync(join(workspace, 'a.txt'), 'utf8')).toBe('my own\n');
    expect(readFileSync(join(workspace, 'week1'), 'utf8')).toBe('my file, not a folder\n');
    expect(readFileSync(join(workspace, 'notes.md'), 'utf8')).toBe('mine\n');
    expect(readFileSync(join(workspace, 'a.course.txt'), 'utf8')).toBe('one\n');
    expect((await runJson(folder, ['pull', './course', 'w'])).outcome).toBe('unchanged');
  });

  it('a dry run says that it was one, and names nothing to undo', async () => {
    const { stderr } = await f2git(['pull', './course', 'deep/new', '--dry-run'], { cwd: folder });
    expect(stderr).toContain('nothing was changed. This is what would come:\n3 new.');
    expect(stderr).not.toMatch(/undo|up to date/);
  });

  it('a dry run shows what would come and leaves no trace', async () => {
    const document = await runJson(folder, ['pull', './course', 'deep/new', '--dry-run']);
    expect(actionsOf(document)).toEqual({ 'a.txt': 'added', 'week1/b.txt': 'added', 'week2/c.txt': 'added' });
    expect(existsSync(join(folder, 'deep'))).toBe(false);
  });

  it('a new workspace has the rights every new folder has', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    await runJson(folder, ['pull', './course', 'w']);
    const usual = statSync(join(folder, 'elsewhere')).mode;
    expect(statSync(workspace).mode).toBe(usual);
    expect(statSync(join(workspace, 'week1')).mode).toBe(usual);
    expect(statSync(join(workspace, '.f2git')).mode & 0o077).toBe(0);
  });
});

const why = noOrdinaryPerson;
describe.skipIf(why !== undefined)(`rights${why === undefined ? '' : `: ${why}`}`, () => {
  const cwd = join(folder, 'rights');
  const as = ordinaryPerson;

  beforeEach(() => {
    chmodSync(folder, 0o755);
    if (existsSync(cwd)) spawnSync('chmod', ['-R', 'u+rwx', cwd]);
    rmSync(cwd, { recursive: true, force: true });
    writeFiles(join(cwd, 'course'), files);
    giveAway(cwd);
  });

  it('where no folder may be made, nothing is', async () => {
    chmodSync(cwd, 0o555);
    await expectRefusal(cwd, ['pull', './course', 'w'], {
      code: 'workspace-unwritable',
      says: /no permission/,
      ...(as && { as }),
    });
    chmodSync(cwd, 0o755);
    mkdirSync(join(cwd, 'w'));
    giveAway(cwd);
    chmodSync(join(cwd, 'w'), 0o555);
    await expectRefusal(cwd, ['pull', './course', 'w'], {
      code: 'workspace-unwritable',
      says: /“[^”]*w” cannot be written/,
      ...(as && { as }),
    });
  });

  it('a read-only folder keeps its files and everything else goes on', async () => {
    await runJson(cwd, ['pull', './course', 'w'], { as });
    writeFiles(join(cwd, 'course'), {
      'a.txt': 'two\n',
      'week1/b.txt': 'b2\n',
      'week1/new.txt': 'n\n',
      'week2/c.txt': 'c2\n',
    });
    giveAway(join(cwd, 'course'));
    chmodSync(join(cwd, 'w/week1'), 0o555);
    const document = await runJson(cwd, ['pull', './course', 'w'], { as, status: 4 });
    expect(document.outcome).toBe('partial');
    expect(actionsOf(document)).toEqual({
      'a.txt': 'updated',
      'week1/b.txt': 'skipped',
      'week1/new.txt': 'skipped',
      'week2/c.txt': 'updated',
    });
    for (const { action, message } of document.files) if (action === 'skipped') expectPlainWords(message);
    expect(readFileSync(join(cwd, 'w/week1/b.txt'), 'utf8')).toBe('b\n');
    chmodSync(join(cwd, 'w/week1'), 0o755);
    const next = await runJson(cwd, ['pull', './course', 'w'], { as });
    expect(actionsOf(next)).toEqual({ 'week1/b.txt': 'updated', 'week1/new.txt': 'added' });
    expect(litterIn(join(cwd, 'w'))).toEqual([]);
  });

  it.each([
    ['.f2git', ['status', 'log', 'undo', 'confirm', 'take', 'pull']],
    ['.f2git/state.json', ['status', 'undo', 'take', 'pull']],
    ['.f2git/runs', ['log']],
    ['.f2git/origin.json', ['confirm', 'take', 'pull']],
    ['.', ['status', 'log', 'undo', 'confirm', 'take', 'pull']],
  ])('what of a course’s folder nobody may read is told as that: %s', async (path, commands) => {
    const options = { cwd, ...(as && { as }) };
    const { status } = await f2git(['pull', './course', 'w'], options);
    expect(status).toBe(0);
    chmodSync(join(cwd, 'w', path), 0o000);
    const calls: Readonly<Record<string, readonly string[]>> = {
      take: ['take', 'w/a.txt'],
      pull: ['pull', './course', 'w'],
    };
    for (const command of commands) {
      const args = calls[command] ?? [command, 'w'];
      const { stdout, ...english } = await f2git([...args, '--json'], options);
      expect([english.status, JSON.parse(stdout)], command).toMatchObject([
        4,
        { error: { code: 'workspace-unreadable' } },
      ]);
      expect(english.stderr).toMatch(/The course’s folder “.*\/w” cannot be read: no permission/);
      expectPlainWords(english.stderr.trim());
      const german = await f2git([...args, '--lang', 'de'], options);
      expect(german.stderr).toMatch(/Der Ordner des Kurses „.*\/w“ lässt sich nicht lesen: keine Berechtigung/);
    }
    chmodSync(join(cwd, 'w', path), 0o700);
  });

  it('a file that cannot be read stays as it is, and everything else goes on', async () => {
    await runJson(cwd, ['pull', './course', 'w'], { as });
    writeFileSync(join(cwd, 'w/a.txt'), 'my secret\n');
    chmodSync(join(cwd, 'w/a.txt'), 0o000);
    writeFiles(join(cwd, 'course'), { 'a.txt': 'two\n', 'week2/c.txt': 'c2\n' });
    giveAway(join(cwd, 'course'));
    const document = await runJson(cwd, ['pull', './course', 'w'], { as, status: 4 });
    expect(actionsOf(document)).toEqual({ 'a.txt': 'skipped', 'week2/c.txt': 'updated' });
    expect(document.files.find(({ path }) => path === 'a.txt')?.message).toMatch(/^Your file.* cannot be read/);
    const german = await f2git(['pull', './course', 'w', '--quiet', '--lang', 'de'], { cwd, ...(as && { as }) });
    expect(german.status).toBe(4);
    expect(german.stderr).toMatch(/Nicht alles ging.*Arbeit ist sicher/);
    chmodSync(join(cwd, 'w/a.txt'), 0o644);
    expect(readFileSync(join(cwd, 'w/a.txt'), 'utf8')).toBe('my secret\n');
  });
});

const noDisk = process.getuid?.() === 0 ? mountTrouble() : 'only root may mount a small disk';
describe.skipIf(noDisk !== undefined)(`a full disk${noDisk === undefined ? '' : `: ${noDisk}`}`, () => {
  const disk = join(folder, 'disk');
  beforeAll(() => {
    mkdirSync(disk);
    mount(disk);
  });
  afterAll(() => spawnSync('umount', [disk]));

  it('gets nothing half done; with room again the next pull completes', async () => {
    writeFileSync(join(disk, 'mine.bin'), Buffer.alloc(3_500_000));
    writeFiles(course, { 'large.bin': 'x'.repeat(100) });
    const first = await runJson(folder, ['pull', './course', 'disk/w']);
    expect(first.outcome).toBe('updated');
    const before = studentsTree(join(disk, 'w'));
    writeFileSync(join(course, 'large.bin'), noise(900_000));
    writeFileSync(join(course, 'a.txt'), 'two\n');
    const full = await f2git(['pull', './course', 'disk/w', '--json'], { cwd: folder });
    expect(full.status, full.stderr).toBe(4);
    const { error } = JSON.parse(full.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('disk-full');
    expectPlainWords(error.message);
    expect(studentsTree(join(disk, 'w'))).toEqual(before);
    rmSync(join(disk, 'mine.bin'));
    spawnSync('mount', ['-o', 'remount,size=16m', disk]);
    const next = await runJson(folder, ['pull', './course', 'disk/w']);
    expect(actionsOf(next)).toEqual({ 'a.txt': 'updated', 'large.bin': 'updated' });
    expect(litterIn(join(disk, 'w'))).toEqual([]);
  });

  it('gets no new workspace either', async () => {
    spawnSync('mount', ['-o', 'remount,size=2m', disk]);
    for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
    writeFileSync(join(course, 'large.bin'), noise(3_000_000));
    await expectRefusal(folder, ['pull', './course', 'disk/new'], { code: 'disk-full', says: /not enough space/ });
  });
});

/** Bytes that do not get smaller when they are packed, the same each time. */
function noise(size: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(size));
}

function mountTrouble(): string | undefined {
  const probe = join(folder, 'probe');
  mkdirSync(probe);
  const mounted = mount(probe);
  if (mounted) spawnSync('umount', [probe]);
  return mounted ? undefined : 'this machine lets nobody mount a small disk';
}

function mount(path: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'none', path]).status === 0;
}
