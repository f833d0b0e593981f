import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { F2gitError } from '../../src/errors.ts';
import { createCookieJar } from '../../src/sources/cookies.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import { downloadBody, type ExpectedFile, maxBytesFor } from '../../src/sources/download.ts';
import type { HttpRequest } from '../../src/sources/http.ts';
import { readJson } from '../../src/sources/json-answer.ts';
import * as server from '../support/hostile-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(answers: Readonly<Record<string, server.Answer>>): Promise<server.Hostile> {
  const hostile = await server.startHostile(answers);
  cleanups.push(() => hostile.stop());
  return hostile;
}

function send(url: string, more: Partial<HttpRequest> = {}) {
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  cleanups.push(() => http.close());
  const request = { method: 'GET', url, purpose: 'listing', maxBytes: 1_000_000, ...more } as const;
  return http.send(request, new AbortController().signal);
}

/** What a step came to: the value, or the code of its error. */
async function outcome<T>(step: Promise<T>): Promise<T | string> {
  return step.catch((error: unknown) => {
    if (error instanceof F2gitError) return error.code;
    throw error;
  });
}

describe('cookies', () => {
  const jarOf = (lines: readonly string[], from = 'https://lms.example.org/studip/api') => {
    const jar = createCookieJar(from);
    jar.remember(new URL(from), lines, Date.parse('2026-11-02T08:00:00Z'));
    return jar;
  };

  it.each<[string, readonly string[], string, string | undefined]>([
    ['come back', ['Studip_Session=abc; path=/; HttpOnly'], 'https://lms.example.org/x', 'Studip_Session=abc'],
    ['keep what is in their value', ['a="x=y"; path=/'], 'https://lms.example.org/', 'a="x=y"'],
    ['are replaced by name', ['a=1; path=/', 'a=2; path=/'], 'https://lms.example.org/', 'a=2'],
    ['end with Max-Age', ['a=1; path=/', 'a=1; path=/; Max-Age=0'], 'https://lms.example.org/', undefined],
    ['end with Expires', ['a=1; path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], 'https://lms.example.org/', undefined],
    ['stay below their path', ['a=1; Path=/studip'], 'https://lms.example.org/studipx', undefined],
    ['reach below their path', ['a=1; Path=/studip'], 'https://lms.example.org/studip/x', 'a=1'],
    ['without a path stay in their folder', ['a=1'], 'https://lms.example.org/studip/other', 'a=1'],
    ['never go to another host', ['a=1; Path=/; Domain=example.org'], 'https://evil.example.org/', undefined],
    ['that are secure never go in the clear', ['a=1; Path=/; Secure'], 'http://lms.example.org/', undefined],
    ['with control characters are dropped', ['a=1\u0001; Path=/'], 'https://lms.example.org/', undefined],
  ])('%s', (_what, lines, target, header) => {
    expect(jarOf(lines).headerFor(new URL(target))).toBe(header);
  });

  it('do not grow without end', () => {
    const lines = Array.from({ length: 100 }, (_, at) => `c${at}=${'x'.repeat(1000)}; path=/`);
    const header = jarOf(lines).headerFor(new URL('https://lms.example.org/')) ?? '';
    expect(header.length).toBeLessThan(9000);
    expect(header).toContain('c0=');
  });

  it('of a redirect come along to its target, and to no other origin', async () => {
    const other = await start({ '/b': server.content('x') });
    const hostile = await start({
      '/a': server.status(302, { location: '/b', 'set-cookie': 'session=1; path=/' }),
      '/b': server.redirect(302, `${other.origin}/b`),
    });
    const cookies = createCookieJar(hostile.origin);
    await (await send(`${hostile.origin}/a`, { cookies })).discard();
    expect(hostile.received.map(({ headers }) => headers.cookie)).toEqual([undefined, 'session=1']);
    expect(other.received.map(({ headers }) => headers.cookie)).toEqual([undefined]);
  });
});

describe('a 403 that may mean "too fast"', () => {
  const throttleSign = /Rate Limit Exceeded/;
  const text = '403 Forbidden (Rate Limit Exceeded)\n';

  it.each<[string, server.Answer]>([
    ['plain', server.status(403, { 'content-type': 'text/plain' }, text)],
    ['compressed', server.status(403, { 'content-encoding': 'gzip' }, gzipSync(text))],
  ])('is tried again, %s', async (_name, answer) => {
    const hostile = await start({ '/a': server.inTurn(answer, answer, server.content('{}')) });
    expect(await (await send(`${hostile.origin}/a`, { throttleSign })).text()).toBe('{}');
  });

  it('is "source-throttled" when it does not stop', async () => {
    const hostile = await start({ '/a': server.status(403, {}, text) });
    expect(await outcome(send(`${hostile.origin}/a`, { throttleSign }))).toBe('source-throttled');
    expect(hostile.received).toHaveLength(3);
  });

  it('is a refusal, with its words, when they are others', async () => {
    const refusal = '{"status":"unauthorized"}';
    const hostile = await start({ '/a': server.status(403, {}, refusal), '/b': server.status(403, {}, text) });
    const response = await send(`${hostile.origin}/a`, { throttleSign });
    expect([response.status, await response.text()]).toEqual([403, refusal]);
    expect((await send(`${hostile.origin}/b`)).status).toBe(403);
    expect(hostile.received).toHaveLength(2);
  });

  it('is a refusal when it goes on for ever', async () => {
    const endless: server.Answer = (_request, socket) => {
      socket.write('HTTP/1.1 403 X\r\ncontent-length: 999999999\r\n\r\n');
      socket.write('x'.repeat(100_000));
    };
    const hostile = await start({ '/a': endless });
    expect((await send(`${hostile.origin}/a`, { throttleSign })).status).toBe(403);
  });
});

describe('a 5xx that may last', () => {
  const answerSign = /withRedirect/;
  const text = '{"errors":[{"status":"500","title":"Call to undefined method withRedirect()"}]}';

  it.each([500, 503])('%i is given back at once, with its words, when they are known', async (status) => {
    const hostile = await start({ '/a': server.status(status, { 'content-type': 'application/json' }, text) });
    const response = await send(`${hostile.origin}/a`, { answerSign });
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(hostile.received).toHaveLength(1);
  });

  it('is tried again when they are others, and where nobody asked', async () => {
    const other = server.status(500, {}, 'Internal Server Error');
    const lasting = server.status(500, {}, text);
    const hostile = await start({ '/a': server.inTurn(other, server.content('{}')), '/b': lasting });
    expect(await (await send(`${hostile.origin}/a`, { answerSign })).text()).toBe('{}');
    expect(await outcome(send(`${hostile.origin}/b`))).toBe('source-unreachable');
    expect(hostile.received).toHaveLength(5);
  });
});

describe('forms', () => {
  const form = {
    method: 'POST',
    body: 'wstoken=geheim',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };

  it.each([301, 302, 307, 308])('never follow a %i to another site', async (code) => {
    const other = await start({ '/b': server.content('{}') });
    const hostile = await start({ '/a': server.redirect(code, `${other.origin}/b`) });
    expect(await outcome(send(`${hostile.origin}/a`, form))).toBe('address-forbidden');
    expect(other.connects()).toBe(0);
  });

  it('are sent once where sending changes something', async () => {
    const hostile = await start({ '/a': server.status(503), '/cut': server.truncated('length', '{"token":"abcdef"}') });
    expect(await outcome(send(`${hostile.origin}/a`, { ...form, once: true }))).toBe('source-unreachable');
    const response = await send(`${hostile.origin}/cut`, { ...form, once: true });
    expect(await outcome(response.text())).toBe('source-truncated');
    expect(hostile.received).toHaveLength(2);
  });
});

describe('JSON', () => {
  const schema = z.object({ data: z.array(z.object({ id: z.string() })) });

  it.each<[string, string, unknown]>([
    ['of the right shape is given', '{"data":[{"id":"1","more":2}]}', { data: [{ id: '1' }] }],
    ['may start with a BOM', '\ufeff{"data":[]}', { data: [] }],
    ['of another shape is refused', '{"data":[{"id":1}]}', 'source-invalid'],
    ['that ends early was cut', '{"data":[{"id":"1"', 'source-truncated'],
    ['that is a page is a sign-in', '\n<!DOCTYPE html><html><body>Anmelden</body></html>', 'source-login'],
    ['that is a page after a comment is a sign-in', '<!-- v1 -->\n<html lang="de">', 'source-login'],
    ['that is no JSON is refused', 'Fatal error: Allowed memory size', 'source-invalid'],
    ['that is nothing is refused', ' \n', 'source-invalid'],
    ['with a tail counts as cut', '{"data":[]}<br />Warning', 'source-truncated'],
  ])('%s', async (_what, body, expected) => {
    const hostile = await start({ '/a': server.content(body) });
    expect(await outcome(send(`${hostile.origin}/a`).then((response) => readJson(response, schema)))).toEqual(expected);
  });

  it('quotes nothing of what it refuses', async () => {
    const hostile = await start({ '/a': server.content('{"data":"geheim"}') });
    const error: unknown = await readJson(await send(`${hostile.origin}/a`), schema).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/unexpected answer at data/);
    expect(String(error)).not.toContain('geheim');
  });
});

describe('downloads', () => {
  const text = 'x = 1\n'.repeat(10);
  const large = 'y'.repeat(300_000);
  const sha1 = (content: string) => createHash('sha1').update(content).digest('hex');
  const page = { 'content-type': 'text/html; charset=utf-8' };

  it.each<[string, server.Answer, ExpectedFile, string]>([
    ['are whole', server.content(text), { name: 'a.py', size: text.length }, 'bytes 60'],
    ['without a size are streamed', server.content(text), { name: 'a.py', size: null }, 'stream 60'],
    ['that are large are streamed', server.content(large), { name: 'a', size: large.length }, 'stream 300000'],
    ['of another size changed', server.content(text), { name: 'a.py', size: 61 }, 'source-changed'],
    ['that are longer changed', server.content(text), { name: 'a.py', size: 59 }, 'source-changed'],
    ['that are cut are cut', server.truncated('length', text), { name: 'a.py', size: text.length }, 'source-truncated'],
    ['of the right digest', server.content(text), { name: 'a', size: null, sha1: sha1(text) }, 'stream 60'],
    ['of another digest changed', server.content(text), { name: 'a', size: 60, sha1: sha1('z') }, 'source-changed'],
    ['of another digest, large', server.content(large), { name: 'a', size: null, sha1: sha1('z') }, 'source-changed'],
    ['that are a page', server.content('<html>', page), { name: 'a.pdf', size: null }, 'source-login'],
    ['that are a page of another size', server.content('<html>', page), { name: 'a.pdf', size: 9 }, 'source-login'],
    ['that should be a page', server.content('<html>', page), { name: 'index.html', size: 6 }, 'bytes 6'],
  ])('%s', async (_what, answer, expected, result) => {
    const hostile = await start({ '/a': answer });
    const step = async () => {
      const request = { purpose: 'content', maxBytes: maxBytesFor(expected) } as const;
      const body = await downloadBody(await send(`${hostile.origin}/a`, request), expected);
      if (body.kind === 'bytes') return `bytes ${body.bytes.length}`;
      let length = 0;
      for await (const chunk of body.stream) length += chunk.length;
      return `stream ${length}`;
    };
    expect(await outcome(step())).toBe(result);
  });
});
