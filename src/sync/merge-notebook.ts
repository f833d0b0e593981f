/**
 * The three-way merge of Jupyter notebooks by cells (the merge table, row 11): what the course changed arrives, what the
 * student did stays, byte for byte. Never a conflict marker, never a notebook Jupyter cannot open.
 */
import { ancestorOf } from './notebook/ancestor.ts';
import type { CodeCells } from './notebook/cell-versions.ts';
import { problemOf } from './notebook/check.ts';
import type { Sides } from './notebook/merge-cells.ts';
import { mergeNotebooks, type CellNote } from './notebook/merge-notebooks.ts';
import { readNotebook, type Notebook, type Unreadable } from './notebook/read.ts';
import { writeNotebook } from './notebook/write.ts';
import type { Declined } from './tree.ts';

export type NotebookMerge =
  | {
      readonly kind: 'merged';
      readonly bytes: Uint8Array;
      readonly declined: readonly Declined[];
      readonly notes: readonly CellNote[];
    }
  | { readonly kind: 'not-mergeable'; readonly why: NotNotebook };

/** Why a notebook is not merged; `unsure`: our own check of the result failed, which is a bug. */
export type NotNotebook = Unreadable | 'unsure';

export interface NotebookOptions {
  /** Versions of the file the course once published, the newest first; those that are no notebooks say nothing. */
  readonly earlier?: readonly Uint8Array[];
  readonly codeCells?: CodeCells;
}

/** The name by which a file is taken for a notebook. */
export function isNotebookName(name: string): boolean {
  return /\.ipynb$/i.test(name);
}

/**
 * Merges what the course made of `base` into what the student made of it. A file only one side changed is that side's,
 * byte for byte; one the course once published is nobody's work. A student's file that was made of an earlier version gets
 * what came since, even where the course changed nothing after `base`.
 */
export function mergeNotebook(
  base: Uint8Array,
  offered: Uint8Array,
  local: Uint8Array,
  { earlier = [], codeCells = 'lines' }: NotebookOptions = {},
): NotebookMerge {
  const isUnchanged = isSame(base, offered);
  if (isSame(offered, local) || (isUnchanged && earlier.length === 0)) return unchanged(local);
  if (isSame(base, local) || earlier.some((version) => isSame(version, local))) return unchanged(offered);

  const [b, u, l] = [readNotebook(base), readNotebook(offered), readNotebook(local)];
  if (typeof l === 'string') return { kind: 'not-mergeable', why: l };
  if (typeof u === 'string') return { kind: 'not-mergeable', why: u };
  if (typeof b === 'string') return { kind: 'not-mergeable', why: b };
  const known = earlier.map(readNotebook).filter((notebook): notebook is Notebook => typeof notebook !== 'string');
  const ancestor = ancestorOf(b, known, l);
  if (isUnchanged && ancestor === b) return unchanged(local);
  const others = [b, ...known].filter((notebook) => notebook !== ancestor);
  return compose({ base: ancestor, offered: u, local: l, earlier: others, codeCells });
}

function compose(sides: Sides): NotebookMerge {
  const { root, declined, notes } = mergeNotebooks(sides);
  const bytes = writeNotebook(root, sides.offered, sides.local);
  const why = isSame(bytes, sides.local.bytes) ? undefined : problemOf(bytes, root);
  return why === undefined ? { kind: 'merged', bytes, declined, notes } : { kind: 'not-mergeable', why };
}

function unchanged(bytes: Uint8Array): NotebookMerge {
  return { kind: 'merged', bytes, declined: [], notes: [] };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
