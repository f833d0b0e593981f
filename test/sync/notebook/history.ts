/**
 * Random histories of a notebook: a course and a student who do to it what people do, round after round. Some cells are
 * blank or alike, because those are what alignment goes wrong on.
 */
import fc from 'fast-check';
import { act, deedNames, kernelOf, type DeedName, type Draft, type Side } from './deeds.ts';
import { cell, graded, notebook, type CellSpec, type FileSpec } from './notebooks.ts';

interface DeedSpec {
  readonly name: DeedName;
  readonly at: number;
  readonly to: number;
}

/** What both do between two clicks, and how each saves the file. */
interface RoundSpec {
  readonly course: readonly DeedSpec[];
  readonly student: readonly DeedSpec[];
  readonly courseFile: FileSpec;
  readonly studentFile: FileSpec;
}

export interface HistorySpec {
  readonly minor: number;
  readonly cells: number;
  readonly rounds: readonly RoundSpec[];
}

/** One click: what was delivered, what the course offers, what the student has. */
export interface Round {
  readonly base: string;
  readonly offered: string;
  readonly local: string;
  /** What else the course ever published before, the newest first. */
  readonly earlier: readonly string[];
  /** Whether the history ends with it. */
  readonly isLast: boolean;
}

export function histories(): fc.Arbitrary<HistorySpec> {
  const often: readonly DeedName[] = ['editLine', 'insert', 'remove', 'run'];
  const deed = fc.record({
    name: fc.constantFrom(...deedNames, ...often),
    at: fc.nat(11),
    to: fc.nat(11),
  });
  const round = fc.record({
    course: fc.array(deed, { maxLength: 4 }),
    student: fc.array(deed, { maxLength: 5 }),
    courseFile: files(),
    studentFile: files(),
  });
  return fc.record({
    minor: fc.constantFrom(4, 5, 5),
    cells: fc.integer({ min: 0, max: 7 }),
    rounds: fc.array(round, { minLength: 1, maxLength: 3 }),
  });
}

function files(): fc.Arbitrary<FileSpec> {
  return fc.record({
    minor: fc.constantFrom(4, 5, 5, 5),
    indent: fc.constantFrom(1, 1, 1, 1, 2, 0),
    lineEnd: fc.constantFrom('\n', '\n', '\n', '\r\n'),
    endsWithLineEnd: fc.constantFrom(true, true, false),
    isAscii: fc.constantFrom(false, false, true),
    source: fc.constantFrom('lines', 'lines', 'lines', 'string'),
  });
}

/**
 * Plays a history with the merge that is given; `judge` sees each click and what it made of the file.
 * @param merge gives the student's file after a click
 */
export function play(
  spec: HistorySpec,
  merge: (round: Round) => string,
  judge: (round: Round, result: string) => void,
): void {
  const people = new People();
  let course = firstVersion(spec.cells);
  let courseMinor = spec.minor;
  let base = notebook(course.cells, { minor: courseMinor, metadata: course.metadata });
  let local = base;
  const published = [base];
  for (const [nth, round] of spec.rounds.entries()) {
    course = people.work('course', course, round.course, () => []);
    courseMinor = Math.max(courseMinor, round.courseFile.minor === 5 ? spec.minor : 4);
    const offered = notebook(course.cells, { ...round.courseFile, minor: courseMinor, metadata: course.metadata });
    const had = read(local);
    const student = people.work('student', had, round.student, () => published.map(read));
    const minor = Math.max(had.minor, round.studentFile.minor ?? 5);
    if (minor >= 5) people.giveIds(student);
    local = oddly(notebook(student.cells, { ...round.studentFile, minor, metadata: student.metadata }));
    const earlier = published.filter((version) => version !== base && version !== offered).reverse();
    const click = { base, offered, local, earlier, isLast: nth === spec.rounds.length - 1 };
    local = merge(click);
    judge(click, local);
    published.push(offered);
    base = offered;
  }
}

/** Some white space that no program writes: what is copied has it, what is written anew has not. */
function oddly(text: string): string {
  return text.replaceAll('"outputs": []', '"outputs":  [ ]');
}

function firstVersion(count: number): Draft {
  const kinds = [
    (name: string) => cell(name, { source: `${name}1\n${name}2 ü\n${name}3\n${name}4` }),
    (name: string) => cell(name, { type: 'markdown', source: `# ${name}\n\ntext of ${name}` }),
    (name: string) => graded(name, { grade: true, solution: true, points: 1 }, { source: `answer_${name} = None` }),
    (name: string) => graded(name, { grade: true, locked: true, points: 1 }, { source: `assert answer_${name}` }),
    (name: string) => cell(name, { source: '' }),
    (name: string) => cell(name, { source: 'plt.show()' }),
  ];
  const cells = Array.from({ length: count }, (_, index) => kinds[index % kinds.length]!(`c${index}`));
  return { cells, metadata: kernelOf('python3', 'base') };
}

class People {
  private words = 0;

  work(side: Side, before: Draft, deeds: readonly DeedSpec[], published: () => readonly Draft[]): Draft {
    const draft: Draft = { cells: [...before.cells], metadata: before.metadata };
    for (const { name, at, to } of deeds) {
      const index = draft.cells.length === 0 ? 0 : at % draft.cells.length;
      act(name, { side, draft, index, to, word: () => this.word(side), published });
    }
    return draft;
  }

  /** As Jupyter does when it saves in the newer format. */
  giveIds({ cells }: Draft): void {
    for (const [index, each] of cells.entries()) cells[index] = { ...each, id: each.id ?? this.word('student') };
  }

  private word(side: Side): string {
    return `${side}${++this.words}`;
  }
}

interface WrittenNotebook {
  readonly cells: readonly WrittenCell[];
  readonly metadata: Draft['metadata'];
  readonly nbformat_minor: number;
}

interface WrittenCell {
  readonly id?: string;
  readonly cell_type: 'code' | 'markdown' | 'raw';
  readonly source: string | readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly attachments?: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly { readonly text: readonly string[] }[];
  readonly execution_count?: number | null;
}

/** What a file says, to go on with. */
function read(text: string): Draft & { readonly minor: number } {
  const { cells, metadata, nbformat_minor: minor } = JSON.parse(text) as WrittenNotebook;
  return { cells: cells.map(specOf), metadata, minor };
}

function specOf(written: WrittenCell): CellSpec {
  const { id, cell_type: type, source, metadata, attachments, outputs, execution_count: count } = written;
  const printed = outputs?.[0]?.text.join('');
  return {
    id,
    type,
    source: typeof source === 'string' ? source : source.join(''),
    metadata,
    ...(attachments && { attachments }),
    ...(printed !== undefined && { printed }),
    ...(typeof count === 'number' && { count }),
  };
}
