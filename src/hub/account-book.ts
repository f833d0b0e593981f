/**
 * Who has an account whose name does not say so: of a long name, The Littlest JupyterHub keeps 26 characters and 20 bits
 * of a hash, and a second person can be named to meet them. The first who comes keeps it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfPresent, writeFileDurably } from '../repo/durable-file.ts';
import { refused } from './account.ts';

export interface AccountBook {
  /** @throws {F2gitError} `account-refused` when the account is somebody else's */
  claim(name: string, account: string): void;
}

/** Kept in `folder`: one small file for each such account, with a digest of its owner's name. */
export function openAccountBook(folder: string): AccountBook {
  return {
    claim(name, account) {
      const owner = createHash('sha256').update(name).digest('hex');
      const path = join(folder, account);
      const known = readIfPresent(path)?.toString();
      if (known === owner) return;
      if (known !== undefined) throw refused(name, 'their account is somebody else’s already');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileDurably(path, owner, 0o600);
    },
  };
}
