/** What is on the disk: the student's tree, what is kept for them, what a hidden repository serves, what is litter. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';

const STATE = '.f2git';

/** Everything in a home but our own folder: path → kind and content, folders with a final `/`. */
export type View = ReadonlyMap<string, string>;

export function homeView(home: string): View {
  const view = new Map<string, string>();
  if (fs.existsSync(home))
    walk(home, (path, stats, name) => {
      if (name === STATE) return false;
      if (stats.isSymbolicLink()) view.set(name, `link ${fs.readlinkSync(path)}`);
      else if (stats.isDirectory()) view.set(`${name}/`, 'folder');
      else view.set(name, `${(stats.mode & 0o100) === 0 ? 'file' : 'program'} ${fs.readFileSync(path, 'latin1')}`);
      return true;
    });
  return view;
}

/** The contents that can be had back: the student's files and the backups. */
export function keptContents(home: string): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const folder of [home, join(home, STATE, 'backups')]) {
    if (!fs.existsSync(folder)) continue;
    walk(folder, (path, stats, name) => {
      if (name === STATE) return false;
      if (stats.isFile()) kept.add(fs.readFileSync(path, 'utf8'));
      return true;
    });
  }
  return kept;
}

/**
 * Files that have two names in a home or its backups: what is saved into the one would change the other. Nobody saves into
 * the stage, and the next run clears it.
 */
export function sharedFiles(home: string): readonly string[] {
  const byInode = new Map<number, string[]>();
  if (!fs.existsSync(home)) return [];
  walk(home, (_path, stats, name) => {
    if (stats.isFile() && !name.startsWith(`${STATE}/source/`))
      byInode.set(stats.ino, [...(byInode.get(stats.ino) ?? []), name]);
    return name !== `${STATE}/stage`;
  });
  return [...byInode.values()].filter((same) => same.length > 1).map((same) => `"${same.join('" is "')}"`);
}

/** Bare repositories below `folder`. */
export function repositoriesIn(folder: string): readonly string[] {
  const found: string[] = [];
  if (!fs.existsSync(folder)) return found;
  walk(folder, (path, stats) => {
    if (!stats.isDirectory() || !path.endsWith('.git')) return true;
    found.push(path);
    return false;
  });
  return found;
}

/** `git ls-tree` of what the repository serves; '' before its first commit, undefined while it is being made. */
export function servedBy(repository: string): string | undefined {
  if (!fs.existsSync(join(repository, 'HEAD'))) return undefined;
  const { status, stdout } = git(repository, 'ls-tree', '-r', 'main');
  return status === 0 ? stdout : '';
}

/** What real git finds wrong; '' when nothing. */
export function damageIn(repository: string): string {
  if (!fs.existsSync(join(repository, 'HEAD'))) return '';
  const { status, stdout, stderr } = git(repository, 'fsck', '--strict', '--full', '--no-dangling');
  const said = `${stdout}${stderr}`.replace(/^notice: .*\n?/gm, '').trim();
  return status === 0 && said === '' ? '' : `git fsck ended with ${status}: ${said}`;
}

/** What a run should have taken away in `folder`, one of our own. */
export function litterIn(folder: string): readonly string[] {
  const litter: string[] = [];
  if (!fs.existsSync(folder)) return litter;
  walk(folder, (_path, _stats, name) => {
    if (/(^|\/)(stage|lease[^/]*|tmp_[^/]*|[^/]*\.new|[^/]*\.lock|held-\d+)$/.test(name)) litter.push(name);
    return name !== 'backups';
  });
  return litter;
}

function git(repository: string, ...args: readonly string[]) {
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
  return spawnSync('git', ['-c', 'safe.directory=*', '--git-dir', repository, ...args], { env, encoding: 'utf8' });
}

function walk(folder: string, look: (path: string, stats: fs.Stats, name: string) => boolean, below = ''): void {
  for (const child of fs.readdirSync(folder).sort()) {
    const path = join(folder, child);
    const name = below === '' ? child : `${below}/${child}`;
    const stats = fs.lstatSync(path);
    if (look(path, stats, name) && stats.isDirectory()) walk(path, look, name);
  }
}
