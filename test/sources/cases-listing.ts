import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Bench, entryAt, failureOf, isAccountedFor, pathsOf, visiblePaths } from './bench.ts';
import type { Case } from './conformance.ts';

const THREE = { 'a.txt': 'a', 'week1/b.txt': 'b', 'week1/deep/c.txt': 'c' };

/** A listing that ran into trouble: it failed, or every file is still accounted for. */
async function expectNoGap(bench: Bench, paths: readonly string[]): Promise<void> {
  const session = await bench.open();
  const listing = await bench.list(session).catch((error: unknown) => error);
  if (listing instanceof Error) {
    expect((listing as { code?: string }).code).toMatch(/^source-/);
    return;
  }
  const known = listing as Awaited<ReturnType<Bench['list']>>;
  for (const path of paths) expect(isAccountedFor(known, path.split('/')), path).toBe(true);
  expect(new Set(known.entries.map(({ id }) => id)).size).toBe(known.entries.length);
}

export const listingCases: readonly Case[] = [
  {
    id: 'C9',
    title: 'an empty course is a complete listing of nothing',
    async run(bench) {
      const { listing } = await bench.listed();
      expect(listing).toMatchObject({ entries: [], problems: [], complete: true });
    },
  },
  {
    id: 'C10',
    title: 'one file',
    async run(bench) {
      await bench.put({ 'a.txt': 'hello' });
      const { listing } = await bench.listed();
      expect(pathsOf(listing)).toEqual(['a.txt']);
      expect(listing).toMatchObject({ problems: [], complete: true });
    },
  },
  {
    id: 'C11',
    title: 'three levels',
    async run(bench) {
      await bench.put(THREE);
      expect(pathsOf((await bench.listed()).listing)).toEqual(Object.keys(THREE).sort());
    },
  },
  {
    id: 'C12',
    title: 'empty folders are nothing, and no problem',
    needs: ['makeFolder'],
    async run(bench, course) {
      await bench.put({ 'a.txt': 'a' });
      await course.driver.makeFolder?.(['empty', 'inside']);
      const { listing } = await bench.listed();
      expect(listing).toMatchObject({ problems: [], complete: true });
      expect(pathsOf(listing)).toEqual(['a.txt']);
    },
  },
  {
    id: 'C13',
    title: 'a thousand files, none twice, none missing',
    async run(bench) {
      const paths = Array.from({ length: 1000 }, (_, at) => `w${at % 20}/f${at}.txt`);
      await bench.put(Object.fromEntries(paths.map((path) => [path, path])));
      const { listing } = await bench.listed();
      expect(pathsOf(listing)).toEqual(paths.toSorted());
      expect(new Set(listing.entries.map(({ id }) => id)).size).toBe(1000);
      expect(listing.complete).toBe(true);
    },
  },
  {
    id: 'C14',
    title: 'a part that cannot be listed is no gap',
    needs: ['page-fails'],
    async run(bench) {
      await bench.put(THREE);
      await bench.fault('page-fails', 'week1');
      await expectNoGap(bench, Object.keys(THREE));
    },
  },
  {
    id: 'C15',
    title: 'a change between two pages crashes nothing, doubles nothing and hides nothing else',
    needs: ['changes-between-pages'],
    async run(bench) {
      await bench.put(THREE);
      await bench.fault('changes-between-pages', 'week1', 'b.txt');
      await expectNoGap(bench, ['a.txt', 'week1/deep/c.txt']);
    },
  },
  {
    id: 'C16',
    title: 'listing twice gives the same',
    async run(bench) {
      await bench.put(THREE);
      // A stamp may change once, while its file is younger than the precision of its date.
      const { session } = await bench.listed();
      await wait(60);
      const first = await bench.list(session);
      const second = (await bench.listed()).listing;
      expect(byId(second)).toEqual(byId(first));
    },
  },
  {
    id: 'C17',
    title: 'the order of the answers does not matter',
    needs: ['other-order'],
    async run(bench) {
      await bench.put(THREE);
      const first = (await bench.listed()).listing;
      await bench.fault('other-order');
      expect(byId((await bench.listed()).listing)).toEqual(byId(first));
    },
  },
  {
    id: 'C18',
    title: 'an item that cannot be understood is a problem, and the rest is there',
    needs: ['unparsable-item'],
    async run(bench) {
      await bench.put(THREE);
      await bench.fault('unparsable-item', 'week1', 'b.txt');
      const { listing } = await bench.listed();
      expect(isAccountedFor(listing, ['week1', 'b.txt'])).toBe(true);
      expect(listing.problems.length > 0 || !listing.complete).toBe(true);
      expect(pathsOf(listing)).toContain('a.txt');
    },
  },
  {
    id: 'C19',
    title: 'a folder that may not be read is a problem on it, and the rest is complete',
    needs: ['forbidden-folder'],
    async run(bench) {
      await bench.put({ ...THREE, 'week2/d.txt': 'd' });
      await bench.fault('forbidden-folder', 'week1');
      const { listing } = await bench.listed();
      expect(listing.problems).toMatchObject([{ segments: ['week1'], code: 'source-forbidden' }]);
      expect(pathsOf(listing)).toEqual(['a.txt', 'week2/d.txt']);
      expect(listing.complete).toBe(true);
    },
  },
  {
    id: 'C20',
    title: 'what lies outside the course is not followed',
    needs: ['outside-link'],
    async run(bench) {
      await bench.put(THREE);
      await bench.fault('outside-link', 'week1');
      const { session, listing } = await bench.listed();
      expect(pathsOf(listing).filter((path) => !Object.keys(THREE).includes(path))).toEqual([]);
      for (const path of Object.keys(THREE)) expect(isAccountedFor(listing, path.split('/')), path).toBe(true);
      for (const entry of listing.entries) await bench.read(session, entry);
    },
  },
  {
    id: 'C21',
    title: 'a cancelled listing ends within a second',
    needs: ['hangs'],
    async run(bench) {
      await bench.put(THREE);
      await bench.fault('hangs');
      const session = await bench.open();
      const controller = new AbortController();
      const listing = failureOf(session.list(controller.signal));
      await wait(50);
      controller.abort();
      const outcome = await Promise.race([listing, wait(1000, 'still listing')]);
      expect(outcome).toMatchObject({ code: 'cancelled' });
    },
  },
  {
    id: 'C46',
    title: 'what students may not see is withheld, absent or a problem',
    needs: ['hide', 'show'],
    async run(bench, course) {
      await bench.put(THREE);
      await course.driver.hide?.(['week1', 'b.txt']);
      const { listing } = await bench.listed();
      expect(visiblePaths(listing)).not.toContain('week1/b.txt');
      if (bench.harness.adapter.capabilities.deletions === 'certain') {
        expect(listing.complete).toBe(true);
      }
    },
  },
  {
    id: 'C48',
    title: 'what is shown later comes with the id it had',
    needs: ['hide', 'show'],
    async run(bench, course) {
      await bench.put(THREE);
      const before = entryAt((await bench.listed()).listing, 'week1', 'b.txt');
      await course.driver.hide?.(['week1', 'b.txt']);
      await bench.listed();
      await course.driver.show?.(['week1', 'b.txt']);
      expect(entryAt((await bench.listed()).listing, 'week1', 'b.txt').id).toBe(before.id);
    },
  },
  {
    id: 'C46-schedule',
    title: 'what waits for its time says until when',
    needs: ['schedule'],
    async run(bench, course) {
      await bench.put(THREE);
      await course.driver.schedule?.(['a.txt'], { from: '2099-01-01T00:00:00.000Z' });
      const { listing } = await bench.listed();
      expect(entryAt(listing, 'a.txt').visible?.from).toBe('2099-01-01T00:00:00.000Z');
      expect(visiblePaths(listing)).not.toContain('a.txt');
    },
  },
];

function byId(listing: { readonly entries: readonly { readonly id: string }[] }): unknown {
  return Object.fromEntries(listing.entries.map((entry) => [entry.id, entry]));
}
