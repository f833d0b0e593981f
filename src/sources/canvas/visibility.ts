/**
 * When students may see something, as Canvas's own rules say. Pure. Rules and their names are those of canvas-lms:
 * `Attachment#locked_for?`, `Folder#locked?` and `hidden?`, `ContextModuleItem#locked_by_module_item?`.
 */
import { type Window, withheldIndefinitely } from '../source.ts';

/** Milliseconds since 1970. `shut` is closed until somebody opens it; an open end of `open` is absent. */
export type Gate =
  { readonly kind: 'shut' } | { readonly kind: 'open'; readonly from?: number; readonly until?: number };

export const OPEN: Gate = { kind: 'open' };
export const SHUT: Gate = { kind: 'shut' };

/** What Canvas says of a file or a folder; dates as it writes them. */
export interface Locks {
  readonly locked: boolean;
  readonly hidden: boolean;
  readonly unlock_at?: string | null | undefined;
  readonly lock_at?: string | null | undefined;
}

/** `hidden` takes something out of lists; whoever is led to it by a module may still read it. */
export function gateOf({ locked, hidden, unlock_at, lock_at }: Locks, isListed = true): Gate {
  if (locked || (hidden && isListed)) return SHUT;
  return opening(instantOf(unlock_at), instantOf(lock_at));
}

/** Open from one instant until another; undefined leaves that end open. */
export function opening(from: number | undefined, until: number | undefined): Gate {
  if (from !== undefined && until !== undefined && from >= until) return SHUT;
  return { kind: 'open', ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

/** Who must pass all gates may only when all are open. */
export function all(gates: readonly Gate[]): Gate {
  return gates.reduce((one, other) => {
    if (one.kind === 'shut' || other.kind === 'shut') return SHUT;
    return opening(extreme(Math.max, one.from, other.from), extreme(Math.min, one.until, other.until));
  }, OPEN);
}

/** Who may pass any of the gates may from the first that opens; none opens nothing. None of these ever closes again. */
export function any(gates: readonly Gate[]): Gate {
  const open = gates.flatMap((gate) => (gate.kind === 'open' ? [gate.from ?? -Infinity] : []));
  if (open.length === 0) return SHUT;
  const first = Math.min(...open);
  return first === -Infinity ? OPEN : { kind: 'open', from: first };
}

/** The gate as a listing says it; undefined when it is open now and stays open. */
export function windowOf(gate: Gate, now: Date): Window | undefined {
  if (gate.kind === 'shut') return withheldIndefinitely;
  const { from, until } = gate;
  const isAhead = from !== undefined && from > now.getTime();
  if (!isAhead && until === undefined) return undefined;
  return {
    ...(isAhead ? { from: new Date(from).toISOString() } : {}),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
}

function instantOf(text: string | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Date.parse(text);
}

function extreme(
  choose: (a: number, b: number) => number,
  one: number | undefined,
  other: number | undefined,
): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : choose(one, other);
}
