/** Which workspace a person means: the folder they name, or the one they are in. */
import { existsSync, lstatSync, type Stats } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseRelPath, STATE_FOLDER, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { errnoOf, readTrouble } from '../sync/trouble.ts';

/**
 * The workspace at `named`, or the nearest one at or above `cwd`, which may be named, too.
 * @throws {F2gitError} `workspace-missing` when there is none, `workspace-unreadable` where nobody can tell
 */
export function findWorkspace(cwd: string, named: string | undefined): string {
  const start = resolve(cwd, named ?? '.');
  const found = start === resolve(cwd) ? nearestWorkspace(start) : hasState(start) ? start : undefined;
  if (found === undefined) throw noWorkspace(start);
  return found;
}

/**
 * Where a course comes to: the folder a person names, else the one they are in where it is this course's, else a new one of
 * the name `suggested` here.
 */
export function folderFor(
  cwd: string,
  named: string | undefined,
  suggested: string,
  isThisCourse: (workspace: string) => boolean,
): string {
  const around = named === undefined ? nearestWorkspace(cwd) : undefined;
  if (around !== undefined && isThisCourse(around)) return around;
  return resolve(cwd, named ?? suggested);
}

/**
 * The workspace and the file in it that `file` names: relative to the current folder inside a workspace, to the
 * workspace's root, or, from outside, a path that leads into one.
 * @throws {F2gitError} as `findWorkspace`; `file-unknown`
 */
export function findFile(cwd: string, file: string): { readonly workspace: string; readonly path: RelPath } {
  const fromHere = resolve(cwd, file);
  const workspace = nearestWorkspace(cwd) ?? nearestWorkspace(fromHere);
  if (workspace === undefined) throw noWorkspace(dirname(fromHere), resolve(cwd));
  const candidates = [fromHere, resolve(workspace, file)].map((path) => pathIn(workspace, path));
  const existing = candidates.find((path) => path !== undefined && existsSync(join(workspace, path)));
  const path = existing ?? candidates.find((candidate) => candidate !== undefined);
  if (path === undefined) throw new F2gitError('file-unknown', { params: { path: file } });
  return { workspace, path };
}

/** The path of `--as`, which need not exist; read as `findFile` reads a file. @throws {F2gitError} `target-refused` when it is no legal path inside */
export function targetIn(workspace: string, cwd: string, file: string): RelPath {
  const isInside = nearestWorkspace(cwd) === workspace;
  const fromHere = resolve(cwd, file);
  const target = isInside || isBelow(workspace, fromHere) ? fromHere : resolve(workspace, file);
  const path = pathIn(workspace, target);
  if (path !== undefined) return path;
  const detail = isBelow(workspace, target) ? 'this name is reserved' : 'it leads out of the course’s folder';
  throw new F2gitError('target-refused', { params: { path: file, detail } });
}

function isBelow(workspace: string, path: string): boolean {
  return !/^\.\.(\/|$)/.test(relative(workspace, path).split(sep).join('/'));
}

/** `folder` is none, or lies in none: then there is none at `shown`. */
function noWorkspace(folder: string, shown: string = folder): unknown {
  try {
    lstatSync(join(folder, STATE_FOLDER), { throwIfNoEntry: false });
  } catch (error) {
    if (['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return readTrouble(folder, error);
  }
  return new F2gitError('workspace-missing', { params: { path: shown } });
}

function pathIn(workspace: string, path: string): RelPath | undefined {
  return parseRelPath(relative(workspace, path).split(sep).join('/'));
}

function nearestWorkspace(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (hasState(folder)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Anything called `.f2git` marks a workspace; whether it can be used is decided where it is opened. */
function hasState(folder: string): boolean {
  return lstatIn(folder, '.')?.isDirectory() === true && lstatIn(folder, STATE_FOLDER) !== undefined;
}

/** What is there; nothing also where the way there is closed or cannot exist. */
function lstatIn(folder: string, name: string): Stats | undefined {
  try {
    return lstatSync(`${folder}${sep}${name}`, { throwIfNoEntry: false });
  } catch {
    // no permission, a name too long, a link in a circle: no workspace of this person
    return undefined;
  }
}
