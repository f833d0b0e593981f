/** The program of a part of the server, started by the supervisor alone: `server-part.js keeper|front`. */
import { Socket } from 'node:net';
import { packError } from '../agent/sent-error.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import type { RunningServer } from '../server.ts';
import { startFront } from './front.ts';
import { startKeeper } from './keeper.ts';
import { readLine, sendLine } from './line.ts';
import type { FrontOrder, KeeperOrder, PartAnswer } from './orders.ts';

/** The descriptor the supervisor leaves a part, both ways. It ends with the supervisor. */
const PIPE = 3;

async function main(name: string | undefined): Promise<void> {
  const supervisor = new Socket({ fd: PIPE, readable: true, writable: true });
  // its end is heard below
  supervisor.on('error', () => undefined);
  const tell = (answer: PartAnswer): void => sendLine(supervisor, answer);
  try {
    const running = await start(name, await readLine(supervisor));
    const stop = (): void => void running.close().then(() => process.exit(0));
    process.once('SIGTERM', stop).once('SIGINT', stop);
    supervisor.on('close', stop).resume();
    const { url, linksKey } = running;
    tell({ url, ...(linksKey === undefined ? {} : { linksKey }) });
  } catch (error) {
    tell({ failed: packError(asF2gitError(error)) });
    supervisor.end(() => process.exit(1));
  }
}

function start(name: string | undefined, order: unknown): Promise<RunningServer> {
  // the supervisor has more rights than this process: believed
  if (name === 'keeper') return startKeeper(order as KeeperOrder, process.env);
  if (name === 'front') return startFront(order as FrontOrder);
  throw new F2gitError('bug', { params: { detail: `no part of the server: "${name ?? ''}"` } });
}

void main(process.argv[2]);
