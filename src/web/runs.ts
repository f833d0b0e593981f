/**
 * The runs of this server: who clicked what, how far it is, how it ended. One workspace has one run at a time; a second
 * click on the same link joins the first. A run is only ever shown to the person it belongs to.
 */
import { MOST_REPORT } from '../agent/placing.ts';
import type { CourseId, RunId } from '../core/ids.ts';
import type { Progress } from '../core/progress.ts';
import { asF2gitError, F2gitError } from '../errors.ts';
import type { RunReport } from '../sync/report.ts';
import { elapsed } from '../core/elapsed.ts';
import { bytesOf, bytesOfReport, createKeptRuns, type EndState, type KeptLimits, type KeptRuns } from './kept-runs.ts';
import type { Log, Person } from './ports.ts';

export type RunState =
  { readonly kind: 'waiting' } | { readonly kind: 'running'; readonly progress: Progress } | EndState;

export interface Run {
  readonly id: RunId;
  readonly kind: RunReport['kind'];
  readonly person: Person;
  readonly course: CourseId;
  readonly started: Date;
  /** How it stands at this moment. */
  state(): RunState;
  /** Calls `listener` at every change from now on; the function returned ends that. */
  follow(listener: (state: RunState) => void): () => void;
}

/** What the run does: refresh, plan, apply. It reports through `onProgress` and obeys `signal`. */
export type RunWork = (id: RunId, onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<RunReport>;

export interface RunRequest {
  readonly kind: RunReport['kind'];
  readonly person: Person;
  readonly course: CourseId;
  /** Requests of one person and course with the same purpose are one run while it goes on. */
  readonly purpose: string;
  readonly work: RunWork;
}

export interface Runs {
  /**
   * Starts a run behind those of the same workspace, or joins the one with the same purpose.
   * @throws {F2gitError} `server-busy` when too many wait, `server-stopping`
   */
  start(request: RunRequest): Run;
  /** The run, if it is this person's and not forgotten. */
  find(person: Person, id: RunId): Run | undefined;
  /** How many are waiting or running. */
  active(): number;
  /** Cancels what has not begun and what runs, and waits until all have ended or `graceMs` have passed. */
  close(graceMs: number): Promise<void>;
}

export interface RunLimits extends KeptLimits {
  /** Runs waiting behind one another in one workspace. */
  readonly perWorkspace: number;
  /** Runs of one person in all courses. */
  readonly perPerson: number;
  /** Runs of all. */
  readonly total: number;
  /** Of one report, as it is held in memory; a run that tells more has none. */
  readonly bytesOfReport: number;
}

const MEGABYTE = 1024 * 1024;
/** In memory a report of as many values as may be told takes no more than twice the longest text. */
const HELD_REPORT = 2 * MOST_REPORT;

export const defaultRunLimits: RunLimits = {
  perWorkspace: 6,
  perPerson: 20,
  total: 5000,
  bytesOfReport: HELD_REPORT,
  bytesOfPerson: HELD_REPORT + 8 * MEGABYTE,
  bytesOfAll: 4 * HELD_REPORT,
};

interface RunsOptions {
  readonly newId: (person: Person, course: CourseId) => RunId;
  readonly now: () => Date;
  readonly log: Log;
  /** How a person appears in the log. */
  readonly alias: (person: Person) => string;
  readonly onEnd: (run: Run, state: EndState, seconds: number) => void;
  readonly limits?: RunLimits;
}

interface LiveRun extends Run {
  readonly purpose: string;
  readonly abort: AbortController;
  set(state: RunState): void;
}

export function createRuns(options: RunsOptions): Runs {
  return new RunTable(options);
}

class RunTable implements Runs {
  readonly #options: RunsOptions;
  readonly #limits: RunLimits;
  readonly #all = new Map<RunId, LiveRun>();
  /** The runs of each workspace that have not ended, in their order. */
  readonly #lanes = new Map<string, readonly LiveRun[]>();
  readonly #kept: KeptRuns;
  #isStopping = false;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultRunLimits;
    this.#kept = createKeptRuns(this.#limits);
  }

  start(request: RunRequest): Run {
    if (this.#isStopping) throw new F2gitError('server-stopping');
    const key = JSON.stringify([request.person.name, request.course]);
    const lane = this.#lanes.get(key) ?? [];
    const joined = lane.find((run) => run.purpose === request.purpose && isOpen(run));
    if (joined !== undefined) return joined;
    this.#refuseWhenBusy(lane, request.person);
    const run = newRun(this.#options.newId(request.person, request.course), request, this.#options.now());
    this.#all.set(run.id, run);
    this.#lanes.set(key, [...lane, run]);
    const before = lane.at(-1);
    const begin = before === undefined ? Promise.resolve() : ended(before);
    void begin.then(() => this.#carryOut(run, request.work)).then(() => this.#leaveLane(key, run));
    return run;
  }

  find(person: Person, id: RunId): Run | undefined {
    const run = this.#all.get(id);
    return run?.person.name === person.name ? run : undefined;
  }

  active(): number {
    return this.#open().length;
  }

  async close(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const open = this.#open();
    for (const run of open) run.abort.abort(new F2gitError('server-stopping'));
    await Promise.race([Promise.all(open.map(ended)), elapsed(graceMs)]);
  }

  #open(): readonly LiveRun[] {
    return [...this.#lanes.values()].flat();
  }

  #refuseWhenBusy(lane: readonly LiveRun[], person: Person): void {
    const open = this.#open();
    const ofPerson = open.filter((run) => run.person.name === person.name).length;
    const { perWorkspace, perPerson, total } = this.#limits;
    if (lane.length >= perWorkspace || ofPerson >= perPerson || open.length >= total) {
      throw new F2gitError('server-busy');
    }
  }

  async #carryOut(run: LiveRun, work: RunWork): Promise<void> {
    try {
      run.abort.signal.throwIfAborted();
      // a refresh that is not waited for goes on telling how far it is
      const show = (progress: Progress): void => {
        if (isOpen(run)) run.set({ kind: 'running', progress });
      };
      const end: EndState = { kind: 'finished', report: await work(run.id, show, run.abort.signal) };
      if (bytesOf(end) > this.#limits.bytesOfReport) throw new F2gitError('report-too-large');
      this.#end(run, end);
    } catch (error) {
      // whatever a cancelled run stumbles over, the reason is why it was cancelled
      const { signal } = run.abort;
      this.#end(run, { kind: 'failed', error: asF2gitError(signal.aborted ? signal.reason : error) });
    }
  }

  /** Noted before it is told: whoever hears of the end finds it in the log and in the counts. */
  #end(run: LiveRun, state: EndState): void {
    const { now, log, alias, onEnd } = this.#options;
    const seconds = (now().getTime() - run.started.getTime()) / 1000;
    const facts = { run: run.id, kind: run.kind, course: run.course, person: alias(run.person), seconds };
    if (state.kind === 'finished') {
      log('info', 'run finished', { ...facts, outcome: state.report.outcome });
    } else {
      const { code, params } = state.error;
      const place = code === 'bug' ? { stack: stackOf(state.error) } : {};
      log(code === 'bug' ? 'error' : 'warn', 'run failed', { ...facts, code, params, ...place });
    }
    onEnd(run, state, seconds);
    run.set(state);
  }

  #leaveLane(key: string, run: LiveRun): void {
    const rest = (this.#lanes.get(key) ?? []).filter((other) => other !== run);
    if (rest.length === 0) this.#lanes.delete(key);
    else this.#lanes.set(key, rest);
    const state = run.state();
    if (isEnd(state)) for (const id of this.#kept.keep(run, bytesOf(state))) this.#all.delete(id);
  }
}

function newRun(id: RunId, request: RunRequest, started: Date): LiveRun {
  const { kind, person, course, purpose } = request;
  const listeners = new Set<(state: RunState) => void>();
  let now: RunState = { kind: 'waiting' };
  return {
    id,
    kind,
    person,
    course,
    purpose,
    started,
    abort: new AbortController(),
    state: () => now,
    set(state) {
      now = state;
      for (const listener of [...listeners]) listener(state);
    },
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A run of which only the report is left. */
export function endedRun(person: Person, course: CourseId, report: RunReport): Run {
  const { run: id, kind, started } = report;
  return {
    id,
    kind,
    person,
    course,
    started: new Date(started),
    state: () => ({ kind: 'finished', report }),
    follow: () => () => undefined,
  };
}

function isOpen(run: Run): boolean {
  return !isEnd(run.state());
}

function isEnd(state: RunState): state is EndState {
  return state.kind === 'finished' || state.kind === 'failed';
}

/** Resolves when the run has ended, however it did. */
export function ended(run: Run): Promise<void> {
  if (!isOpen(run)) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = run.follow(() => {
      if (isOpen(run)) return;
      stop();
      resolve();
    });
  });
}

/** How large an answer is that tells of the run, near enough. */
export function toldBytes(run: Run): number {
  const state = run.state();
  return state.kind === 'finished' ? bytesOfReport(state.report) : 0;
}

function stackOf(error: F2gitError): string | undefined {
  return error.cause instanceof Error ? error.cause.stack : error.stack;
}
