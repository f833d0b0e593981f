/** The adapter on what real servers said: Stud.IP 6.0.2 and 5.5.8. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { placeEntries } from '../../../src/sources/listing.ts';
import type { Listing, SourceSession } from '../../../src/sources/source.ts';
import { createApi } from '../../../src/sources/studip/api.ts';
import { lookInto, presentTag, readContent } from '../../../src/sources/studip/content.ts';
import { studipAdapter } from '../../../src/sources/studip/index.ts';
import { requestTokens } from '../../../src/oauth/token-request.ts';
import { failureOf, readBody } from '../bench.ts';
import {
  bodyOf,
  courseRoute,
  type Document,
  listOf,
  type RecordedSite,
  recording,
  recordingsLike,
  type Reply,
  type Resource,
  type Route,
  startRecordedSite,
  unusedRecordings,
} from '../../support/studip-recordings.ts';
import { shown, troubles } from './reader.ts';

const COURSE = 'a07535cf2f8a72df33c12ddfa4b53dde';
const NOW = new Date('2026-11-22T20:30:00Z');

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const signal = new AbortController().signal;

function openHttp() {
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  cleanUps.push(() => http.close());
  return http;
}

async function siteOf(route: Route): Promise<RecordedSite> {
  const site = await startRecordedSite(route);
  cleanUps.push(() => site.stop());
  return site;
}

interface Opening {
  readonly page?: string;
  readonly now?: () => Date;
  readonly cacheDir?: string;
  /** A site that was started already. */
  readonly origin?: string;
}

async function open(route: Route, { page, now = () => NOW, cacheDir, origin }: Opening = {}): Promise<SourceSession> {
  const base = origin ?? (await siteOf(route)).origin;
  const folder = mkdtempSync(join(tmpdir(), 'f2git-recorded-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  const url = `${base}/${page ?? `dispatch.php/course/files?cid=${COURSE}`}`;
  const credentials = { user: 'f2git', password: new Secret('geheim') };
  return studipAdapter.open(studipAdapter.parseConfig({ type: 'studip', url }), {
    ...{ http: openHttp(), now, credentials, cacheDir: cacheDir ?? folder },
  });
}

async function listed(route: Route, opening: Opening = {}): Promise<Listing> {
  const session = await open(route, opening);
  const listing = await session.list(signal);
  await session.close();
  if (listing.kind !== 'listing') throw new Error('nothing was remembered');
  return listing;
}

/** An API whose every request of a kind is answered with one recording. */
async function apiOf(reply: Reply | Route) {
  const route: Route = typeof reply === 'function' ? reply : () => reply;
  const site = await siteOf(route);
  return createApi(openHttp(), `${site.origin}/`, { kind: 'none' });
}

const ANY = '0'.repeat(32);

describe.each(['6.0.2', '5.5.8'] as const)('the course on Stud.IP %s', (version) => {
  const prefix = version === '5.5.8' ? /^v55-course-file-refs-student/ : /^course-file-refs-student/;
  const flat = () => recordingsLike(prefix).flatMap((name) => (bodyOf(name) as Document).data);

  it('is listed to a student as Stud.IP’s own flat list has it, without what is the account’s own', async () => {
    const listing = await listed(courseRoute(version, 'student'));
    const ids = new Set<string>(listing.entries.map(({ id }) => id));
    const left = flat().filter(({ id }) => !ids.has(id));
    expect(left.map(({ attributes }) => attributes['name']).sort()).toEqual([
      'Meine Abgabe.txt',
      'extern-proxy.pdf',
      'gruppe.txt',
    ]);
    // beside them the two files under terms that forbid the download, which the flat list leaves out
    const withheld = shown(listing).filter((line) => line.startsWith('('));
    expect(withheld).toHaveLength(2);
    expect(ids.size).toBe(flat().length - left.length + withheld.length);
    expect(troubles(listing)).toEqual([
      'kind-refused Ordner eines fehlenden Plugins (unbekannter Typ: OwncloudFolder)',
      'source-invalid Allgemeiner Dateiordner/extern-proxy.pdf',
    ]);
    expect(listing.complete).toBe(true);
  });

  it('shows a student what it shows, in its folders', async () => {
    const lines = shown(await listed(courseRoute(version, 'student')));
    expect(lines).toContain('02 Übungen/Blatt 1/Lösung/Lösung.md');
    expect(lines.filter((line) => line.startsWith('Seitenweise/'))).toHaveLength(33);
    expect(lines).toContain('Allgemeiner Dateiordner/extern-redirect.pdf.md');
    expect(lines.filter((line) => line.startsWith('Zeitfenster offen/'))).toEqual([
      expect.stringMatching(/^Zeitfenster offen\/\S+ from 2026-11-21T\S+Z until 2027-11-2\S+Z$/),
    ]);
  });

  it('gives names that lead nowhere legal paths', async () => {
    const listing = await listed(courseRoute(version, 'student'));
    const { files, problems } = placeEntries(listing, new Map());
    expect(files.length + problems.length).toBeGreaterThanOrEqual(listing.entries.length);
    for (const { path } of files) expect(path.split('/')).not.toContain('..');
  });
});

describe('the same course with a teacher’s account', () => {
  it.each(['6.0.2', '5.5.8'] as const)('shows students no more (%s)', async (version) => {
    const student = shown(await listed(courseRoute(version, 'student')));
    const teacher = await listed(courseRoute(version, 'teacher'));
    const now = NOW.toISOString();
    const open = teacher.entries.filter(({ visible }) => (visible?.from ?? '') <= now && now < (visible?.until ?? '9'));
    expect(shown({ entries: open }).filter((line) => !student.includes(line))).toEqual([]);
  });

  it('knows what is hidden, and until when', async () => {
    const lines = shown(await listed(courseRoute('6.0.2', 'teacher')));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\(Unsichtbar\/.+\)$/),
        expect.stringMatching(/^\(Unsichtbar, Download per Link\/.+\)$/),
        expect.stringMatching(/^Klausurlösung \(noch gesperrt\)\/\S+ from 2026-12-22T/),
        expect.stringMatching(/^Zeitfenster vorbei\/\S+ from \S+ until 2026-11-21T/),
      ]),
    );
    expect(lines.join('\n')).not.toMatch(/Hausaufgaben|Abgabe Zeitfenster|Gruppe/);
  });

  it('names the account, the version and the terms', async () => {
    const facts = async (route: Route) => {
      const session = await open(route);
      await session.list(signal);
      return session.facts?.(signal);
    };
    expect(await facts(courseRoute('6.0.2', 'student'))).toMatchObject([
      { code: 'platform', params: { system: 'Stud.IP', version: '6.0.2' } },
      { code: 'account', params: { user: 'test_autor' } },
      { code: 'items-withheld', params: { count: 2 } },
      { code: 'folders-personal', params: { count: 3 } },
      { code: 'terms-of-use' },
    ]);
    expect(await facts(courseRoute('5.5.8', 'teacher'))).toMatchObject([
      { code: 'platform', params: { version: '5.5.8' } },
      { code: 'account' },
      { code: 'account-staff', level: 'warning' },
      { code: 'folders-personal' },
      { code: 'terms-of-use' },
    ]);
  });
});

describe('a folder by its address', () => {
  const folderOf = (name: string) => recording(name).request.path.replace(/^.*folders\/([0-9a-f]{32}).*$/, '$1');
  const answers = recordingsLike(/^(kind-.*-folder-|v55-kind-.*-folder-|folder-root$)/);

  it.each(answers)('%s', async (name) => {
    const { role, response, request } = recording(name);
    const version = name.startsWith('v55-') ? '5.5.8' : '6.0.2';
    const course = courseRoute(version, role === 'teacher' ? 'teacher' : 'student');
    const route: Route = (method, path, query) =>
      request.path.endsWith(`/v1/${path}`) ? name : course(method, path, query);
    const outcome = await listed(route, { page: `dispatch.php/course/files/index/${folderOf(name)}` }).then(
      (listing) => listing.complete,
      (error: unknown) => (error as { code?: string }).code,
    );
    expect(outcome).toBe(response.status === 200 ? true : 'source-forbidden');
  });

  it.each(recordingsLike(/^(v55-)?kind-.*-file-refs-/))('%s is a list of files or a refusal', async (name) => {
    const api = await apiOf(name);
    const slice = api.slice('x', 0, 1000, signal);
    if (recording(name).response.status === 200) expect(await slice).toMatchObject({ kind: 'slice' });
    else expect((await failureOf(slice)).code).toBe('source-forbidden');
  });
});

describe('lists', () => {
  const pages = (pattern: RegExp) =>
    recordingsLike(pattern).map((name) => bodyOf(name) as Document & { links: Record<string, string> });

  it.each<[string, RegExp, number]>([
    ['33 files by ten', /^folder-file-refs-page/, 33],
    ['58 files by 25', /^course-file-refs-student-page/, 58],
    ['11 folders by five', /^folder-root-subfolders-page/, 11],
    ['the first and the last page on 5.5.8', /^v55-folder-file-refs-page/, 33],
  ])('%s say how many there are on every page', (_name, pattern, total) => {
    const all = pages(pattern);
    expect(all.map(({ meta }) => (meta as { page: { total: number } }).page.total)).toEqual(all.map(() => total));
  });

  it('name a last page that is not the last', () => {
    for (const { links } of pages(/^folder-file-refs-page/)) expect(links['last']).toContain('offset%5D=20');
  });

  it.each(['folder-file-refs-limit-zero', 'folder-file-refs-default-limit', 'folder-file-refs-page1'])(
    'that are shorter than they say are not believed: %s',
    async (name) => {
      const course = courseRoute('6.0.2', 'student');
      const list = recording(name).request.path.replace(/\?.*$/, '');
      const listing = await listed((method, path, query) =>
        list.endsWith(`/v1/${path}`) ? name : course(method, path, query),
      );
      expect(troubles(listing)).toContain('source-changed Seitenweise');
    },
  );

  it.each(recordingsLike(/^folder-nested-level|^hostile-folder-folders$|^unknown-filetype-root/))(
    '%s is read, or told as broken',
    async (name) => {
      const slice = await (await apiOf(name)).slice('x', 0, 1000, signal);
      expect(slice.kind).toBe(recording(name).response.status === 200 ? 'slice' : 'broken');
    },
  );

  it('of hostile names are delivered under legal ones', async () => {
    const { data, included = [] } = bodyOf('hostile-folder-file-refs') as Document;
    const files = new Map(included.map((one) => [one.id, one]));
    const [root] = (bodyOf('course-folders-student') as Document).data;
    const moved = data.map((one) => ({
      ...one,
      relationships: { ...one.relationships, parent: { data: { type: 'folders', id: root?.id ?? '' } } },
    }));
    const counted = { ...root, relationships: { ...root?.relationships, 'file-refs': { meta: { count: 16 } } } };
    const listing = await listed((_method, path) => {
      if (path === 'terms-of-use') return path;
      if (path.startsWith('courses/'))
        return { from: 'course-folders-student', body: listOf([counted as Resource], new Map()) };
      return path.startsWith('folders/') ? { from: 'hostile-folder-file-refs', body: listOf(moved, files) } : undefined;
    });
    const placed = placeEntries(listing, new Map());
    expect(listing.entries.map(({ segments }) => segments[0])).toContain('../../evil.txt');
    expect(placed.files.length + placed.problems.length).toBeGreaterThanOrEqual(16);
    for (const { path } of placed.files) expect(path).not.toMatch(/(^|\/)\.\.?(\/|$)|(^|\/)\.git(\/|$)|[\0-\x1f]/i);
  });
});

describe('refusals of the JSON:API', () => {
  const json = recordingsLike(
    /^(error-|auth-401|(v55-)?(auth-401|error-406|file-ref-404)|course-404|folder-404|file-ref-404|users-me-courses|course-.*outsider|v55-course-folders-outsider|kind-.*-file-ref-student|oauth-bearer-old|unknown-filetype-(course|folder))/,
  ).filter((name) => recording(name).response.status >= 400);
  const codes: Readonly<Record<number, string>> = {
    400: 'source-invalid',
    401: 'source-login',
    403: 'source-forbidden',
    404: 'source-not-found',
    405: 'source-invalid',
    406: 'source-invalid',
    500: 'broken',
  };
  const kinds: Readonly<Record<number, string>> = { 403: 'forbidden', 404: 'missing', 500: 'broken' };

  it.each(json)('%s', async (name) => {
    const { status } = recording(name).response;
    const api = await apiOf(name);
    const ofList = await api.slice('x', 0, 10, signal).then(
      ({ kind }) => kind,
      (error: unknown) => (error as { code?: string }).code,
    );
    const ofOne = await api.single('x', signal).then(
      ({ kind }) => kind,
      (error: unknown) => (error as { code?: string }).code,
    );
    expect([ofList, ofOne]).toEqual([codes[status], kinds[status] ?? codes[status]]);
  });
});

describe('a folder that makes the list of all folders fail', () => {
  const { data } = bodyOf('course-folders-student') as Document;
  const spoilt = recording('unknown-filetype-folder').request.path.replace(/^.*\//, '');
  const course = courseRoute('6.0.2', 'student');

  /** As recorded: the list fails where the folder is in the slice, the folder itself fails too. */
  const failing: Route = (method, path, query) => {
    if (path === `folders/${spoilt}`) return 'unknown-filetype-folder';
    if (path === `folders/${spoilt}/file-refs`) return 'unknown-filetype-folder-file-refs';
    if (!path.startsWith('courses/')) return course(method, path, query);
    const offset = Number(query.get('page[offset]'));
    const slice = data.slice(offset, offset + Number(query.get('page[limit]')));
    if (slice.some(({ id }) => id === spoilt)) return 'unknown-filetype-course-folders';
    const meta = { page: { offset, limit: slice.length, total: data.length } };
    return { from: 'course-folders-student', body: { meta, data: slice } };
  };

  it('is named where it was known, and all others are read', async () => {
    let isSpoilt = false;
    const site = await siteOf((method, path, query) => (isSpoilt ? failing : course)(method, path, query));
    const cacheDir = mkdtempSync(join(tmpdir(), 'f2git-recorded-'));
    cleanUps.push(() => rmSync(cacheDir, { recursive: true, force: true }));
    const look = async () => {
      const session = await open(course, { cacheDir, origin: site.origin });
      const listing = await session.list(signal);
      if (listing.kind !== 'listing') throw new Error('nothing was remembered');
      return listing;
    };
    const before = shown(await look());
    isSpoilt = true;
    const listing = await look();
    expect(troubles(listing)).toContain('source-invalid Thema Rekursion');
    expect(listing.complete).toBe(true);
    expect(before.filter((line) => !shown(listing).includes(line))).toEqual(['Thema Rekursion/rekursion.txt']);
  });

  it('leaves nothing for deleted where nobody knows it', async () => {
    expect((await listed(failing)).complete).toBe(false);
  });
});

/** The content at a step has the size and the entity tag that were recorded of it. */
function contentAt(step: string): Reply {
  const { data } = bodyOf(`change-${step}-file-ref`) as { data: Resource };
  return { from: `change-${step}-head`, bytes: Buffer.alloc(Number(data.attributes['filesize']), 'x') };
}

describe('one file through all that can happen to it', () => {
  const steps = [
    '0-start',
    '1-new-content-same-owner',
    '2-new-content-same-size',
    '3-new-content-other-user',
    '4-new-file-object',
    '5-renamed',
    '6-moved',
  ];

  it('changes its stamp with its content and with nothing else', async () => {
    let step = '';
    const parent = () =>
      (bodyOf(`change-${step}-file-ref`) as { data: Resource }).data.relationships?.['parent']?.data?.id;
    const [root] = (bodyOf('course-folders-student') as Document).data;
    const site = await siteOf((method, path) => {
      if (path.endsWith('/content')) return method === 'HEAD' ? `change-${step}-head` : contentAt(step);
      if (path.startsWith('file-refs/')) return `change-${step}-file-ref`;
      if (path === 'terms-of-use') return path;
      const folder = { ...root, id: parent(), attributes: { ...root?.attributes } } as Resource;
      return { from: 'course-folders-student', body: listOf([folder], new Map()) };
    });
    const cacheDir = mkdtempSync(join(tmpdir(), 'f2git-recorded-'));
    cleanUps.push(() => rmSync(cacheDir, { recursive: true, force: true }));
    let now = NOW.getTime();
    const stamps: string[] = [];
    for (step of steps) {
      now += 24 * 3_600_000;
      const page = recording(`change-${step}-head`).request.path.replace(
        /^.*file-refs\/([0-9a-f]+).*$/,
        'dispatch.php/file/details/$1',
      );
      const session = await open(() => undefined, { cacheDir, origin: site.origin, page, now: () => new Date(now) });
      const listing = await session.list(signal);
      if (listing.kind !== 'listing') throw new Error('nothing was remembered');
      expect(listing.entries).toHaveLength(1);
      const [entry] = listing.entries;
      if (entry !== undefined && entry.stamp !== stamps.at(-1)) await readBody(await session.fetch(entry, signal));
      stamps.push(entry?.stamp ?? '');
      await session.close();
    }
    const isNew = stamps.map((stamp, at) => at > 0 && stamp !== stamps[at - 1]);
    expect(isNew).toEqual([false, true, true, true, true, false, false]);
  });

  it('is not found when it is deleted, and not only hidden', async () => {
    expect(await (await apiOf('change-7-deleted-file-ref')).single('x', signal)).toEqual({ kind: 'missing' });
    const read = readContent(
      await apiOf('change-7-deleted-content'),
      { id: ANY, name: 'x', size: 1 },
      () => undefined,
      signal,
    );
    expect((await failureOf(read)).code).toBe('source-gone');
  });
});

describe('content', () => {
  const sizes = (name: string): number => {
    const { body_text: text = '', body_base64: base64, headers } = recording(name).response as Recorded;
    if (base64 !== undefined) return Buffer.from(base64, 'base64').length;
    return headers.some(([key]) => key === 'Content-Encoding') ? 0 : Buffer.byteLength(text);
  };
  type Recorded = { body_text?: string; body_base64?: string; headers: readonly (readonly [string, string])[] };

  it.each(
    recordingsLike(
      /^(content-(200|empty|html|pdf|special)|v55-content-200|hostile-content|.*-content-(student|teacher)$)/,
    ).filter((name) => recording(name).response.status === 200),
  )('%s is read as it is, with its entity tag', async (name) => {
    const tags: (string | undefined)[] = [];
    const file = { id: ANY, name: 'x.txt', size: sizes(name) };
    const body = await readContent(await apiOf(name), file, ({ tag }) => tags.push(tag), signal);
    expect(await readBody(body)).toEqual(Buffer.from(recording(name).response.body_text ?? ''));
    expect(tags).toEqual([expect.stringMatching(/^\d+ \d+ \d+$/)]);
  });

  it('has one entity tag, however a server spells it', async () => {
    const tagOf = async (name: string) => presentTag(await apiOf(name), ANY, signal);
    const plain = await tagOf('content-head-200');
    expect(plain).toBe('2671547 1795373504 41');
    let compressed: string | undefined;
    const body = await readContent(
      await apiOf('nginx-content-gzip-weak-etag-200'),
      { id: ANY, name: 'x.txt', size: null },
      ({ tag }) => (compressed = tag),
      signal,
    );
    expect((await readBody(body)).toString()).toBe(recording('content-200').response.body_text);
    expect(compressed).toBe(plain);
    expect(await tagOf('v55-content-head-200')).toMatch(/^\d+ \d+ \d+$/);
  });

  it.each([
    ['content-401', 'source-login'],
    ['content-403', 'source-forbidden'],
    ['content-404', 'source-gone'],
    ['kind-hidden-content-student', 'source-forbidden'],
    ['kind-timed-future-content-student', 'source-forbidden'],
    ['licence-condition1-content-student', 'source-forbidden'],
    ['licence-condition2-content-student', 'source-forbidden'],
    ['unknown-filetype-content', 'source-forbidden'],
    ['url-redirect-content-student', 'source-changed'],
    ['v55-url-redirect-content', 'source-changed'],
    ['content-500-missing-on-disk', 'source-invalid'],
    ['url-proxy-content-student', 'source-invalid'],
    ['v55-url-proxy-content', 'source-invalid'],
  ])('%s is %s', async (name, code) => {
    const api = await apiOf((_method, path) => (path === 'users/me' ? 'users-me' : name));
    const error = await failureOf(readContent(api, { id: ANY, name: 'x.pdf', size: 3 }, () => undefined, signal));
    expect(error.code).toBe(code);
  });

  it.each([
    ['content-empty-200', 'empty'],
    ['url-redirect-content-student', 'link'],
    ['v55-url-redirect-content', 'link'],
    ['url-proxy-content-student', 'failing'],
    ['content-500-missing-on-disk', 'failing'],
  ])('of no bytes, %s, is %s', async (name, kind) => {
    const api = await apiOf((_method, path) => (path === 'users/me' ? 'v55-users-me' : name));
    expect((await lookInto(api, ANY, 'x.pdf', signal)).kind).toBe(kind);
  });
});

describe('a single file', () => {
  const refs = recordingsLike(
    /^(v55-)?(url-.*-file-ref|file-ref-include|file-ref|kind-hidden-download-allowed-file-ref|licence-.*-file-ref)(-|$)/,
  )
    .concat(['unknown-filetype-file-ref', 'v55-url-redirect-file-ref'])
    .filter((name, at, all) => all.indexOf(name) === at && !name.includes('404') && !name.includes('file-refs'));

  it.each(refs)('%s', async (name) => {
    const { role } = recording(name);
    const { data, included = [] } = bodyOf(name) as { data: Resource; included?: readonly Resource[] };
    const hasData = included.some(({ type }) => type === 'files');
    const whole = { data, included: hasData ? included : (listOf([data], new Map()) as Document).included };
    const course = courseRoute(name.startsWith('v55-') ? '5.5.8' : '6.0.2', role === 'teacher' ? 'teacher' : 'student');
    const listing = await listed(
      (method, path, query) =>
        path === `file-refs/${data.id}` ? { from: name, body: whole } : course(method, path, query),
      { page: `dispatch.php/file/details/${data.id}` },
    );
    const { attributes } = data;
    const isLink = name.includes('redirect') || name === 'url-proxy-file-ref-teacher';
    const isFailing = name === 'url-proxy-file-ref-student';
    const shownName = `${String(attributes['name'])}${isLink ? '.md' : ''}`;
    const line = attributes['is-downloadable'] === true ? shownName : `(${shownName})`;
    expect(isFailing ? troubles(listing) : shown(listing)).toEqual([isFailing ? `source-invalid ${shownName}` : line]);
  });
});

describe('the sign-in of programs', () => {
  const client = { id: '2', tokenFile: '/nowhere', redirectUrl: 'http://127.0.0.1:8485/callback' };
  const refresh = { kind: 'refresh', refresh: new Secret('x') } as const;
  const ask = async (name: string) => {
    const site = await siteOf(() => name);
    return requestTokens(openHttp(), `${site.origin}/dispatch.php/api/oauth2/token`, client, refresh, 0, signal);
  };

  it('is renewed', async () => {
    expect((await ask('oauth-token-refresh-200')).expires).toBe(3_600_000);
  });

  it.each(['oauth-token-refresh-reuse-500', 'oauth-token-password-grant-500'])('has ended: %s', async (name) => {
    expect((await failureOf(ask(name))).code).toBe('source-login');
  });

  it('stands for a person', async () => {
    const found = await (await apiOf('oauth-bearer-users-me')).single('users/me', signal);
    expect(found).toMatchObject({ kind: 'found', data: { attributes: { username: 'test_autor' } } });
    const config = studipAdapter.parseConfig({ type: 'studip', url: 'https://studip.example/uni', course: COURSE });
    expect(studipAdapter.oauth?.(config)).toEqual({
      authorize: 'https://studip.example/uni/dispatch.php/api/oauth2/authorize',
      token: 'https://studip.example/uni/dispatch.php/api/oauth2/token',
      scopes: ['api'],
    });
  });
});

it('every recording is used', () => {
  expect(unusedRecordings()).toEqual([]);
});
