/** Disturbs a scene at many of its operations and judges what is left, then lets it recover and judges again. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterDisturbance, afterRecovery, momentOf, type Ends, type Violation } from './laws.ts';
import {
  countIn,
  operationsIn,
  type Ended,
  type ErrorAct,
  type Fault,
  type Operation,
  type Program,
} from './program.ts';
import { evenly, randomOf } from './random.ts';
import type { Scene } from './scenes.ts';
import { Stand, type Act } from './stand.ts';

export type Kind = 'kill' | 'error' | 'double-kill';

export interface SweepOptions {
  readonly kind: Kind;
  /** How many points at most; every one there is when there are fewer. */
  readonly points: number;
  readonly seed: number;
  /** How many stands are at work at once. */
  readonly workers: number;
  /** An empty folder, best in memory. */
  readonly folder: string;
  readonly program: Program;
  /** Aborted: no further point is tried. */
  readonly signal?: AbortSignal;
  /** Only this point, to see a failure again. */
  readonly only?: Point;
}

/** One disturbance: an operation and what happens at it, and where the run after it is killed. */
export interface Point {
  readonly fault: Fault;
  /** Only for a double kill: how far into the recovery, from 0 to 1. */
  readonly second?: number;
}

export interface Failure extends Violation {
  readonly scene: string;
  readonly point: Point;
  /** The operation that was disturbed. */
  readonly operation: string;
}

export interface SweepResult {
  readonly scene: string;
  /** Operations an undisturbed run has. */
  readonly operations: number;
  readonly points: number;
  readonly failures: readonly Failure[];
}

/** Disturbs one scene. */
export async function sweep(scene: Scene, options: SweepOptions): Promise<SweepResult> {
  const prepared = await Promise.all(
    Array.from({ length: options.workers }, (_, worker) => prepare(scene, options, worker)),
  );
  const [first] = prepared;
  if (first === undefined) throw new Error('no workers');
  const points = options.only === undefined ? choosePoints(first.operations, options) : [options.only];
  const queue = points.values();
  try {
    const results = await Promise.all(prepared.map((ready) => work(scene, ready, queue, options)));
    return {
      scene: scene.name,
      operations: first.operations.length,
      points: results.reduce((sum, { tried }) => sum + tried, 0),
      failures: results.flatMap(({ failures }) => failures),
    };
  } finally {
    await Promise.all(prepared.map(({ stand }) => stand.dispose()));
  }
}

interface Ready {
  readonly stand: Stand;
  readonly act: Act;
  readonly ends: Ends;
  readonly operations: readonly Operation[];
}

/** At so many operations apart, the run that follows is a process of its own. */
const OWN_PROCESS = 10;

const START = 'start';
const CRASHED = 'crashed';

/** Plays the command once without a disturbance, to know its operations and where it ends. */
async function prepare(scene: Scene, { program, folder, kind }: SweepOptions, worker: number): Promise<Ready> {
  const base = join(folder, `${scene.name}-${worker}`);
  mkdirSync(base, { recursive: true });
  const stand = new Stand(program, base);
  try {
    return { stand, ...(await playOnce(scene, stand, kind)) };
  } catch (error) {
    await stand.dispose();
    throw error;
  }
}

async function playOnce(scene: Scene, stand: Stand, kind: Kind): Promise<Omit<Ready, 'stand'>> {
  const act = await scene.prepare(stand);
  stand.keep(START);
  const before = momentOf(stand);
  stand.restore(START);
  const end = await stand.perform(act, undefined, { log: true, reads: kind === 'error' });
  if (end.status !== 0)
    throw new Error(`${scene.name} ends with ${end.status} undisturbed: ${end.stdout}${end.stderr}`);
  const operations = operationsIn(stand.scratch);
  const ends = { before, after: momentOf(stand) };
  const wrong = afterRecovery(stand, ends, end);
  if (wrong.length > 0) throw new Error(`${scene.name} is wrong undisturbed: ${JSON.stringify(wrong)}`);
  return { act, ends, operations };
}

async function work(
  scene: Scene,
  ready: Ready,
  queue: Iterator<Point>,
  options: SweepOptions,
): Promise<{ readonly tried: number; readonly failures: readonly Failure[] }> {
  const failures: Failure[] = [];
  let tried = 0;
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    const point = next.value;
    const { violations, operation, reached } = await attempt(ready, point, options.kind);
    // Ctrl-C reached the program as well
    if (options.signal?.aborted === true) break;
    if (reached) tried++;
    failures.push(...violations.map((violation) => ({ ...violation, scene: scene.name, point, operation })));
  }
  return { tried, failures };
}

interface Attempt {
  readonly violations: readonly Violation[];
  readonly operation: string;
  /** The run came as far as the point. */
  readonly reached: boolean;
}

async function attempt({ stand, act, ends }: Ready, point: Point, kind: Kind): Promise<Attempt> {
  const { fault, second } = point;
  stand.restore(START);
  const end = await stand.perform(act, fault, { reads: kind === 'error', log: true });
  const met = operationsIn(stand.scratch)[fault.at - 1];
  const operation = met === undefined ? '(not reached)' : `${met.kind} ${met.path.slice(stand.folder.length + 1)}`;
  const isKill = fault.act === 'kill' || fault.act === 'torn';
  let reached = countIn(stand.scratch) >= fault.at && (!isKill || end.status === null);
  const isHung = !isKill && end.status === null;
  const hung: readonly Violation[] = isHung ? [{ wrong: 'stuck', what: 'it never came to an end' }] : [];
  // a lasting error meets every operation from its point on, whatever it is
  const first = [...hung, ...afterDisturbance(stand, ends, end, fault.lasting)];
  const again = second === undefined ? undefined : await killRecovery(stand, act, second);
  if (again !== undefined) reached &&= again.status === null;
  const between = again === undefined ? [] : afterDisturbance(stand, ends, again);
  // now and then the built program itself recovers
  const last = await (fault.at % OWN_PROCESS === 0 ? stand.perform(act) : stand.performHere(act));
  const mayLeaveFolders = !isKill && met?.kind === 'rmdir';
  const recovered = afterRecovery(stand, ends, last, mayLeaveFolders);
  return { violations: [...first, ...between, ...recovered], operation, reached };
}

/** Kills the run after a killed one as well, `share` of the way through its operations. */
async function killRecovery(stand: Stand, act: Act, share: number): Promise<Ended> {
  stand.keep(CRASHED);
  await stand.perform(act, undefined, { log: true });
  const count = operationsIn(stand.scratch).length;
  stand.restore(CRASHED);
  return stand.perform(act, { at: 1 + Math.floor(share * count), act: 'kill' });
}

function choosePoints(operations: readonly Operation[], { kind, points, seed }: SweepOptions): readonly Point[] {
  const random = randomOf(seed);
  switch (kind) {
    case 'kill':
      return evenly(killPoints(operations), points, random);
    case 'error':
      return evenly(errorPoints(operations), points, random);
    case 'double-kill':
      return evenly(repeated(killPoints(operations), points), points, random).map((point) => ({
        ...point,
        second: random(),
      }));
  }
}

function repeated(points: readonly Point[], wanted: number): readonly Point[] {
  const times = Math.ceil(wanted / Math.max(1, points.length));
  return points.flatMap((point) => Array.from({ length: times }, () => point));
}

/** Before each operation, and in the middle of each write. */
function killPoints(operations: readonly Operation[]): readonly Point[] {
  return operations.flatMap(({ kind }, index): readonly Point[] => {
    const at = index + 1;
    const kill: Point = { fault: { at, act: 'kill' } };
    return kind === 'write' ? [kill, { fault: { at, act: 'torn' } }] : [kill];
  });
}

const opening = ['create', 'openw', 'openr', 'list'];
const growing = ['create', 'write', 'mkdir', 'link', 'rename', 'fsync', 'ftruncate64'];
const looking = ['openr', 'read', 'list', 'look'];

/** Which error an operation can really end with. */
const plausible: Readonly<Record<ErrorAct, (kind: string) => boolean>> = {
  eio: () => true,
  eacces: (kind) => !['read', 'write', 'fsync', 'ftruncate64'].includes(kind),
  enospc: (kind) => growing.includes(kind),
  edquot: (kind) => growing.includes(kind),
  erofs: (kind) => !looking.includes(kind) && kind !== 'fsync',
  emfile: (kind) => opening.includes(kind),
};

/** A disk that is full or read-only stays so. */
const lasting: readonly ErrorAct[] = ['enospc', 'edquot', 'erofs'];

function errorPoints(operations: readonly Operation[]): readonly Point[] {
  const acts = Object.keys(plausible) as ErrorAct[];
  return operations.flatMap(({ kind }, index) =>
    acts
      .filter((act) => plausible[act](kind))
      .flatMap((act): readonly Point[] => {
        const at = index + 1;
        const once: Point = { fault: { at, act } };
        return lasting.includes(act) ? [once, { fault: { at, act, lasting: true } }] : [once];
      }),
  );
}
