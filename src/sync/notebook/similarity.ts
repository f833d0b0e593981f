/** How much two texts have in common. */

/** More of a cell says nothing new about which one it is. */
const MOST_TOKENS = 2000;

/** A text as the words and signs in it, counted. */
export interface Tokens {
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
}

export function tokensOf(text: string): Tokens {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [token] of text.matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)) {
    counts.set(token, (counts.get(token) ?? 0) + 1);
    if (++total === MOST_TOKENS) break;
  }
  return { counts, total };
}

/** Dice's coefficient: twice what is in both, of all; 0 when either is empty. */
export function similarity(a: Tokens, b: Tokens): number {
  if (a.total === 0 || b.total === 0) return 0;
  const [few, many] = a.counts.size <= b.counts.size ? [a, b] : [b, a];
  let common = 0;
  for (const [token, count] of few.counts) common += Math.min(count, many.counts.get(token) ?? 0);
  return (2 * common) / (a.total + b.total);
}
