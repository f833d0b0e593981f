/** What a student does with runs that are over: undo one, take a version of a file. Each is a run of its own. */
import { newRunId, type EntryId, type Oid, type RunId } from '../core/ids.ts';
import type { Contents, SourceState } from '../core/offer.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { listBackups } from './backup.ts';
import { execute, type Done } from './execute.ts';
import { openHome, withHome, type Home } from './home.ts';
import { isUndone, listRuns, readRecord, type RunRecord } from './journal.ts';
import { takeLease, type Lease } from './lease.ts';
import type { Notice, Plan } from './plan-types.ts';
import type { Pins } from './record.ts';
import { recover } from './recover.ts';
import type { RunReport } from './report.ts';
import { reportOf } from './report-of.ts';
import { numberedHere, PATIENCE } from './run.ts';
import { scan } from './scan.ts';
import { ScanCache } from './scan-cache.ts';
import { loadWholeState } from './state.ts';
import type { MergedBytes } from './stage.ts';
import type { StepResult } from './step-result.ts';
import { pathsToTake, planTake, type Wish } from './take.ts';
import { findWish, type Asked, type Shelves } from './take-wish.ts';
import type { WorkspaceState } from './tree.ts';
import { wantedToUndo, planUndo } from './undo.ts';

interface ReviseRequest {
  /** Absolute path. */
  readonly workspace: string;
  /** The id of this run, where the caller needs to know it beforehand. */
  readonly run?: RunId;
  readonly now: () => Date;
  /** Gives 8 hexadecimal digits, others each time. */
  readonly random: () => string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** How long to wait for a run that is on, in milliseconds. */
  readonly patience?: number;
  /** For tests: how the workspace is reached. */
  readonly home?: (workspace: string) => Home;
}

export interface UndoRequest extends ReviseRequest {
  /** The run to take back; the last one that changed something and is no undo, if absent. */
  readonly undoes?: RunId;
}

export interface TakeRequest extends ReviseRequest, Pick<Shelves, 'from' | 'offer' | 'contents'> {
  /** What to take; of each file once. */
  readonly wishes: readonly Asked[];
}

/**
 * Puts back what was there before a run. What the student changed since stays, and the old version comes beside it.
 * Taking back what is taken back already changes nothing: the outcome is `unchanged`. Undoing an undo does the run again.
 * @throws {F2gitError} `run-unknown`; otherwise as `runSync`
 */
export async function undoRun(request: UndoRequest): Promise<RunReport> {
  return revise(request, 'undo', async ({ home, cache, state }) => {
    const record = recordToUndo(home, request.undoes);
    const undoes = record.run;
    if (isUndone(home, undoes)) return { undoes, plan: NOTHING, pins: new Map() };
    const local = await scan(home, wantedToUndo(record), cache, request.signal);
    const backups = new Map(listBackups(home, undoes).map((backup) => [backup.file, backup]));
    return { undoes, ...planUndo(record, state, local, backups) };
  });
}

/**
 * Takes the course's version of files or of a cell, or the student's own files that a run replaced. What was there before
 * is kept.
 * @throws {F2gitError} `file-unknown`, `cell-unknown`, `run-unknown`; `file-present` when `as` is taken; otherwise as
 * `runSync`
 */
export async function takeFiles(request: TakeRequest): Promise<RunReport> {
  return revise(request, 'take', async ({ home, cache, state }) => {
    const composed = new Map<Oid, Uint8Array>();
    const wishes: Wish[] = [];
    for (const asked of request.wishes) wishes.push(await findWish(asked, { ...request, home, state, composed }));
    const local = await scan(home, { paths: pathsToTake(wishes, state), folders: [] }, cache, request.signal);
    return { ...planTake(wishes, state, local), merged: composed };
  });
}

interface Scene {
  readonly home: Home;
  readonly cache: ScanCache;
  readonly state: WorkspaceState;
}

interface Revision {
  readonly plan: Plan;
  /** For each file whose step succeeds: the course version that is refused from now on, if any. */
  readonly pins: ReadonlyMap<EntryId, Oid | 'absent' | undefined>;
  readonly undoes?: RunId;
  readonly merged?: MergedBytes;
}

const NOTHING: Plan = { steps: [], notices: [], makeFolders: [], removeFolders: [], unpinned: [], merges: [] };

/** What the report says of the source when nobody asked it. */
const NOT_ASKED: SourceState = { state: 'cached', complete: true, requests: 0, bytes: 0, problems: [] };

/** Everything such a run needs was staged from the home. */
const NO_CONTENTS: Contents = {
  history: () => Promise.reject(new F2gitError('bug', { params: { detail: 'no history here' } })),
  read: (oid) => Promise.reject(new F2gitError('object-missing', { params: { oid } })),
  writeTo: (oid) => Promise.reject(new F2gitError('object-missing', { params: { oid } })),
};

async function revise(
  request: UndoRequest | TakeRequest,
  kind: 'undo' | 'take',
  decide: (scene: Scene) => Promise<Revision>,
): Promise<RunReport> {
  return withHome(request.home ?? openHome, request.workspace, async (home) => {
    const started = request.now();
    const run = request.run ?? newRunId(started, request.random());
    rememberedState(home);
    const lease = await takeLease(home, run.slice(-8), request.patience ?? PATIENCE, request.signal);
    try {
      const cache = ScanCache.load(home);
      const recovered = await recover(home, rememberedState(home), cache);
      const found = recovered.state ?? rememberedState(home);
      const offer = 'offer' in request ? request.offer : undefined;
      const state = offer === undefined ? found : numberedHere(home, found, offer);
      const revision = await decide({ home, cache, state });
      // What is taken back now is told as that.
      const untold = revision.undoes !== undefined && revision.undoes === recovered.dead ? [] : recovered.untold;
      return await carryOut(request, { home, lease, cache, state, kind, run, started, revision, untold });
    } finally {
      lease.release();
    }
  });
}

interface Carrying extends Scene {
  readonly lease: Lease;
  readonly kind: 'undo' | 'take';
  readonly run: RunId;
  readonly started: Date;
  readonly revision: Revision;
  readonly untold: readonly Notice[];
}

function carryOut(request: UndoRequest | TakeRequest, carrying: Carrying): Promise<RunReport> | RunReport {
  const { state, revision } = carrying;
  const { plan, pins } = revision;
  const { workspace, now, signal, onProgress } = request;
  const heading = {
    ...carrying,
    workspace,
    now,
    offer: { source: NOT_ASKED, course: state.course, head: state.head },
    ...(revision.undoes && { undoes: revision.undoes }),
  };
  const report = (done: Done): RunReport => reportOf(heading, state, done);
  const nothing = { base: state.base, notices: [], changed: false, partial: false, refused: state.pins.size };
  if (plan.steps.length === 0) return report(nothing);
  return execute({
    ...heading,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    contents: ('contents' in request ? request.contents : undefined) ?? NO_CONTENTS,
    delivered: state,
    merged: revision.merged ?? new Map(),
    plan,
    quiet: 0,
    pins: (results) => pinsWith(state, pins, results),
    report,
  });
}

function pinsWith(state: WorkspaceState, changes: Revision['pins'], results: readonly StepResult[]): Pins {
  const pins = new Map(state.pins);
  const failed = new Set(results.filter(({ fault }) => fault !== undefined).map(({ step }) => step.id));
  for (const [id, refused] of changes) {
    if (failed.has(id)) continue;
    if (refused === undefined) pins.delete(id);
    else pins.set(id, refused);
  }
  return pins;
}

/** @throws {F2gitError} `run-unknown` when the workspace remembers nothing; `workspace-state-lost` */
function rememberedState(home: Home): WorkspaceState {
  const state = loadWholeState(home);
  if (state === undefined) throw new F2gitError('run-unknown', { params: { workspace: home.root } });
  return state;
}

function recordToUndo(home: Home, wanted: RunId | undefined): RunRecord {
  const runs = wanted === undefined ? listRuns(home).toReversed() : [wanted];
  for (const run of runs) {
    const record = readRecord(home, run);
    if (record === undefined || record.steps.length === 0) continue;
    if (wanted !== undefined || record.kind !== 'undo') return record;
  }
  throw new F2gitError('run-unknown', { params: { workspace: home.root, ...(wanted && { run: wanted }) } });
}
