/** `f2git serve`: the server, until it is told to stop. */
import { setFlagsFromString } from 'node:v8';
import { parsePrefix } from '../config/values.ts';
import type { Config } from '../config.ts';
import { F2gitError } from '../errors.ts';
import { say } from '../messages/language.ts';
import { isInParts } from '../parts/accounts.ts';
import { startInParts, type SupervisedServer } from '../parts/supervisor.ts';
import { programFolder, startServer } from '../server.ts';
import { createLog } from '../web/log.ts';
import type { Invocation } from './arguments.ts';
import { readServerConfiguration } from './configuration.ts';
import { clickAddress, rootAddress } from './link-of-course.ts';
import { serveSentences } from './sentences.ts';
import type { Command, Shell } from './shell.ts';

export const serve: Command = async (invocation, shell) => {
  // the launcher's flags are for commands that end soon: a server must not pause for all its garbage at once
  setFlagsFromString('--incremental-marking');
  const config = withFlags(readServerConfiguration(invocation, shell), invocation);
  const server = isInParts(config) ? await startParts(config, shell) : await startServer(config);
  try {
    announce(config, server.url, shell);
    await Promise.race([untilStopped(shell.signal), ...('failed' in server ? [server.failed] : [])]);
    shell.terminal.tell(say(serveSentences.stopping, shell.terminal.language));
  } finally {
    await server.close();
  }
  return 0;
};

function startParts(config: Config, { environment }: Shell): Promise<SupervisedServer> {
  const log = createLog(
    (line) => process.stderr.write(line),
    () => new Date(),
  );
  return startInParts(config, { log, environment, programFolder: programFolder() });
}

function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** `--port` and `--prefix` overrule the file. */
function withFlags(config: Config, invocation: Invocation): Config {
  const { port, prefix } = invocation.values;
  return {
    ...config,
    ...(port === undefined ? {} : { listen: listenAt(config, port) }),
    ...(prefix === undefined ? {} : { prefix: prefixMeant(prefix) }),
  };
}

function prefixMeant(prefix: string): string {
  try {
    return parsePrefix(prefix, ['prefix']);
  } catch {
    throw new F2gitError('usage', { params: { word: `--prefix ${prefix}`, possible: '--prefix /f2git/' } });
  }
}

function listenAt(config: Config, port: string): Config['listen'] {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN;
  if (!(number <= 65_535))
    throw new F2gitError('usage', { params: { word: `--port ${port}`, possible: '--port 0 … 65535' } });
  return { kind: 'port', host: config.listen.kind === 'port' ? config.listen.host : '127.0.0.1', port: number };
}

/** What a person sees first: the links, where the files go, and what happens next. */
function announce(config: Config, root: string, shell: Shell): void {
  const { terminal } = shell;
  const { language } = terminal;
  const courses = [...config.courses.values()];
  const reached = config.publicUrl === undefined ? root : rootAddress(config, undefined);
  if (terminal.json) {
    const links = Object.fromEntries(courses.map((course) => [course.id, clickAddress(reached, course)]));
    terminal.printDocument({ f2git: 1, url: root, links });
  }
  terminal.tell(say(serveSentences.running, language, { url: root }));
  for (const course of courses.slice(0, 20)) terminal.tell(`  ${course.title}: ${clickAddress(reached, course)}`);
  if (config.auth === 'none') {
    const home = config.homes.replace('{user}', 'student');
    terminal.tell(say(serveSentences.next, language, { home, workspace: courses[0]?.workspace ?? '' }));
  }
  terminal.tell(say(serveSentences.stop, language));
}
