/** What an adapter remembers of its last committed listing where its answers prove nothing: a digest, nothing else. */
import { createHash } from 'node:crypto';
import type { Json, ListedEntry, Listing } from './source.ts';

const VERSION = 1;

/** Gives the memory of a listing, bound to what was listed. Dates are left out: clocks differ from answer to answer. */
export function rememberListing({ entries, problems, complete }: Listing, identity: string): Json {
  const parts = entries.map(({ id, segments, stamp, visible }: ListedEntry) => [id, segments, stamp, visible ?? null]);
  const listing = createHash('sha256')
    .update(JSON.stringify([identity, complete, parts, problems]))
    .digest('base64url');
  return { version: VERSION, listing };
}

/** Whether `memory` is of an equal listing; false for the memory of another version. */
export function isRemembered(memory: Json | undefined, now: Json): boolean {
  return memory !== undefined && JSON.stringify(memory) === JSON.stringify(now);
}
