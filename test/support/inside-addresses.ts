/** Addresses that no source may be asked at: this machine, its networks, the cloud's metadata service, and their disguises. */
import type { Lookup } from '../../src/sources/address-guard.ts';

/** Ways to write loopback, this network, the cloud's metadata service and other inside addresses. */
export const insideHosts: readonly string[] = [
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

/** Names that resolve inside, in all the ways names can; any other does as well. */
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

/** The name service of whoever owns the names. */
export const insideLookup: Lookup = (hostname) => {
  const bare = hostname.replace(/\.$/, '').toLowerCase();
  const addresses = names[bare] ?? ['127.0.0.1', '::1'];
  return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
};

/** Hosts that dress up: as a public one, by letters that look alike, by a port, by what stands around them. */
export const disguisedHosts: readonly string[] = [
  ...[
    'public.example@127.0.0.1',
    'public.example%40@127.0.0.1',
    '127.0.0.1%00.public.example',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'localhost。',
  ],
  ...[
    '𝟏𝟐𝟕.𝟎.𝟎.𝟏',
    '127.1.',
    '0x7f000001.',
    '2130706433.',
    '0x7f.1.',
    '[::ffff:7f00:1%25lo]',
    '[fe80::1%25eth0]',
    '[::1%251]',
  ],
  ...[
    'six.example',
    'zone.example',
    'app.localhost',
    'a.b.localhost.',
    'localhost.localdomain.',
    'xn--localhost-.example',
  ],
  ...[
    '[::ffff:192.168.0.1]',
    '[::ffff:172.16.0.1]',
    '[2002:c0a8:1::]',
    '[2002:ac10:1::]',
    '[64:ff9b::10.0.0.1]',
    '[64:ff9b::c0a8:1]',
  ],
];

/** Whole addresses that are none of the web's, or of which nobody can say where they lead. */
export const strangeAddresses: readonly string[] = [
  ...[
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'file://127.0.0.1/etc/passwd',
    'unix:/run/docker.sock',
    'gopher://127.0.0.1:6379/_',
  ],
  ...[
    'http+unix://%2Frun%2Fdocker.sock/info',
    'dict://127.0.0.1:11211/',
    'data:text/plain,x',
    'javascript:1',
    'ws://127.0.0.1/',
  ],
  ...[
    'http://',
    'http://[',
    'http://[::1',
    'http://127.0.0.1:99999/',
    'http:// 127.0.0.1/',
    'https://user:secret@127.0.0.1/',
  ],
];
