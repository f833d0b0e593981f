/** Takes away accounts of this machine that a test made. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How long what a student ran may take to end by itself, in milliseconds: a notebook's kernel outlives its server. */
const PATIENCE_MS = 10_000;

/** Ends what still runs under the account, and takes it away. @throws when it stays, with what `userdel` said */
export async function removeAccount(name: string): Promise<void> {
  const uid = Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }));
  const endsAt = Date.now() + PATIENCE_MS;
  while (processesOf(uid).length > 0 && Date.now() < endsAt) await delay(50);
  for (const pid of processesOf(uid)) endProcess(pid);
  while (processesOf(uid).length > 0 && Date.now() < endsAt + PATIENCE_MS) await delay(50);
  execFileSync('userdel', [name], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The numbers of this account's processes; not of those that ended, which hold nothing. */
function processesOf(uid: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isRunningAs(uid, pid));
}

function isRunningAs(uid: number, pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return !/^State:\s+[ZX]/m.test(status) && new RegExp(`^Uid:\\s+${uid}\\s`, 'm').test(status);
  } catch {
    // it ended meanwhile
    return false;
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}
