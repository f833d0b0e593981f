/** What an adapter remembers of its last committed listing where its answers prove nothing: a digest, nothing else. */
import { createHash } from 'node:crypto';
import type { Json, Listing } from './source.ts';

const VERSION = 1;

/** Gives the memory of a listing, bound to what was listed. Dates are left out: clocks differ from answer to answer. */
export function rememberListing({ entries, problems, complete }: Listing, identity: string): Json {
  const hash = createHash('sha256');
  // Piece by piece, as the text of all of it would take as much memory as the listing.
  hash.update(`[${JSON.stringify(identity)},${JSON.stringify(complete)},[`);
  for (const [at, { id, segments, stamp, visible }] of entries.entries()) {
    hash.update(`${at === 0 ? '' : ','}${JSON.stringify([id, segments, stamp, visible ?? null])}`);
  }
  hash.update(`],${JSON.stringify(problems)}]`);
  return { version: VERSION, listing: hash.digest('base64url') };
}

/** Whether `memory` is of an equal listing; false for the memory of another version. */
export function isRemembered(memory: Json | undefined, now: Json): boolean {
  return memory !== undefined && JSON.stringify(memory) === JSON.stringify(now);
}
