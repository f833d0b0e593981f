/** Credentials of a course: secrets come from files that others cannot read, or from the environment. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Secret } from '../core/secret.ts';
import type { Credentials } from '../sources/source.ts';
import { invalid, type KeyPath } from './invalid.ts';
import type { WrittenCredentials } from './schema.ts';

/** Variables of the environment, for `*_env` keys. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** No secret is longer. Bytes. */
const MAX_SECRET_BYTES = 64 * 1024;

/** @throws {F2gitError} `config-invalid` naming the key; never with the secret */
export function readSecrets(
  written: WrittenCredentials | undefined,
  folder: string,
  environment: Environment,
  path: KeyPath,
): Credentials {
  if (written === undefined) return {};
  const secretOf = (name: 'password' | 'token'): Secret | undefined => {
    const file = written[`${name}_file`];
    const variable = written[`${name}_env`];
    if (file !== undefined && variable !== undefined)
      throw invalid([...path, `${name}_env`], `either this or ${name}_file`);
    if (file !== undefined) return fromFile(resolve(folder, file), [...path, `${name}_file`]);
    return variable === undefined ? undefined : fromEnvironment(environment, variable, [...path, `${name}_env`]);
  };
  const password = secretOf('password');
  const token = secretOf('token');
  if (password !== undefined && token !== undefined) throw invalid(path, 'either a password or a token');
  if (password !== undefined && written.user === undefined)
    throw invalid([...path, 'user'], 'missing beside a password');
  return {
    ...(written.user === undefined ? {} : { user: written.user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
}

function fromEnvironment(environment: Environment, variable: string, path: KeyPath): Secret {
  const value = environment[variable];
  if (value === undefined || value === '') throw invalid(path, `the environment has no variable ${variable}`);
  return new Secret(value);
}

function fromFile(file: string, path: KeyPath): Secret {
  const value = readPrivately(file, path).replace(/\r?\n$/, '');
  if (value === '') throw invalid(path, `the file "${file}" is empty`);
  if (/[\u0000\r\n]/.test(value)) throw invalid(path, `the file "${file}" must hold the secret alone, in one line`);
  return new Secret(value);
}

function readPrivately(file: string, path: KeyPath): string {
  const stat = readOr(path, file, () => statSync(file));
  if (!stat.isFile() || stat.size > MAX_SECRET_BYTES) throw invalid(path, `"${file}" is no file with a secret`);
  // Its group may be the server's own; everybody else on the machine is a student.
  if ((stat.mode & 0o007) !== 0) throw invalid(path, `others can read "${file}": chmod o-rwx "${file}"`);
  return readOr(path, file, () => readFileSync(file, 'utf8'));
}

function readOr<T>(path: KeyPath, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'is missing' : 'cannot be read';
    throw invalid(path, `the file "${file}" ${why}`);
  }
}
