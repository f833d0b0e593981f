/** What became of one cell: judged by what is on the disk and what was said, the same for both programs. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Wish, Work } from './cells.ts';
import type { Click } from './contestants.ts';
import { NEWS } from './courses.ts';

export interface Verdict {
  /** The last click failed, or the course's news did not arrive. */
  readonly isStuck: boolean;
  /** Something the student had is nowhere: not in any file, backup or git object. */
  readonly isLost: boolean;
  /** All clicks ended well, a change of the course is not there, and none of them said so. */
  readonly isSilent: boolean;
}

export function judge(
  workspace: string,
  wishes: readonly Wish[],
  work: readonly Work[],
  clicks: readonly Click[],
): Verdict {
  const files = filesBelow(workspace);
  const news = join(workspace, NEWS.path);
  const hasNews = fs.existsSync(news) && fs.readFileSync(news, 'utf8') === NEWS.text;
  const isStuck = clicks.at(-1)?.isDone !== true || !hasNews;
  const isDeclined = (wish: Wish): boolean =>
    !isFulfilled(workspace, files, wish) && !clicks.some(({ names }) => names(wish.path));
  return {
    isStuck,
    isLost: work.some((one) => !isKept(workspace, files, one)),
    isSilent: !isStuck && wishes.some(isDeclined),
  };
}

interface Found {
  readonly path: string;
  readonly stats: fs.Stats;
}

/** All files and links, the student's and the program's own. */
function filesBelow(folder: string): readonly Found[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ path: join(folder, name), stats: fs.lstatSync(join(folder, name)) }))
    .filter(({ stats }) => stats.isFile() || stats.isSymbolicLink());
}

function isKept(workspace: string, files: readonly Found[], work: Work): boolean {
  switch (work.kind) {
    case 'text':
      return files.some((file) => holds(file, work.text)) || objectsOf(workspace).includes(work.text);
    case 'link':
      return files.some(({ path, stats }) => stats.isSymbolicLink() && fs.readlinkSync(path) === work.to);
  }
}

function isFulfilled(workspace: string, files: readonly Found[], wish: Wish): boolean {
  const path = join(workspace, wish.path);
  const visible = files.filter((file) => !/\/\.(f2git|git)\//.test(file.path.slice(workspace.length)));
  switch (wish.kind) {
    case 'text':
      return visible.some((file) => holds(file, wish.text));
    case 'gone':
      return !visible.some((file) => file.path === path);
    case 'executable':
      return visible.some(({ path: one, stats }) => one === path && stats.isFile() && (stats.mode & 0o100) !== 0);
    case 'link':
      return visible.some(({ path: one, stats }) => one === path && stats.isSymbolicLink());
  }
}

function holds({ path, stats }: Found, text: string): boolean {
  return stats.isFile() && fs.readFileSync(path, 'utf8').includes(text);
}

/** Everything in the git repository a program or the student made of the workspace. */
function objectsOf(workspace: string): string {
  if (!fs.existsSync(join(workspace, '.git/HEAD'))) return '';
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
  const args = ['-c', 'safe.directory=*', 'cat-file', '--batch-all-objects', '--batch'];
  return execFileSync('git', args, { cwd: workspace, env, encoding: 'utf8' });
}
