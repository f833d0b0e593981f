/** What a run leaves behind, as pure functions of what it did: the next state, the journal's steps, the notices. */
import type { EntryId, Oid, RunId } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import type { Change, RecordedStep } from './journal.ts';
import type { Action, Notice, Plan, Step } from './plan-types.ts';
import type { StepResult } from './step-result.ts';
import type { BaseRecord, WorkspaceState } from './tree.ts';

/** The part of an offer that a workspace remembers as it is. */
export type Delivered = Pick<WorkspaceState, 'course' | 'identity' | 'numbering' | 'head'>;

export type Pins = WorkspaceState['pins'];

/** What a run did, as far as the workspace must remember it. */
export interface Outcome {
  readonly results: readonly StepResult[];
  readonly madeFolders: readonly RelPath[];
  readonly removedFolders: readonly RelPath[];
}

/**
 * The state after a run: a step that failed leaves its record as it was. `pins` are those that hold from now on.
 */
export function nextState(
  state: WorkspaceState | undefined,
  delivered: Delivered,
  run: RunId,
  applied: Outcome,
  pins: Pins,
): WorkspaceState {
  const { course, identity, numbering = state?.numbering, head } = delivered;
  const known = { course, identity, ...(numbering !== undefined && { numbering }) };
  const folders = new Set(state?.folders);
  for (const folder of applied.madeFolders) folders.add(folder);
  for (const folder of applied.removedFolders) folders.delete(folder);
  return { version: 1, ...known, head, run, base: nextBase(state, applied.results), folders, pins };
}

function nextBase(state: WorkspaceState | undefined, results: readonly StepResult[]): ReadonlyMap<EntryId, BaseRecord> {
  const base = new Map(state?.base);
  const succeeded = results.filter((result) => result.fault === undefined).map((result) => result.step);
  // All old records go before the first new one comes: entries can change places.
  for (const { before } of succeeded) if (before !== undefined) base.delete(before.id);
  for (const { after } of succeeded) if (after !== undefined) base.set(after.id, after);
  // A step that failed keeps its record even if another step with the same id succeeded before it.
  for (const { step, fault } of results) {
    if (fault !== undefined && step.before !== undefined) base.set(step.before.id, step.before);
  }
  return base;
}

/** The pins that hold after a plan of the course. */
export function pinsAfter(state: WorkspaceState | undefined, plan: Plan): Pins {
  const pins = new Map(state?.pins);
  for (const id of plan.unpinned) pins.delete(id);
  return pins;
}

/** The steps as intentions, for the journal, before anything is done. `pins` are those that held until now. */
export function intendedSteps(plan: Plan, pins: Pins): readonly RecordedStep[] {
  return plan.steps
    .filter((step) => step.actions.length > 0)
    .map((step) => {
      const { notice } = step;
      return { ...recorded(step, intendedChanges(step), pins), ...(notice && { notice }) };
    });
}

/** What applying the step changes, if nothing is in the way. */
export function intendedChanges({ actions }: Step): readonly Change[] {
  return actions.map(intendedChange).filter((change) => change !== undefined);
}

/** The steps as they were done. A step of which nothing was done is left out. */
export function doneSteps(results: readonly StepResult[], pins: Pins): readonly RecordedStep[] {
  return results
    .map(({ step, changes, fault }) => recorded(step, changes, pins, fault === undefined))
    .filter((step) => step.changes.length > 0);
}

function recorded(step: Step, changes: readonly Change[], pins: Pins, succeeded = true): RecordedStep {
  const { id, before } = step;
  const after = succeeded ? step.after : step.before;
  const pinBefore = pins.get(id);
  return { id, ...(before && { before }), ...(after && { after }), ...(pinBefore && { pinBefore }), changes };
}

/** What applying the action changes; undefined for a folder. */
export function intendedChange(action: Action): Change | undefined {
  switch (action.kind) {
    case 'create':
      return { path: action.path, is: action.content.oid };
    case 'replace':
      return { path: action.path, was: action.expect, is: action.content.oid, backup: action.path };
    case 'remove':
      return { path: action.path, was: action.expect, backup: action.path };
    case 'move':
      return { path: action.to, from: action.path, is: action.expect };
    case 'set-executable':
      return { path: action.path, was: action.expect, is: action.expect, wasExecutable: !action.executable };
    case 'remove-folder':
      return undefined;
  }
}

/** The notices of a run: the plan's, with `skipped` and the reason for every step that was not done. */
export function noticesOf(plan: Plan, results: readonly StepResult[]): readonly Notice[] {
  const faulty = results.filter(({ step, fault }) => fault !== undefined && step.notice !== undefined);
  const told = new Set(faulty.map(({ step }) => step.id));
  const notices = results.map(({ step, fault }): Notice | undefined => {
    if (fault === undefined) return step.notice;
    // It only made room for another step of the same file, which says it.
    if (step.notice === undefined && told.has(step.id)) return undefined;
    const { path, code, detail } = fault;
    return { path: step.notice?.path ?? path, action: 'skipped', rule: step.rule, code, ...(detail && { detail }) };
  });
  return [...plan.notices, ...notices.filter((notice) => notice !== undefined)];
}

/** Whether applying the step would change neither the home nor the record. */
export function isIdle(step: Step): boolean {
  return step.actions.length === 0 && isSameRecord(step.before, step.after);
}

/** Whether two records say the same. */
export function isSameRecord(a: BaseRecord | undefined, b: BaseRecord | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const isSameFile = a.id === b.id && a.coursePath === b.coursePath && a.placement === b.placement;
  const isSameVersion = a.oid === b.oid && a.executable === b.executable;
  const isSameFate = a.merged === b.merged && a.former === b.former && a.left === b.left && a.revived === b.revived;
  return isSameFile && isSameVersion && isSameFate && JSON.stringify(a.declined) === JSON.stringify(b.declined);
}

/** The course version a workspace refuses when what `step` delivered is undone. */
export function refusedBy(step: RecordedStep): Oid | 'absent' {
  return step.after?.oid ?? 'absent';
}
