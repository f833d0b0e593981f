/** The pages of those who look after courses. Who does not is told what everybody is told of a page that is not there. */
import { elapsed } from '../core/elapsed.ts';
import { F2gitError } from '../errors.ts';
import { instantOf, parseTime } from '../release/local-time.ts';
import { leadTo, readFields, sendPage, untilLeft } from './exchange.ts';
import { teachIndexPage } from './pages/teach-index-page.ts';
import { teachPage } from './pages/teach-page.ts';
import { teachEnds, type TeachPage } from './pages/teach-parts.ts';
import { apps, type Course } from './ports.ts';
import type { Site } from './site.ts';
import type { StaffDesk } from './staff-desk.ts';
import { courseOf, coursePathOf, segment, type PersonalVisit } from './visit.ts';

/** `GET teach`: the courses this person looks after. */
export function answerTeach(visit: PersonalVisit, site: Site): Promise<void> {
  const courses = site.courses.all.filter(({ id }) => site.identity.mayTeach(visit.person, id));
  if (courses.length === 0) throw new F2gitError('page-unknown', { params: { page: 'teach' } });
  return sendPage(visit, teachIndexPage(visit, site, courses));
}

/** `GET teach/`: leads to the same without the slash. */
export function answerTeachWithSlash(visit: PersonalVisit, site: Site): Promise<void> {
  if (!site.courses.all.some(({ id }) => site.identity.mayTeach(visit.person, id))) {
    throw new F2gitError('page-unknown', { params: { page: 'teach/' } });
  }
  return leadTo(visit, visit.link('teach'));
}

/** `GET teach/<course>?at=&for=&open=&app=`: how it stands; what students get then; a link. */
export async function answerTeachCourse(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseTaught(visit, site);
  const { desk } = course;
  const told = teachEnds.find((word) => word === visit.query.get('told'));
  const preview = desk && (await previewMeant(desk, visit));
  const parts: TeachPage = {
    visit,
    site,
    course,
    ...(desk && { desk: { desk, view: desk.look() } }),
    ...(preview && { preview }),
    wish: {
      open: coursePathOf(visit.query.get('open'), 'open') ?? '',
      app: apps.find((app) => app === visit.query.get('app')) ?? '',
    },
    ...(told && { told }),
  };
  return sendPage(visit, teachPage(parts));
}

/** `POST teach/<course>/look`: asks the source; the page says how that went, or that it goes on. */
export async function answerTeachLook(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseTaught(visit, site);
  const looking = deskOf(course)
    .refresh(untilLeft(visit))
    .then(() => undefined);
  const told = await orStillLooking(looking, site);
  return leadTo(visit, visit.link(`teach/${course.id}`, { told }));
}

/** `POST teach/<course>/confirm` with `shown`: releases the held deletions that the page showed. */
export async function answerTeachConfirm(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseTaught(visit, site);
  const confirming = deskOf(course).confirm(readFields(visit)['shown'] ?? '', untilLeft(visit));
  const told = await orStillLooking(confirming, site);
  return leadTo(visit, visit.link(`teach/${course.id}`, { told }));
}

/** A proxy gives up a form that takes minutes, and who has left ends what they asked for. The work itself goes on. */
function orStillLooking<End>(work: Promise<End>, { sourceWaitMs }: Site): Promise<End | 'looking'> {
  return Promise.race([work, elapsed(sourceWaitMs).then(() => 'looking' as const)]);
}

function courseTaught(visit: PersonalVisit, site: Site): Course {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  if (site.identity.mayTeach(visit.person, course.id)) return course;
  throw new F2gitError('page-unknown', { params: { page: `teach/${course.id}` } });
}

function deskOf({ id, desk }: Course): StaffDesk {
  if (desk !== undefined) return desk;
  throw new F2gitError('page-unknown', { params: { page: `teach/${id}` } });
}

async function previewMeant(desk: StaffDesk, { query }: PersonalVisit): Promise<TeachPage['preview']> {
  const at = query.get('at') ?? '';
  if (at === '') return undefined;
  const time = parseTime(at);
  if (time === undefined) throw new F2gitError('usage', { params: { at: at.slice(0, 40) } });
  const group = query.get('for') ?? '';
  if (group !== '' && !desk.groups.includes(group)) {
    throw new F2gitError('usage', { params: { for: group.slice(0, 80), possible: desk.groups.join(', ') } });
  }
  const instant = time.kind === 'instant' ? time.instant : instantOf(time.wall, desk.timeZone);
  const seen = await desk.preview(instant, group === '' ? [] : [group]);
  return seen && { seen, at, group };
}
