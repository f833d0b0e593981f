/** Where each folder of a course is, and what students may see of it. Pure. */
import type { Folder } from './documents.ts';
import { type View, viewOf } from './student-view.ts';

export interface PlacedFolder {
  readonly folder: Folder;
  /** Names below the folder that is read; undefined for folders outside it. */
  readonly segments: readonly string[] | undefined;
  readonly view: View;
}

export interface FolderTree {
  /** By id. */
  readonly placed: ReadonlyMap<string, PlacedFolder>;
  /** Folders whose parent nobody told of: where they are cannot be said. */
  readonly homeless: readonly Folder[];
}

/** Places all folders of a course; `top` is the id of the folder that is read, with all below it. */
export function placeFolders(folders: readonly Folder[], top: string): FolderTree {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const placed = new Map<string, PlacedFolder>();
  const place = (folder: Folder, below: ReadonlySet<string>): PlacedFolder | undefined => {
    const known = placed.get(folder.id);
    if (known !== undefined) return known;
    const parent = folder.parent === undefined ? undefined : byId.get(folder.parent);
    // a folder that is above itself has no place
    const isLost = folder.parent !== undefined && (parent === undefined || below.has(folder.id));
    if (isLost) return undefined;
    const above = parent === undefined ? undefined : place(parent, new Set([...below, folder.id]));
    if (parent !== undefined && above === undefined) return undefined;
    const segments = folder.id === top ? [] : above?.segments && [...above.segments, folder.name];
    const found = { folder, segments, view: viewOf(folder, above?.view) };
    placed.set(folder.id, found);
    return found;
  };
  const homeless = [...byId.values()].filter((folder) => place(folder, new Set()) === undefined);
  return { placed, homeless };
}
