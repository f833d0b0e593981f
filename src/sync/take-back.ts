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
import type { Home, Stat } from './home.ts';
import type { Change } from './journal.ts';
import { leaversIn } from './hand-over.ts';
import { patiently } from './patience.ts';
import { finishMove, giveBack, moveFile, removeFile, returnToFreeName, STAGE, type Workplace } from './place.ts';
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

/** Whether something was done; `busy` while a file is being saved, or has just been made: then it is tried again. */
type Done = boolean | 'busy';

/** A disk that refuses something once may grant it the next moment; and half an exchange is worth a second try. */
const TRIES = 2;

/**
 * Takes the changes back, last one first, as far as the student has not saved since. What a change displaced and cannot
 * have its name back comes beside it.
 * @returns the changes that stay
 */
export async function takeBack(taking: TakingBack): Promise<readonly Change[]> {
  const back = new WayBack(taking);
  const stay = await insisting(taking, taking.changes.toReversed(), (change) => back.changeBack(change));
  stay.reverse();
  await insisting(taking, back.unclaimed(), (change) => back.takeAway(change));
  const displaced = stay.filter(({ was }) => was !== undefined && !taking.isCourses(was));
  await insisting(taking, displaced, (change) => {
    keepBeside(taking.place, change, taking.changes);
    return true;
  });
  return stay;
}

/** Does `work` for each change; for those that are left over once more, if the system refused any. Gives what is left. */
async function insisting(
  { refused }: TakingBack,
  changes: readonly Change[],
  work: (change: Change) => Done,
): Promise<Change[]> {
  let left = [...changes];
  for (let tries = 1; ; tries++) {
    const refusals: unknown[] = [];
    const undone: Change[] = [];
    for (const change of left) if (!(await isDone(() => work(change), refusals))) undone.push(change);
    left = undone;
    if (refusals.length > 0 && tries < TRIES) continue;
    for (const refusal of refusals) refused(refusal);
    return left;
  }
}

async function isDone(work: () => Done, refusals: unknown[]): Promise<boolean> {
  try {
    return (await patiently(work)) === true;
  } catch (error) {
    if (!(error instanceof F2gitError) && errnoOf(error) === undefined) throw error;
    // Somebody else was at work there: nothing was refused.
    if (codeOfWrite(error) !== 'file-changed-meanwhile') refusals.push(error);
    return false;
  }
}

/** Where a path changed hands, who took it keeps the name until who had left it comes back over it. */
class WayBack {
  private readonly place: Workplace;
  private readonly made: ReadonlySet<RelPath>;
  private readonly leavers: ReadonlyMap<Change, Change>;
  /** Changes that are taken back but for their names, which those who had left them are to have again. */
  private readonly standing = new Map<RelPath, { readonly taker: Change; readonly oid: Oid }>();

  constructor({ place, changes, made }: TakingBack) {
    this.place = place;
    this.made = made;
    this.leavers = leaversIn(changes);
  }

  /** Gives whether the change is taken back. */
  changeBack(change: Change): Done {
    const isBack = this.takeBack(change);
    if (isBack === true) removeMadeFolders(this.place.home, this.made, change.path);
    return isBack;
  }

  /** What took a path whose former file did not come back over it. */
  unclaimed(): readonly Change[] {
    return [...this.standing.values()].map(({ taker, oid }) => ({ ...taker, is: oid }));
  }

  /** Takes away what the change put there. */
  takeAway({ path, from, is }: Change): Done {
    const { home, backups } = this.place;
    const now = home.stat(path);
    if (from !== undefined && now !== undefined && home.stat(from)?.inode === now.inode) {
      finishMove(home, path, from);
      return true;
    }
    if (is === undefined || contentOf(home, path) !== is) return true;
    const made = removeFile(this.place, path, is);
    if (made === 'busy') return 'busy';
    removeIfThere(home, `${backups}/${made.backup}`);
    removeMadeFolders(home, this.made, path);
    return true;
  }

  private takeBack(change: Change): Done {
    // Whether a file can be executed is compared by itself at the next click.
    if (change.wasExecutable !== undefined) return true;
    if (this.neverTook(change)) return true;
    if (change.from !== undefined) return this.moveBack(change, change.from);
    if (change.was !== undefined) return this.giveBackDisplaced(change, change.was);
    return this.removeMade(change);
  }

  /** Whether the file that left the path has it all the same: still, or again. */
  private neverTook(change: Change): boolean {
    const leaver = this.leavers.get(change);
    if (leaver === undefined) return false;
    const { home, backups } = this.place;
    const now = home.stat(change.path);
    const other = home.stat(leaver.from === undefined ? `${backups}/${String(leaver.backup)}` : leaver.path);
    if (now === undefined) return false;
    if (other !== undefined) return other.inode === now.inode;
    return contentOf(home, change.path) === (leaver.was ?? leaver.is);
  }

  private giveBackDisplaced({ path, is, backup }: Change, was: Oid): boolean {
    const { home, backups } = this.place;
    const held = backup === undefined ? undefined : home.stat(`${backups}/${backup}`);
    if (backup === undefined || held === undefined) return true;
    if (held.inode === home.stat(path)?.inode) {
      // It had its second name, and was never displaced.
      home.remove(`${backups}/${backup}`);
      return true;
    }
    ensureFoldersAbove(home, path);
    const placed = is ?? this.standing.get(path)?.oid;
    const isBack = giveBack(this.place, { path, backup, oid: was, stat: held, ...(placed && { placed }) });
    if (isBack) this.standing.delete(path);
    return isBack;
  }

  private moveBack(change: Change, from: RelPath): Done {
    const { home } = this.place;
    const { path } = change;
    const [old, now] = [home.stat(from), home.stat(path)];
    removeAside(home, [old, now]);
    if (now?.kind !== 'file') return true;
    if (old?.inode === now.inode) {
      if (!this.leaveStanding(change)) home.remove(path);
      return true;
    }
    const over = old === undefined ? undefined : this.standing.get(from)?.oid;
    if (old !== undefined && over === undefined) return false;
    return this.moveTo(from, change, over);
  }

  private moveTo(from: RelPath, change: Change, over: Oid | undefined): Done {
    const { home } = this.place;
    const { path } = change;
    const oid = contentOf(home, path);
    if (oid === undefined) return 'busy';
    ensureFoldersAbove(home, from);
    const moved = moveFile(this.place, path, from, oid, { stays: this.leavers.has(change), over });
    if (moved === 'busy') return 'busy';
    this.standing.delete(from);
    if (moved === 'both') this.standing.set(path, { taker: change, oid });
    return true;
  }

  /** A file the run made: what went into it is still at its old place, or in the backups. */
  private removeMade(change: Change): Done {
    const { home } = this.place;
    const content = contentOf(home, change.path);
    if (content === undefined || content !== change.is) return home.stat(change.path)?.kind !== 'file';
    return this.leaveStanding(change) || this.takeAway(change);
  }

  /** Gives whether the path is one that another file left, and is to have again. */
  private leaveStanding(change: Change): boolean {
    const oid = this.leavers.has(change) ? contentOf(this.place.home, change.path) : undefined;
    if (oid !== undefined) this.standing.set(change.path, { taker: change, oid });
    return oid !== undefined;
  }
}

/** A second name of one of these files, from a move that was cut off. */
function removeAside(home: Home, files: readonly (Stat | undefined)[]): void {
  const aside = home.stat(`${STAGE}/moved`);
  if (aside !== undefined && files.some((file) => file?.inode === aside.inode)) home.remove(`${STAGE}/moved`);
}

function ensureFoldersAbove(home: Home, path: RelPath): void {
  ensureFolder(home, path.slice(0, Math.max(0, path.lastIndexOf('/'))));
}

/** Where a file must go back to, no folder may be. */
function removeMadeFolders(home: Home, made: ReadonlySet<RelPath>, path: RelPath): void {
  try {
    for (const folder of ancestorsOf(path).toReversed()) {
      if (!made.has(folder)) return;
      home.removeFolder(folder);
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
