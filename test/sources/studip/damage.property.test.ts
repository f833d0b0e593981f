/** Answers that are damaged in any one place: what is not understood is told, and never believed. */
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { F2gitError } from '../../../src/errors.ts';
import type { Listing } from '../../../src/sources/source.ts';
import { Reader } from './reader.ts';

let reader: Reader;
afterEach(() => reader.stop());

const RUNS = 150 * Number(process.env['F2GIT_RUNS'] ?? 1);

const STRANGE = [
  undefined,
  null,
  '',
  'x',
  '../..',
  0,
  -1,
  1e300,
  true,
  false,
  [],
  {},
  [null],
  { data: [] },
  'f'.repeat(32),
];

type Tree = { [key: string]: unknown };

/** Every place in a document: the objects and lists in it, each with one of its keys. */
function placesIn(value: unknown): readonly (readonly [Tree, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  const tree = value as Tree;
  return Object.keys(tree).flatMap((key) => [[tree, key] as const, ...placesIn(tree[key])]);
}

/** Puts something strange into the `at`-th place of a document. */
function damage(body: Uint8Array, at: number, strange: unknown): Buffer {
  const document: unknown = JSON.parse(Buffer.from(body).toString());
  const places = placesIn(document);
  const [tree, key] = places[at % places.length] ?? [{}, ''];
  tree[key] = strange;
  return Buffer.from(JSON.stringify(document));
}

/** Mutants: believing a folder without a type; taking a file twice; letting an id with dots into an address. */
it('end in a listing that gives nothing twice and nothing withheld away, or in an error of ours', async () => {
  reader = await Reader.start('dozent');
  reader.put({ 'a.txt': 'a', 'w/b.txt': 'b', 'w/deep/c.txt': 'c', 'empty.txt': '', 'hidden/d.txt': 'geheim' });
  reader.site.folder(['hidden']).type = 'HiddenFolder';
  const secret = reader.site.file(['hidden', 'd.txt']).id;
  const { site } = reader;
  const outcomes = { listings: 0, errors: 0 };

  await fc.assert(
    fc.asyncProperty(fc.nat(7), fc.nat(400), fc.constantFrom(...STRANGE), async (which, at, strange) => {
      let answered = 0;
      site.damage = (body) => (answered++ === which ? damage(body, at, strange) : body);
      const outcome = await reader.list().catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome instanceof F2gitError ? outcome.code : outcome).toMatch(/^source-|^too-large/);
        outcomes.errors += 1;
        return;
      }
      const { entries } = outcome as Listing;
      outcomes.listings += 1;
      expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
      for (const { id, visible } of entries) if (id === secret) expect(visible?.from).toMatch(/^9999/);
    }),
    { numRuns: RUNS, seed: Number(process.env['F2GIT_SEED'] ?? 42) },
  );
  expect(Math.min(outcomes.listings, outcomes.errors)).toBeGreaterThan(0);
}, 120_000);
