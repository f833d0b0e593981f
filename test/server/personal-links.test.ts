/** `auth: links` over real HTTP: what a personal link opens, and everything it does not. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CourseId } from '../../src/core/ids.ts';
import type { Membership } from '../../src/hub/roles.ts';
import { identityLinks } from '../../src/web/identity-links.ts';
import { createPasses, linksKey, openLinkGenerations, type Pass } from '../../src/web/personal-links.ts';
import { methodOf, routes } from '../../src/web/routes.ts';
import { formToken } from './click.ts';
import { ask, courseId, OID, startTestServer, until, type Answer, type TestServer } from './harness.ts';

const INTRO = courseId('intro');
const OTHER = courseId('other');
const DAY = 86_400_000;
const START = Date.parse('2026-11-22T10:00:00Z');

let now = START;
let revoked: Record<string, number>;
let membership: Membership;
let server: TestServer;

const clock = (): Date => new Date(now);
const key = linksKey(Buffer.alloc(32, 1));
const passes = createPasses(key, clock);
const generationOf = openLinkGenerations(
  { generationOf: (course) => String(revoked[course] ?? 0) },
  { timesSignedOut: (name) => revoked[name] ?? 0 },
);

const everybody: Membership = { groups: new Map(), staff: ['prof'] };

beforeEach(async () => {
  now = START;
  revoked = {};
  membership = everybody;
  const courses = new Map<CourseId, Membership>([
    [
      INTRO,
      {
        get groups() {
          return membership.groups;
        },
        get staff() {
          return membership.staff;
        },
        get students() {
          return membership.students;
        },
      } as Membership,
    ],
    [OTHER, everybody],
  ]);
  const identity = identityLinks({
    accounts: 'same',
    prefix: '/f2git/',
    publicUrl: 'https://x.example/f2git',
    courses,
    key,
    generationOf,
    now: clock,
  });
  server = await startTestServer({ prefix: '/f2git/', identity, now: clock });
});
afterEach(() => server.close());

function passFor(name: string, change: Partial<Pass> = {}): string {
  const course = change.course ?? INTRO;
  return passes.textOf({ name, course, generation: generationOf(course, name), until: now + 100 * DAY, ...change });
}

const linkFor = (name: string, change: Partial<Pass> = {}): string =>
  `/f2git/go/intro?open=README.md&pass=${passFor(name, change)}`;

/** A browser as far as this one cookie goes. */
function browser() {
  let cookie: string | undefined;
  const send = async (
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) => {
    const headers = { accept: 'text/html', ...(cookie === undefined ? {} : { cookie }), ...options.headers };
    const answer = await ask(server, path, { ...options, headers });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';');
      cookie = line.includes('Max-Age=0') ? undefined : pair;
    }
    return answer;
  };
  const open = async (path: string): Promise<Answer> => {
    const answer = await send(path);
    const { location } = answer.headers;
    return location === undefined ? answer : open(new URL(location, `http://x${path}`).href.slice('http://x'.length));
  };
  return { send, open, cookie: () => cookie };
}

function refusal(answer: Answer): readonly unknown[] {
  return [answer.status, /<code>([a-z-]+)<\/code/.exec(answer.text)?.[1]];
}

describe('the first click with a personal link', () => {
  test('leads to the same page without it, and is known from then on', async () => {
    const anna = browser();
    const first = await anna.send(linkFor('anna'));
    expect([first.status, first.headers.location]).toEqual([303, '/f2git/go/intro?open=README.md']);
    const [line = ''] = first.headers['set-cookie'] ?? [];
    expect(line).toMatch(
      /^__Secure-f2git-session=[\w-]+; Path=\/f2git\/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000$/,
    );
    expect((await anna.send('/f2git/go/intro')).text).toContain('As anna');
  });

  test('starts a run as that person, from the page alone', async () => {
    const anna = browser();
    const page = await anna.open(linkFor('anna'));
    const start = (headers: Record<string, string>): Promise<Answer> =>
      anna.send('/f2git/api/runs', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body: JSON.stringify({ course: 'intro' }),
      });
    expect((await start({})).status).toBe(403);
    expect((await start({ 'sec-fetch-site': 'cross-site', 'x-f2git-token': formToken(page) })).status).toBe(403);
    expect((await start({ 'sec-fetch-site': 'same-origin', 'x-f2git-token': formToken(page) })).status).toBe(202);
    await until(() => server.script.jobs[0]);
    expect(server.script.jobs.map(({ workspace }) => workspace)).toEqual(['/home/anna/intro']);
  });

  test('ends the session when the link itself ends', async () => {
    const anna = browser();
    const first = await anna.send(linkFor('anna', { until: now + DAY }));
    expect(first.headers['set-cookie']?.[0]).toContain('Max-Age=86400');
    now += DAY + 1000;
    expect((await anna.send('/f2git/go/intro')).status).toBe(401);
  });

  test('of a script or a frame does nothing', async () => {
    const anna = browser();
    for (const mode of ['cors', 'no-cors', 'same-origin']) {
      const answer = await anna.send(linkFor('anna'), { headers: { 'sec-fetch-mode': mode } });
      expect([answer.status, anna.cookie()]).toEqual([403, undefined]);
    }
  });
});

describe('A37: a personal link', () => {
  test('that was changed, in any of 10,000 ways, is nobody’s', () => {
    const good = passFor('anna');
    const letter = fc.constantFrom(
      ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n'),
    );
    const at = fc.nat({ max: good.length - 1 });
    const changed = fc.oneof(
      fc.tuple(at, letter).map(([i, one]) => good.slice(0, i) + one + good.slice(i + 1)),
      fc.tuple(at, letter).map(([i, one]) => good.slice(0, i) + one + good.slice(i)),
      at.map((i) => good.slice(0, i)),
      at.map((i) => good.slice(0, i) + good.slice(i + 1)),
      fc.tuple(at, at).map(([i, j]) => good.slice(0, i) + good.slice(j)),
      fc.string({ maxLength: 200 }),
      fc.record({ name: fc.string(), until: fc.integer() }).map(({ name, until }) => {
        const body = Buffer.from(JSON.stringify([1, name, 'intro', '0.0', until])).toString('base64url');
        return `${body}.${good.split('.')[1] ?? ''}`;
      }),
    );
    fc.assert(
      fc.property(changed, (text) => {
        fc.pre(text !== good);
        expect(passes.read(text)).toBeUndefined();
      }),
      { numRuns: 10_000 },
    );
    expect(passes.read(good)?.name).toBe('anna');
  });

  test.each([
    [
      'made by another server',
      () =>
        createPasses(linksKey(Buffer.alloc(32, 2)), clock).textOf({
          name: 'anna',
          course: INTRO,
          generation: '0.0',
          until: now + DAY,
        }),
    ],
    ['whose time is over', () => passFor('anna', { until: now })],
    ['of those that were revoked', () => passFor('anna', { generation: '7.0' })],
    ['without a name', () => 'x.y'],
  ])('%s is refused in words', async (_, text) => {
    const one = browser();
    expect(refusal(await one.send(`/f2git/go/intro?pass=${text()}`))).toEqual([403, 'link-refused']);
    expect(one.cookie()).toBeUndefined();
  });

  test('opens no other course', async () => {
    const identity = server.site.identity;
    const headers = { authorization: `Bearer ${passFor('anna')}` };
    const person = await identity.identify({ headers } as never, new URLSearchParams());
    expect([identity.mayTake(person, INTRO), identity.mayTake(person, OTHER)]).toEqual([true, false]);
  });

  test('of a second course adds to the first', async () => {
    const anna = browser();
    await anna.send(linkFor('anna', { course: OTHER }));
    await anna.send(linkFor('anna'));
    const person = await server.site.identity.identify(
      { headers: { cookie: anna.cookie() } } as never,
      new URLSearchParams(),
    );
    expect([INTRO, OTHER].map((course) => server.site.identity.mayTake(person, course))).toEqual([true, true]);
  });

  test.each(['intro', 'anna'])(
    'is worth nothing as soon as those of %s are ended, also in a browser that is known',
    async (whose) => {
      const anna = browser();
      expect((await anna.open(linkFor('anna'))).status).toBe(200);
      const old = linkFor('anna');
      revoked[whose] = 1;
      expect(refusal(await anna.send('/f2git/go/intro'))).toEqual([403, 'link-refused']);
      expect(refusal(await browser().send(old))).toEqual([403, 'link-refused']);
      expect((await anna.open(linkFor('anna'))).status).toBe(200);
    },
  );
});

describe('A38: a personal link', () => {
  test('gives no right to who is not among the course’s students', async () => {
    membership = { ...everybody, students: ['ben'] };
    expect((await browser().open(linkFor('anna'))).status).toBe(404);
    expect((await browser().open(linkFor('ben'))).status).toBe(200);
    expect(server.script.jobs).toEqual([]);
  });

  test('makes nobody somebody else unseen', async () => {
    const anna = browser();
    const page = await anna.open(linkFor('anna'));
    const other = await anna.send(linkFor('mallory'));
    expect(refusal(other)).toEqual([403, 'link-of-other']);
    expect((await anna.send('/f2git/go/intro')).text).toContain('As anna');
    const out = await anna.send('/f2git/logout', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ f2git_form: formToken(page) }).toString(),
    });
    expect([out.status, out.text]).toEqual([200, expect.not.stringContaining('JupyterHub')]);
    expect((await anna.open(linkFor('mallory'))).text).toContain('As mallory');
  });
});

describe('roles', () => {
  test('staff see their page and the counts; students do not', async () => {
    const prof = browser();
    const anna = browser();
    expect((await prof.open(`/f2git/teach/intro?pass=${passFor('prof')}`)).status).toBe(200);
    expect((await prof.send('/f2git/metrics')).status).toBe(200);
    await anna.open(linkFor('anna'));
    expect((await anna.send('/f2git/teach/intro')).status).toBe(404);
    expect((await anna.send('/f2git/metrics')).status).toBe(404);
    const counts = (name: string): Promise<Answer> =>
      ask(server, '/f2git/metrics', { headers: { authorization: `Bearer ${passFor(name)}` } });
    expect([(await counts('prof')).status, (await counts('anna')).status]).toEqual([200, 404]);
  });

  test('a laptop of theirs reads the one course, until the links are ended', async () => {
    const anna = browser();
    await anna.open(linkFor('anna'));
    const person = await server.site.identity.identify(
      { headers: { cookie: anna.cookie() } } as never,
      new URLSearchParams(),
    );
    const token = server.site.laptops.redeem(INTRO, server.site.laptops.issue(person, INTRO)) ?? '';
    const tree = (): Promise<Answer> =>
      ask(server, '/f2git/api/courses/intro/tree', { headers: { authorization: `Bearer ${token}` } });
    expect((await tree()).status).toBe(200);
    membership = { ...everybody, students: ['ben'] };
    expect((await tree()).status).toBe(404);
  });
});

describe('A46: without a link', () => {
  test.each(
    routes
      .filter(({ access }) => access === 'read' || access === 'change')
      .map((route) => [route.name, route] as const),
  )('%s shows nothing', async (_, route) => {
    const path = route.path
      .replace(':course', 'intro')
      .replace(':run', '20261122T100000Z-00000001')
      .replace(':oid', OID)
      .replace(':file', 'intro.zip');
    for (const accept of ['text/html', 'application/json']) {
      const answer = await ask(server, `/f2git/${path}`, { method: methodOf(route), headers: { accept } });
      expect(answer.status).toBe(401);
    }
    expect(server.script.jobs).toEqual([]);
  });
});
