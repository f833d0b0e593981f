/** Puts together the report of a run: outcome, notices, and where the file is that the link names. */
import type { RunId } from '../core/ids.ts';
import type { Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { Done } from './execute.ts';
import type { Plan } from './plan-types.ts';
import { noticesOf } from './record.ts';
import type { RunReport } from './report.ts';
import type { BaseRecord, WorkspaceState } from './tree.ts';

/** What is known of a run before it begins. */
export interface Heading {
  readonly kind: RunReport['kind'];
  readonly run: RunId;
  readonly workspace: string;
  readonly started: Date;
  readonly now: () => Date;
  /** Files are absent where nobody needs to look at them: the run finds all as the last one left it, or does not ask. */
  readonly offer: Pick<Offer, 'head' | 'source'> &
    Partial<Pick<Offer, 'files' | 'frozen'>> & { readonly course: string };
  readonly open?: RelPath;
  /** Whether there is anything in the workspace now; absent where nobody can look. */
  readonly isThere?: (path: RelPath) => boolean;
  readonly undoes?: RunId;
}

/** The report. `state` is what the workspace remembered before the run. */
export function reportOf(heading: Heading, state: Pick<WorkspaceState, 'head'> | undefined, done: Done): RunReport {
  const { kind, run, workspace, started, offer, undoes } = heading;
  const opened = heading.open === undefined ? undefined : openedPath(heading.open, offer, done.base);
  const isRemoved = done.notices.some(({ action, path }) => action === 'removed' && path === opened);
  const isThere = opened !== undefined && !isRemoved && heading.isThere?.(opened) !== false;
  return {
    f2git: 1,
    kind,
    run,
    course: offer.course,
    workspace,
    base: state?.head ?? null,
    head: offer.head,
    outcome: outcomeOf(done, offer),
    source: offer.source,
    notices: done.notices,
    ...(done.refused > 0 && { refused: done.refused }),
    ...(isEmpty(offer) && { empty: true as const }),
    ...(opened !== undefined && (isThere ? { open: opened } : { missing: opened })),
    started: started.toISOString(),
    finished: heading.now().toISOString(),
    ...(undoes !== undefined && { undoes }),
  };
}

/** What a plan would come to if every step succeeded: for a dry run, and for a plan without work. */
export function planned(plan: Plan, state: WorkspaceState | undefined): Done {
  const base = new Map(state?.base);
  for (const { before } of plan.steps) if (before !== undefined) base.delete(before.id);
  for (const { after } of plan.steps) if (after !== undefined) base.set(after.id, after);
  const results = plan.steps.map((step) => ({ step, changes: [], held: [] }));
  return {
    base,
    notices: noticesOf(plan, results),
    changed: plan.steps.some((step) => step.actions.length > 0),
    partial: false,
    refused: (state?.pins.size ?? 0) - plan.unpinned.length,
  };
}

function isEmpty({ source, files, frozen }: Heading['offer']): boolean {
  const isCertain = source.state !== 'unreachable' && source.complete && source.problems.length === 0;
  return isCertain && files?.length === 0 && frozen?.length === 0;
}

function outcomeOf(done: Done, offer: Heading['offer']): RunReport['outcome'] {
  const cannotRead = done.notices.some((notice) => notice.action === 'skipped' && notice.rule === '2');
  if (done.partial || cannotRead) return 'partial';
  if (offer.source.state === 'unreachable') return 'stale';
  return done.changed ? 'updated' : 'unchanged';
}

/** The file itself, the course copy that stands in for it, or the path as the link has it (a folder, for example). */
function openedPath(wanted: RelPath, offer: Heading['offer'], base: ReadonlyMap<string, BaseRecord>): RelPath {
  const file = offer.files?.find(({ path }) => path === wanted);
  const record = file === undefined ? byCoursePath(wanted, base) : base.get(file.id);
  return record?.placement ?? wanted;
}

function byCoursePath(wanted: RelPath, base: ReadonlyMap<string, BaseRecord>): BaseRecord | undefined {
  for (const record of base.values()) if (record.coursePath === wanted) return record;
  return undefined;
}
