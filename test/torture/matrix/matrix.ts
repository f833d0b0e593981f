/** Every change of the course against every change of the student, three clicks each, for both programs. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../program.ts';
import { tableOf, type Row } from '../table.ts';
import { courseChanges, studentChanges, type CourseChange, type StudentChange, type Work } from './cells.ts';
import { f2gitContestant, giveToStudent, nbgitpullerContestant, type Click, type Contestant } from './contestants.ts';
import { makeCourse, type Moment } from './courses.ts';
import { judge, type Verdict } from './verdict.ts';

export interface MatrixOptions {
  readonly program: Program;
  /** An empty folder, best in memory. */
  readonly folder: string;
  /** How many cells at once. */
  readonly workers: number;
  /** Every how many cells one is played. */
  readonly step?: number;
  readonly withNbgitpuller: boolean;
  /** Aborted: no further cell is played. */
  readonly signal?: AbortSignal;
}

export interface MatrixReport {
  readonly text: string;
  readonly cells: number;
  /** Ours is stuck nowhere, lost nothing and declined nothing silently. */
  readonly isGood: boolean;
}

interface Cell {
  readonly course: CourseChange;
  readonly student: StudentChange;
}

interface Outcome extends Verdict {
  readonly contestant: string;
  readonly cell: Cell;
  readonly clicks: readonly Click[];
}

/** Plays the matrix. */
export async function matrix(options: MatrixOptions): Promise<MatrixReport> {
  const peer = options.withNbgitpuller ? nbgitpullerContestant() : undefined;
  const contestants = [f2gitContestant(options.program), ...(peer === undefined ? [] : [peer])];
  const courses = new Courses(join(options.folder, 'courses'));
  const cells = courseChanges
    .flatMap((course) => studentChanges.map((change): Cell => ({ course, student: change })))
    .filter((_, index) => index % (options.step ?? 1) === 0);
  const games = cells.flatMap((cell) => contestants.map((contestant) => ({ cell, contestant }))).entries();
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    for (let next = games.next(); next.done !== true; next = games.next()) {
      const [number, { cell, contestant }] = next.value;
      const outcome = await play(cell, contestant, courses, join(options.folder, `cell-${number}`));
      // Ctrl-C reached the program as well
      if (options.signal?.aborted === true) break;
      outcomes.push(outcome);
    }
  };
  fs.chmodSync(options.folder, 0o755);
  await Promise.all(Array.from({ length: options.workers }, work));
  return report(contestants, outcomes, cells.length);
}

/** Repositories are made once for each change and reached by links. They are the student's: git wants to know whose. */
class Courses {
  private readonly made = new Map<string, Readonly<Record<Moment, string>>>();
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  of({ course, student: { ignores } }: Cell): Readonly<Record<Moment, string>> {
    const name = `${courseChanges.indexOf(course)}${ignores === true ? '-ignoring' : ''}`;
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const made = makeCourse(join(this.folder, name), course, ignores === true);
    giveToStudent(this.folder);
    this.made.set(name, made);
    return made;
  }
}

async function play(cell: Cell, contestant: Contestant, courses: Courses, folder: string): Promise<Outcome> {
  const repositories = courses.of(cell);
  const home = join(folder, 'home');
  const workspace = join(home, 'intro');
  const repository = join(folder, 'course.git');
  fs.mkdirSync(home, { recursive: true });
  const click = async (moment: Moment): Promise<Click> => {
    fs.rmSync(repository, { force: true });
    fs.symlinkSync(repositories[moment], repository);
    giveToStudent(folder);
    return contestant.click(repository, home, workspace);
  };
  const first = await click('before');
  if (!first.isDone) throw new Error(`${contestant.name} cannot begin: ${first.said}`);
  const work: readonly Work[] = cell.student.make(workspace, cell.course.brings ?? 'd/n.txt');
  giveToStudent(workspace);
  age(workspace);
  const clicks = [await click('changed'), await click('changed'), await click('later')];
  const verdict = judge(workspace, cell.course.wishes, work, clicks);
  fs.rmSync(folder, { recursive: true });
  return { ...verdict, contestant: contestant.name, cell, clicks };
}

/** Nothing was made this very moment. */
function age(workspace: string): void {
  const then = Date.now() / 1000 - 60;
  for (const name of fs.readdirSync(workspace, { recursive: true, encoding: 'utf8' }))
    if (!name.endsWith('.lock')) fs.lutimesSync(join(workspace, name), then, then);
}

function report(contestants: readonly Contestant[], outcomes: readonly Outcome[], cells: number): MatrixReport {
  const rows = contestants.map(({ name }): Row => {
    const own = outcomes.filter(({ contestant }) => contestant === name);
    const count = (is: (outcome: Outcome) => boolean): number => own.filter(is).length;
    const figures = [
      own.length,
      count(({ isStuck }) => isStuck),
      count(({ isLost }) => isLost),
      count(({ isSilent }) => isSilent),
    ];
    return { name, figures };
  });
  const ours = outcomes.filter((outcome) => outcome.contestant === 'f2git' && isBad(outcome));
  const lists = contestants.map(({ name }) => listOf(name, outcomes));
  const text = [
    ...lists,
    ...ours.map(({ cell, clicks }) => `${nameOf(cell)}:\n${clicks.map(({ said }) => said).join('\n')}`),
    tableOf(['program', 'cells', 'stuck', 'lost', 'silently declined'], rows, false),
  ];
  return { text: text.join('\n'), cells, isGood: ours.length === 0 };
}

function listOf(name: string, outcomes: readonly Outcome[]): string {
  const own = outcomes.filter((outcome) => outcome.contestant === name && isBad(outcome));
  const what = ({ isStuck, isLost, isSilent }: Verdict): string =>
    [isStuck && 'stuck', isLost && 'lost', isSilent && 'silent'].filter((word) => word !== false).join(', ');
  const lines = own.map((outcome) => `  ${nameOf(outcome.cell)}: ${what(outcome)}`).sort();
  return [`${name}:`, ...lines].join('\n');
}

function isBad({ isStuck, isLost, isSilent }: Verdict): boolean {
  return isStuck || isLost || isSilent;
}

function nameOf({ course, student: change }: Cell): string {
  return `course ${course.name} × student ${change.name}`;
}
