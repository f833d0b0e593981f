/**
 * What an audience may have at this moment, and how its content is read. The repository makes an offer; the agent
 * merges it into a home. Both know only this file of each other.
 */
import type { CourseId, EntryId, Oid } from './ids.ts';
import type { RelPath } from './paths.ts';

/** No platform is asked for a larger file, and a larger one in a home is taken for none of the course. Bytes. */
export const MAX_FILE_BYTES = 16 * 1024 ** 3;

/** One file of the course as it is offered now. */
export interface OfferedFile {
  readonly id: EntryId;
  readonly path: RelPath;
  readonly oid: Oid;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
}

/**
 * A path, with all below it, about which nothing may be concluded: row 1 of the merge table. `withheld` only ever names
 * paths this audience once had, so that it tells nobody about what is still to come.
 */
export interface Frozen {
  readonly path: RelPath;
  readonly why: 'withheld' | 'problem' | 'held';
  /** For `problem`: the error code (errors.ts) and a sentence for people who know the source. */
  readonly code?: string;
  readonly message?: string;
  /** For `problem`: what the source calls it, safe to show, where nothing can have that name. */
  readonly name?: string;
}

/** What the refresh that led to this offer saw of the source. */
export interface SourceState {
  readonly state: 'fresh' | 'cached' | 'unreachable';
  /** Whether the last listing covered the whole course. */
  readonly complete: boolean;
  /**
   * Requests sent and bytes received by this refresh, without what was fetched ahead of its release; 0 when it was served
   * from the cache.
   */
  readonly requests: number;
  readonly bytes: number;
  readonly problems: readonly SourceProblem[];
  /** When the source last answered, ISO 8601 UTC; absent when it never did. */
  readonly asOf?: string;
}

export interface SourceProblem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** The offered tree of one course and audience, at one commit of its hidden repository. */
export interface Offer {
  readonly course: CourseId;
  readonly title: string;
  /** Names the source for as long as it is the same course; a workspace refuses another one's content. */
  readonly identity: string;
  /** Within which the ids of files mean anything; absent where they are the source's own, which mean it for ever. */
  readonly numbering?: string;
  readonly head: Oid;
  /** Sorted by path (`comparePaths`); no two share a fold key; none lies at or below a frozen path. */
  readonly files: readonly OfferedFile[];
  readonly frozen: readonly Frozen[];
  /** Set when `files` is all that the commit `head` holds and nothing is frozen: then `head` says all about them. */
  readonly isWhole?: true;
  /** Whether a file that is neither in `files` nor frozen is known to be gone. */
  readonly deletions: 'certain' | 'ambiguous';
  readonly source: SourceState;
}

/** Every content the course ever published, per file: what is in here is never the student's work. */
export interface History {
  /** Whether `oid` was once delivered as the file `id`, or at `path`. */
  has(id: EntryId, path: RelPath, oid: Oid): boolean;
  /** All of which `has` is true, the newest first. */
  versions(id: EntryId, path: RelPath): readonly Oid[];
}

/** Content by object id, of exactly what this audience may have. */
export interface Contents {
  /** Reads the history; call it only when a local file is not the version last delivered. */
  history(): Promise<History>;
  /**
   * The whole content, checked against its id. For merges: objects up to a few megabytes.
   * @throws {F2gitError} `object-missing` when it is not there or damaged.
   */
  read(oid: Oid): Promise<Uint8Array>;
  /**
   * Writes the content to the open file `fd` from its present position, checked against its id, with bounded memory.
   * @throws {F2gitError} `object-missing` as above; what was written to `fd` is then worthless.
   */
  writeTo(oid: Oid, fd: number, signal?: AbortSignal): Promise<void>;
}
