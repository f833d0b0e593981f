/** What servers gave this person for reading courses: one file of the person's own, readable by nobody else. */
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../core/make-folder.ts';
import { Secret } from '../core/secret.ts';
import { readIfPresent, writeFileDurably } from '../repo/durable-file.ts';
import { isLoopback } from '../sources/address-guard.ts';
import type { CourseLink } from './link-address.ts';
import { settingsFolder } from './settings.ts';

const stored = z.object({ f2git: z.literal(1), tokens: z.record(z.string(), z.string()) });

type Place = Pick<CourseLink, 'server' | 'course'>;

/** Whether the way to the server is encrypted, or never leaves this machine. */
export function isPrivate({ server }: Pick<Place, 'server'>): boolean {
  const url = new URL(server);
  return url.protocol === 'https:' || isLoopback(url);
}

/** The token for reading this course; undefined when there is none yet, or no safe way for it. */
export function readServerToken(place: Place, environment: NodeJS.ProcessEnv): Secret | undefined {
  if (!isPrivate(place)) return undefined;
  const token = readAll(fileOf(environment))[keyOf(place)];
  return token === undefined ? undefined : new Secret(token);
}

export function keepServerToken(place: Place, token: Secret, environment: NodeJS.ProcessEnv): void {
  const file = fileOf(environment);
  const tokens = { ...readAll(file), [keyOf(place)]: token.reveal() };
  makeFolder(join(file, '..'), 0o700);
  writeFileDurably(file, `${JSON.stringify({ f2git: 1, tokens }, null, 2)}\n`, 0o600);
}

function keyOf({ server, course }: Place): string {
  return new URL(`go/${course}`, server).href;
}

/** A file that is damaged, or another program's, holds no tokens: the server is asked for a new one. */
function readAll(file: string): Readonly<Record<string, string>> {
  try {
    const bytes = readIfPresent(file);
    return bytes === undefined ? {} : stored.parse(JSON.parse(bytes.toString())).tokens;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return {};
    throw error;
  }
}

function fileOf(environment: NodeJS.ProcessEnv): string {
  return join(settingsFolder(environment), 'tokens.json');
}
