/** What the student's version overruled, over many runs. */
import type { Declined } from './tree.ts';

/**
 * What the course still wants after a run that declined `now`. An older entry is superseded where the course was overruled
 * again, in the same cell or by the same text of the student's: the course's newest wish is the one that counts.
 */
export function declinedNow(before: readonly Declined[], now: readonly Declined[]): readonly Declined[] {
  const isSuperseded = (old: Declined): boolean =>
    now.some((each) => each.cell === old.cell && (old.cell !== undefined || each.yours === old.yours));
  return [...before.filter((old) => !isSuperseded(old)), ...now];
}
