/** rclone connects by itself: a server must not lead it to addresses inside. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/sources/create-http.ts';
import { openRclone } from '../../../src/sources/rclone/session.ts';
import type { SourceSession } from '../../../src/sources/source.ts';
import { failureOf, pathsOf, readBody } from '../bench.ts';
import type { Answer, Fault } from '../hostile/proxy.ts';
import { type Attacked, attack, subjects } from '../hostile/subjects.ts';
import { defineRemote, whyNoCurrentRclone, whyNoRclone, withCurrentRclone } from './course.ts';

const signal = AbortSignal.timeout(120_000);

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

async function startCourse(): Promise<Attacked> {
  const attacked = await attack(subjects['rclone']!);
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
  },
  {
    name: 'a current rclone',
    missing: whyNoCurrentRclone(),
    environment: withCurrentRclone,
    targets: () => [...otherSpellings(), ...loopback()],
  },
];

describe.each(versions)('$name', ({ missing, environment, targets }) => {
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
