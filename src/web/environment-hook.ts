/**
 * The command an administrator has run for a new version of a course's environment, to have its image built: fixed words,
 * a clean environment without secrets, an end in sight, its output in the log.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Log } from '../core/log.ts';

/** What the command is told, by variables of its environment. */
export interface NewVersion {
  readonly course: string;
  readonly audience: string;
  readonly commit: string;
  readonly tag: string;
}

export interface EnvironmentHook {
  /** Runs the command; of versions that come while it runs, the newest when it has ended. */
  announce(version: NewVersion): void;
  /** Ends what runs, and waits for it. */
  close(): Promise<void>;
}

/** The hooks of all courses that have one. */
export function createEnvironmentHooks(
  courses: Iterable<{ readonly id: string; readonly environment: { readonly hook?: readonly string[] } }>,
  log: Log,
): EnvironmentHook {
  const hooks = new Map<string, EnvironmentHook>();
  for (const { id, environment } of courses) {
    if (environment.hook !== undefined) hooks.set(id, createEnvironmentHook(environment.hook, log));
  }
  return {
    announce: (version) => hooks.get(version.course)?.announce(version),
    close: async () => {
      await Promise.all([...hooks.values()].map((hook) => hook.close()));
    },
  };
}

/** An image takes minutes. */
const MOST_MS = 30 * 60_000;
/** Between asking it to end and ending it. */
const GRACE_MS = 2_000;
/** What the log keeps of the output: its end says what went wrong. */
const KEPT_CHARACTERS = 4_000;

/** `command` is not empty. `limitMs`: how long it may run. */
export function createEnvironmentHook(command: readonly string[], log: Log, limitMs = MOST_MS): EnvironmentHook {
  let running: Running | undefined;
  let next: NewVersion | undefined;
  let isClosed = false;
  const begin = (version: NewVersion): void => {
    running = start(command, version, log, limitMs);
    void running.ended.then(() => {
      running = undefined;
      const waiting = next;
      next = undefined;
      if (waiting !== undefined && !isClosed) begin(waiting);
    });
  };
  return {
    announce: (version) => {
      if (running === undefined && !isClosed) begin(version);
      else next = version;
    },
    close: async () => {
      isClosed = true;
      running?.stop();
      await running?.ended;
    },
  };
}

interface Running {
  /** Never rejects. */
  readonly ended: Promise<void>;
  stop(): void;
}

function start([program = '', ...words]: readonly string[], version: NewVersion, log: Log, limitMs: number): Running {
  const { course, audience, commit, tag } = version;
  const child = spawn(program, words, {
    cwd: '/',
    env: {
      PATH: process.env['PATH'],
      LANG: process.env['LANG'],
      F2GIT_COURSE: course,
      F2GIT_AUDIENCE: audience,
      F2GIT_COMMIT: commit,
      F2GIT_TAG: tag,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // a group of its own, so that what it started ends with it
    detached: true,
  });
  const output = tailOf([child.stdout, child.stderr]);
  const stop = (): void => {
    end(child.pid, 'SIGTERM');
    setTimeout(() => end(child.pid, 'SIGKILL'), GRACE_MS).unref();
  };
  const limit = setTimeout(stop, limitMs);
  const ended = new Promise<void>((resolve) => {
    child.on('error', ({ message }) => {
      log('warn', 'environment hook failed', { course, tag, detail: message });
      clearTimeout(limit);
      resolve();
    });
    child.on('close', (exit, signal) => {
      clearTimeout(limit);
      log(exit === 0 ? 'info' : 'warn', 'environment hook ended', {
        course,
        tag,
        exit: exit ?? signal,
        output: output(),
      });
      resolve();
    });
  });
  return { ended, stop };
}

/** The whole group: its number is the leader's. */
function end(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // it has ended by itself
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function tailOf(streams: readonly Readable[]): () => string {
  let tail = '';
  for (const stream of streams) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (tail = (tail + text).slice(-KEPT_CHARACTERS)));
  }
  return () => tail.trim();
}
