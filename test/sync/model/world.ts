/** A course, a student and their workspace in one small world, and what can happen in it. */
import fc from 'fast-check';
import type { EntryId, Oid } from '../../../src/core/ids.ts';
import { relPathOf, type RelPath } from '../../../src/core/paths.ts';
import { applyBrake } from '../../../src/repo/brake.ts';
import type { Plan, PlanInput, Policy } from '../../../src/sync/plan.ts';
import { mergeWords, textOf } from './contents.ts';
import { Course } from './course.ts';
import { Executor, type Applied, type Fault, type Memory } from './executor.ts';
import { ModelHome, type HomeNode } from './home.ts';
import { lookedAt } from './look.ts';

type HomeFile = Extract<HomeNode, { kind: 'file' }>;

export type Planner = (input: PlanInput) => Plan;

/** Few paths, so that everything gets in everything's way: flat, nested, files where folders are, case and Unicode twins. */
export const paths: readonly RelPath[] = [
  'a.txt',
  'b.txt',
  'A.txt',
  'n',
  'n/i.txt',
  'n/j.txt',
  'N/i.txt',
  'n/i.txt/deep',
  'a.txt/x',
  'b.txt/x',
  'd/a.txt',
  'd/e/x',
  'a.course.txt',
  '\u00fc',
  'u\u0308',
].map(relPathOf);

/** One thing that happens. The numbers choose among what there is. */
export interface Command {
  readonly does: Deed;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const courseDeeds = [
  'put',
  'edit',
  'edit',
  'edit-binary',
  'delete',
  'rename',
  'rename',
  'swap',
  'reupload',
  'bring-back',
  'chmod',
] as const;
const sourceDeeds = ['freeze', 'thaw', 'ambiguous', 'certain', 'vanish', 'vanish'] as const;
const studentDeeds = [
  'save',
  'save',
  'rewrite',
  'discard',
  'own-file',
  'own-folder',
  'own-link',
  'move',
  'old-version',
  'copy',
  'student-chmod',
  'bar',
  'unbar',
] as const;
const clicks = ['sync', 'sync', 'sync', 'sync', 'sync', 'crash', 'race', 'lose-state', 'undo'] as const;
export type Deed = (typeof courseDeeds | typeof sourceDeeds | typeof studentDeeds | typeof clicks)[number];

/** Histories of anything. */
export const commands = historiesOf(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Deed>(...courseDeeds) },
    { weight: 2, arbitrary: fc.constantFrom<Deed>(...sourceDeeds) },
    { weight: 8, arbitrary: fc.constantFrom<Deed>(...studentDeeds) },
    { weight: 9, arbitrary: fc.constantFrom<Deed>(...clicks) },
  ),
);

export function historiesOf(deed: fc.Arbitrary<Deed>): fc.Arbitrary<readonly Command[]> {
  const command = fc.record({ does: deed, a: fc.nat(63), b: fc.nat(63), c: fc.nat(11) });
  return fc.array(command, { minLength: 2, maxLength: 26, size: 'max' });
}

/** What a sync looked like from outside, for the laws. */
export interface Click {
  readonly input: PlanInput;
  readonly plan: Plan;
  readonly applied: Applied;
  readonly before: ModelHome;
  readonly after: ModelHome;
  readonly isDisturbed: boolean;
  /** Contents the course had published when the click came. */
  readonly published: ReadonlySet<Oid>;
}

/** Mistakes around the planner, for the mutants. */
export interface Broken {
  readonly brakeForgets?: true;
  readonly recordsSkipped?: true;
}

export class World {
  readonly course = new Course();
  readonly home = new ModelHome();
  readonly memory: Memory = { base: new Map(), folders: new Set() };
  readonly pins = new Map<EntryId, Oid | 'absent'>();
  readonly policy: Policy;
  /** Words of the course each file was told to have declined, or that lay at its placement after some click. */
  readonly reached = new Map<EntryId, Set<string>>();
  /** Listings that showed too little: how many files they took out of the course, of how many. */
  readonly vanished: { gone: number; readonly of: number }[] = [];
  private readonly planner: Planner;
  private readonly brakeRemembers: boolean;
  private readonly recordsSkipped: boolean;
  private readonly held = new Set<EntryId>();
  private readonly missing = new Set<EntryId>();
  private words = 0;

  constructor(planner: Planner, policy: Policy, broken: Broken = {}) {
    this.planner = planner;
    this.policy = policy;
    this.brakeRemembers = broken.brakeForgets !== true;
    this.recordsSkipped = broken.recordsSkipped === true;
  }

  /** Does what `command` says; gives the click if it was one. */
  perform(command: Command): Click | undefined {
    const { does, a, b, c } = command;
    switch (does) {
      case 'sync':
        return this.click();
      case 'crash':
      case 'race':
        return this.click({ kind: does, at: a % 12, text: this.student() });
      default:
        this.happen(does, pick(paths, a)!, pick(paths, b)!, c, pick([...this.course.files.keys()], b));
        return undefined;
    }
  }

  /** One click: look, plan, apply, record. */
  click(fault?: Fault): Click {
    this.list();
    this.course.publish();
    const input = this.input();
    const plan = this.planner(input);
    const before = this.home.clone();
    const applied = new Executor(this.home, plan, fault).run(this.memory);
    if (this.recordsSkipped && !applied.isCrashed) {
      for (const step of plan.steps)
        if (!applied.done.has(step) && step.after) this.memory.base.set(step.after.id, step.after);
    }
    if (!applied.isCrashed) for (const id of plan.unpinned) this.pins.delete(id);
    this.rememberReached(plan, applied);
    const published = this.course.everPublished();
    return { input, plan, applied, before, after: this.home.clone(), isDisturbed: fault !== undefined, published };
  }

  /** What the planner gets, seen by a scan that looks at no more than it must. */
  input(): PlanInput {
    const needed = this.needed();
    return {
      ...needed,
      local: lookedAt(this.home, needed),
      history: this.course.history(),
      merges: mergeWords,
      policy: this.policy,
    };
  }

  /** What the next click would do. */
  preview(): Plan {
    return this.planner(this.input());
  }

  private needed() {
    return {
      base: new Map(this.memory.base),
      folders: new Set(this.memory.folders),
      pins: new Map(this.pins),
      offered: this.course.offered(),
      frozen: this.course.frozenPaths(),
      deletions: this.course.deletions,
    };
  }

  private happen(does: Deed, path: RelPath, other: RelPath, c: number, id: EntryId | undefined): void {
    if (does === 'put') this.course.put(path, this.fresh());
    else if (does === 'lose-state') this.loseState();
    else if (does === 'undo') this.undo(path);
    else if ((sourceDeeds as readonly string[]).includes(does)) this.sourceDoes(does, path, c);
    else if ((studentDeeds as readonly string[]).includes(does)) this.studentDoes(does, path, other, c);
    else if (id !== undefined) this.courseDoes(does, id, path, c);
  }

  private courseDoes(does: Deed, id: EntryId, path: RelPath, c: number): void {
    const file = this.course.files.get(id)!;
    if (does === 'edit') this.course.change(id, { text: withWord(file.text, c % 3, this.word('c')) });
    else if (does === 'edit-binary') this.course.change(id, { text: withWord(file.text, 0, `BIN${this.word('c')}`) });
    else if (does === 'delete') this.course.files.delete(id);
    else if (does === 'rename') this.course.change(id, { path });
    else if (does === 'swap') this.course.swap(id, pick([...this.course.files.keys()], c) ?? id);
    else if (does === 'reupload') this.course.reupload(id, c % 2 === 0 ? file.text : this.fresh());
    else if (does === 'bring-back') this.course.change(id, { text: this.oldText(id, c) ?? file.text });
    else if (does === 'chmod') this.course.change(id, { executable: !file.executable });
  }

  private sourceDoes(does: Deed, path: RelPath, c: number): void {
    if (does === 'freeze') this.course.frozen.set(path, (['withheld', 'problem', 'held'] as const)[c % 3]!);
    else if (does === 'thaw') this.thaw();
    else if (does === 'ambiguous') this.course.deletions = 'ambiguous';
    else if (does === 'certain') this.course.deletions = 'certain';
    else this.vanish(c);
  }

  /** From now on the listing does not show some files. */
  private vanish(count: number): void {
    if (this.missing.size > 0) return;
    for (const id of [...this.course.files.keys()].slice(0, count)) this.missing.add(id);
    this.vanished.push({ gone: 0, of: this.course.files.size });
    this.list();
  }

  /** What the last listing shows, and the brake that judges it. It may come again and again. */
  private list(): void {
    if (this.missing.size === 0) return;
    const known = [...this.course.files.keys()];
    const present = new Set(known.filter((id) => !this.missing.has(id)));
    if (present.size === known.length) return;
    const held = new Set(this.brakeRemembers ? known.filter((id) => this.held.has(id)) : []);
    const verdict = applyBrake({ known, held, present, isRootEmpty: present.size === 0 });
    const batch = this.vanished.at(-1)!;
    for (const id of verdict.deleted) if (this.course.files.delete(id)) batch.gone++;
    for (const id of verdict.held) {
      this.held.add(id);
      this.course.frozen.set(this.course.files.get(id)!.path, 'held');
    }
  }

  /** All files are there again, and nothing is frozen. */
  private thaw(): void {
    this.course.frozen.clear();
    this.held.clear();
    this.missing.clear();
  }

  private studentDoes(does: Deed, path: RelPath, other: RelPath, c: number): void {
    const { home } = this;
    const file = home.file(path);
    if (does === 'rewrite' || does === 'own-file') home.save(path, this.student());
    else if (does === 'discard') home.remove(path);
    else if (does === 'own-folder') this.replaceBy(path, { kind: 'folder' });
    else if (does === 'own-link') this.replaceBy(path, { kind: 'link' });
    else if (does === 'move') home.move(path, other);
    else if (does === 'old-version') this.staleTab(path, c);
    else if (does === 'bar' && home.nodes.has(path)) home.unreadable.add(path);
    else if (does === 'unbar') home.unreadable.clear();
    else if (file !== undefined) this.worksOn(file, does, path, other, c);
  }

  private worksOn(file: HomeFile, does: Deed, path: RelPath, other: RelPath, c: number): void {
    if (does === 'save') this.home.save(path, withWord(file.text, c % 3, this.word('s')));
    else if (does === 'copy') this.home.save(other, file.text);
    else if (does === 'student-chmod') this.home.nodes.set(path, { ...file, executable: !file.executable });
  }

  private replaceBy(path: RelPath, node: { kind: 'folder' } | { kind: 'link' }): void {
    if (this.home.file(path) !== undefined) this.home.remove(path);
    this.home.put(path, node);
  }

  /** A browser tab with an old course version saves. */
  private staleTab(path: RelPath, c: number): void {
    const record = [...this.memory.base.values()].find(({ placement }) => placement === path);
    const text = record === undefined ? undefined : this.oldText(record.id, c);
    if (text !== undefined) this.home.save(path, text);
  }

  private loseState(): void {
    this.memory.base.clear();
    this.memory.folders.clear();
    this.pins.clear();
  }

  /** Undo as far as the planner sees it: the student has what they had, and a pin. */
  private undo(path: RelPath): void {
    const record = [...this.memory.base.values()].find(({ placement }) => placement === path);
    if (record === undefined) return;
    this.pins.set(record.id, this.course.files.has(record.id) ? record.oid : 'absent');
    this.home.remove(path);
  }

  private oldText(id: EntryId, c: number): string | undefined {
    const version = pick(this.course.versionsOf(id), c);
    return version === undefined ? undefined : textOf(version);
  }

  private rememberReached(plan: Plan, applied: Applied): void {
    const reach = (id: EntryId, words: Iterable<string>): void => {
      const reached = this.reached.get(id) ?? new Set();
      for (const word of words) reached.add(word);
      this.reached.set(id, reached);
    };
    for (const { id, placement } of this.memory.base.values()) {
      reach(id, this.home.file(placement)?.text.split(' ') ?? []);
    }
    for (const step of plan.steps) {
      if (!applied.done.has(step)) continue;
      reach(
        step.id,
        (step.notice?.declined ?? []).map(({ course }) => course),
      );
      if (step.before && step.before.id !== step.id) reach(step.id, this.reached.get(step.before.id) ?? []);
    }
  }

  private word(who: 'c' | 's'): string {
    return `${who}${++this.words}`;
  }

  private fresh(): string {
    return [this.word('c'), this.word('c'), this.word('c')].join(' ');
  }

  private student(): string {
    return [this.word('s'), this.word('s'), this.word('s')].join(' ');
  }
}

/** Plays a history; `judge` sees each click and the world after it. */
export function play(world: World, history: readonly Command[], judge: (click: Click, world: World) => void): void {
  for (const command of history) {
    const click = world.perform(command);
    if (click !== undefined) judge(click, world);
  }
  judge(world.click(), world);
  judge(world.click(), world);
}

function withWord(text: string, index: number, word: string): string {
  return text
    .split(' ')
    .map((each, at) => (at === index ? word : each))
    .join(' ');
}

function pick<T>(values: readonly T[], number: number): T | undefined {
  return values[number % values.length];
}
