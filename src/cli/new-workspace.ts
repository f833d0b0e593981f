/** The folder a pull delivers into: made with the person's usual rights, and taken away again when nothing came of it. */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../core/make-folder.ts';
import { STATE_FOLDER } from '../core/paths.ts';
import { F2gitError, systemErrorName } from '../errors.ts';
import { errnoOf, stateTrouble } from '../sync/trouble.ts';

/** A workspace that is there, perhaps only since now. */
export interface PreparedWorkspace {
  /** Whether `.f2git` was made for this pull and nothing was delivered or put aside since. */
  readonly isUnused: () => boolean;
  /** Takes away what was made, if it is unused. */
  readonly tidy: () => void;
}

/**
 * Makes the workspace, the folders above it and its `.f2git`, as far as they are missing.
 * @throws {F2gitError} `workspace-not-a-folder`, `workspace-unwritable`, `disk-full`; then nothing is left behind
 */
export function prepareWorkspace(workspace: string): PreparedWorkspace {
  const state = join(workspace, STATE_FOLDER);
  const { hadState, made } = makeWorkspace(workspace, state);
  const isUnused = (): boolean => !hadState && !USED.some((name) => existsSync(join(state, name)));
  return {
    isUnused,
    tidy: () => {
      if (!isUnused() || !existsSync(state)) return;
      clear(state);
      removeEmptyFolders(workspace, made);
    },
  };
}

/** How often another first pull may make or take away the same folders in between. */
const TRIES = 10;

function makeWorkspace(workspace: string, state: string): { hadState: boolean; made: string | undefined } {
  let made: string | undefined;
  for (let tries = 1; ; tries++) {
    try {
      made = makeFolder(workspace) ?? made;
      const hadState = existsSync(state);
      if (!hadState) mkdirSync(state, { mode: 0o700 });
      return { hadState, made };
    } catch (error) {
      if (tries < TRIES && isOthersDoing(state, error)) continue;
      removeEmptyFolders(workspace, made);
      throw refusal(workspace, error);
    }
  }
}

/** Another pull made the same `.f2git` right now, or took away the empty folder it should be in. */
function isOthersDoing(state: string, error: unknown): boolean {
  if (systemErrorName(error) === 'EEXIST') return lstatSync(state, { throwIfNoEntry: false })?.isDirectory() === true;
  return systemErrorName(error) === 'ENOENT';
}

/** What in `.f2git` says that something was delivered or put aside, or that another run works here. */
const USED = ['state.json', 'backups', 'lease'];

/**
 * Each thing is moved out of the way before it is taken apart: another pull that waits here makes its own anew and loses
 * nothing of it.
 */
function clear(state: string): void {
  for (const name of readdirSync(state)) {
    const aside = join(state, `${name}.gone-${process.pid}`);
    renameSync(join(state, name), aside);
    rmSync(aside, { recursive: true, force: true });
  }
  if (readdirSync(state).length === 0) rmdirSync(state);
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
