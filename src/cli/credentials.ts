/** Credentials for `pull`: from the environment or a file, never from an argument that `ps` would show. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import type { Credentials } from '../sources/source.ts';

const keys = ['user', 'password', 'token'] as const;

type Values = Partial<Record<(typeof keys)[number], string>>;

/**
 * Gives what the file says, else what `F2GIT_USER`, `F2GIT_PASSWORD`, `F2GIT_TOKEN` say. The file holds lines `user: …`,
 * `password: …`, `token: …`, and must not be readable by others. What follows the colon counts as it is, without the
 * blanks around it: no character of a password has a meaning.
 * @throws {F2gitError} `credentials-invalid`, never with a line of the file
 */
export function readCredentials(file: string | undefined, cwd: string, environment: NodeJS.ProcessEnv): Credentials {
  const { user, password, token } = file === undefined ? fromEnvironment(environment) : fromFile(resolve(cwd, file));
  return {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password: new Secret(password) }),
    ...(token === undefined ? {} : { token: new Secret(token) }),
  };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Values {
  const found = keys.map((key) => [key, environment[`F2GIT_${key.toUpperCase()}`]] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== ''));
}

function fromFile(file: string): Values {
  const values: Values = {};
  for (const line of readPrivately(file).split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value = ''] = /^\s*([A-Za-z_]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) throw invalid(file, 'not lines "user: …", "password: …", "token: …"');
    const key = keys.find((known) => known === name);
    if (key === undefined) throw invalid(file, `unknown key "${name}"`);
    if (value === '') throw invalid(file, `"${name}" has no value`);
    values[key] = value;
  }
  if (Object.keys(values).length === 0) throw invalid(file, 'no lines "user: …"');
  return values;
}

function readPrivately(file: string): string {
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw invalid(file, 'readable by others: chmod 600');
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof F2gitError) throw error;
    throw new F2gitError('credentials-invalid', { params: { file, detail: 'cannot be read' }, cause: error });
  }
}

function invalid(file: string, detail: string): F2gitError {
  return new F2gitError('credentials-invalid', { params: { file, detail } });
}
