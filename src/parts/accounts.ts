/** Under which accounts the server runs when root starts it. */
import { execFile } from 'node:child_process';
import type { Config } from '../config.ts';
import { F2gitError } from '../errors.ts';
import type { PartName } from './orders.ts';

/** Who a server in parts runs as where the configuration names nobody. */
export const KEEPER = 'f2git';
const FRONT = 'f2git-front';

export interface ServiceAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export type Accounts = Readonly<Record<PartName, ServiceAccount>>;

/** Whether `config` is served in three parts: as root, wherever homes belong to people or an account is named. */
export function isInParts({ auth, user }: Config): boolean {
  return process.getuid?.() === 0 && (auth !== 'none' || user !== undefined);
}

/** @throws {F2gitError} `config-invalid` where one is missing, root's, or the same as the other */
export async function accountsOf({ user = KEEPER, frontUser = FRONT }: Config): Promise<Accounts> {
  const [keeper, front] = [await serviceAccount(user, 'user'), await serviceAccount(frontUser, 'front_user')];
  if (keeper.uid !== front.uid && keeper.gid !== front.gid) return { keeper, front };
  throw refused('front_user', 'must be another account than user, with another group');
}

/**
 * The account called `name`, which `key` of the configuration names.
 * @throws {F2gitError} `config-invalid` when there is none, or when it is root
 */
async function serviceAccount(name: string, key: string): Promise<ServiceAccount> {
  const line = await passwdLine(name);
  const [found, , uid = '', gid = '', , home = '/'] = line.split(':');
  if (found !== name) throw refused(key, `there is no account "${name}"; make it with: useradd --system ${name}`);
  if (Number(uid) === 0 || Number(gid) === 0) throw refused(key, `"${name}" has the rights of root`);
  return { name, uid: Number(uid), gid: Number(gid), home };
}

function refused(key: string, detail: string): F2gitError {
  return new F2gitError('config-invalid', { params: { key, detail } });
}

/** Empty when there is none (getent(1): status 2). */
function passwdLine(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('getent', ['passwd', '--', name], { encoding: 'utf8', timeout: 10_000 }, (error, out) => {
      if (error === null) resolve(out.split('\n')[0] ?? '');
      else if (error.code === 2) resolve('');
      else reject(new F2gitError('system-refused', { params: { program: 'getent' }, cause: error }));
    });
  });
}
