/**
 * Paths that change hands: one file leaves them and another takes them. They are never empty in between, so that a run
 * that is killed leaves the one file there or the other: who leaves keeps the name until it is overwritten.
 */
import type { Oid } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import type { Change } from './journal.ts';
import type { HandOver } from './place.ts';
import type { Action } from './plan-types.ts';
import { intendedChange } from './record.ts';

/** The paths that change hands while actions are applied one after the other. */
export class HandOvers {
  private readonly leaving = new Set<Action>();
  /** What was left and has its name still. */
  private readonly standing = new Map<RelPath, Oid>();

  /** @param actions of files that change places, in the order they are applied */
  constructor(actions: readonly Action[]) {
    const changed = actions.map((action) => ({ action, change: intendedChange(action) }));
    const byChange = new Map(changed.map(({ action, change }) => [change, action]));
    const changes = changed.map(({ change }) => change).filter((change) => change !== undefined);
    for (const leaver of leaversIn(changes).values()) this.leaving.add(byChange.get(leaver) as Action);
  }

  /** How this action hands a path over, or takes one. */
  of(action: Action): HandOver {
    const target = action.kind === 'move' ? action.to : action.path;
    return { stays: this.leaving.has(action), over: this.standing.get(target) };
  }

  /** Remembers that a file with this content left `path` and has that name still. */
  left(path: RelPath, oid: Oid): void {
    this.standing.set(path, oid);
  }

  /** The path has its new file. */
  taken(path: RelPath): void {
    this.standing.delete(path);
  }
}

/** For each change that takes a path another file left before: the change that left it. */
export function leaversIn(changes: readonly Change[]): ReadonlyMap<Change, Change> {
  const leavers = new Map<Change, Change>();
  const left = new Map<RelPath, Change>();
  for (const change of changes) {
    const leaver = left.get(change.path);
    if (leaver !== undefined && takes(change)) leavers.set(change, leaver);
    left.delete(change.path);
    const leaves = pathLeft(change);
    if (leaves !== undefined) left.set(leaves, change);
  }
  return leavers;
}

function takes({ was, is, wasExecutable }: Change): boolean {
  return was === undefined && is !== undefined && wasExecutable === undefined;
}

function pathLeft({ path, from, was, is }: Change): RelPath | undefined {
  return from ?? (was !== undefined && is === undefined ? path : undefined);
}
