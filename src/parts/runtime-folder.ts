/**
 * Where the sockets between the parts lie. Who may reach which is decided by the folders: the front reaches the keeper,
 * the keeper reaches the launcher, and nobody else reaches either.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { PartName } from './orders.ts';
import type { ServiceAccount } from './accounts.ts';

export interface RuntimeFolder {
  /** The keeper's socket; it makes it itself. */
  readonly keeper: string;
  /** The launcher's socket. */
  readonly launcher: string;
  remove(): void;
}

/** A folder of this process in `base`; those of servers that were killed go. */
export function openRuntimeFolder(base: string, accounts: Readonly<Record<PartName, ServiceAccount>>): RuntimeFolder {
  sweep(base);
  const folder = fs.mkdtempSync(join(base, `f2git-${process.pid}-`));
  fs.chmodSync(folder, 0o711);
  const { keeper, front } = accounts;
  makeDoor(join(folder, 'keeper'), keeper.uid, front.gid);
  makeDoor(join(folder, 'launcher'), 0, keeper.gid);
  return {
    keeper: join(folder, 'keeper', 'socket'),
    launcher: join(folder, 'launcher', 'socket'),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** A folder that its owner may write to, and that `group` may pass through. */
function makeDoor(path: string, owner: number, group: number): void {
  fs.mkdirSync(path, { mode: 0o700 });
  fs.chownSync(path, owner, group);
  fs.chmodSync(path, 0o710);
}

function sweep(base: string): void {
  for (const name of fs.readdirSync(base)) {
    const pid = /^f2git-(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid === undefined || fs.existsSync(`/proc/${pid}`)) continue;
    fs.rmSync(join(base, name), { recursive: true, force: true });
  }
}
