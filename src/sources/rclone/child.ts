/** Running rclone: no shell, a chosen environment, ended with its run, its log read and its output handed on. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { F2gitError } from '../../errors.ts';
import type { GuardingProxy } from '../guarding-proxy.ts';
import { throughProxy } from './environment.ts';
import { type Complaint, ErrorLog } from './log.ts';

/** How a run of rclone ended. */
export interface Ending {
  /** Exit code; null when it was ended from outside. */
  readonly code: number | null;
  /** Whether it was ended because of what it complained about. */
  readonly gaveUp: boolean;
  readonly log: ErrorLog;
}

/** A child that is running. */
export interface Running {
  /**
   * Standard output; it waits for its reader.
   * @throws {F2gitError} as `ended`, when the child was ended from here
   */
  readonly output: AsyncIterable<Uint8Array>;
  /**
   * Resolves when the child is gone.
   * @throws {F2gitError} `cancelled`, `source-unreachable`, `source-program-missing`; `address-forbidden` when it failed and
   * was kept from an address
   */
  readonly ended: Promise<Ending>;
  /** Ends the child, if need be by force, and waits until it is gone. */
  stop(): Promise<void>;
}

/** How long rclone is waited for. */
export interface Deadlines {
  /** A command that takes longer (milliseconds) is stuck: each of its requests ends by itself much earlier. */
  readonly commandMs: number;
  /** After this long without a byte a request ends; as rclone writes durations. */
  readonly silence: string;
  /** Until a connection must stand; likewise. */
  readonly connect: string;
}

/** Whether a child is to be ended because of a complaint: whatever it would ask for next will fail as well. */
export type IsEnough = (complaint: Complaint) => boolean;

export const usualDeadlines: Deadlines = { commandMs: 30 * 60_000, silence: '60s', connect: '15s' };

/** rclone needs some milliseconds to end; a reader that waits for it has one second. */
const GRACE_MS = 400;

/** Bytes of an answer that is read at once. */
const SMALL_OUTPUT = 1024 * 1024;

export class Rclone {
  #environment: Readonly<Record<string, string>>;
  #proxy: GuardingProxy | undefined;
  readonly #deadlines: Deadlines;
  readonly #running = new Set<Running>();
  #isClosed = false;

  constructor(environment: Readonly<Record<string, string>>, deadlines: Deadlines) {
    this.#environment = environment;
    this.#deadlines = deadlines;
  }

  /** What its children get. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  /** Sends what is started from now on through `proxy`, which is closed with this. */
  goThrough(proxy: GuardingProxy): void {
    this.#proxy = proxy;
    this.#environment = { ...this.#environment, ...throughProxy(proxy.address) };
  }

  /** `args` begin with the command. */
  start([command = '', ...args]: readonly string[], signal: AbortSignal, isEnough: IsEnough = () => false): Running {
    if (signal.aborted || this.#isClosed) throw new F2gitError('cancelled', { cause: signal.reason });
    const program = find('rclone', this.#environment);
    if (program === undefined) throw missing();
    const [file, ...prefix] = withGuard(program, this.#environment);
    const { silence, connect, commandMs } = this.#deadlines;
    const child = spawn(file, [...prefix, command, '--timeout', silence, '--contimeout', connect, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#environment,
      cwd: '/',
    });
    const running = watch(child, { commandMs, isEnough, refused: () => this.#proxy?.refused }, signal);
    this.#running.add(running);
    const forget = () => this.#running.delete(running);
    running.ended.then(forget, forget);
    return running;
  }

  /** Runs a command whose output is small. */
  async ask(args: readonly string[], signal: AbortSignal, isEnough?: IsEnough): Promise<Ending & { output: string }> {
    const running = this.start(args, signal, isEnough);
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of running.output) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > SMALL_OUTPUT)
          throw new F2gitError('source-invalid', { params: { detail: 'an answer without end' } });
      }
      return { ...(await running.ended), output: Buffer.concat(chunks).toString() };
    } finally {
      await running.stop();
    }
  }

  /** Ends all children. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running].map((one) => one.stop()));
    await this.#proxy?.close();
    // The handle of a child is freed after its end, when timers run again.
    await wait(0);
  }
}

interface Watching {
  readonly commandMs: number;
  readonly isEnough: IsEnough;
  /** The address rclone was kept from. */
  readonly refused: () => F2gitError | undefined;
}

function watch(
  child: ChildProcessByStdio<null, Readable, Readable>,
  { commandMs, isEnough, refused }: Watching,
  signal: AbortSignal,
): Running {
  let reason: F2gitError | undefined;
  let force: NodeJS.Timeout | undefined;
  let gaveUp = false;
  const kill = () => {
    child.kill('SIGTERM');
    force ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  const end = (why?: F2gitError) => {
    reason ??= why;
    // A reader that is gone must not hold the pipe, nor the child.
    child.stdout.destroy();
    kill();
  };
  const log = new ErrorLog((complaint) => {
    if (gaveUp || !isEnough(complaint)) return;
    gaveUp = true;
    kill();
  });
  child.stderr.on('data', (chunk: Uint8Array) => log.write(chunk));
  const onAbort = () => end(new F2gitError('cancelled', { cause: signal.reason }));
  const deadline = setTimeout(() => end(stuck()), commandMs);
  signal.addEventListener('abort', onAbort, { once: true });
  const settle = () => {
    clearTimeout(deadline);
    clearTimeout(force);
    signal.removeEventListener('abort', onAbort);
  };
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', (error) => {
      settle();
      reject(missing(error));
    });
    child.once('close', (code) => {
      settle();
      log.end();
      if (code !== 0) reason ??= refused();
      if (reason === undefined) resolve({ code, gaveUp, log });
      else reject(reason);
    });
  });
  // Whoever stopped it early does not ask how it ended.
  const gone = ended.then(
    () => undefined,
    () => undefined,
  );
  const stop = async () => {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (isOver) child.stdout.destroy();
    else end(new F2gitError('cancelled'));
    await gone;
  };
  return { output: outputOf(child.stdout, ended), ended, stop };
}

/** A child that was ended says why; the broken pipe is only its echo. */
async function* outputOf(output: Readable, ended: Promise<Ending>): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of output) yield chunk as Uint8Array;
  } catch (error) {
    await ended;
    throw error;
  }
  // Ended from here, the output may look as if it were whole.
  await ended;
}

function stuck(): F2gitError {
  return new F2gitError('source-unreachable', { params: { detail: 'rclone took too long' } });
}

function missing(cause?: unknown): F2gitError {
  return new F2gitError('source-program-missing', { params: { program: 'rclone' }, cause });
}

/** Where the kernel can be asked for it, rclone also ends when this process is killed. */
function withGuard(program: string, environment: Readonly<Record<string, string>>): readonly [string, ...string[]] {
  const guard = find('setpriv', environment);
  // The one of busybox knows no such option.
  const isWhole = guard !== undefined && basename(realpathSync(guard)) === 'setpriv';
  return isWhole ? [guard, '--pdeathsig', 'TERM', program] : [program];
}

function find(name: string, { PATH }: Readonly<Record<string, string>>): string | undefined {
  const folders = (PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter).filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the next folder may have it.
    return false;
  }
}
