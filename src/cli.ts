/** The program `f2git`: reads the command line, runs one command, ends with its exit code. */
import { readArguments, languageArgument, type CommandName } from './cli/arguments.ts';
import type { Command, Shell } from './cli/shell.ts';
import { createTerminal, type Terminal } from './cli/terminal.ts';
import { asF2gitError, F2gitError, type ErrorCode, type ErrorParams } from './errors.ts';
import { languageOf } from './messages/language.ts';

declare const F2GIT_VERSION: string;

/** Loaded when needed: `status` must not wait for the web server's code. */
const commands: Readonly<Record<CommandName, () => Promise<Command>>> = {
  pull: async () => (await import('./cli/pull.ts')).pull,
  status: async () => (await import('./cli/workspace-commands.ts')).status,
  log: async () => (await import('./cli/workspace-commands.ts')).log,
  undo: async () => (await import('./cli/workspace-commands.ts')).undo,
  take: async () => (await import('./cli/take.ts')).take,
  serve: async () => (await import('./cli/serve.ts')).serve,
  sync: async () => (await import('./cli/course-commands.ts')).sync,
  preview: async () => (await import('./cli/course-commands.ts')).preview,
  confirm: async () => (await import('./cli/confirm.ts')).confirm,
  purge: async () => (await import('./cli/course-commands.ts')).purge,
  link: async () => (await import('./cli/link.ts')).link,
  connect: async () => (await import('./cli/connect.ts')).connect,
  check: async () => (await import('./cli/check.ts')).check,
  'hub-config': async () => (await import('./cli/hub-config.ts')).hubConfig,
};

async function main(args: readonly string[]): Promise<number> {
  const { env } = process;
  const flags = beforeDashes(args);
  const language = languageArgument(flags) ?? languageOf(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG']);
  const options = {
    language,
    json: flags.includes('--json'),
    quiet: flags.includes('--quiet') || flags.includes('-q'),
  };
  const terminal = createTerminal(streams, options);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.once('uncaughtException', (error) => {
    const known = interrupt.signal.aborted ? asCancelled(error) : asF2gitError(error);
    void fail(known, terminal)
      .catch((again: unknown) => streams.stderr.write(`f2git: ${String(again)}\n`))
      .finally(() => process.exit(known.exit));
  });
  try {
    return await answer(args, { terminal, environment: env, signal: interrupt.signal });
  } catch (error) {
    return await fail(interrupt.signal.aborted ? asCancelled(error) : asF2gitError(error), terminal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Helps in any folder, also in one that was removed. */
async function answer(args: readonly string[], around: Omit<Shell, 'cwd'>): Promise<number> {
  const request = readArguments(args);
  switch (request.kind) {
    case 'version':
      streams.stdout.write(`f2git ${F2GIT_VERSION}\n`);
      return 0;
    case 'help': {
      const { helpText } = await import('./cli/help.ts');
      streams.stdout.write(`${helpText(request.command, around.terminal.language)}\n`);
      return 0;
    }
    case 'run': {
      const command = await commands[request.invocation.command]();
      return await command(request.invocation, { ...around, cwd: currentFolder(around.environment) });
    }
  }
}

async function fail(error: F2gitError, terminal: Terminal): Promise<number> {
  const { describeError } = await import('./messages/errors.ts');
  const params = { ...commandsThatHelp[error.code], ...error.params };
  const message = describeError({ code: error.code, params, parts: error.parts }, terminal.language);
  terminal.endProgress();
  if (terminal.json) terminal.printDocument({ f2git: 1, error: { code: error.code, message, retry: error.retry } });
  terminal.warn(`f2git: ${message}`);
  if (error.code === 'bug') terminal.warn(details(error));
  if (error.code === 'system-refused' && error.cause instanceof Error) terminal.warn(error.cause.message);
  return error.exit;
}

/** What shows, at a command line, what is possible; pages tell of the same errors. */
const commandsThatHelp: Readonly<Partial<Record<ErrorCode, ErrorParams>>> = {
  usage: { help: 'f2git --help' },
  'file-unknown': { list: 'f2git status' },
  'run-unknown': { log: 'f2git log' },
};

/** Our output; opened when it is first written to, because a quiet command needs none. */
const streams = {
  get stdout() {
    return tolerant(process.stdout);
  },
  get stderr() {
    return tolerant(process.stderr);
  },
};

/** Whoever reads our output may have read enough (`f2git log | head`). */
function tolerant(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!stream.listeners('error').includes(endQuietly)) stream.on('error', endQuietly);
  return stream;
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  throw new F2gitError('output-unwritable', { params: { errno: error.code ?? 'unknown' }, cause: error });
}

/** What follows `--` is never a flag. */
function beforeDashes(args: readonly string[]): readonly string[] {
  const dashes = args.indexOf('--');
  return dashes < 0 ? args : args.slice(0, dashes);
}

/** @throws {F2gitError} `folder-removed` when it was, while somebody is in it */
function currentFolder(environment: NodeJS.ProcessEnv): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new F2gitError('folder-removed', { params: { path: environment['PWD'] ?? '.' }, cause: error });
  }
}

/** For whoever mends it: where a bug of ours happened. */
function details(error: F2gitError): string {
  const origin = error.cause instanceof Error ? error.cause : error;
  return origin.stack ?? origin.message;
}

/** Ctrl-C can surface as any error of whatever was interrupted; the person meant 130. */
function asCancelled(error: unknown): F2gitError {
  const known = asF2gitError(error);
  return known.code === 'cancelled' ? known : asF2gitError(new DOMException('interrupted', 'AbortError'));
}

// not awaited: what is compiled ahead is a script, and scripts know no await outside of functions
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
