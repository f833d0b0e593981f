/** Signing in through a hub, against hubs that answer as recorded ones did. */
import { afterEach, describe, expect, test } from 'vitest';
import { HOST } from './browser.ts';
import { recording, versions, type Call } from './fake-hub.ts';
import { behindHub, PREFIX, type Behind, type BehindOptions } from './support.ts';

const LINK = `${PREFIX}go/intro?open=week1%2Flab1.ipynb`;

interface SeenRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

let here: Behind;
const start = async (version: (typeof versions)[number] = '5.5.1', options?: BehindOptions): Promise<Behind> => {
  here = await behindHub(version, options);
  return here;
};
afterEach(() => here.close());

describe.each(versions)('JupyterHub %s', (version) => {
  test('signs a student in and leads back to the link', async () => {
    const { hub, browser } = await start(version);
    const alice = browser();
    alice.signInAtHub('alice');
    const page = await alice.open(LINK);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Einführung in Python');
    expect(page.text).toContain('As alice');
    expect(alice.visited.map(({ path }) => path.replace(/\?.*/, ''))).toEqual([
      `${PREFIX}go/intro`,
      `${PREFIX}oauth_callback`,
      `${PREFIX}go/intro`,
    ]);
    // all fields in the form, and nothing in a header: hubs refuse that
    expect([...(hub.tokenRequest?.keys() ?? [])].sort()).toEqual([
      'client_id',
      'client_secret',
      'code',
      'code_verifier',
      'grant_type',
      'redirect_uri',
    ]);
    expect(hub.tokenRequest?.get('redirect_uri')).toBe('/jhub/services/toy/oauth_callback');
  });

  test('is asked for a proof of the code (S256) in every login', async () => {
    const { browser } = await start(version);
    const answer = await browser().request(LINK);
    const { searchParams } = new URL(answer.headers.location ?? '', `http://${HOST}`);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(searchParams.get('response_type')).toBe('code');
  });

  test('logs a student out of f2git as well', async () => {
    const { browser } = await start(version);
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    alice.signOutOfHub();
    const answer = await alice.request(LINK);
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toContain('/jhub/hub/api/oauth2/authorize?');
  });

  test('checks a service it starts: any answer below 500 will do, and health needs no name', async () => {
    const { browser } = await start(version);
    const [seen] = recording(version, 'requests-seen-by-service')['hub_startup_check'] as [SeenRequest];
    const check = await browser().request(seen.url, { headers: { ...seen.headers } });
    expect(check.status).toBeLessThan(500);
    expect((await browser().request(`${PREFIX}health`)).status).toBe(200);
  });

  test('takes a browser as it comes through the proxy, and no address from what the proxy adds', async () => {
    const { browser } = await start(version);
    const [seen] = recording(version, 'requests-seen-by-service')['proxied_browser_request'] as [SeenRequest];
    const alice = browser();
    alice.signInAtHub('alice');
    const page = await alice.open(LINK, { ...seen.headers });
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(seen.headers['x-forwarded-host']);
  });

  test('says who a program is by its token, and which programs are people', async () => {
    const { hub, browser } = await start(version);
    const tree = async (authorization: string): Promise<number> =>
      (
        await browser().request(`${PREFIX}api/courses/intro/tree`, {
          headers: { accept: 'application/json', authorization },
        })
      ).status;
    expect(await tree(`token ${hub.issueToken('alice')}`)).toBe(200);
    expect(await tree(`Bearer ${hub.issueToken('alice')}`)).toBe(200);
    expect(await tree(`token ${hub.issueToken('alice', ['self'])}`)).toBe(403);
    expect(await tree(`token ${hub.issueToken('service:grader', ['access:services!service=toy'])}`)).toBe(401);
    expect(await tree('token unknown')).toBe(401);
    expect(await tree('Basic YWxpY2U6c2VjcmV0')).toBe(401);
  });
});

test('a hub that did not start f2git signs students in as well', async () => {
  const top = `prefix: ${PREFIX}
public_url: http://${HOST}${PREFIX}
hub:
  url: http://${HOST}/jhub/
  service: toy
  token_env: HUB_TOKEN
`;
  const { browser, config } = await start('5.5.1', { top, isExternal: true });
  expect(config.hub).toMatchObject({
    address: `http://${HOST}/jhub/hub/`,
    clientId: 'service-toy',
    redirectUri: `${PREFIX}oauth_callback`,
    accessScopes: ['access:services', 'access:services!service=toy'],
  });
  const alice = browser();
  // as the recorded service asked, and with the proof it did without
  const [asked] = recording('5.5.1', 'oauth-external-noconfirm')['browser_steps'] as [Call];
  const queryOf = (location = ''): URLSearchParams => new URL(location, `http://${HOST}`).searchParams;
  const own = queryOf((await alice.request(LINK)).headers.location);
  const theirs = queryOf(asked.response.headers?.location?.replaceAll('toy-ext', 'toy'));
  for (const name of ['code_challenge', 'code_challenge_method', 'state']) own.delete(name);
  theirs.delete('state');
  expect(Object.fromEntries(own)).toEqual(Object.fromEntries(theirs));
  alice.signInAtHub('alice');
  expect((await alice.open(LINK)).text).toContain('As alice');
});

test('a class that signs in at once is signed in, and the hub is asked in turns', async () => {
  const { hub, browser } = await start();
  const names = Array.from({ length: 60 }, (_, index) => `student${index}`);
  const pages = await Promise.all(
    names.map((name) => {
      hub.users.set(name, {});
      const one = browser();
      one.signInAtHub(name);
      return one.open(LINK);
    }),
  );
  expect(pages.map(({ text }, index) => text.includes(`As student${index}`))).toEqual(names.map(() => true));
  expect(hub.mostAtOnce).toBeLessThanOrEqual(8);
});

test('a login of somebody without the right to use f2git ends in no session', async () => {
  const { hub, browser } = await start();
  hub.users.set('alice', { scopes: ['self'] });
  const alice = browser();
  alice.signInAtHub('alice');
  const answer = await alice.open(LINK);
  expect(alice.visited.at(-1)).toMatchObject({
    path: expect.stringContaining('oauth_callback') as unknown,
    status: 403,
  });
  expect(answer.text).toContain('no access to f2git');
  expect(alice.value('f2git-session')).toBeUndefined();
});

describe('a session', () => {
  test('is a cookie of our path alone that no script reads', async () => {
    const { browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    const [cookie] = alice.cookies.filter(({ name }) => name === 'f2git-session');
    expect(cookie?.attributes).toBe(`Path=${PREFIX}; HttpOnly; SameSite=Lax`);
    expect(alice.cookies.some(({ name }) => name.startsWith('f2git-login'))).toBe(false);
  });

  test('is for encrypted pages alone where the public address is', async () => {
    const { browser } = await start('5.5.1', { top: 'public_url: https://hub.example/jhub/services/toy' });
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    const [cookie] = alice.cookies.filter(({ name }) => name === '__Secure-f2git-session');
    expect(cookie?.attributes).toBe(`Path=${PREFIX}; HttpOnly; SameSite=Lax; Secure`);
  });

  test('ends when somebody else signs in at the hub in the same browser', async () => {
    const { hub, browser } = await start();
    hub.users.set('bob', {});
    const shared = browser();
    shared.signInAtHub('alice');
    await shared.open(LINK);
    shared.signInAtHub('bob');
    expect((await shared.open(LINK)).text).toContain('As bob');
  });

  test('ends with the next login in the same browser', async () => {
    const { hub, browser } = await start();
    const alice = browser();
    const session = alice.signInAtHub('alice');
    await alice.open(LINK);
    const old = alice.value('f2git-session') ?? '';
    // a second tab that began to sign in before the first was done
    const cookies = alice.cookies;
    alice.cookies = cookies.filter(({ name }) => name !== 'f2git-session');
    const { location = '' } = (await alice.request(LINK)).headers;
    alice.set(`f2git-session=${old}; Path=${PREFIX}`);
    await alice.request(String(hub.authorize(new URL(location, 'http://x').searchParams, session)));
    expect(alice.value('f2git-session')).not.toBe(old);
    alice.set(`f2git-session=${old}; Path=${PREFIX}`);
    expect((await alice.request(LINK)).status).toBe(303);
  });

  test('ends when the hub knows its owner by another name', async () => {
    const { hub, browser, later } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    hub.rename('alice', 'alicia');
    later(61_000);
    expect((await alice.request(LINK)).status).toBe(303);
    expect((await alice.open(LINK)).text).toContain('As alicia');
  });

  test('ends when the hub takes its token back, after a minute at most', async () => {
    const { hub, browser, later } = await start();
    const alice = browser();
    const session = alice.signInAtHub('alice');
    await alice.open(LINK);
    hub.logout(session);
    later(59_000);
    expect((await alice.request(LINK)).status).toBe(200);
    later(2_000);
    expect((await alice.request(LINK)).status).toBe(303);
  });

  test('outlives a hub that is down for a while, and no longer than five minutes', async () => {
    const { hub, browser, later } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    hub.isDown = true;
    later(4 * 60_000);
    expect((await alice.request(LINK)).status).toBe(200);
    later(2 * 60_000);
    const answer = await alice.request(LINK);
    expect(answer.status).toBe(502);
    expect(answer.text).toContain('JupyterHub is not answering');
  });

  test('follows the hub’s rights: without the access scope there is no f2git', async () => {
    const { hub, browser, later } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    hub.users.set('alice', { scopes: ['self'] });
    later(61_000);
    const answer = await alice.request(LINK);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('no access to f2git');
  });

  test('does not ask the hub again for every page', async () => {
    const { hub, browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    const before = hub.asked.length;
    await Promise.all(Array.from({ length: 20 }, () => alice.request(LINK)));
    expect(hub.asked.length - before).toBeLessThanOrEqual(1);
  });

  test('ends with a click on “Sign out”, which says how to leave the hub as well', async () => {
    const { f2git, browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    const id = alice.value('f2git-session') ?? '';
    const token = f2git.site.forgery.tokenOf({ name: 'alice', groups: [] });
    const answer = await alice.request(`${PREFIX}logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ f2git_form: token }).toString(),
    });
    expect(answer.text).toContain('href="/jhub/hub/logout"');
    expect(alice.value('f2git-session')).toBeUndefined();
    alice.set(`f2git-session=${id}; Path=${PREFIX}`);
    expect((await alice.request(LINK)).status).toBe(303);
  });

  test('that ended meanwhile: a form says so and leads back to its page', async () => {
    const { browser } = await start();
    const answer = await browser().request(`${PREFIX}api/runs`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        referer: `http://${HOST}${LINK}`,
      },
      body: 'course=intro',
    });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain(`href="${LINK}"`);
    expect(here.f2git.script.jobs).toEqual([]);
  });
});
