/**
 * What a dead run had done before it could record it. Planning again from what is on the disk is right for nearly all of
 * it; the journal helps where content alone cannot tell: a merge that must not be made twice, and files that were
 * changing places when the run died.
 */
import type { EntryId } from '../core/ids.ts';
import { ancestorsOf, type RelPath } from '../core/paths.ts';
import { readableContent } from './content-of.ts';
import { courseContents, exchangesOf } from './exchange.ts';
import type { Home } from './home.ts';
import type { Change, RecordedStep, RunRecord } from './journal.ts';
import type { Workplace } from './place.ts';
import { isSameRecord } from './record.ts';
import { takeBack } from './take-back.ts';
import type { BaseRecord, WorkspaceState } from './tree.ts';
import { errnoOf, isLasting } from './trouble.ts';

/**
 * Counts merges and moves as done that came true to the end, and takes those moves back that were cut off between two
 * of them: such content would be taken for another file's. All other steps the next plan finds done. An undo or a take
 * does not go on by itself: all its moves are taken back, so that it finds what it is to change when it is called again.
 * Gives the state the next run goes on with.
 */
export async function resume(
  place: Workplace,
  { kind, steps, makes }: Pick<RunRecord, 'kind' | 'steps' | 'makes'>,
  state: WorkspaceState | undefined,
): Promise<WorkspaceState | undefined> {
  const { home } = place;
  const exchanges = exchangesOf(steps, ({ changes }) => changes);
  const isWhole = (exchange: readonly RecordedStep[]): boolean => isDone(home, changesOf(exchange));
  const whole = kind === 'sync' ? exchanges.filter(isWhole) : [];
  const made = new Set(makes);
  for (const exchange of exchanges) if (!whole.includes(exchange)) await takeExchangeBack(place, exchange, made);
  if (state === undefined || kind !== 'sync') return state;
  const exchanged = new Set(exchanges.flat());
  const merged = steps.filter((step) => step.after?.merged !== undefined && !exchanged.has(step));
  const done = merged.filter(({ changes }) => isDone(home, changes));
  return takeOver(home, state, [...whole.flat(), ...done]);
}

/**
 * Takes an exchange back as far as that can be.
 * @throws the system's error where no other write can succeed either: nothing may be recorded then, and the next run
 * takes back the rest
 */
export function takeExchangeBack(
  place: Workplace,
  exchange: readonly RecordedStep[],
  made: ReadonlySet<RelPath>,
): Promise<readonly Change[]> {
  const courses = courseContents(exchange);
  return takeBack({
    place,
    changes: changesOf(exchange),
    made,
    isCourses: (oid) => courses.has(oid),
    refused: (error) => {
      // Otherwise what was displaced there is in the backups, and the plan names what cannot be reached.
      if (isLasting(error)) throw error;
    },
  });
}

/** Whether each path is as its last change left it. */
export function isDone(home: Home, changes: readonly Change[]): boolean {
  const last = new Map(changes.map((change) => [change.path, change]));
  const isLeft = ({ path, from }: Change): boolean => {
    const old = from === undefined ? undefined : home.stat(from);
    if (from === undefined || old?.kind !== 'file') return true;
    return last.has(from) && old.inode !== home.stat(path)?.inode;
  };
  const isMade = ({ path, is, wasExecutable }: Change): boolean => {
    if (is === undefined) return home.stat(path)?.kind !== 'file';
    return (
      readableContent(home, path) === is &&
      (wasExecutable === undefined || home.stat(path)?.executable !== wasExecutable)
    );
  };
  return changes.every(isLeft) && [...last.values()].every(isMade);
}

/** All changes of some steps, in their order. */
export function changesOf(steps: readonly RecordedStep[]): readonly Change[] {
  return steps.flatMap(({ changes }) => changes);
}

function takeOver(home: Home, state: WorkspaceState, done: readonly RecordedStep[]): WorkspaceState {
  const isUnknown = ({ id, before, after }: RecordedStep): boolean =>
    isSameRecord(state.base.get(before?.id ?? id), before) && !isSameRecord(before, after);
  const taken = done.filter(isUnknown);
  if (taken.length === 0) return state;
  const base = new Map<EntryId, BaseRecord>(state.base);
  for (const { before } of taken) if (before !== undefined) base.delete(before.id);
  for (const { after } of taken) if (after !== undefined) base.set(after.id, after);
  removeLeftFolders(home, state, taken);
  return { ...state, base };
}

/** Folders f2git made, that the steps left and that are empty now; the record of one that is gone does no harm. */
function removeLeftFolders(home: Home, { folders }: WorkspaceState, steps: readonly RecordedStep[]): void {
  for (const { before, after } of steps) {
    if (before === undefined || before.placement === after?.placement) continue;
    const left = ancestorsOf(before.placement).filter((folder) => folders.has(folder));
    try {
      for (const folder of left.toReversed()) home.removeFolder(folder);
    } catch (error) {
      // Not empty, or gone: it stays as it is, and so do those above it.
      if (errnoOf(error) === undefined) throw error;
    }
  }
}
