/** A course on a computer of one's own: the page that says how, the code, and what a program gets for it. */
import { F2gitError } from '../errors.ts';
import { parseCourseId } from '../core/ids.ts';
import { readFields, sendJson, sendPage } from './exchange.ts';
import { TOKEN_DAYS } from './laptop-codes.ts';
import { laptopPage } from './pages/laptop-page.ts';
import type { Site } from './site.ts';
import { courseOf, segment, type PersonalVisit, type Visit } from './visit.ts';

/** `GET laptop/<course>`: how the same files come to a computer of one's own. */
export function answerLaptop(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  return sendPage(visit, laptopPage({ visit, site, course }));
}

/** `POST laptop/<course>/code`: the same page with a code. */
export function answerCode(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  const code = site.laptops.issue(visit.person, course.id);
  visit.response.setHeader('Cache-Control', 'no-store');
  return sendPage(visit, laptopPage({ visit, site, course, code }));
}

/** `POST laptop/<course>/end`: every computer that got a token for this person, of whichever course, is nobody's again. */
export function answerSignOutLaptops(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  site.laptops.signOut(visit.person);
  return sendPage(visit, laptopPage({ visit, site, course, isSignedOut: true }));
}

/** `POST api/courses/<course>/token` with a `code`: a token for reading this course. */
export function answerToken(visit: Visit, site: Site): Promise<void> {
  const name = segment(visit, 'course');
  const course = parseCourseId(name);
  const token = course && site.laptops.redeem(course, readFields(visit)['code'] ?? '');
  if (token === undefined) throw new F2gitError('code-refused');
  visit.response.setHeader('Cache-Control', 'no-store');
  return sendJson(visit, { f2git: 1, token, days: TOKEN_DAYS });
}
