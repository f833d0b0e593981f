/**
 * One run per workspace. The lease is a folder that appears whole (prepared beside, renamed into place), names its owner,
 * and is taken over without a person when the owner is dead. Losing it costs no work (every write is checked by
 * content); it keeps two runs from planning past each other.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE_FOLDER } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { ensureFolder, readOwnFile, removeTree } from './durable.ts';
import type { Home } from './home.ts';
import { isObject, parseJson } from './state.ts';
import { errnoOf } from './trouble.ts';

const LEASE = `${STATE_FOLDER}/lease`;
const OWNER = `${LEASE}/owner.json`;

const HEARTBEAT = 2000;
/** An owner elsewhere, whose life we cannot see, is dead when its heartbeat stands still for this long. */
const STANDSTILL = 20_000;
const POLL = 50;

/** What a process needs to be told from every other one, on any machine that has this home. */
export interface Owner {
  /** Processes with the same scope can see whether each other lives. */
  readonly scope: string;
  readonly pid: number;
  /** When the process started, in the words of its system: pids come again. */
  readonly start: string;
  /** Tells two runs of one process apart. */
  readonly token: string;
}

export interface Lease {
  /** Tells others that the owner lives; cheap, to be called often during long work. */
  beat(): void;
  /** @throws {F2gitError} `workspace-busy` when another run holds the workspace now */
  check(): void;
  release(): void;
}

/** The leases of this process: one that names it and is not among them belongs to a run that could not clean up. */
const held = new Set<string>();

/**
 * Waits for the workspace and takes it.
 * @param token 8 hexadecimal digits, unique to this run
 * @throws {F2gitError} `workspace-busy` when a living run does not let go within `patience` milliseconds; `cancelled`
 */
export async function takeLease(home: Home, token: string, patience: number, signal?: AbortSignal): Promise<Lease> {
  const owner = ownerOf(token);
  const since = Date.now();
  const watch = new Watch();
  while (!tryToTake(home, owner)) {
    if (signal?.aborted === true) throw new F2gitError('cancelled');
    if (watch.isDead(home)) {
      setAside(home, watch.token, token);
      continue;
    }
    if (Date.now() - since >= patience) throw new F2gitError('workspace-busy', { params: { workspace: home.root } });
    await sleep(POLL);
  }
  return new HeldLease(home, owner);
}

/** Takes away what dead or defeated takers left. Only the holder of the lease may call it. */
export function sweepLeases(home: Home): void {
  for (const name of home.list(STATE_FOLDER))
    if (name.startsWith('lease.')) removeTree(home, `${STATE_FOLDER}/${name}`);
}

class HeldLease implements Lease {
  private readonly home: Home;
  private readonly owner: Owner;
  private readonly inode: number | undefined;
  private readonly timer: NodeJS.Timeout;
  private beaten = Date.now();

  constructor(home: Home, owner: Owner) {
    this.home = home;
    this.owner = owner;
    this.inode = home.stat(OWNER)?.inode;
    this.timer = setInterval(() => this.beat(), HEARTBEAT);
    this.timer.unref();
    held.add(owner.token);
  }

  beat(): void {
    if (Date.now() - this.beaten < HEARTBEAT) return;
    this.beaten = Date.now();
    try {
      if (this.isMine()) this.home.touch(OWNER);
    } catch (error) {
      // A full disk or a lost folder: the next `check` before a write says so.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  check(): void {
    this.beat();
    if (!this.isMine()) throw new F2gitError('workspace-busy', { params: { workspace: this.home.root } });
  }

  release(): void {
    clearInterval(this.timer);
    held.delete(this.owner.token);
    try {
      if (this.isMine()) setAside(this.home, this.owner.token, this.owner.token);
    } catch (error) {
      // It stays behind, and the next run sees that nobody holds it.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  private isMine(): boolean {
    return this.inode !== undefined && this.home.stat(OWNER)?.inode === this.inode;
  }
}

/** Looks at one lease again and again, until it is known to be dead or changes hands. */
class Watch {
  token: string | undefined;
  private heartbeat = 0;
  private since = 0;

  isDead(home: Home): boolean {
    const owner = readOwner(home);
    const heartbeat = home.stat(OWNER)?.modified ?? home.stat(LEASE)?.modified ?? 0;
    // Not the heartbeat's age counts, only that it stands still: the home's clock may not be ours.
    if (owner?.token !== this.token || heartbeat !== this.heartbeat) this.since = Date.now();
    this.token = owner?.token;
    this.heartbeat = heartbeat;
    if (owner?.scope === scope()) return !isAlive(owner);
    return Date.now() - this.since > STANDSTILL;
  }
}

/** Gives whether the lease is ours now. It appears with its owner in it, so nobody ever sees it half made. */
function tryToTake(home: Home, owner: Owner): boolean {
  if (home.stat(LEASE) !== undefined) return false;
  const prepared = `${LEASE}.${owner.token}`;
  ensureFolder(home, prepared);
  try {
    const fd = home.create(`${prepared}/owner.json`, false);
    try {
      home.write(fd, Buffer.from(JSON.stringify(owner)));
    } finally {
      home.close(fd);
    }
    home.rename(prepared, LEASE);
    return true;
  } catch (error) {
    removeTree(home, prepared);
    // Another run was faster, or swept our preparation away.
    if (['EEXIST', 'ENOTEMPTY', 'ENOENT'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Moves the lease with this token out of the way and takes it apart.
 * RACE: between the look and the rename another taker may have set up its own; then it is put back, and if even that
 * comes too late its owner stops before its next write.
 */
function setAside(home: Home, token: string | undefined, by: string): void {
  if (readOwner(home)?.token !== token) return;
  const aside = `${LEASE}.${by}`;
  removeTree(home, aside);
  try {
    home.rename(LEASE, aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  if (ownerIn(home, `${aside}/owner.json`)?.token !== token && home.stat(LEASE) === undefined)
    home.rename(aside, LEASE);
  else removeTree(home, aside);
}

function readOwner(home: Home): Owner | undefined {
  return ownerIn(home, OWNER);
}

function ownerIn(home: Home, path: string): Owner | undefined {
  const bytes = readOwnFile(home, path);
  const owner = bytes === undefined ? undefined : parseJson(bytes);
  if (!isObject(owner)) return undefined;
  const { scope: where, pid, start, token } = owner;
  const isOwner = typeof where === 'string' && typeof start === 'string' && typeof token === 'string';
  return isOwner && Number.isSafeInteger(pid) && (pid as number) > 0
    ? { scope: where, pid: pid as number, start, token }
    : undefined;
}

function isAlive(owner: Owner): boolean {
  if (startOf(owner.pid) !== owner.start) return false;
  return owner.pid !== process.pid || held.has(owner.token);
}

function ownerOf(token: string): Owner {
  return { scope: scope(), pid: process.pid, start: startOf(process.pid) ?? '', token };
}

/** Host, boot and process namespace: containers share the first two and still cannot see each other's processes. */
function scope(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // No /proc: a laptop that is not Linux. Its host name is all there is to tell.
    return hostname();
  }
}

/** When a living process started; undefined when there is none with this pid. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The 22nd field; the 2nd is a name in brackets that may hold blanks and brackets. A zombie runs no more.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return process.platform === 'linux' ? undefined : livingWithoutProc(pid);
  }
}

function livingWithoutProc(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    // Another user's process lives too.
    return errnoOf(error) === 'EPERM' ? '' : undefined;
  }
}
