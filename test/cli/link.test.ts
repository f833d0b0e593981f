/** `f2git link` by the built program: every address of a course, and the course that an old link means. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readForeignLink } from '../../src/cli/foreign-link.ts';
import { clickAddress } from '../../src/cli/link-of-course.ts';
import { parseConfig, type CourseConfig } from '../../src/config.ts';
import { F2gitError } from '../../src/errors.ts';
import { courseOfRepository } from '../../src/web/course-of-repository.ts';
import { f2git } from '../e2e/support.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'f2git-link-'));
  mkdirSync(join(folder, 'course/binder'), { recursive: true });
  writeFileSync(join(folder, 'course/binder/postBuild'), 'true\n');
  writeFileSync(join(folder, 'f2git.yaml'), CONFIG);
});

const CONFIG = `homes: ./homes/{user}
auth: none
public_url: https://hub.example.org/f2git
courses:
  intro: { source: ./course, release: [{ path: "a/**", from: 2030-01-01, for: [group-a] }] }
  python: { source: git+https://github.com/university/python.git }
  python-2025: { source: "git+https://github.com/university/python@2025" }
`;

function courses(): readonly CourseConfig[] {
  return [...parseConfig(CONFIG, { folder, environment: {} }).courses.values()];
}

afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Links {
  readonly course: string;
  readonly click: string;
  readonly zip: string;
  readonly git: string;
  readonly environment: string;
  readonly problems: readonly { readonly code: string }[];
}

async function link(...words: readonly string[]): Promise<Links> {
  const { status, stdout, stderr } = await f2git(['link', ...words, '--json'], { cwd: folder });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout) as Links;
}

describe('f2git link', () => {
  it('says that its addresses lead nowhere from outside, behind a hub whose address nobody wrote down', async () => {
    const config = CONFIG.replace('auth: none', 'auth: jupyterhub\nuser: f2git-test-nobody');
    writeFileSync(join(folder, 'f2git.yaml'), config.replace(/^public_url.*\n/m, ''));
    const unknown = await f2git(['link', 'python'], { cwd: folder });
    expect([unknown.status, unknown.stderr]).toEqual([0, expect.stringContaining('“public_url” is missing')]);
    expect((await f2git(['link', 'python', '--hub', 'https://hub.example.org'], { cwd: folder })).stderr).toBe('');
    writeFileSync(join(folder, 'f2git.yaml'), config);
    expect((await f2git(['link', 'python'], { cwd: folder })).stderr).toBe('');
  });

  it('signs out somebody’s computers without showing an address, and claims no more than it knows', async () => {
    const { status, stdout, stderr } = await f2git(['link', 'intro', '--sign-out', 'anna', '--lang', 'en'], {
      cwd: folder,
    });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('If there is somebody of the name “anna”');
    expect(await link('intro', '--sign-out', 'anna', '--quiet')).toEqual({
      f2git: 1,
      course: 'intro',
      signedOut: 'anna',
    });
    expect(await link('--sign-out', 'anna', '--quiet')).toEqual({ f2git: 1, signedOut: 'anna' });
    const unknown = await f2git(['link', 'intr', '--sign-out', 'anna'], { cwd: folder });
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('intr')]);
    const which = await f2git(['link', '--sign-out', 'anna', '--revoke', '--lang', 'en'], { cwd: folder });
    expect([which.status, which.stderr]).toEqual([2, expect.stringContaining('course')]);
    const both = await link('intro', '--sign-out', 'anna', '--revoke', '--quiet');
    expect(both).toMatchObject({ signedOut: 'anna', git: expect.stringContaining('/git/') as string });
  });

  it('prints every address; those with a permission stay the same until they are revoked', async () => {
    const first = await link('intro', '--open', 'week1/lab1.ipynb', '--app', 'lab');
    expect(first.click).toBe('https://hub.example.org/f2git/go/intro?open=week1/lab1.ipynb&app=lab');
    expect(first.zip).toBe('https://hub.example.org/f2git/zip/intro.zip');
    expect(first.git).toMatch(/^https:\/\/hub\.example\.org\/f2git\/git\/[\w-]{32}\/intro$/);
    expect(first.environment).toMatch(/^https:\/\/hub\.example\.org\/f2git\/git\/[\w-]{32}\/intro-environment$/);
    const tokens = [first.git, first.environment, (await link('python')).git].map((one) => one.split('/').at(-2));
    expect(new Set(tokens).size).toBe(3);
    const again = await link('intro');
    expect([again.git, again.environment]).toEqual([first.git, first.environment]);
    const others = await link('intro', '--for', 'group-a');
    expect(others.git).not.toBe(first.git);
    const python = await link('python');
    const { stdout } = await f2git(['link', 'intro', '--revoke'], { cwd: folder });
    expect(stdout).toContain('/intro-environment');
    expect(stdout).not.toContain(first.git);
    expect(await link('python')).toEqual(python);
  });

  it.each(['', '/', '/services/f2git', '/services/f2git/'])('takes the hub’s address with “%s”', async (end) => {
    const { click } = await link('python', '--hub', `https://hub.example.edu/base${end}`);
    expect(click).toBe('https://hub.example.edu/base/services/f2git/go/python');
  });

  it('says that the course has no such file to open, but not of one of its folders', async () => {
    await f2git(['sync', 'intro'], { cwd: folder });
    const said = async (open: string) => (await f2git(['link', 'intro', '--open', open], { cwd: folder })).stderr;
    expect(await said('zz.md')).toContain('The course has no “zz.md” for the link to open');
    for (const open of ['binder', 'binder/postBuild']) expect(await said(open)).not.toContain('to open');
    expect((await f2git(['link', '--help'], { cwd: folder })).stdout).toContain('the file the link opens');
  });

  it('says why an environment cannot be told apart, as do check and sync', async () => {
    expect((await link('intro')).problems).toEqual([]);
    const synced = await f2git(['sync', 'intro'], { cwd: folder });
    expect(synced.status).toBe(0);
    expect(synced.stderr).toContain('“binder/postBuild”, it is a program that may need any file of the course');
    const { stdout, stderr } = await f2git(['link', 'intro', '--lang', 'de'], { cwd: folder });
    expect(stdout).toContain('Umgebung     https://');
    expect(stderr).toContain('„binder/postBuild“, ein Programm, das jede Datei des Kurses brauchen kann');
    writeFileSync(
      join(folder, 'one.yaml'),
      'homes: ./homes/{user}\nauth: none\ncourses:\n  intro: { source: ./course }\n',
    );
    const checked = await f2git(['check', '--config', 'one.yaml'], { cwd: folder });
    expect(checked.stdout).toContain('??  intro: The environment of this course cannot be kept apart');
  });
});

const REPO = encodeURIComponent('https://github.com/university/python');
const HUB = 'https://hub.example.edu/hub/user-redirect';
const query = `repo=${REPO}&branch=main&urlpath=${encodeURIComponent('lab/tree/python/week1/lab 1.ipynb?autodecode')}`;
const OPEN = 'https://hub.example.org/f2git/go/python?open=week1/lab+1.ipynb&app=lab';

describe('f2git link --from', () => {
  it.each([
    ['a link of a hub', `${HUB}/git-pull?${query}`, OPEN],
    ['of a named server', `${HUB}/second/git-pull?${query}`, OPEN],
    ['of a single server', `https://hub.example.edu/user/anna/git-pull?${query}`, OPEN],
    ['the oldest name', `${HUB}/git-sync?${query}`, OPEN],
    [
      'by LTI',
      `https://hub.example.edu/hub/lti/launch?next=${encodeURIComponent(`/hub/user-redirect/git-pull?${query}`)}`,
      OPEN,
    ],
    [
      'by Binder',
      `https://mybinder.org/v2/gh/university/environment/main?urlpath=${encodeURIComponent(`git-pull?${query}`)}`,
      OPEN,
    ],
    [
      'of Binder itself',
      'https://mybinder.org/v2/gh/university/python/main?labpath=week1%2Flab1.ipynb',
      'https://hub.example.org/f2git/go/python?open=week1/lab1.ipynb',
    ],
    [
      'of Binder, any repository',
      `https://binder.example.org/v2/git/${REPO}.git/2025?urlpath=lab`,
      'https://hub.example.org/f2git/go/python-2025?app=lab',
    ],
    [
      'the generator',
      `https://nbgitpuller.readthedocs.io/en/latest/link.html?hub=https%3A%2F%2Fhub.example.edu&repo=${REPO}&branch=2025&app=jupyterlab`,
      'https://hub.example.org/f2git/go/python-2025?app=lab',
    ],
    [
      'the interact form',
      'https://hub.example.edu/hub/user-redirect/interact?account=university&repo=python&branch=2025&path=a.ipynb',
      'https://hub.example.org/f2git/go/python-2025?open=a.ipynb',
    ],
    [
      'of a branch of its own',
      `${HUB}/git-pull?repo=${REPO}.git&branch=2025&depth=1&backup=true`,
      'https://hub.example.org/f2git/go/python-2025',
    ],
  ])('understands %s', (_name, address, expected) => {
    const { repo, branch, open, app } = readForeignLink(address);
    const course = courseOfRepository(repo, branch, courses())!;
    const wishes = { ...(open === undefined ? {} : { open }), ...(app === undefined ? {} : { app }) };
    expect(clickAddress('https://hub.example.org/f2git/', course, wishes)).toBe(expected);
  });

  it('guesses nothing among several branches of which none is meant', () => {
    const two = CONFIG.replace('python.git }', 'python.git@main }').replace(/git\+https:\S+(?= })/, '"$&"');
    const found = (text: string, branch?: string): string | undefined =>
      courseOfRepository('https://github.com/university/python', branch, [
        ...parseConfig(text, { folder, environment: {} }).courses.values(),
      ])?.id;
    expect([found(CONFIG), found(CONFIG, 'old'), found(CONFIG, '2025')]).toEqual(['python', 'python', 'python-2025']);
    expect([found(two), found(two, 'old'), found(two, 'main')]).toEqual([undefined, undefined, 'python']);
    const one = two.replace(/^ {2}python-2025.*\n/m, '');
    expect([found(one), found(one, 'old')]).toEqual(['python', 'python']);
  });

  it('prints the link of the course that a link means', async () => {
    expect((await link('--from', `${HUB}/git-pull?${query}`)).click).toBe(OPEN);
  });

  it('knows its own address for git again, and shows nobody the permission in it', async () => {
    const { git, click } = await link('intro');
    const made = (repo: string) => `${HUB}/git-pull?repo=${encodeURIComponent(repo)}&branch=main`;
    for (const repo of [git, `${git}.git`]) expect((await link('--from', made(repo))).click).toBe(click);
    const gone = await f2git(['link', '--from', made(`${git}-of-last-year`)], { cwd: folder });
    expect([gone.status, gone.stderr]).toEqual([2, expect.stringContaining('/f2git/git/…/intro-of-last-year')]);
    expect(gone.stderr).not.toContain(git.split('/').at(-2));
  });

  it('says what to configure where no course has that repository, and what it does not understand', async () => {
    const other = await f2git(['link', '--from', `${HUB}/git-pull?repo=https://example.org/other`], { cwd: folder });
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('“source: git+https://example.org/other”');
    const refused = await f2git(['link', '--from', 'https://example.org/'], { cwd: folder });
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    expect((await f2git(['link'], { cwd: folder })).status).toBe(2);
    for (const text of [
      `${HUB}/git-pull?branch=main`,
      'file:///etc/passwd',
      '-x',
      'https://[',
      `${HUB}/git-pull?next=git-pull`,
    ]) {
      expect(() => readForeignLink(text), text).toThrow(F2gitError);
    }
  });
});

describe('f2git link --person', () => {
  const personal = CONFIG.replace('auth: none', 'auth: links\nuser: f2git-test-nobody').replace(
    'python: { source: git+https://github.com/university/python.git }',
    'python: { source: ./course, students: [anna], staff: [prof] }',
  );
  const run = (...words: readonly string[]): ReturnType<typeof f2git> => f2git(['link', ...words], { cwd: folder });

  it('gives each person a link of their own, staff to their page, as lines and as JSON', async () => {
    writeFileSync(join(folder, 'f2git.yaml'), personal);
    const lines = await run('python', '--person', 'anna, prof', '--person', 'anna', '--open', 'a b.txt');
    expect([lines.status, lines.stderr]).toEqual([0, '']);
    const [anna = '', prof = '', ...none] = lines.stdout.trimEnd().split('\n');
    expect(anna).toMatch(
      /^anna\thttps:\/\/hub\.example\.org\/f2git\/go\/python\?open=a\+b\.txt&pass=[\w-]+\.[\w-]{43}$/,
    );
    expect(prof).toMatch(/^prof\thttps:\/\/hub\.example\.org\/f2git\/teach\/python\?pass=[\w-]+\.[\w-]{43}$/);
    expect(none).toEqual([]);
    const { stdout } = await run('python', '--person', 'anna', '--days', '2', '--json');
    const { personal: given } = JSON.parse(stdout) as { personal: readonly { person: string; until: string }[] };
    const days = (Date.parse(given[0]?.until ?? '') - Date.now()) / 86_400_000;
    expect([given.length, given[0]?.person, Math.round(days)]).toEqual([1, 'anna', 2]);
  });

  it.each([
    [['python', '--person', 'carl'], 'neither the students nor the staff of the course have this name'],
    [['python', '--person', '../anna'], 'accounts have no such names'],
    [['python', '--person', 'anna', '--days', '0'], '--days 1 … 400'],
    [['python', '--person', 'anna', '--days', '401'], '--days 1 … 400'],
    [['python', '--days', '3'], '"--days" needs "--person"'],
  ])('%j is refused in one sentence', async (words, sentence) => {
    writeFileSync(join(folder, 'f2git.yaml'), personal);
    const { status, stdout, stderr } = await run(...words);
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(sentence)]);
  });

  it('is refused where somebody else says who people are', async () => {
    const { status, stderr } = await run('intro', '--person', 'anna');
    expect([status, stderr]).toEqual([2, expect.stringContaining('"--person" needs "auth: links"')]);
  });
});
