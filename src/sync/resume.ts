/**
 * What a dead run had done before it could record it. Planning again from what is on the disk is right for nearly all of
 * it; the journal helps where content alone cannot tell: a merge that must not be made twice, and files that were
 * changing places when the run died.
 */
import type { EntryId, Oid } from '../core/ids.ts';
import { ancestorsOf, isWithin, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { removeIfThere } from './durable.ts';
import type { Home } from './home.ts';
import type { Change, RecordedStep } from './journal.ts';
import { giveBack, moveFile, removeFile, type Workplace } from './place.ts';
import type { Notice } from './plan-types.ts';
import { isSameRecord } from './record.ts';
import type { BaseRecord, Declined, WorkspaceState } from './tree.ts';
import { errnoOf } from './trouble.ts';

/** The content of the file at a path; undefined when there is none or it cannot be read now. */
export type ContentAt = (path: RelPath) => Oid | undefined;

/** What the next run goes on with. */
export interface Resumed {
  readonly state: WorkspaceState;
  /** What the dead run would have told of the steps that count as done. */
  readonly notices: readonly Notice[];
}

/**
 * Counts merges and moves by content as done that came true to the end, and takes those moves back that were cut off
 * between two of them: such content would be taken for another file's. All other steps the next plan finds done.
 */
export function resume(
  place: Workplace,
  steps: readonly RecordedStep[],
  state: WorkspaceState,
  contentAt: ContentAt,
): Resumed {
  const { home } = place;
  const exchanged = exchangedSteps(steps);
  const isWhole = exchanged.every((step) => isDone(home, step, contentAt));
  if (!isWhole) takeBack(place, exchanged, contentAt);
  const merged = steps.filter((step) => step.after?.merged !== undefined && !exchanged.includes(step));
  const done = merged.filter((step) => isDone(home, step, contentAt));
  return takeOver(home, state, [...(isWhole ? exchanged : []), ...done]);
}

/** Whether each path of the step is as its last change left it. */
function isDone(home: Home, { changes }: RecordedStep, contentAt: ContentAt): boolean {
  const last = new Map(changes.map((change) => [change.path, change]));
  const isLeft = ({ from }: Change): boolean =>
    from === undefined || last.has(from) || home.stat(from)?.kind !== 'file';
  const isMade = ({ path, is, wasExecutable }: Change): boolean => {
    if (is === undefined) return home.stat(path)?.kind !== 'file';
    return contentAt(path) === is && (wasExecutable === undefined || home.stat(path)?.executable !== wasExecutable);
  };
  return changes.every(isLeft) && [...last.values()].every(isMade);
}

/**
 * Where some file goes to another path by its content, because a rename cannot bring it there: all steps that move a
 * file, and those that make room for them.
 */
function exchangedSteps(steps: readonly RecordedStep[]): readonly RecordedStep[] {
  const movers = steps.filter(({ before, after }) => before && after && before.placement !== after.placement);
  if (movers.every(({ changes }) => changes.some(({ from }) => from !== undefined))) return [];
  const left = new Set(movers.map(({ before }) => before?.placement));
  const makesRoom = ({ changes }: RecordedStep): boolean =>
    changes.some(({ path, backup }) => backup !== undefined && left.has(path));
  return steps.filter((step) => movers.includes(step) || makesRoom(step));
}

/** Last change first, as far as the student has not saved since. */
function takeBack(place: Workplace, steps: readonly RecordedStep[], contentAt: ContentAt): void {
  const changes = steps.flatMap((step) => step.changes);
  const left = changes.flatMap(({ path, from, backup }) => from ?? (backup === undefined ? [] : path));
  for (const change of changes.toReversed()) {
    try {
      if (change.was !== undefined) giveBackDisplaced(place, change, change.was);
      else if (change.from !== undefined) moveBack(place, change.path, change.from, contentAt);
      else removeMade(place, change, contentAt);
      if (change.was === undefined) removeFoldersIn(place.home, left, change.path);
    } catch (error) {
      // What cannot be taken back stays as it is; what was displaced there is in the backups.
      if (errnoOf(error) === undefined && !(error instanceof F2gitError && error.code === 'file-changed-meanwhile'))
        throw error;
    }
  }
}

function giveBackDisplaced(place: Workplace, { path, is, backup }: Change, was: Oid): void {
  const stat = backup === undefined ? undefined : place.home.stat(`${place.backups}/${backup}`);
  if (backup === undefined || stat === undefined) return;
  giveBack(place, { path, backup, oid: was, stat, ...(is !== undefined && { placed: is }) });
}

function moveBack(place: Workplace, path: RelPath, from: RelPath, contentAt: ContentAt): void {
  const content = contentAt(path);
  if (content !== undefined && place.home.stat(from) === undefined) moveFile(place, path, from, content);
}

/** A file the dead run made: what went into it is still at its old place, or in the backups. */
function removeMade(place: Workplace, { path, is }: Change, contentAt: ContentAt): void {
  if (is === undefined || contentAt(path) !== is) return;
  const made = removeFile(place, path, is);
  if (made !== 'busy') removeIfThere(place.home, `${place.backups}/${made.backup}`);
}

/** The folders above `path` that were made where a file must go back. */
function removeFoldersIn(home: Home, left: readonly RelPath[], path: RelPath): void {
  const made = ancestorsOf(path).filter((folder) => left.some((file) => isWithin(folder, file)));
  for (const folder of made.toReversed()) home.removeFolder(folder);
}

function takeOver(home: Home, state: WorkspaceState, done: readonly RecordedStep[]): Resumed {
  const isUnknown = ({ id, before, after }: RecordedStep): boolean =>
    isSameRecord(state.base.get(before?.id ?? id), before) && !isSameRecord(before, after);
  const taken = done.filter(isUnknown);
  if (taken.length === 0) return { state, notices: [] };
  const base = new Map<EntryId, BaseRecord>(state.base);
  for (const { before } of taken) if (before !== undefined) base.delete(before.id);
  for (const { after } of taken) if (after !== undefined) base.set(after.id, after);
  removeLeftFolders(home, state, taken);
  return { state: { ...state, base }, notices: taken.flatMap(noticeOf) };
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

/** The dead run never told what its merges declined. */
function noticeOf({ before, after }: RecordedStep): readonly Notice[] {
  if (after?.merged === undefined) return [];
  const known = new Set(before?.declined?.map(textOf));
  const declined = (after.declined ?? []).filter((each) => !known.has(textOf(each)));
  return declined.length === 0 ? [] : [{ path: after.placement, action: 'kept', rule: '11', declined }];
}

function textOf(declined: Declined): string {
  return JSON.stringify(declined);
}
