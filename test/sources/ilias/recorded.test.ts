import { afterEach, describe, expect, it } from 'vitest';
import { entryId } from '../../../src/core/ids.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { readFile } from '../../../src/sources/dav/content.ts';
import { parseMultistatus } from '../../../src/sources/dav/multistatus.ts';
import { sizeOf, stampOf } from '../../../src/sources/dav/stamp.ts';
import { iliasDialect } from '../../../src/sources/ilias/dialect.ts';
import { Permalinks } from '../../../src/sources/ilias/permalink.ts';
import { Soap } from '../../../src/sources/ilias/soap.ts';
import { readContent } from '../../../src/sources/ilias/soap-content.ts';
import { readObjects, soapCourseOf } from '../../../src/sources/ilias/soap-tree.ts';
import { readEnvelope, parseXml } from '../../../src/sources/ilias/soap-xml.ts';
import { iliasAdapter } from '../../../src/sources/ilias/index.ts';
import type { Listing, SourceSession } from '../../../src/sources/source.ts';
import { entryAt, failureOf, pathsOf, readBody } from '../bench.ts';
import { bodyOf, recording, startRecordedSite, unusedRecordings } from '../../support/ilias-recordings.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const signal = new AbortController().signal;

async function open(
  names: readonly string[],
  { mount = 'myilias/ref_72', suffixes = [] as readonly string[], soap = false } = {},
) {
  const site = await startRecordedSite(names);
  cleanUps.push(() => site.stop());
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  cleanUps.push(() => http.close());
  const url = `${site.origin}/webdav.php/${mount}/`;
  const config = iliasAdapter.parseConfig({ type: 'ilias', url, suffixes, soap });
  const credentials = { user: 'student1', password: new Secret('PASSWORD') };
  const context = { http, now: () => new Date('2026-11-23T12:00:00Z'), credentials, cacheDir: '/nonexistent' };
  const session: SourceSession = await iliasAdapter.open(config, context);
  const server = { http, auth: { kind: 'none' }, headers: {}, isOwnCloud: false, dialect: iliasDialect } as const;
  return { site, session, server };
}

async function listed(names: readonly string[], more: Parameters<typeof open>[1] = {}): Promise<Listing> {
  const listing = await (await open(names, more)).session.list(signal);
  if (listing.kind !== 'listing') throw new Error('nothing was remembered');
  return listing;
}

function problemsOf({ problems }: Listing): readonly string[] {
  return problems.map(({ segments, code }) => `${code} ${segments.join('/')}`).sort();
}

const WEEK = ['slides.pdf', 'Nice title.txt', 'lab 01.ipynb', 'hellopy.sec', 'evilphp.sec', 'Lecture notes'];
const TASKS = ['Lösung – Blatt 1.txt', 'Lo\u0308sung NFD.txt', 'a+b & c%20d.txt'];
const FOLDERS = ['dav-11-week01-depth1', 'dav-12-umlaut-folder'];
const TWINS = ['name-refused Same name', 'name-refused sheet.txt'];
const below = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}`);
const INSIDE = [...below('Week 01', WEEK), ...below('Übungen & Lösungen', TASKS)];

describe('a course of 5.4 as a member sees it', () => {
  it.each([
    ['dav-05-course-depth1-student', ['exam-solution.txt', 'versioned.txt', 'data.bin']],
    ['dav-10-course-prop-list', ['exam-solution.txt', 'versioned.txt', 'data.bin']],
    ['dav-50-future-file-student-list', ['versioned.txt', 'databin.sec']],
    ['dav-54-future-file-now-available', ['exam-solution.txt', 'versioned.txt', 'databin.sec']],
    ['dav-76-future-visible-title-list', ['versioned.txt', 'data.bin']],
  ])('%s', async (name, files) => {
    const listing = await listed([name, ...FOLDERS]);
    expect(pathsOf(listing)).toEqual([...files, ...INSIDE].sort());
    expect(problemsOf(listing)).toEqual(TWINS);
    expect(listing.complete).toBe(true);
  });

  it.each([
    ['dav-75-after-rename', ['Renamed title.txt', 'Lecture notes']],
    ['dav-79-after-delete', ['Renamed title.txt']],
  ])('%s', async (name, files) => {
    const listing = await listed(['dav-05-course-depth1-student', name, 'dav-12-umlaut-folder']);
    const week = pathsOf(listing).filter((path) => path.startsWith('Week 01/'));
    const always = ['slides.pdf', 'lab 01.ipynb', 'hellopy.sec', 'evilphp.sec'];
    expect(week).toEqual(below('Week 01', [...always, ...files]).sort());
  });

  it('has the suffixes again that were named, and no others', async () => {
    const listing = await listed(['dav-05-course-depth1-student', ...FOLDERS], { suffixes: ['py'] });
    const week = pathsOf(listing).filter((path) => path.startsWith('Week 01/'));
    expect(week).toContain('Week 01/hello.py');
    expect(week).toContain('Week 01/evilphp.sec');
  });

  it.each([
    ['dav-25-offline-course-tutor', 'myilias/ref_73', []],
    ['dav-77-category-nonmember', 'myilias/ref_71', []],
    ['derived-trunk-04-category', 'myilias/ref_71', ['source-invalid Skripte']],
    ['dav-26-bad-title-course-by-ref', 'myilias/ref_74', ['source-invalid Big folder']],
    ['dav-27-category-listing', 'myilias/ref_71', ['source-invalid Intro to Programming WS26']],
    [
      'derived-v9-04-category',
      'myilias/ref_71',
      ['source-invalid Intro to Programming WS26', 'source-invalid Skripte'],
    ],
  ])('%s: every folder in it is asked', async (name, mount, problems) => {
    const listing = await listed([name], { mount });
    expect(problemsOf(listing)).toEqual(problems);
    expect(listing).toMatchObject({ entries: [], complete: true });
  });
});

describe('what later releases do not show', () => {
  it('is told title by title from 6 on, and the file that tells it is not delivered', async () => {
    const names = ['derived-v9-01-course-depth1', 'derived-v9-02-info-file', 'derived-v9-03-week01'];
    const listing = await listed(names);
    const week = below('Week 01', ['slides.pdf', 'hello.py', '__init__.py']);
    expect(pathsOf(listing)).toEqual(['empty.txt', 'versioned.txt', ...week].sort());
    const hidden = ['name-refused Folien 1/2', 'name-refused Teil 1: Start.txt'];
    // One of the two folders answers to the name, and was not recorded.
    expect(problemsOf(listing)).toEqual([...hidden, 'name-refused sheet.txt', 'source-invalid Same name']);
  });

  it('is told in the newest as well, where every folder has its own remark', async () => {
    const names = ['derived-trunk-01-course-depth1', 'derived-trunk-02-info-file', 'derived-trunk-03-week01'];
    const listing = await listed(names);
    expect(pathsOf(listing)).toEqual(['empty.txt', 'versioned.txt']);
    const hidden = ['name-refused .hidden', 'name-refused Folien 1/2', 'name-refused Teil 1: Start.txt'];
    // The remark on this folder was not recorded: something is missing there, and nobody knows what.
    expect(problemsOf(listing)).toEqual([...hidden, ...TWINS, 'source-invalid Week 01'].sort());
  });
});

describe('a refusal', () => {
  it.each([
    ['dav-01-noauth-propfind', 'ref_72', 'source-login', undefined],
    ['dav-02-wrong-password', 'ref_72', 'source-login', undefined],
    ['dav-60-shibboleth-user-local-password-off', 'ref_71', 'source-login', undefined],
    ['dav-62-inactive-account', 'ref_71', 'source-login', undefined],
    ['dav-83-account-locked-by-soap-failures', 'ref_71', 'source-login', undefined],
    ['dav-07-course-depth1-nonmember', 'ref_72', 'source-forbidden', /no member/],
    ['dav-23-closed-group-nonmember', 'ref_105', 'source-forbidden', /no member/],
    ['dav-24-offline-course-student', 'ref_73', 'source-forbidden', /offline/],
    ['dav-67-webdav-disabled', 'ref_72', 'source-forbidden', /WebDAV is switched off/],
    ['dav-19-unknown-ref', 'ref_99999', 'source-not-found', /nothing with files/],
    ['dav-21-forum-ref', 'ref_101', 'source-not-found', /nothing with files/],
  ])('%s is %s', async (name, mount, code, detail) => {
    const { session, site } = await open([name], { mount: `myilias/${mount}` });
    const error = await failureOf(session.list(signal));
    expect(error.code).toBe(code);
    if (detail !== undefined) expect(error.params['detail']).toMatch(detail);
    // ILIAS can be told to lock accounts; one request is sent unsigned to learn how to sign.
    expect(site.asked.length).toBeLessThanOrEqual(2);
  });

  it('of a client nobody knows has status 200', async () => {
    const { session } = await open(['dav-31-unknown-client'], { mount: 'otherclient/ref_72' });
    expect(await failureOf(session.list(signal))).toMatchObject({ code: 'source-not-found' });
  });

  it('of a mount that is a single file says what to use instead', async () => {
    const { session } = await open(['dav-16-file-as-mountpoint'], { mount: 'myilias/ref_81' });
    const error = await failureOf(session.list(signal));
    expect(error.code).toBe('source-not-found');
    expect(error.params['detail']).toMatch(/single file/);
  });
});

describe('a file', () => {
  it.each([
    ['dav-32-get-file', 'Week 01/slides.pdf'],
    ['dav-39-get-no-extension-title', 'Week 01/Lecture notes'],
    ['dav-40-get-plus-percent', 'Übungen & Lösungen/a+b & c%20d.txt'],
    ['dav-42-get-nfd-name', 'Übungen & Lösungen/Lo\u0308sung NFD.txt'],
  ])('%s is read under the name the server gave', async (name, path) => {
    const { session } = await open(['dav-05-course-depth1-student', ...FOLDERS, name]);
    const listing = await session.list(signal);
    if (listing.kind !== 'listing') throw new Error('nothing was remembered');
    const body = await session.fetch(entryAt(listing, ...path.split('/')), signal);
    expect((await readBody(body)).equals(bodyOf(recording(name)))).toBe(true);
  });

  it.each(['dav-41-get-nfc-name', 'dav-51-future-file-student-get'])('%s is gone, or was never shown', async (name) => {
    const { server, site } = await open([name]);
    const url = site.origin + recording(name).request.path;
    const file = { url, name: 'x.txt', stamp: '["","","",""]', size: 5 };
    expect(await failureOf(readFile(server, file, signal))).toMatchObject({ code: 'source-gone' });
  });

  it.each([
    ['dav-55-versioned-before', 'dav-57-versioned-after', true],
    ['dav-71-same-size-before', 'dav-73-same-size-after', true],
    ['derived-v9-05-versioned-before', 'derived-v9-06-versioned-after-same-size', false],
    ['derived-trunk-05-versioned-before', 'derived-trunk-06-versioned-after-same-size', true],
  ])('has another stamp after %s', (before, after, isOtherTag) => {
    const [first, second] = [before, after].map((name) => parseMultistatus([bodyOf(recording(name))])[0]?.props ?? {});
    expect(stampOf(first ?? {})).not.toBe(stampOf(second ?? {}));
    // In 8 to 10 the entity tag alone would not show it.
    expect(first?.etag !== second?.etag).toBe(isOtherTag);
  });

  it('that got a new version of the same size and tag since it was listed is not taken for the listed one', async () => {
    const { server, site } = await open(['dav-58-versioned-get']);
    const { response, request } = recording('dav-58-versioned-get');
    const header = (name: string) => response.headers.find(([one]) => one.toLowerCase() === name)?.[1] ?? '';
    const listedAs = {
      etag: header('etag'),
      modified: 'Sun, 22 Nov 2026 10:00:00 GMT',
      length: header('content-length'),
    };
    const size = sizeOf(listedAs);
    const file = { url: site.origin + request.path, name: 'versioned.txt', stamp: stampOf(listedAs), size };
    // It asks once more what the file is now, which was not recorded.
    expect(await failureOf(readFile(server, file, signal))).toMatchObject({ code: 'source-invalid' });
    expect(site.asked).toEqual([`GET ${request.path}`, `PROPFIND ${request.path}`]);
  });
});

describe('a course by its SOAP interface', () => {
  const SESSION = ['soap-03-login', 'soap-06-getUserIdBySid', 'soap-33-logout'];
  const COURSE = [...SESSION, 'soap-18-getObjectByReference-course', 'soap-15-getXMLTree-student'];
  const bySoap = { mount: 'myilias/ref_72', soap: true } as const;

  it('has every title, and all its files', async () => {
    const { session, site } = await open(COURSE, bySoap);
    const listing = await session.list(signal);
    if (listing.kind !== 'listing') throw new Error('nothing was remembered');
    const week = ['slides.pdf', 'Nice title.txt', 'lab 01.ipynb', 'hello.py', 'evil.php', 'Lecture notes'];
    const tasks = [...TASKS, 'Was ist das?.txt', 'Teil 1: Start.txt', 'C# intro.txt'];
    const twins = ['Same name/one.txt', 'Same name/two.txt', 'sheet.txt', 'sheet.txt'];
    const others = ['Folien 1/2/inside slash folder.txt', 'exam-solution.txt', 'versioned.txt', 'data.bin'];
    const all = [...below('Week 01', week), ...below('Übungen & Lösungen', tasks), ...twins, ...others];
    expect(pathsOf(listing)).toEqual(all.sort());
    expect(listing).toMatchObject({ problems: [], complete: true });
    expect(entryAt(listing, 'exam-solution.txt').visible).toEqual({
      from: '2026-11-22T19:16:05.000Z',
      until: '2026-12-22T19:02:33.000Z',
    });
    expect(entryAt(listing, 'Week 01', 'hello.py')).toMatchObject({ id: 'ref_107', size: 15 });
    await session.close();
    const called = site.asked.map((asked) => asked.replace(/^.*[ ]/, ''));
    expect(called).toEqual(['login', 'getUserIdBySid', 'getObjectByReference', 'getXMLTree', 'logout']);
  });

  it.each([
    ['dav-17-file-as-mountpoint-get', ['Week 01', 'slides.pdf']],
    ['dav-18-hidden-title-file-by-ref-get', ['Übungen & Lösungen', 'Was ist das?.txt']],
  ])('%s: a file is read by its number, and its date is proof enough', async (name, path) => {
    const { session, site } = await open([...COURSE, name], bySoap);
    const listing = await session.list(signal);
    if (listing.kind !== 'listing') throw new Error('nothing was remembered');
    const before = site.asked.length;
    const body = await readBody(await session.fetch(entryAt(listing, ...path), signal));
    expect(body.equals(bodyOf(recording(name)))).toBe(true);
    expect(site.asked.slice(before)).toEqual([expect.stringContaining('GET ')]);
  });

  it.each([
    ['soap-19-getFileXML-mode1', ['versioned.txt'], 'version 3 -- longer\n'],
    ['soap-23-getFileXML-sec', ['Week 01', 'hello.py'], 'print("hello")\n'],
  ])('%s: what WebDAV cannot give comes out of SOAP', async (name, path, text) => {
    const { session } = await open([...COURSE, name], bySoap);
    const listing = await session.list(signal);
    if (listing.kind !== 'listing') throw new Error('nothing was remembered');
    expect((await readBody(await session.fetch(entryAt(listing, ...path), signal))).toString()).toBe(text);
  });

  it.each([
    ['soap-51-getFileXML-future', 'ref_98', 'withheld'],
    ['soap-20-getFileXML-forbidden', 'ref_81', 'withheld'],
    ['soap-19-getFileXML-mode0', 'ref_99', 'withheld'],
    ['soap-52-getFileXML-trashed', 'ref_82', 'gone'],
    ['soap-22-getFileXML-unknown', 'ref_99999', 'gone'],
  ])('%s: %s is %s', async (name, id, expected) => {
    const { session } = await open([...SESSION, name], bySoap);
    const withheld = await session.withheld?.([entryId(id)], signal);
    expect(withheld?.has(entryId(id)) === true ? 'withheld' : 'gone').toBe(expected);
  });

  it.each([
    ['soap-01-login-fail', 'source-login', /does not accept/],
    ['soap-02-login-unknown-client', 'source-login', /does not accept/],
    ['soap-41-login-shibboleth-user-local-off', 'source-login', /single sign-on/],
    ['soap-42-login-inactive', 'source-login', /not active/],
    ['soap-56-login-locked-after-failed-logins', 'source-login', /has locked/],
  ])('%s is %s, and tried once', async (name, code, detail) => {
    const { session, site } = await open([name], bySoap);
    const error = await failureOf(session.list(signal));
    expect(error.code).toBe(code);
    expect(error.params['detail']).toMatch(detail);
    expect(site.asked).toHaveLength(1);
  });

  it.each([
    ['soap-03-login', 'soap-45-soap-disabled-call', 'source-forbidden', /switched off/],
    ['soap-43-soap-disabled-login', 'soap-45-soap-disabled-call', 'source-forbidden', /switched off/],
    ['soap-53-login-terms-not-accepted', 'soap-54-call-terms-not-accepted', 'source-forbidden', /terms of use/],
    ['soap-40-login-shibboleth-user-local-on', 'soap-54-call-terms-not-accepted', 'source-forbidden', /terms/],
  ])('%s, then %s', async (login, name, code, detail) => {
    const { session } = await open([login, name], bySoap);
    const error = await failureOf(session.list(signal));
    expect(error.code).toBe(code);
    expect(error.params['detail']).toMatch(detail);
  });

  it.each([
    ['soap-55-tree-terms-not-accepted', 'source-forbidden'],
    ['soap-26-bad-sid', 'source-unreachable'],
    ['soap-27-sid-without-client', 'source-invalid'],
  ])('a call that is answered with %s fails as %s', async (name, code) => {
    const { site, server } = await open(['soap-03-login', name], bySoap);
    const account = { site: `${site.origin}/`, client: 'myilias', user: 'student1', password: new Secret('PASSWORD') };
    const soap = new Soap(server.http, account);
    expect(await failureOf(soap.call('getTreeChilds', [], signal))).toMatchObject({ code });
    // An ended session is begun anew once.
    expect(site.asked.length).toBe(name === 'soap-26-bad-sid' ? 4 : 2);
  });

  it('is refused to an account of staff, and to one that is no member', () => {
    const resultOf = (name: string): string => {
      const answer = readEnvelope(bodyOf(recording(name)).toString());
      if (answer.kind !== 'result') throw new Error(answer.text);
      return answer.text;
    };
    const ofTutor = readObjects(resultOf('soap-10-getTreeChilds-tutor')).objects;
    expect(ofTutor.filter(({ operations }) => operations.includes('write')).length).toBe(ofTutor.length);
    const ofMember = readObjects(resultOf('soap-17-getObjectByReference-file')).objects;
    expect(ofMember.map(({ operations }) => operations)).toEqual([['visible', 'read']]);
    expect(soapCourseOf(readObjects(resultOf('soap-12-getTreeChilds-nonmember')), '72')).toBeUndefined();
    // A renamed object keeps its number.
    const renamed = readObjects(resultOf('soap-50-getTreeChilds-after-rename')).objects;
    expect(renamed.find(({ title }) => title === 'Renamed title.txt')?.ref).toBe('83');
  });

  it('says which release of ILIAS it is', async () => {
    const { session } = await open([...COURSE, 'soap-29-getInstallationInfoXML'], bySoap);
    await session.list(signal);
    expect(await session.facts?.(signal)).toEqual([
      { code: 'platform', params: { system: 'ILIAS', version: '5.4.21 2021-03-26' } },
      { code: 'account', params: { user: 'student1' } },
      { code: 'items-not-delivered', params: { kinds: 'exercise, forum' } },
    ]);
  });

  it.each(['dav-52-future-file-student-byref', 'dav-80-trashed-by-ref'])(
    '%s: what may not be read is forbidden',
    async (name) => {
      const { site, server } = await open([name, 'soap-03-login'], bySoap);
      const account = {
        site: `${site.origin}/`,
        client: 'myilias',
        user: 'student1',
        password: new Secret('PASSWORD'),
      };
      const place = {
        server,
        soap: new Soap(server.http, account),
        permalinks: new Permalinks(server.http, account),
        user: '282',
        url: site.origin + recording(name).request.path,
      };
      const file = { ref: '98', segments: ['x.txt'], stamp: '["1",5,""]', size: 5, updated: '' };
      expect(await failureOf(readContent(place, file, signal))).toMatchObject({ code: 'source-forbidden' });
    },
  );
});

it('every recording is used', () => {
  expect(unusedRecordings()).toEqual([]);
});

it('elements that lie too deep in each other are refused', () => {
  const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  expect(parseXml(nested(100)).name).toBe('a');
  expect(() => parseXml(nested(101))).toThrow('too deep');
});
