/** Credentials for `pull`: from the environment or a file, never from an argument that `ps` would show. */
import { readFileSync, statSync } from 'node:fs';
import { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import type { Credentials } from '../sources/source.ts';

const keys = ['user', 'password', 'token'] as const;

/**
 * Gives what `F2GIT_USER`, `F2GIT_PASSWORD`, `F2GIT_TOKEN` or the file say. The file holds lines `user: …`,
 * `password: …`, `token: …`, and must not be readable by others.
 * @throws {F2gitError} `credentials-invalid`
 */
export async function readCredentials(file: string | undefined, environment: NodeJS.ProcessEnv): Promise<Credentials> {
  const values = file === undefined ? fromEnvironment(environment) : await fromFile(file);
  return {
    ...(values.user === undefined ? {} : { user: values.user }),
    ...(values.password === undefined ? {} : { password: new Secret(values.password) }),
    ...(values.token === undefined ? {} : { token: new Secret(values.token) }),
  };
}

type Values = Partial<Record<(typeof keys)[number], string>>;

function fromEnvironment(environment: NodeJS.ProcessEnv): Values {
  const found = keys.map((key) => [key, environment[`F2GIT_${key.toUpperCase()}`]] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== ''));
}

async function fromFile(file: string): Promise<Values> {
  const text = readPrivately(file);
  const parsed: unknown = await parseLines(file, text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid(file, 'no lines "user: …"');
  const values: Values = {};
  for (const [name, value] of Object.entries(parsed)) {
    const key = keys.find((known) => known === name);
    if (key === undefined) throw invalid(file, `unknown key "${name}"`);
    if (typeof value !== 'string' && typeof value !== 'number') throw invalid(file, `"${name}" is not text`);
    values[key] = String(value);
  }
  return values;
}

function readPrivately(file: string): string {
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw invalid(file, 'readable by others: chmod 600');
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof F2gitError) throw error;
    throw new F2gitError('credentials-invalid', { params: { file, detail: 'cannot be read' }, cause: error });
  }
}

async function parseLines(file: string, text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch {
    // the parser's own message quotes the line, and the line is the secret
    throw invalid(file, 'not lines "user: …", "password: …", "token: …"');
  }
}

function invalid(file: string, detail: string): F2gitError {
  return new F2gitError('credentials-invalid', { params: { file, detail } });
}
