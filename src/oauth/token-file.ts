/** The tokens of one sign-in on disk: one JSON document that nobody else can read, whole at every moment. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import { makeFolder } from '../core/make-folder.ts';
import { readIfPresent, writeFileUnlocked } from '../repo/durable-file.ts';

export interface Tokens {
  readonly access: Secret;
  /** Absent where the platform gave none: when the access token ends, somebody has to sign in again. */
  readonly refresh?: Secret;
  /** When the access token ends; milliseconds since 1970. Absent where the platform does not say. */
  readonly expires?: number;
}

const FORMAT = 1;

const stored = z.object({
  f2git: z.literal(FORMAT),
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires: z.iso.datetime().optional(),
});

/**
 * Gives what is in the file, or undefined when there is none.
 * @throws {F2gitError} `credentials-invalid` when others can read it, or it is not f2git's; never with what it holds
 */
export function readTokens(file: string): Tokens | undefined {
  const bytes = readIfPresent(file);
  if (bytes === undefined) return undefined;
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw invalid(file, 'readable by others: chmod 600');
  const result = stored.safeParse(parse(bytes.toString()));
  if (!result.success) throw invalid(file, 'not a file of tokens');
  const { access_token: access, refresh_token: refresh, expires } = result.data;
  return {
    access: new Secret(access),
    ...(refresh === undefined ? {} : { refresh: new Secret(refresh) }),
    ...(expires === undefined ? {} : { expires: Date.parse(expires) }),
  };
}

/** Puts `tokens` in place of what the file held, durably: a platform that rotates refresh tokens takes the old one once. */
export function writeTokens(file: string, tokens: Tokens): void {
  const document: z.infer<typeof stored> = {
    f2git: FORMAT,
    access_token: tokens.access.reveal(),
    ...(tokens.refresh === undefined ? {} : { refresh_token: tokens.refresh.reveal() }),
    ...(tokens.expires === undefined ? {} : { expires: new Date(tokens.expires).toISOString() }),
  };
  makeFolder(dirname(file), 0o700);
  writeFileUnlocked(file, `${JSON.stringify(document, null, 2)}\n`, 0o600);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // the schema says what is wrong with it, without quoting
    return undefined;
  }
}

function invalid(file: string, detail: string): F2gitError {
  return new F2gitError('credentials-invalid', { params: { file, detail } });
}
