/**
 * From the hub's name of a person to the name of their account on this machine. Two people never share an account:
 * where that is not certain, nobody gets in (KubeSpawner once gave two users one volume: CVE-2020-15110).
 */
import { createHash } from 'node:crypto';
import { F2gitError } from '../errors.ts';

/** How a hub names accounts: as it names people (LocalProcessSpawner), or as The Littlest JupyterHub does. */
export const accountRules = ['same', 'tljh'] as const;
export type AccountRule = (typeof accountRules)[number];

/** TLJH keeps its names below the 32 characters of `useradd` (tljh/normalize.py). */
const TLJH_LONGEST = 25;
const TLJH_KEPT = 26;
const TLJH_HASH = 5;

/**
 * The account of the hub's user `name`.
 * @throws {F2gitError} `account-refused` when no account may have that name
 */
export function accountOf(name: string, rule: AccountRule): string {
  if (!isAccountName(name)) throw refused(name, 'accounts have no such names');
  if (rule === 'same') return name;
  const full = `jupyter-${name}`;
  if (full.length <= TLJH_LONGEST) return full;
  const digest = createHash('sha256').update(full).digest('hex');
  return `${full.slice(0, TLJH_KEPT)}-${digest.slice(0, TLJH_HASH)}`;
}

/** Whether the account's name alone says whose it is. What is left of a long name with 20 bits of a hash does not. */
export function isCertain(name: string, rule: AccountRule): boolean {
  return rule === 'same' || `jupyter-${name}`.length <= TLJH_LONGEST;
}

/**
 * As `useradd` and directories name people. Never a number, which would be taken for a uid, and nothing that means more
 * than a name in a path.
 */
function isAccountName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,63}$/.test(text) && !/^[0-9]+$/.test(text) && !text.includes('..');
}

/** `detail` says why, in words for whoever looks after the hub. */
export function refused(name: string, detail: string): F2gitError {
  return new F2gitError('account-refused', { params: { user: name.slice(0, 64), detail } });
}
