/**
 * The journal: `.f2git/runs/<run>.json`, written with what a run is about to do before its first visible change, and
 * again with what it did. It serves reports, `log` and undo, and tells the run after a dead one where content alone cannot
 * (`resume.ts`). If it is lost nothing is lost with it.
 */
import { parseRunId, type EntryId, type Oid, type RunId } from '../core/ids.ts';
import { STATE_FOLDER, type RelPath } from '../core/paths.ts';
import { ensureFolder, hasStateFolder, readOwnFile, replaceDurably, writeDurably } from './durable.ts';
import type { Home } from './home.ts';
import { parseNotice } from './parse-notice.ts';
import type { Notice } from './plan-types.ts';
import type { RunReport } from './report.ts';
import { isEntryId, isObject, isOid, isPath, parseJson, parseRecord, recordRow } from './state.ts';
import type { BaseRecord } from './tree.ts';
import { readTrouble } from './trouble.ts';

const FOLDER = `${STATE_FOLDER}/runs`;

/** One write of a run: what was at the path before and after it. Absent `was` or `is`: nothing was or is there. */
export interface Change {
  readonly path: RelPath;
  readonly was?: Oid;
  readonly is?: Oid;
  /** For a file that only changed its name: the former one. */
  readonly from?: RelPath;
  /** For a write that only changed whether it can be executed: what it was. */
  readonly wasExecutable?: boolean;
  /** Where the run keeps what was there, below `.f2git/backups/<run>/`. */
  readonly backup?: string;
}

/** What one run did about one course file. */
export interface RecordedStep {
  readonly id: EntryId;
  readonly before?: BaseRecord;
  readonly after?: BaseRecord;
  /** The course version of this file the workspace refused before the run. */
  readonly pinBefore?: Oid | 'absent';
  readonly changes: readonly Change[];
  /** Where there is no report: what is to be told of the step once it is done. */
  readonly notice?: Notice;
}

export interface RunRecord {
  readonly run: RunId;
  readonly kind: RunReport['kind'];
  /** `started` lists intentions; the others what was done, `interrupted` as far as the next run could see. */
  readonly phase: 'started' | 'interrupted' | 'finished';
  readonly course: string;
  /** ISO 8601 UTC. */
  readonly started: string;
  readonly undoes?: RunId;
  readonly steps: readonly RecordedStep[];
  /** For `started`: the folders the run was about to make. */
  readonly makes?: readonly RelPath[];
  /** For `started`: what it was about to tell of runs that died before. */
  readonly untold?: readonly Notice[];
  /** Backups of earlier runs that this run let go, by age or quota. */
  readonly pruned: readonly Pruned[];
  readonly report?: RunReport;
}

/** One old version that is kept no longer. */
export interface Pruned {
  readonly run: RunId;
  readonly path: string;
  readonly why: 'age' | 'quota';
}

/**
 * Writes the record; it is on the disk when this returns. One of a finished run may be replaced by that run's intentions
 * again when the power goes: the next run sees by the state that they came true and says so.
 */
export function writeRecord(home: Home, record: RunRecord): void {
  ensureFolder(home, FOLDER);
  const steps = record.steps.map((step) => ({
    ...step,
    ...(step.before && { before: recordRow(step.before) }),
    ...(step.after && { after: recordRow(step.after) }),
  }));
  const text = JSON.stringify({ version: 1, ...record, steps });
  (record.phase === 'finished' ? replaceDurably : writeDurably)(home, fileOf(record.run), text);
}

/** The record of `run`; undefined when there is none, it is damaged, or of a newer version. */
export function readRecord(home: Home, run: RunId): RunRecord | undefined {
  const document = readDocument(home, run);
  return document === undefined ? undefined : parseRunRecord(document, run);
}

/** Whether `run` may have died on its way, without looking at all it was about to do. */
export function isUnfinished(home: Home, run: RunId): boolean {
  const phase = readDocument(home, run)?.['phase'];
  return phase === 'started' || phase === 'interrupted';
}

/** Bytes the record of `run` takes; 0 when there is none. */
export function journalSize(home: Home, run: RunId): number {
  return home.stat(fileOf(run))?.size ?? 0;
}

function readDocument(home: Home, run: RunId): Readonly<Record<string, unknown>> | undefined {
  const bytes = readOwnFile(home, fileOf(run));
  const document = bytes === undefined ? undefined : parseJson(bytes);
  return isObject(document) && document['version'] === 1 ? document : undefined;
}

/** Every run that is in the journal, oldest first. @throws {F2gitError} `workspace-unreadable` */
export function listRuns(home: Home): readonly RunId[] {
  const runs = runFiles(home).map((name) => parseRunId(name.replace(/\.json$/, '')));
  return runs.filter((run) => run !== undefined).sort();
}

function runFiles(home: Home): readonly string[] {
  try {
    return hasStateFolder(home) && home.stat(FOLDER)?.kind === 'folder' ? home.list(FOLDER) : [];
  } catch (error) {
    throw readTrouble(home.root, error);
  }
}

/** Whether `run` was taken back and that was not taken back in turn, whatever the clock said meanwhile. */
export function isUndone(home: Home, run: RunId): boolean {
  const records = listRuns(home).map((each) => readRecord(home, each));
  const undos = records.filter((record) => record !== undefined).filter(isEffective);
  return isTakenBack(run, undos);
}

/** A damaged journal may hold undos in a circle: each counts once. */
function isTakenBack(run: RunId, undos: readonly RunRecord[]): boolean {
  const others = undos.filter(({ undoes }) => undoes !== run);
  return undos.some((undo) => undo.undoes === run && !isTakenBack(undo.run, others));
}

/** One that left paths out can be done again, for these. */
function isEffective({ phase, steps, report }: RunRecord): boolean {
  return phase === 'finished' && steps.length > 0 && report?.outcome !== 'partial';
}

/** Takes the record of a run away that changed nothing. */
export function removeRecord(home: Home, run: RunId): void {
  home.remove(fileOf(run));
}

function fileOf(run: RunId): string {
  return `${FOLDER}/${run}.json`;
}

function parseRunRecord(document: Readonly<Record<string, unknown>>, run: RunId): RunRecord | undefined {
  const { kind, phase, course, started, undoes, report } = document;
  if (document['run'] !== run || typeof course !== 'string' || typeof started !== 'string') return undefined;
  if (kind !== 'sync' && kind !== 'undo' && kind !== 'take') return undefined;
  if (phase !== 'started' && phase !== 'interrupted' && phase !== 'finished') return undefined;
  const undone = typeof undoes === 'string' ? parseRunId(undoes) : undefined;
  return {
    run,
    kind,
    phase,
    course,
    started,
    ...(undone && { undoes: undone }),
    steps: itemsOf(document['steps'])
      .map(parseStep)
      .filter((step) => step !== undefined),
    makes: itemsOf(document['makes']).filter(isPath),
    untold: itemsOf(document['untold'])
      .map(parseNotice)
      .filter((notice) => notice !== undefined),
    pruned: itemsOf(document['pruned'])
      .map(parsePruned)
      .filter((pruned) => pruned !== undefined),
    ...(isReport(report, run) && { report }),
  };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function parseStep(value: unknown): RecordedStep | undefined {
  if (!isObject(value) || !isEntryId(value['id'])) return undefined;
  const before = parseRecord(value['before']);
  const after = parseRecord(value['after']);
  const { pinBefore } = value;
  const notice = value['notice'] === undefined ? undefined : parseNotice(value['notice']);
  return {
    id: value['id'],
    ...(before && { before }),
    ...(after && { after }),
    ...((isOid(pinBefore) || pinBefore === 'absent') && { pinBefore }),
    changes: itemsOf(value['changes'])
      .map(parseChange)
      .filter((change) => change !== undefined),
    ...(notice && { notice }),
  };
}

function parseChange(value: unknown): Change | undefined {
  if (!isObject(value) || !isPath(value['path'])) return undefined;
  const { path, was, is, from, wasExecutable, backup } = value;
  return {
    path,
    ...(isOid(was) && { was }),
    ...(isOid(is) && { is }),
    ...(isPath(from) && { from }),
    ...(typeof wasExecutable === 'boolean' && { wasExecutable }),
    ...(isPath(backup) && { backup }),
  };
}

function parsePruned(value: unknown): Pruned | undefined {
  if (!isObject(value) || typeof value['run'] !== 'string' || typeof value['path'] !== 'string') return undefined;
  const run = parseRunId(value['run']);
  const why = value['why'];
  return run !== undefined && (why === 'age' || why === 'quota') ? { run, path: value['path'], why } : undefined;
}

/** The parts other code relies on; a student who edits the rest misleads only themselves. */
function isReport(value: unknown, run: RunId): value is RunReport {
  if (!isObject(value) || value['run'] !== run || value['f2git'] !== 1 || !isObject(value['source'])) return false;
  const notices = value['notices'];
  const texts = [
    value['course'],
    value['workspace'],
    value['head'],
    value['outcome'],
    value['started'],
    value['finished'],
  ];
  return (
    texts.every((text) => typeof text === 'string') &&
    Array.isArray(notices) &&
    notices.every((notice) => isObject(notice) && isPath(notice['path']) && typeof notice['action'] === 'string')
  );
}
