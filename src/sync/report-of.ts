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
  readonly offer: Pick<Offer, 'head' | 'source' | 'files'> & { readonly course: string };
  readonly open?: RelPath;
  readonly undoes?: RunId;
}

/** The report. `state` is what the workspace remembered before the run. */
export function reportOf(heading: Heading, state: Pick<WorkspaceState, 'head'> | undefined, done: Done): RunReport {
  const { kind, run, workspace, started, offer, undoes } = heading;
  const open = heading.open === undefined ? undefined : openedPath(heading.open, offer, done.base);
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
    ...(open !== undefined && { open }),
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
  };
}

function outcomeOf(done: Done, offer: Heading['offer']): RunReport['outcome'] {
  const cannotRead = done.notices.some((notice) => notice.action === 'skipped' && notice.rule === '2');
  if (done.partial || cannotRead) return 'partial';
  if (offer.source.state === 'unreachable') return 'stale';
  return done.changed ? 'updated' : 'unchanged';
}

/** The file itself, the course copy that stands in for it, or the path as the link has it (a folder, for example). */
function openedPath(wanted: RelPath, offer: Heading['offer'], base: ReadonlyMap<string, BaseRecord>): RelPath {
  const file = offer.files.find(({ path }) => path === wanted);
  const record = file === undefined ? byCoursePath(wanted, base) : base.get(file.id);
  return record?.placement ?? wanted;
}

function byCoursePath(wanted: RelPath, base: ReadonlyMap<string, BaseRecord>): BaseRecord | undefined {
  for (const record of base.values()) if (record.coursePath === wanted) return record;
  return undefined;
}
