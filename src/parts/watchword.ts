/**
 * How parts of a server know each other: by a word the supervisor makes anew at every start and tells only the two it
 * is for, over their own pipes. Who may reach a socket is one question, whether it is the other part another: accounts get
 * into groups.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, in letters that need no escape in a header. */
export function newWatchword(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether `said` is `word`. It takes the same time whatever was said. */
export function isWatchword(said: unknown, word: string): boolean {
  return timingSafeEqual(digest(typeof said === 'string' ? said : ''), digest(word));
}

/** Digests, because the comparison wants equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
