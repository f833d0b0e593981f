/** The folders of a course as a tree: where each one lies, and who may look into it. Pure. */
import type { CanvasFolder } from './items.ts';
import { all, gateOf, type Gate } from './visibility.ts';

/** Where a folder lies. */
export type FolderPlace =
  | {
      readonly kind: 'placed';
      /** Names from the course's root folder on, which is not named itself. */
      readonly names: readonly string[];
      /** When students may see what is listed in it. */
      readonly gate: Gate;
      /** When they may read what they are led to in it. */
      readonly readGate: Gate;
    }
  /** What students handed in: no part of the course. */
  | { readonly kind: 'submissions' }
  /** `missing` is the folder, at or above it, that no list names. */
  | { readonly kind: 'unknown'; readonly missing: string };

/** Gives the place of a folder by its id. */
export type Places = (folder: string) => FolderPlace;

export function placesOf(folders: readonly CanvasFolder[]): Places {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const known = new Map<string, FolderPlace>();
  const place = (id: string, below: ReadonlySet<string>): FolderPlace => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const folder = byId.get(id);
    // A folder inside itself is as good as one nobody knows.
    if (folder === undefined || below.has(id)) return { kind: 'unknown', missing: id };
    const placed = placeOf(folder, (parent) => place(parent, new Set([...below, id])));
    known.set(id, placed);
    return placed;
  };
  return (id) => place(id, new Set());
}

/** The root's name differs from language to language and is in no path. */
function placeOf(folder: CanvasFolder, placeOfParent: (id: string) => FolderPlace): FolderPlace {
  if (folder.for_submissions === true) return { kind: 'submissions' };
  const [gate, readGate] = [gateOf(folder), gateOf(folder, false)];
  const { parent_folder_id: parentId } = folder;
  if (parentId === null || parentId === undefined) return { kind: 'placed', names: [], gate, readGate };
  const parent = placeOfParent(parentId);
  if (parent.kind !== 'placed') return parent;
  return {
    kind: 'placed',
    names: [...parent.names, folder.name],
    gate: all([parent.gate, gate]),
    readGate: all([parent.readGate, readGate]),
  };
}
