/** The course's repositories: for each change one at each of three moments. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BROUGHT, FILE, textWith, type CourseChange } from './cells.ts';

/** Before the change, after it, and after the news that follow. */
export const moments = ['before', 'changed', 'later'] as const;
export type Moment = (typeof moments)[number];

/** The file whose news must arrive at the end, and what is in it then. */
export const NEWS = { path: 'news.txt', text: 'the latest news\n' };

/** Makes the three repositories; gives where each is. @param ignores names that git must not see are listed */
export function makeCourse(folder: string, change: CourseChange, ignores: boolean): Readonly<Record<Moment, string>> {
  const work = join(folder, 'work');
  fs.mkdirSync(join(work, 'd'), { recursive: true });
  fs.writeFileSync(join(work, FILE), textWith());
  for (const path of ['README.md', 'd/another.txt', NEWS.path]) fs.writeFileSync(join(work, path), `${path}\n`);
  if (ignores) fs.writeFileSync(join(work, '.gitignore'), BROUGHT.map((path) => `/${path}\n`).join(''));
  git(work, 'init', '-q', '-b', 'main');
  const at = (moment: Moment): readonly [Moment, string] => {
    git(work, 'add', '-A', '-f');
    git(work, '-c', 'user.name=C', '-c', 'user.email=c@localhost', 'commit', '-q', '--allow-empty', '-m', moment);
    const bare = join(folder, `${moment}.git`);
    git(folder, 'clone', '-q', '--bare', work, bare);
    return [moment, bare];
  };
  const before = at('before');
  change.make(work);
  const changed = at('changed');
  fs.writeFileSync(join(work, NEWS.path), NEWS.text);
  return Object.fromEntries([before, changed, at('later')]) as Record<Moment, string>;
}

function git(cwd: string, ...args: readonly string[]): void {
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', args, { cwd, env, stdio: 'pipe' });
}
