/** Asks the launcher for an agent's process. */
import { connect, type Socket } from 'node:net';
import type { Placer } from '../agent/conversation.ts';
import { F2gitError, isErrorCode } from '../errors.ts';
import type { SystemUser } from '../hub/system-user.ts';
import { readLine, sendLine } from './line.ts';

/** `word` is the keeper's. @throws {F2gitError} `account-refused`, `home-missing`, `server-busy`, `system-refused`; `part-failed` without a launcher */
export async function askLauncher(path: string, word: string, { name }: SystemUser): Promise<Placer> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.on('error', () => socket.destroy());
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  sendLine(socket, { word, user: name });
  const answer = await readLine(socket);
  if (!isObject(answer) || answer['started'] !== true) throw refusal(socket, answer);
  return {
    stream: socket,
    // how it ended is in the launcher's log
    gone: gone.then(() => ({ code: 0, signal: null, said: '' })),
    // the launcher gives it a moment, then kills it
    kill: () => socket.end(),
  };
}

function refusal(socket: Socket, answer: unknown): F2gitError {
  socket.destroy();
  const code = isObject(answer) ? String(answer['refused']) : '';
  return new F2gitError(isErrorCode(code) ? code : 'part-failed');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
