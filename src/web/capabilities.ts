/**
 * Addresses that are their own permission: for programs that cannot sign in (git, repo2docker, BinderHub). The token in
 * their middle opens one course for one audience and one purpose, read-only, until it is revoked. It is not kept
 * anywhere: it follows from the data folder's key and a number that revoking counts up.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { CourseId } from '../core/ids.ts';
import { makeFolder } from '../core/make-folder.ts';
import { F2gitError } from '../errors.ts';
import { readIfPresent, writeFileUnlocked } from '../repo/durable-file.ts';

/** What a token opens. */
export interface Grant {
  readonly purpose: 'git' | 'environment';
  readonly course: CourseId;
  readonly audience: string;
}

export interface Capabilities {
  tokenOf(grant: Grant): string;
  /** Whether `token` opens exactly this. It takes the same time whichever token is tried. */
  opens(token: string, grant: Grant): boolean;
  /** Changes when the course's tokens are revoked: for tokens of another kind, which hold it. */
  generationOf(course: CourseId): string;
}

/** 192 bits as 32 letters that need no escape in an address. */
const TOKEN_BYTES = 24;

/** Capabilities of the data folder `data`, whose key is `key`. Revoking by another process counts at once. */
export function openCapabilities(data: string, key: Buffer): Capabilities {
  const tokenOf = ({ purpose, course, audience }: Grant): string => {
    const what = ['capability', purpose, course, audience, generationOf(data, course)].join('\0');
    return createHmac('sha256', key).update(what).digest().subarray(0, TOKEN_BYTES).toString('base64url');
  };
  return {
    tokenOf,
    opens: (token, grant) => timingSafeEqual(digest(key, token), digest(key, tokenOf(grant))),
    generationOf: (course) => String(generationOf(data, course)),
  };
}

/**
 * Makes every token given out for the course so far worthless.
 * @throws {F2gitError} `repository-unwritable` when what is kept of it is damaged
 */
export function revokeTokens(data: string, course: CourseId): void {
  const next = generationOf(data, course) + 1;
  makeFolder(join(data, course), 0o700);
  writeFileUnlocked(pathOf(data, course), JSON.stringify({ version: 1, generation: next }), 0o600);
}

/** Digests, because the comparison wants equal lengths. */
function digest(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function pathOf(data: string, course: CourseId): string {
  return join(data, course, 'capabilities.json');
}

/** How often the course's tokens were revoked. Guessing it where the file is damaged would revive old ones. */
function generationOf(data: string, course: CourseId): number {
  const path = pathOf(data, course);
  const bytes = readIfPresent(path);
  if (bytes === undefined) return 0;
  const text = bytes.toString('utf8');
  const [, version, generation] = /^\{"version":(\d+),"generation":(\d+)\}$/.exec(text) ?? [];
  if (version === undefined) throw new F2gitError('repository-unwritable', { params: { path, detail: 'damaged' } });
  if (version !== '1') throw new F2gitError('repository-newer', { params: { version } });
  return Number(generation);
}
