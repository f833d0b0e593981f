/**
 * Starts an agent's process as the student. `setpriv` does what Node cannot: supplementary groups (a home may be reached
 * through a project's group), no way back to more rights, and an end together with the process that started it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { F2gitError } from '../errors.ts';
import type { SystemUser } from '../hub/system-user.ts';
import type { Placer, PlacerEnd } from './conversation.ts';

/** Where the agent's program is, and what is started with it. */
export interface PlacerProgram {
  /** The built `agent.js`; every student must be able to read it, and the way to it. */
  readonly path: string;
}

/** `spawn` looks `setpriv` up here, and Node needs it for nothing. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Of what a process says as it fails, the end tells why. Characters. */
const MOST_SAID = 2_000;

/**
 * Starts the process. This one must be allowed to change uids, and must call it on its main thread: the death signal
 * follows the thread that forks.
 * @throws {F2gitError} `system-refused` when the system starts no more processes
 */
export async function startPlacer(user: SystemUser, program: PlacerProgram): Promise<Placer> {
  const rights = [`--reuid=${user.name}`, `--regid=${user.gid}`, '--init-groups'];
  const limits = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--pdeathsig=KILL'];
  const command = [process.execPath, program.path];
  const child = spawn('setpriv', [...rights, ...limits, '--', ...command], {
    cwd: '/',
    // as many threads as files are made durable at once
    env: { PATH, LANG: 'C.UTF-8', UV_THREADPOOL_SIZE: '16' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const gone = endOf(child);
  await begun(child);
  return {
    // the fourth descriptor is a socket, both ways
    stream: child.stdio[3] as Duplex,
    gone,
    kill: () => void child.kill('SIGKILL'),
  };
}

function begun(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(new F2gitError('system-refused', { params: { program: 'setpriv' }, cause: error })),
    );
  });
}

function endOf(child: ChildProcess): Promise<PlacerEnd> {
  let said = '';
  // the third descriptor is a pipe
  const errors = child.stderr as Readable;
  errors.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-MOST_SAID)));
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, said }));
    child.once('error', () => resolve({ code: null, signal: null, said }));
  });
}
