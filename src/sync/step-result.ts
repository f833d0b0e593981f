/** What became of the steps of a plan. */
import type { RelPath } from '../core/paths.ts';
import type { ErrorCode } from '../errors.ts';
import type { Change } from './journal.ts';
import type { Held } from './place.ts';
import type { Step } from './plan-types.ts';

/** Why a step was not done: which path stood in the way. */
export interface Fault {
  readonly path: RelPath;
  readonly code: ErrorCode;
  readonly detail?: string;
}

/** What became of one step. Changes that were made before a fault, and not taken back, are listed all the same. */
export interface StepResult {
  readonly step: Step;
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
  readonly fault?: Fault;
}
