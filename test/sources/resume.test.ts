/** Downloads that break off: they go on from there where the server can, and never mix two versions. */
import { afterEach, describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { HttpRequest, HttpResponse } from '../../src/sources/http.ts';
import * as server from '../support/hostile-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const BODY = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7) % 251));

interface Manner {
  readonly etag?: string;
  /** The one it has from the second request on. */
  readonly later?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers a request for a part with the whole. */
  readonly ignoresRange?: boolean;
  /** Where the part begins instead of where it was asked for. */
  readonly begins?: number;
  /** Bytes that arrive of each answer before the connection ends. */
  readonly arrives: number;
}

/** A server of `BODY` whose every answer is cut. */
function cutting({ etag = '"v1"', later = etag, headers = {}, ignoresRange, begins, arrives }: Manner): server.Answer {
  return (request, socket, nth) => {
    const asked = ignoresRange === true ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const tag = nth === 1 ? etag : later;
    const isPart = asked !== undefined && request.headers['if-range'] === tag;
    const start = isPart ? (begins ?? Number(asked)) : 0;
    const body = BODY.subarray(start);
    const lines = {
      'content-length': String(body.length),
      ...(isPart && { 'content-range': `bytes ${start}-${BODY.length - 1}/${BODY.length}` }),
      ...(tag !== '' && { etag: tag }),
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${isPart ? '206 Partial Content' : '200 OK'}\r\n${head.join('')}\r\n`);
    socket.end(body.subarray(0, arrives));
  };
}

async function download(answer: server.Answer, request: Partial<HttpRequest> = {}) {
  const hostile = await server.startHostile({ '/big.bin': answer });
  cleanups.push(() => hostile.stop());
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  cleanups.push(() => http.close());
  const url = `${hostile.origin}/big.bin`;
  const common = { method: 'GET', url, purpose: 'content', maxBytes: 1_000_000, ...request } as const;
  const outcome = await http.send(common, new AbortController().signal).then(streamed).catch(codeOf);
  return { outcome, ranges: hostile.received.map(({ headers }) => headers.range) };
}

async function streamed(response: HttpResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function codeOf(error: unknown): string {
  if (error instanceof F2gitError) return error.code;
  throw error;
}

describe('a download that breaks off', () => {
  it('goes on where it was, as often as each answer brings something', async () => {
    const { outcome, ranges } = await download(cutting({ arrives: 12_000 }));
    expect(outcome).toEqual(BODY);
    expect(ranges).toEqual([undefined, 'bytes=12000-', 'bytes=24000-', 'bytes=36000-', 'bytes=48000-']);
  });

  it('ends when an answer brings nothing', async () => {
    const answer = server.inTurn(cutting({ arrives: 100 }), cutting({ arrives: 0 }));
    expect((await download(answer)).outcome).toBe('source-truncated');
  });

  it('ends when answers bring next to nothing, again and again', async () => {
    const { outcome, ranges } = await download(cutting({ arrives: 10 }));
    expect(outcome).toBe('source-truncated');
    expect(ranges).toEqual([undefined, 'bytes=10-', 'bytes=20-']);
  });

  it('is refused when the rest is of another version', async () => {
    expect((await download(cutting({ arrives: 100, later: '"v2"' }))).outcome).toBe('source-changed');
  });

  it('is refused when other bytes come than were asked for', async () => {
    expect((await download(cutting({ arrives: 100, begins: 90 }))).outcome).toBe('source-changed');
  });

  it.each<[string, Manner]>([
    ['ignores ranges', { arrives: 100, ignoresRange: true }],
    ['says it has no ranges', { arrives: 100, headers: { 'accept-ranges': 'none' } }],
    ['has only a weak tag', { arrives: 100, etag: 'W/"v1"' }],
    ['has no tag', { arrives: 100, etag: '' }],
  ])('is truncated when the server %s', async (_what, manner) => {
    expect((await download(cutting(manner))).outcome).toBe('source-truncated');
  });

  it('is no larger than is allowed, parts and all', async () => {
    expect((await download(cutting({ arrives: 12_000 }), { maxBytes: 49_999 })).outcome).toBe('too-large');
  });

  it('goes on when its token is in a form, which comes along every time', async () => {
    const form = { method: 'POST', body: 'token=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    const { outcome, ranges } = await download(cutting({ arrives: 30_000 }), form);
    expect(outcome).toEqual(BODY);
    expect(ranges).toEqual([undefined, 'bytes=30000-']);
    expect((await download(cutting({ arrives: 100 }), { ...form, method: 'PROPFIND' })).outcome).toBe(
      'source-truncated',
    );
  });

  it('goes on only when it is content', async () => {
    expect((await download(cutting({ arrives: 100 }), { purpose: 'listing' })).outcome).toBe('source-truncated');
  });
});
