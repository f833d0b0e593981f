/** Where a client's history will end, as it asked for: git's `get_shallow_commits`, told in two lists. */
import type { Oid } from '../core/ids.ts';
import type { Commits } from './commits.ts';
import type { UploadRequest } from './request.ts';

export interface Shallowness {
  /** Commits that come, or stay, without their parents from now on. */
  readonly shallow: readonly Oid[];
  /** Commits whose parents come. */
  readonly unshallow: readonly Oid[];
}

/** What `deepen` changes for the client. `shallow` of the request are only those this repository knows. */
export function shallownessOf(
  { wants, shallow, deepen }: Pick<UploadRequest, 'wants' | 'shallow' | 'deepen'>,
  commits: Commits,
): Shallowness {
  if (deepen === undefined) return { shallow: [], unshallow: [] };
  if (deepen.depth === 'all') return { shallow: [], unshallow: shallow };
  const { depth, isRelative } = deepen;
  const depths = isRelative
    ? commits.depths(reachableOf(shallow, wants, commits), depth + 1)
    : commits.depths(wants, depth);
  const last = isRelative ? depth + 1 : depth;
  const isNow = new Set(shallow);
  return {
    shallow: [...depths].filter(([id, at]) => at === last && !isNow.has(id)).map(([id]) => id),
    unshallow: shallow.filter((id) => (depths.get(id) ?? last) < last),
  };
}

/** Those of the client's shallow commits that lie on the way of what it wants now. */
function reachableOf(shallow: readonly Oid[], wants: readonly Oid[], commits: Commits): readonly Oid[] {
  const reached = commits.reach(wants, new Set());
  return shallow.filter((id) => reached.has(id));
}
