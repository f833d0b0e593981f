/** Real accounts of this machine with homes of their own, for tests that run as root; gone after the tests. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SystemUser } from '../../../src/hub/system-user.ts';
import { findSystemUser } from '../../../src/hub/system-user.ts';
import { removeAccount } from '../../support/accounts.ts';

/** Whether this process may make accounts; where not, the tests that need them are skipped by name. */
export const mayMakeAccounts = process.getuid?.() === 0;

export interface Student extends SystemUser {
  /** Runs a program as this student and gives what it writes. */
  run(program: string, ...args: readonly string[]): string;
}

const made: { readonly kind: 'user' | 'group'; readonly name: string }[] = [];
let count = 0;

/** A new account, still without a home. `groups` are further groups it is in. */
export async function makeStudent(groups: readonly string[] = []): Promise<Student> {
  const name = `f2gt${process.pid}x${(count += 1)}`;
  const home = `/nonexistent/${name}`;
  const further = groups.length === 0 ? [] : ['--groups', groups.join(',')];
  execFileSync('useradd', ['--no-create-home', '--home-dir', home, '--user-group', ...further, name]);
  made.push({ kind: 'user', name });
  const user = await findSystemUser(name);
  if (user === undefined) throw new Error(`no account ${name}`);
  return { ...user, run: (program, ...args) => runAs(user, program, args) };
}

/** The same student with a new home in `folder`, mode 0750. */
export function settle(student: Student, folder: string): Student {
  const home = join(folder, student.name);
  mkdirSync(home);
  chownSync(home, student.uid, student.gid);
  chmodSync(home, 0o750);
  return { ...student, home };
}

/** A new account as services have them; gives its name. */
export function makeServiceAccount(): string {
  const name = `f2gt${process.pid}s${(count += 1)}`;
  execFileSync('useradd', ['--system', '--user-group', name]);
  made.push({ kind: 'user', name });
  return name;
}

/** A new group; gives its name. */
export function makeGroup(): string {
  const name = `f2gt${process.pid}g${(count += 1)}`;
  execFileSync('groupadd', [name]);
  made.push({ kind: 'group', name });
  return name;
}

/** Takes away what was made, the newest first. */
export async function removeAccounts(): Promise<void> {
  for (const { kind, name } of made.splice(0).reverse()) {
    if (kind === 'user') await removeAccount(name);
    else execFileSync('groupdel', [name]);
  }
}

function runAs(user: SystemUser, program: string, args: readonly string[]): string {
  const rights = [`--reuid=${user.name}`, `--regid=${user.gid}`, '--init-groups'];
  return execFileSync('setpriv', [...rights, '--', program, ...args], { encoding: 'utf8', cwd: '/' });
}
