/** Every route against every way of asking it wrongly. A route that is not listed here fails the first test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { methodOf, routes } from '../../src/web/routes.ts';
import {
  ask,
  click,
  courseId,
  OID,
  startTestServer,
  tokenFor,
  until,
  type Answer,
  type TestServer,
} from './harness.ts';

const NO_RUN = '20261122T100000Z-ffffffff';

interface Case {
  /** An address that answers well for `student`. `RUN` is a finished run of theirs. */
  readonly good: string;
  readonly status: number;
  /** What a program other than a browser sends. */
  readonly program?: { readonly type: string; readonly body: string };
  /** The fields of a good POST. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The same about a course that does not exist. */
  readonly unknownCourse?: string | Readonly<Record<string, string>>;
  readonly unknownRun?: string;
  /** What another student gets for an address with `RUN`. */
  readonly otherPerson?: number;
}

const cases: Readonly<Record<string, Case>> = {
  index: { good: '/', status: 200 },
  click: { good: '/go/intro', status: 200, unknownCourse: '/go/other' },
  'click-slash': { good: '/go/intro/', status: 303, unknownCourse: '/go/other/' },
  place: { good: '/open/intro?file=week1/lab1.ipynb', status: 200, unknownCourse: '/open/other' },
  'git-pull': {
    good: '/git-pull?repo=https%3A%2F%2Fgit.example.org%2Fintro.git',
    status: 303,
    unknownCourse: '/git-pull?repo=https%3A%2F%2Fgit.example.org%2Fother.git',
  },
  'git-sync': {
    good: '/git-sync?repo=https%3A%2F%2Fgit.example.org%2Fintro.git',
    status: 303,
    unknownCourse: '/git-sync?repo=https%3A%2F%2Fgit.example.org%2Fother.git',
  },
  interact: {
    good: '/interact?account=university&repo=intro',
    status: 303,
    unknownCourse: '/interact?account=university&repo=other',
  },
  start: { good: '/api/runs', status: 202, fields: { course: 'intro' }, unknownCourse: { course: 'other' } },
  run: { good: '/api/runs/RUN', status: 200, unknownRun: `/api/runs/${NO_RUN}`, otherPerson: 404 },
  events: { good: '/api/runs/RUN/events', status: 200, unknownRun: `/api/runs/${NO_RUN}/events`, otherPerson: 404 },
  undo: {
    good: '/api/runs/RUN/undo',
    status: 202,
    fields: {},
    unknownRun: `/api/runs/${NO_RUN}/undo`,
    otherPerson: 404,
  },
  take: {
    good: '/api/take',
    status: 202,
    fields: { course: 'intro', file: 'README.md' },
    unknownCourse: { course: 'other', file: 'README.md' },
  },
  courses: { good: '/api/courses', status: 200 },
  tree: { good: '/api/courses/intro/tree', status: 200, unknownCourse: '/api/courses/other/tree' },
  blob: { good: `/api/blobs/${OID}`, status: 200, unknownCourse: `/api/blobs/${OID}?course=other` },
  zip: { good: '/zip/intro.zip', status: 200, unknownCourse: '/zip/other.zip' },
  laptop: { good: '/laptop/intro', status: 200, unknownCourse: '/laptop/other' },
  'laptop-code': { good: '/laptop/intro/code', status: 200, fields: {} },
  'laptop-end': { good: '/laptop/intro/end', status: 200, fields: {} },
  // test/hub/laptop.test.ts has a good one
  'laptop-token': {
    good: '/api/courses/intro/token',
    status: 403,
    program: { type: 'application/json', body: '{"code":"AAAA-AAAA"}' },
  },
  teach: { good: '/teach', status: 200 },
  'teach-slash': { good: '/teach/', status: 303 },
  'teach-course': { good: '/teach/intro', status: 200, unknownCourse: '/teach/other' },
  'teach-look': { good: '/teach/intro/look', status: 303, fields: {}, unknownCourse: '/teach/other/look' },
  'teach-confirm': { good: '/teach/intro/confirm', status: 303, fields: { shown: 'nothing' } },
  // each-student.test.ts has a course that somebody signs in for
  connect: { good: '/connect/intro', status: 404, unknownCourse: '/connect/other' },
  connected: { good: '/connected/intro', status: 404, unknownCourse: '/connected/other' },
  // there is nothing to sign in to here; test/hub has the rest
  'signed-in': { good: '/oauth_callback', status: 404 },
  'sign-out': { good: '/logout', status: 404, fields: {} },
  'git-refs': { good: '/git/TOKEN/intro/info/refs?service=git-upload-pack', status: 200 },
  'git-pack': {
    good: '/git/TOKEN/intro/git-upload-pack',
    status: 200,
    program: { type: 'application/x-git-upload-pack-request', body: '0000' },
  },
  asset: { good: '/assets/page.css', status: 200 },
  health: { good: '/health', status: 200 },
  ready: { good: '/ready', status: 200 },
  metrics: { good: '/metrics', status: 200 },
};

let server: TestServer;
let run = '';
let token = '';

beforeAll(async () => {
  server = await startTestServer();
  run = await click(server);
  token = server.site.capabilities.tokenOf({ purpose: 'git', course: courseId('intro'), audience: 'all' });
  await until(async () => ((await ask(server, `/api/runs/${run}`)).text.includes('"outcome"') ? true : undefined));
});

afterAll(() => server.close());

function without(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}

test('every route of the table is listed here, and nothing else', () => {
  expect(Object.keys(cases).sort()).toEqual(routes.map((route) => route.name).sort());
});

test('only POST changes something', () => {
  for (const route of routes.filter(({ access }) => access !== 'token')) {
    expect(methodOf(route)).toBe(route.access === 'change' ? 'POST' : 'GET');
  }
});

describe.each(routes.map((route) => [route.name, route] as const))('%s', (name, route) => {
  const one = cases[name]!;
  const path = (text: string): string => text.replace('RUN', run).replace('TOKEN', token);
  const goodHeaders = async (user = 'student'): Promise<Record<string, string>> =>
    methodOf(route) === 'GET' || one.program !== undefined
      ? { ...(one.program === undefined ? {} : { 'content-type': one.program.type }) }
      : {
          'content-type': 'application/json',
          'sec-fetch-site': 'same-origin',
          'x-f2git-token': await tokenFor(server, user),
        };
  const send = async (
    target: string,
    headers: Readonly<Record<string, string>>,
    fields = one.fields,
  ): Promise<Answer> =>
    ask(server, path(target), {
      method: methodOf(route),
      headers,
      ...(methodOf(route) === 'POST' ? { body: one.program?.body ?? JSON.stringify(fields) } : {}),
    });

  test('answers', async () => {
    expect((await send(one.good, await goodHeaders())).status).toBe(one.status);
  });

  test('protects its answer', async () => {
    const { headers } = await send(one.good, await goodHeaders());
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter((method) => method !== methodOf(route)))(
    'refuses %s',
    async (method) => {
      const answer = await ask(server, path(one.good), { method });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toContain(methodOf(route));
    },
  );

  if (route.access !== 'open' && route.access !== 'token') {
    test.each([
      'evil.example.org',
      'evil.example.org:80',
      '127.0.0.1.evil.example.org',
      '10.0.0.1',
      'localhost.example.org',
    ])('refuses the foreign host name "%s"', async (host) => {
      expect((await send(one.good, { ...(await goodHeaders()), host })).status).toBe(403);
    });

    test.each(['../root', 'a/b', '.', '..', '-rf', 'a'.repeat(65), 'a\u0000b', 'ä', '.git'])(
      'refuses the student name "%s"',
      async (user) => {
        const target = `${one.good}${one.good.includes('?') ? '&' : '?'}user=${encodeURIComponent(user)}`;
        expect((await send(target, await goodHeaders())).status).toBe(400);
      },
    );
  }

  if (route.access === 'change') {
    test('refuses a request without the token', async () => {
      const jobs = server.script.jobs.length;
      const headers = without(await goodHeaders(), 'x-f2git-token');
      expect((await send(one.good, headers)).status).toBe(403);
      expect(server.script.jobs.length).toBe(jobs);
    });

    test('lets a program in that sends JSON and nothing of a browser', async () => {
      const headers = { 'content-type': 'application/json' };
      expect((await send(one.good, headers)).status).toBe(one.status);
      for (const [name, value] of [
        ['cookie', 'a=b'],
        ['referer', 'http://127.0.0.1/'],
        ['origin', 'http://127.0.0.1'],
      ]) {
        expect((await send(one.good, { ...headers, [name as string]: value as string })).status).toBe(403);
      }
    });

    test("refuses another student's token", async () => {
      expect((await send(one.good, await goodHeaders('anna'))).status).toBe(403);
    });

    test.each(['cross-site', 'same-site', 'none'])('refuses a request that started %s', async (site) => {
      expect((await send(one.good, { ...(await goodHeaders()), 'sec-fetch-site': site })).status).toBe(403);
    });

    test('refuses a foreign origin where the browser says no more', async () => {
      const headers = without(await goodHeaders(), 'sec-fetch-site');
      expect((await send(one.good, { ...headers, origin: 'http://evil.example.org' })).status).toBe(403);
      expect((await send(one.good, { ...headers, origin: 'null' })).status).toBe(403);
    });

    test('refuses a body of more than 64 kB', async () => {
      expect((await send(one.good, await goodHeaders(), { ...one.fields, more: 'x'.repeat(70_000) })).status).toBe(413);
    });

    test('refuses a body that is no JSON', async () => {
      const answer = await ask(server, path(one.good), { method: 'POST', headers: await goodHeaders(), body: '{' });
      expect(answer.status).toBe(400);
    });
  }

  if (one.unknownCourse !== undefined) {
    test('says 404 of an unknown course', async () => {
      const target = typeof one.unknownCourse === 'string' ? one.unknownCourse : one.good;
      const fields = typeof one.unknownCourse === 'string' ? one.fields : one.unknownCourse;
      const answer = await send(target, await goodHeaders(), fields);
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'course-unknown' } });
    });
  }

  if (one.unknownRun !== undefined) {
    test('says 404 of an unknown run', async () => {
      expect((await send(one.unknownRun!, await goodHeaders())).status).toBe(404);
    });
  }

  if (one.otherPerson !== undefined) {
    test("shows nobody another student's run", async () => {
      const answer = await send(`${one.good}?user=anna`, await goodHeaders('anna'));
      expect(answer.status).toBe(one.otherPerson);
      expect(answer.text).not.toContain('/home/student');
    });
  }
});

test('a forbidden course and an unknown one cannot be told apart', async () => {
  const identity = { ...server.site.identity, mayTake: () => false };
  const other = await startTestServer({ identity });
  try {
    for (const target of ['/go/intro', '/zip/intro.zip', '/api/courses/intro/tree', '/open/intro']) {
      const forbidden = await ask(other, target);
      const unknown = await ask(other, target.replace('intro', 'atlas'));
      expect(forbidden.status).toBe(404);
      expect(forbidden.text.replaceAll('intro', 'atlas')).toBe(unknown.text);
    }
    expect((await ask(other, `/api/blobs/${OID}`)).status).toBe(404);
    expect(other.script.refreshes).toBe(0);
  } finally {
    await other.close();
  }
});

test('a slash behind a link leads to the same link', async () => {
  const answer = await ask(server, '/go/intro/?open=week1%2Flab1.ipynb&app=lab&user=anna');
  const where = new URL(answer.headers['location'] ?? '', 'http://hub.example.org/go/intro/');
  expect([answer.status, where.pathname, Object.fromEntries(where.searchParams)]).toEqual([
    303,
    '/go/intro',
    { open: 'week1/lab1.ipynb', app: 'lab', user: 'anna' },
  ]);
});

test('the archive of a course without the ending of an archive leads to it', async () => {
  const answer = await ask(server, '/zip/intro?user=anna');
  expect([answer.status, answer.headers['location']]).toEqual([303, '../zip/intro.zip?user=anna']);
  expect((await ask(server, '/zip/other')).status).toBe(404);
});

test('unknown pages are answered as a page or a document, as asked', async () => {
  const page = await ask(server, '/nowhere', { headers: { accept: 'text/html,*/*;q=0.8', 'accept-language': 'de' } });
  expect(page.status).toBe(404);
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.text).toContain('<html lang="de">');
  // git, where its machine has no language
  const git = await ask(server, '/nowhere', { headers: { accept: 'text/html', 'accept-language': 'C, *;q=0.9' } });
  expect(git.text).toContain('<html lang="en">');
  const document = await ask(server, '/nowhere');
  expect(JSON.parse(document.text)).toMatchObject({ f2git: 1, error: { code: 'page-unknown' } });
});

test('headers of a request never become part of an answer', async () => {
  const headers = {
    'x-forwarded-host': 'evil.example.org',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/evil',
  };
  for (const target of ['/', '/go/intro', '/git-pull?repo=https%3A%2F%2Fgit.example.org%2Fintro.git']) {
    const answer = await ask(server, target, { headers });
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain('evil');
  }
});

test('metrics and logs name no student', async () => {
  await click(server, {}, 'anna-lena');
  const metrics = await ask(server, '/metrics');
  expect(metrics.text).toContain('f2git_runs_total');
  expect(metrics.text).not.toContain('anna-lena');
  expect(JSON.stringify(server.logLines)).not.toContain('anna-lena');
});

test('everything works below a prefix', async () => {
  const below = await startTestServer({ prefix: '/services/f2git/' });
  try {
    expect((await ask(below, '/services/f2git/go/intro')).status).toBe(200);
    expect((await ask(below, '/go/intro')).status).toBe(404);
    const root = await ask(below, '/services/f2git');
    expect([root.status, root.headers.location]).toEqual([307, 'f2git/']);
  } finally {
    await below.close();
  }
});
