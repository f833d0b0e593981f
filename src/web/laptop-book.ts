/** How often each person signed out the computers of their own: tokens that were given out before are not good any more. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { countUp, readCount } from '../repo/counted-up.ts';

export interface LaptopBook {
  /** Signing out by another process counts at once. */
  timesSignedOut(name: string): number;
  signOut(name: string): void;
}

/** Kept in `folder`: a small file for each person who ever did, with a digest of their name. */
export function openLaptopBook(folder: string): LaptopBook {
  const pathOf = (name: string): string => join(folder, createHash('sha256').update(name).digest('hex'));
  return {
    timesSignedOut: (name) => readCount(pathOf(name)),
    signOut: (name) => countUp(pathOf(name)),
  };
}
