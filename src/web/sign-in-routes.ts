/** Where a login comes back to, and where a session ends. The pages themselves lead to the login (`app.ts`). */
import { F2gitError } from '../errors.ts';
import { sendPage, takeStep } from './exchange.ts';
import { signedOutPage } from './pages/signed-out-page.ts';
import type { SignIn } from './ports.ts';
import type { Site } from './site.ts';
import type { PersonalVisit, Visit } from './visit.ts';

/** `GET oauth_callback?code=&state=`: the session begins, and the page that was asked for comes next. */
export async function answerSignedIn(visit: Visit, site: Site): Promise<void> {
  const step = await signInOf(site, 'oauth_callback').finish(visit.request, visit.query);
  return takeStep(visit, step);
}

/** `POST logout`: the session ends; where people sign out of the hub is one click away. */
export function answerSignOut(visit: PersonalVisit, site: Site): Promise<void> {
  const { address, cookies } = signInOf(site, 'logout').end(visit.request);
  visit.response.setHeader('Set-Cookie', [...cookies]);
  return sendPage(visit, signedOutPage(visit, site, address));
}

function signInOf({ identity }: Site, page: string): SignIn {
  if (identity.signIn === undefined) throw new F2gitError('page-unknown', { params: { page } });
  return identity.signIn;
}
