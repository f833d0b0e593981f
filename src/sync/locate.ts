/** Where in the home a course file's content is now, and whose content that is. */
import type { Oid } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import { copyNamesBeside, isCopyOf } from './copies.ts';
import type { HomeView, LocalFile } from './home-view.ts';
import type { Item } from './items.ts';
import type { PlanInput } from './plan-types.ts';
import type { Facts } from './rules.ts';

export interface Located {
  readonly item: Item;
  /** Where its content is; absent when it is nowhere. */
  readonly at?: RelPath;
  readonly file?: LocalFile;
  readonly local: Facts['local'];
  /** Whether it is placed under a course-copy name. */
  readonly isCopy: boolean;
  /** The course's content that is still at the recorded placement, although the file is elsewhere by now. */
  readonly leftover?: RelPath;
  /** A name that could not be looked at just now: its content may be there. */
  readonly unclear?: RelPath;
}

/** Looks for the content of `item`: at its placement, at the course's path, in a copy an interrupted run left. */
export function locate(item: Item, input: PlanInput, home: HomeView): Located {
  const placement = item.record?.placement ?? item.natural;
  if (placement !== item.natural) return locateElsewhere(item, placement, input, home);
  const own = item.record === undefined ? home.untracked(placement) : home.file(placement);
  return own === undefined ? nowhere(item, home) : found(item, placement, own, input);
}

/** The file is placed under another path than the course's: a course copy, or its path before a rename. */
function locateElsewhere(item: Item, placement: RelPath, input: PlanInput, home: HomeView): Located {
  const own = home.file(placement);
  const isOwnCourse = own !== undefined && isCourseContent(item, own.oid, input);
  const isCopy = isCopyPlacement(item, placement);
  const atNatural = home.untracked(item.natural);
  const isNaturalCourse = atNatural !== undefined && isCourseContent(item, atNatural.oid, input);
  if (isNaturalCourse && (isCopy || isOwnCourse || own === undefined)) {
    // The course's content is at the course's path: an interrupted move, or the student put it there.
    const located = found(item, item.natural, atNatural, input);
    return isOwnCourse ? { ...located, leftover: placement } : located;
  }
  if (own !== undefined) return { ...found(item, placement, own, input), isCopy };
  if (isCopy || home.spot(placement).kind !== 'absent') return nowhere(item, home);

  // The placement is empty and the course renamed the file: so did an interrupted run, or the student.
  const names = [...copyNamesBeside(item.natural, item.natural)];
  const copy = leftCopy(item, names, input, home);
  if (copy !== undefined) return found(item, copy.path, copy.file, input);
  const unclear = home.unclearAmong(names);
  const located = atNatural === undefined ? nowhere(item, home) : found(item, item.natural, atNatural, input);
  return unclear === undefined ? located : { ...located, unclear };
}

/** Whether the course once had `oid` as this file: then it is nobody's work. */
export function isCourseContent(item: Item, oid: Oid, input: PlanInput): boolean {
  if (oid === item.offered?.oid || oid === item.record?.oid) return true;
  const path = item.offered?.path ?? item.record?.coursePath ?? item.natural;
  if (input.history.has(item.id, path, oid)) return true;
  return item.before !== undefined && item.before.id !== item.id && input.history.has(item.before.id, path, oid);
}

function found(item: Item, at: RelPath, file: LocalFile, input: PlanInput): Located {
  return { item, at, file, local: likeness(item, file.oid, input), isCopy: false };
}

function likeness(item: Item, oid: Oid, input: PlanInput): Facts['local'] {
  if (oid === item.offered?.oid) return 'equal';
  return isCourseContent(item, oid, input) ? 'pristine' : 'edited';
}

/** Nothing to go on with: its placement is empty, or taken by something that is no file. */
function nowhere(item: Item, home: HomeView): Located {
  const spot = item.record === undefined ? 'absent' : home.spot(item.record.placement).kind;
  // A file that is to go needs no room: a folder in its place, or a file above it, means that it is gone.
  const isEmpty = spot === 'absent' || (item.offered === undefined && spot !== 'foreign');
  return { item, local: isEmpty ? 'absent' : 'blocked', isCopy: false };
}

function isCopyPlacement(item: Item, placement: RelPath): boolean {
  return (
    isCopyOf(item.natural, placement) || (item.record !== undefined && isCopyOf(item.record.coursePath, placement))
  );
}

function leftCopy(
  item: Item,
  names: readonly RelPath[],
  input: PlanInput,
  home: HomeView,
): { path: RelPath; file: LocalFile } | undefined {
  for (const path of names) {
    const file = home.untracked(path);
    if (file !== undefined && isCourseContent(item, file.oid, input)) return { path, file };
  }
  return undefined;
}
