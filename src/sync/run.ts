/** One click: the steps of a run and nothing else. What each step does is in the file of its name. */
import { newRunId, type RunId } from '../core/ids.ts';
import type { Contents, Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { OnProgress } from '../core/progress.ts';
import { isSameSource } from '../core/source-identity.ts';
import { F2gitError } from '../errors.ts';
import { execute, type Done } from './execute.ts';
import { openHome, openOrMakeHome, withHome, type Home } from './home.ts';
import { takeLease, type Lease } from './lease.ts';
import { imagine, look, type Look } from './look.ts';
import type { Policy } from './plan-types.ts';
import { isIdle, pinsAfter } from './record.ts';
import { numberedAs } from './numbering.ts';
import { planned, reportOf, type Heading } from './report-of.ts';
import { hasLeftovers, hasTemporaries, recover } from './recover.ts';
import type { RunReport } from './report.ts';
import { ScanCache } from './scan-cache.ts';
import { isSettled } from './settled.ts';
import { asSpelledHere, foldsNames } from './spelling.ts';
import { loadState, saveState } from './state.ts';
import type { WorkspaceState } from './tree.ts';
import { withUntold } from './untold.ts';

export interface SyncRequest {
  /** Absolute path. It is made when it is missing; the folder above it must exist. */
  readonly workspace: string;
  readonly offer: Offer;
  readonly contents: Contents;
  readonly policy: Policy;
  /** Only this folder of the course is wanted. */
  readonly scope?: RelPath;
  /** The course path of the file the link names. */
  readonly open?: RelPath;
  /** The run's id, where the caller needs to know it beforehand; a new one otherwise. */
  readonly run?: RunId;
  /** Plans and reports; writes nothing. */
  readonly dryRun?: boolean;
  readonly now: () => Date;
  /** Gives 8 hexadecimal digits, others each time. */
  readonly random: () => string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** How long a run waits for another one in the same workspace, in milliseconds. */
  readonly patience?: number;
  /** A file the student saved less than this many milliseconds ago is left alone for a moment. */
  readonly quiet?: number;
  /** For tests: how the workspace is reached. */
  readonly home?: (workspace: string) => Home;
}

/** A run of 10,000 changed files takes a few seconds. */
export const PATIENCE = 30_000;
/** Real-time collaboration saves a second after the last key. */
export const QUIET = 1000;

/**
 * Brings the workspace up to date with the offer. Looks first, without leaving a trace; only a run that has something
 * to do takes the lease.
 * @throws {F2gitError} `workspace-…`, `disk-full`, `cancelled`; the student's work is as it was, or as it was delivered
 */
export async function runSync(request: SyncRequest): Promise<RunReport> {
  const started = request.now();
  const run = request.run ?? newRunId(started, request.random());
  if (request.dryRun === true) return rehearse(request, run, started);
  return withHome(request.home ?? openOrMakeHome, request.workspace, async (home) => {
    const cache = ScanCache.load(home);
    if (isSettled(home, request.offer, cache) && !hasTemporaries(home)) {
      return settledReport(heading(request, run, started, home), request.offer);
    }
    const state = stateFor(home, request.offer);
    let glance: Glance | undefined;
    if (state !== undefined && !hasLeftovers(home, state, cache)) {
      const here = spelledHere(home, state, request);
      const seen = await look(home, state, cache, here);
      if (!hasWork(seen, state, here.offer))
        return reportOf(heading(here, run, started, home), state, planned(seen.plan, state));
      glance = { state, seen };
    }
    const lease = await takeLease(home, run.slice(-8), request.patience ?? PATIENCE, request.signal);
    try {
      return await syncHolding(home, lease, cache, { request, run, started, ...(glance && { glance }) });
    } finally {
      lease.release();
    }
  });
}

interface Click {
  readonly request: SyncRequest;
  readonly run: RunId;
  readonly started: Date;
  readonly glance?: Glance;
}

/** What was seen before the lease was taken. It holds while no other run has recorded a state and nothing is left over. */
interface Glance {
  readonly state: WorkspaceState;
  readonly seen: Look;
}

async function syncHolding(home: Home, lease: Lease, cache: ScanCache, click: Click): Promise<RunReport> {
  const { run, started, glance } = click;
  const found = stateFor(home, click.request.offer);
  const { state: recovered, untold, isUntoldKept, made } = await recover(home, found, cache);
  const state = recovered && numberedHere(home, recovered, click.request.offer);
  const request = spelledHere(home, state, click.request);
  const isAsBefore = glance !== undefined && state === found && found?.run === glance.state.run;
  const seen = isAsBefore ? glance.seen : await look(home, state, cache, request);
  const { plan } = seen;
  const isRemembered = found !== undefined && state === found && !isUntoldKept;
  if (isRemembered && !hasWork(seen, state, request.offer)) {
    const done = planned(plan, state);
    const notices = withUntold(untold, done.notices);
    const told = { ...done, notices, changed: done.changed || untold.length > 0 };
    return reportOf(heading(request, run, started, home), state, told);
  }
  return execute({
    ...request,
    ...seen,
    home,
    lease,
    cache,
    run,
    started,
    kind: 'sync',
    state,
    ...(made && { made }),
    untold,
    delivered: request.offer,
    brings: request.offer,
    pins: () => pinsAfter(state, plan),
    quiet: request.quiet ?? QUIET,
    report: (done) => reportOf(heading(request, run, started, home), state, done),
  });
}

/** A dry run: what would be done, also in a workspace that does not exist yet. */
async function rehearse(request: SyncRequest, run: RunId, started: Date): Promise<RunReport> {
  try {
    return await withHome(request.home ?? openHome, request.workspace, async (home) => {
      const found = stateFor(home, request.offer);
      const state = found && numberedAs(found, request.offer);
      const here = spelledHere(home, state, request);
      const seen = await look(home, state, ScanCache.load(home), here);
      return reportOf(heading(here, run, started), state, planned(seen.plan, state));
    });
  } catch (error) {
    if (!(error instanceof F2gitError) || error.code !== 'workspace-missing') throw error;
    return reportOf(heading(request, run, started), undefined, planned(imagine(request), undefined));
  }
}

/** @throws {F2gitError} `workspace-other-course`, and as `loadState` */
function stateFor(home: Home, offer: Offer): WorkspaceState | undefined {
  const state = loadState(home);
  if (state === undefined || isSameSource(state.identity, offer.identity)) return state;
  throw new F2gitError('workspace-other-course', {
    params: { workspace: home.root, course: state.course, wanted: offer.course },
  });
}

/** As `numberedAs`; the workspace remembers it from now on, so that what a run that dies leaves is understood. */
export function numberedHere(home: Home, state: WorkspaceState, offer: Offer): WorkspaceState {
  const numbered = numberedAs(state, offer);
  if (numbered !== state) saveState(home, numbered);
  return numbered;
}

function spelledHere(home: Home, state: WorkspaceState | undefined, request: SyncRequest): SyncRequest {
  return foldsNames(home) ? asSpelledHere(request, state) : request;
}

/** `home` as the run left it; without it nothing was written, and what would be there is not known. */
function heading(request: SyncRequest, run: RunId, started: Date, home?: Home): Heading {
  const isThere = home && ((path: RelPath): boolean => isAnythingAt(home, path));
  return { ...request, kind: 'sync', run, started, ...(isThere && { isThere }) };
}

/** What cannot be looked at counts as there. */
function isAnythingAt(home: Home, path: RelPath): boolean {
  try {
    return home.stat(path) !== undefined;
  } catch {
    return true; // a folder nobody may read: whoever opens the file is told so
  }
}

/** Every file is where the course has it, so the one the link names needs not be looked for. */
function settledReport(known: Heading, { course, head, source }: Offer): RunReport {
  const done: Done = { base: new Map(), notices: [], changed: false, partial: false, refused: 0 };
  return reportOf({ ...known, offer: { course, head, source } }, { head }, done);
}

/** Whether anything would be written, if only what the workspace remembers. */
function hasWork({ plan }: Look, state: WorkspaceState | undefined, offer: Offer): boolean {
  if (state?.head !== offer.head || state.course !== offer.course || plan.unpinned.length > 0) return true;
  return plan.removeFolders.length > 0 || !plan.steps.every(isIdle);
}
