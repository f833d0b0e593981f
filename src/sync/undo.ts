/** Taking a run back: a pure function from what the run did, and what is there now, to a plan like any other. */
import type { EntryId, Oid } from '../core/ids.ts';
import { ancestorsOf, parentOf, type RelPath } from '../core/paths.ts';
import { backupFile, type Backup } from './backup.ts';
import { beforeNames } from './before-names.ts';
import { exchangesOf } from './exchange.ts';
import type { Change, RecordedStep, RunRecord } from './journal.ts';
import type { Action, Content, Notice, Plan, Step } from './plan-types.ts';
import { isSameRecord, refusedBy } from './record.ts';
import type { BaseRecord, LocalNode, LocalTree, WorkspaceState } from './tree.ts';
import type { Wanted } from './wanted-paths.ts';

/** What taking a run back means for the workspace. */
export interface UndoPlan {
  readonly plan: Plan;
  /** For each file that is as before the run again: the course version that is refused from now on, if any. */
  readonly pins: ReadonlyMap<EntryId, Oid | 'absent' | undefined>;
}

type Backups = ReadonlyMap<RelPath, Pick<Backup, 'size' | 'executable'>>;

/** What the run displaced, ready to be put back. */
interface Kept {
  readonly content: Content;
  readonly executable: boolean;
}

/** What `planUndo` must know of the home. */
export function wantedToUndo(record: RunRecord): Wanted {
  const changes = record.steps.flatMap((step) => step.changes);
  const paths = new Set(changes.flatMap(pathsOf));
  const folders = new Set<RelPath>();
  // Where a file was before the run there may be a folder by now.
  for (const above of [...paths].flatMap(ancestorsOf)) {
    if (paths.has(above) || ancestorsOf(above).some((each) => paths.has(each))) folders.add(above);
  }
  for (const { path, backup } of changes) {
    if (backup !== undefined) for (const beside of beforeNames(path)) paths.add(beside);
  }
  return { paths: [...paths], folders: [...folders] };
}

/**
 * Plans to take back what `record` says was done. Where the student has changed a file since, that stays and the old
 * version comes beside it.
 * @param backups of the run, by their path in the workspace
 */
export function planUndo(record: RunRecord, state: WorkspaceState, local: LocalTree, backups: Backups): UndoPlan {
  const undoing = new Undoing(record, state, local, backups);
  for (const step of record.steps.toReversed()) undoing.takeBack(step);
  return undoing.result();
}

class Undoing {
  private readonly record: RunRecord;
  private readonly state: WorkspaceState;
  private readonly backups: Backups;
  /** The home as it will be after the actions so far. */
  private readonly local: Map<RelPath, LocalNode>;
  /** Steps that are not taken back now, and why. */
  private readonly waiting: ReadonlyMap<RecordedStep, Notice>;
  private readonly steps: Step[] = [];
  /** What the run had brought and is not there any more; an undo that died may have left its folder. */
  private readonly gone: RelPath[] = [];
  private readonly pins = new Map<EntryId, Oid | 'absent' | undefined>();

  constructor(record: RunRecord, state: WorkspaceState, local: LocalTree, backups: Backups) {
    this.record = record;
    this.state = state;
    this.backups = backups;
    this.local = new Map(local);
    this.waiting = this.waitingSteps();
  }

  takeBack(step: RecordedStep): void {
    const hidden = this.waiting.get(step);
    if (hidden !== undefined) {
      this.steps.push({ id: step.id, rule: 'pin', actions: [], notice: hidden, ...this.recordsOf(step, false) });
      return;
    }
    const actions: Action[] = [];
    const notices: Notice[] = [];
    let isClean = true;
    for (const change of step.changes.toReversed()) {
      const undone = this.changeBack(change);
      actions.push(...undone.actions);
      if (undone.notice !== undefined) notices.push(undone.notice);
      isClean &&= undone.isClean;
    }
    const notice = notices.at(-1);
    this.steps.push({
      id: step.id,
      rule: 'pin',
      actions,
      ...(notice && { notice }),
      ...this.recordsOf(step, isClean),
    });
    if (isClean) this.pins.set(step.after?.id ?? step.id, this.pinOf(step));
  }

  result(): UndoPlan {
    const actions = this.steps.flatMap((step) => step.actions);
    const plan: Plan = {
      steps: this.steps,
      notices: [],
      makeFolders: this.missingFolders(actions),
      removeFolders: this.emptiedFolders(actions),
      unpinned: [],
      merges: [],
    };
    return { plan, pins: this.pins };
  }

  /** The record goes back with the file, unless a later run has moved it on. */
  private recordsOf(step: RecordedStep, isClean: boolean): { before?: BaseRecord; after?: BaseRecord } {
    const now = this.state.base.get(step.after?.id ?? step.id);
    const then = isClean && now?.oid === step.after?.oid ? step.before : now;
    return { ...(now && { before: now }), ...(then && { after: then }) };
  }

  /**
   * An undone sync refuses the newest version there was to refuse: what an earlier undo refused, or what was delivered
   * last, be it by this run or a later one. Undoing an undo or a take brings back what was refused before.
   */
  private pinOf(step: RecordedStep): Oid | 'absent' | undefined {
    const { kind, phase } = this.record;
    if (kind !== 'sync') return step.pinBefore;
    const id = step.after?.id ?? step.id;
    const [now, refused] = [this.state.base.get(id), this.state.pins.get(id)];
    // What is remembered from before a run that died says nothing about what that run brought.
    const isDead = phase === 'interrupted';
    const held = isDead && refused === step.pinBefore ? undefined : refused;
    const delivered = isDead && isSameRecord(now, step.before) ? undefined : now?.oid;
    return held ?? delivered ?? refusedBy(step);
  }

  private changeBack(change: Change): { actions: readonly Action[]; notice?: Notice; isClean: boolean } {
    const { path, from, was, is, wasExecutable } = change;
    const notice = this.unreadableAmong(pathsOf(change));
    if (notice !== undefined) return { actions: [], notice, isClean: false };
    if (from !== undefined && this.isMovedBack(path, from, is)) return this.isGone(path);
    const now = this.local.get(path);
    const isAsWritten = is === undefined ? now === undefined : now?.kind === 'file' && now.oid === is;
    if (!isAsWritten && (from !== undefined || wasExecutable !== undefined)) return stays(path);
    if (from !== undefined) return this.moveBack(path, from);
    if (wasExecutable !== undefined) return this.setBack(path, is, wasExecutable);
    if (was === undefined) return this.takeAway(path, isAsWritten ? is : undefined);
    return this.restore(change, was, isAsWritten);
  }

  /** Files that changed places go back together: when one of them cannot be seen, none does. */
  private waitingSteps(): ReadonlyMap<RecordedStep, Notice> {
    const waiting = new Map<RecordedStep, Notice>();
    for (const exchange of exchangesOf(this.record.steps, ({ changes }) => changes)) {
      const notice = this.unreadableAmong(exchange.flatMap(({ changes }) => changes.flatMap(pathsOf)));
      if (notice !== undefined) for (const step of exchange) waiting.set(step, notice);
    }
    return waiting;
  }

  /** What cannot be seen now is left for the next undo of this run. */
  private unreadableAmong(paths: readonly RelPath[]): Notice | undefined {
    for (const path of paths.flatMap((each) => [...ancestorsOf(each), each])) {
      const node = this.local.get(path);
      if (node?.kind !== 'unreadable') continue;
      const code = node.why === 'busy' ? 'file-changed-meanwhile' : 'file-unreadable';
      return { path, action: 'skipped', rule: '2', code };
    }
    return undefined;
  }

  /** Where a disk does not say what is at a name for a copy, it may be that very copy; a file nobody may read is none. */
  private hiddenAt(path: RelPath): Notice | undefined {
    const node = this.local.get(path);
    return node?.kind === 'unreadable' && node.why !== 'denied' ? this.unreadableAmong([path]) : undefined;
  }

  /** By an undo that did not get to its end. */
  private isMovedBack(path: RelPath, from: RelPath, is: Oid | undefined): boolean {
    const node = this.local.get(from);
    return !this.local.has(path) && node?.kind === 'file' && node.oid === is;
  }

  private restore(change: Change, was: Oid, isAsWritten: boolean): ReturnType<Undoing['changeBack']> {
    const { path, is } = change;
    const now = this.local.get(path);
    const kept = this.backupOf(change, was);
    if (now?.kind === 'file' && now.oid === was) return { actions: [], isClean: true };
    if (kept === undefined) return stays(path);
    if (isAsWritten && now !== undefined) return this.putBack(path, kept, is);
    const room = this.roomAt(path);
    if (room === undefined) return this.putBeside(path, kept);
    const back = this.putBack(path, kept);
    return { ...back, actions: [...room, ...back.actions] };
  }

  private backupOf({ backup }: Change, was: Oid): Kept | undefined {
    const file = backup === undefined ? undefined : backupFile(this.record.run, backup);
    const kept = file === undefined ? undefined : this.backups.get(file);
    if (file === undefined || kept === undefined) return undefined;
    return { content: { from: 'home', oid: was, size: kept.size, path: file }, executable: kept.executable };
  }

  private isGone(path: RelPath): ReturnType<Undoing['changeBack']> {
    this.gone.push(path);
    return { actions: [], isClean: true };
  }

  private moveBack(path: RelPath, from: RelPath): ReturnType<Undoing['changeBack']> {
    const node = this.local.get(path);
    if (node?.kind !== 'file') return stays(path);
    const there = this.local.get(from);
    // An undo that failed in the middle of this move left both names.
    if (there?.kind === 'file' && there.oid === node.oid) return this.takeAway(path, node.oid);
    const room = this.roomAt(from);
    if (room === undefined) return stays(path);
    this.local.delete(path);
    this.local.set(from, node);
    const notice: Notice = { path: from, action: 'renamed', rule: 'pin', from: path };
    return { actions: [...room, { kind: 'move', path, to: from, expect: node.oid }], notice, isClean: true };
  }

  /** What makes room for a file at `path`: a folder f2git made goes when nothing is in it. Undefined when there is none. */
  private roomAt(path: RelPath): readonly Action[] | undefined {
    const node = this.local.get(path);
    if (node === undefined) return [];
    if (node.kind !== 'folder' || !this.state.folders.has(path)) return undefined;
    const inside = [...this.local.keys()].filter((each) => parentOf(each) === path).map((each) => this.roomAt(each));
    if (inside.includes(undefined)) return undefined;
    const emptied = inside.flatMap((actions) => actions ?? []);
    return [...emptied, { kind: 'remove-folder', path }];
  }

  private setBack(path: RelPath, expect: Oid | undefined, executable: boolean): ReturnType<Undoing['changeBack']> {
    if (expect === undefined) return stays(path);
    const notice: Notice = { path, action: 'restored', rule: 'pin' };
    return { actions: [{ kind: 'set-executable', path, expect, executable }], notice, isClean: true };
  }

  private takeAway(path: RelPath, expect: Oid | undefined): ReturnType<Undoing['changeBack']> {
    if (!this.local.has(path)) return this.isGone(path);
    if (expect === undefined) return stays(path);
    this.local.delete(path);
    const notice: Notice = { path, action: 'removed', rule: 'pin' };
    return { actions: [{ kind: 'remove', path, expect }], notice, isClean: true };
  }

  private putBack(path: RelPath, { content, executable }: Kept, expect?: Oid): ReturnType<Undoing['changeBack']> {
    this.local.set(path, { kind: 'file', oid: content.oid, size: content.size, executable });
    const notice: Notice = { path, action: 'restored', rule: 'pin' };
    const action: Action =
      expect === undefined
        ? { kind: 'create', path, content, executable }
        : { kind: 'replace', path, expect, content, executable };
    return { actions: [action], notice, isClean: true };
  }

  private putBeside(path: RelPath, { content, executable }: Kept): ReturnType<Undoing['changeBack']> {
    for (const beside of beforeNames(path)) {
      const node = this.local.get(beside);
      const notice: Notice = { path, action: 'kept', rule: 'pin', copy: beside };
      if (node?.kind === 'file' && node.oid === content.oid) return { actions: [], notice, isClean: false };
      const hidden = this.hiddenAt(beside);
      if (hidden !== undefined) return { actions: [], notice: hidden, isClean: false };
      if (node !== undefined) continue;
      this.local.set(beside, { kind: 'file', oid: content.oid, size: content.size, executable });
      return { actions: [{ kind: 'create', path: beside, content, executable }], notice, isClean: false };
    }
    return stays(path);
  }

  private missingFolders(actions: readonly Action[]): readonly RelPath[] {
    const targets = actions.flatMap((action) =>
      action.kind === 'create' ? [action.path] : action.kind === 'move' ? [action.to] : [],
    );
    const folders = new Set(targets.flatMap(ancestorsOf));
    return [...folders].filter((folder) => !this.local.has(folder)).sort();
  }

  private emptiedFolders(actions: readonly Action[]): readonly RelPath[] {
    const left = actions.flatMap((action) => (action.kind === 'remove' || action.kind === 'move' ? [action.path] : []));
    const folders = new Set([...left, ...this.gone].flatMap(ancestorsOf));
    return [...folders]
      .filter((folder) => this.state.folders.has(folder) && this.local.get(folder)?.kind !== 'file')
      .sort()
      .reverse();
  }
}

function pathsOf({ path, from }: Change): readonly RelPath[] {
  return from === undefined ? [path] : [path, from];
}

function stays(path: RelPath): { actions: readonly Action[]; notice: Notice; isClean: boolean } {
  return { actions: [], notice: { path, action: 'kept', rule: 'pin' }, isClean: false };
}
