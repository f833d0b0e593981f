/**
 * What servers, proxies and networks do to any answer, whatever it says: the part of a hostile platform that all sources
 * over HTTP have in common.
 */
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import type { HttpLimits } from '../../../src/sources/http-limits.ts';
import { type Answer, framed, headOf, type Passing, type Writer } from './proxy.ts';

/** What faults know of the world they are in. */
export interface Surroundings {
  /** Another server, where every address shows a form to sign in. */
  readonly elsewhere: string;
  /** Such a server at another port of the platform's host. */
  readonly anotherPort: string;
  /** A listener that must never be reached. */
  readonly canary: string;
  /** In [0, 1), the same numbers in every run. */
  readonly random: () => number;
}

export interface WireFault {
  readonly id: string;
  /** For docs: `status 403`, in the plural of what the server does. */
  readonly title: string;
  readonly group: string;
  /** Times it happens in one refresh; absent: always. */
  readonly times?: number;
  /** Deadlines that are too long to wait for. */
  readonly limits?: Partial<HttpLimits>;
  readonly apply: (passing: Passing, around: Surroundings) => Answer | Writer | undefined;
}

/** A form, as it comes in the place of whatever was asked for. */
export const LOGIN_PAGE =
  '<!DOCTYPE html><html><head><title>Anmeldung</title></head><body><form method="post" action="/login">' +
  `<input type="password" name="p"></form>${'<!-- Platz -->'.repeat(10)}</body></html>`;
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const page = (text: string, headers: Answer['headers'] = HTML): Answer => ({
  status: 200,
  headers,
  body: Buffer.from(text),
});

const bare = (status: number, headers: Answer['headers'] = {}): Answer => ({ status, headers, body: Buffer.alloc(0) });
const withBody = (answer: Answer, body: Buffer, headers: Answer['headers'] = {}): Answer => ({
  ...answer,
  body,
  headers: { ...answer.headers, ...headers },
});
const withHeaders = (answer: Answer, headers: Answer['headers']): Answer => withBody(answer, answer.body, headers);
const half = (body: Buffer): Buffer => body.subarray(0, body.length >> 1);
const raw =
  (...parts: readonly (string | Buffer)[]): Writer =>
  (socket) =>
    void socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const rawEnd =
  (...parts: readonly (string | Buffer)[]): Writer =>
  (socket) =>
    void socket.end(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const chunk = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
const CHUNKED = { 'content-length': null, 'transfer-encoding': 'chunked' };

/** So short that a test can wait for it; only for faults that are about time. */
const SHORT: Partial<HttpLimits> = { headersMs: 250, windowMs: 250, windowBytes: 4096 };

const statuses = [
  ...[204, 205, 206, 300, 304, 400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 412, 416, 421, 423, 425, 429, 451],
  ...[500, 501, 502, 503, 504, 507, 511, 599],
];

const pauses: Readonly<Record<string, string>> = {
  seconds: '1',
  date: 'Thu, 01 Jan 2026 00:00:00 GMT',
  absurd: '99999999999',
  'far date': 'Fri, 31 Dec 9999 23:59:59 GMT',
  junk: 'later, perhaps',
  negative: '-5',
};

const ofStatus: readonly WireFault[] = [
  ...statuses.map((status): WireFault => ({
    id: `status-${String(status)}`,
    title: `status ${String(status)}`,
    group: 'Statuses',
    apply: ({ answer }) => ({
      ...bare(status, { ...HTML, 'www-authenticate': status === 401 ? 'Basic realm="x"' : null }),
      body: status === 206 ? half(answer.body) : Buffer.from('<html><body>nein</body></html>'),
    }),
  })),
  ...Object.entries(pauses).flatMap(([name, value]): WireFault[] => [
    {
      id: `retry-after-${name.replace(' ', '-')}`,
      title: `429 with \`Retry-After\`: ${name}, for ever`,
      group: 'Statuses',
      apply: () => bare(429, { 'retry-after': value }),
    },
    {
      id: `retry-after-${name.replace(' ', '-')}-once`,
      title: `503 with \`Retry-After\`: ${name}, once`,
      group: 'Statuses',
      times: 1,
      apply: () => bare(503, { 'retry-after': value }),
    },
  ]),
];

const pages: readonly WireFault[] = [
  ['html-login', 'a form to sign in, status 200', () => page(LOGIN_PAGE)],
  [
    'html-login-as-text',
    'a form to sign in that calls itself plain text',
    () => page(LOGIN_PAGE, { 'content-type': 'text/plain' }),
  ],
  ['html-login-unnamed', 'a form to sign in without a type', () => page(LOGIN_PAGE, {})],
  ['maintenance', 'a maintenance notice, status 200', () => page('<html><h1>Wartungsarbeiten</h1></html>')],
  ['empty-body', 'an empty body, status 200', ({ answer }: Passing) => withBody(answer, Buffer.alloc(0))],
  [
    'empty-chunked',
    'an empty chunked body',
    ({ answer }: Passing) => raw(headOf(200, { ...answer.headers, ...CHUNKED }), '0\r\n\r\n'),
  ],
  [
    'json-error',
    'an error in JSON, status 200',
    () => page('{"error":"no","errorcode":"wurde nichts"}', { 'content-type': 'application/json' }),
  ],
  [
    'xml-error',
    'an error in XML, status 200',
    () => page('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', { 'content-type': 'application/xml' }),
  ],
  ['null', 'only `null`', ({ answer }: Passing) => withBody(answer, Buffer.from('null'))],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Pages' }) as WireFault);

const truncations: readonly WireFault[] = [
  [
    'announces-more',
    'announces more than it sends',
    ({ answer }: Passing) =>
      rawEnd(
        headOf(answer.status, { ...answer.headers, 'content-length': String(answer.body.length + 100) }),
        answer.body,
      ),
  ],
  [
    'announces-less',
    'sends more than it announces',
    ({ answer }: Passing) =>
      rawEnd(
        headOf(answer.status, { ...answer.headers, 'content-length': String(answer.body.length >> 1) }),
        answer.body,
      ),
  ],
  ['cut-reframed', 'cut in half, and announced so', ({ answer }: Passing) => withBody(answer, half(answer.body))],
  [
    'cut-at-length',
    'cut in half against the announcement',
    ({ answer }: Passing) =>
      rawEnd(
        headOf(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) }),
        half(answer.body),
      ),
  ],
  [
    'cut-at-close',
    'cut in half, ended by closing',
    ({ answer }: Passing) =>
      rawEnd(
        headOf(answer.status, { ...answer.headers, 'content-length': null, connection: 'close' }),
        half(answer.body),
      ),
  ],
  [
    'cut-chunked',
    'chunked, without the last chunk',
    ({ answer }: Passing) => rawEnd(headOf(answer.status, { ...answer.headers, ...CHUNKED }), chunk(half(answer.body))),
  ],
  [
    'chunk-lies',
    'a chunk longer than it says',
    ({ answer }: Passing) =>
      rawEnd(headOf(answer.status, { ...answer.headers, ...CHUNKED }), '5\r\n', answer.body, '\r\n0\r\n\r\n'),
  ],
  [
    'chunk-size-junk',
    'a chunk size that is no number',
    ({ answer }: Passing) => rawEnd(headOf(answer.status, { ...answer.headers, ...CHUNKED }), 'zz\r\n', answer.body),
  ],
  [
    'cut-gzip',
    'a compressed body, cut',
    ({ answer }: Passing) => withBody(answer, gzipSync(answer.body).subarray(0, -12), { 'content-encoding': 'gzip' }),
  ],
  [
    'reset-in-body',
    'the connection is reset in the body',
    ({ answer }: Passing) =>
      (socket: Socket) =>
        void socket.write(
          Buffer.concat([
            headOf(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) }),
            half(answer.body),
          ]),
          () => setImmediate(() => socket.resetAndDestroy()),
        ),
  ],
  ['cut-last-byte', 'the last byte is missing', ({ answer }: Passing) => withBody(answer, answer.body.subarray(0, -1))],
  [
    'one-byte-more',
    'one byte too many',
    ({ answer }: Passing) => withBody(answer, Buffer.concat([answer.body, Buffer.from('\n')])),
  ],
  [
    'range-ignored',
    'cut, and the rest is answered from the start',
    rangeFault((answer) => withHeaders({ ...answer, status: 200 }, STRONG)),
  ],
  [
    'range-elsewhere',
    'cut, and the rest begins elsewhere',
    rangeFault((answer) =>
      withBody({ ...answer, status: 206 }, answer.body.subarray(1), {
        ...STRONG,
        'content-range': `bytes 1-${String(answer.body.length - 1)}/${String(answer.body.length)}`,
      }),
    ),
  ],
  [
    'range-lies',
    'cut, and the rest is another version under a true range',
    rangeFault((answer, from) =>
      withBody({ ...answer, status: 206 }, Buffer.alloc(answer.body.length - from, 'x'), {
        etag: '"other"',
        'content-range': `bytes ${String(from)}-${String(answer.body.length - 1)}/${String(answer.body.length)}`,
      }),
    ),
  ],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Truncations' }) as WireFault);

const STRONG = { etag: '"strong"', 'accept-ranges': 'bytes' };

/** Cuts whole answers in a way that can go on, and answers the question for the rest by `rest`. */
function rangeFault(rest: (answer: Answer, from: number) => Answer): WireFault['apply'] {
  return ({ answer, headers }) => {
    const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
    if (from !== undefined) return rest(answer, Number(from));
    const whole = { ...answer.headers, ...STRONG, 'content-length': String(answer.body.length) };
    return rawEnd(headOf(answer.status, whole), half(answer.body));
  };
}

const encodings: readonly WireFault[] = [
  [
    'claims-gzip',
    'says it is compressed, and is not',
    ({ answer }: Passing) => withHeaders(answer, { 'content-encoding': 'gzip' }),
  ],
  [
    'gzip-unsaid',
    'is compressed, and does not say so',
    ({ answer }: Passing) => withBody(answer, gzipSync(answer.body)),
  ],
  [
    'gzip-twice',
    'is compressed twice',
    ({ answer }: Passing) => withBody(answer, gzipSync(gzipSync(answer.body)), { 'content-encoding': 'gzip' }),
  ],
  [
    'gzip-unasked',
    'is compressed where that was not asked for',
    ({ answer }: Passing) => withBody(answer, gzipSync(answer.body), { 'content-encoding': 'gzip' }),
  ],
  [
    'gzip-and-more',
    'compressed, with bytes behind the end',
    ({ answer }: Passing) =>
      withBody(answer, Buffer.concat([gzipSync(answer.body), Buffer.from('rest')]), { 'content-encoding': 'gzip' }),
  ],
  [
    'deflate-raw',
    'deflated without a header',
    ({ answer }: Passing) => withBody(answer, deflateRawSync(answer.body), { 'content-encoding': 'deflate' }),
  ],
  [
    'brotli',
    'compressed in a way nobody asked for',
    ({ answer }: Passing) => withBody(answer, brotliCompressSync(answer.body), { 'content-encoding': 'br' }),
  ],
  [
    'encoding-unknown',
    'encoded as `rot13`',
    ({ answer }: Passing) => withHeaders(answer, { 'content-encoding': 'rot13' }),
  ],
  [
    'gzip-bomb',
    'a small body that unpacks to 256 MB',
    ({ answer }: Passing) => withBody(answer, bomb(), { 'content-encoding': 'gzip' }),
  ],
  [
    'wrong-type',
    'calls itself a picture',
    ({ answer }: Passing) => withHeaders(answer, { 'content-type': 'image/png' }),
  ],
  ['no-type', 'says no type', ({ answer }: Passing) => withHeaders(answer, { 'content-type': null })],
  ['utf-16', 'is UTF-16', ({ answer }: Passing) => withBody(answer, Buffer.from(answer.body.toString(), 'utf16le'))],
  [
    'bom',
    'begins with a byte order mark',
    ({ answer }: Passing) => withBody(answer, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), answer.body])),
  ],
  [
    'bad-utf-8',
    'holds bytes that are no UTF-8',
    ({ answer }: Passing) => {
      const text = answer.body.toString('latin1');
      const changed = text.replaceAll('b.txt', 'b\xff\xfe.txt').replaceAll('version', 'vers\xff\xffon');
      // What names neither has them in its first word.
      const spoilt = changed === text ? text.replace(/[":>](?=\w)/, '$&\xff\xfe') : changed;
      // And what is packed may have no such word.
      const half = text.length >> 1;
      const sure = spoilt === text ? `${text.slice(0, half)}\xff\xfe${text.slice(half)}` : spoilt;
      return withBody(answer, Buffer.from(sure, 'latin1'));
    },
  ],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Encodings' }) as WireFault);

let packed: Buffer | undefined;
function bomb(): Buffer {
  return (packed ??= gzipSync(Buffer.alloc(256 << 20, ' '), { level: 1 }));
}

const timings: readonly WireFault[] = [
  ['silence', 'takes the request and never answers', () => () => undefined],
  ['stall-in-headers', 'stops in the middle of its headers', () => raw('HTTP/1.1 200 OK\r\ncontent-type: te')],
  [
    'stall-before-body',
    'sends headers and no body',
    ({ answer }: Passing) =>
      raw(headOf(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) })),
  ],
  [
    'stall-in-body',
    'stops in the middle of its body',
    ({ answer }: Passing) =>
      raw(
        headOf(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) }),
        half(answer.body),
      ),
  ],
  [
    'drip',
    'sends a byte now and then',
    ({ answer }: Passing) =>
      drip(
        headOf(answer.status, { ...answer.headers, 'content-length': String(answer.body.length + 1000) }),
        answer.body,
      ),
  ],
  ['drip-headers', 'sends its headers byte by byte', ({ answer }: Passing) => drip(Buffer.alloc(0), framed(answer))],
  ['informs-for-ever', 'says `100 Continue` without end', () => pour(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), 20)],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Time', limits: SHORT }) as WireFault);

const endless: readonly WireFault[] = [
  [
    'endless-body',
    'a body without end',
    ({ answer }: Passing) => endlessBody(headOf(answer.status, { ...answer.headers, ...CHUNKED })),
  ],
  [
    'endless-true-start',
    'the true body, and then no end',
    ({ answer }: Passing) =>
      endlessBody(Buffer.concat([headOf(answer.status, { ...answer.headers, ...CHUNKED }), chunk(answer.body)])),
  ],
  [
    'endless-headers',
    'headers without end',
    () => pour(Buffer.from(`x-filler: ${'x'.repeat(4000)}\r\n`), 0, 'HTTP/1.1 200 OK\r\n'),
  ],
  ['deep-nesting', 'a million brackets', ({ answer }: Passing) => withBody(answer, Buffer.from('['.repeat(1_000_000)))],
  [
    'deep-xml',
    'a hundred thousand elements inside each other',
    ({ answer }: Passing) =>
      withBody({ ...answer, status: answer.status === 207 ? 207 : answer.status }, Buffer.from('<a>'.repeat(100_000))),
  ],
].map(([id, title, apply]) => ({ id, title, apply, group: 'No end', limits: { headersMs: 2000 } }) as WireFault);

const connections: readonly WireFault[] = [
  ['dropped', 'closes the connection without an answer', () => (socket: Socket) => void socket.destroy()],
  ['reset', 'resets the connection', () => (socket: Socket) => void socket.resetAndDestroy()],
  ['garbage', 'answers with something else than HTTP', () => rawEnd('SSH-2.0-OpenSSH_9.6\r\n')],
  ['http-0.9', 'answers without headers', ({ answer }: Passing) => rawEnd(answer.body)],
  [
    'huge-header',
    'a header of 300 kB',
    ({ answer }: Passing) => withHeaders(answer, { 'x-filler': 'x'.repeat(300_000) }),
  ],
  [
    'two-lengths',
    'two different lengths',
    ({ answer }: Passing) =>
      rawEnd(headOf(200, { ...answer.headers, 'content-length': [String(answer.body.length), '5'] }), answer.body),
  ],
  [
    'negative-length',
    'a negative length',
    ({ answer }: Passing) => rawEnd(headOf(200, { ...answer.headers, 'content-length': '-1' }), answer.body),
  ],
  [
    'length-and-chunks',
    'a length and chunks',
    ({ answer }: Passing) =>
      rawEnd(
        headOf(200, { ...answer.headers, 'content-length': '5', 'transfer-encoding': 'chunked' }),
        chunk(answer.body),
        '0\r\n\r\n',
      ),
  ],
  ['nul-in-header', 'a NUL in a header', ({ answer }: Passing) => withHeaders(answer, { 'x-nul': 'a\0b' })],
  ['status-junk', 'a status that is no number', () => rawEnd('HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n')],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Connections' }) as WireFault);

const unsteady: WireFault = {
  id: 'drops-sometimes',
  title: 'drops three connections of ten',
  group: 'Connections',
  apply: (_passing, { random }) => (random() < 0.3 ? (socket) => void socket.destroy() : undefined),
};

const redirects: readonly WireFault[] = [
  ['redirect-loop', 'redirects to itself', ({ path }: Passing) => bare(302, { location: path })],
  [
    'redirect-chain',
    'redirects without end',
    ({ path }: Passing) => bare(307, { location: `${path}${path.includes('?') ? '&' : '?'}x=1` }),
  ],
  [
    'redirect-login',
    'redirects to a form of another server',
    (_: Passing, { elsewhere }: Surroundings) => bare(302, { location: `${elsewhere}/login` }),
  ],
  [
    'redirect-login-303',
    'redirects to a form with 303',
    (_: Passing, { elsewhere }: Surroundings) => bare(303, { location: `${elsewhere}/login` }),
  ],
  [
    'redirect-login-308',
    'redirects to a form with 308',
    (_: Passing, { elsewhere }: Surroundings) => bare(308, { location: `${elsewhere}/login` }),
  ],
  [
    'redirect-port',
    'redirects to another port of the same host',
    ({ path }: Passing, { anotherPort }: Surroundings) => bare(302, { location: `${anotherPort}${path}` }),
  ],
  [
    'redirect-port-308',
    'redirects to another port of the same host with 308',
    ({ path }: Passing, { anotherPort }: Surroundings) => bare(308, { location: `${anotherPort}${path}` }),
  ],
  [
    'redirect-private',
    'redirects to a private address',
    (_: Passing, { canary }: Surroundings) => bare(302, { location: `${canary}/` }),
  ],
  ['redirect-file', 'redirects to a file of this machine', () => bare(302, { location: 'file:///etc/passwd' })],
  ['redirect-nowhere', 'redirects without an address', () => bare(302)],
  ['redirect-broken', 'redirects to what is no address', () => bare(302, { location: 'http://[' })],
  [
    'redirect-userinfo',
    'redirects with credentials in the address',
    (_: Passing, { elsewhere }: Surroundings) =>
      bare(302, { location: `${elsewhere.replace('://', '://root:toor@')}/` }),
  ],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Redirects' }) as WireFault);

const lies: readonly WireFault[] = [
  [
    'etag-new',
    'another entity tag each time',
    ({ answer, nth }: Passing) => withHeaders(answer, { etag: `"n${String(nth)}-${String((serial += 1))}"` }),
  ],
  ['etag-same', 'the same entity tag for everything', ({ answer }: Passing) => withHeaders(answer, { etag: '"same"' })],
  ['etag-weak', 'only weak entity tags', ({ answer }: Passing) => withHeaders(answer, { etag: 'W/"weak"' })],
  ['etag-none', 'no validators', ({ answer }: Passing) => withHeaders(answer, { etag: null, 'last-modified': null })],
  [
    'modified-back',
    'dates long past',
    ({ answer }: Passing) => withHeaders(answer, { 'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT' }),
  ],
  [
    'modified-future',
    'dates in the future',
    ({ answer }: Passing) => withHeaders(answer, { 'last-modified': 'Fri, 31 Dec 2099 23:59:59 GMT' }),
  ],
  [
    'clock-ahead',
    'a clock that is a day ahead',
    ({ answer }: Passing) => withHeaders(answer, { date: new Date(Date.now() + 86_400_000).toUTCString() }),
  ],
  [
    'clock-behind',
    'a clock that is a day behind',
    ({ answer }: Passing) => withHeaders(answer, { date: new Date(Date.now() - 86_400_000).toUTCString() }),
  ],
  ['clock-junk', 'a date that is none', ({ answer }: Passing) => withHeaders(answer, { date: 'heute' })],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Lies about versions' }) as WireFault);

let serial = 0;

/** In the order of the page of docs. */
export const wireFaults: readonly WireFault[] = [
  ...[ofStatus, pages, truncations, encodings, timings, endless, connections, [unsteady], redirects, lies].flat(),
];

function drip(start: Buffer, body: Buffer): Writer {
  return (socket) => {
    socket.write(start);
    let at = 0;
    const timer = setInterval(() => socket.write(body.subarray(at % body.length, (at++ % body.length) + 1)), 30);
    socket.once('close', () => clearInterval(timer));
  };
}

/** The same bytes again and again, as fast as they are read or every `milliseconds`. */
function pour(bytes: Buffer, milliseconds: number, start = ''): Writer {
  return (socket) => {
    socket.write(start);
    if (milliseconds > 0) {
      const timer = setInterval(() => socket.write(bytes), milliseconds);
      socket.once('close', () => clearInterval(timer));
      return;
    }
    const more = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.on('drain', more);
    more();
  };
}

function endlessBody(start: Buffer): Writer {
  const block = chunk(Buffer.alloc(256 * 1024, 'x'));
  return (socket) => {
    socket.write(start);
    pour(block, 0)(socket);
  };
}
