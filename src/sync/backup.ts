/**
 * Backups: every content a run replaced or removed, as `.f2git/backups/<run>/<path>`. They are the old files
 * themselves, so keeping one costs what the old version is large. The folder alone tells all there is to know: it can
 * be read without the journal, also by a student.
 */
import { parseRunId, type RunId } from '../core/ids.ts';
import { STATE_FOLDER, type RelPath } from '../core/paths.ts';
import { removeIfThere } from './durable.ts';
import type { Home } from './home.ts';
import type { Pruned } from './journal.ts';
import { errnoOf } from './trouble.ts';

const FOLDER = `${STATE_FOLDER}/backups`;

/** How long and how much is kept. The newest old version of a file is kept in any case. */
export const RETENTION_DAYS = 30;
export const RETENTION_BYTES = 1024 ** 3;

const SELDOM = 16;
const MUCH_BYTES = 4 << 20;

/** One old version of a file. */
export interface Backup {
  readonly run: RunId;
  /** The file it was a version of, with a number when one run displaced two versions. */
  readonly path: string;
  /** Where it is, relative to the workspace. */
  readonly file: RelPath;
  readonly size: number;
  readonly executable: boolean;
}

/** Where the run keeps `backup`, a name of its journal. */
export function backupFile(run: RunId, backup: string): RelPath {
  // Not a path of the course: only the agent's own operations reach below `.f2git`.
  return `${FOLDER}/${run}/${backup}` as RelPath;
}

/** All old versions, those of the newest run first; only those of the run `only`, if given. */
export function listBackups(home: Home, only?: RunId): readonly Backup[] {
  if (only !== undefined) return home.stat(`${FOLDER}/${only}`)?.kind === 'folder' ? filesBelow(home, only, '') : [];
  if (home.stat(FOLDER)?.kind !== 'folder') return [];
  const runs = home
    .list(FOLDER)
    .map(parseRunId)
    .filter((run) => run !== undefined);
  return runs
    .sort()
    .reverse()
    .flatMap((run) => filesBelow(home, run, ''));
}

/**
 * Lets old versions go: those older than `RETENTION_DAYS`, then the oldest until the rest fits into
 * `RETENTION_BYTES`. Never the newest version of a file.
 * @returns what went, for the journal
 */
export function pruneBackups(home: Home, now: Date): readonly Pruned[] {
  const pruned: Pruned[] = [];
  const newest = new Set<string>();
  const oldestRun = runTime(new Date(now.getTime() - RETENTION_DAYS * 86_400_000));
  let bytes = 0;
  for (const backup of listBackups(home)) {
    bytes += backup.size;
    if (!newest.has(backup.path)) {
      newest.add(backup.path);
      continue;
    }
    const why = backup.run < oldestRun ? 'age' : bytes > RETENTION_BYTES ? 'quota' : undefined;
    if (why === undefined) continue;
    bytes -= backup.size;
    removeIfThere(home, backup.file);
    removeEmptyFolders(home, backup.file);
    pruned.push({ run: backup.run, path: backup.path, why });
  }
  return pruned;
}

/**
 * Whether old versions are looked through after `run`: after the first run of a day that keeps any, after every
 * `SELDOM`th, and after one that keeps much. Between, they take `SELDOM` times `MUCH_BYTES` more room at most.
 */
export function isTimeToPrune(home: Home, run: RunId): boolean {
  const kept = listBackups(home, run);
  if (kept.length === 0) return false;
  const day = run.slice(0, 'YYYYMMDD'.length);
  const today = home.list(FOLDER).filter((name) => parseRunId(name) !== undefined && name.startsWith(day));
  return today.length % SELDOM === 1 || kept.reduce((bytes, { size }) => bytes + size, 0) > MUCH_BYTES;
}

/** Takes the run's folder of backups away as far as there is nothing in it: on a full disk each name counts. */
export function removeEmptyBackups(home: Home, run: RunId): void {
  const folder = `${FOLDER}/${run}`;
  try {
    if (home.stat(folder)?.kind === 'folder') removeIfEmpty(home, folder);
  } catch (error) {
    // An empty folder that cannot be taken away keeps nobody from anything.
    if (errnoOf(error) === undefined) throw error;
  }
}

function removeIfEmpty(home: Home, folder: string): void {
  for (const name of home.list(folder)) {
    const path = `${folder}/${name}`;
    if (home.stat(path)?.kind === 'folder') removeIfEmpty(home, path);
  }
  if (home.list(folder).length === 0) home.removeFolder(folder);
}

function filesBelow(home: Home, run: RunId, folder: string): readonly Backup[] {
  const above = folder === '' ? '' : `${folder}/`;
  return home.list(`${FOLDER}/${run}${folder === '' ? '' : `/${folder}`}`).flatMap((name): readonly Backup[] => {
    const path = `${above}${name}`;
    const stat = home.stat(`${FOLDER}/${run}/${path}`);
    if (stat?.kind === 'folder') return filesBelow(home, run, path);
    if (stat?.kind !== 'file') return [];
    return [{ run, path, file: backupFile(run, path), size: stat.size, executable: stat.executable }];
  });
}

/** Run ids begin with their time, so they compare with it. */
function runTime(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}

function removeEmptyFolders(home: Home, file: string): void {
  try {
    for (let folder = above(file); folder !== FOLDER; folder = above(folder)) home.removeFolder(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
}

function above(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
