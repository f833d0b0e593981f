/** A program that signs in by the name of the host alone reaches no other port of it. */
import { expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { checkServer, fixedServers } from '../../src/sources/fixed-servers.ts';

const cases: readonly (readonly [named: string, there: readonly string[], nowhere: readonly string[]])[] = [
  [
    'https://cloud.example/remote.php/dav',
    ['https://cloud.example/other', 'https://CLOUD.example:443/', 'https://a.b.cloud.example/'],
    [
      'http://cloud.example/',
      'http://cloud.example:443/',
      'https://cloud.example:8443/',
      'https://cloud.example.:8443/',
      'https://a.cloud.example:8443/',
      'http://a.cloud.example/',
    ],
  ],
  [
    'http://cloud.example',
    ['http://cloud.example/', 'https://cloud.example/'],
    ['http://cloud.example:8080/', 'https://cloud.example:8443/', 'http://cloud.example:443/'],
  ],
  [
    'http://cloud.example:8080/',
    ['http://cloud.example:8080/', 'https://cloud.example:8080/'],
    ['http://cloud.example/', 'https://cloud.example/', 'http://cloud.example:8081/'],
  ],
  [
    's3.example',
    ['http://s3.example/', 'https://bucket.s3.example/'],
    ['http://s3.example:9000/', 'https://s3.example:8443/'],
  ],
  ['s3.example:9000', ['http://s3.example:9000/', 'https://s3.example:9000/'], ['https://s3.example/']],
  ['http://[2001:db8::1]:8080', ['http://[2001:DB8:0::1]:8080/'], ['http://[2001:db8::1]/']],
  ['http://192.0.2.1:8080', ['http://192.0.2.1:8080/'], ['http://192.0.2.1:8081/', 'http://0xc0000201:8081/']],
];

it.each(cases)('named as %s', (named, there, nowhere) => {
  const fixed = fixedServers([named]);
  for (const address of there) expect(isLet(address, fixed), address).toBe(true);
  for (const address of nowhere) expect(isLet(address, fixed), address).toBe(false);
});

it('leaves all other hosts alone', () => {
  const fixed = fixedServers(['https://cloud.example', 'not a host at all', '']);
  for (const host of ['example', 'mycloud.example', 'cloud.example.org', '192.0.2.1']) {
    expect(isLet(`http://${host}:8080/`, fixed), host).toBe(true);
  }
});

it('lets each place of a host be named', () => {
  const fixed = fixedServers(['https://cloud.example', 'https://cloud.example:5000/v3']);
  expect(isLet('https://cloud.example/', fixed)).toBe(true);
  expect(isLet('https://cloud.example:5000/', fixed)).toBe(true);
  expect(isLet('https://cloud.example:5001/', fixed)).toBe(false);
});

function isLet(address: string, fixed: readonly URL[]): boolean {
  try {
    checkServer(new URL(address), fixed);
    return true;
  } catch (error) {
    if (error instanceof F2gitError && error.code === 'address-forbidden') return false;
    throw error;
  }
}
