/**
 * Files that change places: steps of which one takes a path that another leaves, or puts a file below it. They stand or
 * fall together: half of an exchange has one file's content under the other's name.
 */
import type { Oid } from '../core/ids.ts';
import { ancestorsOf, type RelPath } from '../core/paths.ts';
import { readableContent } from './content-of.ts';
import type { Change, RecordedStep } from './journal.ts';
import type { Workplace } from './place.ts';
import type { Plan, Step } from './plan-types.ts';
import { intendedChanges } from './record.ts';
import type { Fault, StepResult } from './step-result.ts';
import { takeBack } from './take-back.ts';

/** What a plan's steps and the journal's have in common. */
export type Moving = Pick<RecordedStep, 'id' | 'before' | 'after'>;

/**
 * The steps that move a file, each with all that touch a path it touches, in the given order. Steps that share no path
 * with a moved file are in none.
 * @param changesOf what a step is about to do, or did
 */
export function exchangesOf<S extends Moving>(
  steps: readonly S[],
  changesOf: (step: S) => readonly Change[],
): readonly (readonly S[])[] {
  if (!steps.some(isMove)) return [];
  const clusters = new Clusters<S>();
  const owners = new Map<string, S>();
  const share = (key: string, step: S): void => {
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, step);
    else clusters.unite(owner, step);
  };
  for (const step of steps) {
    share(`\0${step.id}`, step);
    for (const path of pathsOf(step, changesOf(step))) share(path, step);
  }
  for (const step of steps) {
    for (const above of pathsOf(step, changesOf(step)).flatMap(ancestorsOf)) if (owners.has(above)) share(above, step);
  }
  return clusters.of(steps).filter((cluster) => cluster.some(isMove));
}

/** The contents of the files in `steps` that the course has or had. */
export function courseContents(steps: readonly Moving[]): ReadonlySet<Oid | undefined> {
  return new Set(steps.flatMap(({ before, after }) => [before?.oid, after?.oid]));
}

/** The exchanges of a run that is at work. */
export class Exchanges {
  private readonly place: Workplace;
  private readonly all: readonly (readonly Step[])[];
  private readonly byStep = new Map<Step, readonly Step[]>();
  private readonly made: ReadonlySet<RelPath>;

  constructor(place: Workplace, plan: Plan) {
    this.place = place;
    this.made = new Set(plan.makeFolders);
    this.all = exchangesOf(plan.steps, intendedChanges);
    for (const exchange of this.all) for (const step of exchange) this.byStep.set(step, exchange);
  }

  /** The exchange `step` is part of. */
  of(step: Step): readonly Step[] | undefined {
    return this.byStep.get(step);
  }

  /**
   * Takes back what was begun of an exchange, so that the next run finds it as it was.
   * @returns a result with this fault for every step of it
   * @throws the system's error where it refused that: nothing may be recorded then, and the next run takes it back
   */
  async takeBack(
    exchange: readonly Step[],
    begun: readonly StepResult[],
    fault: Fault,
  ): Promise<readonly StepResult[]> {
    const courses = courseContents(exchange);
    const refusals: unknown[] = [];
    const changes = new Map(begun.map((result) => [result.step, changesSoFar(result)]));
    const stay = await takeBack({
      place: this.place,
      changes: [...changes.values()].flat(),
      made: this.made,
      isCourses: (oid) => courses.has(oid),
      refused: (error) => refusals.push(error),
    });
    if (refusals.length > 0) throw refusals[0];
    return exchange.map((step) => ({
      step,
      changes: (changes.get(step) ?? []).filter((change) => stay.includes(change)),
      held: [],
      fault,
    }));
  }

  /**
   * Looks at all exchanges once more before they are recorded: one of which a file was displaced or placed, and saved
   * into since, is taken back.
   * @throws as `takeBack`
   */
  async settle(results: readonly StepResult[]): Promise<readonly StepResult[]> {
    const settled = new Map(results.map((result) => [result.step, result]));
    for (const exchange of this.all) {
      const done = exchange.map((step) => settled.get(step)).filter((result) => result !== undefined);
      if (done.every(({ fault }) => fault !== undefined)) continue;
      const fault = done.find((result) => result.fault !== undefined)?.fault ?? this.savedInto(done);
      if (fault === undefined) continue;
      for (const result of await this.takeBack(exchange, done, fault)) settled.set(result.step, result);
    }
    return results.map((result) => settled.get(result.step) ?? result);
  }

  /** An editor that had the former file open under this name has saved it over the one that came. */
  private savedInto(done: readonly StepResult[]): Fault | undefined {
    const changes = done.flatMap((result) => result.changes);
    const last = new Map<RelPath, Change>();
    for (const change of changes) {
      if (change.from !== undefined) last.delete(change.from);
      last.set(change.path, change);
    }
    const left = new Set(changes.flatMap(({ path, was, from }) => (was === undefined ? (from ?? []) : path)));
    for (const { path, from, is } of last.values()) {
      if (is === undefined || from !== undefined || !left.has(path)) continue;
      if (readableContent(this.place.home, path) !== is) return { path, code: 'file-changed-meanwhile' };
    }
    return undefined;
  }
}

/** What was done of a step, with the change that failed: part of it may have come true. */
function changesSoFar({ step, changes, fault }: StepResult): readonly Change[] {
  const failed = fault === undefined ? undefined : intendedChanges(step)[changes.length];
  return failed === undefined ? changes : [...changes, failed];
}

function isMove({ before, after }: Moving): boolean {
  return before !== undefined && after !== undefined && before.placement !== after.placement;
}

/** Where files overwrite each other in a ring, only the records say where each was, and where it goes when that is undone. */
function pathsOf(step: Moving, changes: readonly Change[]): readonly RelPath[] {
  const written = changes.flatMap(({ path, from }) => (from === undefined ? path : [path, from]));
  const records = isMove(step) ? [step.before, step.after] : [];
  return [...written, ...records.flatMap((record) => record?.placement ?? [])];
}

/** Disjoint sets, united two at a time. */
class Clusters<S> {
  private readonly parents = new Map<S, S>();

  unite(one: S, other: S): void {
    const [a, b] = [this.root(one), this.root(other)];
    if (a !== b) this.parents.set(b, a);
  }

  of(steps: readonly S[]): readonly (readonly S[])[] {
    const clusters = new Map<S, S[]>();
    for (const step of steps) {
      const root = this.root(step);
      const cluster = clusters.get(root);
      if (cluster === undefined) clusters.set(root, [step]);
      else cluster.push(step);
    }
    return [...clusters.values()];
  }

  private root(step: S): S {
    let root = step;
    for (let parent = this.parents.get(root); parent !== undefined; parent = this.parents.get(root)) root = parent;
    // The next look is short.
    for (let at = step; at !== root;) {
      const next = this.parents.get(at) ?? root;
      this.parents.set(at, root);
      at = next;
    }
    return root;
  }
}
