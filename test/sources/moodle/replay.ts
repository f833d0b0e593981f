/** Signs the adapter in at a site that knows some recordings, and reads what it gives. */
import { afterEach } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { readFile } from '../../../src/sources/moodle/content.ts';
import { moodleAdapter } from '../../../src/sources/moodle/index.ts';
import { MoodleService } from '../../../src/sources/moodle/service.ts';
import type { Listing, SourceSession } from '../../../src/sources/source.ts';
import { readBody } from '../bench.ts';
import { type Answering, recording, startRecordedSite, tokenFor } from '../../support/moodle-recordings.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export const signal = new AbortController().signal;

/** The adapter, signed in with a recorded token at a site that knows these recordings. */
export async function open(
  names: readonly Answering[],
  { course = '2', page = '', credentials = { token: new Secret(tokenFor('TOKEN_STUDENT')) } } = {},
) {
  const site = await startRecordedSite(...names);
  cleanUps.push(() => site.stop());
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  cleanUps.push(() => http.close());
  const config = moodleAdapter.parseConfig({
    type: 'moodle',
    url: `${site.origin}/${page}`,
    ...(page === '' ? { course } : {}),
    // all restrictions of sections in the recorded course are told to staff
    restricted_sections: 'none',
  });
  const context = { http, now: () => new Date('2026-11-23T12:00:00Z'), credentials, cacheDir: '/nonexistent' };
  const session: SourceSession = await moodleAdapter.open(config, context);
  return { site, http, session, config };
}

export async function listed(names: readonly Answering[], more: Parameters<typeof open>[1] = {}): Promise<Listing> {
  const { session } = await open(names, more);
  const listing = await session.list(signal);
  if (listing.kind !== 'listing') throw new Error('nothing was remembered');
  return listing;
}

/** A session whose listing and account are answered with what was recorded as an answer to any function. */
export async function openAs(name: string, siteInfo: string | undefined) {
  const asListing = { from: name, path: '/webservice/rest/server.php', wsfunction: 'core_course_get_contents' };
  const asSite = { from: siteInfo ?? name, path: asListing.path, wsfunction: 'core_webservice_get_site_info' };
  return open([asListing, asSite]);
}

export async function serviceFor(name: string) {
  const { http, config } = await open([name]);
  const service = new MoodleService(http, config, new Secret(tokenFor('TOKEN_STUDENT')));
  const path = recording(name)
    .request.path.replace(/[?&]token=[^&]*/, '')
    .slice(1);
  return { service, url: config.site + (path.includes('?') ? path : path.replace('&', '?')) };
}

export async function contentOf(name: string, size: number): Promise<Buffer> {
  const { service, url } = await serviceFor(name);
  const file = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
  return readBody(await readFile(service, { url, name: file, size }, signal));
}
