/** What people wait for most often: a pull, the first and those after it, with and without changes, and what came of it. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Has it done with two small courses.
 * @param start starts the command line, for which `process.argv` is set, and gives whatever the caller wants of each
 * @returns what `start` gave, by what was asked for
 */
export async function commonUse(launcher, start) {
  const scratch = mkdtempSync(join(tmpdir(), 'f2git-build-'));
  const say = process.stdout.write;
  const does = async (...args) => {
    process.argv = [process.execPath, launcher, ...args];
    // what the commands say is for nobody
    process.stdout.write = () => true;
    const given = await start();
    await new Promise((resolve) => process.once('beforeExit', resolve));
    process.stdout.write = say;
    if (process.exitCode) throw new Error(`${args.join(' ')} ended with ${process.exitCode}`);
    return given;
  };
  try {
    return await use(scratch, does);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function use(scratch, does) {
  const course = join(scratch, 'course');
  const home = join(scratch, 'home');
  const second = join(scratch, 'second');
  const fileOf = (n) => join(course, `part${n}.txt`);
  mkdirSync(course);
  for (let n = 0; n < 40; n++) writeFileSync(fileOf(n), 'one\ntwo\nthree\n'.repeat(n));
  const pull = (source, folder) => does('pull', source, folder, '--quiet');
  const first = await pull(course, home);
  const nothingNew = [await pull(course, home)];
  // the repository of the first home is the source of the second
  const served = `git+file://${join(home, '.f2git/source/course/all.git')}`;
  const others = [first, await pull(served, second)];
  nothingNew.push(await pull(served, second));
  for (let n = 0; n < 10; n++) appendFileSync(fileOf(n), 'four\n');
  writeFileSync(join(home, 'part9.txt'), `zero\n${'one\ntwo\nthree\n'.repeat(9)}`);
  others.push(await pull(course, home), await pull(served, second));
  // nothing new, a moment after there was
  nothingNew.push(await pull(served, second));
  // nothing new, in a home with changes of its own
  others.push(await pull(course, home));
  const commands = [await does('status', home), await does('log', home)];
  return { nothingNew, others, commands };
}
