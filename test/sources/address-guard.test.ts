import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { isPublicAddress } from '../../src/sources/address-guard.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http, HttpOptions } from '../../src/sources/http.ts';
import { content, type Hostile, redirect, startHostile } from '../support/hostile-server.ts';

/** Ways to write loopback, this network, the cloud's metadata service and other inside addresses; PORT is the canary's. */
const spellings: readonly string[] = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.255.255.254', '2130706433', '0x7f000001', '0x7f.1', '0X7F.0x0.0x0.0x1'],
  ...['0177.0.0.1', '017700000001', '0177.0x0.0.1', '127.0.0.1.', '127.000.000.001', '%31%32%37.0.0.1', '①②⑦.0.0.1'],
  ...['１２７.0.0.1', '127。0。0。1', '127．0．0．1', '127.0.0.0x1', '0x7f.0.0.1', '0x7f.0x00.0x00.0x01', '00000177.1'],
  ...['0', '0.0.0.0', '0x0', '00', '0.0', '0.0.0', '000.000.000.000', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::0001]'],
  ...['[0000:0000:0000:0000:0000:0000:0000:0001]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::FFFF:127.0.0.1]'],
  ...['[0:0:0:0:0:ffff:7f00:0001]', '[::127.0.0.1]', '[::7f00:1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]'],
  ...[
    '[64:ff9b::7f00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::]',
    '[2002:7f00:0001::1]',
    '[2002:a00:1::]',
  ],
  ...['[2002:a9fe:a9fe::]', '[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[::ffff:10.0.0.1]', '[::ffff:0.0.0.0]'],
  ...[
    '[fe80::1]',
    '[fe80::7f00:1]',
    '[febf::1]',
    '[fc00::1]',
    '[fd00::1]',
    '[fd00:ec2::254]',
    '[fdff:ffff::1]',
    '[fec0::1]',
  ],
  ...[
    '[ff02::1]',
    '[ff05::1]',
    '[2001::1]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '[2001:10::1]',
    '[2001:20::1]',
    '[100::1]',
  ],
  ...[
    '[3fff::1]',
    '[5f00::1]',
    '[4000::1]',
    '[::2]',
    '[1::1]',
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '169.254.43518',
  ],
  ...[
    '0251.0376.0251.0376',
    '0xa9.0xfe.0xa9.0xfe',
    '169.16689662',
    '169.254.0.1',
    '169.254.169.254.',
    '10.0.0.1',
    '10.1',
  ],
  ...[
    '10.255.255.255',
    '167772161',
    '0xa000001',
    '012.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '2886729729',
    '192.168.0.1',
  ],
  ...[
    '192.168.1',
    '192.168.65535',
    '3232235521',
    '0xc0a80001',
    '0300.0250.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '198.18.0.1',
  ],
  ...[
    '198.19.255.255',
    '192.0.0.1',
    '192.0.0.192',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '192.88.99.1',
    '224.0.0.1',
  ],
  ...[
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '4294967295',
    '0xffffffff',
    '0377.0377.0377.0377',
    'localhost',
  ],
  ...[
    'LOCALHOST',
    'localhost.',
    'LocalHost',
    'ｌocalhost',
    'loc%61lhost',
    'localhost.localdomain',
    'ip6-localhost',
    'hub',
  ],
  ...['hub.', 'metadata.google.internal', 'kubernetes.default.svc', 'redis', '127.0.0.1.nip.example', 'rebind.example'],
];

/** Names that resolve inside, in all the ways names can. */
const names: Readonly<Record<string, readonly string[]>> = {
  hub: ['10.42.0.7'],
  redis: ['172.17.0.3'],
  'metadata.google.internal': ['169.254.169.254'],
  'kubernetes.default.svc': ['10.96.0.1'],
  '127.0.0.1.nip.example': ['127.0.0.1'],
  'rebind.example': ['93.184.216.34', '127.0.0.1'],
  'six.example': ['::ffff:127.0.0.1'],
  'zone.example': ['fe80::1%eth0'],
};

const lookup: NonNullable<HttpOptions['lookup']> = (hostname) => {
  const bare = hostname.replace(/\.$/, '').toLowerCase();
  const addresses = names[bare] ?? ['127.0.0.1', '::1'];
  return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
};

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
