/** Listings made to cost time: these take seconds when the cost grows with the square of the number of files. */
import { expect, it } from 'vitest';
import { entryId } from '../../src/core/ids.ts';
import { placeEntries } from '../../src/sources/listing.ts';

const COUNT = 60_000;

it.each([
  ['one name', () => 'same.txt'],
  ['one name in all spellings', (at: number) => spelled('abcdefghijklmnop', at)],
])('gives %s to all files, each its own path', (_case, nameOf) => {
  const entries = Array.from({ length: COUNT }, (_, at) => ({
    id: entryId(String(at)),
    segments: [nameOf(at)],
    stamp: '1',
    size: 1,
  }));
  const { files } = placeEntries({ kind: 'listing', entries, problems: [], complete: true }, new Map());
  expect(new Set(files.map(({ path }) => path.toLowerCase())).size).toBe(COUNT);
});

/** The letters, each in upper case where `bits` has a one. */
function spelled(letters: string, bits: number): string {
  return letters
    .split(/(?:)/)
    .map((letter, at) => (((bits >> at) & 1) === 1 ? letter.toUpperCase() : letter))
    .join('');
}
