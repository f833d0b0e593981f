/**
 * `course.json`: what the last listing said, entry by entry, with what became of each. It is private to the server and
 * may be lost: the manifest and the next listing bring it back.
 */
import { createHash } from 'node:crypto';
import { entryId, type EntryId, type Oid } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import { F2gitError, type ErrorCode, type ErrorParams } from '../errors.ts';
import type { Json, Window } from '../sources/source.ts';
import { readIfPresent, writeFileDurably, writeFileLightly } from './durable-file.ts';

/** A file of the course as we know it, whether or not anybody may have it yet. */
export interface KnownEntry {
  /** The source's id of it now. */
  readonly sourceId: EntryId;
  /** What names it in offers for as long as it lives; survives what the source's id does not. */
  readonly id: EntryId;
  /** What it is in all audiences alike, and never leaves the server; absent where it is `id`. */
  readonly lineage?: EntryId;
  /** `id` is a path that named another file before: who has that one still must not take this for it where it moves. */
  readonly isAgain?: true;
  readonly path: RelPath;
  /** What people see at the source, where that is not the path: rules may name it by either. */
  readonly sourcePath?: string;
  /** The stamp of the content in `oid`; empty while there is none. */
  readonly stamp: string;
  /** The last content fetched, and its bytes. */
  readonly oid?: Oid;
  readonly size: number;
  readonly executable: boolean;
  readonly visible?: Window;
  /** Where it last was in a commit: this path is no secret to the audience. */
  readonly publishedAs?: RelPath;
  /** It vanished and the brake holds the deletion. */
  readonly held: boolean;
  /** When a content was fetched whose stamp may hide a later change (milliseconds since 1970). */
  readonly doubted?: number;
  /** Why its present version could not be had. */
  readonly problem?: Trouble;
  /** It was published once; no listing said since what was known was lost whether it is still there. */
  readonly unseen?: true;
}

export interface Trouble {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
}

/** A path, with all below it, that the source named and could not give. */
export interface PathTrouble extends Trouble {
  /** Absent: the whole course. */
  readonly path?: RelPath;
  /** As of an entry. */
  readonly sourcePath?: string;
  /** Its name at the source, safe to show. */
  readonly shown?: string;
}

export interface CourseState {
  /** The source it was read from, as `SourceAdapter.identity` names it. */
  readonly identity: string;
  /**
   * Within which ids of a source that has none of its own mean anything. Another one begins where this file was lost: what
   * was a file's id may be another's then.
   */
  readonly numbering?: string;
  /** The commit this state belongs to. */
  readonly head?: Oid;
  /** Whether the last listing covered the whole course. */
  readonly complete: boolean;
  /**
   * Put together from the commit: what others may have, or may have later, is not in it. A whole listing says all of that
   * but for what lies at or below the paths of its problems: then only these are left. `true`: everywhere.
   */
  readonly isFromCommit?: true | readonly RelPath[];
  /** The adapter's memory of a listing that was committed whole. */
  readonly memory?: Json;
  /** What that listing showed beside `entries`, because it was not wanted then. */
  readonly unwanted?: readonly (RelPath | readonly [path: RelPath, sourcePath: string])[];
  readonly entries: readonly KnownEntry[];
  readonly problems: readonly PathTrouble[];
}

export function emptyState(identity: string): CourseState {
  return { identity, complete: false, entries: [], problems: [] };
}

/** A state as it is on disk. */
export interface StoredState {
  readonly state: CourseState;
  /**
   * Set when all that is known is the commit `state.head`: each entry is in it as it is known, there is nothing else in
   * it, and nothing else to say. It names the packs that hold all contents (`ObjectStore.generation`).
   */
  readonly wholeIn?: string;
}

/** Begins what stands for the id of a file in a source that is read no more: no source lists such an id. */
const FORMER = 'former source: ';

/**
 * What is known of a course that is read from another source, `identity`, from now on: its files stay who they are, and
 * the next listing finds them again by their paths. What the other source called them, and how it told their versions
 * apart, says nothing any more. Pure.
 */
export function asReadElsewhere(
  { numbering, head, complete, isFromCommit, entries, problems }: CourseState,
  identity: string,
): CourseState {
  return {
    identity,
    ...(numbering === undefined ? {} : { numbering }),
    ...(head === undefined ? {} : { head }),
    complete,
    ...(isFromCommit === undefined ? {} : { isFromCommit }),
    entries: entries.map((entry, number) => ({ ...entry, sourceId: entryId(`${FORMER}${number}`), stamp: '' })),
    problems,
  };
}

/** Whether the source that is read now never listed the file. */
export function isOfFormerSource({ sourceId }: Pick<KnownEntry, 'sourceId'>): boolean {
  return sourceId.startsWith(FORMER);
}

/**
 * Reads the state; undefined when there is none, or when it is damaged. Entries are decoded when they are first asked
 * for: a refresh of a course that did not change needs none.
 * @throws {F2gitError} `repository-newer` when a newer f2git wrote it
 */
export function readCourseState(path: string): StoredState | undefined {
  const text = readIfPresent(path)?.toString('utf8');
  if (text === undefined) return undefined;
  const version = /^f2git-course (\d+) /.exec(text)?.[1];
  if (version !== undefined && Number(version) > 1) throw new F2gitError('repository-newer', { params: { version } });
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (text.slice(0, end) !== firstLine(body)) return undefined;
  return parseStored(body);
}

/**
 * Stores the state durably: a line for the checksum, one for the entries' rows, and one for the rest before them. Where
 * the commit and its manifest, which are durable before, say all of it, nobody waits for the disk: a state that a power
 * cut made old, empty or torn is made again from the manifest, and only the adapter's memory is gone, which costs one
 * listing.
 */
export function writeCourseState(path: string, { state, wholeIn }: StoredState): void {
  const { entries, ...rest } = state;
  const body = `${JSON.stringify({ ...rest, wholeIn })}\n${JSON.stringify(entries.map(encodeEntry))}`;
  const isInManifest = wholeIn !== undefined && entries.every(hasOneName);
  (isInManifest ? writeFileLightly : writeFileDurably)(path, `${firstLine(body)}\n${body}`, 0o600);
}

/** A manifest knows a file by one id and one path. */
function hasOneName({ sourceId, id, lineage, isAgain, sourcePath }: KnownEntry): boolean {
  return sourceId === id && lineage === undefined && isAgain === undefined && sourcePath === undefined;
}

/** See `KnownEntry.lineage`. */
export function lineageOf({ id, lineage = id }: Pick<KnownEntry, 'id' | 'lineage'>): EntryId {
  return lineage;
}

function firstLine(body: string): string {
  return `f2git-course 1 ${createHash('sha1').update(body).digest('hex')}`;
}

/** Rows instead of objects: a course of ten thousand files is read at every start. */
type EntryRow = readonly [
  path: RelPath,
  stamp: string,
  oid: Oid | null,
  size: number,
  flags: number,
  rest?: Partial<
    Pick<
      KnownEntry,
      | 'sourcePath'
      | 'sourceId'
      | 'id'
      | 'lineage'
      | 'isAgain'
      | 'visible'
      | 'doubted'
      | 'problem'
      | 'publishedAs'
      | 'unseen'
    >
  >,
];

const EXECUTABLE = 1;
const HELD = 2;
/** `publishedAs` is the path. */
const PUBLISHED = 4;

function encodeEntry(entry: KnownEntry): EntryRow {
  const flags =
    (entry.executable ? EXECUTABLE : 0) | (entry.held ? HELD : 0) | (entry.publishedAs === entry.path ? PUBLISHED : 0);
  const rest = {
    ...namesOf(entry),
    ...(entry.visible === undefined ? {} : { visible: entry.visible }),
    ...(entry.doubted === undefined ? {} : { doubted: entry.doubted }),
    ...(entry.problem === undefined ? {} : { problem: entry.problem }),
    ...(entry.unseen === undefined ? {} : { unseen: entry.unseen }),
    ...(entry.publishedAs === undefined || entry.publishedAs === entry.path ? {} : { publishedAs: entry.publishedAs }),
  };
  const row = [entry.path, entry.stamp, entry.oid ?? null, entry.size, flags] as const;
  return Object.keys(rest).length === 0 ? row : [...row, rest];
}

function namesOf({ path, sourcePath, sourceId, id, lineage, isAgain }: KnownEntry): Partial<KnownEntry> {
  return {
    ...(sourcePath === undefined ? {} : { sourcePath }),
    ...(sourceId === (path as string) ? {} : { sourceId }),
    ...(id === (sourceId as string) ? {} : { id }),
    ...(lineage === undefined ? {} : { lineage }),
    ...(isAgain === undefined ? {} : { isAgain }),
  };
}

function decodeEntry([path, stamp, oid, size, flags, rest]: EntryRow): KnownEntry {
  const sourceId = rest?.sourceId ?? (path as string as EntryId);
  return {
    sourceId,
    id: sourceId,
    path,
    stamp,
    ...(oid === null ? {} : { oid }),
    size,
    executable: (flags & EXECUTABLE) !== 0,
    held: (flags & HELD) !== 0,
    ...((flags & PUBLISHED) === 0 ? {} : { publishedAs: path }),
    ...rest,
  };
}

/** The checksum says that `writeCourseState` wrote the body, which is why its rows are taken for granted. */
function parseStored(body: string): StoredState | undefined {
  const [first = '', rows] = body.split('\n');
  if (rows === undefined) return undefined;
  const { wholeIn, ...rest } = JSON.parse(first) as Omit<CourseState, 'entries'> & Pick<StoredState, 'wholeIn'>;
  let decoded: readonly KnownEntry[] | undefined;
  const state: CourseState = {
    ...rest,
    get entries() {
      return (decoded ??= (JSON.parse(rows) as readonly EntryRow[]).map(decodeEntry));
    },
  };
  return wholeIn === undefined ? { state } : { state, wholeIn };
}
