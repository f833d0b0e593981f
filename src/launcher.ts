/**
 * Starts a program of `dist/`: scripts, each loaded when it is first needed, with what Node compiled of them when they
 * were built, because compiling takes longer than most commands work. What another Node compiled is left alone: then
 * it is compiled now.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** The scripts' names beside the launcher, without ending. */
declare const F2GIT_PROGRAMS: readonly string[];

/** The module of the first script that is run. */
declare const F2GIT_ENTRY: string;

/** What V8 is told before it compiles anything of ours; the build says why. */
declare const F2GIT_V8_FLAGS: string;

/** Of the SHA-1 before what was compiled. */
const CHECKSUM_BYTES = 20;

/** Windows has no such pipes, and no such flag either. */
const nonBlocking = process.platform === 'win32' ? 0 : constants.O_NONBLOCK;

/** What a script exports: for each module that other scripts use, what runs it and gives its exports. */
interface Part {
  readonly modules: Readonly<Record<string, () => object>>;
}

type Program = (require: (name: string) => unknown, module: { exports?: Part }, url: string) => void;

const requireAsUsual: NodeJS.Require = require;
// Node has its own modules compiled ahead, but for its own flags: those a pull needs are loaded before the flags change.
for (const name of ['node:os', 'node:timers/promises', 'node:zlib']) requireAsUsual(name);
Reflect.get(requireAsUsual('node:util') as object, 'parseArgs');
setFlagsFromString(F2GIT_V8_FLAGS);
// What a run must have on the disk it asks for at once, and a file system's journal is written once for all who ask
// together: with the usual four threads ten files take three turns.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
const url = pathToFileURL(__filename).href;
const parts: (Part | undefined)[] = [];
const modules = new Map<string, object>();
moduleOf(0, F2GIT_ENTRY);

/** For what the scripts require: a module of another script by `<script>:<path>:<names of its exports>`, all else as usual. */
function requireAny(name: string): unknown {
  const [, part, path = '', names = ''] = /^(\d):(.*):(.*)$/.exec(name) ?? [];
  if (part === undefined) return requireAsUsual(name);
  const known = modules.get(path) ?? whenUsed(names.split(','), () => moduleOf(Number(part), path));
  modules.set(path, known);
  return known;
}

/** What `load` gives, loaded when the first of its `names` is asked for. */
function whenUsed(names: readonly string[], load: () => object): object {
  const exports = {};
  for (const name of names) {
    const get = (): unknown => {
      const loaded = load();
      // as values: they stand by now, because no modules import each other, and each getter would lead to another one
      for (const each of names) Object.defineProperty(exports, each, { value: Reflect.get(loaded, each) as unknown });
      return Reflect.get(exports, name);
    };
    Object.defineProperty(exports, name, { configurable: true, enumerable: true, get });
  }
  return exports;
}

/** @throws {RangeError} which only a build can cause that is not whole */
function moduleOf(part: number, path: string): object {
  parts[part] ??= run(`${__dirname}/${F2GIT_PROGRAMS[part] ?? ''}`);
  const module = parts[part].modules[path];
  if (module === undefined) throw new RangeError(`no module ${path}`);
  return module();
}

function run(path: string): Part {
  const cachedData = compiledAhead(path);
  // the build writes nothing but ASCII, which need not be decoded
  const script = new Script(readFileSync(`${path}.js`, 'latin1'), {
    filename: `${path}.js`,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module: { exports?: Part } = {};
  (script.runInThisContext() as Program)(requireAny, module, url);
  return module.exports ?? { modules: {} };
}

/** V8 believes all but the length of what it gets: a block that a power cut left empty would hang or end the program. */
function compiledAhead(path: string): Buffer | undefined {
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
