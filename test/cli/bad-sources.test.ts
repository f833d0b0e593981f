/**
 * Sources that are down, lie, break off or show something else: the first pull makes nothing, a later one keeps what is
 * there, and the sentence says why.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { f2git, writeFiles } from '../e2e/support.ts';
import { content, drop, garbage, redirect, startHostile, status, truncated } from '../support/hostile-server.ts';
import type { Answer, Hostile } from '../support/hostile-server.ts';
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

const archives = join(import.meta.dirname, '../fixtures/zip');
const page = '<!doctype html><html><title>Sign in</title><form><input type="password"></form></html>';
const good = writeZip([
  { name: 'a.txt', bytes: Buffer.from('one\n') },
  { name: 'week1/b.txt', bytes: Buffer.from('b\n') },
]);
/** Large enough to be cut in the middle of a file. */
const large = writeZip([{ name: 'noise.bin', bytes: Buffer.alloc(40_000, 'noise'), method: 'stored' }]).toString(
  'latin1',
);

const troubles: readonly (readonly [string, Answer, ErrorCode, RegExp])[] = [
  ['404', status(404), 'source-not-found', /not where they should be/],
  ['403', status(403), 'source-forbidden', /does not give them out/],
  [
    '401',
    status(401),
    'source-login',
    /wants a valid sign-in.* \(F2GIT_USER, F2GIT_PASSWORD, F2GIT_TOKEN, or --credentials\)/,
  ],
  ['a page to sign in', content(page, { 'content-type': 'text/html' }), 'source-login', /web page, not a ZIP/],
  ['a way to a page to sign in', redirect(302, '/login'), 'source-login', /web page, not a ZIP/],
  ['a circle', redirect(302, '/course.zip'), 'source-unreachable', /redirects in a circle/],
  ['nothing at all', content(''), 'source-invalid', /it is empty/],
  ['something else', content('{"not": "a zip"}'), 'source-invalid', /not a ZIP archive/],
  ['half an archive', truncated('length', large), 'source-truncated', /fewer bytes|broke off/],
  ['half an archive in chunks', truncated('chunked', large), 'source-truncated', /broke off/],
  ['half an archive, then a reset', truncated('reset', large), 'source-truncated', /broke off/],
  ['no HTTP', garbage('SSH-2.0-OpenSSH_9.6\r\n'), 'source-unreachable', /not HTTP/],
  ['a closed door', drop(), 'source-unreachable', /not answering/],
];

describe.each(troubles)('a ZIP address that answers with %s', (name, answer, code, says) => {
  let server: Hostile;
  let isGood = false;
  beforeAll(async () => {
    server = await startHostile({
      '/course.zip': (request, socket, nth) => (isGood ? content(good) : answer)(request, socket, nth),
      '/login': content(page, { 'content-type': 'text/html' }),
    });
  });
  afterAll(() => server.stop());

  it('makes nothing the first time, and keeps everything later', async () => {
    const address = `${server.origin}/course.zip`;
    const cwd = join(folder, name.replace(/\W+/g, '-'));
    mkdirSync(cwd);
    await expectRefusal(cwd, ['pull', address, 'new'], { code, says });
    const german = await f2git(['pull', address, 'new', '--lang', 'de'], { cwd });
    expectPlainWords(german.stderr.trim());
    expect(german.stderr).not.toMatch(/ the | a | not | is /);

    isGood = true;
    await runJson(cwd, ['pull', address, 'mine']);
    writeFileSync(join(cwd, 'mine/a.txt'), 'my own\n');
    const before = studentsTree(join(cwd, 'mine'));
    isGood = false;
    const later = await runJson(cwd, ['pull', address, 'mine'], { status: 3 });
    expect(later).toMatchObject({ outcome: 'stale', files: [], source: { state: 'unreachable' } });
    expect(later.source.problems).toMatchObject([{ path: '', code }]);
    expect(later.source.problems[0]?.message).toMatch(says);
    expect(studentsTree(join(cwd, 'mine'))).toEqual(before);
    expect(litterIn(join(cwd, 'mine'))).toEqual([]);
  });
});

describe('a server that is not there', () => {
  it.each([
    ['a ZIP address', 'http://127.0.0.1:9/course.zip'],
    ['a WebDAV folder', 'webdav+http://127.0.0.1:9/dav/'],
    ['a git repository', 'git+http://127.0.0.1:9/repo.git'],
    ['a course’s link', 'http://127.0.0.1:9/go/python'],
  ])('%s', async (_, address) => {
    await expectRefusal(folder, ['pull', address, 'deep/down/here'], {
      code: 'source-unreachable',
      says: /connection refused/,
    });
  });
});

describe('a server that speaks something else', () => {
  let server: Hostile;
  beforeAll(async () => {
    const anything = content(page, { 'content-type': 'text/html' });
    server = await startHostile({
      '/dav/': anything,
      '/half/': status(207, { 'content-type': 'application/xml' }, '<d:multistatus xmlns:d="DAV:"><d:response>'),
      '/plain/': status(405),
      '/api/courses/python/tree': anything,
      '/repo.git/info/refs': anything,
    });
  });
  afterAll(() => server.stop());

  it.each<[string, (origin: string) => string, ErrorCode, RegExp]>([
    ['a web page for WebDAV', (origin) => `webdav+${origin}/dav/`, 'source-login', /web page came back/],
    ['half an answer of WebDAV', (origin) => `webdav+${origin}/half/`, 'source-invalid', /not well-formed XML/],
    ['no WebDAV', (origin) => `webdav+${origin}/plain/`, 'source-invalid', /does not speak WebDAV/],
    ['a web page for a link', (origin) => `${origin}/go/python`, 'source-invalid', /no f2git server answers there/],
    ['a course nobody has', (origin) => `${origin}/go/other`, 'course-unknown', /no course “other”/],
    ['a web page for git', (origin) => `git+${origin}/repo.git`, 'source-login', /web page came back/],
  ])('%s', async (_, address, code, says) => {
    await expectRefusal(folder, ['pull', address(server.origin), 'else'], { code, says });
  });
});

describe('a hostile archive', () => {
  it.each(readdirSync(archives).filter((name) => name.endsWith('.zip')))('%s', async (name) => {
    const cwd = join(folder, `archive-${name}`);
    writeFiles(cwd, { 'evil.txt': 'mine\n', 'inner/evil.txt': 'mine\n' });
    const ended = await f2git(['pull', `zip+file://${join(archives, name)}`, 'inner/w', '--json'], { cwd });
    const document = JSON.parse(ended.stdout) as { outcome?: string; error?: { code: ErrorCode; message: string } };
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect([0, 3]).toContain(ended.status);
    if (document.error !== undefined) {
      expect(['source-invalid', 'source-truncated', 'too-large', 'source-login']).toContain(document.error.code);
      expectPlainWords(document.error.message);
      expect(readdirSync(join(cwd, 'inner'))).toEqual(['evil.txt']);
    }
    expect(readdirSync(cwd).sort()).toEqual(['evil.txt', 'inner']);
    expect(readFileSync(join(cwd, 'evil.txt'), 'utf8')).toBe('mine\n');
    expect(readFileSync(join(cwd, 'inner/evil.txt'), 'utf8')).toBe('mine\n');
  });
});

describe('a course that shrinks', () => {
  const course = join(folder, 'shrinking');
  const names = Array.from({ length: 8 }, (_, index) => `f${index}.txt`);
  const home = join(folder, 'shrunken');
  afterEach(() => writeFiles(course, Object.fromEntries(names.map((name) => [name, `${name}\n`]))));

  it.each([
    ['by most of its files', names.slice(0, 6)],
    ['to nothing', names],
  ])('%s deletes nothing, however often one pulls', async (_, gone) => {
    writeFiles(course, Object.fromEntries(names.map((name) => [name, `${name}\n`])));
    await runJson(folder, ['pull', './shrinking', 'shrunken']);
    const before = studentsTree(home);
    for (const name of gone) rmSync(join(course, name));
    for (let time = 0; time < 2; time++) {
      const document = await runJson(folder, ['pull', './shrinking', 'shrunken']);
      expect(actionsOf(document)).toEqual(Object.fromEntries(gone.map((name) => [name, 'held'])));
      expect(document.stderr).toMatch(/files are missing in the course\. That may be a mistake/);
      expect(studentsTree(home)).toEqual(before);
    }
  });

  it('is confirmed by staff, and only then deletes what nobody changed', async () => {
    const config = `homes: ./homes/{user}\nauth: none\ncourses: { c: { source: ./shrinking } }\n`;
    writeFileSync(join(folder, 'f2git.yaml'), config);
    writeFiles(course, Object.fromEntries(names.map((name) => [name, `${name}\n`])));
    await f2git(['sync', 'c'], { cwd: folder });
    for (const name of names.slice(0, 6)) rmSync(join(course, name));
    const shrunken = await f2git(['sync', 'c', '--json'], { cwd: folder });
    expect(shrunken.status).toBe(0);
    expect(JSON.parse(shrunken.stdout)).toMatchObject({ courses: [{ files: 2, held: names.slice(0, 6) }] });
    expect(shrunken.stderr).toMatch(/Deletions held: 6; "f2git confirm c" releases them/);
    const confirmed = await f2git(['confirm', 'c', '--json'], { cwd: folder });
    expect(JSON.parse(confirmed.stdout)).toMatchObject({ course: 'c', released: names.slice(0, 6) });
    const again = await f2git(['confirm', 'c', '--json'], { cwd: folder });
    expect(again).toMatchObject({ status: 0 });
    expect(JSON.parse(again.stdout)).toMatchObject({ released: [] });
    expect(again.stderr).toMatch(/No deletion is held/);
  });
});

describe('a source that wants a sign-in', () => {
  let server: Hostile;
  beforeAll(async () => (server = await startHostile({ '/course.zip': status(401) })));
  afterAll(() => server.stop());

  it.each<[string, NodeJS.ProcessEnv | string, string]>([
    ['F2GIT_USER', { F2GIT_USER: 'anna' }, 'F2GIT_PASSWORD'],
    ['F2GIT_PASSWORD', { F2GIT_PASSWORD: 'geheim' }, 'F2GIT_USER'],
    ['a user in a file', 'user: anna\n', 'password'],
  ])('says what is missing beside %s', async (_, given, lacking) => {
    const login = join(folder, 'half-a-login');
    if (typeof given === 'string') writeFileSync(login, given, { mode: 0o600 });
    const file = typeof given === 'string' ? ['--credentials', login] : [];
    const args = ['pull', `${server.origin}/course.zip`, 'fresh', ...file];
    const env = typeof given === 'string' ? {} : given;
    const says = new RegExp(`Check the credentials: “${lacking}” is missing`);
    await expectRefusal(folder, args, { code: 'source-login', env, says });
    const german = await f2git([...args, '--lang', 'de'], { cwd: folder, env });
    expect(german.stderr).toContain(`Prüfe die Zugangsdaten: „${lacking}“ fehlt`);
  });
});

describe('a folder with things that cannot be delivered', () => {
  it('delivers the rest, and names each', async () => {
    const course = join(folder, 'odd');
    writeFiles(course, { 'fine.txt': 'fine\n', 'a\\b.txt': 'x', 'line\nbreak\u001b[31m.txt': 'x', 'CON.txt': 'x' });
    writeFiles(course, { 'sub/.git/config': 'x', 'sub/ok.txt': 'ok\n' });
    symlinkSync('/etc/hostname', join(course, 'link.txt'));
    symlinkSync('/etc', join(course, 'links'));
    const document = await runJson(folder, ['pull', './odd', 'even']);
    expect(document.outcome).toBe('updated');
    const problems = document.source.problems.map(({ path, code }) => `${code} ${path}`).sort();
    expect(problems).toEqual(['kind-refused link.txt', 'kind-refused links', 'name-refused sub/_git']);
    for (const { message } of document.source.problems) expectPlainWords(message);
    expect(document.stderr).toContain('sub/_git: A file of the course cannot be stored under its name, “sub/.git”.');
    expect(document.stderr).not.toContain('\u001b');
    expect(Object.keys(studentsTree(join(folder, 'even'))).sort()).toEqual(
      ['.', 'CON.txt', 'a_b.txt', 'fine.txt', 'line_break_[31m.txt', 'sub', 'sub/ok.txt'].sort(),
    );
  });

  it('says in both languages how the archive calls what cannot have that name', async () => {
    const names = ['../evil.txt', '/abs.txt', 'C:\\win\\a.txt', 'sub/.git/config', 'a/./\u202etxt.exe', 'fine.txt'];
    const archive = writeZip(names.map((name) => ({ name, bytes: Buffer.from('x') })));
    writeFileSync(join(folder, 'odd.zip'), archive);
    const english = await runJson(folder, ['pull', './odd.zip', 'unzipped']);
    const paths = ['(..)/evil.txt', '()/abs.txt', 'C:/win/a.txt', 'sub/_git', 'a/(.)/_txt.exe'];
    expect(actionsOf(english)).toEqual({
      'fine.txt': 'added',
      ...Object.fromEntries(paths.map((path) => [path, 'skipped'])),
    });
    const german = (await f2git(['pull', './odd.zip', 'unzipped', '--lang', 'de'], { cwd: folder })).stderr;
    const shown = ['../evil.txt', '/abs.txt', 'C:\\win\\a.txt', 'sub/.git', 'a/./\\u{202e}txt.exe'];
    for (const [index, path] of paths.entries()) {
      const name = shown[index] ?? '';
      expect(english.stderr).toContain(`  ${path}: A file of the course cannot be stored under its name, “${name}”.`);
      expect(german).toContain(
        `  ${path}: Unter ihrem Namen, „${name}“, lässt sich eine Datei des Kurses nicht ablegen.`,
      );
      expect(english.source.problems.find((one) => one.path === path)?.message).toContain(`“${name}”: `);
    }
  });

  it.skipIf(noOrdinaryPerson !== undefined)(
    `keeps what cannot be read any more${noOrdinaryPerson === undefined ? '' : `: ${noOrdinaryPerson}`}`,
    async () => {
      const cwd = join(folder, 'rights');
      const files = { 'a.txt': 'a\n', 'open/b.txt': 'b\n', 'closed/c.txt': 'c\n', 'closed/d.txt': 'd\n' };
      writeFiles(join(cwd, 'course'), files);
      chmodSync(folder, 0o755);
      giveAway(cwd);
      const as = ordinaryPerson;
      await runJson(cwd, ['pull', './course', 'mine'], { as });
      const before = studentsTree(join(cwd, 'mine'));
      chmodSync(join(cwd, 'course/closed'), 0o000);
      chmodSync(join(cwd, 'course/open/b.txt'), 0o000);
      const document = await runJson(cwd, ['pull', './course', 'mine'], { as });
      expect(document.source.problems.map(({ path, code }) => `${path} ${code}`)).toContain('closed source-forbidden');
      for (const { message } of document.source.problems) expectPlainWords(message);
      expect(studentsTree(join(cwd, 'mine'))).toEqual(before);
      chmodSync(join(cwd, 'course'), 0o000);
      const later = await runJson(cwd, ['pull', './course', 'mine'], { as, status: 3 });
      expect(later).toMatchObject({ outcome: 'stale', source: { state: 'unreachable' } });
      expect(studentsTree(join(cwd, 'mine'))).toEqual(before);
    },
  );
});
