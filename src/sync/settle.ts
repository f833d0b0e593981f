/** Carries out the verdict about one course file: where it goes, what becomes of it, what the student is told. */
import type { EntryId, Oid } from '../core/ids.ts';
import type { OfferedFile } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import { isCopyOf } from './copies.ts';
import { declinedNow } from './declined.ts';
import {
  changeDraft,
  courseContent,
  createDraft,
  moveDraft,
  noteDraft,
  refresh,
  removeDraft,
  type Destination,
  type Draft,
  type Outcome,
  type Telling,
} from './drafts.ts';
import type { HomeView, LocalFile } from './home-view.ts';
import type { Item } from './items.ts';
import type { Judge } from './judge.ts';
import { isCourseContent, type Located } from './locate.ts';
import type { Copies, Copy, Rooms } from './placement.ts';
import type { Action, Content, MergeOutcome, Notice, PlanInput, RuleId } from './plan-types.ts';
import type { Rule } from './rules.ts';

/** What every verdict may need to know. */
export interface Ground {
  readonly input: PlanInput;
  readonly home: HomeView;
  readonly judge: Judge;
  readonly leaving: ReadonlySet<RelPath>;
  readonly rooms: Rooms;
  readonly copies: () => Copies;
}

type MergeResult = Extract<MergeOutcome, { kind: 'merged' }>;
type WithFile = Located & { readonly at: RelPath; readonly file: LocalFile };

/** The draft for one course file; undefined when nothing is to be done, said or remembered. */
export function draftFor(located: Located, ground: Ground): Draft | undefined {
  const { item, unclear } = located;
  if (unclear !== undefined) ground.judge.unclear.set(item.id, unclear);
  if (item.offered === undefined) return goneDraft(located, ground.judge.rule(located, located.local));

  const rule = ruleFor(located, ground);
  switch (rule.verdict) {
    case 'create':
    case 'beside':
      return fresh(located, item.offered, rule, ground);
    case 'nothing':
      return respected(located, item.offered, rule, ground);
    case 'adopt':
    case 'replace':
    case 'keep':
    case 'merge':
      return hasFile(located) ? settled(located, item.offered, rule, ground) : undefined;
    case 'remove':
    case 'forget':
    case 'leave':
    case 'own':
      return goneDraft(located, rule);
  }
}

function ruleFor(located: Located, { judge, rooms }: Ground): Rule {
  const { item, local } = located;
  const isFree = (): boolean => rooms.at(item.natural).kind === 'free';
  // The student made room: the course's file returns to its path, and the copy they worked in is theirs.
  if (local === 'edited' && located.isCopy && isFree()) return judge.rule(located, 'absent', 'restore');
  const isBlocked = local === 'absent' && item.record === undefined && !isFree();
  return judge.rule(located, isBlocked ? 'blocked' : local);
}

function hasFile(located: Located): located is WithFile {
  return located.at !== undefined && located.file !== undefined;
}

/** Rows 8, 9 and 14: the course does not have the file any more, or nobody can tell. */
function goneDraft(located: Located, rule: Rule): Draft | undefined {
  const { item } = located;
  const told = telling(
    rule.id,
    rule.notice && { path: located.at ?? item.natural, action: rule.notice, rule: rule.id },
  );
  if (rule.verdict === 'remove')
    return hasFile(located) ? removeDraft(item, located.at, located.file, told) : undefined;
  if (rule.verdict !== 'leave') return noteDraft(item, told, undefined);
  if (item.before === undefined || item.before.left === true) return undefined;
  return noteDraft(item, told, { ...item.before, left: true });
}

/** Rows 4, 5, 6, 12, 13 and 15: the course's file goes to its path, or to a course copy if that is taken. */
function fresh(located: Located, offered: OfferedFile, rule: Rule, ground: Ground): Draft {
  const { item } = located;
  const to = destination(located, ground);
  const isBeside = rule.verdict === 'beside' || (to.room === undefined && !isRecordedCopy(located));
  const notice: Notice = isBeside
    ? {
        path: located.at ?? item.natural,
        action: 'copied',
        rule: rule.id,
        copy: to.path,
        ...whyBeside(located, rule, ground),
      }
    : { path: to.path, action: rule.notice ?? 'added', rule: rule.id };
  return createDraft(item, offered, to, telling(rule.id, notice));
}

/** Row 12, of a notebook. */
function whyBeside(located: Located, rule: Rule, { judge }: Ground): Pick<Notice, 'notNotebook'> {
  const outcome = rule.id === '12' ? judge.merge(located) : undefined;
  return outcome?.kind === 'not-mergeable' && outcome.why !== undefined ? { notNotebook: outcome.why } : {};
}

/** Row 5 where the course respects deletions: only where the file would be, and its id, are remembered. */
function respected(located: Located, offered: OfferedFile, rule: Rule, ground: Ground): Draft | undefined {
  const { record } = located.item;
  if (record === undefined) return undefined;
  const isMoved = record.coursePath !== offered.path;
  const placement = isMoved ? destination(located, ground).path : record.placement;
  const after = { ...record, id: offered.id, coursePath: offered.path, placement };
  return noteDraft(located.item, telling(rule.id), after);
}

/** Rows 3, 7, 10 and 11: the file is there; it stays or goes to the course's path, as it is or with new content. */
function settled(located: WithFile, offered: OfferedFile, rule: Rule, ground: Ground): Draft {
  const { outcome, told } = newContent(located, offered, rule, ground);
  const to = goal(located, ground);
  if (to === undefined) {
    const { leftover, file, at } = located;
    const old = leftover === undefined ? undefined : ground.home.file(leftover);
    const remove: Action | undefined = leftover && old && { kind: 'remove', path: leftover, expect: old.oid };
    const hasNewBit = outcome.content === undefined && outcome.executable !== file.executable;
    const bit: Notice | undefined = hasNewBit ? { path: at, action: 'updated', rule: '7' } : undefined;
    const gathered: Notice | undefined = leftover && { path: at, action: 'renamed', rule: 'rename', from: leftover };
    const notice = withBarred(told.notice ?? gathered, located, offered) ?? bit;
    return changeDraft(located, offered, outcome, { ...told, ...(notice && { notice }) }, remove);
  }
  const notice = movedNotice(located, to, told.notice, rule.id, ground);
  const isOnlyMoved = rule.verdict === 'adopt' || rule.verdict === 'keep';
  return moveDraft(located, offered, to, outcome, { ...told, rule: isOnlyMoved ? 'rename' : rule.id, notice });
}

/** An edited file the course renames now stays where it is when the student has something at its new path. */
function withBarred(notice: Notice | undefined, located: WithFile, { path }: OfferedFile): Notice | undefined {
  const { at, item, local, isCopy } = located;
  const isRenamed = item.record !== undefined && item.record.coursePath !== path;
  if (!isRenamed || isCopy || local !== 'edited' || at === item.natural) return notice;
  return { ...(notice ?? { path: at, action: 'kept', rule: 'rename' }), barred: path };
}

/** Where a file that is there goes; undefined: it stays. */
function goal(located: WithFile, ground: Ground): Destination | undefined {
  const { item, at, local } = located;
  if (at === item.natural || !ground.leaving.has(at)) return undefined;
  if (local !== 'edited') return destination(located, ground);
  const room = ground.rooms.at(item.natural, at);
  return room.kind === 'free' ? { path: item.natural, room, ...occupant(item.natural, ground.home) } : undefined;
}

/** The course's path if there is room, else a course copy. */
function destination(located: Located, ground: Ground): Destination {
  const { item } = located;
  const room = ground.rooms.at(item.natural);
  if (room.kind === 'free') return { path: item.natural, room, ...occupant(item.natural, ground.home) };
  const recordedId = item.before?.id ?? item.id;
  const copy = takeCopy(item, recordedId, ground);
  return { path: copy.path, copy };
}

function takeCopy(item: Item, id: EntryId, { copies, input, judge }: Ground): Copy {
  const copy = copies().take(id, item.natural, (oid) => isCourseContent(item, oid, input));
  if (copy.unclear !== undefined) judge.unclear.set(item.id, copy.unclear);
  return copy;
}

function occupant(path: RelPath, home: HomeView): Pick<Destination, 'occupant'> {
  const file = home.file(path);
  return file === undefined ? {} : { occupant: file };
}

/** What becomes of content and permission bit, what is told about it and what is remembered of it. */
function newContent(
  located: WithFile,
  offered: OfferedFile,
  rule: Rule,
  ground: Ground,
): { outcome: Outcome; told: Telling } {
  const { item, at, file } = located;
  const executable = threeWay(item.record?.executable, offered.executable, file.executable);
  switch (rule.verdict) {
    case 'replace': {
      const notice: Notice = { path: at, action: 'updated', rule: rule.id };
      return { outcome: { content: courseContent(offered), executable }, told: telling(rule.id, notice) };
    }
    case 'merge':
      return merged(located, offered, executable, ground);
    case 'keep': {
      const { merged: lastMerged, former, revived: wasRevived } = item.record ?? {};
      // They put back, without any old editor's trace, what they had before the version came: they mean it.
      const revived = wasRevived ?? (former === file.oid ? true : undefined);
      const declined = ground.judge.stillWanted(located);
      const record = {
        ...(lastMerged === file.oid && { merged: lastMerged }),
        ...(former && { former }),
        ...(revived && { revived }),
        ...(declined && { declined }),
      };
      return { outcome: { executable }, told: { rule: rule.id, record } };
    }
    default:
      return { outcome: { executable }, told: telling(rule.id) };
  }
}

function merged(
  located: WithFile,
  offered: OfferedFile,
  executable: boolean,
  ground: Ground,
): { outcome: Outcome; told: Telling } {
  const { item, at, file } = located;
  const result = ground.judge.merge(located);
  if (result?.kind !== 'merged') return { outcome: { executable }, told: telling('11') };
  if (result.oid === offered.oid) {
    return {
      outcome: { content: courseContent(offered), executable },
      told: {
        ...telling('11', revivedNotice(mergeNotice(at, false, { ...result, declined: [] }), located, offered)),
        record: revival(located, offered),
      },
    };
  }
  const isSame = result.oid === file.oid;
  const content: Content | undefined = isSame ? undefined : { from: 'merge', oid: result.oid, size: result.size };
  const copy = result.declined.length === 0 ? undefined : referenceCopy(located, offered, ground);
  const told = telling('11', revivedNotice(mergeNotice(at, isSame, result, copy?.path), located, offered));
  const isMerge = !isSame || item.record?.merged === file.oid;
  const declined = declinedNow(ground.judge.stillWanted(located) ?? [], result.declined);
  const record = {
    declined,
    ...(isMerge && { merged: result.oid, ...formerly(located, isSame) }),
    ...revival(located, offered),
  };
  return {
    outcome: { executable, ...(content && { content }) },
    told: { ...told, record, ...(copy && { also: copy.actions }) },
  };
}

/** What the student's file was before this merge, or before the one it still is the result of. */
function formerly({ item, file }: Located, isSame: boolean): { readonly former?: Oid } {
  const former = isSame ? item.record?.former : file?.oid;
  return former === undefined ? {} : { former };
}

/** A merge with what was delivered already: an old tab had saved over it. */
function revival({ item }: Located, offered: OfferedFile): { readonly revived?: true } {
  return item.record?.oid === offered.oid ? { revived: true } : {};
}

function revivedNotice(notice: Notice | undefined, located: Located, offered: OfferedFile): Notice | undefined {
  return notice?.action === 'merged' ? { ...notice, ...revival(located, offered) } : notice;
}

/** A merge that changes nothing and declines nothing brought what the student already had: nothing to tell. */
function mergeNotice(
  path: RelPath,
  isSame: boolean,
  { declined, notes = [] }: Pick<MergeResult, 'declined' | 'notes'>,
  copy?: RelPath,
): Notice | undefined {
  if (isSame && declined.length === 0 && notes.length === 0) return undefined;
  return {
    path,
    action: isSame ? 'kept' : 'merged',
    rule: '11',
    ...(copy && { copy }),
    ...(declined.length > 0 && { declined }),
    ...(notes.length > 0 && { cells: notes }),
  };
}

/** Policy `course_copies: beside`: the course's version next to a file that did not take all of it. */
function referenceCopy(
  { item }: Located,
  offered: OfferedFile,
  ground: Ground,
): { path: RelPath; actions: readonly Action[] } | undefined {
  if (ground.input.policy.courseCopies !== 'beside') return undefined;
  const { path, existing } = takeCopy(item, item.id, ground);
  const content = courseContent(offered);
  const { executable } = offered;
  if (existing !== undefined) return { path, actions: refresh(path, existing, content, executable) };
  return { path, actions: [{ kind: 'create', path, content, executable }] };
}

function movedNotice(
  located: WithFile,
  to: Destination,
  told: Notice | undefined,
  row: RuleId,
  { judge, home }: Ground,
): Notice {
  const { item, at } = located;
  if (to.copy !== undefined) {
    const rule = home.file(item.natural) === undefined ? '15' : '13';
    return { path: item.natural, action: 'copied', rule, copy: to.path, from: at };
  }
  if (told?.action === 'merged') return { ...told, path: to.path, from: at };
  const rule = told === undefined ? 'rename' : row;
  const action = judge.staysAsCopy(located) ? 'restored' : 'renamed';
  const { declined, cells } = told ?? {};
  return { path: to.path, action, rule, from: at, ...(declined && { declined }), ...(cells && { cells }) };
}

/** The permission bit: the student's if they changed it, else the course's. */
function threeWay(base: boolean | undefined, offered: boolean, local: boolean): boolean {
  return local === base ? offered : local;
}

function isRecordedCopy({ item }: Located): boolean {
  return item.record !== undefined && isCopyOf(item.natural, item.record.placement);
}

function telling(rule: RuleId, notice?: Notice): Telling {
  return { rule, ...(notice && { notice }) };
}
