/** One part of the server as a child process under an account of its own. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { parseError } from '../agent/sent-error.ts';
import { F2gitError } from '../errors.ts';
import { readLine, sendLine } from './line.ts';
import type { PartBegun, PartName } from './orders.ts';
import type { ServiceAccount } from './accounts.ts';

export interface PartOptions {
  readonly name: PartName;
  /** The built `server-part.js`. */
  readonly program: string;
  readonly account: ServiceAccount;
  /** Whether it belongs to the account's further groups, as to read a secret of theirs. */
  readonly withGroups: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly order: unknown;
}

export interface RunningPart {
  /** What it said of itself as it began. */
  readonly begun: PartBegun;
  /** Resolves when it is gone, wanted or not. */
  readonly gone: Promise<PartEnd>;
  /** Asks it to stop. */
  stop(): void;
  kill(): void;
}

export interface PartEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** How long a part may take to begin: it may have to mend a repository first. */
const START_MS = 60_000;

/** @throws {F2gitError} why the part could not begin; `system-refused` when there is no such program */
export async function startPart({ name, program, account, ...rest }: PartOptions): Promise<RunningPart> {
  const { withGroups, environment, order } = rest;
  const groups = withGroups ? '--init-groups' : '--clear-groups';
  const rights = [`--reuid=${account.name}`, `--regid=${account.gid}`, groups];
  const limits = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--pdeathsig=TERM'];
  const child = spawn('setpriv', [...rights, ...limits, '--', process.execPath, program, name], {
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const gone = new Promise<PartEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  // the fourth descriptor is a socket, both ways
  const pipe = child.stdio[3] as Socket;
  pipe.on('error', () => pipe.destroy());
  sendLine(pipe, order);
  const late = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    const begun = beginningIn(await readLine(pipe));
    pipe.resume();
    return { begun, gone, stop: () => void child.kill('SIGTERM'), kill: () => void child.kill('SIGKILL') };
  } catch (error) {
    child.kill('SIGKILL');
    await gone;
    throw error;
  } finally {
    clearTimeout(late);
  }
}

function beginningIn(answer: unknown): PartBegun {
  if (typeof answer !== 'object' || answer === null) throw new F2gitError('part-failed');
  if ('failed' in answer) throw parseError(answer.failed);
  if (!('url' in answer)) throw new F2gitError('part-failed');
  const linksKey = 'linksKey' in answer ? { linksKey: String(answer.linksKey) } : {};
  return { url: String(answer.url), ...linksKey };
}
