/** Who may have an entry at a moment: the course's schedule and exclusions, and what the source itself says. */
import type { Oid } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import type { KnownEntry } from './course-state.ts';

/** The schedule's word on a path at a moment (`release/`); `sourcePath` is what people see at the source, where it differs. */
export type Release = (path: RelPath, at: Date, sourcePath?: string) => 'offered' | 'withheld' | 'withdrawn';

/** As `Release`; `own` is what the course's own file says of releases. */
export type ReleaseBy = (
  path: RelPath,
  at: Date,
  sourcePath: string | undefined,
  own: string | undefined,
) => ReturnType<Release>;

/**
 * `offered`: in the tree. `scheduled`: withheld by our schedule, its content is fetched ahead. `hidden`: withheld by
 * the source. `withdrawn`: taken back on purpose. `unwanted`: not part of the course.
 */
export type Verdict = 'offered' | 'scheduled' | 'hidden' | 'withdrawn' | 'unwanted';

export interface Rules {
  readonly release: Release;
  /** The schedule's word for whoever may have most; default: `release`. */
  readonly widestRelease?: Release;
  /** Whether it is not known what the course's own schedule says: what is not published already waits. */
  readonly isBlind?: () => boolean;
  /** Set when `release` and `isWanted` let everything through, always. */
  readonly letsAllThrough?: boolean;
  readonly isWanted: (path: RelPath, sourcePath?: string) => boolean;
  /** Whether a content was taken out for good. */
  readonly isPurged: (object: Oid) => boolean;
}

export function verdictOf(
  rules: Rules,
  entry: Pick<KnownEntry, 'path' | 'sourcePath' | 'visible' | 'oid' | 'publishedAs'>,
  at: Date,
  release = rules.release,
): Verdict {
  if (!rules.isWanted(entry.path, entry.sourcePath)) return 'unwanted';
  if (entry.oid !== undefined && rules.isPurged(entry.oid)) return 'withdrawn';
  const released = release(entry.path, at, entry.sourcePath);
  if (released === 'withdrawn') return 'withdrawn';
  const { from, until } = entry.visible ?? {};
  if (until !== undefined && Date.parse(until) <= at.getTime()) return 'withdrawn';
  if (from !== undefined && Date.parse(from) > at.getTime()) return 'hidden';
  const isWaiting = released === 'withheld' || (entry.publishedAs === undefined && rules.isBlind?.() === true);
  return isWaiting ? 'scheduled' : 'offered';
}

/** Whether the content is to be here: some audience may have it, or will by our schedule. */
export function isNeeded(rules: Rules, entry: Parameters<typeof verdictOf>[1], at: Date): boolean {
  const verdict = verdictOf(rules, entry, at, rules.widestRelease);
  return verdict === 'offered' || verdict === 'scheduled';
}
