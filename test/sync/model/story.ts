/**
 * Named cases as data. A story is a list of clicks; before each, the course and the student may change things, and after
 * it the home is as said and the student was told what is said. A click that follows at once must do nothing.
 */
import { entryId, type EntryId, type Oid } from '../../../src/core/ids.ts';
import type { Frozen } from '../../../src/core/offer.ts';
import { relPathOf, type RelPath } from '../../../src/core/paths.ts';
import { plan, type FileAction, type Plan, type PlanInput, type Policy } from '../../../src/sync/plan.ts';
import type { RuleId } from '../../../src/sync/plan-types.ts';
import { mergeWords, oidOf } from './contents.ts';
import { Course } from './course.ts';
import { Executor, type Memory } from './executor.ts';
import { ModelHome } from './home.ts';
import { lookedAt } from './look.ts';

/** Path to text. In a course `+x text` is executable; in a home `/` is a folder, `->` a link, `null` takes away. */
export type Files = Readonly<Record<string, string | null>>;

export interface Scene {
  /** The whole course as it is now; files keep their ids by path. */
  readonly course?: Files;
  /** New path to old path, before `course` is put in place. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Files the course uploaded anew: another id at the same path. */
  readonly uploadedAnew?: readonly string[];
  /** What the student did. */
  readonly student?: Files;
  /** New path to old path. */
  readonly studentMoved?: Readonly<Record<string, string>>;
  readonly unreadable?: readonly string[];
  /** Where the disk fails at every look, whether something is there or not. */
  readonly failing?: readonly string[];
  readonly frozen?: Readonly<Record<string, Frozen['why']>>;
  readonly listing?: 'certain' | 'ambiguous';
  readonly policy?: Partial<Policy>;
  readonly scope?: string;
  /** The student undid what came of these files. */
  readonly refused?: readonly string[];
  readonly stateLost?: true;
  /** The home after the click, all of it. */
  readonly home?: Files;
  /** Path to what is told about it, all of it. */
  readonly told?: Readonly<Record<string, FileAction>>;
  readonly declined?: readonly string[];
}

export interface Story {
  readonly name: string;
  /** Numbers of the conformance list of file scenarios. */
  readonly scenarios: readonly number[];
  readonly clicks: readonly Scene[];
}

export function story(name: string, scenarios: readonly number[], ...clicks: readonly Scene[]): Story {
  return { name, scenarios, clicks };
}

/** What a click did, to compare with what the story says. */
export interface Outcome {
  readonly home: Files;
  readonly told: Readonly<Record<string, FileAction>>;
  readonly declined: readonly string[];
  readonly rules: readonly RuleId[];
  /** What a second click would do: nothing. */
  readonly next: Plan;
}

/** Plays a story click by click. */
export class Stage {
  private readonly course = new Course();
  private readonly home = new ModelHome();
  private readonly memory: Memory = { base: new Map(), folders: new Set() };
  private ids = 0;

  click(scene: Scene): Outcome {
    this.arrange(scene);
    this.course.publish();
    const input = this.input(scene);
    const made = plan(input);
    new Executor(this.home, made).run(this.memory);
    const notices = [...made.notices, ...made.steps.flatMap(({ notice }) => notice ?? [])];
    return {
      home: this.shown(),
      told: Object.fromEntries(notices.map(({ path, action }) => [path, action])),
      declined: notices.flatMap(({ declined }) => declined ?? []).map(({ course }) => course),
      rules: [...made.steps.map(({ rule }) => rule), ...notices.map(({ rule }) => rule)],
      next: plan(this.input(scene)),
    };
  }

  private arrange({
    course,
    renamed,
    uploadedAnew,
    student,
    studentMoved,
    unreadable,
    failing,
    frozen,
    listing,
    stateLost,
  }: Scene): void {
    for (const [to, from] of Object.entries(renamed ?? {})) this.rename(from, to);
    if (course !== undefined) this.publish(course, new Set(uploadedAnew));
    if (frozen !== undefined) this.freeze(frozen);
    this.course.deletions = listing ?? 'certain';
    for (const [to, from] of Object.entries(studentMoved ?? {})) this.home.move(relPathOf(from), relPathOf(to));
    for (const [name, text] of Object.entries(student ?? {})) this.studentDoes(relPathOf(name), text);
    this.home.unreadable.clear();
    for (const name of unreadable ?? []) this.home.unreadable.add(relPathOf(name));
    this.home.failing.clear();
    for (const name of failing ?? []) this.home.failing.add(relPathOf(name));
    if (stateLost === true) this.memory.base.clear();
  }

  private input({ policy, scope, refused }: Scene): PlanInput {
    const pins = new Map<EntryId, Oid | 'absent'>();
    for (const name of refused ?? []) {
      const file = this.fileAt(relPathOf(name));
      if (file !== undefined) pins.set(file.id, oidOf(file.text));
    }
    const needed = {
      base: new Map(this.memory.base),
      folders: new Set(this.memory.folders),
      pins,
      offered: this.course.offered(),
      frozen: this.course.frozenPaths(),
      deletions: this.course.deletions,
      ...(scope === undefined ? {} : { scope: relPathOf(scope) }),
    };
    return {
      ...needed,
      local: lookedAt(this.home, needed),
      history: this.course.history(),
      merges: mergeWords,
      policy: { deletedFiles: 'restore', courseCopies: 'report', ...policy },
    };
  }

  /** Renames at once, so that files can change places. */
  private rename(from: string, to: string): void {
    const file = this.fileAt(relPathOf(from));
    if (file !== undefined) this.renames.set(file.id, relPathOf(to));
  }

  private readonly renames = new Map<EntryId, RelPath>();

  private publish(files: Files, uploadedAnew: ReadonlySet<string>): void {
    const known = new Map(
      [...this.course.files.values()].map((file) => [this.renames.get(file.id) ?? file.path, file.id]),
    );
    this.renames.clear();
    this.course.files.clear();
    for (const [name, text] of Object.entries(files)) {
      const path = relPathOf(name);
      const id = (uploadedAnew.has(name) ? undefined : known.get(path)) ?? entryId(`file-${++this.ids}`);
      const executable = text?.startsWith('+x ') === true;
      this.course.files.set(id, { id, path, text: text?.replace('+x ', '') ?? '', executable });
    }
  }

  private freeze(frozen: NonNullable<Scene['frozen']>): void {
    this.course.frozen.clear();
    for (const [name, why] of Object.entries(frozen)) this.course.frozen.set(relPathOf(name), why);
  }

  private studentDoes(path: RelPath, text: string | null): void {
    if (text === null || text === '/' || text === '->') this.home.remove(path);
    if (text === '/') this.home.put(path, { kind: 'folder' });
    else if (text === '->') this.home.put(path, { kind: 'link' });
    else if (text !== null) {
      this.home.save(path, text.replace('+x ', ''));
      if (text.startsWith('+x ')) this.home.nodes.set(path, { ...this.home.file(path)!, executable: true });
    }
  }

  private fileAt(path: RelPath) {
    return [...this.course.files.values()].find((file) => file.path === path);
  }

  /** Files and links; a folder only if nothing is in it. */
  private shown(): Files {
    const entries = [...this.home.nodes].flatMap(([path, node]): [string, string][] => {
      if (node.kind === 'file') return [[path, node.executable ? `+x ${node.text}` : node.text]];
      if (node.kind === 'link') return [[path, '->']];
      return this.home.childrenOf(path).length === 0 ? [[path, '/']] : [];
    });
    return Object.fromEntries(entries);
  }
}
