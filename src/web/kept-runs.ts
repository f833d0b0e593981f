/**
 * Which of the runs that have ended are still in memory. How much a run left behind is whatever was told of it: an agent
 * is in its student's hands, so that a student with large reports loses their own and nobody else's.
 */
import type { RunId } from '../core/ids.ts';
import type { F2gitError } from '../errors.ts';
import type { RunReport } from '../sync/report.ts';
import type { Person } from './ports.ts';

/** How a run ended. */
export type EndState =
  { readonly kind: 'finished'; readonly report: RunReport } | { readonly kind: 'failed'; readonly error: F2gitError };

export interface KeptLimits {
  /** Of one person's runs. Bytes, as here all of them. */
  readonly bytesOfPerson: number;
  readonly bytesOfAll: number;
}

interface EndedRun {
  readonly id: RunId;
  readonly person: Person;
}

export interface KeptRuns {
  /** Keeps `run`, which left `bytes`, and gives those that are forgotten for it: never the run itself. */
  keep(run: EndedRun, bytes: number): readonly RunId[];
}

interface Shelf {
  /** In the order of their ends. */
  readonly runs: Map<RunId, number>;
  bytes: number;
}

export function createKeptRuns({ bytesOfPerson, bytesOfAll }: KeptLimits): KeptRuns {
  const shelves = new Map<string, Shelf>();
  let all = 0;
  const forgetOldest = (name: string, shelf: Shelf): RunId => {
    const [[id, bytes] = unfound()] = shelf.runs;
    shelf.runs.delete(id);
    shelf.bytes -= bytes;
    all -= bytes;
    if (shelf.runs.size === 0) shelves.delete(name);
    return id;
  };
  return {
    keep: ({ id, person: { name } }, bytes) => {
      const own = shelves.get(name) ?? { runs: new Map<RunId, number>(), bytes: 0 };
      shelves.set(name, own);
      own.runs.set(id, bytes);
      own.bytes += bytes;
      all += bytes;
      const forgotten: RunId[] = [];
      while (own.bytes > bytesOfPerson && own.runs.size > 1) forgotten.push(forgetOldest(name, own));
      while (all > bytesOfAll) {
        const fullest = fullestOf(shelves, id);
        if (fullest === undefined) break;
        forgotten.push(forgetOldest(...fullest));
      }
      return forgotten;
    },
  };
}

/** Whose runs take most, of those who have another one than `spared`; undefined when nobody has. */
function fullestOf(shelves: ReadonlyMap<string, Shelf>, spared: RunId): readonly [string, Shelf] | undefined {
  let fullest: readonly [string, Shelf] | undefined;
  for (const entry of shelves) {
    const [, { runs, bytes }] = entry;
    const hasOther = runs.size > 1 || !runs.has(spared);
    if (hasOther && bytes > (fullest?.[1].bytes ?? 0)) fullest = entry;
  }
  return fullest;
}

function unfound(): never {
  throw new Error('a shelf without runs');
}

/** What is held for a run with this end: its text, near enough, for strings are most of it. */
export function bytesOf(state: EndState): number {
  return state.kind === 'finished' ? JSON.stringify(state.report).length : bytesOfError(state.error);
}

function bytesOfError(error: F2gitError): number {
  const cause = error.cause instanceof Error ? (error.cause.stack ?? '') : '';
  return JSON.stringify(error.params).length + (error.stack ?? '').length + cause.length;
}
