/** What a command of the command line is given, and what it gives. */
import type { Invocation } from './arguments.ts';
import type { Terminal } from './terminal.ts';

/** Everything a command may use of the world it was started in. */
export interface Shell {
  readonly terminal: Terminal;
  /** The folder the person is in. */
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
}

/** A command: gives the exit code of DESIGN 8, or throws F2gitError. */
export type Command = (invocation: Invocation, shell: Shell) => Promise<number>;
