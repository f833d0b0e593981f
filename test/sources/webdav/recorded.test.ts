import { afterEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { Listing, SourceSession } from '../../../src/sources/source.ts';
import { webdavAdapter } from '../../../src/sources/webdav/index.ts';
import { parseMultistatus } from '../../../src/sources/dav/multistatus.ts';
import { entryAt, failureOf, readBody } from '../bench.ts';
import {
  type Exchange,
  recording,
  recordings,
  startRecordedServer,
  unusedRecordings,
} from '../../support/recorded-server.ts';

/** Where each recorded server had the tree. */
const roots = {
  apache: '/dav',
  nginx: '/dav',
  sabre1: '/dav',
  sabre4: '/dav',
  lighttpd: '',
  rclone: '',
  'rclone-etaghash': '',
  'npm-webdav-server': '/dav',
  'npm-nephele': '/dav',
} as const;

type Server = keyof typeof roots;
const servers = Object.keys(roots) as Server[];

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Expected {
  readonly names?: readonly string[];
  readonly problems?: readonly string[];
  readonly complete?: boolean;
  readonly error?: string;
}

const NORMAL = ['normal.txt', 'rtl-\u202egnp.txt'];
const CONTROL = ['ctrl\u0001.txt', 'line\nbreak.txt', 'tab\there.txt'];
const PICTURES = ['ctrl\u2401.txt', 'line\u240abreak.txt', 'tab\u2409here.txt'];
const NAMELESS = { names: [...NORMAL, ...CONTROL], problems: ['name-refused ?'], complete: false };

/** Names that are no UTF-8, control characters; some servers leave the odd one out, SabreDAV names its folder instead. */
const weird: Readonly<Record<Server, Expected>> = {
  apache: { names: [...NORMAL, ...CONTROL, 'latin1-%e4.txt'] },
  nginx: { names: [...NORMAL, ...CONTROL, 'latin1-%E4.txt'] },
  lighttpd: { names: [...NORMAL, ...CONTROL, 'latin1-%E4.txt'] },
  sabre1: NAMELESS,
  sabre4: NAMELESS,
  rclone: { names: [...NORMAL, ...PICTURES, 'latin1-%E4.txt'] },
  'rclone-etaghash': { names: [...NORMAL, ...PICTURES, 'latin1-%E4.txt'] },
  'npm-webdav-server': { names: [...NORMAL, ...CONTROL] },
  'npm-nephele': { names: [...NORMAL, ...CONTROL] },
};

/** A folder with broken links: one bad link hides all of it on some servers, which must never look like deletion. */
const links: Readonly<Record<Server, Expected>> = {
  apache: { names: ['real.txt'] },
  nginx: { error: 'source-unreachable' },
  sabre1: { error: 'source-not-found' },
  sabre4: { error: 'source-not-found' },
  lighttpd: { names: ['dangling', 'in', 'loop', 'outside', 'real.txt'] },
  rclone: { names: ['real.txt'] },
  'rclone-etaghash': { names: ['in', 'outside', 'real.txt'], problems: ['source-gone loop'] },
  'npm-webdav-server': { names: ['in', 'outside', 'real.txt'], problems: ['source-gone loop'] },
  'npm-nephele': { names: ['in', 'outside', 'real.txt'], problems: ['source-gone loop'] },
};

/** A folder the server may not read. Two servers cannot tell it from an empty one; the npm servers ran as root. */
const denied: Readonly<Record<Server, Expected>> = {
  apache: { error: 'source-forbidden' },
  nginx: { error: 'source-unreachable' },
  sabre1: { names: [] },
  sabre4: { error: 'source-unreachable' },
  lighttpd: { error: 'source-forbidden' },
  rclone: { names: [] },
  'rclone-etaghash': { names: [] },
  'npm-webdav-server': { names: ['secret.txt'] },
  'npm-nephele': { names: ['secret.txt'] },
};

describe.each(servers)('recorded answers of %s', (server) => {
  const cases = { '/weird/': weird, '/links/': links, '/denied-dir/': denied };
  it.each(Object.entries(cases))('%s', async (folder, table) => {
    expect(await outcomeOf(server, folder)).toEqual(withDefaults(table[server]));
  });

  it('both normal forms of a name are two files', async () => {
    const { listing } = await list(server, '/tricky/norm/');
    expect(listing.entries.map(({ segments }) => segments.join('/'))).toEqual(['same-\u00e9.txt', 'same-e\u0301.txt']);
  });

  it('a folder that is not there', async () => {
    expect((await failureOf(list(server, '/tricky/does-not-exist/'))).code).toBe('source-not-found');
  });

  it('hostile names are read as on every other server', async () => {
    const { listing } = await list(server, '/tricky/');
    const names = listing.entries.flatMap(({ segments }) => (segments.length === 1 ? segments : []));
    const missing = { nginx: ['.hidden', '..foo'], 'npm-webdav-server': ['back\\slash.txt'] };
    const left: readonly string[] = (missing as Partial<Record<Server, string[]>>)[server] ?? [];
    expect([...names, ...left].sort()).toEqual(trickyNames.toSorted());
  });

  it('parts of a folder that fail are problems, and the rest is there', async () => {
    const { listing } = await list(server, '/');
    expect(listing.problems.map(({ segments }) => segments.join('/'))).toEqual(
      expect.arrayContaining(['deep', 'bulk', 'big']),
    );
    expect(listing.entries.map(({ segments }) => segments.join('/'))).toContain('weird/normal.txt');
  });
});

const trickyNames = [
  ...['plain.txt', 'a b.txt', 'Übung 1 – Lösung.pdf', '日本語.txt', 'emoji 🎓.pdf', 'empty.txt', '.hidden', '..foo'],
  ...['(paren).txt', '100%.txt', '100%25.txt', 'CON.txt', 'a&b.txt', 'at@.txt', 'back\\slash.txt', 'back`tick.txt'],
  ...['braces{1}.txt', 'brackets[1].txt', 'caret^.txt', 'colon:name.txt', 'comma,.txt', 'dollar$.txt', 'dquote".txt'],
  ...['eq=.txt', 'excl!.txt', 'hash#tag.txt', 'lt<gt>.txt', 'nfc-\u00e9.txt', 'nfd-e\u0301.txt', 'pct%20name.txt'],
  ...['percent%2e%2e%2fetc.txt', 'pipe|.txt', 'plus+plus.txt', "quote'.txt", 'semi;colon.txt', 'star*.txt'],
  ...['tilde~.txt', 'trailing-dot.', 'trailing-space.txt ', 'what?.txt', `${'L'.repeat(251)}.txt`],
];

/** Ran as root, which may read everything. */
const mayReadAll: readonly string[] = ['npm-webdav-server', 'npm-nephele'];

describe('content', () => {
  it.each(servers.filter((server) => !mayReadAll.includes(server)))(
    '%s: a file that may not be read',
    async (server) => {
      const { session, listing } = await list(server, '/');
      const error = await failureOf(read(session, listing, 'denied-file.txt'));
      expect(error.code).toMatch(/^source-(forbidden|unreachable)$/);
    },
  );

  it('npm-nephele: a file that may be read after all', async () => {
    const { session, listing } = await list('npm-nephele', '/');
    expect((await read(session, listing, 'denied-file.txt')).toString()).toBe('x\n');
  });

  it.each([...servers, 'lighttpd-mime'] as const)('%s: a file', async (server) => {
    const [system, of] = server === 'lighttpd-mime' ? (['lighttpd', server] as const) : ([server, server] as const);
    const answer = recording(`${of}-get-file`);
    const { session, listing } = await listWith(system, answer);
    expect((await read(session, listing, 'plain.txt')).toString()).toBe(answer.response.body);
  });

  it.each(servers)('%s: a file whose answer proves nothing is looked at again', async (server) => {
    const { response, ...one } = recording(`${server}-get-file`);
    const headers = response.headers?.filter(([name]) => !/^(etag|last-modified)$/i.test(name)) ?? [];
    const { session, listing } = await listWith(server, { ...one, response: { ...response, headers } });
    expect((await read(session, listing, 'plain.txt')).toString()).toBe(response.body);
  });

  it.each(servers)('%s: a file that is gone', async (server) => {
    const { session, listing } = await listWith(server, insteadOfFile(server, `${server}-get-404`));
    expect((await failureOf(read(session, listing, 'plain.txt'))).code).toBe('source-gone');
  });

  it.each(servers)('%s: a folder in the place of a file is no content', async (server) => {
    const { session, listing } = await listWith(server, insteadOfFile(server, `${server}-get-collection`));
    const error = await failureOf(read(session, listing, 'plain.txt'));
    expect(error.code).toMatch(/^source-(forbidden|changed|login|truncated|invalid|unreachable)$/);
  });
});

/** The recording of that name, as the answer to who asks for `plain.txt`. */
function insteadOfFile(server: Server, name: string): Exchange {
  return { ...recording(name), request: recording(`${server}-get-file`).request };
}

/** The folder of that file, with `answer` for it. */
async function listWith(server: Server, answer: Exchange): Promise<{ session: SourceSession; listing: Listing }> {
  const running = await startRecordedServer([...recordings(`${server}-propfind`), answer]);
  cleanUps.push(() => running.stop());
  return listAt(`${running.origin}${roots[server]}/tricky/`);
}

describe('what is no WebDAV', () => {
  it.each([
    ['apache', '/idx/'],
    ['nginx', '/plain/'],
    ['rclone-http', '/tricky/'],
  ])('%s without WebDAV says so', async (prefix, path) => {
    const origin = await serve(prefix);
    const error = await failureOf(listAt(`${origin}${path}`));
    expect(error.code).toBe('source-invalid');
    expect(error.params['detail']).toBe('the address does not speak WebDAV');
  });
});

it('every recorded multistatus is read', () => {
  const answers = recordings('').filter(({ response }) => response.status === 207 && response.body !== undefined);
  const bodies = answers.map(({ name }) => recording(name).response.body ?? '');
  expect(bodies.length).toBeGreaterThan(50);
  for (const body of bodies) expect(parseMultistatus([Buffer.from(body)]).length).toBeGreaterThan(0);
});

it('a recorded multistatus cut anywhere is refused', () => {
  const body = recordings('apache-propfind-norm')[0]?.response.body ?? '';
  const whole = Buffer.from(body.trimEnd());
  for (let end = 1; end < whole.length; end += 37) {
    expect(() => parseMultistatus([whole.subarray(0, end)]), `cut at ${String(end)}`).toThrow(/source-invalid/);
  }
});

it('a folder that is missing is not taken for a server without WebDAV: most answer with the page of any web server', async () => {
  const missing = recordings('').filter(({ name }) => name.endsWith('-propfind-404'));
  expect(missing.length).toBeGreaterThan(5);
  for (const { name, request } of missing) {
    const origin = await serve(name.replace(/-propfind-404$/, ''));
    const { code, params } = await failureOf(listAt(origin + request.path));
    expect({ name, code, detail: params['detail'] }).toEqual({
      name,
      code: 'source-not-found',
      detail: name.startsWith('sabre') ? 'nothing is there' : 'nothing is there, or it speaks no WebDAV',
    });
  }
});

it.each([
  ['apache', 'changes-by-tag'],
  ['sabre4', 'changes-by-tag'],
  ['nginx', 'changes-by-date'],
  ['sabre1', 'changes-by-date'],
] as const)('an administrator of %s is told: %s', async (server, told) => {
  const { session } = await list(server, '/tricky/norm/');
  const facts = await session.facts?.(new AbortController().signal);
  expect(facts?.map(({ code }) => code)).toEqual(['platform', told]);
});

function withDefaults({ error, names = [], problems = [], complete = true }: Expected): unknown {
  return error === undefined ? { names: names.toSorted(), problems, complete } : { error };
}

async function outcomeOf(server: Server, folder: string): Promise<unknown> {
  try {
    const { listing } = await list(server, folder);
    return {
      names: listing.entries.map(({ segments }) => segments.join('/')).sort(),
      problems: listing.problems.map(({ code, segments }) => `${code} ${segments.join('/')}`),
      complete: listing.complete,
    };
  } catch (error) {
    return { error: (error as { code: string }).code };
  }
}

async function list(server: Server, folder: string): Promise<{ session: SourceSession; listing: Listing }> {
  const origin = await serve(server);
  return listAt(origin + roots[server] + folder);
}

async function serve(prefix: string): Promise<string> {
  const server = await startRecordedServer(recordings(`${prefix}-propfind`, `${prefix}-get`));
  cleanUps.push(() => server.stop());
  return server.origin;
}

async function listAt(url: string): Promise<{ session: SourceSession; listing: Listing }> {
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  cleanUps.push(() => http.close());
  const context = { http, now: () => new Date(), credentials: {}, cacheDir: '/nonexistent' };
  const session = await webdavAdapter.open(webdavAdapter.parseConfig({ type: 'webdav', url }), context);
  const listing = await session.list(new AbortController().signal);
  if (listing.kind !== 'listing') throw new Error('nothing was remembered');
  return { session, listing };
}

async function read(session: SourceSession, listing: Listing, name: string): Promise<Buffer> {
  return readBody(await session.fetch(entryAt(listing, name), new AbortController().signal));
}

it('every recording is used', () => {
  expect(unusedRecordings(/^(?!.*-zip-)/)).toEqual([]);
});
