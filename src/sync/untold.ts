/** What runs that died had done and nobody was told. The journal alone knows it: where that is lost, nothing is said. */
import type { Home } from './home.ts';
import { listRuns, readRecord, type RunRecord } from './journal.ts';
import type { Notice } from './plan-types.ts';
import type { WorkspaceState } from './tree.ts';

/** Of the runs that died since the workspace last remembered something, which is when all before was told. */
export function untoldSince(home: Home, state: WorkspaceState | undefined): readonly Notice[] {
  const dead: RunRecord[] = [];
  for (const run of listRuns(home).toReversed()) {
    const record = state !== undefined && run <= state.run ? undefined : readRecord(home, run);
    if (record?.phase !== 'interrupted') break;
    dead.unshift(record);
  }
  return dead.flatMap(noticesIn);
}

/** What the run would have told. An undo or a take is asked for again by whoever wants it. */
export function noticesIn({ kind, steps }: Pick<RunRecord, 'kind' | 'steps'>): readonly Notice[] {
  if (kind !== 'sync') return [];
  return steps.flatMap(({ notice }) => (notice === undefined ? [] : [notice]));
}

/** The notices of a run, after those of `untold` that it does not say itself. */
export function withUntold(untold: readonly Notice[], notices: readonly Notice[]): readonly Notice[] {
  if (untold.length === 0) return notices;
  const said = new Map(notices.map((notice) => [keyOf(notice), notice]));
  return [...untold.filter((notice) => !isSaid(notice, said.get(keyOf(notice)))), ...notices];
}

function isSaid({ declined = [] }: Notice, now: Notice | undefined): boolean {
  if (now === undefined) return false;
  const known = new Set(now.declined?.map((each) => JSON.stringify(each)));
  return declined.every((each) => known.has(JSON.stringify(each)));
}

function keyOf({ path, action, copy }: Notice): string {
  return JSON.stringify([path, action, copy]);
}
