/**
 * What the course and what the student can do to one file, and to one name: every course change meets every student
 * change. The course's file is `d/f.txt`; the name it brings is another one in `d`.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';

/** What must be true of a workspace once the course's change has arrived. */
export type Wish =
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'gone'; readonly path: string }
  | { readonly kind: 'executable'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string };

export interface CourseChange {
  readonly name: string;
  /** The name that comes into being; other changes leave it free. */
  readonly brings?: string;
  readonly make: (course: string) => void;
  readonly wishes: readonly Wish[];
}

/** What a student must still have afterwards. */
export type Work =
  | { readonly kind: 'text'; readonly text: string }
  /** A link somewhere that leads there. */
  | { readonly kind: 'link'; readonly to: string };

export interface StudentChange {
  readonly name: string;
  /** The course says from the beginning that git must ignore the names it will bring. */
  readonly ignores?: true;
  /** @param brought the name the course is about to bring */
  readonly make: (workspace: string, brought: string) => readonly Work[];
}

export const FILE = 'd/f.txt';
const OTHER = 'd/h.txt';
/** The names some course change brings. */
export const BROUGHT = ['d/g.txt', 'd/n.txt', 'd/ü n.txt'];

/** Lines far enough apart to merge, some of them somebody's. */
export function textWith(changes: Readonly<Record<number, string>> = {}): string {
  return Array.from({ length: 16 }, (_, index) => `${changes[index] ?? `line ${index}`}\n`).join('');
}

const course = 'the course’s words';
const modified = textWith({ 8: course });

const write = (path: string, text: string) => (folder: string) => {
  fs.mkdirSync(join(folder, path, '..'), { recursive: true });
  fs.writeFileSync(join(folder, path), text);
};
const remove = (path: string) => (folder: string) => fs.rmSync(join(folder, path), { recursive: true });
const move = (from: string, to: string) => (folder: string) => fs.renameSync(join(folder, from), join(folder, to));
const all =
  (...steps: readonly ((folder: string) => void)[]) =>
  (folder: string) =>
    steps.forEach((step) => step(folder));

export const courseChanges: readonly CourseChange[] = [
  { name: 'nothing', make: () => undefined, wishes: [] },
  {
    name: 'another file changed',
    make: write('d/another.txt', `${course}\n`),
    wishes: [{ kind: 'text', path: 'd/another.txt', text: course }],
  },
  { name: 'modified', make: write(FILE, modified), wishes: [{ kind: 'text', path: FILE, text: course }] },
  { name: 'deleted', make: remove(FILE), wishes: [{ kind: 'gone', path: FILE }] },
  {
    name: 'renamed',
    brings: 'd/g.txt',
    make: move(FILE, 'd/g.txt'),
    wishes: [{ kind: 'text', path: 'd/g.txt', text: 'line 3' }],
  },
  {
    name: 'renamed and edited',
    brings: 'd/g.txt',
    make: all(move(FILE, 'd/g.txt'), write('d/g.txt', modified)),
    wishes: [{ kind: 'text', path: 'd/g.txt', text: course }],
  },
  {
    name: 'file to folder',
    make: all(remove(FILE), write(`${FILE}/i.txt`, `${course}\n`)),
    wishes: [{ kind: 'text', path: `${FILE}/i.txt`, text: course }],
  },
  {
    name: 'file to link',
    make: all(remove(FILE), (folder) => fs.symlinkSync('another.txt', join(folder, FILE))),
    wishes: [{ kind: 'link', path: FILE }],
  },
  {
    name: 'made executable',
    make: (folder) => fs.chmodSync(join(folder, FILE), 0o755),
    wishes: [{ kind: 'executable', path: FILE }],
  },
  ...['d/n.txt', 'd/ü n.txt'].map((path) => ({
    name: `added ${path.slice(2)}`,
    brings: path,
    make: write(path, `${course}\n`),
    wishes: [{ kind: 'text', path, text: course } as const],
  })),
  {
    name: 'added folder n.txt',
    brings: 'd/n.txt',
    make: write('d/n.txt/i.txt', `${course}\n`),
    wishes: [{ kind: 'text', path: 'd/n.txt/i.txt', text: course }],
  },
];

const mine = 'the student’s words';
const myWork: readonly Work[] = [{ kind: 'text', text: mine }];
const myLink: readonly Work[] = [{ kind: 'link', to: 'mine-elsewhere' }];

const saves =
  (path: string, text: string): StudentChange['make'] =>
  (workspace) => {
    write(path, text)(workspace);
    return text.includes(mine) ? myWork : [];
  };

/** A repository that was there, or that the student makes of the workspace. */
const withGit =
  (
    work: (git: (...args: readonly string[]) => void, workspace: string, brought: string) => void,
  ): StudentChange['make'] =>
  (workspace, brought) => {
    const env = { PATH: '/usr/bin:/bin', HOME: workspace, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
    const git = (...args: readonly string[]): void => {
      execFileSync('git', ['-c', 'safe.directory=*', ...args], { cwd: workspace, env, stdio: 'pipe' });
    };
    const commit = [
      '-c',
      'user.name=Student',
      '-c',
      'user.email=student@localhost',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'my work',
    ];
    if (!fs.existsSync(join(workspace, '.git'))) {
      git('init', '-q');
      fs.writeFileSync(join(workspace, '.git/info/exclude'), '.f2git\n');
      git('add', '-A');
      git(...commit);
    }
    work((...args) => git(...(args[0] === 'commit' ? commit : args)), workspace, brought);
    return [];
  };

const TEN_MINUTES = 600;

/** The first fifteen never touch git. */
export const studentChanges: readonly StudentChange[] = [
  { name: 'unchanged', make: () => [] },
  { name: 'modified elsewhere', make: saves(FILE, textWith({ 2: mine })) },
  { name: 'modified same line', make: saves(FILE, textWith({ 8: mine })) },
  {
    name: 'deleted',
    make: (workspace) => {
      remove(FILE)(workspace);
      return [];
    },
  },
  {
    name: 'renamed',
    make: (workspace) => {
      move(FILE, OTHER)(workspace);
      return [];
    },
  },
  {
    name: 'replaced by a folder',
    make: (workspace, brought) => {
      remove(FILE)(workspace);
      return saves(`${FILE}/m.txt`, mine)(workspace, brought);
    },
  },
  {
    name: 'replaced by a link',
    make: (workspace) => {
      remove(FILE)(workspace);
      fs.symlinkSync('mine-elsewhere', join(workspace, FILE));
      return myLink;
    },
  },
  {
    name: 'made executable',
    make: (workspace) => {
      fs.chmodSync(join(workspace, FILE), 0o755);
      return [];
    },
  },
  { name: 'own file of that name', make: (workspace, brought) => saves(brought, mine)(workspace, brought) },
  {
    name: 'the same file of that name',
    make: (workspace, brought) => saves(brought, `${course}\n`)(workspace, brought),
  },
  {
    name: 'own folder of that name',
    make: (workspace, brought) => saves(`${brought}/m.txt`, mine)(workspace, brought),
  },
  {
    name: 'ignored file of that name',
    ignores: true,
    make: (workspace, brought) => saves(brought, mine)(workspace, brought),
  },
  {
    name: 'broken link of that name',
    make: (workspace, brought) => {
      fs.symlinkSync('mine-elsewhere', join(workspace, brought));
      return myLink;
    },
  },
  {
    name: 'modified and read-only',
    make: (workspace, brought) => {
      const work = saves(FILE, textWith({ 2: mine }))(workspace, brought);
      fs.chmodSync(join(workspace, FILE), 0o444);
      return work;
    },
  },
  {
    name: 'read-only folder',
    make: (workspace, brought) => {
      const work = saves(FILE, textWith({ 2: mine }))(workspace, brought);
      fs.chmodSync(join(workspace, 'd'), 0o555);
      return work;
    },
  },
  { name: 'git rm, commit', make: withGit((git) => [['rm', '-q', FILE], ['commit']].forEach((args) => git(...args))) },
  { name: 'git mv, commit', make: withGit((git) => [['mv', FILE, OTHER], ['commit']].forEach((args) => git(...args))) },
  {
    name: 'edit, commit',
    make: (workspace, brought) => {
      const work = saves(FILE, textWith({ 8: mine }))(workspace, brought);
      withGit((git) => [['add', FILE], ['commit']].forEach((args) => git(...args)))(workspace, brought);
      return work;
    },
  },
  {
    name: 'that name, commit',
    make: (workspace, brought) => {
      const work = saves(brought, mine)(workspace, brought);
      withGit((git) => [['add', '-f', brought], ['commit']].forEach((args) => git(...args)))(workspace, brought);
      return work;
    },
  },
  {
    name: 'edit, staged',
    make: (workspace, brought) => {
      const work = saves(FILE, textWith({ 8: mine }))(workspace, brought);
      withGit((git) => git('add', FILE))(workspace, brought);
      return work;
    },
  },
  { name: 'lock of a git at work', make: withGit((_git, workspace) => write('.git/index.lock', '')(workspace)) },
  {
    name: 'lock of a dead git',
    make: withGit((_git, workspace) => {
      write('.git/index.lock', '')(workspace);
      const then = Date.now() / 1000 - 2 * TEN_MINUTES;
      fs.utimesSync(join(workspace, '.git/index.lock'), then, then);
    }),
  },
  {
    name: 'modified and unreadable',
    make: (workspace, brought) => {
      const work = saves(FILE, textWith({ 2: mine }))(workspace, brought);
      fs.chmodSync(join(workspace, FILE), 0o000);
      return work;
    },
  },
];
