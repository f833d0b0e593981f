/**
 * What becomes of a notebook, case by case. Cells are named a, b, c, d; what the student did ends in `Mine`, what the
 * course did in `New`; s and u are cells the student and the course added.
 */
import type { NotebookOptions } from '../../../src/sync/merge-notebook.ts';
import { derivedId } from '../../../src/sync/notebook/read.ts';
import { cell, graded, notebook, type CellSpec, type FileSpec } from './notebooks.ts';

export interface Case {
  readonly number: number;
  readonly title: string;
  readonly base: string;
  readonly local: string;
  readonly offered: string;
  readonly options?: NotebookOptions;
  /** The file that comes out; `undefined`: it is not merged. */
  readonly merged: string | undefined;
  /** The cells, by id, of which the course wanted something else; `''` for the notebook itself. */
  readonly declined?: readonly string[];
  /** `returned b`, `reset t`, `order` */
  readonly notes?: readonly string[];
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => cell(name)) as [CellSpec, CellSpec, CellSpec, CellSpec];
const [s, u] = [cell('s'), cell('u')];
const mine = (name: string, more: CellSpec = {}): CellSpec => cell(name, { source: `${name}Mine`, ...more });
const renewed = (name: string, more: CellSpec = {}): CellSpec => cell(name, { source: `${name}New`, ...more });
/** Without ids it takes some likeness to tell which cell it was. */
const lightly = (name: string, comment: string): CellSpec =>
  cell(name, { source: `${name} = 1\nprint(${name})  # ${comment}` });
const abcd = notebook([a, b, c, d]);

const fiveLines = (changes: Readonly<Record<number, string>>): CellSpec =>
  cell('b', { source: [1, 2, 3, 4, 5].map((line) => changes[line] ?? `line ${line}`).join('\n') });
const withoutIds = (cells: readonly CellSpec[], file: FileSpec = {}): string => notebook(cells, { ...file, minor: 4 });
const picture = (data: string): Readonly<Record<string, unknown>> => ({ 'image/png': data });
const kernel = (name: string, display: string, version: string): Readonly<Record<string, unknown>> => ({
  kernelspec: { display_name: display, language: name, name },
  language_info: { name, version },
});
const solution = { grade: true, solution: true, points: 1 };
const locked = { grade: true, locked: true };
const derived = (of: CellSpec): CellSpec => ({ ...of, id: idMadeOf(of) });

/** The id a cell gets whose own one is taken, or that has none. */
function idMadeOf({ id, type = 'code', source = '' }: CellSpec): string {
  return derivedId({ id, body: `${type}\n${source}` });
}

export const cases: readonly Case[] = [
  { number: 1, title: 'nobody changed anything', base: abcd, local: abcd, offered: abcd, merged: abcd },
  {
    number: 2,
    title: 'only the course changed something: its bytes',
    base: abcd,
    local: abcd,
    offered: notebook([a, renewed('b'), c, d], { indent: 2 }),
    merged: notebook([a, renewed('b'), c, d], { indent: 2 }),
  },
  {
    number: 3,
    title: 'only the student changed something: their bytes',
    base: abcd,
    local: notebook([a, mine('b'), c, d], { indent: 4 }),
    offered: abcd,
    merged: notebook([a, mine('b'), c, d], { indent: 4 }),
  },
  {
    number: 4,
    title: 'each changed another cell',
    base: abcd,
    local: notebook([a, mine('b'), c, d]),
    offered: notebook([a, b, renewed('c'), d]),
    merged: notebook([a, mine('b'), renewed('c'), d]),
  },
  {
    number: 5,
    title: 'each changed another line of one cell',
    base: notebook([a, fiveLines({})]),
    local: notebook([a, fiveLines({ 1: 'mine' })]),
    offered: notebook([a, fiveLines({ 5: 'new' })]),
    merged: notebook([a, fiveLines({ 1: 'mine', 5: 'new' })]),
  },
  {
    number: 6,
    title: 'both changed one line: the student’s file as it is',
    base: notebook([a, fiveLines({})]),
    local: notebook([a, fiveLines({ 3: 'mine' })]),
    offered: notebook([a, fiveLines({ 3: 'new' })]),
    merged: notebook([a, fiveLines({ 3: 'mine' })]),
    declined: ['b'],
  },
  {
    number: 7,
    title: 'an answer is taken as a whole, its points are the course’s',
    base: notebook([a, graded('q', solution, { source: '1\n2\n3\n4\n5' })]),
    local: notebook([a, graded('q', solution, { source: 'mine\n2\n3\n4\n5' })]),
    offered: notebook([a, graded('q', { ...solution, points: 2 }, { source: '1\n2\n3\n4\nnew' })]),
    merged: notebook([a, graded('q', { ...solution, points: 2 }, { source: 'mine\n2\n3\n4\n5' })]),
    declined: ['q'],
  },
  {
    number: 8,
    title: 'a locked test is the course’s',
    base: notebook([a, graded('t', locked)]),
    local: notebook([a, graded('t', locked, { source: 'assert True' })]),
    offered: notebook([a, graded('t', locked, { source: 'tNew' })]),
    merged: notebook([a, graded('t', locked, { source: 'tNew' })]),
    notes: ['reset t'],
  },
  {
    number: 9,
    title: 'the course deleted a cell the student left alone',
    base: abcd,
    local: notebook([a, b, c, mine('d')]),
    offered: notebook([a, c, d]),
    merged: notebook([a, c, mine('d')]),
  },
  {
    number: 10,
    title: 'the course deleted a cell the student changed: it stays',
    base: abcd,
    local: notebook([a, mine('b'), c, d]),
    offered: notebook([a, c, d]),
    merged: notebook([a, mine('b'), c, d]),
    declined: ['b'],
  },
  {
    number: 11,
    title: 'the course deleted a cell the student only ran: it goes',
    base: abcd,
    local: notebook([a, { ...b, printed: '1', count: 2 }, c, mine('d')]),
    offered: notebook([a, c, d]),
    merged: notebook([a, c, mine('d')]),
  },
  {
    number: 12,
    title: 'the student deleted a cell the course left alone',
    base: abcd,
    local: notebook([a, c, d]),
    offered: notebook([a, b, c, renewed('d')]),
    merged: notebook([a, c, renewed('d')]),
  },
  {
    number: 13,
    title: 'the student deleted a cell the course changed: it comes back',
    base: abcd,
    local: notebook([a, c, d]),
    offered: notebook([a, renewed('b'), c, d]),
    merged: notebook([a, renewed('b'), c, d]),
    notes: ['returned b'],
  },
  {
    number: 14,
    title: 'the student deleted a locked test: it comes back',
    base: notebook([a, graded('t', locked), c]),
    local: notebook([a, mine('c')]),
    offered: notebook([renewed('a'), graded('t', locked), c]),
    merged: notebook([renewed('a'), graded('t', locked), mine('c')]),
    notes: ['returned t'],
  },
  {
    number: 15,
    title: 'both added a cell at one place: the student’s belongs to the cell above',
    base: abcd,
    local: notebook([a, s, b, c, d]),
    offered: notebook([a, u, b, c, d]),
    merged: notebook([a, s, u, b, c, d]),
  },
  {
    number: 16,
    title: 'both added the same cell: it is there once, as the student has it',
    base: abcd,
    local: notebook([cell('s', { source: 'import numpy' }), a, b, c, d]),
    offered: notebook([a, cell('u', { source: 'import numpy' }), b, c, d]),
    merged: notebook([cell('s', { source: 'import numpy' }), a, b, c, d]),
  },
  {
    number: 17,
    title: 'both added cells at the top and at the end',
    base: abcd,
    local: notebook([cell('s0'), a, b, c, d, cell('s9')]),
    offered: notebook([cell('u0'), a, b, c, d, cell('u9')]),
    merged: notebook([cell('s0'), cell('u0'), a, b, c, d, cell('s9'), cell('u9')]),
  },
  {
    number: 18,
    title: 'the course moved a cell the student changed',
    base: abcd,
    local: notebook([a, mine('b'), c, d]),
    offered: notebook([a, c, d, b]),
    merged: notebook([a, c, d, mine('b')]),
  },
  {
    number: 19,
    title: 'the student moved a cell the course changed',
    base: abcd,
    local: notebook([a, c, d, b]),
    offered: notebook([a, renewed('b'), c, d]),
    merged: notebook([a, c, d, renewed('b')]),
  },
  {
    number: 20,
    title: 'both reordered the cells: the student’s order',
    base: abcd,
    local: notebook([a, c, d, b]),
    offered: notebook([b, a, c, d]),
    merged: notebook([a, c, d, b]),
    notes: ['order'],
  },
  {
    number: 21,
    title: 'the student pasted a cell with its id: the second gets one of its own',
    base: abcd,
    local: notebook([a, b, b, c, d]),
    offered: notebook([a, b, renewed('c'), d]),
    merged: notebook([a, b, derived(b), renewed('c'), d]),
  },
  {
    number: 22,
    title: 'both gave one id to another new cell: both are there',
    base: abcd,
    local: notebook([a, cell('n1', { source: 'my own thoughts about this' }), b, c, d]),
    offered: notebook([a, b, c, d, cell('n1', { source: 'exercise = 3' })]),
    merged: notebook([
      a,
      cell('n1', { source: 'my own thoughts about this' }),
      b,
      c,
      d,
      derived(cell('n1', { source: 'exercise = 3' })),
    ]),
  },
  {
    number: 23,
    title: 'the course gave every cell a new id',
    base: abcd,
    local: notebook([a, b, c, mine('d')]),
    offered: notebook([
      { ...a, id: 'a2' },
      { ...b, id: 'b2' },
      { ...renewed('c'), id: 'c2' },
      { ...d, id: 'd2' },
    ]),
    merged: notebook([
      { ...a, id: 'a2' },
      { ...b, id: 'b2' },
      { ...renewed('c'), id: 'c2' },
      { ...mine('d'), id: 'd2' },
    ]),
  },
  {
    number: 24,
    title: 'the student’s Jupyter gave ids to a notebook of the course that has none',
    base: withoutIds([a, b, c, d]),
    local: notebook([a, lightly('b', 'mine'), c, d]),
    offered: withoutIds([a, u, b, lightly('c', 'new'), d]),
    merged: notebook([
      a,
      { ...u, id: idMadeOf({ ...u, id: undefined }) },
      lightly('b', 'mine'),
      lightly('c', 'new'),
      d,
    ]),
  },
  {
    number: 25,
    title: 'empty answers were filled in, and the course put a question between them',
    base: withoutIds([cell('Q1'), cell('e', { source: '' }), cell('e', { source: '' }), c]),
    local: withoutIds([cell('Q1'), cell('answer1'), cell('answer2'), c]),
    offered: withoutIds([cell('Q1'), cell('e', { source: '' }), cell('Q2'), cell('e', { source: '' }), c]),
    merged: withoutIds([cell('Q1'), cell('answer1'), cell('Q2'), cell('answer2'), c]),
  },
  {
    number: 26,
    title: 'both ran a cell: the student’s output',
    base: notebook([a, b]),
    local: notebook([{ ...a, printed: 'mine', count: 7 }, b]),
    offered: notebook([{ ...a, printed: 'theirs', count: 1 }, renewed('b')]),
    merged: notebook([{ ...a, printed: 'mine', count: 7 }, renewed('b')]),
  },
  {
    number: 27,
    title: 'the student ran a cell whose text is new: the output of the new text',
    base: notebook([a, b]),
    local: notebook([{ ...a, printed: 'mine', count: 7 }, mine('b')]),
    offered: notebook([renewed('a', { printed: 'theirs', count: 1 }), b]),
    merged: notebook([renewed('a', { printed: 'theirs', count: 1 }), mine('b')]),
  },
  {
    number: 28,
    title: 'the course changed the kernel, Jupyter only its description',
    base: notebook([a], { metadata: kernel('python3', 'Python 3', '3.9') }),
    local: notebook([mine('a')], { metadata: kernel('python3', 'Python 3 (ipykernel)', '3.11') }),
    offered: notebook([a], { metadata: kernel('ir', 'R', '4.4') }),
    merged: notebook([mine('a')], { metadata: kernel('ir', 'R', '4.4') }),
  },
  {
    number: 29,
    title: 'a picture of each and text of the student',
    base: notebook([cell('m', { type: 'markdown', source: '![](attachment:p)', attachments: { p: picture('AA==') } })]),
    local: notebook([
      cell('m', {
        type: 'markdown',
        source: '![](attachment:p) ![](attachment:s)',
        attachments: { p: picture('AA=='), s: picture('CC==') },
      }),
    ]),
    offered: notebook([
      cell('m', { type: 'markdown', source: '![](attachment:p)', attachments: { p: picture('BB==') } }),
    ]),
    merged: notebook([
      cell('m', {
        type: 'markdown',
        source: '![](attachment:p) ![](attachment:s)',
        attachments: { p: picture('BB=='), s: picture('CC==') },
      }),
    ]),
  },
  {
    number: 30,
    title: 'the student made code of a text the course changed: both are there',
    base: notebook([a, cell('m', { type: 'markdown', source: 'text' }), b]),
    local: notebook([a, cell('n', { source: 'text' }), b]),
    offered: notebook([a, cell('m', { type: 'markdown', source: 'new text' }), b]),
    merged: notebook([a, cell('n', { source: 'text' }), cell('m', { type: 'markdown', source: 'new text' }), b]),
    notes: ['returned m'],
  },
  {
    number: 31,
    title: 'what each noted about a cell',
    base: notebook([cell('a', { metadata: { tags: ['x'] } })]),
    local: notebook([cell('a', { metadata: { collapsed: true, tags: ['x'] } })]),
    offered: notebook([renewed('a', { metadata: { tags: ['x', 'y'] } })]),
    merged: notebook([renewed('a', { metadata: { collapsed: true, tags: ['x', 'y'] } })]),
  },
  {
    number: 32,
    title: 'the student split a cell the course changed',
    base: notebook([a, fiveLines({})]),
    local: notebook([a, cell('b', { source: 'line 1\nline 2' }), cell('s', { source: 'line 3\nline 4\nline 5' })]),
    offered: notebook([a, fiveLines({ 5: 'new' })]),
    merged: notebook([a, cell('b', { source: 'line 1\nline 2' }), cell('s', { source: 'line 3\nline 4\nline 5' })]),
    declined: ['b'],
  },
  {
    number: 33,
    title: 'the student’s file is cut off',
    base: abcd,
    local: abcd.slice(0, -10),
    offered: notebook([renewed('a')]),
    merged: undefined,
  },
  {
    number: 34,
    title: 'the student’s file says something twice',
    base: abcd,
    local: abcd.replace('"metadata": {},', '"metadata": {}, "metadata": {},'),
    offered: notebook([renewed('a')]),
    merged: undefined,
  },
  {
    number: 35,
    title: 'the course’s file is indented otherwise and its names are in another order',
    base: abcd,
    local: notebook([a, mine('b'), c, d]),
    offered: unsorted([a, b, renewed('c'), d]),
    merged: notebook([a, mine('b'), renewed('c'), d]),
  },
  {
    number: 36,
    title: 'numbers and names that programs like to change',
    base: peculiar(abcd),
    local: peculiar(notebook([a, mine('b'), c, d])),
    offered: peculiar(notebook([a, b, renewed('c'), d])),
    merged: peculiar(notebook([a, mine('b'), renewed('c'), d])),
  },
  {
    number: 37,
    title: 'the student’s file is written in ASCII',
    base: notebook([a, cell('m', { type: 'markdown', source: 'Grüße' })], { isAscii: true }),
    local: notebook([a, cell('m', { type: 'markdown', source: 'Grüße von mir' })], { isAscii: true }),
    offered: notebook([a, cell('m', { type: 'markdown', source: 'Grüße' }), cell('u', { source: 'Übung 😀' })]),
    merged: notebook([a, cell('m', { type: 'markdown', source: 'Grüße von mir' }), cell('u', { source: 'Übung 😀' })], {
      isAscii: true,
    }),
  },
  {
    number: 38,
    title: 'the student’s file has no line end at its end',
    base: notebook([a, b, c]),
    local: notebook([a, mine('b'), c], { endsWithLineEnd: false }),
    offered: notebook([a, b, renewed('c')]),
    merged: notebook([a, mine('b'), renewed('c')], { endsWithLineEnd: false }),
  },
  {
    number: 39,
    title: 'the student’s file is one line',
    base: notebook([a, b, c]),
    local: notebook([a, mine('b'), c], { indent: 0, endsWithLineEnd: false }),
    offered: notebook([a, b, renewed('c'), u]),
    merged: notebook([a, mine('b'), renewed('c'), u], { indent: 0, endsWithLineEnd: false }),
  },
  {
    number: 40,
    title: 'the student’s file has other line ends',
    base: notebook([a, b, c]),
    local: notebook([a, mine('b'), c], { lineEnd: '\r\n' }),
    offered: notebook([a, b, renewed('c'), u]),
    merged: notebook([a, mine('b'), renewed('c'), u], { lineEnd: '\r\n' }),
  },
  {
    number: 41,
    title: 'the student’s file begins with a byte order mark',
    base: abcd,
    local: `\ufeff${abcd}`,
    offered: notebook([a, b, renewed('c'), d]),
    merged: undefined,
  },
  {
    number: 42,
    title: 'Jupyter wrote the text of all cells as lines',
    base: notebook([a, b, c], { source: 'string' }),
    local: notebook([a, b, mine('c')]),
    offered: notebook([a, cell('b', { source: 'new\ntext' }), c], { source: 'string' }),
    merged: notebook([a, cell('b', { source: 'new\ntext' }), mine('c')]),
  },
  {
    number: 43,
    title: 'a tab that was open for long saved what the course once had',
    base: notebook([a, cell('b', { source: 'v2' }), c]),
    local: notebook([a, cell('b', { source: 'v1' }), mine('c')]),
    offered: notebook([a, cell('b', { source: 'v3' }), c]),
    options: { earlier: [Buffer.from(notebook([a, cell('b', { source: 'v1' }), c]))] },
    merged: notebook([a, cell('b', { source: 'v3' }), mine('c')]),
  },
  {
    number: 44,
    title: 'the student copied an answer and changed both',
    base: notebook([a, graded('q1', solution, { source: 'answer = None' })]),
    local: notebook([
      a,
      graded('q1', solution, { source: 'answer = None + 1' }),
      { ...graded('q1', solution, { source: 'second thoughts' }), id: 's' },
    ]),
    offered: notebook([renewed('a'), graded('q1', solution, { source: 'answer = 0' })]),
    merged: notebook([
      renewed('a'),
      graded('q1', solution, { source: 'answer = None + 1' }),
      { ...graded('q1', solution, { source: 'second thoughts' }), id: 's' },
    ]),
    declined: ['q1'],
  },
  {
    number: 45,
    title: 'the student deleted every cell',
    base: notebook([a, b]),
    local: notebook([]),
    offered: notebook([a, renewed('b')]),
    merged: notebook([renewed('b')]),
    notes: ['returned b'],
  },
  {
    number: 46,
    title: 'the course deleted every cell',
    base: notebook([a, b]),
    local: notebook([a, mine('b')]),
    offered: notebook([]),
    merged: notebook([mine('b')]),
    declined: ['b'],
  },
  {
    number: 47,
    title: 'the course’s file is of another version of the format',
    base: abcd,
    local: notebook([mine('a')]),
    offered: abcd.replace('"nbformat": 4,', '"nbformat": 3,'),
    merged: undefined,
  },
  {
    number: 49,
    title: 'the student deleted a picture their text still shows',
    base: notebook([a, twice({ p: picture('AA==') })]),
    local: notebook([a, twice({})]),
    offered: notebook([renewed('a'), twice({ p: picture('AA==') })]),
    merged: notebook([renewed('a'), twice({})]),
  },
  {
    number: 50,
    title: 'the state of widgets is the student’s',
    base: notebook([a], { metadata: { ...kernel('python3', 'Python', '3'), widgets: { state: 1 } } }),
    local: notebook([mine('a')], { metadata: { ...kernel('python3', 'Python', '3'), widgets: { state: 2 } } }),
    offered: notebook([a], { metadata: kernel('python3', 'Python', '3') }),
    merged: notebook([mine('a')], { metadata: { ...kernel('python3', 'Python', '3'), widgets: { state: 2 } } }),
    declined: [''],
  },
  {
    number: 51,
    title: 'the course copied a text and made code of the original, and so did the student: it is there once',
    base: notebook([a, cell('m', { type: 'markdown', source: 'text' })]),
    local: notebook([a, cell('m', { source: 'text' })]),
    offered: notebook([a, cell('m', { source: 'text' }), cell('u', { type: 'markdown', source: 'text' })]),
    merged: notebook([a, cell('m', { source: 'text' }), cell('u', { type: 'markdown', source: 'text' })]),
  },
  {
    number: 52,
    title: 'both made code of a text, and the student’s Jupyter gave it a new id: it is there once',
    base: notebook([a, cell('m', { type: 'markdown', source: 'text' }), b]),
    local: notebook([a, cell('n', { source: 'text' }), mine('b')]),
    offered: notebook([a, cell('m', { source: 'text' }), b]),
    merged: notebook([a, cell('n', { source: 'text' }), mine('b')]),
  },
  {
    number: 53,
    title: 'a text is there twice without ids, and the course puts it at the top as well: the student’s stays in place',
    base: withoutIds([a, cell('p', { source: 'show it' }), b, cell('p', { source: 'show it' }), c]),
    local: withoutIds([a, cell('p', { source: 'show it' }), b, cell('p', { source: 'show it, mine' }), c]),
    offered: withoutIds([
      cell('p', { source: 'show it' }),
      a,
      cell('p', { source: 'show it' }),
      b,
      cell('p', { source: 'show it' }),
      c,
    ]),
    merged: withoutIds([
      cell('p', { source: 'show it' }),
      a,
      cell('p', { source: 'show it' }),
      b,
      cell('p', { source: 'show it, mine' }),
      c,
    ]),
  },
  {
    number: 54,
    title: 'the course copied an answer without id and marked the copy: the student’s is the one in its place',
    base: withoutIds([a, graded('q', solution), b]),
    local: withoutIds([a, graded('q', solution, { source: 'q = 1\nprint(q) # mine' }), b]),
    offered: withoutIds([graded('q', solution, { metadata: { tags: ['x'] } }), a, graded('q', solution), b]),
    merged: withoutIds([
      graded('q', solution, { metadata: { tags: ['x'] } }),
      a,
      graded('q', solution, { source: 'q = 1\nprint(q) # mine' }),
      b,
    ]),
  },
  {
    number: 55,
    title:
      'the course put a copy of another cell where a blank one was, and so did the student: no answer was filled in',
    base: withoutIds([a, cell('e', { source: '' })]),
    local: withoutIds([a, a, cell('e', { source: '' })]),
    offered: withoutIds([a, a]),
    merged: withoutIds([a, a]),
  },
  {
    number: 56,
    title: 'the course put another cell where a blank one was the student filled in: both are there',
    base: notebook([a, cell('e', { source: '' }), b]),
    local: notebook([a, cell('e', { source: 'mine' }), b]),
    offered: notebook([a, u, b]),
    merged: notebook([a, cell('e', { source: 'mine' }), u, b]),
    declined: ['e'],
  },
  {
    number: 57,
    title: 'the student pasted a cell with its id and the course deleted it: the copy gets an id of its own',
    base: notebook([a, b, c]),
    local: notebook([a, b, b, mine('c')]),
    offered: notebook([a, c]),
    merged: notebook([a, derived(b), mine('c')]),
  },
  {
    number: 58,
    title: 'a copy of what the course deleted is no sign of an old tab where its id is another',
    base: notebook([a, c]),
    local: notebook([a, { ...b, id: 'copy' }, mine('c')]),
    offered: notebook([renewed('a'), c]),
    options: { earlier: [Buffer.from(notebook([a, b, c]))] },
    merged: notebook([renewed('a'), { ...b, id: 'copy' }, mine('c')]),
  },
  {
    number: 59,
    title: 'nor where the file has an id that came later',
    base: notebook([{ ...a, id: 'a2' }, c]),
    local: notebook([{ ...mine('a'), id: 'a2' }, b, c]),
    offered: notebook([{ ...a, id: 'a2' }, renewed('c')]),
    options: { earlier: [Buffer.from(notebook([a, b, c]))] },
    merged: notebook([{ ...mine('a'), id: 'a2' }, b, renewed('c')]),
  },
  {
    number: 60,
    title: 'a copy of what the course once said is the student’s, though the course says something like it now',
    base: notebook([cell('b', { source: 'one two three four v2' })]),
    local: notebook([mine('a'), cell('copy', { source: 'one two three four v1' })]),
    offered: notebook([cell('b', { source: 'one two three four v2' }), u]),
    options: { earlier: [Buffer.from(notebook([cell('b', { source: 'one two three four v1' })]))] },
    merged: notebook([mine('a'), cell('copy', { source: 'one two three four v1' }), u]),
  },
  {
    number: 61,
    title: 'the student changed a cell and pasted an equal one with its id, and the course deleted that: a new id',
    base: notebook([a, cell('x', { source: 'a = 1\nprint(a)' }), c]),
    local: notebook([
      cell('a', { source: 'all mine' }),
      cell('x', { source: 'a = 1\nprint(a)' }),
      cell('x', { source: 'a = 1\nprint(a)' }),
      mine('c'),
    ]),
    offered: notebook([a, c]),
    merged: notebook([cell('a', { source: 'all mine' }), derived(cell('x', { source: 'a = 1\nprint(a)' })), mine('c')]),
  },
  {
    number: 62,
    title:
      'an old tab saved what the course once had in a cell, of which there is a copy: the course’s text comes back',
    base: notebook([cell('x', { source: 'v1' }), cell('b', { source: 'v2' }), c]),
    local: notebook([cell('x', { source: 'v1' }), cell('b', { source: 'v1' }), mine('c')]),
    offered: notebook([cell('x', { source: 'v1' }), cell('b', { source: 'v2' }), c, u]),
    options: { earlier: [Buffer.from(notebook([cell('b', { source: 'v1' })]))] },
    merged: notebook([cell('x', { source: 'v1' }), cell('b', { source: 'v2' }), mine('c'), u]),
  },
  {
    number: 63,
    title: 'both changed the text, and the course made it code: the student’s cell as it is, both wishes told',
    base: notebook([a, cell('m', { type: 'markdown', source: 'text' })]),
    local: notebook([a, cell('m', { type: 'markdown', source: 'mine' })]),
    offered: notebook([a, cell('m', { source: 'new' })]),
    merged: notebook([a, cell('m', { type: 'markdown', source: 'mine' })]),
    declined: ['m', 'm'],
  },
];

function twice(attachments: Readonly<Record<string, unknown>>): CellSpec {
  return cell('m', { type: 'markdown', source: '![](attachment:p) and again ![](attachment:p)', attachments });
}

/** As a program writes that does not care for order. */
function unsorted(cells: readonly CellSpec[]): string {
  const { cells: sorted, ...rest } = JSON.parse(notebook(cells)) as { readonly cells: readonly object[] };
  const reversed = sorted.map((each) => Object.fromEntries(Object.entries(each).reverse()));
  return JSON.stringify({ ...rest, cells: reversed }, null, 2);
}

/** With metadata that does not survive being read and written by Python or JavaScript. */
function peculiar(text: string): string {
  const metadata = '"metadata": {"version": 1.0, "big": 12345678901234567890, "9": -0, "b": 1E5, "1": "\\/"}';
  return text.replace(/"metadata": \{\n {2}"kernelspec[^]*?\n \}/, metadata);
}
