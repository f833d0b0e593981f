/**
 * Writes down what this Node compiles of a built program: lets it work for a while, so that the functions it really
 * needs are compiled, and stores them. Usage: node compile-ahead.mjs <script without ending> <flags of V8>
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const [, , path, flags] = process.argv;
// V8 takes what was compiled only under the same flags
setFlagsFromString(flags);
const script = new Script(readFileSync(`${path}.js`, 'utf8'), { filename: `${path}.js` });
const program = script.runInThisContext();
const scratch = mkdtempSync(join(tmpdir(), 'f2git-build-'));
const course = join(scratch, 'course');
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

mkdirSync(course);
for (let n = 0; n < 40; n++) writeFileSync(fileOf(n), 'one\ntwo\nthree\n'.repeat(n));
const served = join(scratch, 'home/.f2git/source/course/all.git');
await pull(course, 'home');
await pull(course, 'home');
// the repository of the first home is the source of the second
await pull(`git+file://${served}`, 'second');
for (let n = 0; n < 10; n++) appendFileSync(fileOf(n), 'four\n');
writeFileSync(join(scratch, 'home/part9.txt'), `zero\n${'one\ntwo\nthree\n'.repeat(9)}`);
await pull(course, 'home');
await pull(`git+file://${served}`, 'second');
await pull(course, 'home');
const compiled = script.createCachedData();
// the launcher looks for it under this name, and for the checksum before it
writeFileSync(
  `${path}.${process.version}-${process.platform}-${process.arch}`,
  Buffer.concat([createHash('sha1').update(compiled).digest(), compiled]),
);

function fileOf(n) {
  return join(course, `part${n}.txt`);
}

/** What people wait for most often: a pull, the first and those after it, with and without changes. */
async function pull(source, home) {
  process.argv = [process.execPath, `${path}.js`, 'pull', source, join(scratch, home), '--quiet'];
  program(createRequire(`${path}.js`), pathToFileURL(`${path}.js`).href);
  await new Promise((resolve) => process.once('beforeExit', resolve));
  if (process.exitCode) throw new Error(`pull of ${source} ended with ${process.exitCode}`);
}
