/** Mistakes at the keyboard: every one is one sentence, exit code 2, and nothing is touched. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, f2git, writeFiles } from '../e2e/support.ts';
import { actionsOf, expectPlainWords, expectRefusal, runJson, scratch, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
const workspace = join(folder, 'w');
let firstRun = '';

beforeAll(async () => {
  writeFiles(join(folder, 'course'), { 'a.txt': 'one\n', 'sub/b.txt': 'b\n' });
  firstRun = (await runJson(folder, ['pull', './course', 'w'])).run;
  writeFileSync(join(workspace, 'mine.txt'), 'mine\n');
});
afterAll(place.remove);

describe('a call that f2git does not understand', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['an unknown command', ['pul', './course'], /does not know “pul”\. Possible is: pull/],
    ['no source', ['pull'], /of “pull”: “link\|source” is missing/],
    ['a word too many', ['pull', './course', 'x', 'y'], /“y” is one word too many/],
    ['an unknown flag', ['pull', './course', '--dryrun'], /does not know “--dryrun”\. Possible is: .*--dry-run/],
    ['a value where none belongs', ['pull', './course', '--dry-run=yes'], /“--dry-run=yes”/],
    ['a flag without its value', ['take', 'a.txt', '--from'], /“--from” needs a value/],
    ['an empty value', ['take', 'a.txt', '--as='], /“--as” needs a value/],
    ['an unknown language', ['status', '--lang', 'fr'], /“--lang fr”.*--lang de, --lang en/],
    ['help about nothing there is', ['help', 'frobnicate'], /does not know “frobnicate”/],
    ['no file to take', ['take'], /“file” is missing/],
    ['a port that is none', ['serve', '--port', 'http'], /“--port http”.*--port 8484/],
    ['a port out of range', ['serve', '--port', '70000'], /“--port 70000”/],
    ['a prefix that is none', ['serve', '--prefix', 'a b'], /“--prefix a b”/],
    ['neither a course nor all', ['sync'], /name a course or --all; courses are example/],
    ['a time that is none', ['preview', 'example', '--at', 'yesterday'], /“--at yesterday”.*2026-11-02 08:00/],
    ['a program that is none', ['link', 'example', '--app', 'word'], /“--app word”.*--app lab/],
    ['a hub that is no address', ['link', 'example', '--hub', 'hub'], /“--hub hub”.*https:/],
  ])('%s', async (_, args, says) => {
    await expectRefusal(folder, args, { code: 'usage', says });
  });

  it.each([
    ['en', 'does not understand this call', 'work is safe'],
    ['de', 'versteht f2git nicht', 'Arbeit ist sicher'],
  ])('is told in the language of --lang and of the machine: %s', async (language, said, safe) => {
    const byFlag = await f2git(['frob', `--lang=${language}`], { cwd: folder });
    const locale = { LC_ALL: `${language}_XX.UTF-8` };
    const byLocale = await f2git(['frob'], { cwd: folder, env: locale });
    for (const { status, stdout, stderr } of [byFlag, byLocale]) {
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(said);
      expect(stderr).toContain(safe);
    }
  });
});

describe('a workspace or file that is not there', () => {
  it.each<[string, readonly string[]]>([
    ['status', ['status']],
    ['log of a folder that is none', ['log', 'nowhere']],
    ['undo in the course itself', ['undo', 'course']],
    ['take without a workspace around', ['take', 'course/a.txt']],
    ['status of a file', ['status', 'course/a.txt']],
    ['status below a file', ['status', 'course/a.txt/x']],
    ['status of a name no folder can have', ['status', 'x'.repeat(5000)]],
  ])('%s', async (_, args) => {
    const { stderr } = await expectRefusal(folder, args, { code: 'workspace-missing', says: /no course here/ });
    expect(stderr.length).toBeLessThan(1000);
  });

  it.each<[string, readonly string[]]>([
    ['a file the course does not have', ['take', 'nope.txt']],
    ['a file outside', ['take', '../course/a.txt']],
    ['a file of the machine', ['take', '/etc/hostname']],
    ['our own state', ['take', '.f2git/state.json']],
    ['the student’s own file', ['take', 'mine.txt']],
    ['a folder', ['take', 'sub']],
    ['a file the run did not replace', ['take', 'a.txt', '--from', 'RUN']],
  ])('take: %s', async (_, args) => {
    const named = args.map((word) => (word === 'RUN' ? firstRun : word));
    await expectRefusal(workspace, named, { code: 'file-unknown' });
  });

  it.each([
    ['../b.txt', /leads out of the course’s folder/],
    ['/tmp/b.txt', /leads out of the course’s folder/],
    ['.f2git/x', /this name is reserved/],
    ['.', /this name is reserved/],
  ])('take puts nothing at %s', async (target, says) => {
    await expectRefusal(workspace, ['take', 'a.txt', '--as', target], { code: 'target-refused', says });
  });

  it('take does not put a version where something is', async () => {
    await expectRefusal(workspace, ['take', 'a.txt', '--as', 'mine.txt'], { code: 'file-present', says: /mine\.txt/ });
    await expectRefusal(workspace, ['take', 'a.txt', '--as', 'sub'], { code: 'file-present' });
  });

  it.each<[string, readonly string[]]>([
    ['undo of a word', ['undo', '.', 'yesterday']],
    ['undo of a run that never was', ['undo', '.', '20200101T000000Z-00000000']],
    ['take from a run that never was', ['take', 'a.txt', '--from', '20200101T000000Z-00000000']],
    ['take from a word', ['take', 'a.txt', '--from', 'lastweek']],
  ])('%s', async (_, args) => {
    await expectRefusal(workspace, args, { code: 'run-unknown', says: /There is no run/ });
  });

  it('a folder that was removed while somebody is in it', async () => {
    const script = `cd '${folder}' && mkdir gone && cd gone && rmdir ../gone && exec '${process.execPath}' '${cliPath}' status --json`;
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, status] = await Promise.all([text(child.stdout), new Promise((done) => child.once('close', done))]);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'workspace-missing' } });
  });
});

describe('what is written where', () => {
  it('documents go to stdout, words to stderr, and --quiet leaves only the exit code of what went well', async () => {
    const said = await f2git(['pull', './course', 'w'], { cwd: folder });
    expect(said).toMatchObject({ status: 0, stdout: '' });
    expect(said.stderr).toBe('course: nothing is new.\n');
    const quiet = await f2git(['pull', './course', 'w', '--quiet'], { cwd: folder });
    expect(quiet).toEqual({ status: 0, stdout: '', stderr: '' });
    const wrong = await f2git(['pull', './nowhere', 'x', '--quiet'], { cwd: folder });
    expect(wrong).toMatchObject({ status: 3, stdout: '' });
    expectPlainWords(wrong.stderr.trim());
  });

  it('shows no progress and no terminal codes in a pipe', async () => {
    const { stderr } = await f2git(['pull', './course', 'piped'], { cwd: folder });
    expect(stderr).not.toMatch(/[\u001b\r]/);
  });

  it('ends without a word when nobody reads on', async () => {
    const script = `'${process.execPath}' '${cliPath}' log '${workspace}' | true; echo "$\{PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  it('takes --json behind -- for a file’s name', async () => {
    const ended = await f2git(['take', '--', '--json'], { cwd: workspace });
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toContain('“--json”');
  });
});

describe('undo and take', () => {
  it('undo twice says so, changes nothing, and is no mistake', async () => {
    const home = join(folder, 'undone');
    const { run } = await runJson(folder, ['pull', './course', 'undone']);
    const undone = await runJson(home, ['undo']);
    expect(actionsOf(undone)).toEqual({ 'a.txt': 'removed', 'sub/b.txt': 'removed' });
    expect(undone.stderr).not.toMatch(/The course removed/);
    const before = treeOf(home);
    const again = await runJson(home, ['undo', '.', run]);
    expect(again).toMatchObject({ outcome: 'unchanged', files: [] });
    expect(again.stderr).toMatch(/is taken back already/);
    expect(treeOf(home)).toEqual(before);
    const german = await f2git(['undo', '--lang', 'de'], { cwd: home });
    expect(german.stderr).toMatch(/ist schon zurückgenommen/);
    const redone = await runJson(home, ['undo', '.', undone.run]);
    expect(actionsOf(redone)).toEqual({ 'a.txt': 'restored', 'sub/b.txt': 'restored' });
  });

  it('take finds the course also from elsewhere, and nothing to do is no mistake', async () => {
    writeFileSync(join(workspace, 'a.txt'), 'my own\n');
    const taken = await runJson(join(workspace, 'sub'), ['take', '../a.txt']);
    expect(actionsOf(taken)).toEqual({ 'a.txt': 'updated' });
    const again = await runJson(folder, ['take', 'w/a.txt']);
    expect(again).toMatchObject({ outcome: 'unchanged', files: [] });
  });
});

describe('a source and a workspace in one another', () => {
  beforeAll(() => {
    writeFiles(join(folder, 'lecturer/course'), { 'a.txt': 'one\n' });
    symlinkSync('course', join(folder, 'lecturer/alias'));
  });

  it.each<[string, readonly string[]]>([
    ['the course’s own folder', ['pull', './course']],
    ['a folder in the course', ['pull', './course', 'course/mine']],
    ['a folder around the course', ['pull', './course', '.']],
    ['the same folder through a link', ['pull', './alias', 'course']],
  ])('%s', async (_, args) => {
    await expectRefusal(join(folder, 'lecturer'), args, { code: 'workspace-is-source', says: /lie in one another/ });
  });
});
