/**
 * Starts a program of `dist/`: one script, with what Node compiled of it when it was built, because compiling takes
 * longer than most commands work. What another Node compiled is left alone: then it is compiled now.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** The script's name beside the launcher, without ending. */
declare const F2GIT_PROGRAM: string;

/** What V8 is told before it compiles anything of ours; the build says why. */
declare const F2GIT_V8_FLAGS: string;

/** Of the SHA-1 before what was compiled. */
const CHECKSUM_BYTES = 20;

/** Windows has no such pipes, and no such flag either. */
const nonBlocking = process.platform === 'win32' ? 0 : constants.O_NONBLOCK;

type Program = (require: NodeJS.Require, url: string) => void;

setFlagsFromString(F2GIT_V8_FLAGS);
// What a run must have on the disk it asks for at once, and a file system's journal is written once for all who ask
// together: with the usual four threads ten files take three turns.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
const path = `${__dirname}/${F2GIT_PROGRAM}`;
const cachedData = compiledAhead();
// the build writes nothing but ASCII, which need not be decoded
const script = new Script(readFileSync(`${path}.js`, 'latin1'), {
  filename: `${path}.js`,
  ...(cachedData === undefined ? {} : { cachedData }),
});
(script.runInThisContext() as Program)(require, pathToFileURL(__filename).href);

/** V8 believes all but the length of what it gets: a block that a power cut left empty would hang or end the program. */
function compiledAhead(): Buffer | undefined {
  try {
    const stored = readFile(`${path}.${process.version}-${process.platform}-${process.arch}`);
    const compiled = stored.subarray(CHECKSUM_BYTES);
    const isWhole = createHash('sha1').update(compiled).digest().equals(stored.subarray(0, CHECKSUM_BYTES));
    return isWhole ? compiled : undefined;
  } catch {
    // this is another Node than the one that built, or what lies there is no file
    return undefined;
  }
}

/** Opening a named pipe would wait for somebody who writes. @throws for anything but a file */
function readFile(name: string): Buffer {
  const fd = openSync(name, constants.O_RDONLY | nonBlocking);
  try {
    if (!fstatSync(fd).isFile()) throw new RangeError('not a file');
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
