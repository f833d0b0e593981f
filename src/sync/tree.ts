/** The three trees of a merge: what was delivered (base), what is offered, what is in the home (local). */
import type { EntryId, Oid, RunId } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';

/** What the scan found at a path of the home. A path that is not in the scan's map does not exist. */
export type LocalNode =
  | { readonly kind: 'file'; readonly oid: Oid; readonly size: number; readonly executable: boolean }
  | { readonly kind: 'folder' }
  /**
   * A symbolic link, a FIFO, a socket, a device, or a file larger than course files are: never opened, followed, replaced
   * or written through.
   */
  | { readonly kind: 'foreign' }
  /** A file or folder that cannot be read, or a file that is being saved right now (`busy`). */
  | {
      readonly kind: 'unreadable';
      readonly why: 'denied' | 'io' | 'busy';
      /** Known to be a file: no course file can be below it. */
      readonly isFile?: true;
    };

/**
 * The home as one scan saw it: every placement, every offered path and course-copy name, their ancestors, and all
 * siblings in each folder where something may have to be created.
 */
export type LocalTree = ReadonlyMap<RelPath, LocalNode>;

/** One course file as last delivered to this workspace. */
export interface BaseRecord {
  readonly id: EntryId;
  /** Where the course has it. */
  readonly coursePath: RelPath;
  /** Where the workspace has it: `coursePath`, a course copy beside a student's file, or its path before a rename. */
  readonly placement: RelPath;
  /** The course's version that was last delivered to, or merged into, the placement. */
  readonly oid: Oid;
  readonly executable: boolean;
  /** Row 9: the course may have removed it, the source cannot tell. */
  readonly left?: true;
  /** The content a merge last put at the placement; while the file still is that, it is "merged", not "yours". */
  readonly merged?: Oid;
  /** What the student's file was before that merge. */
  readonly former?: Oid;
  /**
   * What an old browser tab or editor had wiped out of this version was brought back, or it was not their doing: from now
   * on it is the student's will.
   */
  readonly revived?: true;
  /** What the student's version overruled and the course still wants. Gone when the file takes the course's version. */
  readonly declined?: readonly Declined[];
}

/** One hunk or cell of the course that is not in the student's file. */
export interface Declined {
  readonly cell?: string;
  /** First and last line in the student's file (1-based) that stayed instead; the line it belongs after, twice, when none. */
  readonly lines?: readonly [number, number];
  /** What the course wanted, and what stayed: at most 2,000 characters each. */
  readonly course: string;
  readonly yours: string;
}

/** What a workspace remembers. If it is lost, the next run rebuilds it by content. */
export interface WorkspaceState {
  readonly version: 1;
  readonly course: string;
  readonly identity: string;
  /** Of the offer last delivered: within which the ids below mean anything (`numbering.ts`). */
  readonly numbering?: string;
  /** The commit last delivered. */
  readonly head: Oid;
  /** The run that wrote this state. */
  readonly run: RunId;
  readonly base: ReadonlyMap<EntryId, BaseRecord>;
  /** Folders f2git made: they go when the course leaves them empty. */
  readonly folders: ReadonlySet<RelPath>;
  /** Undone files and the course version (`absent`: the removal) the student refused. */
  readonly pins: ReadonlyMap<EntryId, Oid | 'absent'>;
}
