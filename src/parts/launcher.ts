/**
 * The one part with rights over accounts. All it does: whoever may reach its socket names an account, and gets a
 * connection to a new process of the agent under that account. It never looks at what goes over the connection.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Placer } from '../agent/conversation.ts';
import { startPlacer } from '../agent/start-placer.ts';
import type { Log } from '../core/log.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import { findSystemUser, type SystemUser } from '../hub/system-user.ts';
import { readLine, sendLine } from './line.ts';

export interface LauncherOptions {
  /** Where it listens. Who may ask is decided by who may reach this path. */
  readonly path: string;
  /** The built `agent.js`. */
  readonly program: string;
  /** Accounts that are no student's although they look like one: the server's own. */
  readonly reserved: ReadonlySet<number>;
  readonly log: Log;
}

export interface Launcher {
  /** Starts nothing more; resolves when every process is gone. */
  close(): Promise<void>;
}

/** Processes at once, whatever has become of the keeper. */
const MOST_PROCESSES = 512;
/** The name of an account. */
const MOST_LINE_BYTES = 300;
/** What a process may take to end when nobody listens to it any more: the file it writes is finished. */
const LAST_MS = 5_000;

/** @throws the system's error when it cannot listen there */
export async function openLauncher(options: LauncherOptions): Promise<Launcher> {
  const running = new Map<Socket, Promise<void>>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    running.set(
      socket,
      serve(socket, options, running.size).finally(() => running.delete(socket)),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.path, resolve));
  // the folder it lies in says who may reach it
  chmodSync(options.path, 0o666);
  return {
    close: async () => {
      server.close();
      for (const socket of running.keys()) socket.destroy();
      await Promise.all(running.values());
    },
  };
}

async function serve(socket: Socket, options: LauncherOptions, running: number): Promise<void> {
  try {
    if (running >= MOST_PROCESSES) throw new F2gitError('server-busy');
    const user = await accountAsked(socket, options);
    const placer = await startPlacer(user, { path: options.program });
    sendLine(socket, { started: true });
    await attend(placer, socket, options.log);
  } catch (error) {
    const { code, params } = asF2gitError(error);
    if (code !== 'part-failed') options.log('warn', 'no agent process', { code, params });
    if (socket.writable) sendLine(socket, { refused: code });
  } finally {
    socket.end();
  }
}

async function accountAsked(socket: Socket, { reserved }: LauncherOptions): Promise<SystemUser> {
  const asked = await readLine(socket, MOST_LINE_BYTES);
  const name = typeof asked === 'object' && asked !== null && 'user' in asked ? String(asked.user) : '';
  const user = await findSystemUser(name);
  if (user === undefined) throw new F2gitError('home-missing');
  if (reserved.has(user.uid)) throw new F2gitError('account-refused', { params: { user: name } });
  return user;
}

/** Connects the two ends until the process is gone. */
async function attend(placer: Placer, socket: Socket, log: Log): Promise<void> {
  const { stream } = placer;
  stream.on('error', () => stream.destroy());
  let last: NodeJS.Timeout | undefined;
  const leave = (): void => {
    stream.end();
    last ??= setTimeout(() => placer.kill(), LAST_MS);
  };
  socket.on('end', leave).on('close', leave);
  if (socket.destroyed) leave();
  socket.pipe(stream, { end: false });
  stream.pipe(socket, { end: false });
  const end = await placer.gone;
  clearTimeout(last);
  if (end.code !== 0) log('warn', 'agent process ended', { ...end });
}
