import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { isPublicAddress } from '../../src/sources/address-guard.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http } from '../../src/sources/http.ts';
import { insideHosts as spellings, insideLookup as lookup } from '../support/inside-addresses.ts';
import { content, type Hostile, redirect, startHostile } from '../support/hostile-server.ts';

let canary: Hostile;
let source: Hostile;
let http: Http;
const answers: Record<string, ReturnType<typeof redirect>> = {};

beforeEach(async () => {
  canary = await startHostile({ '/': content('secret') });
  source = await startHostile(answers);
  http = createHttp({ allowPrivateAddresses: false, allowedOrigins: [source.origin], lookup, limits: { tries: 1 } });
});

afterEach(async () => {
  await http.close();
  await source.stop();
  await canary.stop();
});

async function codeOf(url: string): Promise<string> {
  const request = { method: 'GET', url, purpose: 'content', maxBytes: 1000 } as const;
  return http.send(request, new AbortController().signal).then(
    (response) => `status ${response.status}`,
    (error: unknown) => (error instanceof F2gitError ? error.code : String(error)),
  );
}

describe('addresses inside are not asked', () => {
  it(`in any of ${spellings.length} spellings, at any depth of redirects, and nothing connects`, async () => {
    expect(new Set(spellings).size).toBeGreaterThanOrEqual(120);
    for (const [at, host] of spellings.entries()) {
      const target = `http://${host}:${canary.port}/`;
      expect(await codeOf(target), target).toBe('address-forbidden');
      for (const depth of [1, 2, 4]) {
        for (let hop = 1; hop < depth; hop += 1)
          answers[`/${at}/${depth}/${hop}`] = redirect(302, `/${at}/${depth}/${hop + 1}`);
        answers[`/${at}/${depth}/${depth}`] = redirect(302, target);
        expect(await codeOf(`${source.origin}/${at}/${depth}/1`), `${target} after ${depth}`).toBe('address-forbidden');
      }
    }
    expect(canary.connects()).toBe(0);
  });

  it('and neither are other ports of an allowed host', async () => {
    expect(await codeOf(`http://127.0.0.1:${canary.port}/`)).toBe('address-forbidden');
    expect(await codeOf(`${source.origin}/none`)).toBe('status 404');
    expect(canary.connects()).toBe(0);
  });

  it.each([
    'ftp://example.org/',
    'file:///etc/passwd',
    'unix:/run/x.sock',
    'gopher://127.0.0.1:6379/_',
    'data:,x',
    'javascript:1',
  ])('nor is %s, directly or by redirect', async (address) => {
    answers['/scheme'] = redirect(302, address);
    expect(await codeOf(address)).toBe('address-forbidden');
    expect(await codeOf(`${source.origin}/scheme`)).toBe('address-forbidden');
  });

  it.each([
    'http://a b/',
    'http://exa\nmple.org/',
    'http://example.org/\r\nX: y',
    'http://',
    'nonsense',
    'http://[::1',
  ])('nor is %j, which is no address', async (address) => {
    expect(await codeOf(address)).toBe('address-forbidden');
  });

  it('a name that answers differently the second time is connected to what was checked', async () => {
    let asked = 0;
    const rebinding = createHttp({
      allowPrivateAddresses: false,
      limits: { tries: 1, connectMs: 200 },
      lookup: () => {
        asked += 1;
        // TEST-NET-like public address nobody answers at first, this machine from then on.
        return Promise.resolve([
          { address: asked === 1 ? '2001:4860:ffff:ffff::1' : '127.0.0.1', family: asked === 1 ? 6 : 4 },
        ]);
      },
    });
    const request = {
      method: 'GET',
      url: `http://rebind.example:${canary.port}/`,
      purpose: 'content',
      maxBytes: 9,
    } as const;
    await expect(rebinding.send(request, new AbortController().signal)).rejects.toMatchObject({
      code: 'source-unreachable',
    });
    expect(asked).toBe(1);
    expect(canary.connects()).toBe(0);
    await rebinding.close();
  });

  it('https is never left for http, except that the same host is asked with https again', async () => {
    const { redirectedFrom } = await import('../../src/sources/redirect.ts');
    const hop = { method: 'GET', headers: {}, body: undefined, auth: { kind: 'none' } } as const;
    const from = (url: string, location: string) =>
      redirectedFrom({ ...hop, url: new URL(url) }, 301, location)?.url.href;
    expect(from('https://a.example/x', 'http://a.example/x/')).toBe('https://a.example/x/');
    expect(from('https://a.example:8443/x', 'http://a.example:8443/x/')).toBe('https://a.example:8443/x/');
    expect(() => from('https://a.example/x', 'http://b.example/x')).toThrow('address-forbidden');
    expect(() => from('https://a.example/x', 'http://a.example:8080/x')).toThrow('address-forbidden');
    expect(from('http://a.example/x', 'https://a.example/x')).toBe('https://a.example/x');
  });
});

describe('public addresses', () => {
  it.each(['93.184.216.34', '8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '198.20.0.1', '223.255.255.255'])(
    '%s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
      expect(isPublicAddress(`::ffff:${address}`)).toBe(true);
      expect(isPublicAddress(`64:ff9b::${address}`)).toBe(true);
    },
  );

  it.each(['2606:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '2001:200::1'])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(['', 'example.org', '1.2.3', '1.2.3.4.5', ':::'])('%j is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
