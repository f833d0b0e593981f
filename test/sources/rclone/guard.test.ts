/** rclone connects by itself: a server must not lead it to addresses inside. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/sources/create-http.ts';
import { openRclone } from '../../../src/sources/rclone/session.ts';
import type { SourceSession } from '../../../src/sources/source.ts';
import { failureOf, pathsOf, readBody } from '../bench.ts';
import type { Answer, Certificate, Fault } from '../hostile/proxy.ts';
import { type Attacked, attack, subjects } from '../hostile/subjects.ts';
import { defineRemote, whyNoCurrentRclone, whyNoRclone, withCurrentRclone } from './course.ts';

const signal = AbortSignal.timeout(120_000);

const certificates = JSON.parse(readFileSync('test/fixtures/http/certificates.json', 'utf8')) as Readonly<
  Record<'authority' | 'key' | 'good', string>
>;
const noCurrent = whyNoCurrentRclone();

let folder: string;
let canaries: Server[] = [];
let touched = 0;
const ends: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  for (const host of ['0.0.0.0', '::1']) {
    const canary = createServer((_request, response) => response.end('secret'));
    canary.on('connection', () => (touched += 1));
    await new Promise<void>((listening) => canary.listen(0, host, listening));
    canaries.push(canary);
  }
});
afterAll(() => {
  for (const canary of canaries) canary.close();
  canaries = [];
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'f2git-guard-'));
  touched = 0;
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

const portOf = (at: number): string => String((canaries[at]?.address() as AddressInfo).port);

interface Opening {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly config?: string;
  readonly path?: string;
  readonly allowPrivateAddresses?: boolean;
}

function open(remote: string, opening: Opening = {}): SourceSession {
  const { environment = process.env, config = '/dev/null', path = 'kurs', allowPrivateAddresses = false } = opening;
  const http = createHttp({ allowPrivateAddresses, limits: { connectMs: 2000 } });
  const context = { http, now: () => new Date(), credentials: {}, cacheDir: join(folder, 'cache') };
  const session = openRclone({ remote, path, config }, context, environment);
  ends.push(() => http.close());
  ends.push(() => session.close());
  return session;
}

async function startCourse(certificate?: Certificate): Promise<Attacked> {
  const attacked = await attack(subjects['rclone']!, certificate);
  ends.push(() => attacked.stop());
  for (const path of ['a.txt', 'b.txt', 'c.txt', 'week1/d.txt']) {
    await attacked.course.driver.put(path.split('/'), Buffer.from(path));
  }
  return attacked;
}

/** Reads everything, many files at once. */
async function read(session: SourceSession): Promise<readonly string[]> {
  const listing = await session.list(signal);
  if (listing.kind !== 'listing') throw new Error('this adapter always lists');
  session.prefetch?.(listing.entries, signal);
  for (const entry of listing.entries) await readBody(await session.fetch(entry, signal));
  return pathsOf(listing);
}

const to = (location: string): Answer => ({ status: 302, headers: { location }, body: Buffer.alloc(0) });

/** Where a server can lead: from its list, from one of its folders, from the contents of its files. */
const ways: Readonly<Record<string, (target: string) => Fault>> = {
  list: (target) => () => to(target),
  folder:
    (target) =>
    ({ path }) =>
      path.includes('week1') ? to(target) : undefined,
  content:
    (target) =>
    ({ method }) =>
      method === 'GET' ? to(target) : undefined,
};

/** Of this machine, in spellings that Go's proxy rules do not know for loopback. */
const otherSpellings = (): readonly string[] => [`http://0.0.0.0:${portOf(0)}/`, `http://2130706433:${portOf(0)}/`];
const loopback = (): readonly string[] => [
  `http://127.0.0.1:${portOf(0)}/`,
  `http://localhost:${portOf(0)}/`,
  `http://[::1]:${portOf(1)}/`,
];

const versions = [
  {
    name: 'the rclone of Debian',
    missing: whyNoRclone(),
    environment: () => process.env,
    targets: () => otherSpellings(),
    host: '0.0.0.0',
  },
  {
    name: 'a current rclone',
    missing: noCurrent,
    environment: withCurrentRclone,
    targets: () => [...otherSpellings(), ...loopback()],
    host: 'localhost',
  },
];

/** Gives the remote of a Swift whose sign-in and storage are servers of their own (auth version 1, `X-Storage-Url`). */
async function startSwift(host: string): Promise<Readonly<Record<string, string>>> {
  const item = { name: 'a.txt', bytes: 5, hash: MD5_OF_HALLO, last_modified: '2026-11-23T10:00:00.000000' };
  const storage = createServer(({ url = '' }, response) => {
    const isList = url.includes('format=json');
    response.setHeader('etag', MD5_OF_HALLO).setHeader('content-type', isList ? 'application/json' : 'text/plain');
    response.end(!isList ? 'hallo' : JSON.stringify(/marker=[^&]/.test(url) ? [] : [item]));
  });
  const address = `http://${host}:${await listening(storage)}/v1/AUTH_x`;
  const catalog = createServer((_request, response) => {
    response.writeHead(200, { 'x-storage-url': address, 'x-auth-token': 'geheim' }).end();
  });
  const auth = `http://${host}:${await listening(catalog)}/auth/v1.0`;
  return { type: 'swift', auth, auth_version: '1', user: 'lehre', key: 'geheim' };
}

const MD5_OF_HALLO = '598d4c200461b81522a3328565c25f7c';

/** The port of a server that ends with its test. */
async function listening(server: Server): Promise<string> {
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
  ends.push(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

/** Another port of the host of a course's remote, where whoever signs in is remembered. */
async function startNeighbour(
  scheme: 'http' | 'https' = 'http',
): Promise<{ readonly port: string; readonly signIns: readonly string[] }> {
  const signIns: string[] = [];
  const listen: RequestListener = ({ headers }, response) => {
    signIns.push(headers.authorization ?? 'nobody');
    response.end('eine Seite');
  };
  const { key, good: cert } = certificates;
  const neighbour = scheme === 'http' ? createServer(listen) : createSecureServer({ key, cert }, listen);
  return { port: await listening(neighbour), signIns };
}

/** Defines a course's remote once more, at an address that names the same server. */
function alsoAt(address: string, { raw }: Attacked): string {
  const own = `RCLONE_CONFIG_${String(raw['remote']).toUpperCase()}`;
  const { [`${own}_USER`]: user = '', [`${own}_PASS`]: pass = '' } = process.env;
  ends.push(defineRemote('also', { type: 'webdav', url: `${address}/dav/`, vendor: 'other', user, pass }));
  return 'also';
}

describe.each(versions)('$name', ({ missing, environment, targets, host }) => {
  describe.skipIf(missing !== undefined)(missing ?? 'is kept from addresses inside', () => {
    it.each(Object.keys(ways))('to which a %s leads', async (way) => {
      const attacked = await startCourse();
      const remote = String(attacked.raw['remote']);
      for (const target of targets()) {
        attacked.proxy.fault = ways[way]?.(target);
        const error = await failureOf(read(open(remote, { environment: environment() })));
        expect([error.code, target]).toEqual(['address-forbidden', target]);
      }
      expect(touched).toBe(0);
    });

    it('but goes where the administrator allows it', async () => {
      const attacked = await startCourse();
      const remote = String(attacked.raw['remote']);
      expect(await read(open(remote, { environment: environment() }))).toHaveLength(4);
      attacked.proxy.fault = ways['content']?.(targets()[0] ?? '');
      const session = open(remote, { environment: environment(), allowPrivateAddresses: true });
      await read(session).catch((error: unknown) => error);
      expect(touched).toBeGreaterThan(0);
    });

    it.each(Object.keys(ways))(
      'and signs in at no other port of a configured host, wherever a %s leads',
      async (way) => {
        const attacked = await startCourse();
        const neighbour = await startNeighbour();
        const { port } = new URL(attacked.proxy.origin);
        const remote = alsoAt(`http://${host}:${port}`, attacked);
        const reading = () => read(open(remote, { environment: environment(), allowPrivateAddresses: true }));
        expect(await reading()).toHaveLength(4);
        const target = `http://${host}:${neighbour.port}/`;
        attacked.proxy.fault = ways[way]?.(target);
        const error = await failureOf(reading());
        expect(neighbour.signIns).toEqual([]);
        expect([error.code, error.params['address']]).toEqual(['address-forbidden', target]);
      },
    );

    it('but follows a catalog to the storage at another port', async () => {
      ends.push(defineRemote('cloud', await startSwift(host)));
      const session = open('cloud', { environment: environment(), allowPrivateAddresses: true });
      expect(await read(session)).toEqual(['a.txt']);
    });

    it('and told what its name service says', async () => {
      ends.push(defineRemote('named', { type: 'http', url: 'http://example.invalid/' }));
      const error = await failureOf(open('named', { environment: environment(), path: '' }).list(signal));
      expect(error.code).toMatch(/^source-(host-unknown|unreachable)$/);
    });

    it('is not used for storages whose servers name further ones', async () => {
      ends.push(defineRemote('plain', { type: 'ftp', host: '127.0.0.1', port: portOf(0), user: 'x' }));
      ends.push(defineRemote('outer', { type: 'alias', remote: 'plain:kurs' }));
      ends.push(defineRemote('spot', { type: 'crypt', remote: `:ftp,host=127.0.0.1,port=${portOf(0)}:kurs` }));
      for (const remote of ['plain', 'outer', 'spot']) {
        const error = await failureOf(open(remote, { environment: environment() }).list(signal));
        expect([error.code, remote]).toEqual(['address-forbidden', remote]);
      }
    });

    it('and not from what its configuration names, behind an alias as well', async () => {
      const attacked = await startCourse();
      const variable = `RCLONE_CONFIG_${String(attacked.raw['remote']).toUpperCase()}`;
      const { [`${variable}_USER`]: user = '', [`${variable}_PASS`]: pass = '' } = process.env;
      const inner = [
        '[inner]',
        'type = webdav',
        `url = ${attacked.proxy.origin}/dav/`,
        `user = ${user}`,
        `pass = ${pass}`,
      ];
      const config = join(folder, 'rclone.conf');
      writeFileSync(config, [...inner, '[my course]', 'type = alias', 'remote = inner:kurs', ''].join('\n'));
      expect(await read(open('my course', { environment: environment(), config, path: '' }))).toHaveLength(4);
    });
  });
});

describe.skipIf(noCurrent !== undefined)(
  `a current rclone over TLS${noCurrent === undefined ? '' : ` (${noCurrent})`}`,
  () => {
    it.each([
      ['https', 'address-forbidden'],
      // It refuses that by itself, where older ones follow.
      ['http', 'source-unreachable'],
    ] as const)('signs in at no other port by %s', async (scheme, code) => {
      const attacked = await startCourse({ key: certificates.key, cert: certificates.good });
      const neighbour = await startNeighbour(scheme);
      const remote = alsoAt(attacked.proxy.origin, attacked);
      const trusted = join(folder, 'authority.pem');
      writeFileSync(trusted, certificates.authority);
      const environment = { ...withCurrentRclone(), SSL_CERT_FILE: trusted };
      const reading = () => read(open(remote, { environment, allowPrivateAddresses: true }));
      expect(await reading()).toHaveLength(4);
      attacked.proxy.fault = () => to(`${scheme}://127.0.0.1:${neighbour.port}/`);
      const error = await failureOf(reading());
      expect([neighbour.signIns, error.code]).toEqual([[], code]);
    });
  },
);
