/** The version of a file, from what its remote says about it. */
import type { ListedItem } from './list.ts';

/** Dates that backends give where they know none: the year 1, the epoch, and the 2000-01-01 of `http`. */
const NO_DATES: ReadonlySet<number> = new Set([Date.UTC(1970, 0, 1), Date.UTC(2000, 0, 1)]);

/** The digest where there is one; else date, size and id. Undefined where nothing tells two versions apart. */
export function stampOf(item: ListedItem): string | undefined {
  const { digest, size, id, modified } = item;
  if (digest !== undefined) return JSON.stringify(['digest', digest, size]);
  return dateOf(item) === undefined ? undefined : JSON.stringify(['date', modified, size, id ?? '']);
}

/** When the file last changed, in milliseconds since 1970; undefined when the remote does not know. */
export function dateOf({ modified }: ListedItem): number | undefined {
  const time = Date.parse(modified);
  return Number.isNaN(time) || time < 0 || NO_DATES.has(time) ? undefined : time;
}
