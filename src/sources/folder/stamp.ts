/** The version of a local file, from what the file system keeps about it. */
import type { BigIntStats } from 'node:fs';

/** How far two changes may be apart and still carry one date: a timer tick locally, two seconds where dates are whole seconds. */
const TICK = 50_000_000n;
const COARSE_TICK = 2_000_000_000n;
const SECOND = 1_000_000_000n;

const YOUNG = ' young';

/**
 * Size, both dates and the inode: no write leaves all of them as they were, except one in the same tick of the clock.
 * A file that young is marked, so that the next listing gives it another stamp and it is read once more.
 */
export function stampOf(stats: BigIntStats, now: Date): string {
  const isCoarse = stats.mtimeNs % SECOND === 0n && stats.ctimeNs % SECOND === 0n;
  const age = BigInt(now.getTime()) * 1_000_000n - stats.ctimeNs;
  const mayChangeUnseen = age < (isCoarse ? COARSE_TICK : TICK);
  return `${versionOf(stats)}${mayChangeUnseen ? YOUNG : ''}`;
}

/** Whether a file was so young when it was listed that its stamp may hide a later change. */
export function isYoung(stamp: string): boolean {
  return stamp.endsWith(YOUNG);
}

/** Whether the file is still the one that was listed with this stamp. */
export function hasStamp(stats: BigIntStats, stamp: string): boolean {
  const version = isYoung(stamp) ? stamp.slice(0, -YOUNG.length) : stamp;
  return version === versionOf(stats);
}

function versionOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}
