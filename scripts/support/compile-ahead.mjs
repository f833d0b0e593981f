/**
 * Writes down what this Node compiles of a built program: lets it work for a while, so that the functions it really
 * needs are compiled, and stores them. Usage: node compile-ahead.mjs <script without ending>
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

const path = process.argv[2];
const script = new Script(readFileSync(`${path}.js`, 'utf8'), { filename: `${path}.js` });
const program = script.runInThisContext();
const scratch = mkdtempSync(join(tmpdir(), 'f2git-build-'));
const course = join(scratch, 'course');
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

mkdirSync(course);
for (let n = 0; n < 40; n++) writeFileSync(join(course, `part${n}.txt`), 'one\ntwo\nthree\n'.repeat(n));
await pull();
await pull();
const compiled = script.createCachedData();
// the launcher looks for it under this name, and for the checksum before it
writeFileSync(
  `${path}.${process.version}-${process.platform}-${process.arch}`,
  Buffer.concat([createHash('sha1').update(compiled).digest(), compiled]),
);

/** What people wait for most often: a pull. */
async function pull() {
  process.argv = [process.execPath, `${path}.js`, 'pull', course, join(scratch, 'home'), '--quiet'];
  program(createRequire(`${path}.js`), pathToFileURL(`${path}.js`).href);
  await new Promise((resolve) => process.once('beforeExit', resolve));
}
