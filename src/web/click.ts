/** What a click does: refresh the course within a bounded wait, then let the agent bring the home up to date. */
import type { RunId } from '../core/ids.ts';
import type { Frozen, Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { elapsed } from '../core/elapsed.ts';
import type { Agent, Audience, Course, Opener, Person, Taking } from './ports.ts';
import type { Run, Runs } from './runs.ts';

/** How long a click waits for the source before it goes on with the last good state. */
export const SOURCE_WAIT_MS = 20_000;

/** The part of that after which those go on who click when somebody has waited in vain: enough to see that it is back. */
const LATE_PART = 0.1;

/** Those whose source did not answer in time, and has not answered since. */
const late = new WeakSet<Audience>();

export interface Click {
  readonly person: Person;
  readonly course: Course;
  /** Only this folder of the course. */
  readonly scope?: RelPath;
  /** The file to open afterwards; without it, the course's. */
  readonly open?: RelPath;
  /** The named server to open it in. */
  readonly server?: string;
}

export interface ClickParts {
  readonly runs: Runs;
  readonly agent: Agent;
  readonly opener?: Opener;
  readonly sourceWaitMs?: number;
}

/** Starts the run of a click, or joins the one that is on. @throws {F2gitError} as `Runs.start` */
export function startSync(click: Click, parts: ClickParts): Run {
  const { person, course, scope, server } = click;
  const open = click.open ?? course.open;
  return parts.runs.start({
    kind: 'sync',
    person,
    course: course.id,
    purpose: JSON.stringify(['sync', scope ?? '', open ?? '', server ?? '']),
    work: async (run, onProgress, signal) => {
      onProgress({ step: 'listing', done: 0 });
      const place = { home: course.workspaceOf(person).home, ...(server === undefined ? {} : { server }) };
      const preparation = parts.opener?.prepare?.(person, place, signal);
      const offer = await freshOffer(
        course.audienceOf(person),
        parts.sourceWaitMs ?? SOURCE_WAIT_MS,
        onProgress,
        signal,
      );
      if (scope !== undefined) refuseUnlessOffered(scope, offer);
      const job = {
        kind: 'sync',
        ...jobBase(run, person, course, offer),
        ...(scope === undefined ? {} : { scope }),
        ...(open === undefined ? {} : { open }),
      } as const;
      await preparation?.home(onProgress);
      const report = await parts.agent.run(job, onProgress, signal);
      await preparation?.server(onProgress);
      return report;
    },
  });
}

/** A link that wants a part of the course which is not there is told so: an empty folder would say nothing. */
function refuseUnlessOffered(scope: RelPath, { files, frozen }: Offer): void {
  const isBelow = (path: string): boolean => path === scope || path.startsWith(`${scope}/`);
  // what hides a folder as a whole hides the part of it, too
  const isHidden = ({ path }: Frozen): boolean => isBelow(path) || scope.startsWith(`${path}/`);
  if (files.some(({ path }) => isBelow(path)) || frozen.some(isHidden)) return;
  throw new F2gitError('file-unknown', { params: { path: scope } });
}

/** Starts taking back `undoes`. The source is not asked. */
export function startUndo(person: Person, course: Course, undoes: RunId, parts: ClickParts): Run {
  return parts.runs.start({
    kind: 'undo',
    person,
    course: course.id,
    purpose: JSON.stringify(['undo', undoes]),
    work: async (run, onProgress, signal) => {
      const base = jobBase(run, person, course, await lastOffer(course.audienceOf(person)));
      return parts.agent.run({ kind: 'undo', ...base, undoes }, onProgress, signal);
    },
  });
}

/** Starts putting other versions of files, or of one cell, in the place of the student's. */
export function startTake(person: Person, course: Course, taking: Taking, parts: ClickParts): Run {
  const { files, cell, from, as } = taking;
  return parts.runs.start({
    kind: 'take',
    person,
    course: course.id,
    purpose: JSON.stringify(['take', files, cell ?? '', from, as ?? '']),
    work: async (run, onProgress, signal) => {
      const base = jobBase(run, person, course, await lastOffer(course.audienceOf(person)));
      return parts.agent.run({ kind: 'take', ...base, ...taking }, onProgress, signal);
    },
  });
}

/**
 * The offer after asking the source, or after `waitMs` the last good one: a slow source costs a click no more, and
 * neither does a data folder that cannot take what is new. Where there is no good state yet, the first one is waited
 * for. A refresh that is not waited for goes on by itself, and until the source answers nobody waits as long again.
 * @throws {F2gitError} why the source could not be read or kept, when nothing was ever read from it
 */
export async function freshOffer(
  audience: Audience,
  waitMs: number,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Offer> {
  let isOver = false;
  const refreshed = audience
    .refresh(onProgress, signal)
    .then((offer) => noteAnswer(offer, audience))
    .finally(() => (isOver = true))
    .catch(async (error: unknown) => lastGoodAfter(error, audience));
  const wait = late.has(audience) ? waitMs * LATE_PART : waitMs;
  const known = await Promise.race([refreshed, elapsed(wait).then(() => (isOver ? undefined : goOn(audience)))]);
  return known ?? (await refreshed);
}

async function goOn(audience: Audience): Promise<Offer | undefined> {
  const offer = await lastGood(audience);
  if (offer !== undefined) late.add(audience);
  return offer;
}

function noteAnswer(offer: Offer, audience: Audience): Offer {
  if (offer.source.state !== 'unreachable') late.delete(audience);
  return offer;
}

/** A server that cannot store what the source shows now still has what it showed last. */
async function lastGoodAfter(error: unknown, audience: Audience): Promise<Offer> {
  const isUnstored = error instanceof F2gitError && /^(disk-full|repository-unwritable)$/.test(error.code);
  const offer = isUnstored ? await lastGood(audience) : undefined;
  if (offer === undefined) throw error;
  return offer;
}

/** A source that does not answer in time counts as one that does not answer. */
async function lastGood(audience: Audience): Promise<Offer | undefined> {
  const offer = await audience.offer();
  return offer === undefined ? undefined : { ...offer, source: { ...offer.source, state: 'unreachable' } };
}

function jobBase(run: RunId, person: Person, course: Course, offer: Offer) {
  const { supplies } = course.audienceOf(person);
  const workspace = course.workspaceOf(person);
  course.refuseOverlap?.(workspace);
  return { run, person, course: course.id, workspace: workspace.path, offer, supplies };
}

async function lastOffer(audience: Audience): Promise<Offer> {
  const offer = await audience.offer();
  if (offer === undefined) throw new F2gitError('source-unreachable');
  return offer;
}
