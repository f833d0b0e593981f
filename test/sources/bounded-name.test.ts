import { expect, it } from 'vitest';
import { boundedName } from '../../src/sources/bounded-name.ts';
import { mapName } from '../../src/sources/name-mapping.ts';

it('leaves every name alone that could be delivered', () => {
  const name = `${'\ud83d\ude00'.repeat(900)} \ud800.txt`;
  expect(boundedName(name)).toBe(name);
});

it.each([
  ['plain', 'x'.repeat(100_000)],
  ['with an extension', `${'\u20ac'.repeat(100_000)}.tar.gz`],
  ['with half a character where it is cut', `${'\ud83d\ude00'.repeat(1_001)}${'a'.repeat(99)}.txt`],
])('cuts one that is longer, and it is delivered under the same name: %s', (_, name) => {
  expect(boundedName(name)).toHaveLength(2000);
  expect(mapName(boundedName(name))).toEqual(mapName(name));
});
