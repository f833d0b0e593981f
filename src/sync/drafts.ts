/** From a verdict to what is done: one draft for each course file, to be put in order by `ordering.ts`. */
import type { EntryId, Oid } from '../core/ids.ts';
import type { OfferedFile } from '../core/offer.ts';
import { foldPath, isWithin, type RelPath } from '../core/paths.ts';
import type { LocalFile } from './home-view.ts';
import type { Item } from './items.ts';
import type { Located } from './locate.ts';
import type { Copy, FreeRoom } from './placement.ts';
import type { Action, Content, Notice, RuleId, Step } from './plan-types.ts';
import type { BaseRecord, Declined } from './tree.ts';

/** A step with what must have happened before it. */
export interface Draft {
  readonly step: Step;
  /** The path a course file leaves. */
  readonly vacates?: RelPath;
  readonly needs: readonly RelPath[];
  readonly twins: readonly RelPath[];
  /** The same without a rename, for files that change places in a ring; each overwrites the next. */
  readonly asReplace?: Step;
  /** The same in two steps, the first of which only makes room. */
  readonly asTwoSteps?: readonly [Step, Step];
  /** Whether it moves the student's content: that goes in two steps only where there is no other way. */
  readonly isEdited?: boolean;
}

/** Where a file goes. */
export interface Destination {
  readonly path: RelPath;
  /** Absent for a course copy. */
  readonly room?: FreeRoom;
  readonly copy?: Copy;
  /** What is at the path now and leaves it: its content, for files that change places. */
  readonly occupant?: LocalFile;
}

/** What the content and the permission bit of a file become. Absent content: it stays. */
export interface Outcome {
  readonly content?: Content;
  readonly executable: boolean;
}

export interface Telling {
  readonly rule: RuleId;
  readonly notice?: Notice;
  readonly record?: Partial<Pick<BaseRecord, 'left' | 'merged' | 'former' | 'revived' | 'declined'>>;
  readonly also?: readonly Action[];
}

export function courseContent(offered: OfferedFile): Content {
  return { from: 'course', oid: offered.oid, size: offered.size };
}

/** The record after the course's version was delivered to, or merged into, `placement`. */
export function recordOf(
  item: Item,
  offered: OfferedFile,
  placement: RelPath,
  extra: Telling['record'] = {},
): BaseRecord {
  const { id, path: coursePath, oid, executable } = offered;
  const declined: readonly Declined[] = extra.declined ?? [];
  return {
    id,
    coursePath,
    placement,
    oid,
    executable,
    ...(extra.left === undefined ? {} : { left: extra.left }),
    ...(extra.merged === undefined ? {} : { merged: extra.merged }),
    ...(extra.former === undefined ? {} : { former: extra.former }),
    ...(extra.revived === undefined ? {} : { revived: extra.revived }),
    ...(declined.length === 0 ? {} : { declined }),
  };
}

/** A draft that writes nothing: what is recorded and told. */
export function noteDraft(item: Item, telling: Telling, after: BaseRecord | undefined): Draft {
  return { step: stepOf(item.id, telling, [], item.before, after), needs: [], twins: [] };
}

/** A new file of the course at `to`, or the copy that is there brought up to date. */
export function createDraft(item: Item, offered: OfferedFile, to: Destination, telling: Telling): Draft {
  const { actions, needs, twins } = placeActions(to, courseContent(offered), offered.executable);
  const after = recordOf(item, offered, to.path, telling.record);
  return { step: stepOf(item.id, telling, actions, item.before, after), needs, twins };
}

/** The file of the course that is at `at` goes. */
export function removeDraft(item: Item, at: RelPath, file: LocalFile, telling: Telling): Draft {
  const actions: readonly Action[] = [{ kind: 'remove', path: at, expect: file.oid }];
  return { step: stepOf(item.id, telling, actions, item.before, undefined), vacates: at, needs: [], twins: [] };
}

/** A file that stays where it is, with other content or another permission bit. */
export function changeDraft(
  located: Located & { at: RelPath; file: LocalFile },
  offered: OfferedFile,
  outcome: Outcome,
  telling: Telling,
  leftover: Action | undefined,
): Draft {
  const { item, at, file } = located;
  const actions = [...changeActions(at, file, outcome), ...(leftover === undefined ? [] : [leftover])];
  const after = recordOf(item, offered, at, telling.record);
  const step = stepOf(item.id, telling, actions, item.before, after);
  return { step, ...(leftover === undefined ? {} : { vacates: leftover.path }), needs: [], twins: [] };
}

/** A file that goes to another path, with its content or another. */
export function moveDraft(
  located: Located & { at: RelPath; file: LocalFile },
  offered: OfferedFile,
  to: Destination,
  outcome: Outcome,
  telling: Telling,
): Draft {
  const { item, at, file } = located;
  const after = recordOf(item, offered, to.path, telling.record);
  const step = (actions: readonly Action[]): Step => stepOf(item.id, telling, actions, item.before, after);
  const content = outcome.content ?? { from: 'home', oid: file.oid, size: file.size, path: at };
  const remove: Action = { kind: 'remove', path: at, expect: file.oid };
  const { executable } = outcome;
  const isEdited = located.local === 'edited';
  const rights = isEdited ? { rightsOf: at } : {};
  const place = placeActions(to, isEdited ? content : courseContent(offered), executable, rights);

  const rename: Action = { kind: 'move', path: at, to: to.path, expect: file.oid };
  const renamed = [...removeFolders(to), rename, ...changeActions(to.path, file, outcome)];
  // An editor may still show what was at the new path: its next save must not be the end of the only copy.
  const isInDanger = isEdited && to.occupant !== undefined;
  const moved = isInDanger ? [...place.actions, remove] : renamed;
  const actions = isRename(at, to) ? moved : [remove, ...place.actions];
  return {
    step: step(actions),
    vacates: at,
    needs: place.needs.filter((path) => path !== at),
    twins: place.twins.filter((path) => path !== at),
    ...(to.occupant === undefined
      ? {}
      : {
          asReplace: step([
            { kind: 'replace', path: to.path, expect: to.occupant.oid, content, executable, ...rights },
          ]),
        }),
    asTwoSteps: [stepOf(item.id, { rule: telling.rule }, [remove], item.before, item.before), step(place.actions)],
    isEdited,
  };
}

type Create = Extract<Action, { kind: 'create' }>;

/** Not where a copy is there already, or where the file must be gone before its new path can be. */
function isRename(at: RelPath, { path, room, copy }: Destination): boolean {
  const isNested =
    foldPath(path).startsWith(`${foldPath(at)}/`) || (room?.folders ?? []).some((folder) => isWithin(at, folder));
  return !isNested && copy?.existing === undefined;
}

function removeFolders({ room }: Destination): readonly Action[] {
  return (room?.folders ?? []).map((folder) => ({ kind: 'remove-folder', path: folder }));
}

function changeActions(at: RelPath, file: LocalFile, { content, executable }: Outcome): readonly Action[] {
  if (content !== undefined) return [{ kind: 'replace', path: at, expect: file.oid, content, executable }];
  if (executable === file.executable) return [];
  return [{ kind: 'set-executable', path: at, expect: file.oid, executable }];
}

function placeActions(
  to: Destination,
  content: Content,
  executable: boolean,
  rights: Pick<Create, 'rightsOf'> = {},
): { actions: readonly Action[]; needs: readonly RelPath[]; twins: readonly RelPath[] } {
  const { path, room, copy } = to;
  const place =
    copy?.existing === undefined
      ? [{ kind: 'create', path, content, executable, ...rights } satisfies Create]
      : refresh(path, copy.existing, content, executable);
  return { actions: [...removeFolders(to), ...place], needs: room?.needs ?? [], twins: room?.twins ?? [] };
}

/** The actions that bring an existing course copy up to date. */
export function refresh(path: RelPath, existing: Oid, content: Content, executable: boolean): readonly Action[] {
  return existing === content.oid ? [] : [{ kind: 'replace', path, expect: existing, content, executable }];
}

function stepOf(
  id: EntryId,
  telling: Telling,
  actions: readonly Action[],
  before: BaseRecord | undefined,
  after: BaseRecord | undefined,
): Step {
  return {
    id,
    rule: telling.rule,
    actions: [...actions, ...(telling.also ?? [])],
    ...(telling.notice === undefined ? {} : { notice: telling.notice }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}
