/**
 * Every row of the merge table, seen from outside: a folder as the source, `f2git pull --json`, what is said and what is
 * in the workspace. Row 9 needs a source that cannot tell a removed file from a hidden one; a folder always can, so that
 * row is shown in a real home by `test/sync/scenarios.test.ts`.
 */
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFiles } from '../e2e/support.ts';
import { runJson, scratch, studentsTree } from './support.ts';

const place = scratch();
afterAll(place.remove);

type Files = Readonly<Record<string, string>>;

interface Row {
  readonly rows: string;
  readonly title: string;
  /** What the course has at the first pull, beside files that stay as they are. */
  readonly course: Files;
  /** What happens between the pulls. */
  readonly change: (at: { readonly course: string; readonly home: string }) => void;
  readonly status?: number;
  readonly outcome?: string;
  /** What the second pull says of its files. */
  readonly told: readonly object[];
  /** What is in the workspace after it, without the files that stay. */
  readonly home: Files;
  readonly executable?: readonly string[];
  /** What a third pull says; nothing unless given. */
  readonly again?: readonly object[];
}

const notebook = (text: string): string =>
  JSON.stringify({ cells: [{ source: text }], nbformat: 4, nbformat_minor: 5 });
const remove = (folder: string, ...names: readonly string[]): void =>
  names.forEach((name) => rmSync(join(folder, name), { recursive: true }));

const rows: readonly Row[] = [
  {
    rows: '1',
    title: 'a file the source has trouble with stays, and the trouble is named',
    course: { 'f.txt': 'one\n' },
    change: ({ course }) => {
      remove(course, 'f.txt');
      symlinkSync('/etc/hostname', join(course, 'f.txt'));
    },
    told: [{ path: 'f.txt', action: 'skipped' }],
    home: { 'f.txt': 'one\n' },
    again: [{ path: 'f.txt', action: 'skipped' }],
  },
  {
    rows: '1',
    title: 'deletions of more than half of the course are held, also when it is pulled again',
    course: { 'f.txt': 'one\n', 'g.txt': 'two\n', 'h.txt': 'three\n' },
    change: ({ course }) => remove(course, 'f.txt', 'g.txt', 'h.txt'),
    told: [
      { path: 'f.txt', action: 'held' },
      { path: 'g.txt', action: 'held' },
      { path: 'h.txt', action: 'held' },
    ],
    home: { 'f.txt': 'one\n', 'g.txt': 'two\n', 'h.txt': 'three\n' },
    again: [
      { path: 'f.txt', action: 'held' },
      { path: 'g.txt', action: 'held' },
      { path: 'h.txt', action: 'held' },
    ],
  },
  {
    rows: '2',
    title: 'a file that is being saved is left alone, the others go on',
    course: { 'f.txt': 'one\n', 'g.txt': 'one\n' },
    change: ({ course, home }) => {
      writeFiles(course, { 'f.txt': 'two\n', 'g.txt': 'two\n' });
      writeFiles(home, { 'f.txt': 'mine\n', '.~f.txt': 'one\n' });
    },
    status: 4,
    outcome: 'partial',
    told: [
      { path: 'f.txt', action: 'skipped' },
      { path: 'g.txt', action: 'updated' },
    ],
    home: { 'f.txt': 'mine\n', '.~f.txt': 'one\n', 'g.txt': 'two\n' },
    again: [{ path: 'f.txt', action: 'skipped' }],
  },
  {
    rows: '3',
    title: 'the same change on both sides is nothing new',
    course: { 'f.txt': 'one\n' },
    change: ({ course, home }) => {
      writeFiles(course, { 'f.txt': 'two\n', 'n.txt': 'new\n' });
      writeFiles(home, { 'f.txt': 'two\n', 'n.txt': 'new\n' });
    },
    outcome: 'unchanged',
    told: [],
    home: { 'f.txt': 'two\n', 'n.txt': 'new\n' },
  },
  {
    rows: '4',
    title: 'a new file is added',
    course: {},
    change: ({ course }) => writeFiles(course, { 'week 1/ü.txt': 'new\n' }),
    told: [{ path: 'week 1/ü.txt', action: 'added' }],
    home: { 'week 1/ü.txt': 'new\n' },
  },
  {
    rows: '5',
    title: 'a file the student deleted comes again',
    course: { 'f.txt': 'one\n' },
    change: ({ home }) => remove(home, 'f.txt'),
    told: [{ path: 'f.txt', action: 'restored' }],
    home: { 'f.txt': 'one\n' },
  },
  {
    rows: '6',
    title: 'a file the student deleted and the course changed comes in its new version',
    course: { 'f.txt': 'one\n' },
    change: ({ course, home }) => {
      remove(home, 'f.txt');
      writeFiles(course, { 'f.txt': 'two\n' });
    },
    told: [{ path: 'f.txt', action: 'restored' }],
    home: { 'f.txt': 'two\n' },
  },
  {
    rows: '7',
    title: 'a file only the course changed is updated',
    course: { 'f.txt': 'one\n' },
    change: ({ course }) => writeFiles(course, { 'f.txt': 'two\n' }),
    told: [{ path: 'f.txt', action: 'updated' }],
    home: { 'f.txt': 'two\n' },
  },
  {
    rows: '7, permission bit',
    title: 'a script that becomes executable becomes so in the home, with the student’s edit',
    course: { 'run.sh': 'one\n' },
    change: ({ course, home }) => {
      chmodSync(join(course, 'run.sh'), 0o755);
      writeFiles(home, { 'run.sh': 'mine\n' });
    },
    told: [{ path: 'run.sh', action: 'updated' }],
    home: { 'run.sh': 'mine\n' },
    executable: ['run.sh'],
  },
  {
    rows: '8',
    title: 'a file the course removed goes, with the folder it leaves empty',
    course: { 'week1/f.txt': 'one\n' },
    change: ({ course }) => remove(course, 'week1'),
    told: [{ path: 'week1/f.txt', action: 'removed' }],
    home: {},
  },
  {
    rows: '10',
    title: 'a file only the student changed stays, and nothing is said',
    course: { 'f.txt': 'one\n' },
    change: ({ home }) => writeFiles(home, { 'f.txt': 'mine\n' }),
    outcome: 'unchanged',
    told: [],
    home: { 'f.txt': 'mine\n' },
  },
  {
    rows: '11',
    title: 'changes in different places come together',
    course: { 'f.txt': '1\n2\n3\n4\n' },
    change: ({ course, home }) => {
      writeFiles(course, { 'f.txt': '1\n2\n3\ncourse\n' });
      writeFiles(home, { 'f.txt': 'mine\n2\n3\n4\n' });
    },
    told: [{ path: 'f.txt', action: 'merged' }],
    home: { 'f.txt': 'mine\n2\n3\ncourse\n' },
  },
  {
    rows: '11, declined',
    title: 'where both changed one place the student’s stays, and what the course wanted is told',
    course: { 'f.txt': '1\n2\n3\n4\n' },
    change: ({ course, home }) => {
      writeFiles(course, { 'f.txt': 'theirs\n2\n3\ncourse\n' });
      writeFiles(home, { 'f.txt': 'mine\n2\n3\n4\n' });
    },
    told: [{ path: 'f.txt', action: 'merged', declined: [{ lines: [1, 1], course: 'theirs', yours: 'mine' }] }],
    home: { 'f.txt': 'mine\n2\n3\ncourse\n' },
  },
  {
    rows: '11, all declined',
    title: 'where nothing of the course’s change fits, the file is kept and told so',
    course: { 'f.txt': '1\n2\n' },
    change: ({ course, home }) => {
      writeFiles(course, { 'f.txt': 'theirs\n2\n' });
      writeFiles(home, { 'f.txt': 'mine\n2\n' });
    },
    told: [{ path: 'f.txt', action: 'kept', declined: [{ course: 'theirs', yours: 'mine' }] }],
    home: { 'f.txt': 'mine\n2\n' },
  },
  {
    rows: '12',
    title: 'what cannot be merged stays the student’s; the course’s version lies beside',
    course: { 'p.png': 'one\0' },
    change: ({ course, home }) => {
      writeFiles(course, { 'p.png': 'two\0' });
      writeFiles(home, { 'p.png': 'mine\0' });
    },
    told: [{ path: 'p.png', action: 'copied', copy: 'p.course.png' }],
    home: { 'p.png': 'mine\0', 'p.course.png': 'two\0' },
  },
  {
    rows: '13',
    title: 'a student’s own file keeps its name; the course’s new one lies beside',
    course: {},
    change: ({ course, home }) => {
      writeFiles(course, { 'lab1.ipynb': notebook('theirs') });
      writeFiles(home, { 'lab1.ipynb': notebook('mine') });
    },
    told: [{ path: 'lab1.ipynb', action: 'copied', copy: 'lab1.course.ipynb' }],
    home: { 'lab1.ipynb': notebook('mine'), 'lab1.course.ipynb': notebook('theirs') },
  },
  {
    rows: '14',
    title: 'a file the course removed and the student changed stays as their own',
    course: { 'f.txt': 'one\n' },
    change: ({ course, home }) => {
      remove(course, 'f.txt');
      writeFiles(home, { 'f.txt': 'mine\n' });
    },
    told: [{ path: 'f.txt', action: 'kept' }],
    home: { 'f.txt': 'mine\n' },
  },
  {
    rows: '15, folder',
    title: 'a folder of the student’s in a file’s place stays; the course’s file lies beside',
    course: {},
    change: ({ course, home }) => {
      writeFiles(course, { 'n.txt': 'new\n' });
      writeFiles(home, { 'n.txt/own': 'mine\n' });
    },
    told: [{ path: 'n.txt', action: 'copied', copy: 'n.course.txt' }],
    home: { 'n.txt/own': 'mine\n', 'n.course.txt': 'new\n' },
  },
  {
    rows: '15, file',
    title: 'a file of the student’s in a folder’s place stays; the course’s folder lies beside',
    course: {},
    change: ({ course, home }) => {
      writeFiles(course, { 'n/i.txt': 'new\n' });
      writeFiles(home, { n: 'mine\n' });
    },
    told: [{ path: 'n/i.txt', action: 'copied', copy: 'n.course/i.txt' }],
    home: { n: 'mine\n', 'n.course/i.txt': 'new\n' },
  },
  {
    rows: '15, case and Unicode',
    title: 'a name that differs only in case or Unicode form counts as the same',
    course: {},
    change: ({ course, home }) => {
      writeFiles(course, { 'Lab.txt': 'new\n', '\u00fc.txt': 'new\n' });
      writeFiles(home, { 'lab.txt': 'mine\n', 'u\u0308.txt': 'mine\n' });
    },
    told: [
      { path: 'Lab.txt', action: 'copied', copy: 'Lab.course.txt' },
      { path: '\u00fc.txt', action: 'copied', copy: '\u00fc.course.txt' },
    ],
    home: { 'lab.txt': 'mine\n', 'Lab.course.txt': 'new\n', 'u\u0308.txt': 'mine\n', '\u00fc.course.txt': 'new\n' },
  },
  {
    rows: '15, link',
    title: 'a link of the student’s stays and is not written through',
    course: { 'f.txt': 'one\n' },
    change: ({ course, home }) => {
      writeFiles(course, { 'f.txt': 'two\n' });
      remove(home, 'f.txt');
      symlinkSync('../outside', join(home, 'f.txt'));
    },
    told: [{ path: 'f.txt', action: 'copied', copy: 'f.course.txt' }],
    home: { 'f.txt': 'link ../outside', 'f.course.txt': 'two\n' },
  },
  {
    rows: 'rename',
    title: 'a file the course renamed gets its new name',
    course: { 'f.txt': 'one\n' },
    change: ({ course }) => {
      remove(course, 'f.txt');
      writeFiles(course, { 'week1/g.txt': 'one\n' });
    },
    told: [{ path: 'week1/g.txt', action: 'renamed', from: 'f.txt' }],
    home: { 'week1/g.txt': 'one\n' },
  },
];

/** Enough files that stay, so that one that goes is not half of the course. */
const staying: Files = { 's1.txt': 's1\n', 's2.txt': 's2\n' };

let count = 0;

describe.each(rows)('row $rows', (row) => {
  it(row.title, async () => {
    const at = join(place.folder, `row-${++count}`);
    const [course, home, args] = [join(at, 'course'), join(at, 'home'), ['pull', './course', 'home']];
    mkdirSync(at);
    writeFiles(course, { ...staying, ...row.course });
    const first = await runJson(at, args);
    expect(first.outcome).toBe('updated');
    expect(first.base).toBeNull();

    row.change({ course, home });
    const second = await runJson(at, args, { status: row.status ?? 0 });
    expect(second.files).toMatchObject(row.told);
    expect(second.files.every(({ message }) => message.length > 10)).toBe(true);
    expect(second.base).toBe(first.head);
    for (const path of row.executable ?? []) expect(statSync(join(home, path)).mode & 0o777).toBe(0o755);
    if (row.outcome !== undefined) expect(second.outcome).toBe(row.outcome);
    expect(filesIn(home)).toEqual({ ...staying, ...row.home });

    const third = await runJson(at, args, { status: row.status ?? 0 });
    expect(third.files).toMatchObject(row.again ?? []);
    if (row.again === undefined) expect(third.outcome).toBe('unchanged');
    expect(filesIn(home)).toEqual({ ...staying, ...row.home });
  });
});

/** Content of files and links, and the folders that are empty. */
function filesIn(home: string): Record<string, string> {
  const files: Record<string, string> = {};
  const tree = Object.entries(studentsTree(home)).filter(([path]) => path !== '.');
  for (const [path, what] of tree) {
    const text = /^file \d+ ([^]*)$/.exec(what)?.[1];
    if (text !== undefined) files[path] = Buffer.from(text, 'latin1').toString();
    else if (!tree.some(([other]) => other.startsWith(`${path}/`))) files[path] = what;
  }
  return files;
}
