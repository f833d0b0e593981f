/** What a run did, as data. It is kept in the workspace and shown by the command line, the pages and `log`. */
import type { Oid, RunId } from '../core/ids.ts';
import type { SourceState } from '../core/offer.ts';
import type { Notice } from './plan-types.ts';

export interface RunReport {
  readonly f2git: 1;
  readonly kind: 'sync' | 'undo' | 'take';
  readonly run: RunId;
  readonly course: string;
  /** Absolute path. */
  readonly workspace: string;
  readonly base: Oid | null;
  readonly head: Oid;
  readonly outcome: 'updated' | 'unchanged' | 'partial' | 'stale';
  readonly source: SourceState;
  readonly notices: readonly Notice[];
  /** How many files stay without the course's version because the student took it back; absent for none. */
  readonly refused?: number;
  /** The course has no files for this student, and its source says so for certain. */
  readonly empty?: true;
  /** The placement of the file the link names, or what stands in for it. */
  readonly open?: string;
  /** Instead of `open`: the path the link names, where nothing is in the workspace. */
  readonly missing?: string;
  /** ISO 8601 UTC. */
  readonly started: string;
  readonly finished: string;
  /** For `undo`: the run it took back. */
  readonly undoes?: RunId;
}
