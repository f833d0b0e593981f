/**
 * Where the problems of a listing sit: on every path their item may have been delivered under, or, where its name says
 * nothing, on the nearest folder that is known. Better one path frozen too many than one file taken for deleted.
 */
import type { EntryId } from '../core/ids.ts';
import { ancestorsOf, MAX_DEPTH, type RelPath } from '../core/paths.ts';
import type { ErrorCode, ErrorParams } from '../errors.ts';
import type { FolderNode } from './listing-tree.ts';
import { mapName, showNames, sourcePathOf, unnumberedKey } from './name-mapping.ts';
import type { EntryProblem, Listing } from './source.ts';

/** Something that cannot be read or delivered: nothing may be concluded about `path` and what is below it. */
export interface PlacedProblem {
  /** Undefined means the root: all of the course. */
  readonly path: RelPath | undefined;
  /** What people see at the source, where that is not the path (`sourcePathOf`). */
  readonly sourcePath?: string;
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  /** The names at the source, safe to show. */
  readonly shown: string;
}

type Previous = ReadonlyMap<EntryId, RelPath>;

/** Places the adapter's problems in the tree of what it listed. */
export function* placeProblems(listing: Listing, root: FolderNode, previous: Previous): Generator<PlacedProblem> {
  if (listing.problems.length === 0) return;
  const former = formerPaths(listing, previous);
  for (const problem of listing.problems) {
    const shown = showNames(problem.segments);
    const place = placesOf(problem, root);
    if (place === undefined) continue;
    const paths = new Set<RelPath | undefined>(place.paths);
    for (const path of place.paths) {
      for (const other of former.get(keyOf(path ?? '')) ?? []) paths.add(other);
    }
    for (const path of paths) {
      const sourcePath = sourcePathOf(problem.segments, path);
      const named = { path, ...(path === undefined || sourcePath === undefined ? {} : { sourcePath }) };
      yield { ...named, code: problem.code, params: withName(problem, sourcePath && shown), shown };
    }
  }
}

/** What the source calls a refused item, `shown` unless the adapter knows better, safe to show. */
function withName({ code, params = {} }: EntryProblem, shown: string | undefined): ErrorParams {
  const { name } = params;
  if (typeof name === 'string') return { ...params, name: showNames([name]) };
  return code === 'name-refused' && name === undefined && shown !== undefined ? { ...params, name: shown } : params;
}

/** Gives the paths a problem is about, undefined among them meaning the root; undefined when it is about junk. */
function placesOf(problem: EntryProblem, root: FolderNode): { paths: readonly (RelPath | undefined)[] } | undefined {
  let folder = root;
  const { segments } = problem;
  for (const [at, raw] of segments.entries()) {
    const next = folder.folders.get(raw);
    if (at < segments.length - 1 && next !== undefined) {
      folder = next;
      continue;
    }
    const files = folder.files.filter((file) => file.raw === raw).map(({ path }) => path);
    const known = at < segments.length - 1 ? [] : [...files, ...(next === undefined ? [] : [next.path.slice(0, -1)])];
    if (known.length > 0) return { paths: known.map((path) => path as RelPath) };
    return unknownPlace(folder, segments.slice(at));
  }
  return { paths: [undefined] };
}

/** Below `folder` nothing is known of these names: they are mapped as if they stood alone. */
function unknownPlace(folder: FolderNode, names: readonly string[]) {
  let path = folder.path;
  for (const [at, raw] of names.entries()) {
    const mapped = mapName(raw);
    if (mapped.kind === 'junk') return undefined;
    const isNameless = mapped.kind === 'refused' && (mapped.fault === 'empty' || mapped.fault === 'dots');
    if (isNameless || folder.depth + at >= MAX_DEPTH) break;
    path += `${mapped.name}/`;
  }
  return { paths: [path === '' ? undefined : (path.slice(0, -1) as RelPath)] };
}

/** The paths, and the folders above them, of all that was listed before and is not listed now, by unnumbered key. */
function formerPaths(listing: Listing, previous: Previous): ReadonlyMap<string, ReadonlySet<RelPath>> {
  const listed = new Set(listing.entries.map(({ id }) => id));
  const byKey = new Map<string, Set<RelPath>>();
  for (const [id, path] of previous) {
    if (listed.has(id)) continue;
    for (const one of [...ancestorsOf(path), path]) {
      const key = keyOf(one);
      byKey.set(key, (byKey.get(key) ?? new Set()).add(one));
    }
  }
  return byKey;
}

function keyOf(path: string): string {
  return path.split('/').map(unnumberedKey).join('/');
}
