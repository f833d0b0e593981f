/** Looks at a home and decides what a sync would do: load, scan, plan, merge, plan again. Changes nothing. */
import type { Contents, History, Offer } from '../core/offer.ts';
import type { Oid } from '../core/ids.ts';
import type { RelPath } from '../core/paths.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import type { Home } from './home.ts';
import { MergeDesk } from './merge.ts';
import { plan as makePlan, type Plan, type Policy } from './plan.ts';
import { scan } from './scan.ts';
import type { ScanCache } from './scan-cache.ts';
import { foldsNames } from './spelling.ts';
import type { MergedBytes } from './stage.ts';
import type { LocalNode, LocalTree, WorkspaceState } from './tree.ts';
import { lookUntilEnough } from './wanted-paths.ts';

/** What a look needs to know. */
export interface LookRequest {
  readonly offer: Offer;
  readonly contents: Contents;
  readonly policy: Policy;
  readonly scope?: RelPath;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface Look {
  readonly local: LocalTree;
  readonly plan: Plan;
  readonly merged: MergedBytes;
}

/** Each round resolves all merges the plan asks for; a merge can make a new one necessary, but not for ever. */
const MOST_ROUNDS = 8;

const noHistory: History = { has: () => false, versions: () => [] };

/**
 * Decides what to do about the home as it is now.
 * @throws {F2gitError} `cancelled`
 */
export async function look(
  home: Home,
  state: WorkspaceState | undefined,
  cache: ScanCache,
  request: LookRequest,
): Promise<Look> {
  const { offer, contents, signal } = request;
  request.onProgress?.({ step: 'checking', done: 0, total: offer.files.length });
  const local = await lookUntilEnough(
    neededOf(state, request),
    (wanted) => scan(home, wanted, cache, signal),
    foldsNames(home),
  );
  const history = needsHistory(state, offer, local) ? await contents.history() : noHistory;
  return planAll(home, { state, request, local, history });
}

/** What would be done in a workspace that does not exist yet. */
export function imagine(request: LookRequest): Plan {
  const local: LocalTree = new Map();
  return makePlan({
    ...neededOf(undefined, request),
    local,
    history: noHistory,
    merges: () => undefined,
    policy: request.policy,
  });
}

interface Known {
  readonly state: WorkspaceState | undefined;
  readonly request: LookRequest;
  readonly local: Map<RelPath, LocalNode>;
  readonly history: History;
}

async function planAll(home: Home, known: Known): Promise<Look> {
  const { state, request, local, history } = known;
  const { contents, policy, signal, onProgress } = request;
  const desk = new MergeDesk({ home, contents, sizes: sizesOf(request.offer), codeCells: policy.codeCells ?? 'lines' });
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const input = { ...neededOf(state, request), local, history, merges: desk.known, policy };
    const plan = makePlan(input);
    if (plan.merges.length === 0) return { local, plan, merged: desk.merged };
    for (const [index, merge] of plan.merges.entries()) {
      if (signal?.aborted === true) throw new F2gitError('cancelled');
      onProgress?.({ step: 'merging', done: index, total: plan.merges.length });
      if (!(await desk.resolve(merge))) local.set(merge.path, { kind: 'unreadable', why: 'busy', isFile: true });
    }
  }
  throw new F2gitError('bug', { params: { detail: 'the plan asks for merges without end' } });
}

function neededOf(state: WorkspaceState | undefined, { offer, scope }: LookRequest) {
  return {
    base: state?.base ?? new Map(),
    folders: state?.folders ?? new Set<RelPath>(),
    pins: state?.pins ?? new Map(),
    offered: offer.files,
    frozen: offer.frozen,
    deletions: offer.deletions,
    ...(scope !== undefined && { scope }),
  } as const;
}

/** History is large. A home that holds what was last delivered, or what is offered, can be judged without it. */
function needsHistory(state: WorkspaceState | undefined, offer: Offer, local: LocalTree): boolean {
  const unlike = new Set<RelPath>();
  const note = (path: RelPath, oid: Oid): void => {
    const node = local.get(path);
    if (node?.kind === 'file' && node.oid !== oid) unlike.add(path);
  };
  const forget = (path: RelPath, oid: Oid): void => {
    const node = local.get(path);
    if (node?.kind === 'file' && node.oid === oid) unlike.delete(path);
  };
  // What one of the two does not expect, the other one may.
  for (const look of [note, forget]) {
    for (const file of offer.files) look(file.path, file.oid);
    for (const record of state?.base.values() ?? []) look(record.placement, record.oid);
    if (unlike.size === 0) return false;
  }
  return true;
}

function sizesOf(offer: Offer): ReadonlyMap<Oid, number> {
  return new Map(offer.files.map((file) => [file.oid, file.size]));
}
