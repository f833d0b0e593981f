/** Which source a course is from, told so that nobody learns where that source is. */
import { createHash } from 'node:crypto';

const PREFIX = 'source-';

/**
 * What names the source outside the server: the same for the same source, for ever, and without its address or path.
 * `identity` is what the source's adapter says; a digest stays itself.
 */
export function identityDigest(identity: string): string {
  if (identity.startsWith(PREFIX)) return identity;
  return `${PREFIX}${createHash('sha256').update(identity).digest('hex').slice(0, 40)}`;
}

/** Whether two identities are of one source, each as the adapter says it or as its digest. */
export function isSameSource(one: string, other: string): boolean {
  return one === other || identityDigest(one) === identityDigest(other);
}
