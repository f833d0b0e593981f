/** A Moodle site on loopback, and sessions of the adapter with it. */
import { afterEach } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { moodleAdapter } from '../../../src/sources/moodle/index.ts';
import { createRefusals } from '../../../src/sources/refusals.ts';
import type { Credentials, Json, Listing, SourceSession } from '../../../src/sources/source.ts';
import { MoodleSite, type SiteModule, type SiteSection } from '../fake/moodle-site.ts';
import { type Door, WebServer } from '../fake/web-server.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export const signal = new AbortController().signal;

export interface World {
  readonly site: MoodleSite;
  readonly server: WebServer;
  readonly open: (more?: {
    readonly url?: string;
    readonly course?: number;
    readonly memory?: Json;
    readonly credentials?: Credentials;
    readonly language?: string;
    /** Nobody says of the sections that none of them is restricted. */
    readonly isUnsure?: true;
    readonly isForOwner?: true;
  }) => Promise<SourceSession>;
  readonly listed: () => Promise<{ readonly session: SourceSession; readonly listing: Listing }>;
}

export async function start(root = '/'): Promise<World> {
  const place: { site?: MoodleSite } = {};
  const door: Partial<Door> = { isOpenTo: () => true };
  const server: WebServer = await WebServer.start(
    (method, path, _headers, query, body) => place.site?.answer(method, path, query, body) ?? { status: 503 },
    door,
  );
  cleanUps.push(() => server.stop());
  const site = (place.site = new MoodleSite(() => server.origin, root));
  const refusals = createRefusals();
  const open: World['open'] = (more = {}) => {
    const { memory, credentials = { token: new Secret(site.token) }, language } = more;
    const http = createHttp({ allowPrivateAddresses: true, refusals, pause: () => Promise.resolve() });
    cleanUps.push(() => http.close());
    const url = more.url ?? `${site.siteAddress}/course/view.php?id=${site.course}`;
    const optional = Object.entries({ language, course: more.course }).filter(([, value]) => value !== undefined);
    const sections = more.isUnsure === true ? {} : { restricted_sections: 'none' };
    const config = moodleAdapter.parseConfig({ type: 'moodle', url, ...sections, ...Object.fromEntries(optional) });
    const owner = more.isForOwner === true ? { isForOwner: true as const } : {};
    const context = { http, now: () => new Date(), credentials, cacheDir: '/nonexistent', ...owner };
    return moodleAdapter.open(config, { ...context, ...(memory === undefined ? {} : { memory }) });
  };
  const listed: World['listed'] = async () => {
    const session = await open();
    const listing = await session.list(signal);
    if (listing.kind !== 'listing') throw new Error('nothing was remembered');
    return { session, listing };
  };
  return { site, server, open, listed };
}

export function addFile(
  site: MoodleSite,
  section: SiteSection,
  path: string,
  more: Partial<SiteModule> = {},
): SiteModule {
  const module = site.addModule(section, 'resource', `Datei ${path}`, more);
  module.files?.set(`/${path}`, { bytes: Buffer.from(path), modified: 1_700_000_000 });
  return module;
}
