/** What the student's version overruled, over many runs. */
import type { Declined } from './tree.ts';

/**
 * What the course still wants after a run that declined `now`. An older entry is superseded where the same text of the
 * student's overruled the course again: the course's newest wish is the one that counts.
 */
export function declinedNow(before: readonly Declined[], now: readonly Declined[]): readonly Declined[] {
  const isSuperseded = (old: Declined): boolean =>
    now.some((each) => each.cell === old.cell && each.yours === old.yours);
  return [...before.filter((old) => !isSuperseded(old)), ...now];
}
