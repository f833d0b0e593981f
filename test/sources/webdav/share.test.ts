import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { createRefusals, type Refusals } from '../../../src/sources/refusals.ts';
import type { Credentials, Json, Listing, SourceSession, Unchanged } from '../../../src/sources/source.ts';
import { webdavAdapter } from '../../../src/sources/webdav/index.ts';
import { failureOf, readBody } from '../bench.ts';

/**
 * Clouds as their published sources say they answer public links (Nextcloud: apps/dav/lib/Connector/Sabre/PublicAuth.php
 * and apps/dav/appinfo/v2/publicremote.php; ownCloud 10: public.php).
 */
type Product = 'nextcloud-29' | 'owncloud-10' | 'infinite-scale';

const TOKEN = 'Ab3dEf5hIj7kLm9';
const PASSWORD = 'Pässwort';

interface Cloud {
  readonly product: Product;
  readonly password?: string;
  /** Sharing between servers is switched off: only requests that claim to come from a page are answered. */
  readonly ajaxOnly?: boolean;
  readonly singleFile?: boolean;
  /** Entity tag of each folder by its path, with a trailing slash; the root is empty. */
  readonly etags: Record<string, string>;
  readonly mountTypes?: Readonly<Record<string, string>>;
}

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const ways = {
  'nextcloud-29': { path: `/public.php/dav/files/${TOKEN}/`, user: 'anonymous' },
  'owncloud-10': { path: '/public.php/webdav/', user: TOKEN },
  'infinite-scale': { path: `/remote.php/dav/public-files/${TOKEN}/`, user: 'public' },
} as const;

const ETAGS = { '': 'r1', 'woche1/': 'w1', 'woche2/': 'w2' };

describe.each(['nextcloud-29', 'owncloud-10', 'infinite-scale'] as const)('a public link of %s', (product) => {
  it('is listed and read', async () => {
    const cloud = await start({ product, etags: { ...ETAGS } });
    const { session, listing } = await list(`${cloud.origin}/index.php/s/${TOKEN}`);
    expect(pathsOf(listing)).toEqual(['woche1/lab.txt', 'woche2/lab.txt']);
    const [first] = listing.entries;
    const body = await readBody(await session.fetch(first!, new AbortController().signal));
    expect(body.toString()).toBe('lab');
  });

  it('asks for a password, and takes the right one only', async () => {
    const cloud = await start({ product, password: PASSWORD, etags: { ...ETAGS } });
    const url = `${cloud.origin}/s/${TOKEN}`;
    const right = await list(url, { credentials: { password: new Secret(PASSWORD) } });
    expect(right.listing.entries).toHaveLength(2);
    const before = cloud.requests.length;
    const wrong = await failureOf(list(url, { credentials: { password: new Secret('falsch') } }));
    expect(wrong).toMatchObject({ code: 'source-login', params: { detail: 'the password of the link is wrong' } });
    const failed = cloud.requests.slice(before).filter((request) => request.status === 401);
    expect(failed.length).toBeLessThanOrEqual(2);
    const none = await failureOf(list(url));
    expect(none).toMatchObject({ code: 'source-login', params: { detail: 'the link wants a password' } });
  });

  it('remembers the way, so that the next refresh needs no probing', async () => {
    const cloud = await start({ product, etags: { ...ETAGS } });
    const url = `${cloud.origin}/s/${TOKEN}`;
    const first = await list(url);
    const before = cloud.requests.length;
    expect((await list(url, { memory: first.listing.memory })).answer.kind).toBe('unchanged');
    expect(cloud.requests.slice(before).every(({ status }) => status === 207)).toBe(true);
  });

  it('of a subfolder shows that subfolder', async () => {
    const cloud = await start({ product, etags: { ...ETAGS } });
    const { listing } = await list(`${cloud.origin}/s/${TOKEN}?dir=/woche2`);
    expect(pathsOf(listing)).toEqual(['lab.txt']);
  });

  it('of a single file is that file', async () => {
    const cloud = await start({ product, singleFile: true, etags: { ...ETAGS } });
    const { session, listing } = await list(`${cloud.origin}/s/${TOKEN}`);
    expect(pathsOf(listing)).toEqual(['Aufgabe 1.pdf']);
    const body = await session.fetch(listing.entries[0]!, new AbortController().signal);
    expect((await readBody(body)).toString()).toBe('lab');
  });
});

it('an unknown link is not tried again in other ways', async () => {
  const cloud = await start({ product: 'nextcloud-29', etags: {} });
  const error = await failureOf(list(`${cloud.origin}/s/UNKNOWNtoken1`));
  expect(error.code).toBe('source-not-found');
  expect(cloud.requests).toHaveLength(1);
});

it('a cloud that answers pages only is asked once more, as a page', async () => {
  const cloud = await start({ product: 'nextcloud-29', ajaxOnly: true, etags: { ...ETAGS } });
  const { listing } = await list(`${cloud.origin}/s/${TOKEN}`);
  expect(listing.entries).toHaveLength(2);
  expect(cloud.requests.filter(({ status }) => status === 401)).toHaveLength(1);
});

it('is not closed by what was refused elsewhere in the same cloud with the same password', async () => {
  const cloud = await start({ product: 'nextcloud-29', password: PASSWORD, ajaxOnly: true, etags: { ...ETAGS } });
  const refusals = createRefusals();
  const credentials = { password: new Secret(PASSWORD) };
  const http = createHttp({ allowPrivateAddresses: true, refusals });
  cleanUps.push(() => http.close());
  const statusOf = async () => {
    const auth = { kind: 'password', user: 'anonymous', ...credentials } as const;
    const url = cloud.origin + ways['nextcloud-29'].path;
    const request = { method: 'PROPFIND', url, auth, purpose: 'listing', maxBytes: 9 } as const;
    const response = await http.send(request, new AbortController().signal);
    await response.discard();
    return response.status;
  };
  expect([await statusOf(), await statusOf()]).toEqual([401, 401]);
  expect((await failureOf(statusOf())).code).toBe('source-login');
  const { listing } = await list(`${cloud.origin}/s/${TOKEN}`, { credentials, refusals });
  expect(listing.entries).toHaveLength(2);
});

describe('entity tags of folders', () => {
  it('unchanged at the root: one request', async () => {
    const cloud = await start({ product: 'nextcloud-29', etags: { ...ETAGS }, mountTypes: {} });
    const { requests } = await refresh(cloud, () => undefined);
    expect(requests).toBe(1);
  });

  it('a change below is followed, and only there', async () => {
    const cloud = await start({ product: 'nextcloud-29', etags: { ...ETAGS }, mountTypes: {} });
    const { requests, listing } = await refresh(cloud, (etags) => Object.assign(etags, { '': 'r2', 'woche2/': 'x2' }));
    expect(requests).toBe(2);
    expect(pathsOf(listing)).toEqual(['woche1/lab.txt', 'woche2/lab.txt']);
    expect(listing.entries.map(({ stamp }) => stamp.includes('x2'))).toEqual([false, true]);
  });

  it('are not believed for a storage mounted from elsewhere', async () => {
    const mountTypes = { 'woche2/': 'external' };
    const cloud = await start({ product: 'nextcloud-29', etags: { ...ETAGS }, mountTypes });
    const { requests } = await refresh(cloud, () => undefined);
    expect(requests).toBe(2);
  });

  it('are not believed where a link does not say what is mounted', async () => {
    const cloud = await start({ product: 'owncloud-10', etags: { ...ETAGS } });
    const { requests } = await refresh(cloud, () => undefined);
    expect(requests).toBe(3);
  });

  it('are not believed for longer than an hour', async () => {
    const cloud = await start({ product: 'nextcloud-29', etags: { ...ETAGS }, mountTypes: {} });
    const { requests, answer } = await refresh(cloud, () => undefined, 61);
    expect(requests).toBe(3);
    expect(answer.kind).toBe('listing');
  });
});

/** Lists, lets `change` happen, lists again with the memory, some minutes later. */
async function refresh(
  cloud: RunningCloud,
  change: (etags: Record<string, string>) => unknown,
  minutes = 10,
): Promise<Listed & { readonly requests: number }> {
  const url = `${cloud.origin}/s/${TOKEN}`;
  const first = await list(url);
  change(cloud.cloud.etags);
  const before = cloud.requests.length;
  const now = () => new Date(Date.now() + minutes * 60_000);
  const second = await list(url, { memory: first.listing.memory, now });
  return { ...second, requests: cloud.requests.slice(before).filter(({ status }) => status === 207).length };
}

interface RunningCloud {
  readonly cloud: Cloud;
  readonly origin: string;
  readonly requests: { readonly path: string; readonly status: number }[];
}

async function start(cloud: Cloud): Promise<RunningCloud> {
  const requests: { path: string; status: number }[] = [];
  const server = createServer((request, response) => {
    request.resume();
    answer(cloud, request, response);
    requests.push({ path: request.url ?? '', status: response.statusCode });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { cloud, origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, requests };
}

function answer(cloud: Cloud, request: IncomingMessage, response: ServerResponse): void {
  const { path, user } = ways[cloud.product];
  const url = request.url ?? '';
  const end = (status: number, body = '', type = 'application/xml; charset=utf-8') => {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  };
  if (!url.startsWith(path)) {
    const isEndpoint = cloud.product === 'nextcloud-29' && url.startsWith('/public.php/dav/files/');
    if (isEndpoint) end(404, '<d:error xmlns:d="DAV:"><s:exception xmlns:s="x">NotFound</s:exception></d:error>');
    else end(404, '', 'text/html');
    return;
  }
  const isAjax = request.headers['x-requested-with'] === 'XMLHttpRequest';
  const signed = Buffer.from(`${user}:${cloud.password ?? ''}`).toString('base64');
  const isOwnCloud = cloud.product === 'owncloud-10';
  const isSigned = request.headers.authorization === `Basic ${signed}` || (cloud.password === undefined && !isOwnCloud);
  const isRefused = cloud.ajaxOnly === true && !isAjax && request.method !== 'GET';
  if (!isSigned || isRefused) {
    response.setHeader('www-authenticate', `${isAjax ? 'Dummy' : ''}Basic realm="cloud"`);
    end(401);
    return;
  }
  const below = decodeURIComponent(url.slice(path.length));
  response.setHeader('etag', `"${etagOf(cloud, below)}"`);
  if (request.method === 'GET') end(200, 'lab', 'text/plain');
  else end(207, multistatus(cloud, path, below));
}

function etagOf(cloud: Cloud, below: string): string {
  return cloud.singleFile === true ? 'f1' : (cloud.etags[below.replace(/[^/]*$/, '')] ?? '');
}

function multistatus(cloud: Cloud, path: string, below: string): string {
  if (cloud.singleFile === true) return wrap(fileXml(path.replace(/\/$/, ''), 'f1', 'Aufgabe 1.pdf'));
  const folder = (name: string) => folderXml(cloud, path, name);
  const children =
    below === ''
      ? ['woche1/', 'woche2/'].map(folder)
      : [fileXml(`${path}${below}lab.txt`, cloud.etags[below] ?? '', 'lab.txt')];
  return wrap(folder(below) + children.join(''));
}

function wrap(responses: string): string {
  const namespaces = 'xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"';
  return `<?xml version="1.0"?><d:multistatus ${namespaces}>${responses}</d:multistatus>`;
}

function folderXml(cloud: Cloud, path: string, name: string): string {
  const mount = cloud.mountTypes === undefined ? '' : `<nc:mount-type>${cloud.mountTypes[name] ?? ''}</nc:mount-type>`;
  return responseXml(
    path + name,
    `<d:resourcetype><d:collection/></d:resourcetype><d:getetag>&quot;${cloud.etags[name] ?? ''}&quot;</d:getetag>` +
      `<oc:fileid>7</oc:fileid><oc:permissions>RDNVCK</oc:permissions>${mount}`,
  );
}

function fileXml(href: string, etag: string, name: string): string {
  return responseXml(
    href,
    `<d:resourcetype/><d:getcontentlength>3</d:getcontentlength><d:getetag>&quot;${etag}&quot;</d:getetag>` +
      `<d:getlastmodified>Fri, 01 Mar 2024 08:00:00 GMT</d:getlastmodified><d:displayname>${name}</d:displayname>` +
      '<oc:fileid>8</oc:fileid>',
  );
}

function responseXml(href: string, props: string): string {
  return `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
}

interface Listed {
  readonly session: SourceSession;
  readonly answer: Listing | Unchanged;
  readonly listing: Listing;
}

async function list(
  url: string,
  options: { credentials?: Credentials; memory?: Json | undefined; now?: () => Date; refusals?: Refusals } = {},
): Promise<Listed> {
  const { refusals = createRefusals() } = options;
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve(), refusals });
  cleanUps.push(() => http.close());
  const session = await webdavAdapter.open(webdavAdapter.parseConfig({ type: 'webdav', url }), {
    http,
    now: options.now ?? (() => new Date()),
    credentials: options.credentials ?? {},
    cacheDir: '/nonexistent',
    ...(options.memory === undefined ? {} : { memory: options.memory }),
  });
  const answer = await session.list(new AbortController().signal);
  const listing: Listing =
    answer.kind === 'listing' ? answer : { kind: 'listing', entries: [], problems: [], complete: true };
  return { session, answer, listing };
}

function pathsOf(listing: Listing): readonly string[] {
  return listing.entries.map(({ segments }) => segments.join('/'));
}
