import { expect, it } from 'vitest';
import { entryId } from '../../src/core/ids.ts';
import { compilePattern } from '../../src/release/pattern.ts';
import { parseSchedule, releaseAt } from '../../src/release/schedule.ts';
import { placeEntries } from '../../src/sources/listing.ts';

it('a second folder of the same name is released no earlier than the first', () => {
  const segments = [
    ['Solutions', 'week1.ipynb'],
    ['solutions', 'week1.ipynb'],
    ['solutions', 'Week1.ipynb'],
  ];
  const entries = segments.map((each, at) => ({ id: entryId(String(at)), segments: each, stamp: '1', size: 1 }));
  const { files } = placeEntries({ kind: 'listing', entries, problems: [], complete: true }, new Map());
  const schedule = parseSchedule([{ path: 'solutions/week1.ipynb', from: '2026-12-01' }], 'Europe/Berlin');
  expect(files.map(({ path }) => [path, releaseAt(schedule, path, new Date('2026-11-01T00:00:00Z'))])).toEqual([
    ['Solutions/week1.ipynb', 'withheld'],
    ['solutions (2)/Week1.ipynb', 'withheld'],
    ['solutions (2)/week1 (2).ipynb', 'withheld'],
  ]);
});

it.each([
  ['solutions/**', 'solutions (2)/a', true],
  ['solutions (2)/**', 'solutions (2)/a', true],
  ['solutions (2)/**', 'solutions/a', false],
  ['solutions/week (3)/**', 'solutions (2)/week (3)/a', true],
  ['lab.tar.gz', 'lab (2).tar.gz', true],
  ['Exam (group A)/**', 'exam (Group a)/x', true],
  ['!(exam (a))/**', 'exam (a)/x', false],
  ['!(exam (a))/**', 'exam (b)/x', true],
  ['!(exam|solutions)/**', 'solutions/x', false],
  ['!(exam|solutions)/**', 'week1/x', true],
  ['lab.ipynb', 'lab (draft).ipynb', false],
  ['a/a/a/a/a/a/a/b', `${'a (2)/'.repeat(7)}b`, true],
])('%s means %s: %s', (pattern, path, isMeant) => {
  expect(compilePattern(pattern)?.(path)).toBe(isMeant);
});

it.each([
  'c++',
  '(a',
  'a)',
  'a)(b',
  'x+(y)',
  'x@(y)',
  'a|b',
  'a^b',
  'a$b',
  "it's",
  '"q"',
  'a,b',
  'a=b',
  '50%',
  '#1',
  '~a',
  'a&b',
])('a name is a pattern for itself: %s', (name) => {
  expect(compilePattern(name)?.(`${name}/file`)).toBe(true);
  expect(compilePattern(`${name}/**`)?.(`${name}/file`)).toBe(true);
});
