/** The client of a site whose address does not name it. */
import { F2gitError } from '../../errors.ts';
import { createCookieJar } from '../cookies.ts';
import type { Http } from '../http.ts';
import { safeAddress } from '../redact.ts';

/** A page of ILIAS. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/**
 * Asks the site: every first answer sets a cookie that names the client.
 * @throws {F2gitError} `source-invalid` when it does not; what `Http.send` throws
 */
export async function clientAt(http: Http, site: string, signal: AbortSignal): Promise<string> {
  const cookies = createCookieJar(site);
  const url = `${site}login.php`;
  const visit = http.send({ method: 'GET', url, purpose: 'listing', maxBytes: MAX_PAGE_BYTES, cookies }, signal);
  // Single sign-on leads on to places that need not answer; the cookie came before.
  const outcome = await visit.then(
    (response) => response.discard(),
    (error: unknown) => ({ error }),
  );
  const header = cookies.headerFor(new URL('webdav.php', site)) ?? '';
  const client = /(?:^|; )ilClientId=([A-Za-z0-9_.-]+)/.exec(header)?.[1];
  if (client !== undefined) return client;
  if (outcome !== undefined) throw outcome.error;
  const detail = 'the site does not say which client is meant: name it as "client"';
  throw new F2gitError('source-invalid', { params: { address: safeAddress(url), detail } });
}
