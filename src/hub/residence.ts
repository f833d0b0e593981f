/** Where a person lives on this machine: their account and its home, or a reason why nobody can say. */
import { F2gitError } from '../errors.ts';
import type { AccountBook } from './account-book.ts';
import { accountOf, isCertain, type AccountRule } from './account.ts';
import { findSystemUser, type SystemUser } from './system-user.ts';

export interface Residences {
  /** An absolute path in which `{user}` stands for the account. */
  readonly homes: string;
  readonly accounts: AccountRule;
  readonly book: AccountBook;
}

/**
 * Whether the home is there only its owner may be able to see: the agent says so when it enters it.
 * @throws {F2gitError} `account-refused`, `home-missing` without an account, `system-refused`
 */
export async function residenceOf(
  { name }: { readonly name: string },
  { homes, accounts, book }: Residences,
): Promise<{ readonly user: SystemUser; readonly home: string }> {
  const account = accountOf(name, accounts);
  if (!isCertain(name, accounts)) book.claim(name, account);
  const home = homes.replace('{user}', () => account);
  const user = await findSystemUser(account);
  if (user === undefined) throw new F2gitError('home-missing');
  return { user, home };
}
