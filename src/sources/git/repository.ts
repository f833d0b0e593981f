/** What a session needs of a repository, wherever it is. */
import type { Oid } from '../../core/ids.ts';
import type { ObjectStore } from './object-store.ts';
import type { Refs, Tip } from './refs.ts';

export interface GitRepository {
  /** Asks what there is now. */
  refs(signal: AbortSignal): Promise<Refs>;
  readonly objects: ObjectStore;
  /**
   * Makes the objects of `tip` readable, after `refs`. Gives false when the repository does not have it.
   * @throws {F2gitError} as `SourceSession.list`
   */
  obtain(tip: Tip, signal: AbortSignal): Promise<boolean>;
  /** Says that all of `tip` could be read. */
  confirm(tip: Oid): Promise<void>;
  /** Throws away what may be damaged and obtains it again. Gives false where there is no other copy. */
  repair(tip: Tip, signal: AbortSignal): Promise<boolean>;
  /** After a stream turned out damaged, too late for `repair`: the next session must start anew. */
  distrust(): void;
  close(): void;
}
