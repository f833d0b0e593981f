/** Mistakes at the keyboard: every one is one sentence, exit code 2, and nothing is touched. */
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, f2git, writeFiles, type Ended } from '../e2e/support.ts';
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
    ['a value given twice', ['take', 'a.txt', '--from', 'course', '--from', 'x'], /"--from" may stand there only once/],
    ['no file to open', ['pull', './course', '--open='], /“--open” needs a value/],
    ['a flag before the command', ['--quiet', 'pull', './course'], /command comes first, "--quiet" after it/],
    ['an unknown language', ['status', '--lang', 'fr'], /“--lang fr”.*--lang de, --lang en/],
    ['help about nothing there is', ['help', 'frobnicate'], /does not know “frobnicate”/],
    ['no file to take', ['take'], /“file” is missing/],
    ['a port that is none', ['serve', '--port', 'http'], /“--port http”.*--port 0 … 65535/],
    ['a port out of range', ['serve', '--port', '70000'], /“--port 70000”/],
    ['a prefix that is none', ['serve', '--prefix', 'a b'], /“--prefix a b”/],
    ['a course and all', ['sync', 'example', '--all'], /either a course or --all/],
    ['a course and a link', ['link', 'example', '--from', 'x'], /“example” is one word too many/],
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

it('names the command that shows what there is', async () => {
  const said = async (...args: readonly string[]) => (await f2git(args, { cwd: folder })).stderr;
  expect(await said('pul')).toContain('see “f2git --help” for how the command is written');
  expect(await said('undo', 'w', '20260101T000000Z-00000000')).toContain('“f2git log” shows the earlier ones');
  expect(await said('purge', 'example', 'nix')).toContain('“f2git preview example” shows all files');
});

describe('a file to open', () => {
  it('that the course does not have is refused before anything is delivered', async () => {
    await expectRefusal(folder, ['pull', './course', 'new', '--open=zz.md'], { code: 'file-unknown', says: /zz\.md/ });
    expect((await f2git(['pull', './course', 'w', '--open=zz.md'], { cwd: folder })).status).toBe(2);
  });

  it('may be a folder of the course or a file of one’s own; without one it is said where the course is', async () => {
    // a folder that holds no program to open anything with
    const options = { cwd: folder, env: { PATH: join(folder, 'course') } };
    for (const open of ['sub', 'mine.txt'])
      expect((await f2git(['pull', './course', 'w', `--open=${open}`], options)).status).toBe(0);
    const { stderr } = await f2git(['pull', './course', 'w', '--open'], options);
    expect(stderr).toContain(`The course is in ${workspace}`);
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
    ['the course’s own folder', ['take', '.']],
    ['a file the run did not replace', ['take', 'a.txt', '--from', 'RUN']],
  ])('take: %s', async (_, args) => {
    const named = args.map((word) => (word === 'RUN' ? firstRun : word));
    await expectRefusal(workspace, named, { code: 'file-unknown' });
  });

  it('take of a course’s folder, from outside, asks for a file', async () => {
    await expectRefusal(folder, ['take', 'w'], { code: 'file-unknown', says: /no file “w”/ });
  });

  it.each([
    ['../b.txt', /leads out of the course’s folder/],
    ['/tmp/b.txt', /leads out of the course’s folder/],
    ['.f2git/x', /this name is reserved/],
    ['.', /this name is reserved/],
  ])('take puts nothing at %s', async (target, says) => {
    await expectRefusal(workspace, ['take', 'a.txt', '--as', target], { code: 'target-refused', says });
  });

  it('take reads --as as it reads the file, also from outside', async () => {
    for (const [cwd, file, target, placed] of [
      [folder, 'w/a.txt', 'w/as one.txt', 'as one.txt'],
      [folder, 'w/a.txt', 'as two.txt', 'as two.txt'],
      [join(workspace, 'sub'), 'a.txt', 'as three.txt', 'sub/as three.txt'],
    ] as const) {
      expect((await runJson(cwd, ['take', file, '--as', target])).files).toMatchObject([{ path: placed }]);
      rmSync(join(workspace, placed));
    }
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
});

describe('a folder that was removed while somebody is in it', () => {
  async function inRemovedFolder(...args: readonly string[]): Promise<Ended> {
    const script = `cd '${folder}' && mkdir gone && cd gone && rmdir ../gone && exec "$@"`;
    const child = spawn('sh', ['-c', script, 'sh', process.execPath, cliPath, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((done) => child.once('close', done)),
    ]);
    return { status, stdout, stderr };
  }

  it.each([['status'], ['pull', './course'], ['check']])('%s says so', async (...args) => {
    const english = await inRemovedFolder(...args, '--json', '--lang', 'en');
    expect(english.status).toBe(2);
    expect(JSON.parse(english.stdout)).toMatchObject({ error: { code: 'folder-removed' } });
    expect(english.stderr).toMatch(/The folder you are in, “.*gone”, is no longer there\./);
    expectPlainWords(english.stderr.trim());
    const german = await inRemovedFolder(...args, '--lang', 'de');
    expect(german.stderr).toMatch(/Den Ordner, in dem du bist, „.*gone“, gibt es nicht mehr\./);
    expectPlainWords(german.stderr.trim());
  });

  it.each([[['--help']], [['--version']], [['help', 'pull']], [['pull', '--help']], [[]]])(
    'helps all the same: %j',
    async (args) => {
      const ended = await inRemovedFolder(...args);
      expect(ended).toMatchObject({ status: 0, stderr: '' });
      expect(ended.stdout).toContain('f2git');
    },
  );
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

  it.skipIf(process.platform !== 'linux')(
    'says that its output found no place, not that nothing was done',
    async () => {
      const script = `'${process.execPath}' '${cliPath}' pull ./course full --json --lang "$1" > /dev/full`;
      for (const [language, says] of [
        ['en', /output cannot be written: no space left\. What f2git did is done, your work is safe\./],
        ['de', /Ausgabe .*: kein Platz mehr\. Was f2git getan hat, ist getan, deine Arbeit ist sicher\./],
      ] as const) {
        const child = spawn('sh', ['-c', script, 'sh', language], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
        const ended = new Promise<number | null>((done) => child.once('close', done));
        const stderr = await text(child.stderr);
        expect([await ended, stderr]).toEqual([4, expect.stringMatching(says)]);
      }
      expect(JSON.parse((await f2git(['status', 'full', '--json'], { cwd: folder })).stdout)).toMatchObject({
        f2git: 1,
      });
    },
  );

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

  it('says what became of the course’s version beside a file that is taken, and of an undo of what has changed since', async () => {
    const home = join(folder, 'beside');
    writeFiles(join(folder, 'binary'), { 'a.bin': '\0one' });
    const { run } = await runJson(folder, ['pull', './binary', 'beside']);
    writeFileSync(join(home, 'a.bin'), '\0mine');
    writeFiles(join(folder, 'binary'), { 'a.bin': '\0two' });
    expect(actionsOf(await runJson(folder, ['pull', './binary', 'beside']))).toEqual({ 'a.bin': 'copied' });
    const taken = await runJson(home, ['take', 'a.bin']);
    expect(taken.files).toMatchObject([{ path: 'a.bin', action: 'updated', from: 'a.course.bin' }]);
    expect(taken.stderr).toContain('before: a.course.bin');
    const undone = await runJson(home, ['undo', '.', run]);
    expect(undone.outcome).toBe('unchanged');
    expect(undone.stderr).toMatch(/nothing of it could be taken back/);
  });

  it('log names each run as undo takes it, and none that is undone', async () => {
    const home = join(folder, 'logged');
    const first = await runJson(folder, ['pull', './course', 'logged']);
    writeFileSync(join(home, 'a.txt'), 'my own\n');
    const second = await runJson(home, ['take', 'a.txt']);
    const { stdout } = await f2git(['log', 'logged'], { cwd: folder });
    expect(stdout).toContain(`To take all of this back: f2git undo ${home} ${first.run}\n`);
    expect(stdout).toContain(`To take all of this back: f2git undo ${home} ${second.run}\n`);
    const third = await runJson(home, ['undo', '.', first.run]);
    const later = await f2git(['log', 'logged', '--lang', 'de'], { cwd: folder });
    expect(later.stdout).not.toContain(`f2git undo ${home} ${first.run}`);
    expect(later.stdout).toContain(`Das alles zurücknehmen: f2git undo ${home} ${second.run}\n`);
    expect(later.stdout).toContain(`Doch wieder holen: f2git undo ${home} ${third.run}\n`);
  });

  it('pull within a course’s folder brings that folder up to date, and no copy into it', async () => {
    await runJson(folder, ['pull', './course', 'around']);
    const inside = join(folder, 'around/sub');
    expect(await runJson(inside, ['pull', '../../course'])).toMatchObject({ workspace: join(folder, 'around') });
    writeFiles(join(folder, 'other'), { 'o.txt': 'other\n' });
    expect(await runJson(inside, ['pull', '../../other'])).toMatchObject({ workspace: join(inside, 'other') });
  });

  it('means the course around it by a folder’s own name, “.”, and no folder below', async () => {
    const { status, stdout } = await f2git(['status', '.', '--json'], { cwd: join(workspace, 'sub') });
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { workspace }]);
    await expectRefusal(workspace, ['undo', 'sub'], { code: 'workspace-missing', says: /sub/ });
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
