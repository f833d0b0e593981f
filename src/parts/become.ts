/** Commands beside a server in parts: what they write in its data folder must be the keeper's own. */
import { execFileSync } from 'node:child_process';
import type { Config } from '../config.ts';
import { KEEPER, isInParts } from './accounts.ts';

/**
 * Gives up the rights of root for those of the keeper, for good, where `serve` would. Without such an account there is no
 * server in parts, and nothing of its to spoil.
 */
export function becomeKeeper(config: Config): void {
  if (!isInParts(config)) return;
  const name = config.user ?? KEEPER;
  const group = groupOf(name);
  if (group === undefined) return;
  const rights = process as unknown as Rights;
  rights.initgroups(name, group);
  rights.setgid(group);
  rights.setuid(name);
}

/** What Node has wherever there is a root (process.initgroups is in no types). */
interface Rights {
  initgroups(user: string, group: number): void;
  setgid(group: number): void;
  setuid(user: string): void;
}

/** Undefined when there is no such account. */
function groupOf(name: string): number | undefined {
  try {
    return Number(execFileSync('id', ['-g', '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    // id(1) ends with 1 for a name nobody has
    return undefined;
  }
}
