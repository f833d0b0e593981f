/**
 * `known-as`: the source a course was read from first, where it is read from another one now. Homes know the course by
 * it, and go on to.
 */
import { join } from 'node:path';
import { identityDigest } from '../core/source-identity.ts';
import { readIfPresent, writeFileUnlocked } from './durable-file.ts';

const FILE = 'known-as';

/** Gives an identity as homes have it; undefined where the course never had another source. */
export function readKnownAs(courseDir: string): string | undefined {
  return readIfPresent(join(courseDir, FILE))?.toString('utf8').trim();
}

/** Notes the source `identity` that the course was read from until now. The first one stays. */
export function noteKnownAs(courseDir: string, identity: string): void {
  if (readKnownAs(courseDir) === undefined)
    writeFileUnlocked(join(courseDir, FILE), `${identityDigest(identity)}\n`, 0o600);
}
