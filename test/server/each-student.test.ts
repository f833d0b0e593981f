/** `as: each-student`: each student signs in at the platform and has what they see there, and nobody else has it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig, type Config } from '../../src/config.ts';
import { openConfiguredCourse } from '../../src/configured-course.ts';
import { parseCourseId } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { startStudipCourse, type StudipCourse } from '../sources/fake/studip-course.ts';
import { CLIENT_ID, CLIENT_SECRET, startOAuthServer, type OAuthServer } from '../support/oauth-server.ts';
import { click } from './click.ts';
import { ask, builtAssets, builtWorker, programFolder, until, type Answer } from './harness.ts';

let root: string;
let platform: TwoViews;
let server: RunningServer | undefined;
let log = '';
/** Days that passed by the server's clock. */
let days = 0;

beforeAll(async () => {
  await builtAssets();
  await builtWorker();
});

beforeEach(async () => {
  log = '';
  days = 0;
  root = mkdtempSync(join(tmpdir(), 'f2git-each-'));
  writeFileSync(join(root, 'secret'), CLIENT_SECRET, { mode: 0o600 });
  platform = await TwoViews.start();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await platform.stop();
  rmSync(root, { recursive: true, force: true });
});

/**
 * A Stud.IP that shows each person something else: two courses of the fake behind one address, told apart by whose
 * token a request carries. Who signs in next is `next`.
 */
class TwoViews {
  next = 'anna';
  /** Asked by anybody who is signed in, it says to come back in ten minutes; counts those requests. */
  asksForPatience = false;
  refused = 0;
  readonly #owners = new Map<string, string>();
  readonly views: Readonly<Record<string, StudipCourse>>;
  readonly oauth: OAuthServer;
  readonly #server: Server;

  private constructor(views: Readonly<Record<string, StudipCourse>>, oauth: OAuthServer) {
    this.views = views;
    this.oauth = oauth;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<TwoViews> {
    const views = { anna: await startStudipCourse('autor'), ben: await startStudipCourse('autor') };
    const platform = new TwoViews(views, await startOAuthServer('studip'));
    await new Promise<void>((resolve) => platform.#server.listen(0, '127.0.0.1', resolve));
    return platform;
  }

  /** The address of the course, as a browser shows it. */
  get address(): string {
    const url = new URL(String(this.views['anna']?.raw['url']));
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await Promise.all([this.oauth.stop(), ...Object.values(this.views).map((view) => view.stop())]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const path = request.url ?? '';
    if (path.endsWith('/oauth2/token')) return this.#giveToken(body, response);
    const owner = this.#owners.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    const view = owner === undefined ? undefined : this.views[owner];
    if (view === undefined)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="Stud.IP JSON-API"' }).end();
    if (this.asksForPatience) {
      this.refused++;
      return void response.writeHead(429, { 'retry-after': '600' }).end();
    }
    const authorization = view.server.basic;
    const answer = await fetch(`${view.server.origin}${path}`, {
      headers: { accept: request.headers.accept ?? '*/*', authorization },
      redirect: 'manual',
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  async #giveToken(form: Buffer, response: ServerResponse): Promise<void> {
    const answer = await fetch(this.oauth.endpoints.token, { method: 'POST', body: new Uint8Array(form) });
    const text = await answer.text();
    if (answer.ok) this.#owners.set((JSON.parse(text) as { access_token: string }).access_token, this.next);
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text);
  }
}

async function start(course = 'intro'): Promise<{ origin: string; config: Config }> {
  const text = `listen: 127.0.0.1:0
data: ./data
homes: ./homes/{user}
auth: none
courses:
  ${course}:
    source: { type: studip, url: "${platform.address}", as: each-student }
    credentials:
      oauth:
        client_id: ${CLIENT_ID}
        client_secret_file: secret
        token_file: staff
        redirect_url: https://f2git.example.org/connected/${course}
    allow_private_addresses: true
    freshness: 0s
`;
  const config = parseConfig(text, { folder: root, environment: {} });
  server = await startServer(config, {
    programFolder,
    now: () => new Date(Date.now() + days * 86_400_000),
    firstRoundMs: 0,
    log: (level, event, facts) => (log += JSON.stringify({ level, event, ...facts })),
  });
  return { origin: server.url.replace(/\/$/, ''), config };
}

/** The way to the platform and back, as the browser of `user` goes it. */
async function signIn(at: { origin: string }, user: string, says: 'yes' | 'no' = 'yes'): Promise<Answer> {
  platform.next = user;
  const page = await ask(at, `/go/intro?user=${user}&open=a.txt&lang=en`);
  const [, href = ''] = /href="([^"]*connect\/intro[^"]*)"/.exec(page.text) ?? [];
  const there = await ask(
    at,
    new URL(href.replaceAll('&#38;', '&'), `${at.origin}/go/intro`).href.slice(at.origin.length),
  );
  const back = new URL(platform.oauth.desk.agree(String(there.headers['location']), says));
  return ask(at, `${back.pathname}${back.search}`);
}

const home = (user: string): string[] =>
  readdirSync(join(root, 'homes', user, 'intro')).filter((name) => name !== '.f2git');

test('each student gets what they see at the platform, once they signed in there', async () => {
  await platform.views['anna']!.driver.put(['a.txt'], Buffer.from('for anna'));
  await platform.views['ben']!.driver.put(['b.txt'], Buffer.from('for ben'));
  const at = await start();
  const back = await signIn(at, 'anna');
  expect([back.status, back.headers['location']]).toEqual([
    303,
    expect.stringMatching(/go\/intro\?open=a\.txt&user=anna/),
  ]);
  await click(at, 'anna');
  expect(home('anna')).toEqual(['a.txt']);
  expect((await ask(at, '/go/intro?user=ben&lang=en')).text).toContain('Sign in once');
  await signIn(at, 'ben');
  await click(at, 'ben');
  expect([home('anna'), home('ben')]).toEqual([['a.txt'], ['b.txt']]);
  const tree = (user: string) => ask(at, `/api/courses/intro/tree?user=${user}`);
  const { offer } = JSON.parse((await tree('anna')).text) as { offer: { files: { oid: string }[] } };
  const blob = (user: string) => ask(at, `/api/blobs/${offer.files[0]!.oid}?user=${user}`);
  expect([(await blob('anna')).status, (await blob('ben')).status]).toEqual([200, 404]);
  const kept = join(root, 'data/intro/students/anna/sign-in.json');
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  expect(existsSync(join(root, 'data/intro/all.git'))).toBe(false);
});

test('who has not signed in is told so, in a page and in a document', async () => {
  const at = await start();
  const tree = await ask(at, '/api/courses/intro/tree?user=eve');
  expect([tree.status, JSON.parse(tree.text)]).toMatchObject([403, { error: { code: 'platform-login-needed' } }]);
  const refused = await signIn(at, 'anna', 'no');
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('Signing in at the learning platform')]);
  expect(existsSync(join(root, 'data/intro/students/anna/sign-in.json'))).toBe(false);
});

test('a sign-in comes back once, and only with the state it went with', async () => {
  const at = await start();
  platform.next = 'anna';
  const there = await ask(at, '/connect/intro?user=anna');
  const back = new URL(platform.oauth.desk.agree(String(there.headers['location'])));
  const forged = new URLSearchParams(back.search);
  forged.set('state', 'of-somebody-else');
  expect((await ask(at, `${back.pathname}?${forged.toString()}`)).status).toBe(403);
  expect((await ask(at, `${back.pathname}${back.search}`)).status).toBe(303);
  expect((await ask(at, `${back.pathname}${back.search}`)).status).toBe(403);
});

test('a sign-in that ended is asked for again, and what came before stays at hand', async () => {
  await platform.views['anna']!.driver.put(['a.txt'], Buffer.from('for anna'));
  const at = await start();
  await signIn(at, 'anna');
  await click(at, 'anna');
  const kept = join(root, 'data/intro/students/anna/sign-in.json');
  const tokens = JSON.parse(readFileSync(kept, 'utf8')) as Record<string, string>;
  const dead = { ...tokens, access_token: 'dead-access', refresh_token: 'dead-refresh' };
  await server?.close();
  writeFileSync(kept, JSON.stringify(dead));
  const later = await start();
  expect(await click(later, 'anna')).toMatchObject({ source: { state: 'unreachable' } });
  expect(home('anna')).toEqual(['a.txt']);
  const page = (await ask(later, '/go/intro?user=anna&lang=en')).text;
  expect(page).toContain('Your sign-in has ended');
  expect(page).toContain('Go on with what came last time');
  await platform.views['anna']!.driver.put(['new.txt'], Buffer.from('new'));
  await signIn(later, 'anna');
  await click(later, 'anna');
  expect(home('anna')).toEqual(['a.txt', 'new.txt']);
  expect(log).not.toMatch(/dead-|access-|refresh-|canary-client-secret/);
});

test('what is purged beside the running server no student can get any more', async () => {
  for (const { driver } of Object.values(platform.views)) {
    await driver.put(['open.txt'], Buffer.from('open'));
    await driver.put(['exam.txt'], Buffer.from('SECRET'));
  }
  const { config, ...at } = await start();
  await signIn(at, 'anna');
  await click(at, 'anna');
  const tree = async (user: string) => {
    const { offer } = JSON.parse((await ask(at, `/api/courses/intro/tree?user=${user}`)).text) as {
      offer: { files: { path: string; oid: string }[] };
    };
    return offer.files;
  };
  const exam = (await tree('anna')).find(({ path }) => path === 'exam.txt');
  const blob = () => ask(at, `/api/blobs/${exam?.oid ?? ''}?user=anna`);
  expect((await blob()).status).toBe(200);
  const command = openConfiguredCourse(config, config.courses.get(parseCourseId('intro')!)!, () => new Date());
  expect(await command.purge(relPathOf('exam.txt'))).toEqual({ contents: 1, elsewhere: [] });
  await command.close();
  expect((await blob()).status).toBe(404);
  await click(at, 'anna');
  await signIn(at, 'ben');
  await click(at, 'ben');
  expect([await tree('anna'), await tree('ben')].map((files) => files.map(({ path }) => path))).toEqual([
    ['open.txt'],
    ['open.txt'],
  ]);
  expect([home('anna'), home('ben')]).toEqual([['open.txt'], ['open.txt']]);
});

/** What lies open in the folder of a student. */
const openFilesOf = (user: string): string[] =>
  readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        // closed meanwhile: the folder of descriptors is read through one itself
        return '';
      }
    })
    .filter((path) => path.includes(`/students/${user}/`));

test('a student nobody hears of for half an hour keeps no file open', async () => {
  await platform.views['anna']!.driver.put(['a.txt'], Buffer.from('for anna'));
  await platform.views['ben']!.driver.put(['b.txt'], Buffer.from('for ben'));
  const at = await start();
  const readAll = async (user: string): Promise<string> => {
    const { text } = await ask(at, `/api/courses/intro/tree?user=${user}`);
    const { offer } = JSON.parse(text) as { offer: { files: { oid: string }[] } };
    return (await ask(at, `/api/blobs/${offer.files[0]!.oid}?user=${user}`)).text;
  };
  await signIn(at, 'anna');
  await signIn(at, 'ben');
  expect([await readAll('anna'), await readAll('ben')]).toEqual(['for anna', 'for ben']);
  expect(openFilesOf('anna').length).toBeGreaterThan(0);
  days = 0.5 / 24;
  await readAll('ben');
  expect([openFilesOf('anna'), openFilesOf('ben').length > 0]).toEqual([[], true]);
  expect(await readAll('anna')).toBe('for anna');
});

test('a platform that asks for patience is left alone, however many others come meanwhile', async () => {
  await platform.views['anna']!.driver.put(['a.txt'], Buffer.from('for anna'));
  const at = await start();
  await signIn(at, 'anna');
  const stateNow = async (): Promise<unknown> => {
    const { text } = await ask(at, '/api/courses/intro/tree?user=anna');
    return (JSON.parse(text) as { offer: { source: { state: string } } }).offer.source.state;
  };
  expect(await stateNow()).toBe('fresh');
  platform.asksForPatience = true;
  expect(await stateNow()).toBe('unreachable');
  const { refused } = platform;
  for (let n = 0; n <= 101; n += 1)
    expect((await ask(at, `/api/blobs/${'0'.repeat(40)}?user=student${n}`)).status).toBe(404);
  expect(openFilesOf('anna')).toEqual([]);
  expect([await stateNow(), platform.refused]).toEqual(['unreachable', refused]);
  expect(refused).toBeGreaterThan(0);
});

const LINES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
const lines = (change: Readonly<Record<string, string>> = {}): string =>
  LINES.map((line) => `${change[line] ?? line}\n`).join('');

/** Ben clicked a moment ago: the clock is not just wrong. */
function benIsHere(): void {
  const ben = join(root, 'data/intro/students/ben');
  const at = new Date(Date.now() + days * 86_400_000);
  mkdirSync(ben, { recursive: true });
  writeFileSync(join(ben, 'checked'), '');
  utimesSync(join(ben, 'checked'), at, at);
}

test('who comes back after half a year signs in again, and finds every edit merged', async () => {
  const { driver } = platform.views['anna']!;
  const binary = Buffer.from([0, 1, 2, ...Buffer.from('BINARY')]);
  await driver.put(['notes.txt'], Buffer.from(lines()));
  await driver.put(['figure.bin'], binary);
  await driver.put(['moved.txt'], Buffer.from('moved'));
  await signIn(await start(), 'anna');
  const click1 = await click({ origin: server!.url.replace(/\/$/, '') }, 'anna');
  expect(click1['outcome']).toBe('updated');
  const own = join(root, 'homes/anna/intro');
  writeFileSync(join(own, 'notes.txt'), lines({ one: 'MINE' }));
  writeFileSync(join(own, 'figure.bin'), Buffer.concat([binary, Buffer.from('MINE')]));
  await server!.close();
  days = 200;
  const student = join(root, 'data/intro/students/anna');
  await start();
  await until(() => Promise.resolve(log.includes('let go of nothing') || undefined));
  expect(existsSync(join(student, 'sign-in.json'))).toBe(true);
  await server!.close();
  benIsHere();
  const at = await start();
  await until(() => Promise.resolve(existsSync(join(student, 'sign-in.json')) ? undefined : true));
  expect(log).toContain('let go of unused sign-ins');
  const kept = readdirSync(join(student, 'all.git/objects/pack'));
  expect(kept.filter((name) => name.endsWith('.pack'))).toHaveLength(1);
  expect((await ask(at, '/go/intro?user=anna&lang=en')).text).toContain('Sign in once');
  await driver.put(['notes.txt'], Buffer.from(lines({ seven: 'COURSE' })));
  await driver.move?.(['moved.txt'], ['elsewhere.txt']);
  await signIn(at, 'anna');
  const back = await click(at, 'anna');
  expect(readFileSync(join(own, 'notes.txt'), 'utf8')).toBe(lines({ one: 'MINE', seven: 'COURSE' }));
  expect(readFileSync(join(own, 'figure.bin')).subarray(-4).toString()).toBe('MINE');
  expect(JSON.stringify(back)).not.toContain('declined');
  expect(home('anna').filter((name) => name.includes('.course'))).toEqual([]);
  await server!.close();
  days = 200 + 731;
  benIsHere();
  await start();
  await until(() => Promise.resolve(existsSync(student) ? undefined : true));
  expect(readFileSync(join(own, 'notes.txt'), 'utf8')).toContain('MINE');
});

test('of a course that is no longer configured the sign-ins go as well', async () => {
  await platform.views['anna']!.driver.put(['a.txt'], Buffer.from('for anna'));
  await signIn(await start(), 'anna');
  await server!.close();
  const student = join(root, 'data/intro/students/anna');
  expect(existsSync(join(student, 'sign-in.json'))).toBe(true);
  days = 200;
  benIsHere();
  await start('another');
  await until(() => Promise.resolve(log.includes('let go of unused sign-ins') || undefined));
  expect(existsSync(join(student, 'sign-in.json'))).toBe(false);
  expect(existsSync(join(student, '../ben/checked'))).toBe(true);
});
