/** What runs on this machine, as `/proc` has it. */
import { readdirSync, readFileSync } from 'node:fs';

/** The living processes of an account; what has ended and waits to be noticed is none. */
export function processesOf({ uid }: { readonly uid: number }): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const status = statusOf(pid);
      return new RegExp(`^Uid:\\s+${uid}\\s`, 'm').test(status) && !/^State:\s+Z/m.test(status);
    });
}

/** Empty when it is gone. */
export function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // it ended while we looked
    return '';
  }
}
