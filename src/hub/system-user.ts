/** The accounts of this machine, as its name service knows them (files, LDAP, SSSD): asked through `getent`. */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { F2gitError, systemErrorName } from '../errors.ts';
import { refused } from './account.ts';

/** An account that may be a student's. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** As the name service says; where workspaces live is the configuration's business. */
  readonly home: string;
}

/** Below are root and the machine's own services (login.defs, UID_MIN); `nobody` is far above. */
const FIRST_PERSON = 1000;
const NOBODY = 65_534;

/** A directory that does not answer costs a click no more. */
const LOOK_UP_MS = 10_000;

/**
 * The account called exactly `account`; undefined when there is none (a hub may make it with the first server).
 * @throws {F2gitError} `account-refused` when it is no person's; `system-refused` when the name service cannot be asked
 */
export async function findSystemUser(account: string, signal?: AbortSignal): Promise<SystemUser | undefined> {
  const line = await passwdLine(account, signal);
  return line === undefined ? undefined : personIn(line, account);
}

/**
 * The person in a line of `passwd(5)` that was found for `account`. A name service that takes a number for a uid or
 * folds case may answer with somebody else's line.
 * @throws {F2gitError} `account-refused`
 */
export function personIn(line: string, account: string): SystemUser {
  const [name = '', , uidText = '', gidText = '', , home = ''] = line.split(':');
  const [uid, gid] = [uidText, gidText].map((text) => (/^\d{1,10}$/.test(text) ? Number(text) : Number.NaN));
  if (name !== account) throw refused(account, 'the machine knows it by another name');
  if (uid === undefined || gid === undefined || Number.isNaN(uid + gid)) throw refused(account, 'it has no uid');
  if (uid < FIRST_PERSON || uid === NOBODY) throw refused(account, 'it is an account of the machine itself');
  return { name, uid, gid, home };
}

/**
 * Whether `home` is there, and theirs, as far as this process can see.
 * @throws {F2gitError} `account-refused` when it is somebody else's; `workspace-unwritable` when it cannot be looked at
 */
export async function isHomeThere(home: string, user: SystemUser): Promise<boolean> {
  try {
    const found = await stat(home);
    if (!found.isDirectory()) throw refused(user.name, 'the home is no folder');
    if (found.uid !== user.uid) throw refused(user.name, 'the home belongs to somebody else');
    return true;
  } catch (error) {
    if (error instanceof F2gitError) throw error;
    const errno = systemErrorName(error) ?? '';
    if (errno === 'ENOENT') return false;
    // behind a folder that is only open to a group of theirs: they will see
    if (errno === 'EACCES') return true;
    throw new F2gitError('workspace-unwritable', { params: { path: home, errno }, cause: error });
  }
}

/** getent(1): 0 found, 2 not found; anything else is trouble. */
function passwdLine(account: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const options = { encoding: 'utf8', timeout: LOOK_UP_MS, maxBuffer: 64 * 1024, ...(signal && { signal }) } as const;
  return new Promise((resolve, reject) => {
    execFile('getent', ['passwd', '--', account], { ...options, env: { PATH: process.env['PATH'] } }, (error, out) => {
      if (error === null) resolve(out.split('\n')[0] ?? '');
      else if (error.code === 2) resolve(undefined);
      else if (signal?.aborted === true) reject(new F2gitError('cancelled', { cause: error }));
      else reject(new F2gitError('system-refused', { params: { program: 'getent' }, cause: error }));
    });
  });
}
