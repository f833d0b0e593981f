/** The built program, run under the fault shim or without it. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The project's folder, from the sources as well as from a bundle below it. */
export const projectRoot = folderWith('package.json', import.meta.dirname);
const output = join(projectRoot, 'test/output/torture');

/** Why nothing can be disturbed here, for the names of skipped tests; undefined when it can. */
export const noCompiler =
  process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0 ? undefined : 'needs cc on Linux';

/** What the shim does to operation `at`; see test/support/faultshim.c. */
export interface Fault {
  readonly at: number;
  readonly act: FaultAct;
  /** All later operations that can fail like this fail too. */
  readonly lasting?: boolean;
}

export type ErrorAct = 'enospc' | 'edquot' | 'eio' | 'eacces' | 'erofs' | 'emfile';
export type FaultAct = 'kill' | 'torn' | 'stop' | ErrorAct;

/** One file operation of the program. */
export interface Operation {
  readonly kind: string;
  readonly path: string;
}

export interface Ended {
  /** Null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is to be run with. */
export interface Disturbance {
  readonly roots: readonly string[];
  /** A folder for the shim's own files, outside of `roots`. */
  readonly scratch: string;
  readonly fault?: Fault;
  /** Reading operations count too. */
  readonly reads?: boolean;
  /** A list of the operations is kept. */
  readonly log?: boolean;
}

/** No command of the torture takes longer, in milliseconds, however busy the machine is: it hangs. */
const HANG = 180_000;

/** A copy of what is built now, so that a build meanwhile does not exchange the program under test. */
export interface Program {
  readonly cli: string;
  readonly shim: string;
}

/** @param name of this use, so that several can be at work at once */
export function prepareProgram(name: string): Program {
  const folder = join(output, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(projectRoot, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(projectRoot, 'package.json'), join(folder, 'package.json'));
  return { cli: join(folder, 'dist/cli.js'), shim: compile('test/support/faultshim.c', folder, true) };
}

/** Compiles a C file of the project into `folder`; gives the path of the library or program. */
export function compile(source: string, folder: string, asLibrary: boolean): string {
  const file = join(projectRoot, source);
  const name = source.slice(source.lastIndexOf('/') + 1).replace('.c', asLibrary ? '.so' : '');
  const made = join(folder, name);
  const kind = asLibrary ? ['-shared', '-fPIC'] : [];
  execFileSync('cc', ['-O1', ...kind, '-o', made, file, ...(asLibrary ? ['-ldl'] : [])]);
  return made;
}

/** Starts the program in `cwd`, disturbed if that is asked for. */
export function start(
  { cli, shim }: Program,
  args: readonly string[],
  cwd: string,
  disturbance?: Disturbance,
  environment: NodeJS.ProcessEnv = {},
): ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream } {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'en_GB.UTF-8',
    TMPDIR: cwd,
    ...environment,
    ...(disturbance && shimmed(shim, disturbance)),
  };
  const hang = { timeout: HANG, killSignal: 'SIGKILL' } as const;
  return spawn(process.execPath, [cli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...hang });
}

/** Waits for the end of what `start` gave. */
export async function ended(child: ReturnType<typeof start>): Promise<Ended> {
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { status, stdout, stderr };
}

/** What the program did so far, as the shim counted it. */
export function operationsIn(scratch: string): readonly Operation[] {
  const log = join(scratch, 'log');
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, , kind = '', path = '']) => ({ kind, path }));
}

function shimmed(shim: string, { roots, scratch, fault, reads, log }: Disturbance): NodeJS.ProcessEnv {
  for (const name of ['counter', 'log']) rmSync(join(scratch, name), { force: true });
  return {
    LD_PRELOAD: shim,
    UV_USE_IO_URING: '0',
    FF_ROOTS: roots.join(':'),
    FF_CTR: join(scratch, 'counter'),
    ...(log === true && { FF_LOG: join(scratch, 'log') }),
    ...(reads === true && { FF_READS: '1' }),
    ...(fault && { FF_AT: String(fault.at), FF_ACT: fault.act }),
    ...(fault?.lasting === true && { FF_STICKY: '1' }),
  };
}

/** How many operations were counted. */
export function countIn(scratch: string): number {
  const counter = join(scratch, 'counter');
  return existsSync(counter) ? Number(readFileSync(counter).readBigInt64LE()) : 0;
}

function folderWith(name: string, from: string): string {
  return existsSync(join(from, name)) && existsSync(join(from, 'src')) ? from : folderWith(name, dirname(from));
}
