/** Courses of any size for the benches: small text files in folders, the same bytes on every machine. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a folder with `count` files of 1 to 8 kB, about 33 a folder. */
export function makeCourse(folder, count) {
  rmSync(folder, { recursive: true, force: true });
  for (let index = 0; index < count; index++) {
    const path = join(folder, fileName(index));
    if (index % 33 === 0) mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text(index));
  }
}

/** Appends a line to ten files spread over the course. */
export function changeTen(folder, count, round) {
  for (let index = 0; index < 10; index++)
    appendFileSync(join(folder, fileName(Math.floor((index * count) / 10))), `round ${round}\n`);
}

/** The path of file `index`, relative to the course. */
export function fileName(index) {
  return `week${Math.floor(index / 33)}/file${index}.txt`;
}

/** Makes `bare` a bare git repository of `folder`; called again, commits what changed. */
export function commitCourse(folder, bare) {
  const git = (...args) => execFileSync('git', ['--git-dir', bare, '--work-tree', folder, ...args], { stdio: 'pipe' });
  try {
    git('rev-parse');
  } catch {
    execFileSync('git', ['init', '--bare', '-q', '-b', 'main', bare]);
  }
  git('add', '-A');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '-q', '--allow-empty', '-m', 'course');
}

function text(index) {
  const lines = 20 + ((index * 7919) % 120);
  return Array.from(
    { length: lines },
    (_, line) => `file ${index} line ${line}: ${((index * 31 + line) * 2654435761) % 1e9} lorem ipsum\n`,
  ).join('');
}
