/**
 * What the planner takes and gives: three trees in, writes and sentences out. All of it is data.
 */
import type { EntryId, Oid } from '../core/ids.ts';
import type { Frozen, History, OfferedFile } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { NotNotebook } from './merge-notebook.ts';
import type { CodeCells } from './notebook/cell-versions.ts';
import type { CellNote } from './notebook/merge-notebooks.ts';
import type { BaseRecord, Declined, LocalTree } from './tree.ts';

/** What a course or its administrator chose (DESIGN, configuration). */
export interface Policy {
  readonly deletedFiles: 'restore' | 'respect';
  readonly courseCopies: 'report' | 'beside';
  /** Code cells of notebooks that both sides changed: merged line by line (default), or the student's as a whole. */
  readonly codeCells?: CodeCells;
}

/** For a course about which nobody chose anything. */
export const USUAL_POLICY: Policy = { deletedFiles: 'restore', courseCopies: 'report' };

/** A three-way merge of content the planner needs to know the result of. */
export interface MergeRequest {
  /** The placement of the student's file: its name decides how it is merged. */
  readonly path: RelPath;
  readonly base: Oid;
  readonly offered: Oid;
  readonly local: Oid;
  /** What else the course once published as this file, the newest first. */
  readonly earlier?: readonly Oid[];
  /** What the student's file was before the last merge. */
  readonly former?: Oid;
  /** What was declined before. */
  readonly declined?: readonly Declined[];
}

export type MergeOutcome =
  | {
      readonly kind: 'merged';
      readonly oid: Oid;
      readonly size: number;
      readonly declined: readonly Declined[];
      /** Of what was declined before: what the course still wants; all of it where absent. */
      readonly stillWanted?: readonly Declined[];
      /** What else a person should know about the cells of a notebook. */
      readonly notes?: readonly CellNote[];
    }
  /** Binary, not UTF-8, too large, a missing base, a notebook that cannot be merged (`why`): row 12. */
  | { readonly kind: 'not-mergeable'; readonly why?: NotNotebook };

/** The outcome of a merge once it is known; undefined asks the caller to do it and plan again. */
export type Merges = (request: MergeRequest) => MergeOutcome | undefined;

export interface PlanInput {
  readonly base: ReadonlyMap<EntryId, BaseRecord>;
  readonly folders: ReadonlySet<RelPath>;
  readonly pins: ReadonlyMap<EntryId, Oid | 'absent'>;
  readonly offered: readonly OfferedFile[];
  readonly frozen: readonly Frozen[];
  readonly deletions: 'certain' | 'ambiguous';
  /** Only this subtree of the course is wanted by this link; course files outside it are left as they are. */
  readonly scope?: RelPath;
  readonly local: LocalTree;
  readonly history: History;
  readonly merges: Merges;
  readonly policy: Policy;
}

/** Where the bytes of an action come from: the course, a merge, or a file of the home under another name. */
export type Content =
  | { readonly from: 'course'; readonly oid: Oid; readonly size: number }
  | { readonly from: 'merge'; readonly oid: Oid; readonly size: number }
  | { readonly from: 'home'; readonly oid: Oid; readonly size: number; readonly path: RelPath };

/**
 * One write. `expect` is what must be at the path at the last moment; anything else there skips the step. `create` and
 * the target of `move` expect nothing there; `remove-folder` expects an empty folder.
 *
 * Content from the `home` is what was at its path before the first action of the plan: it is staged like all other
 * content, so that two files can change places. `rightsOf` is the student's file whose content it is or goes into: who
 * may not read that one may not read this one.
 */
export type Action =
  | {
      readonly kind: 'create';
      readonly path: RelPath;
      readonly content: Content;
      readonly executable: boolean;
      readonly rightsOf?: RelPath;
    }
  | {
      readonly kind: 'replace';
      readonly path: RelPath;
      readonly expect: Oid;
      readonly content: Content;
      readonly executable: boolean;
      readonly rightsOf?: RelPath;
    }
  | { readonly kind: 'remove'; readonly path: RelPath; readonly expect: Oid }
  /** A rename within the workspace that keeps the inode, so that an editor that has the file open keeps saving into it. */
  | { readonly kind: 'move'; readonly path: RelPath; readonly to: RelPath; readonly expect: Oid }
  | { readonly kind: 'set-executable'; readonly path: RelPath; readonly expect: Oid; readonly executable: boolean }
  /** A folder f2git made, where a file must go. */
  | { readonly kind: 'remove-folder'; readonly path: RelPath };

/** The action words of `--json` (DESIGN 8). */
export type FileAction =
  'added' | 'updated' | 'merged' | 'kept' | 'restored' | 'removed' | 'renamed' | 'copied' | 'skipped' | 'held';

/** One sentence for the student about one file; `report.ts` puts it into words. */
export interface Notice {
  /** The file as the student sees it: its placement. */
  readonly path: RelPath;
  readonly action: FileAction;
  /** Why, where the action alone does not say: the row of the table. */
  readonly rule: RuleId;
  /** Where the course has the file now; it stays under its old name, because that place is the student's. */
  readonly barred?: RelPath;
  /** The course copy beside the student's file. */
  readonly copy?: RelPath;
  /** The former path of a renamed file. */
  readonly from?: RelPath;
  readonly declined?: readonly Declined[];
  /** What else there is to know about the cells of a merged notebook. */
  readonly cells?: readonly CellNote[];
  /** A browser tab or an editor that showed an older version had saved over what was delivered: it is back, for once. */
  readonly revived?: true;
  /** Why a notebook was not merged. */
  readonly notNotebook?: NotNotebook;
  /** For `skipped`: why nothing could be done, an error code. */
  readonly code?: string;
  /** What the source calls it, safe to show, where nothing can have that name. */
  readonly name?: string;
  readonly detail?: string;
}

/** The rows of the merge table (DESIGN 6), `rename` for a course rename, `pin` for what the student undid. */
export type RuleId =
  '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '10' | '11' | '12' | '13' | '14' | '15' | 'rename' | 'pin';

/**
 * All that is done about one course file. Its actions stand or fall together: if one is skipped, `before` stays
 * recorded, else `after`. Absent means: no record. `before` has another id than the step when the source gave the file
 * a new one. Two steps have the same id where files and folders change places: the first only makes room.
 */
export interface Step {
  readonly id: EntryId;
  readonly rule: RuleId;
  readonly actions: readonly Action[];
  readonly notice?: Notice;
  readonly before?: BaseRecord;
  readonly after?: BaseRecord;
}

/**
 * What a run does. The executor
 * 1. stages all content;
 * 2. applies the steps one after the other, and in each the actions; before a `create` or `move` it makes those parent
 *    folders of the target that are missing (they are in `makeFolders`);
 * 3. at the end removes those of `removeFolders` that are empty;
 * 4. records: for each step that succeeded `before` goes and `after` comes; `unpinned` pins go; to the folders f2git made,
 *    those it made just now come, and those that are gone go.
 */
export interface Plan {
  /** Each action's expectation holds when all before it were applied. */
  readonly steps: readonly Step[];
  /** What must be said about paths, not about one course file: rows 1 and 2. */
  readonly notices: readonly Notice[];
  /** Folders that actions of this plan need and that are not there, parents first. */
  readonly makeFolders: readonly RelPath[];
  /** Folders f2git made that the plan may leave empty, children first. */
  readonly removeFolders: readonly RelPath[];
  /** Pins that no longer hold, because the course's version moved on. */
  readonly unpinned: readonly EntryId[];
  /** Merges whose outcome the plan needs. Not empty: resolve them and plan again; the rest of this plan is empty. */
  readonly merges: readonly MergeRequest[];
}
