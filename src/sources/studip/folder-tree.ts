/** Where each folder of a course is, and what students may see of it. Pure. */
import { MAX_DEPTH } from '../../core/paths.ts';
import type { Folder } from './documents.ts';
import { type View, viewOf } from './student-view.ts';

export interface PlacedFolder {
  readonly folder: Folder;
  /** Names below the folder that is read, at most one more than a path may have; undefined for folders outside it. */
  readonly segments: readonly string[] | undefined;
  readonly view: View;
}

export interface FolderTree {
  /** By id. */
  readonly placed: ReadonlyMap<string, PlacedFolder>;
  /** Folders whose parent nobody told of, or that are above themselves: where they are cannot be said. */
  readonly homeless: readonly Folder[];
}

/** Places all folders of a course; `top` is the id of the folder that is read, with all below it. */
export function placeFolders(folders: readonly Folder[], top: string): FolderTree {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const root = folders.find(({ parent }) => parent === undefined);
  const placed = new Map<string, PlacedFolder>();
  const homeless: Folder[] = [];
  for (const folder of byId.values()) {
    const line = lineAbove(folder, byId, placed);
    const highest = line.at(-1);
    const isAtHome = highest === undefined || highest === root || placed.has(highest.parent ?? '');
    if (!isAtHome) homeless.push(folder);
    else for (const one of line.reverse()) placed.set(one.id, placeBelow(one, placed.get(one.parent ?? ''), top));
  }
  return { placed, homeless };
}

/** A folder and those above it that are not placed yet, up to the first that is missing or comes twice. */
function lineAbove(
  folder: Folder,
  byId: ReadonlyMap<string, Folder>,
  placed: ReadonlyMap<string, PlacedFolder>,
): Folder[] {
  const line = new Set<Folder>();
  let next: Folder | undefined = folder;
  while (next !== undefined && !placed.has(next.id) && !line.has(next)) {
    line.add(next);
    next = next.parent === undefined ? undefined : byId.get(next.parent);
  }
  return [...line];
}

function placeBelow(folder: Folder, above: PlacedFolder | undefined, top: string): PlacedFolder {
  const segments = folder.id === top ? [] : above?.segments && segmentsBelow(above.segments, folder.name);
  return { folder, segments, view: viewOf(folder, above?.view) };
}

/** What is below a folder that lies too deep to have a legal path is at that folder. */
function segmentsBelow(above: readonly string[], name: string): readonly string[] {
  return above.length > MAX_DEPTH ? above : [...above, name];
}
