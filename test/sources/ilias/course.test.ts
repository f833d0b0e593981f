import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { iliasAdapter } from '../../../src/sources/ilias/index.ts';
import { isNeverShown, titlesIn } from '../../../src/sources/ilias/information.ts';
import { unsecured } from '../../../src/sources/ilias/suffix.ts';
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
  const open = async (more: Readonly<Record<string, Json>> = {}, memory?: Json): Promise<SourceSession> => {
    const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
    cleanUps.push(() => http.close());
    const url = `${server.origin}/ilias/goto.php?target=crs_${String(COURSE)}&client_id=myilias`;
    const config = iliasAdapter.parseConfig({ type: 'ilias', url, ...more });
    const credentials = { user: server.user, password: new Secret(server.password) };
    const context = { http, now: () => new Date(), credentials, cacheDir: '/nonexistent' };
    return iliasAdapter.open(config, memory === undefined ? context : { ...context, memory });
  };
  return { site, server, open };
}

async function listed(session: SourceSession): Promise<Listing> {
  const listing = await session.list(signal);
  if (listing.kind !== 'listing') throw new Error('unchanged');
  return listing;
}

const bytes = (text: string) => Buffer.from(text);

describe('titles that WebDAV cannot show', () => {
  it.each(['9', 'trunk'] as const)('are problems of their names in %s, and all else is there', async (release) => {
    const { site, open } = await start(release);
    for (const title of ['a.txt', 'Was ist das?.txt', 'twin.txt']) site.put(['Week 1', title], bytes(title));
    site.putTwin(['Week 1', 'twin.txt'], bytes('the other'));
    site.put(['b.txt'], bytes('b'));
    const listing = await listed(await open());
    expect(pathsOf(listing)).toEqual(['Week 1/a.txt', 'b.txt']);
    const problems = listing.problems.map(({ segments, code }) => [code, ...segments]);
    expect(problems.sort()).toEqual([
      ['name-refused', 'Week 1', 'Was ist das?.txt'],
      ['name-refused', 'Week 1', 'twin.txt'],
    ]);
    expect(listing.complete).toBe(true);
  });

  it('are unknown to 5.4, but for those of which there are two', async () => {
    const { site, open } = await start('5.4');
    for (const title of ['a.txt', 'Was ist das?.txt', 'twin.txt']) site.put([title], bytes(title));
    site.putTwin(['twin.txt'], bytes('the other'));
    site.put(['Twins', 'x.txt'], bytes('x'));
    site.items.set(900, { ...site.need(['Twins']), ref: 900 });
    const listing = await listed(await open());
    expect(pathsOf(listing)).toEqual(['a.txt']);
    expect(listing.problems.map(({ segments }) => segments.join('/')).sort()).toEqual(['Twins', 'twin.txt']);
  });

  it('freeze a folder whose remark cannot be read', async () => {
    const { site, server, open } = await start();
    site.put(['Week 1', 'a.txt'], bytes('a'));
    site.put(['Week 1', 'b?.txt'], bytes('b'));
    site.put(['c.txt'], bytes('c'));
    site.isMute = true;
    const listing = await listed(await open());
    expect(pathsOf(listing)).toEqual(['c.txt']);
    expect(listing.problems).toMatchObject([{ segments: ['Week 1'], code: 'source-invalid' }]);
    expect(server.requests).toBeLessThan(10);
  });

  it('change nothing of "unchanged", although the remark is always new', async () => {
    const { site, open } = await start();
    site.put(['a.txt'], bytes('a'));
    site.put(['b?.txt'], bytes('b'));
    const { memory } = await listed(await open());
    expect(memory).toBeDefined();
    expect(await (await open({}, memory)).list(signal)).toEqual({ kind: 'unchanged' });
    site.put(['c?.txt'], bytes('c'));
    expect((await listed(await open({}, memory))).problems).toHaveLength(2);
  });
});

describe('the text of a remark', () => {
  it.each([
    ['# Doppelt\na\nb\n\n# Verboten\nc: d\n\n\n', ['a', 'b', 'c: d']],
    ['# Verboten\n# 1 Start\n \n', ['# 1 Start']],
    ['# Verboten\r\na?\r\n\r\n', ['a?']],
    ['', []],
    ['# Doppelt\na\n\n# Verboten\na\n', ['a']],
  ])('%j', (text, titles) => {
    expect(titlesIn(text)).toEqual(titles);
  });

  it.each(['a/b', 'a?', 'C# intro', '.hidden', '__init__.py', '~x', '$x'])('%s may not be shown', (title) => {
    expect(isNeverShown(title)).toBe(true);
  });

  it.each(['a.txt', 'Übung 1', 'a_b', 'a & b'])('%s is always shown', (title) => {
    expect(isNeverShown(title)).toBe(false);
  });
});

describe('a suffix ILIAS took off', () => {
  it.each([
    ['hellopy.sec', ['py'], 'hello.py'],
    ['hellopy.sec', [], undefined],
    ['hellopy.sec', ['sh'], undefined],
    ['HELLOPY.sec', ['py'], 'HELLO.PY'],
    ['py.sec', ['py'], undefined],
    ['setsh.sec', ['sh', 'tsh'], 'se.tsh'],
    ['hello.py', ['py'], undefined],
    ['a.sec.txt', ['py'], undefined],
  ])('%s, %j', (name, suffixes, expected) => {
    expect(unsecured(name, suffixes)).toBe(expected);
  });

  it('is not put back where that takes the name of another file', async () => {
    const { site, open } = await start();
    for (const title of ['helpy.sec', 'hel.py', 'onepy.sec', 'w/hellopy.sec']) {
      site.put(title.split('/'), bytes(title));
    }
    const session = await open({ suffixes: ['py'] });
    const listing = await listed(session);
    expect(pathsOf(listing)).toEqual(['hel.py', 'helpy.sec', 'one.py', 'w/hello.py']);
    const body = await session.fetch(entryAt(listing, 'w', 'hello.py'), signal);
    expect((await readBody(body)).toString()).toBe('w/hellopy.sec');
    const renamed = (await session.facts?.(signal))?.find(({ code }) => code === 'files-renamed');
    expect(renamed?.params).toEqual({ count: 1 });
  });
});

it('a new version of the same size and date is fetched by its date, whatever the entity tag says', async () => {
  const { site, open } = await start('9');
  const item = site.put(['a.txt'], bytes('one'));
  const before = entryAt(await listed(await open()), 'a.txt');
  const tag = site.validators(item)['etag'];
  site.change(item, bytes('two'));
  expect(site.validators(item)['etag']).toBe(tag);
  const session = await open();
  const after = entryAt(await listed(session), 'a.txt');
  expect(after.stamp).not.toBe(before.stamp);
  site.change(item, bytes('six'));
  expect(await failureOf(session.fetch(after, signal).then(readBody))).toMatchObject({ code: 'source-changed' });
});

it('a folder of the course can be mounted by its address of WebDAV', async () => {
  const { site, server, open } = await start();
  site.put(['Übung 1', 'a.txt'], bytes('a'));
  const url = `${server.origin}/ilias/webdav.php/myilias/ref_${String(COURSE)}/%C3%9Cbung%201/`;
  expect(pathsOf(await listed(await open({ url })))).toEqual(['a.txt']);
});

it('the client is the one the site leads to, where nobody named it', async () => {
  const { site, server, open } = await start();
  site.put(['a.txt'], bytes('a'));
  const session = await open({ url: `${server.origin}/ilias/go/crs/${String(COURSE)}` });
  expect(pathsOf(await listed(session))).toEqual(['a.txt']);
  site.isNameless = true;
  const nameless = await open({ url: `${server.origin}/ilias/go/crs/${String(COURSE)}` });
  expect(await failureOf(nameless.list(signal))).toMatchObject({ code: 'source-invalid' });
});
