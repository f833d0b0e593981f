/** Chance that comes again with the same seed. */

/** Gives numbers from 0 to 1 (mulberry32, Tommy Ettinger, public domain). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` of the items, spread evenly, each chosen by chance within its stretch; all when there are no more. */
export function evenly<Item>(items: readonly Item[], count: number, random: () => number): readonly Item[] {
  if (items.length <= count) return items;
  const stretch = items.length / count;
  return Array.from({ length: count }, (_, index) => items[Math.floor((index + random()) * stretch)]).filter(
    (item) => item !== undefined,
  );
}
