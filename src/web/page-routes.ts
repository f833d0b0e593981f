/** The pages: the click with its progress and report, where a file is, the index, links made for nbgitpuller. */
import { F2gitError } from '../errors.ts';
import { parseRunId } from '../core/ids.ts';
import { leadTo, sendPage } from './exchange.ts';
import { findRun } from './find-run.ts';
import { readGitPullLink, readInteractLink, type GitPullLink } from './git-pull.ts';
import type { LinkParams } from './links.ts';
import type { RunReport } from '../sync/report.ts';
import { clickPage } from './pages/click-page.ts';
import { shownRepository } from './course-of-repository.ts';
import { errorPage } from './pages/error-page.ts';
import { indexPage } from './pages/index-page.ts';
import { shownPerson } from './pages/layout.ts';
import { placePage } from './pages/place-page.ts';
import { reportPage } from './pages/report-page.ts';
import { signInPage } from './pages/sign-in-page.ts';
import { apps, type App, type Course, type OpenPlace } from './ports.ts';
import { toldBytes, type Run } from './runs.ts';
import type { Site } from './site.ts';
import { courseOf, coursePathOf, segment, serverOf, type PersonalVisit } from './visit.ts';

/**
 * `GET go/<course>?open=&app=&dir=`: the page that starts the run (by a POST of its own), or with `run=` the page of that
 * run. It changes nothing by itself. A run that is not known any more leads to a new click.
 */
export async function answerClick(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  const link = readLink(visit);
  const id = visit.query.get('run');
  if (id === null) {
    if (course.signIn?.isNeeded(visit.person) === true) {
      const hasEnded = course.signIn.hasEnded(visit.person);
      return sendPage(visit, signInPage({ visit, site, course, linkParams: link.params, hasEnded }));
    }
    return sendPage(visit, clickPage({ visit, site, course, linkParams: link.params }));
  }
  const known = parseRunId(id);
  const run = known === undefined ? undefined : await findRun(known, visit, site, [course]);
  if (run?.course === course.id) return showRun(run, visit, site, course, link);
  return leadTo(visit, visit.link(`go/${course.id}`, link.params));
}

/** `GET go/<course>/…`: leads to the same link without the slash. */
export function answerClickWithSlash(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  return leadTo(visit, visit.link(`go/${course.id}`, readLink(visit).params));
}

/**
 * `GET open/<course>?file=&run=`: says where the file is; where there is a program to open it in, leads there. A file that
 * neither the course has nor that run left is not opened, but the folder.
 */
export async function answerPlace(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  const asked = coursePathOf(visit.query.get('file'), 'file');
  const run = parseRunId(visit.query.get('run') ?? '');
  const left = run && (await findRun(run, visit, site, [course]))?.state();
  const isLeft = left?.kind === 'finished' && left.report.open === asked;
  const file = isLeft || (await isOfCourse(asked, course, visit)) ? asked : undefined;
  const target = site.opener.target(visit.person, placeOf(course, visit, file, readWishes(visit)));
  if (target !== undefined) return leadTo(visit, target);
  return sendPage(visit, placePage({ visit, site, course, file, self: { file: asked, run } }));
}

/** Whether it is a file or a folder of the course as this person gets it. */
async function isOfCourse(path: string | undefined, course: Course, visit: PersonalVisit): Promise<boolean> {
  if (path === undefined) return false;
  const { files = [], frozen = [] } = (await course.audienceOf(visit.person).offer()) ?? {};
  return [...files, ...frozen].some((each) => each.path === path || each.path.startsWith(`${path}/`));
}

/** `GET /`: the courses, for trying out, and in a student's own server. Elsewhere links lead to courses, no list does. */
export function answerIndex(visit: PersonalVisit, site: Site): Promise<void> {
  if (!['none', 'owner'].includes(site.identity.kind)) throw new F2gitError('page-unknown', { params: { page: '' } });
  return sendPage(visit, indexPage(visit, site, site.courses.all));
}

/** `GET git-pull?repo=…`: the configured course of that repository, opened at the same file. */
export function answerGitPull(visit: PersonalVisit, site: Site): Promise<void> {
  return leadToCourseOf(readGitPullLink(visit.query), visit, site);
}

/** `GET interact?account=…&repo=…`: the same. */
export function answerInteract(visit: PersonalVisit, site: Site): Promise<void> {
  return leadToCourseOf(readInteractLink(visit.query), visit, site);
}

function leadToCourseOf(wanted: GitPullLink, visit: PersonalVisit, site: Site): Promise<void> {
  const course = site.courses.bySource(wanted.repo, wanted.branch);
  if (course === undefined || !site.identity.mayTake(visit.person, course.id)) {
    throw new F2gitError('course-unknown', { params: { course: shownRepository(wanted.repo) } });
  }
  return leadTo(visit, visit.link(`go/${course.id}`, { open: wanted.open, app: wanted.app }));
}

interface ReadLink {
  readonly params: LinkParams;
  readonly open: string | undefined;
  readonly wishes: Wishes;
}

/** Where a link wants its file opened. */
interface Wishes {
  readonly app?: App;
  readonly server?: string;
}

/** What a link wants of a click, as its addresses carry it. @throws {F2gitError} `usage` for a path that is none */
export function linkParamsOf(visit: PersonalVisit): LinkParams {
  return readLink(visit).params;
}

/** Paths of a link are checked here already, so that a bad link says so before anything starts. */
function readLink(visit: PersonalVisit): ReadLink {
  const open = coursePathOf(visit.query.get('open'), 'open');
  const scope = coursePathOf(visit.query.get('dir'), 'dir');
  const wishes = readWishes(visit);
  return { params: { open, dir: scope, ...wishes }, open, wishes };
}

/** An app nobody knows is left out: the file still opens, in the usual program. */
function readWishes(visit: PersonalVisit): Wishes {
  const app = apps.find((one) => one === visit.query.get('app'));
  const server = serverOf(visit.query.get('server'));
  return { ...(app && { app }), ...(server && { server }) };
}

async function showRun(run: Run, visit: PersonalVisit, site: Site, course: Course, link: ReadLink): Promise<void> {
  const state = run.state();
  const linkParams = link.params;
  if (state.kind === 'waiting' || state.kind === 'running') {
    return sendPage(visit, clickPage({ visit, site, course, linkParams, run }));
  }
  if (state.kind === 'failed') return showFailure(run, state.error, visit, site, course, link);
  await site.largeAnswers.turn(visit, toldBytes(run));
  const { report } = state;
  const named = report.open ?? report.missing ?? link.open ?? course.open;
  const missing = (await isMissingAfter(report, named, course, visit)) ? named : undefined;
  const file = missing === undefined ? named : undefined;
  const target = site.opener.target(visit.person, placeOf(course, visit, file, link.wishes));
  const address = target ?? visit.link(`open/${course.id}`, { file, run: file && run.id });
  // what the course itself would open nobody was promised, and before it is released its name is nobody's business
  const isPromised = link.open !== undefined || missing !== course.open;
  const destination = { address, file, missing: isPromised ? missing : undefined };
  const canForward = target !== undefined;
  return sendPage(visit, reportPage({ visit, site, course, report, linkParams, destination, canForward }));
}

async function showFailure(
  run: Run,
  error: F2gitError,
  visit: PersonalVisit,
  site: Site,
  course: Course,
  link: ReadLink,
): Promise<void> {
  const again = visit.link(`go/${course.id}`, link.params);
  const hasHome = error.code !== 'home-missing';
  // of a course that was never read nobody has a file
  const wasRead = (await course.audienceOf(visit.person).offer()) !== undefined;
  const anyway = wasRead && hasHome ? visit.link(`open/${course.id}`, { file: link.open ?? course.open }) : undefined;
  const self = { path: `go/${course.id}`, params: { ...link.params, run: run.id } };
  const context = { eyebrow: course.title, run: run.id, person: shownPerson(visit, site), self, again, anyway };
  const page = new URL(again, `http://self.invalid${visit.request.path}`);
  const start = hasHome
    ? undefined
    : site.opener.startBy?.(visit.person, link.wishes.server, `${page.pathname}${page.search}`);
  return sendPage(visit, errorPage(error, visit, site, { ...context, start }));
}

/** A click has looked; who takes something back or over says no file, so that the course and what was told must do. */
async function isMissingAfter(
  report: RunReport,
  named: string | undefined,
  course: Course,
  visit: PersonalVisit,
): Promise<boolean> {
  if (named === undefined || report.open !== undefined) return false;
  if (report.missing !== undefined) return true;
  const told = report.notices.find(({ path }) => path === named);
  if (told !== undefined) return told.action === 'removed';
  return !(await isOfCourse(named, course, visit));
}

function placeOf(course: Course, visit: PersonalVisit, file: string | undefined, wishes: Wishes): OpenPlace {
  return { workspace: course.workspaceOf(visit.person), ...(file === undefined ? {} : { file }), ...wishes };
}
