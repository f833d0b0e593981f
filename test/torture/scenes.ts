/** The situations that are disturbed: a course and a home right before a command that has every kind of work to do. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { renamesOnCanvas } from './canvas-course.ts';
import type { Act, Files, Stand } from './stand.ts';

export interface Scene {
  /** Short, for `--scenario`. */
  readonly name: string;
  /** Brings everything to the moment before the command, and gives the command. */
  readonly prepare: (stand: Stand) => Act | Promise<Act>;
}

const pull = { kind: 'command', args: ['pull', './course', 'w', '--json'] } as const;

/** Work that goes on beside what a scene is about: most of a course changes while something special happens. */
const beside: Files = {
  'README.md': 'Welcome\n',
  'week1/intro.md': text('intro'),
  'week1/data/table.csv': 'a;b\n1;2\n',
  'week1/lab.ipynb': notebook(['# Lab', 'x = 1', 'print(x)']),
  'week2/slides.txt': text('slides'),
  'week2/old.txt': text('old'),
  'week2/picture.bin': '\u0000\u0001 one',
  ...exercises('as it was'),
};
const besideLater: Files = {
  'week1/intro.md': text('intro', 'better'),
  'week1/data/table.csv': 'a;b\n3;4\n',
  'week2/old.txt': null,
  'week3/new.txt': text('new'),
  'week3/deep/new.md': text('deep'),
  ...exercises('new'),
};

/** The first delivery, what the student did since, and what the course brings now. */
async function delivered(stand: Stand, first: Files, student: Files = {}): Promise<void> {
  stand.course({ ...beside, ...first });
  await stand.must(...pull.args);
  stand.student({ 'mine.txt': 'my own file\n', 'week1/notes.md': 'my notes\n', ...student });
}

function update(first: Files, student: Files, later: Files): Scene['prepare'] {
  return async (stand) => {
    await delivered(stand, first, student);
    stand.course({ ...besideLater, ...later });
    return pull;
  };
}

export const scenes: readonly Scene[] = [
  {
    name: 'first-pull',
    prepare: (stand) => {
      stand.course(beside);
      stand.student({ 'mine.txt': 'my own file\n', 'week1/notes.md': 'my notes\n', 'week2/slides.txt': 'my slides\n' });
      return pull;
    },
  },
  {
    name: 'update',
    prepare: update({}, {}, { 'README.md': 'Welcome back\n', 'week2/slides.txt': text('slides', 'new') }),
  },
  {
    name: 'both-changed',
    prepare: update(
      { 'week2/task.py': text('task') },
      { 'week2/task.py': `# mine\n${text('task')}`, 'week2/slides.txt': `${text('slides')}my remark\n` },
      { 'week2/task.py': `${text('task')}# the course's\n`, 'week2/slides.txt': `# new\n${text('slides')}` },
    ),
  },
  {
    name: 'both-changed-declined',
    prepare: update(
      { 'week2/task.py': text('task') },
      { 'week2/task.py': text('task', 'my answer') },
      { 'week2/task.py': `${text('task', 'the model answer')}# and more\n` },
    ),
  },
  {
    name: 'notebook',
    prepare: update(
      {},
      { 'week1/lab.ipynb': notebook(['# Lab', 'x = 42', 'print(x)', 'my own cell']) },
      { 'week1/lab.ipynb': notebook(['# Lab 1', 'x = 1', 'print(x)']) },
    ),
  },
  {
    name: 'course-copies',
    prepare: update(
      { 'week2/model.bin': '\u0000 model 1' },
      {
        'week2/model.bin': '\u0000 my model',
        'week2/picture.bin': '\u0000 my picture',
        'week3/new.txt': 'my own new.txt\n',
      },
      { 'week2/model.bin': '\u0000 model 2', 'week2/picture.bin': '\u0000 two' },
    ),
  },
  {
    name: 'rename',
    prepare: update(
      { 'week2/task.py': text('task'), 'week2/clean.py': text('clean') },
      { 'week2/task.py': text('task', 'my answer') },
      {
        'week2/task.py': null,
        'week2/clean.py': null,
        'sheet2/task.py': text('task'),
        'sheet2/clean.py': text('clean'),
      },
    ),
  },
  {
    name: 'folder-rename',
    prepare: update(
      many('sheets/1', 'as it was'),
      { 'sheets/1/a3.txt': text('a3', 'my answer'), 'sheets/1/own.txt': 'my own among them\n' },
      {
        ...Object.fromEntries(Object.keys(many('sheets/1', '')).map((path) => [path, null])),
        ...many('sheet1', 'as it was'),
      },
    ),
  },
  { name: 'many-files', prepare: update({}, {}, many('week7', 'new', 40)) },
  {
    name: 'swap',
    prepare: update(
      { 'a.txt': text('a'), 'b.txt': text('b'), 'c.txt': text('c') },
      { 'a.txt': text('a', 'mine') },
      { 'a.txt': text('b'), 'b.txt': text('a'), 'c.txt': text('c', 'new') },
    ),
  },
  {
    name: 'deletion',
    prepare: update(
      { 'week4/gone.txt': text('gone'), 'week4/edited.txt': text('edited'), 'week5/only.txt': text('only') },
      { 'week4/edited.txt': text('edited', 'mine'), 'week4/own.txt': 'my own beside it\n' },
      { 'week4/gone.txt': null, 'week4/edited.txt': null, 'week5/only.txt': null },
    ),
  },
  {
    name: 'student-deleted',
    prepare: async (stand) => {
      await delivered(stand, { 'week4/a.txt': text('a'), 'week4/b.txt': text('b') });
      fs.rmSync(join(stand.home, 'week4'), { recursive: true });
      fs.rmSync(join(stand.home, 'README.md'));
      stand.course({ ...besideLater, 'week4/a.txt': text('a', 'new') });
      return pull;
    },
  },
  {
    name: 'file-and-folder',
    prepare: update(
      { one: text('one'), 'two/inside.txt': text('inside'), three: text('three'), 'four/inside.txt': text('four') },
      { three: text('three', 'mine'), 'four/own.txt': 'my own in four\n' },
      {
        one: null,
        'one/inside.txt': text('one', 'inside'),
        'two/inside.txt': null,
        two: null,
        three: null,
        'three/inside.txt': text('three', 'inside'),
        'four/inside.txt': null,
        four: null,
      },
    ),
  },
  {
    name: 'case-rename',
    prepare: update(
      { 'Task.txt': text('task'), 'Edited.txt': text('edited') },
      { 'Edited.txt': text('edited', 'mine') },
      { 'Task.txt': null, 'task.txt': text('task'), 'Edited.txt': null, 'edited.txt': text('edited') },
    ),
  },
  {
    name: 'state-lost',
    prepare: async (stand) => {
      await delivered(stand, {}, { 'week2/slides.txt': `${text('slides')}my remark\n` });
      fs.rmSync(join(stand.home, '.f2git/state.json'));
      stand.course({ ...besideLater, 'week2/slides.txt': `# new\n${text('slides')}` });
      return pull;
    },
  },
  { name: 'chain', prepare: renamesOnCanvas },
  {
    name: 'chain-undo',
    prepare: async (stand) => {
      const act = await renamesOnCanvas(stand);
      await stand.must(...act.args);
      return { kind: 'command', args: ['undo', 'w', lastRun(stand), '--json'] };
    },
  },
  {
    name: 'undo',
    prepare: async (stand) => {
      const answer = { 'week2/slides.txt': `${text('slides')}my remark\n` };
      await update({}, answer, { 'week2/slides.txt': `# new\n${text('slides')}`, 'README.md': 'Welcome back\n' })(
        stand,
      );
      await stand.must(...pull.args);
      stand.student({ 'README.md': 'my own README\n', 'week3/mine.txt': 'in a folder the course brought\n' });
      return { kind: 'command', args: ['undo', 'w', lastRun(stand), '--json'] };
    },
  },
  {
    name: 'redo',
    prepare: async (stand) => {
      await update(
        {},
        { 'week2/slides.txt': `${text('slides')}my remark\n` },
        { 'README.md': 'Welcome back\n' },
      )(stand);
      await stand.must(...pull.args);
      await stand.must('undo', 'w');
      return { kind: 'command', args: ['undo', 'w', lastRun(stand), '--json'] };
    },
  },
  {
    name: 'take',
    prepare: async (stand) => {
      await update({}, { 'week1/intro.md': text('intro', 'my words') }, {})(stand);
      await stand.must(...pull.args);
      stand.student({ 'week1/intro.md': text('intro', 'my later words') });
      return { kind: 'command', args: ['take', 'w/week1/intro.md', '--json'] };
    },
  },
  {
    name: 'git-source',
    prepare: async (stand) => {
      const fromGit = ['pull', `git+file://${stand.folder}/course.git`, 'w', '--json'];
      stand.course({ ...beside, 'run.sh': 'echo 1\n' });
      commit(stand);
      await stand.must(...fromGit);
      stand.student({
        'week1/lab.ipynb': notebook(['# Lab', 'x = 42', 'print(x)']),
        'week2/slides.txt': text('slides', 'mine'),
      });
      stand.course({ ...besideLater, 'week2/slides.txt': `${text('slides')}the end\n` });
      fs.chmodSync(join(stand.folder, 'course/run.sh'), 0o755);
      commit(stand);
      return { kind: 'command', args: fromGit };
    },
  },
  {
    name: 'big-file',
    prepare: async (stand) => {
      const large = (word: string): string => `${word} of a large file\n`.repeat(200_000);
      await delivered(stand, { 'large.csv': large('line'), 'edited.csv': large('row') });
      stand.student({ 'edited.csv': `mine\n${large('row')}` });
      stand.course({ 'large.csv': large('LINE'), 'edited.csv': `${large('row')}the course’s\n` });
      return pull;
    },
  },
  {
    name: 'staff-sync',
    prepare: async (stand) => {
      configure(stand, '');
      stand.course(beside);
      await stand.must('sync', 'intro');
      stand.course(besideLater);
      return { kind: 'command', args: ['sync', 'intro', '--json'] };
    },
  },
  {
    name: 'release',
    prepare: async (stand) => {
      configure(
        stand,
        'release: [{ path: "week2/**", from: 2099-01-01 08:00 }, { path: "week3/**", from: 2099-01-01 08:00 }]',
      );
      stand.course({ ...beside, ...besideLater, 'week2/old.txt': text('old') });
      await stand.must('sync', 'intro');
      configure(
        stand,
        'release: [{ path: "week2/**", from: 2020-01-01 08:00 }, { path: "week1/intro.md", until: 2020-01-01 08:00 }, { path: "week3/**", from: 2099-01-01 08:00 }]',
      );
      return { kind: 'command', args: ['sync', 'intro', '--json'] };
    },
  },
  {
    name: 'confirm',
    prepare: async (stand) => {
      configure(stand, '');
      stand.course(beside);
      await stand.must('sync', 'intro');
      const [kept = '', ...gone] = Object.keys(beside);
      stand.course({ ...Object.fromEntries(gone.map((path) => [path, null])), [kept]: 'the last one\n' });
      await stand.must('sync', 'intro');
      return { kind: 'command', args: ['confirm', 'intro', '--json'] };
    },
  },
  {
    name: 'server-first-click',
    prepare: (stand) => {
      configure(stand, '');
      stand.course(beside);
      stand.student({ 'mine.txt': 'my own file\n', 'week2/slides.txt': 'my slides\n' });
      return { kind: 'click' };
    },
  },
  {
    name: 'server-click',
    prepare: async (stand) => {
      configure(stand, '');
      stand.course(beside);
      await stand.perform({ kind: 'click' });
      stand.student({ 'week1/intro.md': `my words\n${text('intro')}`, 'week2/picture.bin': '\u0000 my picture' });
      stand.course({
        ...besideLater,
        'week2/picture.bin': '\u0000 two',
        'week1/intro.md': `${text('intro')}the end\n`,
      });
      return { kind: 'click' };
    },
  },
];

/** Ten lines, the fifth of which somebody changes. */
function text(name: string, fifth = 'as it was'): string {
  return Array.from({ length: 10 }, (_, index) => `${name} line ${index}${index === 5 ? `: ${fifth}` : ''}\n`).join('');
}

function exercises(fifth: string): Files {
  return many('week6/exercises', fifth);
}

function many(folder: string, fifth: string, count = 14): Files {
  const names = Array.from({ length: count }, (_, index) => `a${index}`);
  return Object.fromEntries(names.map((name) => [`${folder}/${name}.txt`, text(name, fifth)]));
}

function lastRun({ home }: Stand): string {
  const runs = fs.readdirSync(join(home, '.f2git/runs')).sort();
  return runs.at(-1)?.replace('.json', '') ?? '';
}

/** A notebook as Jupyter saves it, each cell named by its place. */
export function notebook(sources: readonly string[]): string {
  const cells = sources.map((source, index) => ({
    cell_type: 'code',
    execution_count: null,
    id: `cell-${index}`,
    metadata: {},
    outputs: [],
    source: [source],
  }));
  return `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

/** A server's configuration, and the student's home below it. */
function configure(stand: Stand, course: string): void {
  stand.home = join(stand.folder, 'homes/ada/intro');
  fs.mkdirSync(join(stand.folder, 'homes/ada'), { recursive: true });
  const lines = [
    'listen: 127.0.0.1:0',
    'data: ./data',
    'homes: ./homes/{user}',
    'auth: none',
    'courses:',
    '  intro:',
    '    title: Introduction',
    '    source: ./course',
    '    freshness: 0s',
    ...(course === '' ? [] : [`    ${course}`]),
  ];
  fs.writeFileSync(join(stand.folder, 'f2git.yaml'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** Makes what is in the course's folder the newest commit of `course.git`. */
function commit({ folder }: Stand): void {
  const bare = join(folder, 'course.git');
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: readonly string[]): void => {
    execFileSync('git', ['--git-dir', bare, '--work-tree', join(folder, 'course'), ...args], { env, stdio: 'pipe' });
  };
  if (!fs.existsSync(bare)) execFileSync('git', ['init', '--bare', '-q', '-b', 'main', bare], { env, stdio: 'pipe' });
  git('add', '-A');
  git('-c', 'user.name=Course', '-c', 'user.email=course@localhost', 'commit', '-q', '-m', 'course');
}
