/**
 * Addresses that are their own permission: for programs that cannot sign in (git, repo2docker, BinderHub). The token in
 * their middle opens one course for one audience and one purpose, read-only, until it is revoked. It is not kept
 * anywhere: it follows from the data folder's key and a number that revoking counts up.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { CourseId } from '../core/ids.ts';
import { countUp, readCount } from '../repo/counted-up.ts';

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
  countUp(pathOf(data, course));
}

/** Digests, because the comparison wants equal lengths. */
function digest(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function pathOf(data: string, course: CourseId): string {
  return join(data, course, 'capabilities.json');
}

/** How often the course's tokens were revoked. */
function generationOf(data: string, course: CourseId): number {
  return readCount(pathOf(data, course));
}
