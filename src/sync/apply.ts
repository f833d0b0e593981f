/**
 * Applying a plan: its actions in order, each checked against what is really there. It invents nothing: what is not as
 * planned is left alone, its step is skipped with a reason, and the run goes on. Files that change places are skipped
 * together: what was done of them is taken back.
 */
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { OnProgress } from '../core/progress.ts';
import { ancestorsOf, parentOf, type RelPath } from '../core/paths.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import { Exchanges } from './exchange.ts';
import { HandOvers } from './hand-over.ts';
import type { Change } from './journal.ts';
import type { Lease } from './lease.ts';
import { patiently } from './patience.ts';
import * as place from './place.ts';
import type { Action, Plan, Step } from './plan-types.ts';
import { intendedChanges } from './record.ts';
import type { Stages } from './stage.ts';
import type { Fault, StepResult } from './step-result.ts';
import { codeOfWrite, errnoOf, isLasting } from './trouble.ts';

export interface ApplyInput {
  readonly place: place.Workplace;
  readonly plan: Plan;
  readonly stages: Stages;
  readonly lease: Lease;
  /** A file the student saved less than this many milliseconds ago is waited for, then skipped. */
  readonly quiet: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface Applied {
  readonly results: readonly StepResult[];
  /** The files that changed places, to be looked at once more before the run is recorded. */
  readonly exchanges: Exchanges;
  readonly madeFolders: readonly RelPath[];
  readonly removedFolders: readonly RelPath[];
  /** Folders whose names changed. */
  readonly touched: ReadonlySet<RelPath | ''>;
}

/** After so many steps others in the process get their turn. */
const STEPS_A_TURN = 50;
/** A file that is saved again and again is waited for no longer than this many times the quiet time. */
const QUIET_TIMES = 3;

/**
 * Does what the plan says. Does not throw for a path.
 * @throws {F2gitError} `workspace-busy` when the lease is lost: nothing is written after that
 */
export async function apply(input: ApplyInput): Promise<Applied> {
  const applying = new Applying(input);
  let done = 0;
  for (const step of input.plan.steps) {
    await applying.run(step);
    done++;
    if (done % STEPS_A_TURN === 0) await breathe();
    input.onProgress?.({ step: 'writing', done, total: input.plan.steps.length });
  }
  applying.removeFolders();
  return applying.applied();
}

/**
 * Looks at everything the run displaced once more before it is recorded: a save that came late goes back to its name,
 * and its step counts as skipped.
 */
export function checkAllHeld(workplace: place.Workplace, results: readonly StepResult[]): readonly StepResult[] {
  return results.map((result) => {
    try {
      return { ...result, held: result.held.map((held) => place.checkHeld(workplace, held)) };
    } catch (error) {
      return { ...result, fault: faultOf(error, firstPath(result.step)) };
    }
  });
}

class Applying {
  private readonly input: ApplyInput;
  private readonly results = new Map<Step, StepResult>();
  private readonly exchanges: Exchanges;
  private readonly handOvers: HandOvers;
  private readonly made: RelPath[] = [];
  private readonly removed: RelPath[] = [];
  private readonly touched = new Set<RelPath | ''>();
  /** Folders the plan needs and that are not made yet. */
  private readonly unmade: Set<RelPath>;
  /** Set when no further write can succeed. */
  private stopped: Fault | undefined;
  private quietUntil: number | undefined;

  constructor(input: ApplyInput) {
    this.input = input;
    this.exchanges = new Exchanges(input.place, input.plan);
    const exchanged = input.plan.steps.filter((step) => this.exchanges.of(step) !== undefined);
    this.handOvers = new HandOvers(exchanged.flatMap((step) => step.actions));
    this.unmade = new Set(input.plan.makeFolders);
  }

  applied(): Applied {
    const { made: madeFolders, removed: removedFolders, touched, exchanges } = this;
    const results = this.input.plan.steps
      .map((step) => this.results.get(step))
      .filter((result) => result !== undefined);
    return { results, exchanges, madeFolders, removedFolders, touched };
  }

  removeFolders(): void {
    for (const folder of this.input.plan.removeFolders) {
      // What a disk refuses once it may grant the next moment, and no later run would come by here again.
      if (this.isRefused(folder)) this.isRefused(folder);
    }
  }

  /** Not empty, not there, not allowed: it stays as it is, and nobody misses anything. */
  private isRefused(folder: RelPath): boolean {
    try {
      this.removeFolder(folder);
      return false;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return codeOfWrite(error) !== 'file-changed-meanwhile';
    }
  }

  async run(step: Step): Promise<void> {
    if (this.results.has(step)) return;
    const changes: Change[] = [];
    const held: place.Held[] = [];
    let fault = this.refusedLease(step);
    for (const action of fault === undefined ? step.actions : []) {
      fault = this.stopped ?? this.cancelled(action) ?? (await this.tryAction(step, action, changes, held));
      if (fault !== undefined) break;
    }
    this.results.set(step, { step, changes, held, ...(fault && { fault }) });
    if (fault !== undefined) await this.fallTogether(step, fault);
  }

  /** A disk that refuses a look at the lease has refused this step: what was begun of an exchange goes back. */
  private refusedLease(step: Step): Fault | undefined {
    if (step.actions.length === 0) return undefined;
    try {
      this.input.lease.check();
      return undefined;
    } catch (error) {
      return this.faultFrom(error, firstPath(step));
    }
  }

  /** @throws what is no matter of one path */
  private faultFrom(error: unknown, path: RelPath): Fault {
    const fault = faultOf(error, path);
    if (isLasting(error)) this.stopped = fault;
    return fault;
  }

  /** Half of an exchange is taken back, and the rest of it is not begun. */
  private async fallTogether(step: Step, fault: Fault): Promise<void> {
    const exchange = this.exchanges.of(step);
    if (exchange === undefined) return;
    const begun = exchange.map((each) => this.results.get(each)).filter((result) => result !== undefined);
    const back = await this.exchanges.takeBack(exchange, begun, fault);
    for (const result of back) this.results.set(result.step, result);
    for (const folder of this.input.plan.makeFolders) if (!this.isFolder(folder)) this.unmade.add(folder);
    for (const change of exchange.flatMap(intendedChanges)) {
      for (const path of [change.path, change.from]) if (path !== undefined) this.touched.add(parentOf(path) ?? '');
    }
  }

  private isFolder(folder: RelPath): boolean {
    return this.input.place.home.stat(folder)?.kind === 'folder';
  }

  private cancelled(action: Action): Fault | undefined {
    return this.input.signal?.aborted === true ? { path: action.path, code: 'cancelled' } : undefined;
  }

  private async tryAction(
    step: Step,
    action: Action,
    changes: Change[],
    held: place.Held[],
  ): Promise<Fault | undefined> {
    try {
      if (action.kind === 'create') this.makeFoldersAbove(action.path);
      if (action.kind === 'move') this.makeFoldersAbove(action.to);
      if (isIntoStudentsWork(step, action)) await this.waitUntilQuiet(action.path);
      const change = await patiently(() => this.perform(action, held));
      if (change === 'busy') throw place.changed(action.path);
      if (change !== undefined) changes.push(change);
      this.touched.add(parentOf(action.path) ?? '');
      if (action.kind === 'move') this.touched.add(parentOf(action.to) ?? '');
      return undefined;
    } catch (error) {
      return this.faultFrom(error, action.path);
    }
  }

  private makeFoldersAbove(path: RelPath): void {
    if (this.unmade.size === 0) return;
    for (const folder of ancestorsOf(path)) {
      if (!this.unmade.has(folder)) continue;
      try {
        this.input.place.home.makeFolder(folder);
        this.made.push(folder);
        this.touched.add(parentOf(folder) ?? '').add(folder);
      } catch (error) {
        // One that is there by now is as good, but not ours to remove some day.
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
      this.unmade.delete(folder);
    }
  }

  private removeFolder(folder: RelPath): void {
    this.input.place.home.removeFolder(folder);
    this.removed.push(folder);
    this.touched.add(parentOf(folder) ?? '');
  }

  private perform(action: Action, held: place.Held[]): Change | undefined | 'busy' {
    const workplace = this.input.place;
    const { path } = action;
    switch (action.kind) {
      case 'create': {
        const handOver = this.handOvers.of(action);
        if (place.createFile(workplace, path, this.staged(action), handOver) === 'busy') return 'busy';
        this.handOvers.taken(path);
        return { path, is: action.content.oid };
      }
      case 'replace': {
        const displaced = place.replaceFile(workplace, path, action.expect, this.staged(action));
        if (displaced === 'busy') return 'busy';
        held.push(displaced);
        return { path, was: action.expect, is: action.content.oid, backup: displaced.backup };
      }
      case 'remove': {
        const handOver = this.handOvers.of(action);
        const displaced = place.removeFile(workplace, path, action.expect, handOver);
        if (displaced === 'busy') return 'busy';
        if (handOver.stays === true) this.handOvers.left(path, action.expect);
        held.push(displaced);
        return { path, was: action.expect, backup: displaced.backup };
      }
      case 'move':
        return this.move(action);
      case 'set-executable': {
        const { expect, executable } = action;
        if (place.setExecutable(workplace, path, expect, executable) === 'busy') return 'busy';
        return { path, was: expect, is: expect, wasExecutable: !executable };
      }
      case 'remove-folder':
        this.removeFolder(path);
        return undefined;
    }
  }

  private move(action: Extract<Action, { kind: 'move' }>): Change | 'busy' {
    const { path, to, expect } = action;
    const moved = place.moveFile(this.input.place, path, to, expect, this.handOvers.of(action));
    if (moved === 'busy') return 'busy';
    this.handOvers.taken(to);
    if (moved === 'both') this.handOvers.left(path, expect);
    return { path: to, from: path, is: expect };
  }

  private staged(action: Action): place.Staged {
    const staged = this.input.stages.get(action);
    if (staged === undefined) throw new F2gitError('bug', { params: { detail: 'content was not staged' } });
    if (staged instanceof F2gitError) throw staged;
    return staged;
  }

  /** One pause serves all files: they grow old together. */
  private async waitUntilQuiet(path: RelPath): Promise<void> {
    const { home } = this.input.place;
    const { quiet } = this.input;
    this.quietUntil ??= home.time() + QUIET_TIMES * quiet;
    for (;;) {
      const age = home.time() - (home.stat(path)?.modified ?? 0);
      if (age < 0 || age >= quiet) return;
      if (home.time() >= this.quietUntil || this.input.signal?.aborted === true) throw place.changed(path);
      await sleep(Math.min(quiet - age, 100));
      this.input.lease.check();
    }
  }
}

/** Whether the action rewrites a file the student has worked in, which may be open in an editor that saves by itself. */
function isIntoStudentsWork(step: Step, action: Action): boolean {
  if (action.kind !== 'replace') return false;
  return action.expect !== step.before?.oid && action.content.from === 'merge';
}

function faultOf(error: unknown, path: RelPath): Fault {
  if (!(error instanceof F2gitError) && errnoOf(error) === undefined) throw error;
  if (error instanceof F2gitError && (error.code === 'bug' || error.code === 'workspace-busy')) throw error;
  const errno = errnoOf(error);
  return { path, code: codeOfWrite(error), ...(errno !== undefined && { detail: errno }) };
}

function firstPath(step: Step): RelPath {
  const first = step.actions[0];
  if (first === undefined) throw asF2gitError(new Error('a step without actions displaced a file'));
  return first.path;
}
