import { expect, it } from 'vitest';
import { entryId } from '../../src/core/ids.ts';
import { parsePattern } from '../../src/release/pattern.ts';
import { parseSchedule, releaseAt } from '../../src/release/schedule.ts';
import { placeEntries } from '../../src/sources/listing.ts';

function matches(pattern: string, path: string): boolean {
  const parsed = parsePattern(pattern);
  if (parsed.kind === 'none') throw new Error(parsed.why);
  return parsed.matches(path);
}

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
  expect(matches(pattern, path)).toBe(isMeant);
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
  expect(matches(name, `${name}/file`)).toBe(true);
  expect(matches(`${name}/**`, `${name}/file`)).toBe(true);
});

it.each([
  ['[a', /a bracket is not closed or means nothing; the sign itself is written \\\[/],
  ['a]', /a bracket is not closed/],
  ['week1/[z-a]', /means nothing/],
  ['{solutions,exam', /a bracket is not closed/],
  ['!(a', /a bracket is not closed/],
  ['internal\\solutions', /"internal\\solutions" there is a "\\"; write "\/" between names/],
  ['internal\\*', /write "\/" between names/],
  ['a\\', /write "\/" between names/],
  ['../b', /no pattern below the course's root/],
  ['', /no pattern/],
])('what can mean nothing is no pattern: %s', (pattern, why) => {
  expect(parsePattern(pattern)).toEqual({ kind: 'none', why: expect.stringMatching(why) as string });
});

it.each([
  ['\\[WS26\\] Exam/**', '[WS26] Exam/a', true],
  ['[WS26] Exam/**', '[WS26] Exam/a', true],
  ['\\[draft', '[draft/a', true],
  ['\\{a', '{a/b', true],
  ['{a,b}/**', 'b/c', true],
  ['week[1-3]', 'week2/c', true],
])('%s means %s', (pattern, path, isMeant) => {
  expect(matches(pattern, path)).toBe(isMeant);
});
