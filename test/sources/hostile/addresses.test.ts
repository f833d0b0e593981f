/** No platform can make f2git connect to an address inside, by whatever spelling, on whatever way. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { F2gitError } from '../../../src/errors.ts';
import type { Lookup } from '../../../src/sources/address-guard.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { ListedEntry, SourceContext, SourceSession } from '../../../src/sources/source.ts';
import { parseRcloneConfig, recogniseRclone } from '../../../src/sources/rclone/address.ts';
import { fastBase } from '../../support/dsl.ts';
import { disguisedHosts, insideHosts, insideLookup, strangeAddresses } from '../../support/inside-addresses.ts';
import { readBody } from '../bench.ts';
import { isLong } from './long.ts';
import type { Fault } from './proxy.ts';
import { type Attacked, attack, subjects } from './subjects.ts';

/** All that connect by f2git's own client. */
const names = ['webdav', 'zip', 'studip', 'ilias', 'ilias (SOAP)', 'canvas', 'moodle', 'git'];

const canaries: Server[] = [];
let touched = 0;
beforeAll(async () => {
  for (const host of ['127.0.0.1', '127.0.0.1', '127.0.0.1', '::1']) {
    const canary = createServer((_request, response) => response.end('secret'));
    canary.on('connection', () => (touched += 1));
    await new Promise<void>((listening) => canary.listen(0, host, listening));
    canaries.push(canary);
  }
});
afterAll(async () => {
  for (const canary of canaries) {
    canary.closeAllConnections();
    await new Promise((closed) => canary.close(closed));
  }
});

/** Every forbidden address, each at one of the canaries' ports, or at the usual one. */
function targets(): readonly string[] {
  const ports = canaries.map((canary) => `:${String((canary.address() as AddressInfo).port)}`);
  return [...insideHosts, ...disguisedHosts].map((host, at) => `http://${host}${ports[at % ports.length] ?? ''}/`);
}

/** What an address that must not be asked may end with. */
const REFUSED = [
  'address-forbidden',
  'config-invalid',
  'address-not-understood',
  'credentials-invalid',
  'source-invalid',
];

describe.each(names)('%s', (name) => {
  const subject = subjects[name]!;
  const cacheDir = mkdtempSync(join(fastBase, 'f2git-addresses-'));
  let attacked: Attacked;
  beforeAll(async () => {
    attacked = await attack(subject);
    for (const path of ['a.txt', 'week1/b.txt']) await attacked.course.driver.put(path.split('/'), Buffer.from(path));
  });
  afterEach(() => {
    attacked.proxy.fault = undefined;
  });
  afterAll(async () => {
    await attacked.stop();
    rmSync(cacheDir, { recursive: true, force: true });
  });

  async function withSession<T>(
    raw: Attacked['raw'],
    work: (session: SourceSession) => Promise<T>,
    lookup: Lookup = insideLookup,
    allowed: readonly string[] = [attacked.proxy.origin],
  ): Promise<T> {
    const http = createHttp({
      ...{ allowPrivateAddresses: false, allowedOrigins: allowed, lookup },
      ...{ limits: { connectMs: 100 }, pause: () => Promise.resolve() },
    });
    let session: SourceSession | undefined;
    try {
      const { credentials = {} } = attacked.course;
      const context: SourceContext = { http, now: () => new Date(), credentials, cacheDir };
      session = await subject.adapter.open(subject.adapter.parseConfig(raw), context);
      return await work(session);
    } finally {
      await session?.close();
      await http.close();
    }
  }

  const at = (address: string): Attacked['raw'] => {
    const url = String(attacked.raw['url']).replace(`${attacked.proxy.origin}/`, address);
    return { ...attacked.raw, url };
  };

  const listed = (session: SourceSession): Promise<readonly ListedEntry[]> =>
    session.list(signal()).then((listing) => (listing.kind === 'listing' ? listing.entries : []));

  it('is never asked at such an address', async () => {
    // An archive or a repository may also be configured as a file of this machine.
    const strange = strangeAddresses.filter((address) => !isWithTheList(name) || !address.startsWith('file:'));
    for (const target of [...targets(), ...strange]) {
      expect(REFUSED, target).toContain(await codeOf(withSession(at(target), listed, insideLookup, [])));
    }
    expect(touched).toBe(0);
  });

  it('never follows a list there', async () => {
    for (const [index, target] of [...targets(), ...strangeAddresses].entries()) {
      attacked.proxy.fault = redirect([301, 302, 303, 307, 308][index % 5] ?? 302, target);
      expect(REFUSED, target).toContain(await codeOf(withSession(attacked.raw, listed)));
    }
    expect(touched).toBe(0);
  });

  it('never follows a chain of redirects there', async () => {
    for (const [index, target] of some(targets()).entries()) {
      const hops = 1 + (index % 4);
      attacked.proxy.fault = ({ path }) => {
        const done = Number(/hop=(\d)/.exec(path)?.[1] ?? '0');
        return {
          status: 307,
          headers: { location: done >= hops ? latin1(target) : `/?hop=${String(done + 1)}` },
          body: Buffer.alloc(0),
        };
      };
      expect(REFUSED, target).toContain(await codeOf(withSession(attacked.raw, listed)));
    }
    expect(touched).toBe(0);
  });

  it('never follows a content there', async () => {
    await withSession(attacked.raw, async (session) => {
      const entries = await listed(session);
      expect(entries).toHaveLength(2);
      for (const [index, target] of [...targets(), ...strangeAddresses].entries()) {
        attacked.proxy.fault = redirect([302, 307][index % 2] ?? 302, target);
        const code = await codeOf(session.fetch(entries[0]!, signal()).then(readBody));
        // What came with the list is not asked for any more.
        expect(isWithTheList(name) ? ['none'] : REFUSED, target).toContain(code);
      }
    });
    expect(touched).toBe(0);
  });

  it('never believes a list that names such addresses as its own', async () => {
    for (const target of some(targets())) {
      const there = target.slice(0, -1);
      attacked.proxy.fault = ({ answer }) => {
        const text = answer.body.toString('latin1').replaceAll(attacked.proxy.origin, there);
        const link = String(answer.headers['link'] ?? '').replaceAll(attacked.proxy.origin, there);
        return {
          ...answer,
          headers: { ...answer.headers, link: link === '' ? null : latin1(link) },
          body: Buffer.from(text, 'latin1'),
        };
      };
      await withSession(attacked.raw, async (session) => {
        for (const entry of await listed(session)) await session.fetch(entry, signal()).then(readBody);
      }).catch((error: unknown) => expect(error).toBeInstanceOf(F2gitError));
    }
    expect(touched).toBe(0);
  });

  it('is never led inside by a name that changes its address meanwhile', async () => {
    const [canary] = canaries;
    const { port } = canary!.address() as AddressInfo;
    for (let run = 0; run < (isLong ? 50 : 9); run += 1) {
      let asked = 0;
      // Public, but nobody is there; then this machine, then both at once.
      const lookup: Lookup = () => {
        asked += 1;
        const outside = { address: '2001:4860:ffff:ffff::1', family: 6 };
        const inside = { address: '127.0.0.1', family: 4 };
        const turn = (asked + run) % 3;
        return Promise.resolve(turn === 0 ? [inside] : turn === 1 ? [outside] : [outside, inside]);
      };
      const raw = at(`http://rebind.example:${String(port)}/`);
      const code = await codeOf(withSession(raw, listed, lookup, []));
      expect(['address-forbidden', 'source-unreachable']).toContain(code);
    }
    expect(touched).toBe(0);
  });
});

describe('rclone', () => {
  it('takes the name of a remote and no address: storages are the administrator’s', () => {
    for (const target of [...targets(), ...strangeAddresses]) {
      for (const remote of [`:http,url='${target}':`, `:webdav,url="${target}":kurs`, target, `:${target}`]) {
        expect(() => parseRcloneConfig({ type: 'rclone', remote, path: 'kurs' }), remote).toThrow(/config-invalid/);
      }
      const inline = `rclone::http,url='${target}':`;
      expect(() => parseRcloneConfig(recogniseRclone(inline) ?? {}), inline).toThrow(/config-invalid|not-understood/);
    }
  });
});

/** Every fifth of them, all in the long form. */
function some(all: readonly string[]): readonly string[] {
  return all.filter((_, at) => isLong || at % 5 === 0);
}

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

const isWithTheList = (name: string): boolean => name === 'zip' || name === 'git';

/** What a step ended with: a code of ours, or `none`. */
async function codeOf(step: Promise<unknown>): Promise<string> {
  return step.then(
    () => 'none',
    (error: unknown) => (error instanceof F2gitError ? error.code : String(error)),
  );
}

function redirect(status: number, location: string): Fault {
  return () => ({ status, headers: { location: latin1(location) }, body: Buffer.alloc(0) });
}

/** As servers write UTF-8 into headers. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
