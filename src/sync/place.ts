/**
 * The few operations that change a student's files. Each starts by reading what is there and ends with the path holding
 * its old content, its new content or the student's save; what is displaced keeps a name in the run's backups.
 *
 * Jupyter Server saves in place: it may have opened a file before we put another one under its name. The displaced file
 * is therefore held and read again afterwards; what was saved into it late goes back to its name.
 */
import type { Oid } from '../core/ids.ts';
import { STATE_FOLDER, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { hashOpen, isSameContentStat, type Reading } from './blob.ts';
import { ensureFolder, removeIfThere } from './durable.ts';
import type { Home, Stat } from './home.ts';
import { readStill } from './scan.ts';
import { errnoOf, isLinkRefused } from './trouble.ts';

/** Where a run works. */
export interface Workplace {
  readonly home: Home;
  /** The run's folder for what it displaces, `.f2git/backups/<run>`. */
  readonly backups: string;
}

/** Content that is ready to get its name: a temporary file on the home's own file system. */
export interface Staged {
  readonly file: string;
  readonly oid: Oid;
  readonly stat: Stat;
  /** Who may read it is settled; otherwise it takes that over from the file it replaces. */
  readonly hasRights?: boolean;
}

/** A displaced file: its name below the backups folder and what it was when it was displaced. */
export interface Held {
  readonly path: RelPath;
  readonly backup: string;
  readonly oid: Oid;
  readonly stat: Stat;
  /** The content that took its place; absent for a removal. */
  readonly placed?: Oid;
}

/** How a path changes hands: whoever leaves it keeps the name, beside another one, until the file that takes it gets it. */
export interface HandOver {
  /** The path that is left is taken by another file soon. */
  readonly stays?: boolean;
  /** What the file that left the path that is taken was; it has that name still. */
  readonly over?: Oid | undefined;
}

/** For temporary names; cleared with the folder when the run ends. */
export const STAGE = `${STATE_FOLDER}/stage`;

/**
 * Puts the staged file at `path`, where nothing may be but a file that left it. Gives `busy` when that is being saved.
 * @throws {F2gitError} `file-changed-meanwhile`
 */
export function createFile(place: Workplace, path: RelPath, staged: Staged, { over }: HandOver = {}): 'done' | 'busy' {
  const { home } = place;
  if (over !== undefined) return takeOver(home, staged.file, path, over);
  if (linkUnlessRefused(home, staged.file, path)) return 'done';
  home.close(home.create(path, false));
  // RACE: a save into the empty file we just made, before the next line, is lost; only where files cannot have two
  // names, only in a file the student has never seen.
  home.rename(staged.file, path);
  return 'done';
}

/**
 * Puts the staged file in the place of the file at `path`, which must hold `expect`. Gives what was displaced, or `busy`
 * when the file is being saved.
 * RACE: an editor that saves by rename between the last look and our rename loses that save; in-place savers never do.
 * Closing this needs an exchanging rename, which Node cannot ask for, or a moment in which the path is absent.
 * @throws {F2gitError} `file-changed-meanwhile`; the path then holds what the student saved
 */
export function replaceFile(place: Workplace, path: RelPath, expect: Oid, staged: Staged): Held | 'busy' {
  const { home } = place;
  const reading = expectContent(home, path, expect);
  if (reading === 'busy') return 'busy';
  const backup = freeBackup(place, path);
  // What the student hid from others stays hidden.
  if (staged.hasRights !== true) home.copyRights(path, staged.file);
  holdStill(place, path, backup, reading, () => home.rename(staged.file, path));
  return checkHeld(place, { path, backup, oid: expect, stat: reading.stat, placed: staged.oid });
}

/** Takes the file at `path`, which must hold `expect`, into the backups. Otherwise as `replaceFile`. */
export function removeFile(place: Workplace, path: RelPath, expect: Oid, { stays }: HandOver = {}): Held | 'busy' {
  const { home } = place;
  const reading = expectContent(home, path, expect);
  if (reading === 'busy') return 'busy';
  const backup = freeBackup(place, path);
  if (stays === true) holdStill(place, path, backup, reading);
  else home.rename(path, `${place.backups}/${backup}`);
  return checkHeld(place, { path, backup, oid: expect, stat: reading.stat });
}

/**
 * Renames the file at `path`, which must hold `expect`, to `to`, where nothing may be but a file that left it. It stays
 * the same file, so that an editor that has it open keeps saving into it. Gives `both` where it keeps its old name, too.
 * @throws {F2gitError} `file-changed-meanwhile`
 */
export function moveFile(
  { home }: Workplace,
  path: RelPath,
  to: RelPath,
  expect: Oid,
  { stays, over }: HandOver = {},
): 'done' | 'both' | 'busy' {
  const reading = expectContent(home, path, expect);
  if (reading === 'busy') return 'busy';
  const named = over === undefined ? nameToo(home, path, to) : nameOver(home, path, to, over);
  if (named !== 'both' || stays === true) return named;
  finishMove(home, path, to);
  return 'done';
}

/** Gives a file a second name, or another one where files cannot have two. */
function nameToo(home: Home, path: RelPath, to: RelPath): 'both' | 'done' {
  if (linkUnlessRefused(home, path, to)) return 'both';
  if (home.stat(to) !== undefined) throw changed(to);
  // RACE: a file that appears at `to` right now is replaced; only where files cannot have two names.
  home.rename(path, to);
  return 'done';
}

/** As `nameToo`, where a file that left `to` has that name still. */
function nameOver(home: Home, path: RelPath, to: RelPath, expect: Oid): 'both' | 'done' | 'busy' {
  const arriving = `${STAGE}/arriving`;
  ensureFolder(home, STAGE);
  removeIfThere(home, arriving);
  if (!linkUnlessRefused(home, path, arriving)) return takeOver(home, path, to, expect);
  return takeOver(home, arriving, to, expect) === 'busy' ? 'busy' : 'both';
}

/**
 * Gives the file named `from` the name `path` of one that left it and must still hold `expect`.
 * RACE: as `replaceFile`.
 */
function takeOver(home: Home, from: string, path: RelPath, expect: Oid): 'done' | 'busy' {
  const reading = expectContent(home, path, expect);
  if (reading === 'busy') return 'busy';
  if (!isStill(home, path, reading.stat)) throw changed(path);
  home.rename(from, path);
  return 'done';
}

/**
 * Takes away the old name of a file that has its new one already.
 * @throws {F2gitError} `file-changed-meanwhile` when another file has the old name by now
 */
export function finishMove(home: Home, path: RelPath, to: RelPath): void {
  const aside = `${STAGE}/moved`;
  ensureFolder(home, STAGE);
  home.rename(path, aside);
  if (home.stat(aside)?.inode === home.stat(to)?.inode) {
    home.remove(aside);
    return;
  }
  // An editor saved by rename in between: what it wrote keeps the name, the older content keeps the new one.
  home.link(aside, path);
  home.remove(aside);
  throw changed(path);
}

/** Sets whether the file at `path`, which must hold `expect`, can be executed. */
export function setExecutable({ home }: Workplace, path: RelPath, expect: Oid, executable: boolean): 'done' | 'busy' {
  if (expectContent(home, path, expect) === 'busy') return 'busy';
  home.setExecutable(path, executable);
  return 'done';
}

/**
 * Reads a displaced file once more. If it was saved into since, the student's bytes go back to their name.
 * @throws {F2gitError} `file-changed-meanwhile` if so
 */
export function checkHeld(place: Workplace, held: Held): Held {
  const now = readBackup(place, held.backup);
  if (now?.oid === held.oid) return { ...held, stat: now.stat };
  giveBack(place, held);
  throw changed(held.path);
}

/**
 * Puts a displaced file back under its name, unless the student has saved there since: then the newer save stays, and
 * the displaced one stays in the backups. Gives whether it is back.
 */
export function giveBack(place: Workplace, held: Held): boolean {
  const { home } = place;
  const backup = `${place.backups}/${held.backup}`;
  if (home.stat(held.path) === undefined) return returnToFreeName(home, backup, held.path);
  if (held.placed === undefined || !isUntouched(home, held.path, held.placed)) return false;
  const returning = `${STAGE}/returning`;
  const standing = freeBackup(place, held.path);
  ensureFolder(home, STAGE);
  removeIfThere(home, returning);
  home.link(backup, returning);
  home.link(held.path, `${place.backups}/${standing}`);
  try {
    home.rename(returning, held.path);
  } catch (error) {
    letGo(home, `${place.backups}/${standing}`);
    throw error;
  }
  home.remove(backup);
  // What stood there is the course's and can be had again, unless a save went into it just now.
  if (readBackup(place, standing)?.oid === held.placed) home.remove(`${place.backups}/${standing}`);
  return true;
}

/** The error for a path that is no longer as it was planned for. */
export function changed(path: RelPath): F2gitError {
  return new F2gitError('file-changed-meanwhile', { params: { path } });
}

function expectContent(home: Home, path: RelPath, expect: Oid): Reading | 'busy' {
  const reading = readStill(home, path);
  if (reading !== 'busy' && reading.oid !== expect) throw changed(path);
  return reading;
}

function isStill(home: Home, path: RelPath, before: Stat | undefined): boolean {
  const now = home.stat(path);
  return now?.kind === 'file' && before !== undefined && isSameContentStat(now, before);
}

/** Gives a displaced file the name `path`, unless something has it. */
export function returnToFreeName(home: Home, backup: string, path: RelPath): boolean {
  try {
    if (linkUnlessRefused(home, backup, path)) home.remove(backup);
    else home.rename(backup, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function isUntouched(home: Home, path: RelPath, placed: Oid): boolean {
  if (home.stat(path)?.kind !== 'file') return false;
  const fd = home.open(path);
  try {
    return hashOpen(home, fd)?.oid === placed;
  } finally {
    home.close(fd);
  }
}

function readBackup({ home, backups }: Workplace, backup: string): Reading | undefined {
  const fd = home.open(`${backups}/${backup}`);
  try {
    return hashOpen(home, fd);
  } finally {
    home.close(fd);
  }
}

/** Holds the file at `path`, which must be as it was read, and displaces it. When that fails, it has its one name. */
function holdStill(
  { home, backups }: Workplace,
  path: RelPath,
  backup: string,
  { oid, stat }: Reading,
  displace: () => void = () => undefined,
): void {
  hold(home, path, `${backups}/${backup}`, oid);
  try {
    if (!isStill(home, path, stat)) throw changed(path);
    displace();
  } catch (error) {
    letGo(home, `${backups}/${backup}`);
    throw error;
  }
}

function letGo(home: Home, backup: string): void {
  try {
    home.remove(backup);
  } catch (error) {
    // Why the file was not displaced is what is told; where a disk takes no name away either, the run can hardly be
    // recorded, and the next one does it.
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Gives the file a second name in the backups, or a copy where files cannot have two names. */
function hold(home: Home, path: RelPath, backup: string, expect: Oid): void {
  if (linkUnlessRefused(home, path, backup)) return;
  const from = home.open(path);
  try {
    const to = home.create(backup, home.statOpen(from).executable);
    try {
      const reading = hashOpen(home, from, (bytes) => home.write(to, bytes));
      home.sync(to);
      if (reading?.oid !== expect) throw changed(path);
    } finally {
      home.close(to);
    }
  } finally {
    home.close(from);
  }
}

/** A name below the backups folder that is free: the path itself, with a number when the run displaced two of it. */
function freeBackup({ home, backups }: Workplace, path: RelPath): string {
  const slash = path.lastIndexOf('/');
  ensureFolder(home, slash < 0 ? backups : `${backups}/${path.slice(0, slash)}`);
  let name: string = path;
  for (let count = 2; home.stat(`${backups}/${name}`) !== undefined; count++) name = `${path}.${count}`;
  return name;
}

function linkUnlessRefused(home: Home, from: string, to: string): boolean {
  try {
    home.link(from, to);
    return true;
  } catch (error) {
    if (isLinkRefused(error)) return false;
    throw error;
  }
}
