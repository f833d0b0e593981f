/** Attacks on identity and pages behind a hub, named by their ids in the threat model. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { ownPage } from '../../src/web/own-page.ts';
import { methodOf, routes } from '../../src/web/routes.ts';
import { formToken } from '../server/click.ts';
import { gate, OID, reportOf, type Answer } from '../server/harness.ts';
import { HOST } from './browser.ts';
import { recording, type Call } from './fake-hub.ts';
import { behindHub, PREFIX, type Behind, type BehindOptions } from './support.ts';

const LINK = `${PREFIX}go/intro?open=week1%2Flab1.ipynb`;

let here: Behind;
const start = async (options?: BehindOptions): Promise<Behind> => {
  here = await behindHub('5.5.1', options);
  return here;
};
afterEach(() => here.close());

describe('A42: a session planted in somebody else’s browser', () => {
  test('is never the one a login ends in', async () => {
    const { browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    alice.set(`f2git-session=planted; Path=${PREFIX}`);
    await alice.open(LINK);
    expect(alice.value('f2git-session')).toMatch(/^[\w-]{43}$/);
  });

  test('of another person’s login counts for nothing', async () => {
    const { hub, browser } = await start();
    hub.users.set('mallory', {});
    const [alice, mallory] = [browser(), browser()];
    alice.signInAtHub('alice');
    mallory.signInAtHub('mallory');
    await mallory.open(LINK);
    alice.set(`f2git-session=${mallory.value('f2git-session') ?? ''}; Path=${PREFIX}`);
    expect((await alice.open(LINK)).text).toContain('As alice');
  });

  test('beside the real one is refused in words, on every page', async () => {
    const { browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    alice.set(`f2git-session=planted; Path=${PREFIX}go/`);
    const answer = await alice.request(LINK);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('work is safe');
  });
});

describe('A43: a login', () => {
  const begun = async (name = 'alice') => {
    const { browser, hub } = here;
    const one = browser();
    const session = one.signInAtHub(name);
    const { location = '' } = (await one.request(LINK)).headers;
    const callback = hub.authorize(new URL(location, 'http://x').searchParams, session);
    if (typeof callback !== 'string') throw new Error(String(callback));
    return { one, callback, session };
  };
  const refused = (answer: { status: number; text: string }): void => {
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('Signing in through JupyterHub did not work');
  };

  test('comes back once', async () => {
    await start();
    const { one, callback } = await begun();
    const cookies = [...one.cookies];
    expect((await one.request(callback)).status).toBe(303);
    refused(await one.request(callback));
    // also with the cookie it had
    one.cookies = cookies;
    refused(await one.request(callback));
    expect(here.hub.asked.filter((asked) => asked.includes('/oauth2/token'))).toHaveLength(1);
  });

  test('comes back to the browser that began it', async () => {
    const { browser } = await start();
    const { callback } = await begun();
    const other = browser();
    other.signInAtHub('alice');
    refused(await other.request(callback));
  });

  test.each(['', 'state=', 'state=made-up', 'code=x'])('with "%s" is none of ours', async (query) => {
    const { browser, hub } = await start();
    const one = browser();
    one.signInAtHub('alice');
    await one.request(LINK);
    refused(await one.request(`${PREFIX}oauth_callback?${query}`));
    expect(hub.asked).toEqual([]);
  });

  test('counts for its own state alone, whatever its cookie is called', async () => {
    await start();
    const { one, callback } = await begun();
    const [cookie] = one.cookies.filter(({ name }) => name.startsWith('f2git-login'));
    const digest = createHash('sha256').update('made-up').digest('hex');
    one.set(`f2git-login-${digest.slice(0, 8)}=${cookie?.value ?? ''}; Path=${PREFIX}`);
    const code = new URLSearchParams(callback.split('?')[1]).get('code') ?? '';
    refused(await one.request(`${PREFIX}oauth_callback?code=${code}&state=made-up`));
    expect(here.hub.asked).toEqual([]);
  });

  test('with somebody else’s code is refused', async () => {
    const { hub } = await start();
    hub.users.set('mallory', {});
    const { one, callback } = await begun();
    const { callback: theirs } = await begun('mallory');
    const query = new URLSearchParams(callback.split('?')[1]);
    query.set('code', new URLSearchParams(theirs.split('?')[1]).get('code') ?? '');
    refused(await one.request(`${PREFIX}oauth_callback?${query.toString()}`));
  });

  test('of somebody else, cookie and all, is refused', async () => {
    const { hub, browser } = await start();
    hub.users.set('mallory', {});
    const { one: mallory, callback } = await begun('mallory');
    const alice = browser();
    alice.signInAtHub('alice');
    for (const cookie of mallory.cookies.filter(({ name }) => name.startsWith('f2git-login')))
      alice.set(`${cookie.name}=${cookie.value}; Path=${PREFIX}`);
    const answer = await alice.request(callback);
    refused(answer);
    expect(answer.text).toContain('somebody else is signed in');
    expect(alice.value('f2git-session')).toBeUndefined();
  });

  test('that takes longer than ten minutes is begun again', async () => {
    const { later } = await start();
    const { one, callback } = await begun();
    later(10 * 60_000 + 1);
    refused(await one.request(callback));
  });

  test('that the hub refused says so', async () => {
    await start();
    const { one, callback } = await begun();
    const state = new URLSearchParams(callback.split('?')[1]).get('state') ?? '';
    const steps = recording('6.0.0b2', 'oauth-errors-browser')['steps'] as readonly Call[];
    const { location = '' } = steps.find(({ note }) => note === 'scope not allowed')?.response.headers ?? {};
    const query = new URLSearchParams(location.split('?')[1]);
    expect(query.get('error')).toBe('invalid_scope');
    query.set('state', state);
    refused(await one.request(`${PREFIX}oauth_callback?${query.toString()}`));
  });

  test('in two tabs comes back to both', async () => {
    const { hub, browser } = await start();
    const alice = browser();
    const session = alice.signInAtHub('alice');
    const locations = [await alice.request(LINK), await alice.request(`${PREFIX}go/intro`)].map(
      ({ headers }) => new URL(headers.location ?? '', 'http://x').searchParams,
    );
    const answers = [];
    for (const query of locations) answers.push(await alice.request(String(hub.authorize(query, session))));
    expect(answers.map(({ headers }) => headers.location)).toEqual([LINK, `${PREFIX}go/intro`]);
  });

  test('that is begun again and again keeps four cookies, and nothing here', async () => {
    const { browser } = await start();
    const one = browser();
    for (let i = 0; i < 20; i++) await one.request(LINK);
    expect(one.cookies.filter(({ name }) => name.startsWith('f2git-login')).length).toBeLessThanOrEqual(4);
  });

  test('leaves no token, code, state or cookie in the log, in addresses or pages', async () => {
    const { f2git } = await start();
    const { one, callback, session } = await begun();
    const pages = [await one.request(callback), await one.request(callback), await one.request(LINK)];
    const query = new URLSearchParams(callback.split('?')[1]);
    const secrets = [
      query.get('code'),
      query.get('state'),
      session,
      one.value('f2git-session'),
      here.hub.tokenRequest?.get('client_secret'),
    ];
    const seen = JSON.stringify([f2git.logLines, pages.map(({ text, headers }) => [text, headers.location])]);
    for (const secret of secrets) {
      expect(secret).toBeTruthy();
      expect(seen).not.toContain(secret);
    }
  });
});

describe('A39: a login comes back to our own pages alone', () => {
  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    `${PREFIX}../../hub/logout`,
    `${PREFIX}%2e%2e/%2e%2e/user/bob/`,
    `${PREFIX}..\\x`,
    '/jhub/hub/',
    '/jhub/services/toy',
    '/jhub/services/toyx/',
    `${PREFIX}go/a b`,
    `${PREFIX}go/intro\r\nSet-Cookie: x=y`,
    `${PREFIX}${'x'.repeat(3000)}`,
    '',
    'go/intro',
  ])('never to "%s"', (address) => {
    expect(ownPage(address, PREFIX)).toBeUndefined();
  });

  test('with their query', () => {
    expect(ownPage(LINK, PREFIX)).toBe(LINK);
    expect(ownPage('//evil.example/x', '/')).toBeUndefined();
    expect(ownPage('/go/intro', '/')).toBe('/go/intro');
  });

  test('whatever a link says', async () => {
    const { browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    for (const name of ['next', 'urlpath', 'page']) {
      await alice.open(`${PREFIX}go/intro?${name}=${encodeURIComponent('//evil.example')}`);
    }
    expect(alice.visited.every(({ path }) => path.startsWith(PREFIX))).toBe(true);
  });
});

describe('A47: headers of a request', () => {
  test('never become part of an address or a cookie', async () => {
    const { browser } = await start();
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-for': '6.6.6.6',
      forwarded: 'host=evil.example',
    };
    const answer = await browser().request(LINK, { headers: { ...headers, host: 'evil.example' } });
    expect(JSON.stringify(answer.headers)).not.toContain('evil');
    expect(answer.headers.location).toMatch(/^\/jhub\/hub\/api\/oauth2\/authorize\?/);
  });
});

describe('A30: who somebody is', () => {
  test('is what the hub says, whatever their request says', async () => {
    const { f2git, browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    const answer = await alice.request(`${PREFIX}api/runs?user=bob&name=bob&uid=0`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'sec-fetch-site': 'same-origin',
        'x-f2git-token': f2git.site.forgery.tokenOf({ name: 'alice', groups: [] }),
        'x-remote-user': 'bob',
      },
      body: JSON.stringify({ course: 'intro', user: 'bob', workspace: '/home/bob', person: { name: 'bob' } }),
    });
    expect(answer.status).toBe(202);
    expect(f2git.script.jobs.map(({ workspace }) => workspace)).toEqual(['/home/alice/intro']);
  });

  test.each(['../root', 'a/b', 'a b', '1000', 'müller'])(
    '"%s" at the hub has no home, and is told so',
    async (name) => {
      const { browser } = await start();
      const one = browser();
      one.signInAtHub(name);
      const answer = await one.open(LINK);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('which home on this machine');
    },
  );
});

describe('A32: a course of other people', () => {
  const course = 'students: [anna, "group:python"]\n    staff: [prof, "group:ta"]\n    groups: { ta: [tim] }';

  test('looks like one that does not exist, and its source is not asked', async () => {
    const { browser, f2git } = await start({ course });
    const alice = browser();
    alice.signInAtHub('alice');
    const theirs = await alice.open(`${PREFIX}go/intro`);
    const unknown = await alice.open(`${PREFIX}go/other`);
    expect([theirs.status, unknown.status]).toEqual([404, 404]);
    expect(theirs.text.replaceAll('intro', 'other')).toBe(unknown.text);
    for (const path of [
      'open/intro',
      'zip/intro.zip',
      'api/courses/intro/tree',
      `api/blobs/${OID}`,
      `api/blobs/${OID}?course=intro`,
    ]) {
      expect((await alice.request(`${PREFIX}${path}`)).status, path).toBe(404);
    }
    expect(f2git.script.refreshes).toBe(0);
  });

  test.each([
    ['anna', {}],
    ['alice', { groups: ['python'] }],
    ['prof', {}],
    ['tim', {}],
    ['tara', { groups: ['ta'] }],
    ['root-of-hub', { admin: true }],
  ])('is for "%s"', async (name, user) => {
    const { browser, hub } = await start({ course });
    hub.users.set(name, user);
    const one = browser();
    one.signInAtHub(name);
    expect((await one.open(`${PREFIX}go/intro`)).status).toBe(200);
  });

  test.each([
    ['anna', {}, 404],
    ['alice', { groups: ['python'] }, 404],
    ['stranger', {}, 404],
    ['prof', {}, 200],
    ['tim', {}, 200],
    ['tara', { groups: ['ta'] }, 200],
    ['root-of-hub', { admin: true }, 200],
  ])('is looked after by staff alone: "%s"', async (name, user, status) => {
    const { browser, hub } = await start({ course });
    hub.users.set(name, user);
    const one = browser();
    one.signInAtHub(name);
    for (const path of ['teach', 'teach/intro']) expect((await one.open(`${PREFIX}${path}`)).status, path).toBe(status);
    const page = await one.open(`${PREFIX}go/${status === 200 || name !== 'stranger' ? 'intro' : 'other'}`);
    for (const path of ['look', 'confirm']) {
      const pressed = await one.request(`${PREFIX}teach/intro/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ f2git_form: formToken(page) }).toString(),
      });
      // without the token of a page nobody gets that far
      expect(pressed.status, path).toBe(status === 200 ? 303 : formToken(page) === '' ? 403 : 404);
    }
  });

  test('A38: a link of a course gives no right to it', async () => {
    const { browser, f2git } = await start({ course });
    const alice = browser();
    alice.signInAtHub('alice');
    expect((await alice.open(LINK)).status).toBe(404);
    expect(f2git.script.jobs).toEqual([]);
  });
});

describe('A46: without a name', () => {
  test.each(
    routes
      .filter(({ access }) => access === 'read' || access === 'change')
      .map((route) => [route.name, route] as const),
  )('%s shows nothing: pages lead to the login, programs are told', async (_, route) => {
    const { browser, f2git } = await start();
    const path =
      PREFIX +
      route.path
        .replace(':course', 'intro')
        .replace(':run', '20261122T100000Z-00000001')
        .replace(':oid', OID)
        .replace(':file', 'intro.zip');
    for (const accept of ['text/html', 'application/json', 'text/event-stream']) {
      const answer = await browser().request(path, { method: methodOf(route), headers: { accept } });
      const isPage = accept === 'text/html' && methodOf(route) === 'GET';
      expect(answer.status, accept).toBe(isPage ? 303 : 401);
      if (accept === 'application/json')
        expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'login-needed' } });
    }
    expect(f2git.script.jobs).toEqual([]);
  });

  test.each(routes.filter(({ access }) => access === 'token').map((route) => [route.name, route] as const))(
    '%s knows no made-up token',
    async (_, route) => {
      const { browser } = await start();
      const path = PREFIX + route.path.replace(':token', 'made-up').replace(':name', 'intro');
      const refused = route.name === 'laptop-token' ? 403 : 404;
      expect((await browser().request(path, { method: methodOf(route) })).status).toBe(refused);
    },
  );

  test('a token in the address is none', async () => {
    const { browser, hub } = await start();
    const token = hub.issueToken('alice');
    const answer = await browser().request(`${PREFIX}api/courses/intro/tree?token=${token}&access_token=${token}`, {
      headers: { accept: 'application/json' },
    });
    expect(answer.status).toBe(401);
  });
});

describe('A34: the counts of the server', () => {
  test('are for administrators, and for programs that may read the hub’s', async () => {
    const { browser, hub } = await start();
    hub.users.set('boss', { admin: true });
    const [alice, boss, nobody] = [browser(), browser(), browser()];
    alice.signInAtHub('alice');
    boss.signInAtHub('boss');
    for (const one of [alice, boss]) await one.open(LINK);
    const metrics = `${PREFIX}metrics`;
    expect((await nobody.request(metrics)).status).toBe(404);
    expect((await alice.request(metrics)).status).toBe(404);
    expect((await boss.request(metrics)).status).toBe(200);
    const authorization = `token ${hub.issueToken('service:prometheus', ['read:metrics'])}`;
    expect((await nobody.request(metrics, { headers: { authorization } })).status).toBe(200);
  });
});

describe('A41, A36: pages of f2git', () => {
  test('are never shown inside others, and opening one changes nothing', async () => {
    const { browser, f2git } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    const page = await alice.open(LINK, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' });
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect(f2git.script.jobs).toEqual([]);
  });

  test.each(['cors', 'same-origin', 'no-cors', 'websocket'])(
    'give no script what only they know (%s)',
    async (mode) => {
      const { browser, f2git } = await start();
      const alice = browser();
      alice.signInAtHub('alice');
      await alice.open(LINK);
      const token = f2git.site.forgery.tokenOf({ name: 'alice', groups: [] });
      expect((await alice.request(LINK)).text).toContain(token);
      for (const path of [LINK, `${PREFIX}go/intro`, `${PREFIX}open/intro`, PREFIX]) {
        for (const accept of ['text/html', 'application/json']) {
          const headers = { accept, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': mode };
          const answer = await alice.request(path, { headers });
          expect(answer.status).toBe(403);
          expect(answer.text).not.toContain(token);
        }
      }
    },
  );

  test('keep their windows to themselves', async () => {
    const { browser } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    const { headers } = await alice.open(LINK);
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['x-frame-options']).toBe('DENY');
  });

  test('are the only ones that start something, though students’ servers share the host', async () => {
    const { browser, f2git } = await start();
    const alice = browser();
    alice.signInAtHub('alice');
    await alice.open(LINK);
    // a notebook of somebody else that alice looks at: same origin, her cookies, no token of a page
    const answer = await alice.request(`${PREFIX}api/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin: `http://${HOST}` },
      body: JSON.stringify({ course: 'intro' }),
    });
    expect(answer.status).toBe(403);
    expect(f2git.script.jobs).toEqual([]);
  });
});

describe('A45: whoever has many clicks made', () => {
  test('gets one run for one link, a few for many, and costs nobody else', async () => {
    const { browser, f2git, hub } = await start();
    hub.users.set('bob', {});
    const opened = gate();
    f2git.script.run = async (job) => {
      await opened.opened;
      return reportOf(job);
    };
    const click = async (name: string, open: string): Promise<Answer> => {
      const one = browser();
      one.signInAtHub(name);
      await one.open(LINK);
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json',
        'sec-fetch-site': 'same-origin',
        'x-f2git-token': f2git.site.forgery.tokenOf({ name, groups: [] }),
      };
      return one.request(`${PREFIX}api/runs`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ course: 'intro', open }),
      });
    };
    const same = await Promise.all(Array.from({ length: 10 }, () => click('alice', 'a.md')));
    expect(new Set(same.map(({ text }) => (JSON.parse(text) as { run: string }).run)).size).toBe(1);
    const many = await Promise.all(Array.from({ length: 20 }, (_, index) => click('alice', `${index}.md`)));
    expect(many.filter(({ status }) => status === 503).length).toBeGreaterThan(10);
    expect((await click('bob', 'a.md')).status).toBe(202);
    opened.open();
  });
});

describe('A40: what people of the hub are called', () => {
  test('never becomes markup, nor do words of a login that failed', async () => {
    const { browser } = await start();
    const one = browser();
    one.signInAtHub('<script>alert(1)</script>');
    const refused = await one.open(LINK);
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain('<script>alert');
    expect(refused.text).toContain('&#60;script&#62;alert');
    const failed = await one.request(
      `${PREFIX}oauth_callback?error=<b>x</b>&error_description=<b>x</b>&state=<b>x</b>`,
    );
    expect(failed.text).not.toContain('<b>x');
  });
});
