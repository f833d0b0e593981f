/** What the memory of the last listing is good for: which folders it knew, and what needs no second look. */
import { type DavName, decodeSegment } from './href.ts';
import type { DavProps } from './multistatus.ts';
import { normaliseEtag } from './stamp.ts';

/** A file of a folder whose contents may be taken from memory: encoded name, stamp, size. */
export type RememberedFile = readonly [encoded: string, stamp: string, size: number | null];

export interface RememberedFolder {
  /** Digest of the server's answer. Absent when a file in it was too fresh for its date to be believed. */
  readonly answer?: string;
  /** Only where an unchanged entity tag proves that nothing below changed, mounted storages apart. */
  readonly tree?: { readonly etag: string; readonly files: readonly RememberedFile[] };
}

/** What a walk can make use of. */
export interface WalkMemory {
  /** When every folder was last asked for. */
  readonly walked: Date;
  /** By path below the root: encoded segments joined by `/`, the root itself is empty. */
  readonly folders: ReadonlyMap<string, RememberedFolder>;
}

/** A folder below the root. */
export interface Place {
  readonly path: readonly DavName[];
  /** Encoded segments joined by `/`; the root's is empty. */
  readonly key: string;
}

/** A subtree that needs no asking. */
export interface KnownTree {
  readonly folders: readonly { readonly place: Place; readonly files: readonly RememberedFile[] }[];
  /** Folders in it whose own changes its entity tag does not show. */
  readonly ask: readonly Place[];
}

/** Entity tags of folders miss changes in storages mounted from elsewhere; every folder is asked this often. */
const FULL_WALK_MS = 60 * 60 * 1000;

export class Known {
  readonly #memory: WalkMemory | undefined;
  readonly #children = new Map<string, string[]>();
  readonly #mayPrune: boolean;
  /** Whether the memory must be renewed although nothing changed, because its trees were not asked for too long. */
  readonly isDue: boolean;

  constructor(memory: WalkMemory | undefined, now: Date) {
    this.#memory = memory;
    const age = now.getTime() - (memory?.walked.getTime() ?? 0);
    this.#mayPrune = age >= 0 && age < FULL_WALK_MS;
    const hasTrees = [...(memory?.folders.values() ?? [])].some(({ tree }) => tree !== undefined);
    this.isDue = hasTrees && !this.#mayPrune;
    for (const key of memory?.folders.keys() ?? []) {
      if (key === '') continue;
      const parent = key.slice(0, Math.max(0, key.lastIndexOf('/')));
      const siblings = this.#children.get(parent);
      if (siblings === undefined) this.#children.set(parent, [key]);
      else siblings.push(key);
    }
  }

  /** Whether the folder answered exactly as remembered, at a time when its dates could be believed. */
  isSameAnswer(place: Place, digest: string): boolean {
    return this.#memory?.folders.get(place.key)?.answer === digest;
  }

  /** The folders that were directly in `place`. */
  foldersIn(place: Place): readonly Place[] {
    return (this.#children.get(place.key) ?? []).map(placeOfKey);
  }

  /**
   * The subtree at `place` if it cannot have changed. `props` is what its parent's answer says of it; absent when that
   * answer was the remembered one.
   */
  unchangedTree(place: Place, props: DavProps | undefined, isPublicShare: boolean): KnownTree | undefined {
    const tree = this.#mayPrune ? this.#memory?.folders.get(place.key)?.tree : undefined;
    if (tree === undefined) return undefined;
    const isSame = props === undefined || (tree.etag === treeEtag(props, isPublicShare) && tree.etag !== '');
    return isSame ? this.#collect(place, tree.files) : undefined;
  }

  #collect(top: Place, files: readonly RememberedFile[]): KnownTree {
    const folders = [{ place: top, files }];
    const ask: Place[] = [];
    for (const { place } of folders) {
      for (const child of this.foldersIn(place)) {
        const tree = this.#memory?.folders.get(child.key)?.tree;
        if (tree === undefined) ask.push(child);
        else folders.push({ place: child, files: tree.files });
      }
    }
    return { folders, ask };
  }
}

/**
 * The entity tag of a folder where it changes with everything below, else undefined. Only the ownCloud family passes
 * tags up to the root (it gives file ids), and not out of storages mounted from elsewhere. Public links do not show the
 * permission letters that mark those, so there only Nextcloud's mount type counts.
 */
export function treeEtag(props: DavProps, isPublicShare: boolean): string | undefined {
  if (props.fileId === undefined || props.isCollection !== true) return undefined;
  if (props.mountType !== undefined) {
    return props.mountType === '' || props.mountType === 'group' ? normaliseEtag(props.etag) : undefined;
  }
  const isOwn = !isPublicShare && props.permissions !== undefined && !/[SM]/.test(props.permissions);
  return isOwn ? normaliseEtag(props.etag) : undefined;
}

export function placeOf(path: readonly DavName[]): Place {
  return { path, key: path.map(({ encoded }) => encoded).join('/') };
}

function placeOfKey(key: string): Place {
  return { path: key.split('/').map(decodeSegment), key };
}
