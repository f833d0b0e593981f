/** Where a login comes back to, and where a session ends. The pages themselves lead to the login (`app.ts`). */
import { F2gitError } from '../errors.ts';
import { sendPage, takeStep } from './exchange.ts';
import { signedOutPage } from './pages/signed-out-page.ts';
import type { Site } from './site.ts';
import type { PersonalVisit, Visit } from './visit.ts';

/** `GET oauth_callback?code=&state=`: the session begins, and the page that was asked for comes next. */
export async function answerSignedIn(visit: Visit, site: Site): Promise<void> {
  const { signIn } = site.identity;
  if (signIn === undefined) throw new F2gitError('page-unknown', { params: { page: 'oauth_callback' } });
  return takeStep(visit, await signIn.finish(visit.request, visit.query));
}

/** `POST logout`: the session ends; where people sign out of a hub is one click away. */
export function answerSignOut(visit: PersonalVisit, site: Site): Promise<void> {
  const signedOut = site.identity.signOut?.(visit.request);
  if (signedOut === undefined) throw new F2gitError('page-unknown', { params: { page: 'logout' } });
  visit.response.setHeader('Set-Cookie', [...signedOut.cookies]);
  return sendPage(visit, signedOutPage(visit, site, signedOut.elsewhere));
}
