/**
 * Random histories of a course and a student, with runs that die or are raced by a save at any operation, on the real
 * planner, scanner, merge and executor. F2GIT_RUNS multiplies the number of histories; F2GIT_SEED chooses others.
 *
 * Laws and the mistakes they catch: nothing a student saved is lost, or only in a backup (no inode rescue); what nobody
 * edited is as offered (base advanced for skipped actions); a click that follows a click does nothing and writes nothing;
 * no litter; no conflict marker.
 */
import * as fs from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import type { Home } from '../../src/sync/home.ts';
import { undoRun } from '../../src/sync/revise.ts';
import { workspaceStatus } from '../../src/sync/status.ts';
import { course } from '../support/course.ts';
import { clock, fastBase, Story } from '../support/dsl.ts';
import { Died, injecting, type Fault } from '../support/faulty-home.ts';

const paths = ['a.txt', 'b.txt', 'd/a.txt', 'd/e/c.txt', 'lab.bin', 'd'] as const;
const anyPath = fc.constantFrom(...paths);
const anyLine = fc.integer({ min: 0, max: 5 });
const anyOperation = fc.integer({ min: 1, max: 160 });

type Event =
  | { readonly kind: 'course-edits' | 'student-edits'; readonly path: string; readonly line: number }
  | { readonly kind: 'course-removes' | 'student-removes'; readonly path: string }
  | {
      readonly kind: 'course-renames' | 'course-swaps' | 'student-renames';
      readonly path: string;
      readonly to: string;
    }
  | { readonly kind: 'click' }
  | { readonly kind: 'undo' | 'journal-lost' | 'state-lost' }
  | { readonly kind: 'dies'; readonly at: number }
  | { readonly kind: 'fails'; readonly at: number; readonly errno: string }
  | { readonly kind: 'refuses'; readonly path: string }
  | { readonly kind: 'saves-before-rename'; readonly path: string; readonly line: number }
  | { readonly kind: 'saves'; readonly at: number; readonly path: string; readonly line: number };

const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('course-edits' as const), path: anyPath, line: anyLine }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('student-edits' as const), path: anyPath, line: anyLine }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('course-removes' as const), path: anyPath }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('student-removes' as const), path: anyPath }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('course-renames' as const), path: anyPath, to: anyPath }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('course-swaps' as const), path: anyPath, to: anyPath }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('student-renames' as const), path: anyPath, to: anyPath }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('click' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('undo', 'journal-lost', 'state-lost') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('dies' as const), at: anyOperation }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fails' as const),
      at: anyOperation,
      errno: fc.constantFrom('ENOSPC', 'EIO', 'EACCES'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refuses' as const), path: anyPath }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('saves-before-rename' as const), path: anyPath, line: anyLine }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('saves' as const), at: anyOperation, path: anyPath, line: anyLine }),
  },
);

interface Swap {
  readonly paths: readonly string[];
  /** A run that had begun it has died. */
  isBegun: boolean;
}

/** The home and what it remembered when a run started. */
interface Start {
  readonly tree: Readonly<Record<string, string>>;
  readonly state: string | undefined;
}

class World {
  readonly story = new Story(course({ 'a.txt': blank('a') }, { identity: 'stable' }), fastBase);
  /** Marks of everything the student saved and has not overwritten or taken away since. */
  readonly alive = new Set<string>();
  private marks = 0;
  private hasUndone = false;
  /** Nobody knows any more what a run that died was about to displace. */
  private hasLostJournal = false;
  /** Files that change places, until a run comes to its end. */
  private swaps: Swap[] = [];
  /** Of the run that is at work. */
  private start: Start | undefined;
  /** Where the student once put a file: what is there may be the student's, whatever it says. */
  private readonly brought = new Set<string>();
  private readonly offered = new Map<string, string>([['a.txt', blank('a')]]);

  async play(event: Event): Promise<void> {
    switch (event.kind) {
      case 'course-edits':
        this.courseEdits(event.path, event.line);
        return;
      case 'course-removes':
        this.courseRemoves(event.path);
        return;
      case 'course-renames':
        this.courseRenames(event.path, event.to);
        return;
      case 'course-swaps':
        this.courseSwaps(event.path, event.to);
        return;
      case 'student-edits':
        this.studentEdits(event.path, event.line);
        return;
      case 'student-removes':
        this.studentRemoves(event.path);
        return;
      case 'student-renames':
        this.studentRenames(event.path, event.to);
        return;
      case 'journal-lost':
        this.hasLostJournal = true;
        fs.rmSync(this.story.path('.f2git/runs'), { recursive: true, force: true });
        return;
      case 'state-lost':
        fs.rmSync(this.story.path('.f2git/state.json'), { force: true });
        return;
      case 'undo':
        return this.undo();
      default:
        return this.run(event);
    }
  }

  private run(event: Exclude<Event, { kind: `course-${string}` | `student-${string}` | `${string}-lost` | 'undo' }>) {
    switch (event.kind) {
      case 'click':
        return this.click(undefined);
      case 'dies':
        return this.click({ kind: 'die', at: event.at });
      case 'fails':
        return this.click({ kind: 'fail', at: event.at, errno: event.errno });
      case 'refuses':
        return this.click(undefined, beforeRename(event.path, refuse));
      case 'saves-before-rename':
        return this.click(
          undefined,
          beforeRename(event.path, () => this.studentEdits(event.path, event.line)),
        );
      case 'saves':
        return this.click({ kind: 'race', at: event.at, act: () => this.studentEdits(event.path, event.line) });
    }
  }

  /** After whatever happened: a few clicks, and all laws. */
  async settle(): Promise<void> {
    await this.click(undefined);
    await this.click(undefined);
    const before = this.story.fingerprint();
    const report = await this.story.sync({ home: injecting(undefined).home });
    expect(report.outcome).toBe('unchanged');
    expect(this.story.fingerprint()).toBe(before);
    expect(this.story.litter()).toEqual([]);
    if (!this.hasLostJournal) expect(this.story.sharedFiles()).toEqual([]);
    this.expectInPlace();
    await this.expectArrived();
    expect(Object.values(this.story.tree()).join('')).not.toMatch(/^(<<<<<<<|=======|>>>>>>>)/m);
  }

  expectNothingLost(): void {
    const kept = [...Object.values(this.story.tree()), ...this.story.backups()].join('\n');
    expect([...this.alive].filter((mark) => !kept.includes(mark))).toEqual([]);
  }

  /** What a student saved is where students look, not only in a backup. */
  private expectInPlace(): void {
    const home = Object.values(this.story.tree()).join('\n');
    expect([...this.alive].filter((mark) => !home.includes(mark))).toEqual([]);
  }

  /**
   * Every line of a course file is the student's or as the course has it now: no change of the course is declined in
   * silence. Not where the student undid, made the file anew, or has the course's version beside.
   *
   * A course file is looked for where the workspace has it, which need not be the course's path: an edited file that the
   * course renames onto a file of the student's stays where it is. What the course removed after the student had edited
   * it is such a file, also under the path of another course file.
   */
  private async expectArrived(): Promise<void> {
    const tree = this.story.tree();
    if (this.hasUndone || Object.keys(tree).some((name) => name.includes('.course'))) return;
    const status = await workspaceStatus({ workspace: this.story.workspace });
    const placements = new Map<string, string>(status?.files.map((file) => [file.coursePath, file.path]));
    for (const [name, text] of this.offered) {
      const placement = placements.get(name) ?? name;
      if (placement !== name) expect(this.isStudents(name, tree), `${name} is at ${placement}`).toBe(true);
      if (this.brought.has(placement)) continue;
      const offered = text.split('\n');
      const local = tree[placement]?.split('\n');
      const mixed = local?.map((line, index) => (/^s\d+;$/.test(line) ? offered[index] : line));
      expect(mixed, name).toEqual(offered);
    }
  }

  /** Whether a file of the student's, or one with their edit, has this path or one above it, or is below it. */
  private isStudents(name: string, tree: Readonly<Record<string, string>>): boolean {
    const inTheWay = Object.entries(tree).filter(
      ([other]) => other === name || other.startsWith(`${name}/`) || name.startsWith(`${other}/`),
    );
    return inTheWay.some(
      ([other, text]) => this.brought.has(other) || [...this.alive].some((mark) => text.includes(mark)),
    );
  }

  private async click(fault: Fault | undefined, mutant?: (home: Home) => Home): Promise<void> {
    this.start = { tree: this.story.tree(), state: this.state() };
    try {
      await this.story.sync({ home: injecting(fault, mutant).home });
      if (fault === undefined && mutant === undefined) this.swaps = [];
    } catch (error) {
      const isExpected = error instanceof Died || (error instanceof F2gitError && error.code !== 'bug');
      if (fault === undefined || !isExpected) throw error;
      for (const swap of this.swaps) swap.isBegun ||= this.isUnderWay(swap);
    } finally {
      this.start = undefined;
    }
    this.expectNothingLost();
  }

  /** Whether a run has begun to exchange these files and not recorded it. */
  private isUnderWay({ paths }: Swap): boolean {
    if (this.start === undefined || this.state() !== this.start.state) return false;
    const [before, now] = [this.start.tree, this.story.tree()];
    return paths.some((name) => now[name] !== before[name]);
  }

  private state(): string | undefined {
    const file = this.story.path('.f2git/state.json');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  }

  private async undo(): Promise<void> {
    this.hasUndone = true;
    try {
      await undoRun({ workspace: this.story.workspace, ...clock(), home: injecting(undefined).home });
    } catch (error) {
      const isNothingToUndo = error instanceof F2gitError && /^(run-unknown|workspace-missing)$/.test(error.code);
      if (!isNothingToUndo) throw error;
    }
    this.expectNothingLost();
  }

  private courseEdits(name: string, line: number): void {
    if (this.clashes(name)) return;
    const text = edited(this.offered.get(name) ?? blank(name), line, `c${++this.marks};`);
    this.offered.set(name, text);
    this.story.course.put({ [name]: text });
  }

  private courseRemoves(name: string): void {
    if (this.offered.delete(name)) this.story.course.remove(name);
  }

  private courseRenames(name: string, to: string): void {
    const text = this.offered.get(name);
    if (text === undefined || this.offered.has(to) || to.endsWith('.bin') || name.endsWith('.bin')) return;
    this.offered.delete(name);
    if (this.clashes(to)) {
      this.offered.set(name, text);
      return;
    }
    this.offered.set(to, text);
    this.story.course.rename(name, to);
  }

  private courseSwaps(name: string, other: string): void {
    const [text, otherText] = [this.offered.get(name), this.offered.get(other)];
    if (text === undefined || otherText === undefined || name === other) return;
    if (name.endsWith('.bin') || other.endsWith('.bin')) return;
    this.offered.set(name, otherText).set(other, text);
    this.swaps.push({ paths: [name, other], isBegun: false });
    this.story.course.rename(name, 'on-the-way').rename(other, name).rename('on-the-way', other);
  }

  /** A file and a folder of one name are no legal offer. */
  private clashes(name: string): boolean {
    return [...this.offered.keys()].some((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`));
  }

  private studentEdits(name: string, line: number): void {
    const file = this.story.path(name);
    if (!canHoldFile(file, this.story.workspace)) return;
    if (!fs.existsSync(file)) this.brought.add(name);
    // Saved into while an exchange is half done, or after the run died there: nobody can tell which file's lines those are.
    const begun = this.swaps.filter((swap) => swap.paths.includes(name) && (swap.isBegun || this.isUnderWay(swap)));
    for (const swapped of begun.flatMap(({ paths }) => paths)) this.brought.add(swapped);
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : blank(name);
    const mark = `s${++this.marks};`;
    const next = edited(text, line, mark);
    for (const old of this.alive) if (text.includes(old) && !next.includes(old)) this.alive.delete(old);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, next);
    this.alive.add(mark);
  }

  private studentRemoves(name: string): void {
    for (const text of textsBelow(this.story.path(name))) this.forget(text);
    if (fs.existsSync(this.story.path(name))) fs.rmSync(this.story.path(name), { recursive: true });
  }

  private studentRenames(name: string, to: string): void {
    const [from, target] = [this.story.path(name), this.story.path(to)];
    const isFile = fs.existsSync(from) && fs.lstatSync(from).isFile();
    if (!isFile || fs.existsSync(target) || !canHoldFile(target, this.story.workspace)) return;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.renameSync(from, target);
    this.brought.add(to);
  }

  private forget(text: string): void {
    for (const mark of this.alive) if (text.includes(mark)) this.alive.delete(mark);
  }
}

/** A home in which something happens, once, right before a staged file gets the name of another. */
function beforeRename(name: string, act: () => void): (home: Home) => Home {
  return (home) => {
    let isDue = true;
    const rename: Home['rename'] = (from, to) => {
      if (isDue && to === name) {
        isDue = false;
        act();
      }
      home.rename(from, to);
    };
    return new Proxy(home, {
      get: (target, key) => (key === 'rename' ? rename : (Reflect.get(target, key) as unknown)),
    });
  };
}

function refuse(): never {
  throw Object.assign(new Error('EACCES: refused'), { code: 'EACCES' });
}

function blank(name: string): string {
  const lines = [0, 1, 2, 3, 4, 5].map((line) => `line ${line}\nbetween\n`).join('');
  return name.endsWith('.bin') ? `\0${lines}` : lines;
}

function edited(text: string, line: number, mark: string): string {
  const lines = text.split('\n');
  lines[2 * line] = mark;
  return lines.join('\n');
}

/** Whether no file is where a folder must be, and no folder where the file goes. */
function canHoldFile(file: string, root: string): boolean {
  if (fs.existsSync(file) && !fs.statSync(file).isFile()) return false;
  for (let folder = path.dirname(file); folder.length >= root.length; folder = path.dirname(folder)) {
    if (fs.existsSync(folder) && !fs.statSync(folder).isDirectory()) return false;
  }
  return true;
}

function textsBelow(file: string): string[] {
  if (!fs.existsSync(file)) return [];
  if (!fs.lstatSync(file).isDirectory()) return [fs.readFileSync(file, 'utf8')];
  return fs.readdirSync(file).flatMap((name) => textsBelow(path.join(file, name)));
}

async function play(history: readonly Event[]): Promise<void> {
  const world = new World();
  try {
    for (const event of history) await world.play(event);
    await world.settle();
  } finally {
    world.story.dispose();
  }
}

it('whatever happens, nothing is lost and the next clicks settle it', async () => {
  const numRuns = 200 * Number(process.env['F2GIT_RUNS'] ?? 1);
  const seed = Number(process.env['F2GIT_SEED'] ?? 20261122);
  await fc.assert(fc.asyncProperty(fc.array(events, { minLength: 3, maxLength: 25 }), play), { numRuns, seed });
}, 3_600_000);

it('two edited files change places and one goes: the other cannot take its place, and stays where it is', async () => {
  await play([
    { kind: 'course-edits', path: 'd', line: 1 },
    { kind: 'saves-before-rename', path: 'a.txt', line: 0 },
    { kind: 'student-edits', path: 'a.txt', line: 0 },
    { kind: 'student-edits', path: 'd', line: 0 },
    { kind: 'course-swaps', path: 'a.txt', to: 'd' },
    { kind: 'dies', at: 1 },
    { kind: 'course-removes', path: 'a.txt' },
    { kind: 'student-edits', path: 'd/e/c.txt', line: 0 },
  ]);
});
