/**
 * The keeper: holds credentials, network and hidden repositories, and answers all requests the front hands on. Into homes
 * it has no way but the processes the launcher starts for it.
 */
import { dirname } from 'node:path';
import { availableParallelism } from 'node:os';
import { createProcessAgent } from '../agent/process-agent.ts';
import { parseConfig } from '../config.ts';
import { openAccountBook } from '../hub/account-book.ts';
import { residenceOf } from '../hub/residence.ts';
import { accountsFolder } from '../repo/data-folder.ts';
import { startServer, type RunningServer } from '../server.ts';
import { createLog } from '../web/log.ts';
import { askLauncher } from './launcher-client.ts';
import type { KeeperOrder } from './orders.ts';
import { identityOfFront, onlyFromFront } from './visitor.ts';

/** Students who are served at the same moment: homes may be slow, and a process takes some 60 MB while it runs. */
const PROCESSES = Math.max(4, 4 * availableParallelism());

/** A person may be in any number of groups that a hub can tell of in one answer: 1 MB, and a third more as a header. */
const MOST_HEADER_BYTES = 2 * 1024 * 1024;

/** @throws {F2gitError} as `parseConfig` and `startServer` */
export function startKeeper(order: KeeperOrder, environment: NodeJS.ProcessEnv): Promise<RunningServer> {
  const { file, text, prefix, socket, launcher, frontWord, launcherWord } = order;
  const config = { ...parseConfig(text, { file, folder: dirname(file), environment }), prefix };
  const { homes, auth, data } = config;
  const accounts = auth === 'none' ? 'same' : config.accounts;
  const residences = { homes, accounts, book: openAccountBook(accountsFolder(data)) };
  const now = (): Date => new Date();
  const log = createLog((line) => process.stderr.write(line), now);
  const agent = createProcessAgent({
    start: (user) => askLauncher(launcher, launcherWord, user),
    residenceOf: (person) => residenceOf(person, residences),
    size: PROCESSES,
    log,
  });
  return startServer(config, {
    now,
    log,
    agent,
    // only the front’s group gets as far as this socket, its folder says so; and of that, the front alone
    place: { kind: 'unix', path: socket, mode: 0o666, headerBytes: MOST_HEADER_BYTES },
    gate: (answer) => onlyFromFront(answer, frontWord),
    identity: (own) => identityOfFront(own, prefix),
  });
}
