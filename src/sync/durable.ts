/** Files of `.f2git` that survive a power cut: always the old content or the whole new one. */
import { STATE_FOLDER } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import type { Home } from './home.ts';
import { errnoOf } from './trouble.ts';

/** Larger files of ours are damaged or not ours. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Whether the workspace has a state folder.
 * @throws {F2gitError} `workspace-state-refused` when `.f2git` is a link, a file or anything else.
 */
export function hasStateFolder(home: Home): boolean {
  const stat = home.stat(STATE_FOLDER);
  if (stat === undefined) return false;
  if (stat.kind === 'folder') return true;
  throw new F2gitError('workspace-state-refused', { params: { workspace: home.root, why: 'not a folder' } });
}

/** Makes a folder of ours and those above it, as far as they are missing. */
export function ensureFolder(home: Home, path: string): void {
  if (path === '' || home.stat(path)?.kind === 'folder') return;
  ensureFolder(home, path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  try {
    home.makeFolder(path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** The whole file; undefined when it is missing, no regular file, or too large to be ours. */
export function readOwnFile(home: Home, path: string): Buffer | undefined {
  const stat = home.stat(path);
  if (stat?.kind !== 'file' || stat.size > MOST_BYTES) return undefined;
  const fd = home.open(path);
  try {
    const bytes = Buffer.allocUnsafe(stat.size);
    let size = 0;
    while (size < bytes.length) {
      const read = home.read(fd, bytes.subarray(size));
      if (read === 0) break;
      size += read;
    }
    return bytes.subarray(0, size);
  } finally {
    home.close(fd);
  }
}

/** Replaces a file of ours in one step: written beside it, synced, renamed, the folder synced. */
export function writeDurably(home: Home, path: string, text: string): void {
  writeOwnFile(home, path, text, true);
  home.syncFolder(path.slice(0, path.lastIndexOf('/')));
}

/** As `writeDurably`, but a power cut may bring the old content back, where its reader can go on from either. */
export function replaceDurably(home: Home, path: string, text: string): void {
  writeOwnFile(home, path, text, true);
}

/** As `writeDurably` for what may be lost, but not torn: without waiting for the disk. */
export function writeLightly(home: Home, path: string, text: string): void {
  writeOwnFile(home, path, text, false);
}

function writeOwnFile(home: Home, path: string, text: string, durably: boolean): void {
  const temporary = `${path}.new`;
  removeIfThere(home, temporary);
  const fd = home.create(temporary, false);
  try {
    home.write(fd, Buffer.from(text));
    if (durably) home.sync(fd);
  } finally {
    home.close(fd);
  }
  home.rename(temporary, path);
}

/** Takes a file away if it is there. */
export function removeIfThere(home: Home, path: string): void {
  try {
    home.remove(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Removes a folder of ours and everything in it; nothing happens when it is missing. Links in it are not followed. */
export function removeTree(home: Home, path: string): void {
  const stat = home.stat(path);
  if (stat === undefined) return;
  if (stat.kind !== 'folder') {
    removeIfThere(home, path);
    return;
  }
  for (const name of home.list(path)) removeItem(home, `${path}/${name}`);
  home.removeFolder(path);
}

/** Most items are files: taking the name away is cheaper than looking what it is. */
function removeItem(home: Home, path: string): void {
  try {
    home.remove(path);
  } catch (error) {
    // Linux says that it is a folder, other systems only that it may not be done; or somebody was quicker.
    if (!['EISDIR', 'EPERM', 'EACCES', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error;
    removeTree(home, path);
  }
}
