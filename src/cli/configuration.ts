/** Which configuration a command of the server side uses, and the course in it that a person names. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedConfig, loadConfig, type Config, type CourseConfig } from '../config.ts';
import { F2gitError } from '../errors.ts';
import { say } from '../messages/language.ts';
import { becomeKeeper } from '../parts/become.ts';
import { prepareDataFolder } from '../repo/data-rights.ts';
import type { Invocation } from './arguments.ts';
import { cliSentences } from './sentences.ts';
import type { Shell } from './shell.ts';

const DEFAULT_FILE = 'f2git.yaml';

/**
 * As `readServerConfiguration`, for commands beside a server: from here on this process has no more rights than the
 * server's part that keeps the data folder.
 */
export function readConfiguration(invocation: Invocation, shell: Shell): Config {
  const config = readServerConfiguration(invocation, shell);
  becomeKeeper(config);
  return config;
}

/**
 * Before a command works in the data folder: then it is there, and closed to others.
 * @throws {F2gitError} as `prepareDataFolder`
 */
export function prepareData({ data, auth }: Config, { terminal }: Shell): void {
  const opened = prepareDataFolder(data, { mayStayOpen: auth === 'none' });
  if (opened === undefined) return;
  const sentence = opened.isClosed ? cliSentences.dataClosed : cliSentences.dataOpen;
  terminal.warn(say(sentence, terminal.language, { folder: opened.folder, mode: opened.mode }));
}

/**
 * The file of `--config`, else `f2git.yaml` in the current folder, else the embedded default: the example course.
 * @throws {F2gitError} `config-unreadable`, `config-invalid`
 */
export function readServerConfiguration(invocation: Invocation, shell: Shell): Config {
  const named = invocation.values['config'];
  const file = resolve(shell.cwd, named ?? DEFAULT_FILE);
  if (hasConfiguration(invocation, shell)) return loadConfig(file, shell.environment);
  // the built program is in dist; the example course is beside it
  const root = fileURLToPath(new URL('..', import.meta.url));
  return embeddedConfig(root, shell.cwd, shell.environment);
}

/** Whether somebody named a configuration, or one is in the current folder. */
export function hasConfiguration(invocation: Invocation, shell: Shell): boolean {
  return invocation.values['config'] !== undefined || existsSync(resolve(shell.cwd, DEFAULT_FILE));
}

/** @throws {F2gitError} `course-unknown` naming those there are */
export function courseNamed(config: Config, name: string): CourseConfig {
  const course = [...config.courses.values()].find(({ id }) => id === name);
  if (course !== undefined) return course;
  throw new F2gitError('course-unknown', { params: { course: name, known: [...config.courses.keys()].join(', ') } });
}
