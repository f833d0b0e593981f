/**
 * One refresh of a course at a time, over processes and machines that share the data folder. The lock is a file
 * `held-<n>` whose number only grows: whoever makes the next number holds the course. It is taken over when its owner
 * is known to be dead, or gave no sign of life for half a minute by the waiting process's own clock.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../core/make-folder.ts';
import { F2gitError } from '../errors.ts';
import { readIfPresent, removeIfThere, sweepTemporaryFiles, systemCode, temporaryPath } from './durable-file.ts';

const HEARTBEAT_MS = 5_000;
const SILENCE_MS = 30_000;
const POLL_MS = 50;

export interface CourseLock {
  /** @throws {F2gitError} `repository-busy` when somebody took the lock over because this process seemed dead */
  assertHeld(): void;
  release(): void;
}

/** Takes the lock in `folder`, waiting as long as somebody alive holds it. @throws what `signal` was aborted with */
export async function acquireCourseLock(folder: string, signal?: AbortSignal): Promise<CourseLock> {
  const watch = watchForSilence();
  for (;;) {
    signal?.throwIfAborted();
    const lock = takeIfFree(folder, watch);
    if (lock !== undefined) return lock;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/**
 * Takes the lock in `folder` unless somebody alive holds it: then it gives undefined. Of a holder on another machine only
 * the heartbeat tells, which takes up to half a minute.
 * @throws what `signal` was aborted with
 */
export async function acquireUnlessHeld(folder: string, signal?: AbortSignal): Promise<CourseLock | undefined> {
  const watch = watchForSilence();
  const seesLife = watchForLife();
  for (;;) {
    signal?.throwIfAborted();
    const lock = takeIfFree(folder, watch);
    if (lock !== undefined) return lock;
    const top = highest(folder);
    if (top?.state === 'held' && seesLife(folder, top)) return undefined;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

function takeIfFree(folder: string, watch: (folder: string, mark: Mark) => boolean): CourseLock | undefined {
  try {
    makeFolder(folder, 0o700);
    const top = highest(folder);
    const isFree = top === undefined || top.state === 'free' || isDead(folder, top) || watch(folder, top);
    return isFree ? tryTake(folder, (top?.number ?? 0) + 1) : undefined;
  } catch (error) {
    // A first pull that came to nothing takes its folder away while others wait for it: they make it anew.
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

interface Mark {
  readonly state: 'held' | 'free';
  readonly number: number;
}

/** A claim that loses against a higher number withdraws, so that a slow process cannot revive an old number. */
function tryTake(folder: string, number: number): CourseLock | undefined {
  const name = join(folder, `held-${number}`);
  const draft = temporaryPath(folder);
  const token = randomBytes(8).toString('hex');
  try {
    fs.writeFileSync(draft, JSON.stringify({ version: 1, token, ...ownIdentity() }), { mode: 0o600 });
    fs.linkSync(draft, name);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    removeIfThere(draft);
  }
  if (marks(folder).some((mark) => mark.number > number || (mark.number === number && mark.state === 'free'))) {
    removeIfThere(name);
    return undefined;
  }
  for (const mark of marks(folder)) if (mark.number < number) removeIfThere(pathOf(folder, mark));
  sweepTemporaryFiles(folder);
  return heldLock(folder, number, token);
}

function heldLock(folder: string, number: number, token: string): CourseLock {
  const name = join(folder, `held-${number}`);
  const isOurs = (): boolean =>
    readIfPresent(name)?.includes(token) === true && (highest(folder)?.number ?? 0) === number;
  const beat = (): void => {
    // A lock that is gone was taken over; `assertHeld` says so before anything is switched.
    if (isOurs()) fs.utimesSync(name, new Date(), new Date());
  };
  // What a disk refuses now it may grant the next time; until then others only see that this process is silent.
  const heartbeat = setInterval(() => unlessRefused(beat), HEARTBEAT_MS);
  heartbeat.unref();
  return {
    assertHeld() {
      if (!isOurs()) throw new F2gitError('repository-busy');
    },
    release() {
      clearInterval(heartbeat);
      // a lock that cannot be given back is taken over as that of a process that ended
      unlessRefused(() => {
        if (isOurs()) fs.renameSync(name, join(folder, `free-${number}`));
      });
    },
  };
}

/** @throws what is no refusal of the system */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** Gives a function that says whether the same holder was seen without a heartbeat for `SILENCE_MS`. */
function watchForSilence(): (folder: string, mark: Mark) => boolean {
  let seen = '';
  let since = 0;
  return (folder, mark) => {
    const stat = fs.statSync(pathOf(folder, mark), { throwIfNoEntry: false });
    const here = `${mark.number} ${stat?.mtimeMs ?? ''}`;
    if (here !== seen) {
      seen = here;
      since = performance.now();
    }
    return performance.now() - since > SILENCE_MS;
  };
}

/** Gives a function that says whether a holder is known to live: a process here that runs, or a heartbeat that goes on. */
function watchForLife(): (folder: string, mark: Mark) => boolean {
  let first: { readonly number: number; readonly beat: number } | undefined;
  return (folder, mark) => {
    const beat = fs.statSync(pathOf(folder, mark), { throwIfNoEntry: false })?.mtimeMs;
    if (beat === undefined) return false;
    if (first?.number !== mark.number) first = { number: mark.number, beat };
    return lifeOf(folder, mark) === 'alive' || first.beat !== beat;
  };
}

function isDead(folder: string, mark: Mark): boolean {
  return lifeOf(folder, mark) === 'dead';
}

/** `unknown` unless the holder ran under the same kernel and process numbering, where we can see it. */
function lifeOf(folder: string, mark: Mark): 'alive' | 'dead' | 'unknown' {
  const bytes = readIfPresent(pathOf(folder, mark));
  const owner = bytes === undefined ? undefined : parseOwner(bytes.toString('utf8'));
  const own = ownIdentity();
  if (owner === undefined || owner.host !== own.host || own.boot === '' || owner.space !== own.space) return 'unknown';
  return owner.boot === own.boot && startTimeOf(owner.pid) === owner.started ? 'alive' : 'dead';
}

interface Owner {
  readonly host: string;
  /** Changes with every start of the kernel. */
  readonly boot: string;
  /** Process ids mean the same only within one namespace. */
  readonly space: string;
  readonly pid: number;
  /** In kernel ticks: tells a process from a later one with the same id. */
  readonly started: string;
}

function ownIdentity(): Owner {
  return {
    host: hostname(),
    boot: readKernel('/proc/sys/kernel/random/boot_id'),
    space: readLink('/proc/self/ns/pid'),
    pid: process.pid,
    started: startTimeOf(process.pid),
  };
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value = JSON.parse(text) as Partial<Owner>;
    const { host, boot, space, pid, started } = value;
    if (host === undefined || boot === undefined || space === undefined) return undefined;
    return pid === undefined || started === undefined ? undefined : { host, boot, space, pid, started };
  } catch {
    // A holder we cannot read is judged by its silence instead.
    return undefined;
  }
}

/** Field 22 of `/proc/<pid>/stat`; empty when there is no such process, or no `/proc`. */
function startTimeOf(pid: number): string {
  const stat = readKernel(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function readKernel(path: string): string {
  return readIfPresent(path)?.toString('latin1').trim() ?? '';
}

function readLink(path: string): string {
  try {
    return fs.readlinkSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function marks(folder: string): readonly Mark[] {
  return fs.readdirSync(folder).flatMap((name): Mark[] => {
    const match = /^(held|free)-(\d+)$/.exec(name);
    if (match === null) return [];
    return [{ state: match[1] === 'held' ? 'held' : 'free', number: Number(match[2]) }];
  });
}

function highest(folder: string): Mark | undefined {
  return marks(folder).reduce<Mark | undefined>(
    (top, mark) => (top === undefined || mark.number > top.number ? mark : top),
    undefined,
  );
}

function pathOf(folder: string, mark: Mark): string {
  return join(folder, `${mark.state}-${mark.number}`);
}
