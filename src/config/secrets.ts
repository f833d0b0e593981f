/** Credentials of a course: secrets come from files that others cannot read, or from the environment. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Secret } from '../core/secret.ts';
import type { OAuthClient } from '../oauth/client.ts';
import type { Credentials } from '../sources/source.ts';
import { invalid, type KeyPath } from '../core/written-key.ts';
import type { WrittenCredentials } from './schema.ts';

/** Variables of the environment, for `*_env` keys. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** No secret is longer. Bytes. */
const MAX_SECRET_BYTES = 64 * 1024;

/** Where relative paths start, and what the environment holds. */
export interface SecretPlaces {
  readonly folder: string;
  readonly environment: Environment;
}

/** @throws {F2gitError} `config-invalid` naming the key; never with the secret */
export function readSecrets(
  written: WrittenCredentials,
  places: SecretPlaces,
  path: KeyPath,
): Omit<Credentials, 'oauth'> {
  const password = secretOf('password', written, places, path);
  const token = secretOf('token', written, places, path);
  if (password !== undefined && token !== undefined) throw invalid(path, 'either a password or a token');
  if (written.oauth !== undefined && (password ?? token) !== undefined)
    throw invalid([...path, 'oauth'], 'either this or a password or token');
  return {
    ...(written.user === undefined ? {} : { user: written.user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
}

/** Where nobody named one, platforms may send the browser back to a program on the same machine (RFC 8252, 7.3). */
const DEFAULT_REDIRECT = 'http://127.0.0.1:8485/callback';

/** @throws {F2gitError} `config-invalid` naming the key; never with the secret */
export function readOAuthClient(
  { oauth: written }: WrittenCredentials,
  places: SecretPlaces,
  path: KeyPath,
): OAuthClient | undefined {
  if (written === undefined) return undefined;
  const redirectUrl = written.redirect_url ?? DEFAULT_REDIRECT;
  if (!/^https?:\/\//.test(redirectUrl) || !URL.canParse(redirectUrl))
    throw invalid([...path, 'oauth', 'redirect_url'], `"${redirectUrl}" is no web address`);
  const secret = secretOf('client_secret', written, places, [...path, 'oauth']);
  return {
    id: written.client_id,
    ...(secret === undefined ? {} : { secret }),
    tokenFile: resolve(places.folder, written.token_file),
    redirectUrl,
  };
}

function secretOf<Name extends string>(
  name: Name,
  written: { readonly [key in `${Name}_file` | `${Name}_env`]?: string | undefined },
  { folder, environment }: SecretPlaces,
  path: KeyPath,
): Secret | undefined {
  const file = written[`${name}_file`];
  const variable = written[`${name}_env`];
  if (file !== undefined && variable !== undefined)
    throw invalid([...path, `${name}_env`], `either this or ${name}_file`);
  if (file !== undefined) return fromFile(resolve(folder, file), [...path, `${name}_file`]);
  return variable === undefined ? undefined : fromEnvironment(environment, variable, [...path, `${name}_env`]);
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
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw invalid(path, isMissing ? `the file "${file}" is missing` : `the file "${file}" cannot be read`);
  }
}
