/**
 * The built program on a file system that finds a name in any case, and on one that also decomposes names: what people
 * with macOS or Windows have. test/support/foldshim.c makes one of a folder here.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contentsBelow } from '../e2e/places.ts';
import { f2git, writeFiles } from '../e2e/support.ts';

const hasCompiler = existsSync('/usr/bin/gcc');
const folder = mkdtempSync(join(tmpdir(), 'f2git-spelling-'));
const shim = join(folder, 'foldshim.so');
const course = join(folder, 'course');
const home = join(folder, 'home');

const systems = {
  'found in any case (APFS)': {},
  'found in any case, folders that cannot be synced (NTFS)': { FOLD_SYNC: 'none' },
  'found in any case, decomposed (HFS+)': { FOLD_FORM: 'nfd' },
};

describe.skipIf(!hasCompiler).each(Object.entries(systems))(`names that are %s`, (_, variables) => {
  beforeAll(() => {
    const source = join(import.meta.dirname, '../support/foldshim.c');
    execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-shared', '-fPIC', '-o', shim, source, '-ldl']);
  });
  afterAll(() => rmSync(shim));
  beforeEach(() => {
    for (const one of [course, home]) rmSync(one, { recursive: true, force: true });
    mkdirSync(home);
    writeFiles(course, { 'Week1/Lab.txt': '1\n2\n3\n', 'Übung/Lösung.txt': 'eins\nzwei\ndrei\n', 'a.txt': 'a\n' });
  });

  const run = async (...args: readonly string[]) => {
    const env = { LD_PRELOAD: shim, FOLD_ROOT: home, UV_USE_IO_URING: '0', ...variables };
    const { status, stdout, stderr } = await f2git([...args, '--json'], { cwd: home, env });
    expect([status, stderr]).toEqual([0, expect.not.stringMatching(/Error|went wrong/)]);
    return JSON.parse(stdout) as { outcome: string; run: string; files: { path: string; action: string }[] };
  };
  const pull = () => run('pull', course, 'mine');
  const actions = async () => (await pull()).files.map(({ path, action }) => `${action} ${path.normalize('NFC')}`);
  const isSettled = async () => expect((await pull()).outcome).toBe('unchanged');
  /** What lies in the home, as the file system really has it; names composed, to be read. */
  const there = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(contentsBelow(join(home, 'mine'))).map(([path, text]) => [path.normalize('NFC'), text]),
    );
  /** The path in the home as it is really called there. */
  const real = (path: string): string => join(home, 'mine', 'FOLD_FORM' in variables ? path.normalize('NFD') : path);

  it('come once, and then nothing is new', async () => {
    expect(await actions()).toEqual(['added Week1/Lab.txt', 'added a.txt', 'added Übung/Lösung.txt']);
    await isSettled();
    expect(there()).toEqual(contentsBelow(course));
  });

  it('changed by the course and the student are merged, and both are undone and come again', async () => {
    await pull();
    appendFileSync(real('Übung/Lösung.txt'), 'mine\n');
    writeFileSync(join(course, 'Übung/Lösung.txt'), 'EINS\nzwei\ndrei\n');
    writeFileSync(join(course, 'Übung/neu.txt'), 'neu\n');
    const { run: id } = await pull();
    expect(there()).toMatchObject({ 'Übung/Lösung.txt': 'EINS\nzwei\ndrei\nmine\n', 'Übung/neu.txt': 'neu\n' });
    await isSettled();
    await run('undo', 'mine', id);
    expect(there()).toMatchObject({ 'Übung/Lösung.txt': 'eins\nzwei\ndrei\nmine\n' });
    expect(Object.keys(there())).not.toContain('Übung/neu.txt');
  });

  it('which the course spells in another case are the same files, with what the student wrote in them', async () => {
    await pull();
    appendFileSync(real('Week1/Lab.txt'), 'mine\n');
    renameSync(join(course, 'a.txt'), join(course, 'A.txt'));
    renameSync(join(course, 'Week1/Lab.txt'), join(course, 'Week1/LAB.txt'));
    renameSync(join(course, 'Week1'), join(course, 'WEEK1'));
    await pull();
    expect(there()).toEqual({
      'a.txt': 'a\n',
      'Week1/Lab.txt': '1\n2\n3\nmine\n',
      'Übung/Lösung.txt': 'eins\nzwei\ndrei\n',
    });
    await isSettled();
    // and go on changing
    writeFiles(course, { 'WEEK1/LAB.txt': 'one\n2\n3\n', 'WEEK1/new.txt': 'new\n', 'A.txt': 'aa\n' });
    expect((await actions()).sort()).toEqual(['added Week1/new.txt', 'merged Week1/Lab.txt', 'updated a.txt']);
    expect(there()).toMatchObject({ 'a.txt': 'aa\n', 'Week1/Lab.txt': 'one\n2\n3\nmine\n', 'Week1/new.txt': 'new\n' });
    await isSettled();
  });

  it('which the student spelled in another case are found again', async () => {
    await pull();
    renameSync(real('a.txt'), real('A.TXT'));
    writeFileSync(join(course, 'a.txt'), 'better\n');
    await pull();
    expect(Object.values(there())).toEqual(expect.arrayContaining(['better\n']));
    expect(Object.keys(there())).toHaveLength(3);
    await isSettled();
  });

  it('of a file of the student’s own: it stays, and the course’s comes beside it', async () => {
    await pull();
    writeFileSync(real('ReadMe.md'), 'my own\n');
    writeFileSync(join(course, 'README.md'), 'theirs\n');
    await pull();
    expect(readFileSync(real('ReadMe.md'), 'utf8')).toBe('my own\n');
    expect(Object.values(there())).toContain('theirs\n');
    await isSettled();
  });

  it('of one that was there before the course', async () => {
    writeFiles(join(home, 'mine'), { 'A.TXT': 'my own\n' });
    await pull();
    expect(there()).toMatchObject({ 'A.TXT': 'my own\n', 'Week1/Lab.txt': '1\n2\n3\n' });
    expect(Object.values(there())).toContain('a\n');
    await isSettled();
  });

  it('of a file that went while another in other case came', async () => {
    await pull();
    rmSync(join(course, 'a.txt'));
    writeFileSync(join(course, 'A.txt'), 'another\n');
    await pull();
    expect(Object.values(there())).toContain('another\n');
    await isSettled();
    expect(Object.keys(there())).toHaveLength(3);
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
