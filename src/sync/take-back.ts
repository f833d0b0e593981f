/**
 * Taking changes back that must not stay alone: those of files that were changing places when one of them could not be
 * written, or when the run died. What the student has saved since stays, and nothing ends up in the backups only.
 */
import type { Oid } from '../core/ids.ts';
import { ancestorsOf, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { beforeNames } from './before-names.ts';
import { contentOf } from './content-of.ts';
import { ensureFolder, removeIfThere } from './durable.ts';
import type { Home } from './home.ts';
import type { Change } from './journal.ts';
import { giveBack, moveFile, removeFile, returnToFreeName, STAGE, type Workplace } from './place.ts';
import { codeOfWrite, errnoOf } from './trouble.ts';

export interface TakingBack {
  readonly place: Workplace;
  /** In the order they were made; one that never came true does no harm. */
  readonly changes: readonly Change[];
  /** Folders the run made, and may take away again. */
  readonly made: ReadonlySet<RelPath>;
  /** Contents that can be had again: the course's. */
  readonly isCourses: (oid: Oid) => boolean;
  /** What the system refused; the change then stays as it is. */
  readonly refused: (error: unknown) => void;
}

/** A disk that refuses something once may grant it the next moment; and half an exchange is worth a second try. */
const TRIES = 2;

/**
 * Takes the changes back, last one first, as far as the student has not saved since. What a change displaced and cannot
 * have its name back comes beside it.
 * @returns the changes that stay
 */
export function takeBack(taking: TakingBack): readonly Change[] {
  const stay = insisting(taking, taking.changes.toReversed(), (change) => {
    const isBack = changeBack(taking, change);
    if (isBack) removeMadeFolders(taking, change.path);
    return isBack;
  }).toReversed();
  const displaced = stay.filter(({ was }) => was !== undefined && !taking.isCourses(was));
  insisting(taking, displaced, (change) => {
    keepBeside(taking.place, change, taking.changes);
    return true;
  });
  return stay;
}

/** Does `work` for each change; for those that are left over once more, if the system refused any. Gives what is left. */
function insisting(
  { refused }: TakingBack,
  changes: readonly Change[],
  work: (change: Change) => boolean,
): readonly Change[] {
  let left = changes;
  for (let tries = 1; ; tries++) {
    const refusals: unknown[] = [];
    left = left.filter((change) => {
      try {
        return !work(change);
      } catch (error) {
        if (!(error instanceof F2gitError) && errnoOf(error) === undefined) throw error;
        // Somebody else was at work there: nothing was refused.
        if (codeOfWrite(error) !== 'file-changed-meanwhile') refusals.push(error);
        return true;
      }
    });
    if (refusals.length > 0 && tries < TRIES) continue;
    for (const refusal of refusals) refused(refusal);
    return left;
  }
}

function changeBack(taking: TakingBack, change: Change): boolean {
  // Whether a file can be executed is compared by itself at the next click.
  if (change.wasExecutable !== undefined) return true;
  if (change.from !== undefined) return moveBack(taking.place, change.path, change.from);
  if (change.was !== undefined) return giveBackDisplaced(taking.place, change, change.was);
  return removeMade(taking.place, change);
}

function giveBackDisplaced(place: Workplace, { path, is, backup }: Change, was: Oid): boolean {
  const { home, backups } = place;
  const held = backup === undefined ? undefined : home.stat(`${backups}/${backup}`);
  if (backup === undefined || held === undefined) return true;
  if (held.inode === home.stat(path)?.inode) {
    // It had its second name, and was never displaced.
    home.remove(`${backups}/${backup}`);
    return true;
  }
  ensureFoldersAbove(home, path);
  return giveBack(place, { path, backup, oid: was, stat: held, ...(is !== undefined && { placed: is }) });
}

function moveBack(place: Workplace, path: RelPath, from: RelPath): boolean {
  const { home } = place;
  const [old, now, aside] = [home.stat(from), home.stat(path), home.stat(`${STAGE}/moved`)];
  if (aside !== undefined && [old?.inode, now?.inode].includes(aside.inode)) home.remove(`${STAGE}/moved`);
  if (now?.kind !== 'file') return true;
  if (old?.inode === now.inode) {
    home.remove(path);
    return true;
  }
  const content = contentOf(home, path);
  if (old !== undefined || content === undefined) return false;
  ensureFoldersAbove(home, from);
  return moveFile(place, path, from, content) === 'done';
}

/** A file the run made: what went into it is still at its old place, or in the backups. */
function removeMade(place: Workplace, { path, is }: Change): boolean {
  const { home, backups } = place;
  const content = contentOf(home, path);
  if (content === undefined || content !== is) return home.stat(path)?.kind !== 'file';
  const made = removeFile(place, path, is);
  if (made === 'busy') return false;
  removeIfThere(home, `${backups}/${made.backup}`);
  return true;
}

function ensureFoldersAbove(home: Home, path: RelPath): void {
  ensureFolder(home, path.slice(0, Math.max(0, path.lastIndexOf('/'))));
}

/** Where a file must go back to, no folder may be. */
function removeMadeFolders({ place, made }: TakingBack, path: RelPath): void {
  try {
    for (const folder of ancestorsOf(path).toReversed()) {
      if (!made.has(folder)) return;
      place.home.removeFolder(folder);
    }
  } catch (error) {
    // Not empty, or gone: it stays as it is, and so do those above it.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/** Brings what `change` displaced into the home again, beside its path, unless it is at one of those `changes` touch. */
export function keepBeside({ home, backups }: Workplace, { path, backup }: Change, changes: readonly Change[]): void {
  const kept = backup === undefined ? undefined : contentOf(home, `${backups}/${backup}`);
  const places = new Set(changes.flatMap((change) => [change.path, change.from ?? change.path]));
  if (kept === undefined || [...places].some((each) => contentOf(home, each) === kept)) return;
  for (const beside of beforeNames(path)) {
    if (contentOf(home, beside) === kept) return;
    if (home.stat(beside) === undefined && returnToFreeName(home, `${backups}/${String(backup)}`, beside)) return;
  }
}
