/** Who may use a data folder besides us: nobody, since it holds what is not released yet. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../core/make-folder.ts';
import { F2gitError, systemErrorName } from '../errors.ts';
import { asRepositoryError } from './disk-trouble.ts';

/** A data folder that others could use. */
export interface OpenedFolder {
  readonly folder: string;
  /** The rights it had, in octal. */
  readonly mode: string;
  /** Whether it is closed to others now. */
  readonly isClosed: boolean;
}

/**
 * Makes the data folder where it is missing, and closes it to others where they could use it: then it says so. A folder
 * of somebody else's that others may only read stays as it is, and what we have in it is closed. `mayStayOpen` is for
 * servers without secrets from anybody.
 * @throws {F2gitError} `data-refused` when we cannot use the folder, or cannot close it; `repository-unwritable`,
 * `disk-full`
 */
export function prepareDataFolder(folder: string, { mayStayOpen = false } = {}): OpenedFolder | undefined {
  try {
    makeFolder(folder, 0o700);
    const opened = closeToOthers(folder, mayStayOpen);
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return opened;
  } catch (error) {
    const reason = systemErrorName(error) ?? '';
    if (UNUSABLE.has(reason)) throw new F2gitError('data-refused', { params: { folder, reason }, cause: error });
    throw asRepositoryError(error);
  }
}

/** What the system says of a folder that somebody has to mend before f2git can use it. */
const UNUSABLE: ReadonlySet<string> = new Set('EACCES EPERM EROFS ENOTDIR EEXIST ELOOP ENOENT ENAMETOOLONG'.split(' '));

/**
 * What others may do in a folder. One of somebody else's that its group may use is closed: so it was given to us. Throws
 * what the system says where it cannot be looked at.
 */
export function rightsOfOthers(folder: string): 'none' | 'read' | 'write' {
  const stat = fs.statSync(folder);
  const others = isOurs(stat) ? stat.mode & 0o077 : stat.mode & 0o007;
  // Windows has no such rights
  if (others === 0 || process.getuid === undefined) return 'none';
  return (others & 0o022) === 0 ? 'read' : 'write';
}

function closeToOthers(folder: string, mayStayOpen: boolean): OpenedFolder | undefined {
  if (rightsOfOthers(folder) === 'none') return undefined;
  const stat = fs.statSync(folder);
  const mode = (stat.mode & 0o777).toString(8).padStart(3, '0');
  takeRights(folder, stat);
  const left = rightsOfOthers(folder);
  if (left !== 'none' && (left === 'write' || isOurs(stat)) && !mayStayOpen) {
    const detail = 'it is open to others, and f2git cannot change that';
    throw new F2gitError('data-refused', { params: { folder, detail } });
  }
  // a volume of containers is root's and readable for all: what we have in it need not be
  if (left === 'read') closeOurs(folder);
  return { folder, mode, isClosed: left === 'none' };
}

function closeOurs(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const path = join(folder, name);
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true && isOurs(stat)) takeRights(path, stat);
  }
}

/** Where the system refuses, or the disk keeps no rights, they stay. */
function takeRights(folder: string, stat: fs.Stats): void {
  try {
    if (isOurs(stat)) fs.chmodSync(folder, 0o700);
    else fs.chmodSync(folder, stat.mode & 0o770);
  } catch (error) {
    if (systemErrorName(error) !== 'EPERM' && systemErrorName(error) !== 'EROFS') throw error;
  }
}

function isOurs({ uid }: fs.Stats): boolean {
  return uid === process.getuid?.();
}
