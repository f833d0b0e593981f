/** Signing in at a course's platform, where each student reads it as themselves. */
import { asF2gitError, F2gitError } from '../errors.ts';
import { leadTo } from './exchange.ts';
import { linkParamsOf } from './page-routes.ts';
import type { PlatformSignIn } from './ports.ts';
import type { Site } from './site.ts';
import { courseOf, segment, type PersonalVisit } from './visit.ts';

/** `GET connect/<course>`: to the platform. All that changes is which way back is known. */
export function answerConnect(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  if (course.signIn === undefined) throw new F2gitError('page-unknown', { params: { page: 'connect' } });
  return leadTo(visit, course.signIn.begin(visit.person, linkParamsOf(visit)));
}

/** `GET connected/<course>?code=&state=`: back from the platform, and on to the click. */
export async function answerConnected(visit: PersonalVisit, site: Site): Promise<void> {
  const course = courseOf(segment(visit, 'course'), visit, site.courses, site.identity);
  if (course.signIn === undefined) throw new F2gitError('page-unknown', { params: { page: 'connected' } });
  const person = whoCame(visit, site, course.signIn);
  const link = await course.signIn.finish(person, visit.query).catch((error: unknown) => {
    throw asLoginFailed(asF2gitError(error));
  });
  return leadTo(visit, visit.link(`go/${course.id}`, { ...link, ...site.identity.addressOf(person) }));
}

/** What the platform's refusal means to a student. */
function asLoginFailed(error: F2gitError): F2gitError {
  if (error.code !== 'source-login') return error;
  return new F2gitError('platform-login-failed', { cause: error });
}

/** Who is tried out (`?user=`) is in no address that a platform sends back: there the sign-in itself says whose it is. */
function whoCame({ person, query }: PersonalVisit, site: Site, signIn: PlatformSignIn): PersonalVisit['person'] {
  if (site.identity.kind !== 'none') return person;
  return signIn.whoseIs(query.get('state') ?? '') ?? person;
}
