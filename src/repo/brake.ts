/**
 * The deletion brake: absence is not deletion when too much is absent at once. A pure function of what was known and
 * what a complete listing shows; what it holds stays held however often the same listing comes again.
 */

export interface BrakeInput<Id> {
  /** Every file known before, held ones included. */
  readonly known: Iterable<Id>;
  /** Which of them are held already. */
  readonly held: ReadonlySet<Id>;
  /** Which of them the listing shows (or that moved within it). */
  readonly present: ReadonlySet<Id>;
  /** Whether the listing has no file at all. */
  readonly isRootEmpty: boolean;
}

export interface BrakeVerdict<Id> {
  /** To be taken out of the course. */
  readonly deleted: ReadonlySet<Id>;
  /** Vanished and kept, until somebody confirms it or the file returns. */
  readonly held: ReadonlySet<Id>;
}

/**
 * Judges the files that vanished. Held ones stay held and do not count in the ratio any more: neither as vanished nor
 * as known, so that no later listing can change the ratio in their disfavour.
 */
export function applyBrake<Id>({ known, held, present, isRootEmpty }: BrakeInput<Id>): BrakeVerdict<Id> {
  const countable = [...known].filter((id) => !held.has(id));
  const vanished = countable.filter((id) => !present.has(id));
  const stillHeld = [...held].filter((id) => !present.has(id));
  const isTooMuch = vanished.length >= 2 && vanished.length * 2 > countable.length;
  if (isTooMuch || (isRootEmpty && vanished.length > 0)) {
    return { deleted: new Set(), held: new Set([...stillHeld, ...vanished]) };
  }
  return { deleted: new Set(vanished), held: new Set(stillHeld) };
}
