/**
 * The program's commands in this very process: the run that follows a disturbance needs no process of its own, and
 * starting one takes ten times as long as the run.
 */
import { Writable } from 'node:stream';
import { readArguments } from '../../src/cli/arguments.ts';
import { pull } from '../../src/cli/pull.ts';
import { sync } from '../../src/cli/course-commands.ts';
import type { Command } from '../../src/cli/shell.ts';
import { take } from '../../src/cli/take.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { undo } from '../../src/cli/workspace-commands.ts';
import { asF2gitError } from '../../src/errors.ts';
import type { Ended } from './program.ts';

const commands: Readonly<Record<string, Command>> = { pull, sync, take, undo };

/** Whether the command of these arguments can be run here. */
export function isHere([command = '']: readonly string[]): boolean {
  return command in commands;
}

/** Gives what a process would have given. */
export async function runHere(
  args: readonly string[],
  cwd: string,
  given: Readonly<Record<string, string>>,
): Promise<Ended> {
  const request = readArguments(args);
  if (request.kind !== 'run') throw new Error(`not a command: ${args.join(' ')}`);
  const { invocation } = request;
  const command = commands[invocation.command];
  if (command === undefined) throw new Error(`not here: ${invocation.command}`);
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written[name] += chunk.toString();
        done();
      },
    });
  const streams = { stdout: into('stdout'), stderr: into('stderr') };
  const terminal = createTerminal(streams, { language: 'en', json: true, quiet: false });
  const environment = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...given };
  try {
    const status = await command(invocation, { terminal, cwd, environment, signal: new AbortController().signal });
    return { status, ...written };
  } catch (error) {
    return { status: asF2gitError(error).exit, stdout: written.stdout, stderr: String(error) };
  }
}
