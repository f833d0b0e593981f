/**
 * The one part with rights over accounts. All it does: the keeper names an account, and gets a connection to a new process of the agent under that account. It never looks at what goes over the connection.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Placer } from '../agent/conversation.ts';
import { startPlacer } from '../agent/start-placer.ts';
import type { Log } from '../core/log.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import { findSystemUser, type SystemUser } from '../hub/system-user.ts';
import { readLine, sendLine } from './line.ts';
import { isWatchword } from './watchword.ts';

export interface LauncherOptions {
  /** Where it listens. */
  readonly path: string;
  /** By which it knows the keeper. */
  readonly word: string;
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
/** The keeper's word and the name of an account. */
const MOST_LINE_BYTES = 400;
/** The keeper asks at once. */
const ASKING_MS = 10_000;
/** Connections of which nobody knows yet whose they are; for one more, the one that is silent longest ends. */
const MOST_ASKING = 256;
/** Strangers are told of this often, however often they come. */
const STRANGERS_EVERY_MS = 60_000;
/** What a process may take to end when nobody listens to it any more: the file it writes is finished. */
const LAST_MS = 5_000;

/** @throws the system's error when it cannot listen there */
export async function openLauncher(options: LauncherOptions): Promise<Launcher> {
  const open = new Map<Socket, Promise<void>>();
  const processes = new Set<Socket>();
  const hall = { asking: new Set<Socket>(), noteStranger: strangersNote(options.log) };
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    open.set(
      socket,
      serve(socket, options, { ...hall, processes }).finally(() => open.delete(socket)),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.path, resolve));
  // the folder it lies in says who may reach it
  chmodSync(options.path, 0o666);
  return {
    close: async () => {
      server.close();
      for (const socket of open.keys()) socket.destroy();
      await Promise.all(open.values());
    },
  };
}

/** Who is at the door, and what came of it. */
interface Hall {
  readonly asking: Set<Socket>;
  readonly noteStranger: () => void;
  readonly processes: Set<Socket>;
}

async function serve(socket: Socket, options: LauncherOptions, hall: Hall): Promise<void> {
  const { processes } = hall;
  const name = await accountAsked(socket, options, hall);
  if (name === undefined) {
    socket.destroy();
    return;
  }
  try {
    if (processes.size >= MOST_PROCESSES) throw new F2gitError('server-busy');
    processes.add(socket);
    const placer = await startPlacer(await studentCalled(name, options), { path: options.program });
    sendLine(socket, { started: true });
    await attend(placer, socket, options.log);
  } catch (error) {
    const { code, params } = asF2gitError(error);
    if (code !== 'part-failed') options.log('warn', 'no agent process', { code, params });
    if (socket.writable) sendLine(socket, { refused: code });
  } finally {
    processes.delete(socket);
    socket.end();
  }
}

/** Undefined when it is not the keeper who asks, or nothing is asked: members of its group get no answer. */
async function accountAsked(
  socket: Socket,
  { word }: LauncherOptions,
  { asking, noteStranger }: Hall,
): Promise<string | undefined> {
  asking.add(socket);
  const [longest] = asking;
  if (asking.size > MOST_ASKING && longest !== undefined) {
    asking.delete(longest);
    longest.destroy();
  }
  const late = setTimeout(() => socket.destroy(), ASKING_MS);
  try {
    const asked = (await readLine(socket, MOST_LINE_BYTES)) as {
      readonly word?: unknown;
      readonly user?: unknown;
    } | null;
    if (isWatchword(asked?.word, word)) return String(asked?.user);
  } catch (error) {
    if (asF2gitError(error).code !== 'part-failed') throw error;
  } finally {
    clearTimeout(late);
    asking.delete(socket);
  }
  noteStranger();
  return undefined;
}

function strangersNote(log: Log): () => void {
  let times = 0;
  let last = -Infinity;
  return () => {
    times += 1;
    const now = performance.now();
    if (now - last < STRANGERS_EVERY_MS) return;
    log('warn', 'stranger at the launcher', { times });
    last = now;
    times = 0;
  };
}

/** @throws {F2gitError} `home-missing`, `account-refused` */
async function studentCalled(name: string, { reserved }: LauncherOptions): Promise<SystemUser> {
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
