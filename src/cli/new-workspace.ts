/** The folder a pull delivers into: made with the person's usual rights, and taken away again when nothing came of it. */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { STATE_FOLDER } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { errnoOf, stateTrouble } from '../sync/trouble.ts';

/** A workspace that is there, perhaps only since now. */
export interface PreparedWorkspace {
  /** Call it at the end of the pull: what was made and never used goes. */
  readonly tidy: () => void;
}

/**
 * Makes the workspace, the folders above it and its `.f2git`, as far as they are missing.
 * @throws {F2gitError} `workspace-not-a-folder`, `workspace-unwritable`, `disk-full`; then nothing is left behind
 */
export function prepareWorkspace(workspace: string): PreparedWorkspace {
  const state = join(workspace, STATE_FOLDER);
  const hadState = existsSync(state);
  let made: string | undefined;
  try {
    made = mkdirSync(workspace, { recursive: true });
    if (!hadState) mkdirSync(state, { mode: 0o700 });
  } catch (error) {
    removeEmptyFolders(workspace, made);
    throw refusal(workspace, error);
  }
  return {
    tidy: () => {
      if (hadState || isUsed(state)) return;
      rmSync(state, { recursive: true, force: true });
      removeEmptyFolders(workspace, made);
    },
  };
}

/**
 * Whether something was delivered or put aside, or another pull works here.
 * RACE: another pull can begin between the look and the removal; worst case, it ends with an error and changed nothing.
 */
function isUsed(state: string): boolean {
  if (['state.json', 'backups', 'lease'].some((name) => existsSync(join(state, name)))) return true;
  const source = join(state, 'source');
  const courses = existsSync(source) ? readdirSync(source) : [];
  const locks = courses.map((course) => join(source, course, 'lock')).filter((folder) => existsSync(folder));
  return locks.some((folder) => readdirSync(folder).some((name) => name.startsWith('held-')));
}

/** Removes `folder` and those above it, up to the first one that was made, as long as they are empty. */
function removeEmptyFolders(folder: string, firstMade: string | undefined): void {
  if (firstMade === undefined) return;
  for (let path = folder; path.startsWith(firstMade); path = dirname(path)) {
    if (existsSync(path) && readdirSync(path).length > 0) return;
    if (existsSync(path)) rmdirSync(path);
  }
}

function refusal(workspace: string, cause: unknown): unknown {
  const isTaken = ['EEXIST', 'ENOTDIR', 'ELOOP'].includes(errnoOf(cause) ?? '') || isLink(workspace);
  return isTaken
    ? new F2gitError('workspace-not-a-folder', { params: { workspace }, cause })
    : stateTrouble(workspace, cause);
}

/** A link to nothing cannot be made a folder either. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    // nothing is there, or the way there is closed: that is what the first error says
    return false;
  }
}
