import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Bench, entryAt, failureOf, readBody } from './bench.ts';
import type { Case } from './conformance.ts';
import type { Fault } from './harness.ts';

/** Bytes that no codec, line end or text decoder leaves alone, different at every place. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = length + 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const WHOLE = bytesOf(300_000);

/** Puts one large file, lists it, then lets the trouble begin and reads it. */
async function readUnder(bench: Bench, fault: Fault): Promise<Buffer> {
  await bench.course.driver.put(['w', 'a.bin'], WHOLE);
  const { session, listing } = await bench.listed();
  await bench.fault(fault, 'w', 'a.bin');
  return bench.read(session, entryAt(listing, 'w', 'a.bin'));
}

/** Under a fault, content is whole or refused with one of these codes: never other bytes. */
function wholeOr(id: string, title: string, fault: Fault, codes: readonly string[]): Case {
  return {
    id,
    title,
    needs: [fault],
    async run(bench) {
      const outcome = await readUnder(bench, fault).then(
        (bytes) => (bytes.equals(WHOLE) ? 'whole' : `${bytes.length} other bytes`),
        (error: unknown) => (error as { code?: string }).code,
      );
      expect(['whole', ...codes]).toContain(outcome);
    },
  };
}

/** Under a passing fault, content arrives. */
function arrives(id: string, title: string, fault: Fault, check: (bench: Bench) => void = () => undefined): Case {
  return {
    id,
    title,
    needs: [fault],
    async run(bench) {
      expect((await readUnder(bench, fault)).equals(WHOLE)).toBe(true);
      check(bench);
    },
  };
}

const BROKEN_OFF = ['source-truncated', 'source-changed', 'source-unreachable'];

export const contentCases: readonly Case[] = [
  {
    id: 'C30',
    title: 'a listed size is the byte count where the adapter says so, and null where it is not known',
    async run(bench, { driver }) {
      await driver.put(['empty.txt'], Buffer.alloc(0));
      await driver.put(['a.bin'], bytesOf(70_001));
      const { session, listing } = await bench.listed();
      for (const entry of listing.entries) {
        const bytes = await bench.read(session, entry);
        if (bench.harness.adapter.capabilities.size === 'exact') expect(entry.size).toBe(bytes.length);
        else expect(entry.size === null || entry.size > 0 || bytes.length === 0).toBe(true);
      }
    },
  },
  {
    id: 'C31',
    title: 'bytes arrive as they are',
    async run(bench, { driver }) {
      const sizes = [0, 1, 65_535, 65_536, 65_537, 5 * 1024 * 1024];
      for (const size of sizes) await driver.put([`${size}.bin`], bytesOf(size));
      await driver.put(['bom.txt'], Buffer.from('\ufeffzwei\r\nZeilen'));
      const { session, listing } = await bench.listed();
      for (const size of sizes) {
        const bytes = await bench.read(session, entryAt(listing, `${size}.bin`));
        expect(bytes.equals(bytesOf(size)), `${size} bytes`).toBe(true);
      }
      expect((await bench.read(session, entryAt(listing, 'bom.txt'))).toString()).toBe('\ufeffzwei\r\nZeilen');
    },
  },
  {
    id: 'C32',
    title: 'a slow reader holds the stream back instead of filling the memory',
    async run(bench, { driver }) {
      const size = 64 * 1024 * 1024;
      await driver.put(['large.bin'], Buffer.alloc(size, 'x'));
      const { session, listing } = await bench.listed();
      const body = await session.fetch(entryAt(listing, 'large.bin'), bench.signal);
      if (body.kind !== 'stream') throw new Error('content of this size must be a stream');
      const before = process.memoryUsage().arrayBuffers;
      let received = 0;
      for await (const chunk of body.stream) {
        if (received === 0) await wait(300);
        if (received === 0) expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size / 4);
        received += chunk.length;
      }
      expect(received).toBe(size);
    },
  },
  wholeOr('C33', 'a cut connection never gives a short file', 'content-cut', BROKEN_OFF),
  wholeOr('C34', 'fewer bytes than announced are noticed', 'content-announces-more', BROKEN_OFF),
  wholeOr('C35', 'more bytes than listed are noticed', 'content-sends-more', BROKEN_OFF),
  wholeOr('C36', 'compression on the way does not alter bytes', 'content-compressed', ['source-invalid']),
  {
    id: 'C37',
    title: 'a file that changed since the listing is refused, or its listed version is given',
    async run(bench, { driver }) {
      await bench.put({ 'a.txt': 'listed', 'b.txt': 'b' });
      const { session, listing } = await bench.listed();
      await driver.overwrite(['a.txt'], Buffer.from('changed since'));
      const outcome = await bench.read(session, entryAt(listing, 'a.txt')).then(
        (bytes) => bytes.toString(),
        (error: unknown) => (error as { code?: string }).code,
      );
      expect(['listed', 'source-changed']).toContain(outcome);
    },
  },
  {
    id: 'C38',
    title: 'a file that is gone since the listing is refused, or its listed version is given',
    async run(bench, { driver }) {
      await bench.put({ 'a.txt': 'listed', 'b.txt': 'b' });
      const { session, listing } = await bench.listed();
      await driver.remove(['a.txt']);
      const outcome = await bench.read(session, entryAt(listing, 'a.txt')).then(
        (bytes) => bytes.toString(),
        (error: unknown) => (error as { code?: string }).code,
      );
      expect(['listed', 'source-gone', 'source-changed']).toContain(outcome);
    },
  },
  {
    id: 'C39',
    title: 'a file locked since the listing is forbidden',
    needs: ['lock'],
    async run(bench, { driver }) {
      await bench.put({ 'a.txt': 'listed', 'b.txt': 'b' });
      const { session, listing } = await bench.listed();
      await driver.lock?.(['a.txt']);
      const error = await failureOf(bench.read(session, entryAt(listing, 'a.txt')));
      expect(['source-forbidden', 'source-changed']).toContain(error.code);
      expect((await bench.read(session, entryAt(listing, 'b.txt'))).toString()).toBe('b');
    },
  },
  wholeOr('C39-answer', 'an answer that forbids is no content', 'content-forbidden', ['source-forbidden']),
  wholeOr('C40', 'a login page is no content', 'content-html', ['source-login', 'source-changed', 'source-truncated']),
  arrives('C41', 'a server that asks for a second of patience gets it', 'throttled-seconds', ({ pauses }) =>
    expect(pauses).toContain(1000),
  ),
  arrives('C41-date', 'patience until a date is bounded', 'throttled-date', ({ pauses }) => {
    expect(pauses.length).toBeGreaterThan(0);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
  }),
  arrives('C42', 'a failure that passes is not noticed', 'fails-once'),
  {
    id: 'C43',
    title: 'a redirect to another host takes no credentials along',
    needs: ['content-redirects-elsewhere'],
    async run(bench, course) {
      const outcome = await readUnder(bench, 'content-redirects-elsewhere').then(
        (bytes) => bytes.equals(WHOLE),
        (error: unknown) => (error as { code?: string }).code,
      );
      expect([true, 'source-login', 'address-forbidden']).toContain(outcome);
      expect(course.seen?.credentialsElsewhere?.()).toBe(false);
    },
  },
  {
    id: 'C43-private',
    title: 'a redirect to a private address is refused before anything connects',
    needs: ['content-redirects-private'],
    async run(bench, course) {
      expect(course.origins, 'say which origins may be asked').toBeDefined();
      const error = await failureOf(readUnder(bench, 'content-redirects-private'));
      expect(error.code).toBe('address-forbidden');
      expect(course.seen?.canary?.()).toBe(0);
    },
  },
  {
    id: 'C44',
    title: 'content that never ends is stopped',
    needs: ['content-endless'],
    async run(bench) {
      const error = await failureOf(readUnder(bench, 'content-endless'));
      expect(['too-large', ...BROKEN_OFF]).toContain(error.code);
    },
  },
  {
    id: 'C45',
    title: 'downloads at once do not mix',
    async run(bench, { driver, seen }) {
      const { maxParallel } = bench.harness.adapter.capabilities;
      const names = Array.from({ length: maxParallel * 2 }, (_, at) => `${at}.bin`);
      for (const [at, name] of names.entries()) await driver.put([name], bytesOf(100_000 + at));
      const { session, listing } = await bench.listed();
      for (let from = 0; from < names.length; from += maxParallel) {
        const batch = names.slice(from, from + maxParallel);
        const bodies = await Promise.all(batch.map((name) => session.fetch(entryAt(listing, name), bench.signal)));
        const contents = await Promise.all(bodies.map(readBody));
        contents.forEach((bytes, at) => expect(bytes.equals(bytesOf(100_000 + from + at))).toBe(true));
      }
      if (seen?.parallel !== undefined) expect(seen.parallel()).toBeLessThanOrEqual(maxParallel);
    },
  },
  {
    id: 'C45-executable',
    title: 'the executable bit is the course’s, where the adapter claims it',
    needs: ['makeExecutable'],
    async run(bench, { driver }) {
      await bench.put({ 'run.sh': '#!/bin/sh\n', 'a.txt': 'a' });
      await driver.makeExecutable?.(['run.sh']);
      const { listing } = await bench.listed();
      expect(entryAt(listing, 'run.sh').executable).toBe(true);
      expect(entryAt(listing, 'a.txt').executable ?? false).toBe(false);
    },
  },
  {
    id: 'C33-cancel',
    title: 'a cancelled download ends within a second, and the next one works',
    async run(bench, { driver }) {
      await driver.put(['a.bin'], bytesOf(8 * 1024 * 1024));
      const { session, listing } = await bench.listed();
      const controller = new AbortController();
      const reading = session.fetch(entryAt(listing, 'a.bin'), controller.signal).then(async (body) => {
        controller.abort();
        return readBody(body);
      });
      const outcome = await Promise.race([
        reading.then(
          (bytes) => bytes.length,
          (error: unknown) => (error as { code?: string }).code,
        ),
        wait(1000, 'still reading'),
      ]);
      // What was wholly read before the cancellation may still be given.
      expect(['cancelled', 8 * 1024 * 1024]).toContain(outcome);
      expect((await bench.read(session, entryAt(listing, 'a.bin'))).length).toBe(8 * 1024 * 1024);
    },
  },
];
