/** `api/runs` and `api/take`: starting, following and taking back runs. Forms get a page, programs a document. */
import { F2gitError } from '../errors.ts';
import { startSync, startTake, startUndo } from './click.ts';
import type { RelPath } from '../core/paths.ts';
import { elapsed } from '../core/elapsed.ts';
import { leadTo, readFields, sendJson } from './exchange.ts';
import { runDocument } from './run-document.ts';
import { findRun } from './find-run.ts';
import { canTake } from './pages/report-view.ts';
import type { Taking } from './ports.ts';
import { ended, toldBytes, type Run } from './runs.ts';
import type { Site } from './site.ts';
import { courseOf, coursePathOf, runIdOf, segment, serverOf, type PersonalVisit } from './visit.ts';

/** Most runs of a form end before the answer is due, and their report is the next page. */
const FORM_WAIT_MS = 800;

/** `POST api/runs {course, open?, dir?, server?}`: 202 and the run, which may be one that was on already. */
export function answerStart(visit: PersonalVisit, site: Site): Promise<void> {
  const fields = readFields(visit);
  const course = courseOf(fields['course'] ?? '', visit, site.courses, site.identity);
  const open = coursePathOf(fields['open'], 'open');
  const scope = coursePathOf(fields['dir'], 'dir');
  const server = serverOf(fields['server']);
  const click = {
    person: visit.person,
    course,
    ...(open === undefined ? {} : { open }),
    ...(scope === undefined ? {} : { scope }),
    ...(server === undefined ? {} : { server }),
  };
  return leadToRun(startSync(click, site), visit, fields);
}

export async function answerRun(visit: PersonalVisit, site: Site): Promise<void> {
  const run = await runOf(visit, site);
  await site.largeAnswers.turn(visit, toldBytes(run));
  return sendJson(visit, runDocument(run, visit.language));
}

/** `POST api/runs/<id>/undo`: 202 and the run that takes it back. */
export async function answerUndo(visit: PersonalVisit, site: Site): Promise<void> {
  const run = await runOf(visit, site);
  const course = courseOf(run.course, visit, site.courses, site.identity);
  return leadToRun(startUndo(visit.person, course, run.id, site), visit, readFields(visit));
}

/**
 * `POST api/take {course, file, cell?, from?, as?}`: `from` is a run id, or `course` as without it; `cell` one cell of a
 * notebook; `as` where the file goes instead of its own place. `{course, all: <run>}` takes the course's version of
 * everything that run left as the student's.
 */
export async function answerTake(visit: PersonalVisit, site: Site): Promise<void> {
  const fields = readFields(visit);
  const course = courseOf(fields['course'] ?? '', visit, site.courses, site.identity);
  const as = targetOf(fields);
  const taking = fields['all'] === undefined ? takingOf(fields, as) : await takingAll(fields['all'], visit, site);
  return leadToRun(startTake(visit.person, course, taking, site), visit, fields);
}

function takingOf(fields: Readonly<Record<string, string | undefined>>, as: RelPath | undefined): Taking {
  const file = coursePathOf(fields['file'], 'file');
  if (file === undefined) throw new F2gitError('usage', { params: { file: '' } });
  const from = fields['from'] === undefined || fields['from'] === 'course' ? 'course' : runIdOf(fields['from']);
  const { cell } = fields;
  if (cell !== undefined && from !== 'course') throw new F2gitError('cell-unknown', { params: { path: file, cell } });
  return { files: [file], from, ...(as && { as }), ...(cell !== undefined && { cell }) };
}

/** A place that is none would put the file over the student's. @throws {F2gitError} `usage` */
function targetOf({ as, cell, all }: Readonly<Record<string, string | undefined>>): RelPath | undefined {
  if (as === undefined) return undefined;
  const target = coursePathOf(as, 'as');
  if (target === undefined || cell !== undefined || all !== undefined) {
    throw new F2gitError('usage', { params: { as: as.slice(0, 200) } });
  }
  return target;
}

async function takingAll(text: string, visit: PersonalVisit, site: Site): Promise<Taking> {
  const run = await runOf(visit, site, text);
  const state = run.state();
  const notices = state.kind === 'finished' ? state.report.notices.filter(canTake) : [];
  if (notices.length === 0) throw new F2gitError('file-unknown', { params: { run: run.id } });
  return { files: notices.map(({ path }) => path), from: 'course' };
}

/** One's own run, or none at all: whose it is otherwise is nobody's business. @throws {F2gitError} `run-unknown` */
async function runOf(visit: PersonalVisit, site: Site, text = segment(visit, 'run')): Promise<Run> {
  const id = runIdOf(text);
  const run = await findRun(id, visit, site);
  if (run === undefined) throw new F2gitError('run-unknown', { params: { run: id } });
  return run;
}

async function leadToRun(
  run: Run,
  visit: PersonalVisit,
  fields: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const page = visit.link(`go/${run.course}`, {
    run: run.id,
    open: fields['open'],
    dir: fields['dir'],
    app: fields['app'],
    server: fields['server'],
  });
  if (visit.wants === 'html') {
    await Promise.race([ended(run), elapsed(FORM_WAIT_MS)]);
    return leadTo(visit, page);
  }
  visit.response.status(202);
  return sendJson(visit, { f2git: 1, run: run.id, course: run.course, state: run.state().kind });
}
