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

/** What is held in memory for a run with this end. */
export function bytesOf(state: EndState): number {
  return BYTES_OF_RUN + (state.kind === 'finished' ? bytesOfReport(state.report) : bytesOfError(state.error));
}

/** The run itself, its person, its way to be cancelled, and its places in our tables. */
const BYTES_OF_RUN = 4096;
/** An object or a list without what is in it; a string without its characters; what refers to either. */
const BYTES_OF_OBJECT = 32;
const BYTES_OF_STRING = 16;
const BYTES_OF_FIELD = 8;

/** What a report takes in memory, near enough, and never less than its text. Without writing it: it may be large. */
export function bytesOfReport(report: RunReport): number {
  const open: unknown[] = [report];
  let bytes = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') bytes += BYTES_OF_STRING + value.length;
    if (typeof value !== 'object' || value === null) continue;
    const fields: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    bytes += BYTES_OF_OBJECT + fields.length * BYTES_OF_FIELD;
    for (const field of fields) if (field !== undefined) open.push(field);
  }
  return bytes;
}

function bytesOfError(error: F2gitError): number {
  const cause = error.cause instanceof Error ? (error.cause.stack ?? '') : '';
  return JSON.stringify(error.params).length + (error.stack ?? '').length + cause.length;
}
