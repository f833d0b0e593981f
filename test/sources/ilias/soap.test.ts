import { afterEach, describe, expect, it } from 'vitest';
import { entryId } from '../../../src/core/ids.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { iliasAdapter } from '../../../src/sources/ilias/index.ts';
import { isSameMoment } from '../../../src/sources/ilias/soap-content.ts';
import type { Json, Listing, SourceSession } from '../../../src/sources/source.ts';
import { entryAt, failureOf, pathsOf, readBody } from '../bench.ts';
import { startIliasServer } from '../fake/ilias-course.ts';
import { COURSE, IliasSite, type Release } from '../fake/ilias-site.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const signal = new AbortController().signal;

async function start(release: Release = '9') {
  const site = new IliasSite(release);
  const server = await startIliasServer(site);
  cleanUps.push(() => server.stop());
  const open = async (memory?: Json): Promise<SourceSession> => {
    const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
    cleanUps.push(() => http.close());
    const url = `${server.origin}/ilias/goto.php?target=crs_${String(COURSE)}&client_id=myilias`;
    const config = iliasAdapter.parseConfig({ type: 'ilias', url, soap: true });
    const credentials = { user: server.user, password: new Secret(server.password) };
    const context = { http, now: () => new Date(), credentials, cacheDir: '/nonexistent' };
    return iliasAdapter.open(config, memory === undefined ? context : { ...context, memory });
  };
  return { site, server, soap: server.soap, open };
}

async function listed(session: SourceSession): Promise<Listing> {
  const listing = await session.list(signal);
  if (listing.kind !== 'listing') throw new Error('unchanged');
  return listing;
}

const bytes = (text: string) => Buffer.from(text);

async function textOf(session: SourceSession, listing: Listing, ...segments: string[]): Promise<string> {
  return (await readBody(await session.fetch(entryAt(listing, ...segments), signal))).toString();
}

describe('an account', () => {
  it('that is refused is tried once, and never again in this refresh', async () => {
    const { soap, open } = await start();
    soap.refusal = 'err_wrong_login';
    const session = await open();
    for (let times = 0; times < 2; times += 1) {
      expect(await failureOf(session.list(signal))).toMatchObject({ code: 'source-login' });
    }
    await session.close();
    expect(soap.refused).toBe(1);
  });

  it('of staff is refused with the reason', async () => {
    const { site, soap, open } = await start();
    site.put(['a.txt'], bytes('a'));
    soap.isStaff = true;
    const error = await failureOf((await open()).list(signal));
    expect(error).toMatchObject({ code: 'source-forbidden' });
    expect(error.params['detail']).toMatch(/plain member/);
    expect(soap.calls).not.toContain('getXMLTree');
  });

  it('asks as itself: what is not open yet is nowhere', async () => {
    const { site, open } = await start();
    site.put(['a.txt'], bytes('a'));
    site.put(['later.txt'], bytes('later')).isHidden = true;
    expect(pathsOf(await listed(await open()))).toEqual(['a.txt']);
  });

  it('signs out, and in again when its session ended', async () => {
    const { site, soap, open } = await start();
    site.put(['a.txt'], bytes('a'));
    const session = await open();
    await listed(session);
    soap.endSessions();
    await listed(session);
    expect(soap.calls.filter((call) => call === 'login')).toHaveLength(2);
    await session.close();
    expect(soap.open).toBe(0);
  });
});

it('the interface is where ILIAS 10 has it, too', async () => {
  const { site, open } = await start();
  site.soapPath = '/ilias/soap/server.php';
  site.put(['a.txt'], bytes('a'));
  expect(pathsOf(await listed(await open()))).toEqual(['a.txt']);
  site.soapPath = '/nowhere';
  expect(await failureOf((await open()).list(signal))).toMatchObject({ code: 'source-not-found' });
});

describe('a file', () => {
  it('keeps its id through a new title and a new folder', async () => {
    const { site, open } = await start();
    const item = site.put(['w', 'a.txt'], bytes('a'));
    const before = entryAt(await listed(await open()), 'w', 'a.txt');
    Object.assign(item, { title: 'b?.txt', parent: COURSE });
    const after = entryAt(await listed(await open()), 'b?.txt');
    expect([after.id, after.stamp]).toEqual([before.id, before.stamp]);
  });

  it.each(['5.4', '9'] as const)('whose title WebDAV hides arrives in %s', async (release) => {
    const { site, open } = await start(release);
    site.put(['Teil 1/2', 'Was ist das?.txt'], bytes('ja'));
    const session = await open();
    expect(await textOf(session, await listed(session), 'Teil 1/2', 'Was ist das?.txt')).toBe('ja');
  });

  it('has its suffix again where titles are kept without', async () => {
    const { site, open } = await start();
    site.put(['Blatt 1.PDF'], bytes('x'));
    site.put(['hello.py'], bytes('y')).extension = 'py';
    site.put(['Notizen'], bytes('z')).extension = 'md';
    expect(pathsOf(await listed(await open()))).toEqual(['Blatt 1.PDF', 'Notizen.md', 'hello.py']);
  });

  it('is shown for its time, and no longer than its folder', async () => {
    const { site, open } = await start();
    site.put(['w', 'a.txt'], bytes('a')).window = { from: new Date(1000_000), until: new Date(4_000_000_000_000) };
    site.need(['w']).window = { from: new Date(2000_000), until: new Date(3_000_000_000_000) };
    expect(entryAt(await listed(await open()), 'w', 'a.txt').visible).toEqual({
      from: '1970-01-01T00:33:20.000Z',
      until: '2065-01-24T05:20:00.000Z',
    });
  });

  it('comes out of SOAP in its current version where WebDAV is off', async () => {
    const { site, open } = await start();
    site.change(site.put(['a.txt'], bytes('old')), bytes('newer'));
    site.isDavOff = true;
    const session = await open();
    expect(await textOf(session, await listed(session), 'a.txt')).toBe('newer');
  });

  it('that is too large for SOAP comes by its permalink, in the listed version', async () => {
    const { site, open } = await start();
    const large = Buffer.alloc(5 * 1024 * 1024, 'x');
    const item = site.put(['a.bin'], large);
    site.isDavOff = true;
    const session = await open();
    const listing = await listed(session);
    const body = await session.fetch(entryAt(listing, 'a.bin'), signal);
    expect((await readBody(body)).equals(large)).toBe(true);
    site.change(item, Buffer.alloc(large.length, 'y'));
    expect(await failureOf(textOf(session, listing, 'a.bin'))).toMatchObject({ code: 'source-changed' });
    item.isLocked = true;
    // No page of ILIAS is taken for the file: what WebDAV said is said.
    expect(await failureOf(textOf(session, listing, 'a.bin'))).toMatchObject({ code: 'source-invalid' });
  });

  it('is not asked for by permalink again where the page refused the account', async () => {
    const { site, server, open } = await start();
    site.put(['a.bin'], Buffer.alloc(5 * 1024 * 1024));
    site.isDavOff = true;
    site.isClosedToBrowsers = true;
    const session = await open();
    const listing = await listed(session);
    expect(await failureOf(textOf(session, listing, 'a.bin'))).toMatchObject({ code: 'source-login' });
    const before = server.requests;
    expect(await failureOf(textOf(session, listing, 'a.bin'))).toMatchObject({ code: 'source-login' });
    // WebDAV is asked, and nothing else.
    expect(server.requests - before).toBe(1);
  });

  it('is not worth the password to whoever the form of the sign-in page is sent to', async () => {
    const { site, open } = await start();
    const { server: elsewhere } = await start();
    site.put(['a.bin'], Buffer.alloc(5 * 1024 * 1024));
    site.isDavOff = true;
    site.formAction = `${elsewhere.origin}/ilias/ilias.php`;
    const session = await open();
    const listing = await listed(session);
    const before = elsewhere.requests;
    expect(await failureOf(textOf(session, listing, 'a.bin'))).toMatchObject({ code: 'source-invalid' });
    expect(elsewhere.requests).toBe(before);
  });

  it('of another date than WebDAV has is asked for once more, after its last byte', async () => {
    const { site, soap, open } = await start();
    const item = site.put(['a.txt'], bytes('one'));
    site.put(['large.bin'], Buffer.alloc(300_000, 'x')).davDate = new Date(12_345_000);
    const session = await open();
    const listing = await listed(session);
    const asked = () => soap.calls.filter((call) => call === 'getObjectByReference').length;
    expect(asked()).toBe(1);
    await textOf(session, listing, 'large.bin');
    expect(asked()).toBe(2);
    site.change(item, bytes('two'));
    expect(await failureOf(textOf(session, listing, 'a.txt'))).toMatchObject({ code: 'source-changed' });
  });

  it.each([
    ['Sun, 22 Nov 2026 17:59:25 GMT', '2026-11-22 18:59:25', true],
    ['Sun, 22 Nov 2026 17:59:25 GMT', '2026-11-22 23:29:25', true],
    ['Sun, 22 Nov 2026 17:59:25 GMT', '2026-11-22 17:59:25', true],
    ['Sun, 22 Nov 2026 17:59:25 GMT', '2026-11-22 18:59:26', false],
    ['Sun, 22 Nov 2026 17:59:25 GMT', '2026-11-24 17:59:25', false],
    [undefined, '2026-11-22 18:59:25', false],
    ['Sun, 22 Nov 2026 17:59:25 GMT', '', false],
  ])('%s and %s are the same moment: %s', (lastModified, updated, expected) => {
    expect(isSameMoment(lastModified, updated)).toBe(expected);
  });

  it('that is gone from the list is gone only where ILIAS says so', async () => {
    const { site, open } = await start();
    const [gone, closed, moved] = ['gone', 'closed', 'moved'].map((name) => site.put([name], bytes(name)));
    if (gone === undefined || closed === undefined || moved === undefined) throw new Error('not put');
    site.remove(gone);
    closed.isHidden = true;
    const ids = [gone, closed, moved].map(({ ref }) => entryId(`ref_${String(ref)}`));
    const path = entryId('Week%201/a.txt');
    const there = await (await open()).withheld?.([...ids, path], signal);
    expect([...(there ?? [])].sort()).toEqual([path, ids[1], ids[2]].sort());
  });
});
