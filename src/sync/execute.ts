/**
 * Carries out a plan, whoever made it (a sync, an undo, a take): stage → journal → apply → record → let go. Recording
 * the state is the one commit point. Whatever fails before it is done again by the next run; nothing after it matters.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Oid, RunId } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import { ancestorsOf, STATE_FOLDER, type RelPath } from '../core/paths.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { apply, checkAllHeld } from './apply.ts';
import { backupFile, isTimeToPrune, pruneBackups, removeEmptyBackups } from './backup.ts';
import { ensureFolder } from './durable.ts';
import { isSameContentStat } from './blob.ts';
import type { Home, Stat } from './home.ts';
import { removeRecord, writeRecord, type RunRecord } from './journal.ts';
import type { Lease } from './lease.ts';
import { STAGE } from './place.ts';
import type { Notice, Plan } from './plan-types.ts';
import { doneSteps, intendedSteps, nextState, noticesOf, type Delivered, type Outcome, type Pins } from './record.ts';
import type { RunReport } from './report.ts';
import type { ScanCache } from './scan-cache.ts';
import { settledMark } from './settled.ts';
import { clearStage, stage, syncFolders, type MergedBytes, type Stages } from './stage.ts';
import { saveState } from './state.ts';
import type { StepResult } from './step-result.ts';
import type { WorkspaceState } from './tree.ts';
import { errnoOf } from './trouble.ts';
import { withUntold } from './untold.ts';

/** What a run has in hand when it begins to write. */
export interface Execution {
  readonly home: Home;
  readonly lease: Lease;
  readonly cache: ScanCache;
  readonly run: RunId;
  readonly kind: RunReport['kind'];
  readonly started: Date;
  readonly now: () => Date;
  readonly undoes?: RunId;
  readonly state: WorkspaceState | undefined;
  /** Folders an earlier run had made and could not remember. */
  readonly made?: readonly RelPath[];
  /** What runs that died had done and nobody was told. */
  readonly untold?: readonly Notice[];
  readonly delivered: Delivered;
  /** What a sync brings; absent for an undo and a take, after which there may be more to do. */
  readonly brings?: Offer;
  /** The pins that hold once the run is recorded. */
  readonly pins: (results: readonly StepResult[]) => Pins;
  readonly plan: Plan;
  readonly contents: Contents;
  readonly merged: MergedBytes;
  readonly quiet: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Makes the report of what was done. */
  readonly report: (done: Done) => RunReport;
}

/** What a report is made of. */
export interface Done {
  /** What the workspace remembers from now on. */
  readonly base: WorkspaceState['base'];
  readonly notices: readonly Notice[];
  readonly changed: boolean;
  /** Some path could not be written. */
  readonly partial: boolean;
  /** How many files stay without the course's version from now on because the student took it back. */
  readonly refused: number;
}

const BACKUPS = `${STATE_FOLDER}/backups`;

/**
 * Does what the plan says and records it.
 * @throws {F2gitError} `disk-full` or `workspace-unwritable` when nothing could be recorded; `workspace-busy` when the
 * lease was lost; `cancelled` after recording what was done until then. The student's files are safe in each case.
 */
export async function execute(execution: Execution): Promise<RunReport> {
  const { home, lease, plan, untold = [] } = execution;
  const stages = await stage(home, { ...execution, beat: () => lease.beat() });
  const isWriting = plan.steps.some((step) => step.actions.length > 0);
  if (isWriting || untold.length > 0) openJournal(execution);
  const place = { home, backups: `${BACKUPS}/${execution.run}` };
  home.forget();
  const applied = await apply({ ...execution, place, stages });
  execution.onProgress?.({ step: 'finishing', done: 0 });
  await syncFolders(home, new Set([...applied.touched, ...backupFolders(place.backups, applied.results)]));
  lease.check();
  const results = await applied.exchanges.settle(checkAllHeld(place, applied.results));
  const madeFolders = [...(execution.made ?? []), ...applied.madeFolders];
  const { report, next } = record(execution, { ...applied, results, madeFolders });
  await letGo(execution, next, results, stages);
  if (execution.signal?.aborted === true) throw new F2gitError('cancelled');
  return report;
}

/** Where the displaced files have their only name: it must be on the disk before the run counts as done. */
function backupFolders(backups: string, results: readonly StepResult[]): readonly string[] {
  const below = results.flatMap(({ held }) => held.flatMap(({ backup }) => ancestorsOf(backup as RelPath)));
  return results.every(({ held }) => held.length === 0)
    ? []
    : [BACKUPS, backups, ...below.map((folder) => `${backups}/${folder}`)];
}

function openJournal(execution: Execution): void {
  ensureFolder(execution.home, STAGE);
  const { plan, home, untold = [] } = execution;
  const steps = intendedSteps(plan, pinsOf(execution.state));
  writeRecord(home, { ...heading(execution), phase: 'started', steps, makes: plan.makeFolders, untold });
}

function pinsOf(state: WorkspaceState | undefined): Pins {
  return state?.pins ?? new Map();
}

function heading(execution: Execution): Omit<RunRecord, 'phase' | 'steps'> {
  const { run, kind, started, undoes, delivered } = execution;
  return { run, kind, course: delivered.course, started: started.toISOString(), pruned: [], ...(undoes && { undoes }) };
}

/** The commit point, and the journal's last word. */
function record(execution: Execution, applied: Outcome): { report: RunReport; next: WorkspaceState } {
  const { home, state, delivered, run, plan, untold = [] } = execution;
  const next = nextState(state, delivered, run, standing(home, applied), execution.pins(applied.results));
  saveState(home, next);
  const steps = doneSteps(applied.results, pinsOf(state));
  const done: Done = {
    base: next.base,
    notices: withUntold(untold, noticesOf(plan, applied.results)),
    changed: steps.length > 0 || untold.length > 0,
    partial: applied.results.some((result) => result.fault !== undefined),
    refused: next.pins.size,
  };
  const report = execution.report(done);
  if (done.changed || done.partial) {
    const pruned = isTimeToPrune(home, run) ? pruneBackups(home, execution.now()) : [];
    writeRecord(home, { ...heading(execution), phase: 'finished', steps, pruned, report });
  } else if (home.stat(`${STATE_FOLDER}/runs/${run}.json`) !== undefined) {
    removeRecord(home, run);
  }
  return { report, next };
}

/** Taking an exchange back can take a folder away that the run had made, and bring one back. */
function standing(home: Home, { results, madeFolders, removedFolders }: Outcome): Outcome {
  const isFolder = (path: RelPath): boolean => home.stat(path)?.kind === 'folder';
  return {
    results,
    madeFolders: madeFolders.filter(isFolder),
    removedFolders: removedFolders.filter((path) => !isFolder(path)),
  };
}

/** After the commit point: nothing here can make the run fail. */
async function letGo(
  execution: Execution,
  next: WorkspaceState,
  results: readonly StepResult[],
  stages: Stages,
): Promise<void> {
  const { home, cache, brings } = execution;
  try {
    clearStage(home);
    if (results.every(({ held }) => held.length === 0)) removeEmptyBackups(home, execution.run);
    const isAllKnown = rememberPlaced(execution, results, stages);
    const wait = cache.worthwhileWait(home.time());
    if (wait > 0) await sleep(wait);
    const settled = isAllKnown && brings !== undefined ? settledMark(home, brings, next, cache) : undefined;
    cache.save(home, home.time(), settled);
  } catch (error) {
    // The next run sweeps the stage and fills the cache.
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * What was placed and displaced is known without being read again, as long as nobody has touched it. Gives whether
 * nobody has.
 */
function rememberPlaced({ home, cache, run }: Execution, results: readonly StepResult[], stages: Stages): boolean {
  let isAllKnown = true;
  for (const { step, held } of results) {
    for (const { backup, oid, stat } of held) {
      if (!remember(home, cache, backupFile(run, backup), stat, oid)) isAllKnown = false;
    }
    for (const action of step.actions) {
      const staged = stages.get(action);
      if (staged === undefined || staged instanceof F2gitError) continue;
      if (!remember(home, cache, action.path, staged.stat, staged.oid)) isAllKnown = false;
    }
  }
  return isAllKnown;
}

function remember(home: Home, cache: ScanCache, path: string, placed: Stat, oid: Oid): boolean {
  const stat = home.stat(path);
  const isUntouched = stat !== undefined && isSameContentStat(stat, placed);
  if (isUntouched) cache.remember(path, stat, oid);
  return isUntouched;
}
