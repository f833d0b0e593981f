/** What a workspace is like: each course file, and whether it is the course's or the student's. Changes nothing. */
import type { CourseId, Oid, RunId } from '../core/ids.ts';
import type { Contents } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import { comparePaths, foldPath } from '../core/paths.ts';
import { listBackups } from './backup.ts';
import { isCopyOf } from './copies.ts';
import { openHome, withHome, type Home } from './home.ts';
import { listRuns, readRecord, isUndone, type Pruned, type RunRecord } from './journal.ts';
import { removedPaths, undoneRecords } from './past-files.ts';
import { notWritten } from './not-written.ts';
import type { Notice } from './plan-types.ts';
import type { RunReport } from './report.ts';
import { scan } from './scan.ts';
import { ScanCache } from './scan-cache.ts';
import { loadState, loadWholeState } from './state.ts';
import { stillDeclined } from './still-declined.ts';
import type { BaseRecord, Declined, LocalNode, LocalTree, WorkspaceState } from './tree.ts';

export interface FileStatus {
  /** Where it is in the workspace. */
  readonly path: RelPath;
  /** Where the course has it. */
  readonly coursePath: RelPath;
  /**
   * `pristine`: as delivered. `yours`: the student changed it. `merged`: both did, and it is as merged. `course-copy`:
   * the course's version beside the student's file. `missing`: the student took it away, or it could not come
   * (`waiting`). `removed`: the course took it away, and an old version is kept.
   */
  readonly state: 'pristine' | 'yours' | 'merged' | 'course-copy' | 'missing' | 'removed' | 'unreadable';
  /** What the course still wants and the student's version overruled. */
  readonly declined?: readonly Declined[];
  /** It is the course's version of `coursePath`, beside what the student has in that place. */
  readonly beside?: true;
  /** The course has it at `coursePath` by now; there the student has something else, so it stayed under its old name. */
  readonly barred?: true;
  /** Runs that keep an old version of it, newest first, for `take --from`. */
  readonly kept?: readonly RunId[];
  /** The course may have removed it; its source cannot tell. */
  readonly left?: true;
  /** The student undid the course's version; it comes again when the course changes it. */
  readonly undone?: true;
  /** The course's change could not be written, and why; the next run tries again. */
  readonly waiting?: Notice;
}

export interface WorkspaceStatus {
  readonly course: CourseId;
  readonly identity: string;
  readonly workspace: string;
  readonly head: Oid;
  /** The last run that changed what the workspace remembers. */
  readonly run: RunId;
  /** Sorted by path. */
  readonly files: readonly FileStatus[];
}

/** One run of the past. */
export interface LogEntry {
  readonly run: RunId;
  readonly kind: RunReport['kind'];
  /** ISO 8601 UTC. */
  readonly started: string;
  /** It died before its end; what it had done is kept and was finished by the next one. */
  readonly interrupted: boolean;
  /** It was taken back, and that was not taken back in turn. */
  readonly undone: boolean;
  readonly undoes?: RunId;
  /** The paths it changed. */
  readonly changed: readonly RelPath[];
  /** Old versions it let go by age or quota. */
  readonly pruned: readonly Pruned[];
  readonly report?: RunReport;
}

export interface StatusRequest extends WorkspaceRequest {
  /**
   * The course's contents, asked for only where something was declined: with them what the student has settled by hand
   * since is known before the next click. Undefined: they cannot be had here.
   */
  readonly contents?: () => Promise<Contents | undefined>;
}

interface WorkspaceRequest {
  /** Absolute path. */
  readonly workspace: string;
  readonly signal?: AbortSignal;
}

/**
 * The status of every course file; undefined when the folder is no workspace (yet).
 * @throws {F2gitError} `workspace-missing`, `workspace-not-a-folder`, `workspace-state-refused`, `workspace-state-lost`
 */
export async function workspaceStatus(request: StatusRequest): Promise<WorkspaceStatus | undefined> {
  return withHome(openHome, request.workspace, async (home) => {
    const state = loadWholeState(home);
    return state === undefined ? undefined : await statusOf(home, state, request);
  });
}

/**
 * The runs that changed something, newest first.
 * @throws {F2gitError} as `workspaceStatus`
 */
export async function workspaceLog(request: WorkspaceRequest): Promise<readonly LogEntry[]> {
  return withHome(openHome, request.workspace, (home) => {
    loadState(home);
    const over = pastRuns(home).filter(({ phase }) => phase !== 'started');
    return Promise.resolve(over.map((record) => entryOf(home, record)).reverse());
  });
}

/** Runs of which the journal has a record that cannot be read. @throws {F2gitError} as `workspaceLog` */
export async function unreadableRuns(request: WorkspaceRequest): Promise<readonly RunId[]> {
  return withHome(openHome, request.workspace, (home) =>
    Promise.resolve(listRuns(home).filter((run) => readRecord(home, run) === undefined)),
  );
}

/** Oldest first. */
function pastRuns(home: Home): readonly RunRecord[] {
  return listRuns(home)
    .map((run) => readRecord(home, run))
    .filter((record) => record !== undefined);
}

async function statusOf(home: Home, state: WorkspaceState, request: StatusRequest): Promise<WorkspaceStatus> {
  const past = pastRuns(home).toReversed();
  const undone = undoneRecords(state, past);
  const records = [...state.base.values()];
  const paths = [...records, ...undone].map(({ placement }) => placement);
  const local = await scan(home, { paths, folders: [] }, ScanCache.load(home), request.signal);
  const wishes = await openWishes(home, records, local, request);
  const placements = new Set<RelPath>(paths);
  const isTheirs = (path: RelPath): boolean => !placements.has(path) && home.stat(path) !== undefined;
  const isGone = (path: RelPath): boolean => !placements.has(path) && home.stat(path) === undefined;
  const kept = keptVersions(home);
  const besideCopies = [...records, ...undone]
    .filter((record) => elsewhere(record).beside)
    .map((each) => each.coursePath);
  const files: readonly FileStatus[] = [
    ...records.map((record) => fileStatus(record, local.get(record.placement), state, wishes.get(record))),
    ...undone.map((record) => undoneStatus(record, local.get(record.placement))),
    ...besideCopies.filter(isTheirs).map((path): FileStatus => ({ path, coursePath: path, state: 'yours' })),
    ...removedPaths(kept, past)
      .filter(isGone)
      .map((path): FileStatus => ({ path, coursePath: path, state: 'removed' })),
  ];
  const { course, identity, head, run } = state;
  return {
    course: course as CourseId,
    identity,
    workspace: home.root,
    head,
    run,
    files: withWaiting(home, files, notWritten(state, past))
      .map((file) => withKept(file, kept))
      .sort((a, b) => comparePaths(a.path, b.path)),
  };
}

/** Marks the files that wait for the course's change, and names those that are not there yet. */
function withWaiting(home: Home, files: readonly FileStatus[], waiting: readonly Notice[]): readonly FileStatus[] {
  const byPath = new Map(waiting.map((notice) => [notice.path, notice]));
  const marked = files.map((file) => {
    const at = [file.path, file.coursePath].find((path) => byPath.has(path));
    const notice = at && byPath.get(at);
    if (at !== undefined) byPath.delete(at);
    return notice === undefined ? file : { ...file, waiting: notice };
  });
  const others = [...byPath.values()].map((notice): FileStatus => {
    const state = home.stat(notice.path) === undefined ? 'missing' : 'yours';
    return { path: notice.path, coursePath: notice.path, state, waiting: notice };
  });
  return [...marked, ...others];
}

function withKept(file: FileStatus, allKept: ReadonlyMap<string, readonly RunId[]>): FileStatus {
  const kept = allKept.get(file.path);
  return kept === undefined ? file : { ...file, kept };
}

/** What the course still wants of each file that something was declined in. */
async function openWishes(
  home: Home,
  records: readonly BaseRecord[],
  local: LocalTree,
  request: StatusRequest,
): Promise<ReadonlyMap<BaseRecord, readonly Declined[]>> {
  const wishing = records.filter(({ declined }) => declined !== undefined);
  const contents = wishing.length === 0 ? undefined : await request.contents?.();
  const wishes = new Map<BaseRecord, readonly Declined[]>();
  for (const record of wishing) {
    const { declined = [], placement, oid } = record;
    const node = local.get(placement);
    const isThere = node?.kind === 'file';
    if (isThere && node.oid === oid) continue;
    const open = isThere && contents ? await stillDeclined(home, contents, record, node.oid) : declined;
    if (open.length > 0) wishes.set(record, open);
  }
  return wishes;
}

function fileStatus(
  record: BaseRecord,
  node: LocalNode | undefined,
  state: WorkspaceState,
  declined: readonly Declined[] | undefined,
): FileStatus {
  const { id, placement: path, coursePath, left } = record;
  return {
    path,
    coursePath,
    state: stateOf(record, node),
    ...(declined && { declined }),
    ...elsewhere(record),
    ...(left && { left }),
    ...(state.pins.has(id) && { undone: true as const }),
  };
}

/** The student took all of it back: there is nothing now, or something of their own. */
function undoneStatus(record: BaseRecord, node: LocalNode | undefined): FileStatus {
  const { placement: path, coursePath } = record;
  const state = node === undefined ? 'missing' : node.kind === 'unreadable' ? 'unreadable' : 'yours';
  return { path, coursePath, state, ...elsewhere(record), undone: true };
}

/** The runs that keep an old version of a path, newest first. */
function keptVersions(home: Home): ReadonlyMap<string, readonly RunId[]> {
  const kept = new Map<string, RunId[]>();
  for (const { path, run } of listBackups(home)) {
    const runs = kept.get(path);
    if (runs === undefined) kept.set(path, [run]);
    else runs.push(run);
  }
  return kept;
}

/** Why a file is not where the course has it. A folder of the student's that is only spelled otherwise is no other place. */
function elsewhere({ coursePath, placement }: BaseRecord): Pick<FileStatus, 'beside' | 'barred'> {
  if (foldPath(coursePath) === foldPath(placement)) return {};
  return isCopyOf(coursePath, placement) ? { beside: true } : { barred: true };
}

function stateOf(record: BaseRecord, node: LocalNode | undefined): FileStatus['state'] {
  if (node === undefined) return 'missing';
  if (node.kind === 'unreadable') return 'unreadable';
  if (node.kind !== 'file') return 'yours';
  if (node.oid === record.oid) return isCopyOf(record.coursePath, record.placement) ? 'course-copy' : 'pristine';
  return node.oid === record.merged ? 'merged' : 'yours';
}

function entryOf(home: Home, record: RunRecord): LogEntry {
  const { run, kind, started, undoes, pruned, report } = record;
  return {
    run,
    kind,
    started,
    interrupted: record.phase === 'interrupted',
    undone: isUndone(home, run),
    ...(undoes && { undoes }),
    changed: record.steps.flatMap((step) => step.changes.map((change) => change.path)),
    pruned,
    ...(report && { report }),
  };
}
