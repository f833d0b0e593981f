import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { F2gitError } from '../../src/errors.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http, HttpOptions, HttpRequest, HttpResponse } from '../../src/sources/http.ts';
import * as server from '../support/hostile-server.ts';
import { failureOf } from './bench.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(answers: Readonly<Record<string, server.Answer>>): Promise<server.Hostile> {
  const hostile = await server.startHostile(answers);
  cleanups.push(() => hostile.stop());
  return hostile;
}

/** A client that waits for nothing; `pauses` are the milliseconds it would have waited. */
function client(options: Partial<HttpOptions> = {}): Http & { readonly pauses: number[] } {
  const pauses: number[] = [];
  const pause = (milliseconds: number) => Promise.resolve(void pauses.push(milliseconds));
  const http = createHttp({ allowPrivateAddresses: true, random: () => 0.5, pause, ...options });
  cleanups.push(() => http.close());
  return Object.assign(Object.create(http) as Http, { pauses });
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, purpose: 'content', maxBytes: 1_000_000, ...more };
}

const signal = () => new AbortController().signal;

/** What a step came to: the value, or the code of its error. */
async function outcome<T>(step: Promise<T>): Promise<T | string> {
  return step.catch((error: unknown) => {
    if (error instanceof F2gitError) return error.code;
    throw error;
  });
}

async function streamed(response: HttpResponse): Promise<string> {
  let text = '';
  for await (const chunk of response.body) text += Buffer.from(chunk).toString('latin1');
  return text;
}

describe('bodies', () => {
  const TEXT = 'the course, '.repeat(500);

  it.each<[string, server.Answer, string]>([
    ['fewer bytes than announced', server.truncated('length', TEXT), 'source-truncated'],
    ['a chunked body that ends early', server.truncated('chunked', TEXT), 'source-truncated'],
    ['half a gzip stream', server.truncated('gzip', TEXT), 'source-truncated'],
    ['a connection that is reset', server.truncated('reset', TEXT), 'source-truncated'],
    ['a body without end', server.endless(), 'too-large'],
    ['a gzip bomb', server.bomb(50_000_000), 'too-large'],
    ['a length above the limit', server.content('x'.repeat(2_000_000)), 'too-large'],
    ['damaged gzip', server.content('no gzip', { 'content-encoding': 'gzip' }), 'source-invalid'],
    ['an encoding nobody asked for', server.content('x', { 'content-encoding': 'br' }), 'source-invalid'],
    ['a chunk longer than it says', server.misframed('5\r\n', TEXT), 'source-truncated'],
    ['a chunk size that is no number', server.misframed('zz\r\n', TEXT), 'source-truncated'],
    ['a body that stalls', server.stall(), 'source-unreachable'],
    ['a body that stalls after much of it', server.stall(500_000), 'source-unreachable'],
    ['a body that drips', server.drip(1, 10), 'source-unreachable'],
  ])('%s fails, streamed and whole, and is in nobody’s way then', async (_name, answer, code) => {
    const { origin } = await start({ '/a': answer });
    // A request that is not given back would keep the next one waiting.
    const http = client({ limits: { windowMs: 100, windowBytes: 1000, perOrigin: 1 } });
    const signal = () => AbortSignal.timeout(10_000);
    for (const purpose of ['content', 'listing'] as const) {
      expect(await outcome(http.send(get(`${origin}/a`, { purpose }), signal()).then(streamed))).toBe(code);
      expect(await outcome(http.send(get(`${origin}/a`, { purpose }), signal()).then((r) => r.text()))).toBe(code);
    }
  });

  it('gives a slow reader all the time it needs', async () => {
    const { origin } = await start({ '/a': server.content('x'.repeat(900_000)) });
    const http = client({ limits: { windowMs: 30, windowBytes: 1000 } });
    const response = await http.send(get(`${origin}/a`), signal());
    let length = 0;
    for await (const chunk of response.body) {
      await wait(length === 0 ? 150 : 0);
      length += chunk.length;
    }
    expect(length).toBe(900_000);
  });

  it('reads compressed listings, and a file that is compressed itself as it is', async () => {
    const packed = gzipSync(TEXT);
    const { origin, received } = await start({
      '/a': server.content(packed, { 'content-encoding': 'gzip' }),
      '/a.tar.gz': server.content(packed, { 'content-encoding': 'x-gzip' }),
    });
    const http = client();
    expect(await (await http.send(get(`${origin}/a`, { purpose: 'listing' }), signal())).text()).toBe(TEXT);
    expect(await (await http.send(get(`${origin}/a.tar.gz`), signal())).bytes()).toEqual(packed);
    expect(received.map(({ headers }) => headers['accept-encoding'])).toEqual(['gzip', 'identity']);
  });

  it('asks again for a whole body that broke off, and refuses another version', async () => {
    const etag = (tag: string) => server.content(TEXT, { etag: tag });
    const { origin } = await start({
      '/heals': server.inTurn(server.truncated('length', TEXT), server.content(TEXT)),
      '/changes': server.inTurn(server.truncated('length', TEXT), etag('"b"')),
    });
    const http = client();
    expect(await (await http.send(get(`${origin}/heals`), signal())).text()).toBe(TEXT);
    expect(await outcome(http.send(get(`${origin}/changes`), signal()).then((r) => r.text()))).toBe('source-changed');
  });

  it('says of a body that always breaks off how often it was asked for', async () => {
    const cut = server.truncated('length', TEXT);
    const whole = { etag: '"a"', 'accept-ranges': 'bytes' };
    const hostile = await start({
      '/cut': cut,
      '/ignores-ranges': (request, socket, nth) =>
        request.headers.range === undefined
          ? server.truncated('length', TEXT, whole)(request, socket, nth)
          : server.content(TEXT, { etag: '"a"' })(request, socket, nth),
    });
    const http = client();
    for (const [path, tries] of Object.entries({ '/cut': 3, '/ignores-ranges': 4 })) {
      const sent = hostile.received.length;
      const error = await failureOf(http.send(get(`${hostile.origin}${path}`), signal()).then((r) => r.bytes()));
      expect(error).toMatchObject({ code: 'source-truncated', params: { tries } });
      expect(hostile.received.length - sent).toBe(tries);
    }
  });

  it('leaves it to the reader to ask again for a stream that broke off once', async () => {
    const { origin } = await start({ '/cut': server.truncated('length', TEXT) });
    const response = await client().send(get(`${origin}/cut`), signal());
    const error = await failureOf(buffer(response.body));
    expect([error.code, error.params['tries']]).toEqual(['source-truncated', undefined]);
  });

  it('counts what it sent and received', async () => {
    const { origin } = await start({ '/a': server.content('12345'), '/b': server.redirect(302, '/a') });
    const http = client();
    await (await http.send(get(`${origin}/b`), signal())).text();
    expect(http.counts).toEqual({ requests: 2, bytes: 5 });
  });

  it('gives the answer of a server that does not know the method, at once', async () => {
    const hostile = await start({ '/a': server.status(501) });
    const http = client();
    expect(await http.send(get(`${hostile.origin}/a`), signal())).toMatchObject({ status: 501 });
    expect(hostile.received).toHaveLength(1);
  });

  it('keeps its connections, and closes them in the end', async () => {
    const hostile = await start({ '/a': server.content('x'), '/head': server.status(204), '/no': server.status(404) });
    const http = client();
    for (let at = 0; at < 40; at += 1) {
      const path = ['/a', '/head', '/no'][at % 3] ?? '';
      await (await http.send(get(`${hostile.origin}${path}`), signal())).discard();
    }
    expect(hostile.received).toHaveLength(40);
    expect(hostile.connects()).toBeLessThanOrEqual(4);
    await http.close();
    while (hostile.open() > 0) await wait(5);
  });
});

describe('retries', () => {
  const soon = server.content('at last');

  it.each([423, 425, 429, 500, 502, 503, 504])('asks again after %i', async (code) => {
    const hostile = await start({ '/a': server.inTurn(server.status(code), server.status(code), soon) });
    const http = client();
    expect(await (await http.send(get(`${hostile.origin}/a`), signal())).text()).toBe('at last');
    expect(http.pauses).toEqual([500, 1000]);
  });

  it.each<[number, string]>([
    [429, 'source-throttled'],
    [503, 'source-unreachable'],
    [500, 'source-unreachable'],
  ])('gives up on %i after three tries', async (code, error) => {
    const hostile = await start({ '/a': server.status(code) });
    expect(await outcome(client().send(get(`${hostile.origin}/a`), signal()))).toBe(error);
    expect(hostile.received).toHaveLength(3);
  });

  it.each([200, 204, 304, 400, 401, 403, 404, 405, 410, 423, 501, 507])(
    'does not ask for ever after %i',
    async (code) => {
      const hostile = await start({ '/a': server.status(code) });
      await outcome(client().send(get(`${hostile.origin}/a`), signal()));
      expect(hostile.received).toHaveLength(code === 423 ? 3 : 1);
    },
  );

  const now = new Date('2026-11-02T08:00:00Z');
  it.each<[string, string, number[] | string]>([
    ['seconds', '7', [7000]],
    ['nothing', '0', [0]],
    ['a date', 'Mon, 02 Nov 2026 08:00:12 GMT', [12_000]],
    ['a date in the old form', 'Monday, 02-Nov-26 08:00:12 GMT', [12_000]],
    ['a date that has passed', 'Mon, 02 Nov 2020 08:00:12 GMT', [0]],
    ['junk', 'soon', [500]],
    ['a negative number', '-5', [500]],
    ['a number only', '60', [60_000]],
    ['more than there is', '61', 'source-throttled'],
    ['an absurd number', '99999999999999999999', 'source-throttled'],
    ['an absurd date', 'Mon, 02 Nov 2099 08:00:12 GMT', 'source-throttled'],
  ])('honours Retry-After: %s', async (_name, value, expected) => {
    const hostile = await start({ '/a': server.inTurn(server.status(429, { 'retry-after': value }), soon) });
    const http = client({ now: () => now });
    const text = await outcome(http.send(get(`${hostile.origin}/a`), signal()).then((response) => response.text()));
    expect(text).toBe(typeof expected === 'string' ? expected : 'at last');
    expect(http.pauses).toEqual(typeof expected === 'string' ? [] : expected);
  });

  it('asks again when the connection is dropped, and says so in the end', async () => {
    const hostile = await start({ '/a': server.inTurn(server.drop(), soon), '/b': server.drop() });
    expect(await (await client().send(get(`${hostile.origin}/a`), signal())).text()).toBe('at last');
    expect(await outcome(client().send(get(`${hostile.origin}/b`), signal()))).toBe('source-unreachable');
  });

  it('waits no longer than its deadline', async () => {
    const hostile = await start({ '/a': server.status(429, { 'retry-after': '30' }) });
    const http = client({ limits: { refreshMs: 20_000 } });
    expect(await outcome(http.send(get(`${hostile.origin}/a`), signal()))).toBe('source-throttled');
    expect(http.pauses).toEqual([]);
  });

  it.each<[string, server.Answer, string]>([
    ['a proxy that wants a sign-in', server.status(407), 'a proxy wants a sign-in'],
    ['something that is not HTTP', server.garbage('SSH-2.0-OpenSSH_9.2\r\n'), 'its answer is not HTTP'],
    ['silence', server.silence(), 'no answer in time'],
    ['a flood of headers', server.status(200, { flood: 'x'.repeat(1_000_000) }), 'its answer is not HTTP'],
    [
      'a flood of short ones',
      server.garbage(`HTTP/1.1 200 OK\r\n${'a:b\r\n'.repeat(100_000)}`),
      'its answer is not HTTP',
    ],
  ])('names %s', async (_name, answer, detail) => {
    const hostile = await start({ '/a': answer });
    const error = await client({ limits: { headersMs: 80 } })
      .send(get(`${hostile.origin}/a`), signal())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'source-unreachable', params: { detail } });
  });

  it('names a port nobody listens on, and a host nobody has', async () => {
    const hostile = await start({});
    await hostile.stop();
    const http = client({ lookup: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) });
    const refused = await http.send(get(`${hostile.origin}/a`), signal()).catch((reason: unknown) => reason);
    expect(refused).toMatchObject({ code: 'source-unreachable', params: { detail: 'connection refused' } });
    const unknown = await http.send(get('http://no.such.host/a'), signal()).catch((reason: unknown) => reason);
    expect(unknown).toMatchObject({ code: 'source-host-unknown', params: { host: 'no.such.host' } });
  });
});

describe('limits', () => {
  it('sends at most four requests at once to one origin', async () => {
    let running = 0;
    let most = 0;
    const slow: server.Answer = (request, socket, nth) => {
      most = Math.max(most, (running += 1));
      setTimeout(() => {
        running -= 1;
        server.content('x')(request, socket, nth);
      }, 10);
    };
    const hostile = await start({ '/a': slow });
    const http = client();
    const answers = Array.from({ length: 30 }, () =>
      http.send(get(`${hostile.origin}/a`), signal()).then((r) => r.text()),
    );
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['x']));
    expect(most).toBe(4);
  });

  it.each<[string, server.Answer]>([
    ['an answer', server.silence()],
    ['a body', server.stall()],
  ])('stops waiting for %s within a second of being cancelled', async (_name, answer) => {
    const hostile = await start({ '/a': answer });
    const controller = new AbortController();
    const reading = outcome(
      client()
        .send(get(`${hostile.origin}/a`), controller.signal)
        .then(streamed),
    );
    while (hostile.received.length === 0) await wait(5);
    controller.abort();
    expect(await Promise.race([reading, wait(1000, 'still waiting')])).toBe('cancelled');
  });

  it('stops waiting for a slot, and for the next try, when cancelled', async () => {
    const hostile = await start({ '/a': server.silence(), '/busy': server.status(503, { 'retry-after': '50' }) });
    const controller = new AbortController();
    const http = createHttp({ allowPrivateAddresses: true });
    cleanups.push(() => http.close());
    const all = Array.from({ length: 8 }, (_, at) =>
      outcome(http.send(get(`${hostile.origin}${at === 0 ? '/busy' : '/a'}`), controller.signal)),
    );
    while (hostile.received.length < 4) await wait(5);
    controller.abort();
    expect(new Set(await Promise.race([Promise.all(all), wait(1000, ['still waiting'])]))).toEqual(
      new Set(['cancelled']),
    );
  });

  it('ends everything at its deadline, and when it is closed', async () => {
    const hostile = await start({ '/a': server.silence() });
    const late = client({ limits: { refreshMs: 100 } });
    expect(await outcome(late.send(get(`${hostile.origin}/a`), signal()))).toBe('source-unreachable');
    const closed = client();
    const sending = outcome(closed.send(get(`${hostile.origin}/a`), signal()));
    await closed.close();
    expect(await sending).toBe('cancelled');
  });
});

describe('redirects', () => {
  const auth = { kind: 'password', user: 'prof', password: new Secret('geheim-4711') } as const;

  it.each([301, 302, 307, 308])('keeps method and body on %i, within the origin also the credentials', async (code) => {
    const hostile = await start({ '/a': server.redirect(code, '/b/?x=1'), '/b/': server.content('ok') });
    const request = get(`${hostile.origin}/a`, { method: 'PROPFIND', body: '<x/>', headers: { Depth: '1' }, auth });
    const response = await client().send(request, signal());
    expect([await response.text(), response.url]).toEqual(['ok', `${hostile.origin}/b/?x=1`]);
    expect(hostile.received[1]).toMatchObject({ method: 'PROPFIND', headers: { depth: '1' } });
    expect(hostile.received[1]?.headers.authorization).toMatch(/^Basic /);
  });

  it('asks with GET after 303', async () => {
    const hostile = await start({ '/a': server.redirect(303, '/b'), '/b': server.content('ok') });
    await (await client().send(get(`${hostile.origin}/a`, { method: 'PROPFIND', body: 'x' }), signal())).text();
    expect(hostile.received[1]).toMatchObject({ method: 'GET' });
  });

  it('takes nothing that says who asks to another origin, nor back again', async () => {
    const home: Record<string, server.Answer> = { '/home': server.content('ok') };
    const hostile = await start(home);
    const other = await start({ '/b': server.redirect(302, `${hostile.origin}/home`) });
    home['/a'] = server.redirect(302, `${other.origin}/b`);
    const headers = { Cookie: 'session=1', 'X-Secret': '2', 'If-None-Match': '"3"', Authorization: 'Basic eA==' };
    const response = await client().send(get(`${hostile.origin}/a`, { headers, auth }), signal());
    await response.text();
    for (const { headers: arrived } of [other.received[0]!, hostile.received[1]!]) {
      expect(arrived).toMatchObject({ 'if-none-match': '"3"' });
      for (const name of ['authorization', 'cookie', 'x-secret']) expect(arrived).not.toHaveProperty(name);
    }
  });

  it.each<[string, Record<string, server.Answer>, string]>([
    ['a circle', { '/a': server.redirect(302, '/b'), '/b': server.redirect(302, '/a') }, 'redirects in a circle'],
    ['itself', { '/a': server.redirect(302, '/a') }, 'redirects in a circle'],
  ])('stops at %s', async (_name, answers, detail) => {
    const hostile = await start(answers);
    const error = await client()
      .send(get(`${hostile.origin}/a`), signal())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'source-unreachable', params: { detail } });
  });

  it('follows five and no more', async () => {
    const answers = Object.fromEntries(
      Array.from({ length: 7 }, (_, at) => [`/${at}`, server.redirect(302, `/${at + 1}`)]),
    );
    const hostile = await start({ ...answers, '/7': server.content('far') });
    expect(await (await client().send(get(`${hostile.origin}/2`), signal())).text()).toBe('far');
    expect(await outcome(client().send(get(`${hostile.origin}/1`), signal()))).toBe('source-unreachable');
  });

  it('gives an answer that redirects nowhere as it is', async () => {
    const hostile = await start({ '/a': server.status(302), '/b': server.status(304, { location: '/a' }) });
    expect((await client().send(get(`${hostile.origin}/a`), signal())).status).toBe(302);
    expect((await client().send(get(`${hostile.origin}/b`), signal())).status).toBe(304);
  });
});

describe('secrets', () => {
  const secret = 'geheim-4711-äöü';
  const forms = [secret, encodeURIComponent(secret), Buffer.from(`prof:${secret}`).toString('base64'), 'SHARETOKEN123'];

  it('are in no error, whatever goes wrong', async () => {
    const paths: Record<string, server.Answer> = {
      '/s/SHARETOKEN123/cut': server.truncated('length', 'xxxxxxxxxx'),
      '/s/SHARETOKEN123/down': server.status(500),
      '/s/SHARETOKEN123/loop': server.redirect(302, '/s/SHARETOKEN123/loop'),
      '/s/SHARETOKEN123/away': server.redirect(302, `http://prof:${encodeURIComponent(secret)}@127.0.0.1:1/`),
      '/s/SHARETOKEN123/drop': server.drop(),
      '/s/SHARETOKEN123/junk': server.garbage(`HTTP/1.1 200 ${secret}\r\nset-cookie: ${secret}\r\n\u0000`),
      '/s/SHARETOKEN123/large': server.content('x'.repeat(100)),
    };
    const hostile = await start(paths);
    const auth = { kind: 'password', user: 'prof', password: new Secret(secret) } as const;
    for (const path of [...Object.keys(paths), '/s/SHARETOKEN123/none']) {
      const url = `${hostile.origin}${path}?token=${encodeURIComponent(secret)}&X-Amz-Signature=${encodeURIComponent(secret)}`;
      const step = client().send(get(url, { auth, maxBytes: 50 }), signal());
      const error: unknown = await step.then((response) => response.bytes()).catch((reason: unknown) => reason);
      const shown = inspect(error, { depth: 20, showHidden: true }) + String(error) + JSON.stringify(error);
      for (const form of forms) expect(shown, path).not.toContain(form);
    }
  });

  it('are not in the headers an adapter sees', async () => {
    const headers = { 'set-cookie': 'a=1', authorization: 'Basic eA==', etag: '"1"' };
    const hostile = await start({ '/a': server.content('x', headers) });
    const response = await client().send(get(`${hostile.origin}/a`), signal());
    expect(Object.keys(response.headers).sort()).toEqual(['content-length', 'etag']);
    await response.discard();
  });
});
