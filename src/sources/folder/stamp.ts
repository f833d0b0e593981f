/** The version of a local file, from what the file system keeps about it. */
import type { BigIntStats } from 'node:fs';

/** How far two changes may be apart and still carry one date: a timer tick locally, two seconds where dates are whole seconds. */
const TICK = 50_000_000n;
const COARSE_TICK = 2_000_000_000n;
const SECOND = 1_000_000_000n;

/**
 * Size, both dates and the inode: no write leaves all of them as they were, except one in the same tick of the clock.
 * A file that young is marked, so that the next listing gives it another stamp and it is read once more.
 */
export function stampOf(stats: BigIntStats, now: Date): string {
  const isCoarse = stats.mtimeNs % SECOND === 0n && stats.ctimeNs % SECOND === 0n;
  const age = BigInt(now.getTime()) * 1_000_000n - stats.ctimeNs;
  const isYoung = age < (isCoarse ? COARSE_TICK : TICK);
  return `${versionOf(stats)}${isYoung ? ' young' : ''}`;
}

/** Whether the file is still the one that was listed with this stamp. */
export function hasStamp(stats: BigIntStats, stamp: string): boolean {
  return stamp.replace(/ young$/, '') === versionOf(stats);
}

function versionOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}
