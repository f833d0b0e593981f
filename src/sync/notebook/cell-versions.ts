/** What is known about a cell that both the course and the student have, and what is decided about it. */
import type { Fields } from './fields.ts';
import type { Cell, CellType, Looks } from './read.ts';

/** Whether code cells that both sides changed are merged line by line (`code_cells` of the configuration). */
export type CodeCells = 'lines' | 'whole';

/** Something of a notebook the course wanted otherwise, as a person can read it. */
export interface Wish {
  readonly course: string;
  readonly yours: string;
}

export interface CellVersions {
  /** Absent when both sides added the same cell. */
  readonly base: Cell | undefined;
  readonly offered: Cell;
  readonly local: Cell;
  /** Texts the course once had in this cell, under the id it had then: nobody's work. */
  readonly earlier: ReadonlySet<Looks>;
  readonly codeCells: CodeCells;
}

/** The text of a merged cell and whose it is. */
export interface MergedBody {
  readonly from: 'local' | 'offered' | 'both';
  readonly type: CellType;
  readonly source: string;
  /** Whether the course wanted another one. */
  readonly isDeclined: boolean;
  /** Whether it is the course's although the student changed it. */
  readonly isReset: boolean;
}

export interface MergedCell {
  /** The cell in whose place and manner it is written. */
  readonly frame: Cell;
  /** All members but the id. */
  readonly fields: Fields;
  /** The id it should have; it gets another one where that is taken. */
  readonly id: string | undefined;
  readonly declined: readonly Wish[];
  /** Whether it is the course's and what the student wrote into it is not there any more. */
  readonly isReset: boolean;
}
