import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createSigner, type StandingAuth } from '../../src/sources/auth.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http, HttpAuth } from '../../src/sources/http.ts';
import { type Answer, content, type Hostile, startHostile, status } from '../support/hostile-server.ts';

interface Recorded {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly challenge: string;
  readonly authorization: string;
}

const recorded = JSON.parse(readFileSync('test/fixtures/http/recorded-sign-ins.json', 'utf8')) as readonly Recorded[];

const password = (user: string, text: string): StandingAuth => {
  return { kind: 'password', user, password: new Secret(text) };
};

/** The parts of a header in any order. */
function partsOf(header: string | undefined): readonly string[] {
  const text = Buffer.from(header ?? '', 'latin1').toString();
  return text
    .replace(/^Digest /, '')
    .split(/,\s*/)
    .sort();
}

describe('answers real servers accepted', () => {
  it.each(recorded.map((one) => [`${one.server}: ${one.challenge.slice(0, 12)}`, one] as const))('%s', (_name, one) => {
    const secret = one.challenge.startsWith('Digest') ? 'PASSWORD' : 'Päss: w%rt';
    const signer = createSigner(password('alice', secret), false, () => '0a4f113b');
    expect(signer.ahead(one.method, one.path)).toBeUndefined();
    const answer = signer.answer(one.challenge, undefined, one.method, one.path);
    // RFC 7616 has the server take `qop` and `nc` in any order.
    expect(partsOf(answer?.header)).toEqual(partsOf(one.authorization));
  });
});

describe('the examples of RFC 7616, 3.9.1', () => {
  const challenge = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
  const answer = (header: string) => {
    const nonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
    const signer = createSigner(password('Mufasa', 'Circle of Life'), false, () => nonce);
    return /response="([0-9a-f]+)"/.exec(signer.answer(header, undefined, 'GET', '/dir/index.html')?.header ?? '')?.[1];
  };
  const md5 = '8ca523f5e9506fed4657c9700eebdbec';
  const sha256 = '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1';

  it.each([
    ['MD5', challenge('MD5'), md5],
    ['SHA-256', challenge('SHA-256'), sha256],
    ['the stronger of two in one header', `${challenge('MD5')}, ${challenge('SHA-256')}`, sha256],
    ['the one it knows', `${challenge('SHA-512-256')}, ${challenge('MD5')}`, md5],
    ['Digest before Basic', `Basic realm="a, b=c", ${challenge('MD5')}`, md5],
    ['nothing for auth-int alone', 'Digest realm="x", nonce="y", qop="auth-int"', undefined],
  ])('%s', (_name, header, response) => {
    expect(answer(header)).toBe(response);
  });
});

describe('signing in', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  async function start(answer: Answer): Promise<{ hostile: Hostile; http: Http }> {
    const hostile = await startHostile({ '/a': answer, '/b': answer });
    const http = createHttp({ allowPrivateAddresses: true, random: () => 0, pause: () => Promise.resolve() });
    cleanups.push(
      () => http.close(),
      () => hostile.stop(),
    );
    return { hostile, http };
  }

  async function statusOf(http: Http, hostile: Hostile, auth: HttpAuth, path = '/a'): Promise<number | string> {
    const request = {
      method: 'GET',
      url: `${hostile.origin}${path}?x=1`,
      auth,
      purpose: 'listing',
      maxBytes: 1000,
    } as const;
    try {
      const response = await http.send(request, new AbortController().signal);
      await response.discard();
      return response.status;
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  it('sends Basic ahead on loopback, and a token likewise', async () => {
    const { hostile, http } = await start(content('x'));
    await statusOf(http, hostile, password('änne', 'pw'));
    await statusOf(http, hostile, { kind: 'bearer', token: new Secret('t0ken') });
    expect(hostile.received.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('änne:pw').toString('base64')}`,
      'Bearer t0ken',
    ]);
  });

  it('waits to be asked where others may listen', () => {
    const signer = createSigner(password('a', 'b'), false, () => '');
    expect(signer.ahead('GET', '/')).toBeUndefined();
    const signature = signer.answer('Basic realm="x"', undefined, 'GET', '/');
    expect(signature?.scheme).toBe('basic');
    expect(signer.answer('Basic realm="x"', signature, 'GET', '/')).toBeUndefined();
  });

  it('counts the uses of a nonce, takes a fresh one when it is stale, and never sends the password', async () => {
    const server = digestServer('prof', 'geheim', { usesOfANonce: 3 });
    const { hostile, http } = await start(server.answer);
    for (let at = 0; at < 8; at += 1) expect(await statusOf(http, hostile, password('prof', 'geheim'))).toBe(200);
    expect(server.counts).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
    const digests = hostile.received.flatMap(({ headers }) => headers.authorization ?? []);
    expect(digests.slice(1).every((header) => header.startsWith('Digest '))).toBe(true);
  });

  it('takes a fresh nonce from a server that does not say it was stale', async () => {
    const server = digestServer('prof', 'geheim', { usesOfANonce: 1, isSilent: true });
    const { hostile, http } = await start(server.answer);
    for (let at = 0; at < 3; at += 1) expect(await statusOf(http, hostile, password('prof', 'geheim'))).toBe(200);
  });

  it('uses the nonce the server names for the next request', async () => {
    const server = digestServer('prof', 'geheim', { usesOfANonce: 1, namesNext: true });
    const { hostile, http } = await start(server.answer);
    for (let at = 0; at < 4; at += 1) expect(await statusOf(http, hostile, password('prof', 'geheim'))).toBe(200);
    expect(hostile.received).toHaveLength(5);
  });

  it.each<[string, Answer]>([
    ['Basic', status(401, { 'www-authenticate': 'Basic realm="x"' })],
    ['Digest', digestServer('prof', 'right', { usesOfANonce: 9 }).answer],
    ['both', status(401, { 'www-authenticate': 'Basic realm="x", Digest realm="x", nonce="y", qop="auth"' })],
    ['no challenge', status(401)],
    ['a challenge nobody can read', status(401, { 'www-authenticate': 'Negotiate, DummyBasic realm="x"' })],
  ])('sends a wrong password at most twice in all: %s', async (_name, answer) => {
    const { hostile, http } = await start(answer);
    const codes = [];
    for (let at = 0; at < 5; at += 1) codes.push(await statusOf(http, hostile, password('prof', 'wrong')));
    expect(codes).toEqual([401, 401, 'source-login', 'source-login', 'source-login']);
    const withDigest = hostile.received.filter(({ headers }) => headers.authorization?.startsWith('Digest'));
    const withBasic = hostile.received.filter(({ headers }) => headers.authorization?.startsWith('Basic'));
    expect(Math.max(withDigest.length, withBasic.length)).toBeLessThanOrEqual(2);
  });

  it('does not go on for ever with a server whose nonces are always stale', async () => {
    let nonce = 0;
    const { hostile, http } = await start((request, socket, nth) => {
      const challenge = `Digest realm="x", nonce="n${(nonce += 1)}", qop="auth", stale=true`;
      status(401, { 'www-authenticate': challenge })(request, socket, nth);
    });
    expect(await statusOf(http, hostile, password('prof', 'x'))).toBe(401);
    expect(hostile.received.length).toBeLessThanOrEqual(4);
  });

  it('goes on when good credentials are refused in one place', async () => {
    const refusing: Answer = (request, socket, nth) =>
      (request.path.startsWith('/b') ? status(401) : content('x'))(request, socket, nth);
    const { hostile, http } = await start(refusing);
    const auth = password('prof', 'right');
    expect(await statusOf(http, hostile, auth)).toBe(200);
    for (let at = 0; at < 4; at += 1) expect(await statusOf(http, hostile, auth, '/b')).toBe(401);
    expect(await statusOf(http, hostile, auth)).toBe(200);
  });

  it.each<[string, HttpAuth]>([
    ['a line break in the user', password('prof\r\nX-Evil: 1', 'x')],
    ['a line break in the password', password('prof', 'x\n')],
    ['a colon in the user', password('prof:x', 'y')],
    ['a line break in the token', { kind: 'bearer', token: new Secret('x\r\n') }],
  ])('refuses %s', async (_name, auth) => {
    const { hostile, http } = await start(content('x'));
    expect(await statusOf(http, hostile, auth)).toBe('credentials-invalid');
    expect(hostile.received).toHaveLength(0);
  });
});

interface DigestBehaviour {
  readonly usesOfANonce: number;
  /** Refuses a used-up nonce without saying that it was stale. */
  readonly isSilent?: boolean;
  readonly namesNext?: boolean;
}

/** A server that checks what it is sent, nonce counts included, as RFC 7616 has it. */
function digestServer(user: string, secret: string, behaviour: DigestBehaviour) {
  let generation = 0;
  let used = 0;
  const counts: number[] = [];
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const challenge = (stale: boolean) =>
    status(401, {
      'www-authenticate': `Digest realm="r", nonce="n${generation}", qop="auth"${stale ? ', stale=true' : ''}`,
    });
  const answer: Answer = (request, socket, nth) => {
    const sent = new Map(
      [...(request.headers.authorization ?? '').matchAll(/(\w+)="?([^",]*)"?/g)].map(([, k, v]) => [k, v]),
    );
    const count = Number.parseInt(sent.get('nc') ?? '0', 16);
    const nonce = sent.get('nonce');
    const [first, second] = [md5(`${user}:r:${secret}`), md5(`${request.method}:${request.path}`)];
    const expected = md5(`${first}:${nonce ?? ''}:${sent.get('nc') ?? ''}:${sent.get('cnonce') ?? ''}:auth:${second}`);
    const isRight = sent.get('response') === expected && sent.get('uri') === request.path;
    if (!isRight || nonce !== `n${generation}` || used >= behaviour.usesOfANonce || count !== used + 1) {
      if (used >= behaviour.usesOfANonce) {
        generation += 1;
        used = 0;
      }
      challenge(isRight && behaviour.isSilent !== true)(request, socket, nth);
      return;
    }
    used += 1;
    counts.push(count);
    if (behaviour.namesNext !== true) {
      content('x')(request, socket, nth);
      return;
    }
    generation += 1;
    used = 0;
    content('x', { 'authentication-info': `nextnonce="n${generation}", qop=auth` })(request, socket, nth);
  };
  return { answer, counts };
}
