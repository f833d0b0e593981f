/** `pull` of a course's link, from a real server: what a laptop gets is what a click there would leave in a home. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { f2git, startServer, writeFiles } from '../e2e/support.ts';
import { actionsOf, runJson, scratch, studentsTree, treeOf } from './support.ts';

const place = scratch();
const { folder } = place;
const course = join(folder, 'course');
const mine = join(folder, 'mine');
let server: Awaited<ReturnType<typeof startServer>>;
let link: string;

const config = `
auth: none
homes: ${folder}/homes/{user}
defaults: { freshness: 0s }
courses:
  py:
    source: ${course}
    open: README.md
    policy: { deleted_files: respect, course_copies: beside }
`;

beforeAll(async () => {
  mkdirSync(join(folder, 'homes/anna'), { recursive: true });
  mkdirSync(course);
  server = await startServer(folder, config);
  link = `${server.address}go/py?user=anna`;
});
afterAll(async () => {
  await server.stop();
  place.remove();
});
beforeEach(() => {
  for (const path of [course, mine]) rmSync(path, { recursive: true, force: true });
  writeFiles(course, { 'README.md': 'Welcome\n', 'a.txt': 'one\n' });
});

const pull = (address = link, ...more: readonly string[]) => runJson(folder, ['pull', address, 'mine', ...more]);

describe('what was chosen for the course holds here as well', () => {
  it('a file the student deleted stays away', async () => {
    await pull();
    rmSync(join(mine, 'a.txt'));
    expect(actionsOf(await pull())).toEqual({});
    expect(existsSync(join(mine, 'a.txt'))).toBe(false);
  });

  it('what the course wanted otherwise lies beside the file', async () => {
    await pull();
    writeFileSync(join(mine, 'a.txt'), 'mine\n');
    writeFileSync(join(course, 'a.txt'), 'two\n');
    await pull();
    expect(studentsTree(mine)).toMatchObject({ 'a.txt': expect.stringMatching(/mine\n$/) as string });
    expect(readFileSync(join(mine, 'a.course.txt'), 'utf8')).toBe('two\n');
  });
});

describe('the file that opens', () => {
  const opened = async (...args: readonly string[]) => {
    const { stdout, stderr, status } = await f2git(['pull', ...args, '--json'], { cwd: folder });
    expect(status, stderr).toBe(0);
    return { stderr, open: (JSON.parse(stdout) as { open?: string }).open };
  };

  it('is the course’s where the link names none', async () => {
    expect((await opened(link, 'mine')).open).toBe('README.md');
    expect((await opened(link, 'mine', '--open=a.txt')).open).toBe('a.txt');
    expect((await opened(`${link}&open=a.txt`, 'mine', '--dry-run')).open).toBe('a.txt');
  });

  it('is not named while it is not there, and only a link’s is missed', async () => {
    for (const more of [['--dry-run'], [], []]) {
      const { open, stderr } = await opened(`${link}&open=week2/lab.md`, 'mine', ...more);
      expect(open).toBeUndefined();
      expect(stderr).not.toContain('Start here');
      expect(stderr).toContain('The file "week2/lab.md" that the link is to open is not here (yet).');
    }
    rmSync(join(course, 'README.md'));
    rmSync(join(mine, 'README.md'));
    const { open, stderr } = await opened(link, 'mine');
    expect(open).toBeUndefined();
    expect(stderr).not.toContain('(yet)');
  });
});

describe('a server that is away', () => {
  const away = 'http://127.0.0.1:9/go/py?user=anna';
  const refused = (document: object) => JSON.stringify(document).includes('(http://127.0.0.1:9/go/py?user=anna)');

  it('leaves a folder that has the course as it is, and says so as for a source that is down', async () => {
    await pull();
    const origin = { version: 1, origin: { kind: 'link', link: away } };
    writeFileSync(join(mine, '.f2git/origin.json'), JSON.stringify(origin));
    writeFileSync(join(mine, 'a.txt'), 'mine\n');
    const before = treeOf(mine);
    const { stderr, ...document } = await runJson(folder, ['pull', `${away}&open=a.txt`, 'mine'], { status: 3 });
    expect(document).toMatchObject({
      ...{ course: 'py', workspace: mine, outcome: 'stale', files: [], open: 'a.txt' },
      source: { state: 'unreachable', complete: false, problems: [{ path: '', code: 'source-unreachable' }] },
    });
    expect(document.base).toBe(document.head);
    expect(refused(document), JSON.stringify(document)).toBe(true);
    expect(stderr).toContain('Your work is safe');
    expect(treeOf(mine)).toEqual(before);
  });

  it('is named by its link where there is no course yet', async () => {
    const { status, stdout } = await f2git(['pull', away, 'mine', '--json'], { cwd: folder });
    expect(status).toBe(3);
    expect(refused(JSON.parse(stdout) as object), stdout).toBe(true);
  });
});

describe('a server whose source is away', () => {
  it('is told in the language of whoever pulls', async () => {
    await pull();
    renameSync(course, `${course} elsewhere`);
    try {
      const { source } = await runJson(folder, ['pull', link, 'mine', '--lang', 'de'], { status: 3 });
      expect(source.problems).toMatchObject([{ path: '', code: 'source-not-found' }]);
      expect(source.problems[0]?.message).toMatch(/^f2git kann den Kurs „py“ gerade nicht holen: [^(]*Deine Arbeit/);
      const english = await runJson(folder, ['pull', link, 'mine', '--lang', 'en'], { status: 3 });
      expect(english.source.problems[0]?.message).toMatch(/^f2git cannot get the course “py” just now/);
    } finally {
      renameSync(`${course} elsewhere`, course);
    }
  });
});
