/**
 * `.f2git/state.json`: what a workspace remembers. Writing it is a run's only commit point. It lies in the student's
 * home, so it is a hint: strictly read, rebuilt by content when it is lost or damaged.
 *
 * 10,000 records must be read in about ten milliseconds, so a record is an array and a path that reads like most paths
 * is not taken apart.
 */
import { parseCourseId, parseRunId, type EntryId, type Oid, type RunId } from '../core/ids.ts';
import { parseRelPath, STATE_FOLDER, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { ensureFolder, hasStateFolder, readOwnFile, writeDurably } from './durable.ts';
import type { Home } from './home.ts';
import type { BaseRecord, Declined, WorkspaceState } from './tree.ts';
import { readTrouble } from './trouble.ts';

const FILE = `${STATE_FOLDER}/state.json`;
const VERSION = 1;

/** Id, course path, placement (0: the same), oid, executable, and what few records have. */
type RecordRow = readonly [string, string, string | 0, string, 0 | 1, RecordExtra?];

interface RecordExtra {
  readonly left?: true;
  readonly merged?: Oid;
  readonly former?: Oid;
  readonly revived?: true;
  readonly declined?: readonly Declined[];
}

export type Heading = Pick<WorkspaceState, 'course' | 'identity'>;

/**
 * What the workspace remembers; undefined when that is nothing, or lost, or damaged.
 * @throws {F2gitError} `workspace-state-refused` when a newer f2git wrote it, or `.f2git` is no folder;
 * `workspace-unreadable`
 */
export function loadState(home: Home): WorkspaceState | undefined {
  const document = readDocument(home);
  return document === undefined ? undefined : parseState(document);
}

/**
 * As `loadState`, but damage is not taken for nothing.
 * @throws {F2gitError} `workspace-state-lost` too
 */
export function loadWholeState(home: Home): WorkspaceState | undefined {
  const state = loadState(home);
  if (state === undefined && home.stat(FILE) !== undefined)
    throw new F2gitError('workspace-state-lost', { params: { workspace: home.root } });
  return state;
}

/** Whose workspace it is: of `loadState` only what can be had without looking at every record. */
export function loadHeading(home: Home): Heading | undefined {
  const { course, identity } = readDocument(home) ?? {};
  if (typeof course !== 'string' || parseCourseId(course) === undefined || typeof identity !== 'string')
    return undefined;
  return { course, identity };
}

/** @throws {F2gitError} as `loadState` */
function readDocument(home: Home): Readonly<Record<string, unknown>> | undefined {
  const bytes = readStateFile(home);
  if (bytes === undefined) return undefined;
  const document = parseJson(bytes);
  if (!isObject(document)) return undefined;
  const version = document['version'];
  if (typeof version === 'number' && version > VERSION) {
    throw new F2gitError('workspace-state-refused', { params: { workspace: home.root, why: `version ${version}` } });
  }
  return migrated(document);
}

type StateDocument = Readonly<Record<string, unknown>>;

/** What brings a state to the next version, each a pure function, by the version it starts from. */
export type Migrations = Readonly<Record<number, (document: StateDocument) => StateDocument>>;

/** Version 1 is the first. */
const migrations: Migrations = {};

/** The state document in the present version; undefined when no way leads there from its own. */
export function migrated(document: StateDocument, steps: Migrations = migrations): StateDocument | undefined {
  let current = document;
  for (;;) {
    const version = current['version'];
    if (version === VERSION) return current;
    const step = typeof version === 'number' ? steps[version] : undefined;
    if (typeof version !== 'number' || step === undefined) return undefined;
    current = { ...step(current), version: version + 1 };
  }
}

/** The commit point: after it the workspace remembers `state`, before it what it remembered so far. */
export function saveState(home: Home, state: WorkspaceState): void {
  ensureFolder(home, STATE_FOLDER);
  writeDurably(home, FILE, JSON.stringify(stateDocument(state)));
}

/** A record as JSON keeps it, for state and journal. */
export function recordRow(record: BaseRecord): unknown {
  const { id, coursePath, placement, oid, executable, left, merged, former, revived, declined } = record;
  const row: RecordRow = [id, coursePath, placement === coursePath ? 0 : placement, oid, executable ? 1 : 0];
  const extra: RecordExtra = {
    ...(left && { left }),
    ...(merged && { merged }),
    ...(former && { former }),
    ...(revived && { revived }),
    ...(declined && { declined }),
  };
  return Object.keys(extra).length === 0 ? row : [...row, extra];
}

/** The record in `row`, or undefined when it is none. */
export function parseRecord(row: unknown): BaseRecord | undefined {
  if (!Array.isArray(row)) return undefined;
  const fields = row as readonly unknown[];
  const [id, coursePath, placement] = [fields[0], fields[1], fields[2]];
  const [oid, executable, extra] = [fields[3], fields[4], fields[5]];
  if (!isEntryId(id) || !isPath(coursePath) || !isOid(oid)) return undefined;
  if (placement !== 0 && !isPath(placement)) return undefined;
  if (executable !== 0 && executable !== 1) return undefined;
  const record: BaseRecord = {
    id,
    coursePath,
    placement: placement === 0 ? coursePath : placement,
    oid,
    executable: executable === 1,
  };
  return extra === undefined ? record : withExtra(record, extra);
}

/** Whether `value` is an object id, for everything read from the home. */
export function isOid(value: unknown): value is Oid {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value);
}

/** Whether `value` is an entry id, for everything read from the home. */
export function isEntryId(value: unknown): value is EntryId {
  return typeof value === 'string' && value !== '' && value.length <= 4096;
}

/** Whether `value` is a legal path, for everything read from the home. */
export function isPath(value: unknown): value is RelPath {
  if (typeof value !== 'string') return false;
  return (value.length <= 200 && PLAIN_PATH.test(value)) || parseRelPath(value) !== undefined;
}

/** Whether `value` is an object with keys. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What JSON says in `bytes`; undefined when it is none. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // Damaged: whoever asks treats it as lost, and the run rebuilds it by content.
    return undefined;
  }
}

/**
 * Letters or digits first, so no segment is `.`, `..`, a dot-file or one of ours: most paths, in one pass. At most
 * 32 segments because 200 characters may be 100 of them.
 */
const PLAIN_PATH = /^[A-Za-z0-9][A-Za-z0-9_ .-]*(?:\/[A-Za-z0-9][A-Za-z0-9_ .-]*){0,31}$/;

function readStateFile(home: Home): Buffer | undefined {
  try {
    return hasStateFolder(home) ? readOwnFile(home, FILE) : undefined;
  } catch (error) {
    throw readTrouble(home.root, error);
  }
}

function stateDocument(state: WorkspaceState): unknown {
  const { course, identity, numbering, head, run } = state;
  return {
    version: VERSION,
    course,
    identity,
    ...(numbering === undefined ? {} : { numbering }),
    head,
    run,
    folders: [...state.folders],
    pins: [...state.pins],
    base: [...state.base.values()].map(recordRow),
  };
}

/** All or nothing: half a state would take the missing half for the student's own files. */
function parseState(document: Readonly<Record<string, unknown>>): WorkspaceState | undefined {
  const { course, identity, numbering, head, run } = document;
  if (typeof course !== 'string' || parseCourseId(course) === undefined) return undefined;
  if (typeof identity !== 'string' || !isOid(head)) return undefined;
  const runId: RunId | undefined = typeof run === 'string' ? parseRunId(run) : undefined;
  const base = parseBase(document['base']);
  const folders = listOf(document['folders'], (value) => (isPath(value) ? value : undefined));
  const pins = listOf(document['pins'], parsePin);
  if (runId === undefined || base === undefined || folders === undefined || pins === undefined) return undefined;
  const known = { course, identity, ...(typeof numbering === 'string' && { numbering }) };
  return { version: VERSION, ...known, head, run: runId, base, folders: new Set(folders), pins: new Map(pins) };
}

function parseBase(value: unknown): ReadonlyMap<EntryId, BaseRecord> | undefined {
  const records = listOf(value, parseRecord);
  if (records === undefined) return undefined;
  const base = new Map<EntryId, BaseRecord>();
  for (const record of records) base.set(record.id, record);
  return base.size === records.length ? base : undefined;
}

function parsePin(value: unknown): readonly [EntryId, Oid | 'absent'] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [id, refused] = value as readonly unknown[];
  return isEntryId(id) && (refused === 'absent' || isOid(refused)) ? [id, refused] : undefined;
}

/** Each item parsed, or undefined when one is damaged. */
export function listOf<Item>(value: unknown, parse: (item: unknown) => Item | undefined): readonly Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: Item[] = [];
  for (const raw of value as readonly unknown[]) {
    const item = parse(raw);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function withExtra(record: BaseRecord, extra: unknown): BaseRecord | undefined {
  if (!isObject(extra)) return undefined;
  const { left, merged, former, revived, declined } = extra;
  if (!isFlag(left) || !isFlag(revived) || !isOptionalOid(merged) || !isOptionalOid(former)) return undefined;
  const hunks = declined === undefined ? undefined : listOf(declined, parseDeclined);
  if (declined !== undefined && hunks === undefined) return undefined;
  const flags = { ...(left && { left }), ...(revived && { revived }) };
  const contents = { ...(merged && { merged }), ...(former && { former }) };
  return { ...record, ...flags, ...contents, ...(hunks && { declined: hunks }) };
}

function isOptionalOid(value: unknown): value is Oid | undefined {
  return value === undefined || isOid(value);
}

function isFlag(value: unknown): value is true | undefined {
  return value === undefined || value === true;
}

/** The declined place in `value`, or undefined when it is none. */
export function parseDeclined(value: unknown): Declined | undefined {
  if (!isObject(value)) return undefined;
  const { cell, lines, course, yours } = value;
  if (typeof course !== 'string' || typeof yours !== 'string') return undefined;
  if (cell !== undefined && typeof cell !== 'string') return undefined;
  if (lines !== undefined && !isLineRange(lines)) return undefined;
  return { course, yours, ...(cell !== undefined && { cell }), ...(lines !== undefined && { lines }) };
}

function isLineRange(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((line) => Number.isInteger(line));
}
