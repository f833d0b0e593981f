/** Taking versions of files: a pure function from the wishes and what is there to a plan like any other. */
import type { EntryId, Oid } from '../core/ids.ts';
import type { OfferedFile } from '../core/offer.ts';
import { ancestorsOf, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { Backup } from './backup.ts';
import { isCopyOf } from './copies.ts';
import type { Action, Content, Notice, Plan, Step } from './plan-types.ts';
import type { BaseRecord, LocalTree, WorkspaceState } from './tree.ts';

export interface TakeWish {
  /** The file, by its path in the workspace. */
  readonly file: RelPath;
  /** Where it goes instead of `file`; nothing may be there. */
  readonly as?: RelPath;
}

/** The course's version as it is offered now. */
export interface CourseWish extends TakeWish {
  readonly kind: 'course';
  readonly offered: OfferedFile;
}

/** What a run replaced. */
export interface BackupWish extends TakeWish {
  readonly kind: 'backup';
  readonly kept: Backup;
  readonly oid: Oid;
}

/** The course's version of one cell, put into the student's notebook. */
export interface CellWish extends TakeWish {
  readonly kind: 'cell';
  readonly record: BaseRecord;
  readonly cell: string;
  /** The student's notebook as it was when the cell was put into it. */
  readonly was: Oid;
  /** The notebook with the cell. */
  readonly content: Content;
}

export type Wish = CourseWish | BackupWish | CellWish;

/** The plan, and the course version each file refuses from now on. */
export interface TakePlan {
  readonly plan: Plan;
  readonly pins: ReadonlyMap<EntryId, Oid | 'absent' | undefined>;
}

/** The paths `planTake` must know. */
export function pathsToTake(wishes: readonly Wish[], state: WorkspaceState): readonly RelPath[] {
  return wishes.flatMap((wish) => {
    const placement = recordOf(wish, state)?.placement;
    return [wish.as ?? wish.file, ...(placement === undefined ? [] : [placement])];
  });
}

/**
 * Plans to put each version in its place; no two wishes are about one file.
 * @throws {F2gitError} `file-present` when something is at `as`; `file-unreadable` when what is at the file's place cannot be
 * replaced
 */
export function planTake(wishes: readonly Wish[], state: WorkspaceState, local: LocalTree): TakePlan {
  const each = wishes.map((wish) => (wish.kind === 'cell' ? planCell(wish, local) : planFile(wish, state, local)));
  const plan: Plan = {
    steps: each.flatMap(({ plan: { steps } }) => steps),
    notices: [],
    makeFolders: [...new Set(each.flatMap(({ plan: { makeFolders } }) => makeFolders))],
    removeFolders: [],
    unpinned: [],
    merges: [],
  };
  return { plan, pins: new Map(each.flatMap(({ pins }) => [...pins])) };
}

/** The notebook stays the student's; only what the course wanted in this cell is settled. */
function planCell({ file: path, record, cell, was, content }: CellWish, local: LocalTree): TakePlan {
  const node = local.get(path);
  if (node?.kind !== 'file') throw new F2gitError('file-unreadable', { params: { path } });
  const { declined = [], ...settled } = record;
  const left = declined.filter((each) => each.cell !== cell);
  const after: BaseRecord = { ...settled, merged: content.oid, ...(left.length > 0 && { declined: left }) };
  const { executable } = node;
  const step: Step = {
    id: record.id,
    rule: 'pin',
    actions: content.oid === was ? [] : [{ kind: 'replace', path, expect: was, content, executable }],
    before: record,
    after,
    notice: { path, action: 'merged', rule: 'pin' },
  };
  return { plan: { ...NOTHING, steps: [step] }, pins: new Map() };
}

const NOTHING: Plan = { steps: [], notices: [], makeFolders: [], removeFolders: [], unpinned: [], merges: [] };

function planFile(wish: CourseWish | BackupWish, state: WorkspaceState, local: LocalTree): TakePlan {
  const target = wish.as ?? wish.file;
  const put = putAction(wish, target, contentOf(wish), local);
  const record = recordOf(wish, state);
  const id = record?.id ?? (wish.kind === 'course' ? wish.offered.id : undefined);
  const isInPlace = wish.as === undefined && id !== undefined;
  const away = isInPlace ? copyAway(wish, record, local) : [];
  const actions = [...put, ...away];
  // Any other file is the student's own: no record, and no id but its path.
  const step: Step = isInPlace
    ? { id, rule: 'pin', actions, ...records(wish, record, target) }
    : { id: (id ?? target) as EntryId, rule: 'pin', actions, ...(record && { before: record, after: record }) };
  const steps = [{ ...step, ...(actions.length > 0 && { notice: noticeOf(wish, target, away) }) }];
  const makeFolders = ancestorsOf(target).filter((folder) => !local.has(folder));
  const pins = new Map(isInPlace ? [[id, pinOf(wish, record)]] : []);
  return { plan: { ...NOTHING, steps, makeFolders }, pins };
}

/** `away`: what is done about a copy that is needless from now on; it is told as the former place of what is taken. */
function noticeOf(wish: CourseWish | BackupWish, path: RelPath, away: readonly Action[]): Notice {
  const [from] = away.flatMap((action) => (action.kind === 'remove' ? [action.path] : []));
  const action = wish.kind === 'course' ? 'updated' : 'restored';
  return { path, action, rule: 'pin', ...(from !== undefined && { from }) };
}

function recordOf(wish: Wish, state: WorkspaceState): BaseRecord | undefined {
  if (wish.kind === 'course') return state.base.get(wish.offered.id);
  if (wish.kind === 'cell') return wish.record;
  for (const record of state.base.values()) if (record.placement === wish.file) return record;
  return undefined;
}

function contentOf(wish: CourseWish | BackupWish): Content {
  if (wish.kind === 'course') return { from: 'course', oid: wish.offered.oid, size: wish.offered.size };
  return { from: 'home', oid: wish.oid, size: wish.kept.size, path: wish.kept.file };
}

function putAction(
  wish: CourseWish | BackupWish,
  path: RelPath,
  content: Content,
  local: LocalTree,
): readonly Action[] {
  const node = local.get(path);
  const executable = wish.kind === 'course' ? wish.offered.executable : wish.kept.executable;
  if (node === undefined) return [{ kind: 'create', path, content, executable }];
  if (wish.as !== undefined) throw new F2gitError('file-present', { params: { path } });
  if (node.kind !== 'file') throw new F2gitError('file-unreadable', { params: { path } });
  if (node.oid === content.oid && node.executable === executable) return [];
  return [{ kind: 'replace', path, expect: node.oid, content, executable }];
}

/** The course's version in its own place makes a course copy beside it needless, unless the student works in the copy. */
function copyAway(wish: TakeWish, record: BaseRecord | undefined, local: LocalTree): readonly Action[] {
  if (record === undefined || record.placement === wish.file || !isCopyOf(record.coursePath, record.placement))
    return [];
  const node = local.get(record.placement);
  const isPristine = node?.kind === 'file' && node.oid === record.oid;
  return isPristine ? [{ kind: 'remove', path: record.placement, expect: record.oid }] : [];
}

/** With the course's version the file is as delivered; with an own one it is the student's as before. */
function records(
  wish: CourseWish | BackupWish,
  record: BaseRecord | undefined,
  placement: RelPath,
): { before?: BaseRecord; after?: BaseRecord } {
  const before = record && { before: record };
  if (wish.kind === 'backup') return { ...before, ...(record && { after: record }) };
  const { id, path: coursePath, oid, executable } = wish.offered;
  return { ...before, after: { id, coursePath, placement, oid, executable } };
}

/**
 * An own version is wanted instead of what the course last delivered, even if the course once published the same: it
 * stays until the course's version changes.
 */
function pinOf(wish: CourseWish | BackupWish, record: BaseRecord | undefined): Oid | undefined {
  return wish.kind === 'course' ? undefined : record?.oid;
}
