/**
 * The one name mapping: from raw, hostile names to legal, unique, stable paths. The same listing gives the same paths
 * in whatever order the server answers; an item keeps its path as long as its raw name allows it; items that cannot be
 * delivered become problems, never gaps. Pure.
 */
import type { EntryId } from '../core/ids.ts';
import { comparePaths, type RelPath } from '../core/paths.ts';
import type { ErrorCode } from '../errors.ts';
import { buildTree, type FolderNode, type RefusedNode } from './listing-tree.ts';
import { giveNames } from './name-giving.ts';
import { showNames, sourcePathOf } from './name-mapping.ts';
import { type PlacedProblem, placeProblems } from './problem-places.ts';
import type { ListedEntry, Listing, Window } from './source.ts';

export type { PlacedProblem } from './problem-places.ts';

/** A file of the course with the path it is delivered under. */
export interface PlacedFile {
  readonly id: EntryId;
  readonly path: RelPath;
  /** What people see at the source, where that is not the path (`sourcePathOf`). */
  readonly sourcePath?: string;
  readonly stamp: string;
  /** Bytes; null when the source does not say. */
  readonly size: number | null;
  readonly executable: boolean;
  readonly visible?: Window;
  /** For `fetch`. */
  readonly entry: ListedEntry;
}

export interface PlacedListing {
  /** Sorted by path (`comparePaths`); no two share a fold key, and none is a folder of another. */
  readonly files: readonly PlacedFile[];
  /** Sorted by path, the root first. */
  readonly problems: readonly PlacedProblem[];
}

/**
 * Places a listing. `previous` says where the last listing's files were placed: an item keeps that path while it is one
 * its raw names can have.
 */
export function placeEntries(listing: Listing, previous: ReadonlyMap<EntryId, RelPath>): PlacedListing {
  const tree = buildTree(listing.entries);
  const files: PlacedFile[] = [];
  const hasMoved = collectFiles(tree.root, previous, files);
  if (tree.hasClash || hasMoved) {
    giveNames(tree.root, previous);
    files.length = 0;
    collectFiles(tree.root, previous, files);
  }
  const problems = [...refusedProblems(tree.root), ...placeProblems(listing, tree.root, previous)];
  return { files: inPathOrder(files), problems: withoutRepeats(problems) };
}

/** Gathers the files with their present paths; gives whether any was elsewhere before. */
function collectFiles(folder: FolderNode, previous: ReadonlyMap<EntryId, RelPath>, into: PlacedFile[]): boolean {
  let hasMoved = false;
  for (const file of folder.files) {
    const { entry } = file;
    const path = file.path as RelPath;
    const before = previous.get(entry.id);
    if (before !== undefined && before !== path) hasMoved = true;
    const sourcePath = sourcePathOf(entry.segments, path);
    into.push({
      id: entry.id,
      path,
      ...(sourcePath === undefined ? {} : { sourcePath }),
      stamp: entry.stamp,
      size: entry.size,
      executable: entry.executable === true,
      ...(entry.visible === undefined ? {} : { visible: entry.visible }),
      entry,
    });
  }
  for (const child of folder.folders.values()) hasMoved = collectFiles(child, previous, into) || hasMoved;
  return hasMoved;
}

const REFUSED = {
  name: { code: 'name-refused', detail: 'this name is reserved' },
  'too-deep': { code: 'name-refused', detail: 'nested too deep' },
  'listed-twice': { code: 'source-invalid', detail: 'the source names it twice' },
} as const satisfies Record<RefusedNode['why'], { code: ErrorCode; detail: string }>;

/** Refused items get a path nobody else has, so that the problem freezes nothing that can be delivered. */
function* refusedProblems(folder: FolderNode): Generator<PlacedProblem> {
  for (const { segments, why, name } of folder.refused.values()) {
    const { code, detail } = REFUSED[why];
    const shown = showNames(segments);
    const path = `${folder.path}${name}` as RelPath;
    const sourcePath = sourcePathOf(segments, path);
    const named = { path, ...(sourcePath === undefined ? {} : { sourcePath }) };
    yield { ...named, code, params: { name: shown, detail }, shown };
  }
  for (const child of folder.folders.values()) yield* refusedProblems(child);
}

/** Listings often come in order already; looking is cheaper than sorting. */
function inPathOrder(files: readonly PlacedFile[]): readonly PlacedFile[] {
  const isSorted = files.every((file, at) => at === 0 || (files[at - 1]?.path ?? '') < file.path);
  return isSorted ? files : files.toSorted((a, b) => comparePaths(a.path, b.path));
}

function withoutRepeats(problems: readonly PlacedProblem[]): readonly PlacedProblem[] {
  const byKey = new Map(
    problems.map((problem) => [`${problem.path ?? ''}\0${problem.code}\0${problem.shown}`, problem]),
  );
  return [...byKey].sort(([a], [b]) => comparePaths(a, b)).map(([, problem]) => problem);
}
