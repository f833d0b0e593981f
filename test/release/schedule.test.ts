/** When files are offered: times, windows, and how entries add up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextChange, parseSchedule, type Release, releaseAt } from '../../src/release/schedule.ts';

const BERLIN = 'Europe/Berlin';
const RUNS = Number(process.env['F2GIT_RUNS'] ?? 1) * 300;

const at = (entries: unknown, path: string, time: string, groups?: string[], zone = BERLIN): Release =>
  releaseAt(parseSchedule(entries, zone), path, new Date(time), groups);

describe('local times', () => {
  test.each([
    // zone, written, instant, why
    [BERLIN, '2026-11-02 08:00', '2026-11-02T07:00:00Z', 'winter'],
    [BERLIN, '2026-07-02T08:00:30', '2026-07-02T06:00:30Z', 'summer'],
    [BERLIN, '2026-11-02', '2026-11-01T23:00:00Z', 'the start of a day'],
    [BERLIN, '2026-11-02T08:00Z', '2026-11-02T08:00:00Z', 'UTC'],
    [BERLIN, '2026-11-02 08:00+05:30', '2026-11-02T02:30:00Z', 'an offset'],
    [BERLIN, '2026-10-25 01:59', '2026-10-24T23:59:00Z', 'before the hour that exists twice'],
    [BERLIN, '2026-10-25 02:30', '2026-10-25T01:30:00Z', 'twice: the second'],
    [BERLIN, '2026-10-25 03:00', '2026-10-25T02:00:00Z', 'after the hour that exists twice'],
    [BERLIN, '2027-03-28 02:30', '2027-03-28T01:00:00Z', 'never: the end of the gap'],
    [BERLIN, '2027-03-28 02:00', '2027-03-28T01:00:00Z', 'never: its first minute'],
    [BERLIN, '2027-03-28 03:00', '2027-03-28T01:00:00Z', 'the first that exists again'],
    ['America/New_York', '2026-11-01 01:30', '2026-11-01T06:30:00Z', 'twice: the second'],
    ['America/New_York', '2027-03-14 02:30', '2027-03-14T07:00:00Z', 'never'],
    ['Pacific/Chatham', '2027-04-04 03:00', '2027-04-03T14:15:00Z', 'twice: the second'],
    ['Pacific/Chatham', '2026-09-27 03:00', '2026-09-26T14:00:00Z', 'never'],
    ['Australia/Lord_Howe', '2027-04-04 01:45', '2027-04-03T15:15:00Z', 'a half hour twice'],
    ['Australia/Lord_Howe', '2026-10-04 02:15', '2026-10-03T15:30:00Z', 'a half hour never'],
    ['Pacific/Apia', '2011-12-30 12:00', '2011-12-30T10:00:00Z', 'a day that never was'],
    ['America/Havana', '2026-11-01', '2026-11-01T05:00:00Z', 'a midnight that exists twice'],
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00Z', 'a midnight that never was'],
    ['UTC', '2028-02-29 23:59', '2028-02-29T23:59:00Z', 'a leap day'],
  ])('%s %s is %s (%s)', (zone, written, instant) => {
    const schedule = parseSchedule([{ path: 'a', from: written }], zone);
    expect(nextChange(schedule, new Date(0))?.toISOString()).toBe(instant.replace('Z', '.000Z'));
  });

  test.each([
    '2026-02-30',
    '2026-13-01',
    '2026-11-02 25:00',
    '2026-11-02 24:00',
    'tomorrow',
    '8:00',
    '02.11.2026',
    '',
    '2026-11-02 08:00+99:00',
  ])('"%s" is no time', (written) => {
    expect(() => parseSchedule([{ path: 'a', from: written }], BERLIN)).toThrow(/config-invalid.*release\[0\]\.from/);
  });

  test('every local time is an instant at which the clock shows it, or the end of the gap it lies in', () => {
    const zones = fc.constantFrom(BERLIN, 'America/New_York', 'Pacific/Chatham', 'Australia/Lord_Howe', 'UTC');
    const minutes = fc.integer({ min: Date.UTC(2026, 0) / 60_000, max: Date.UTC(2028, 0) / 60_000 });
    fc.assert(
      fc.property(zones, minutes, (zone, minute) => {
        const written = new Date(minute * 60_000).toISOString().slice(0, 16);
        const instant = nextChange(parseSchedule([{ path: 'a', from: written }], zone), new Date(0)) ?? new Date(NaN);
        const clock = (time: number) =>
          new Date(time).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T').slice(0, 16);
        const isShown = clock(instant.getTime()) === written;
        const isAfterGap = clock(instant.getTime() - 1) < written && clock(instant.getTime()) > written;
        expect(isShown || isAfterGap).toBe(true);
        // The second of two: an hour later the clock shows it no more.
        for (const later of [30, 60]) expect(clock(instant.getTime() + later * 60_000)).not.toBe(written);
      }),
      { seed: 7, numRuns: RUNS },
    );
  });
});

describe('windows', () => {
  test.each<[string, unknown, string, Release]>([
    ['before from', [{ path: 'a', from: '2026-11-02 08:00' }], '2026-11-02T06:59:59.999Z', 'withheld'],
    ['at from', [{ path: 'a', from: '2026-11-02 08:00' }], '2026-11-02T07:00:00Z', 'offered'],
    ['before until', [{ path: 'a', until: '2027-03-31 12:00' }], '2027-03-31T09:59:59Z', 'offered'],
    ['at until', [{ path: 'a', until: '2027-03-31 12:00' }], '2027-03-31T10:00:00Z', 'withdrawn'],
    ['on the last day', [{ path: 'a', until: '2027-03-31' }], '2027-03-31T21:59:59Z', 'offered'],
    ['after the last day', [{ path: 'a', until: '2027-03-31' }], '2027-03-31T22:00:00Z', 'withdrawn'],
    ['one day', [{ path: 'a', from: '2027-03-28', until: '2027-03-28' }], '2027-03-28T12:00:00Z', 'offered'],
    ['no times', [{ path: 'a' }], '2026-01-01T00:00:00Z', 'offered'],
    ['no entries', [], '2026-01-01T00:00:00Z', 'offered'],
  ])('%s', (_, entries, time, release) => {
    expect(at(entries, 'a', time)).toBe(release);
  });

  test('between two windows of one pattern a file is withheld, after the last withdrawn', () => {
    const exam = [
      { path: 'exam/**', from: '2026-12-01', until: '2026-12-01' },
      { path: 'exam/**', from: '2027-02-01', until: '2027-02-01' },
    ];
    const days = ['2026-11-30', '2026-12-01', '2027-01-10', '2027-02-01', '2027-02-03'];
    expect(days.map((day) => at(exam, 'exam/a.md', `${day}T12:00:00Z`))).toEqual([
      'withheld',
      'offered',
      'withheld',
      'offered',
      'withdrawn',
    ]);
  });
});

describe('several entries', () => {
  const semester = [
    { path: 'week02/**', from: '2026-11-02 08:00' },
    { path: 'week02/solution/**', from: '2026-11-09 08:00' },
  ];

  test.each([semester, [...semester].reverse()])(
    'a solution comes later than its week, in either order',
    (...entries) => {
      const week = entries;
      expect(at(week, 'week02/lab.ipynb', '2026-11-03T00:00:00Z')).toBe('offered');
      expect(at(week, 'week02/solution/lab.ipynb', '2026-11-03T00:00:00Z')).toBe('withheld');
      expect(at(week, 'week02/solution/lab.ipynb', '2026-11-10T00:00:00Z')).toBe('offered');
      expect(at(week, 'week03/lab.ipynb', '2026-01-01T00:00:00Z')).toBe('offered');
    },
  );

  test('an early broad entry does not open what a narrow one keeps closed', () => {
    expect(at([{ path: '**' }, { path: 'solutions', from: '2027-01-01' }], 'solutions/a', '2026-12-01T00:00:00Z')).toBe(
      'withheld',
    );
  });

  test.each([
    ['week02', 'week02/a/b.txt', true],
    ['week02/', 'week02/a/b.txt', true],
    ['week02/**', 'week02', true],
    ['week02/**', 'week020/a', false],
    ['**/solution*', 'week02/Solution.ipynb', true],
    ['*.pdf', 'a/b.pdf', false],
    ['**/*.pdf', 'b.pdf', true],
    ['week0{1,2}/*.md', 'week02/.hidden.md', true],
    ['Übung', 'U\u0308bung/1.txt', true],
    ['**', '.env', true],
    ['week[12]/**', 'week3/a', false],
  ])('"%s" means "%s": %s', (path, file, isMeant) => {
    expect(at([{ path, from: '2099-01-01' }], file, '2026-01-01T00:00:00Z')).toBe(isMeant ? 'withheld' : 'offered');
  });

  test('entries for groups open for their members alone', () => {
    const entries = [
      { path: 'lab/**', from: '2026-11-02', for: ['group-a'] },
      { path: 'lab/**', from: '2026-11-04', for: 'group-b' },
      { path: 'tutors/**', for: ['tutors'] },
    ];
    const on = (path: string, day: string, groups?: string[]) => at(entries, path, `${day}T12:00:00Z`, groups);
    expect(on('lab/x', '2026-11-03', ['group-a'])).toBe('offered');
    expect(on('lab/x', '2026-11-03', ['group-b'])).toBe('withheld');
    expect(on('lab/x', '2026-11-05', ['group-b', 'other'])).toBe('offered');
    expect(on('lab/x', '2026-11-05')).toBe('withheld');
    expect(on('tutors/x', '2026-11-05')).toBe('withheld');
    expect([...parseSchedule(entries, BERLIN).groups]).toEqual(['group-a', 'group-b', 'tutors']);
  });
});

describe('mistakes are named', () => {
  test.each([
    [[{ path: 'a', form: '2026-11-02' }], 'release[0].form'],
    [[{ path: 'a' }, { from: '2026-11-02' }], 'release[1].path'],
    [[{ path: '../a' }], 'release[0].path'],
    [[{ path: '/a' }], 'release[0].path'],
    [[{ path: '!a' }], 'release[0].path'],
    [[{ path: 'a', from: '2026-11-03', until: '2026-11-02' }], 'release[0].until'],
    [[{ path: 'a', for: [] }], 'release[0].for'],
    [['a'], 'release[0]'],
    [{ path: 'a' }, 'release'],
  ])('%j', (entries, key) => {
    expect(() => parseSchedule(entries, BERLIN)).toThrow(`key ${JSON.stringify(key)}`);
  });

  test('an unknown time zone', () => {
    expect(() => parseSchedule([], 'Europe/Atlantis')).toThrow(/time_zone/);
  });
});

describe('laws', () => {
  const days = fc.integer({ min: 0, max: 20 });
  const iso = (day: number) => new Date(Date.UTC(2026, 10, 1 + day)).toISOString();
  const entry = fc.record({
    path: fc.constantFrom('a', 'a/**', '**', 'b'),
    from: fc.option(days),
    length: fc.option(fc.integer({ min: 1, max: 9 })),
  });
  const write = ({ path, from, length }: { path: string; from: number | null; length: number | null }) => ({
    path,
    ...(from === null ? {} : { from: iso(from) }),
    ...(length === null ? {} : { until: iso((from ?? 0) + length) }),
  });
  const entries = fc.array(entry, { maxLength: 5 });

  test('adding a from, to an entry or as a new one, never withdraws anything (breaks with: an entry without from counts as passed)', () => {
    fc.assert(
      fc.property(entries, entry, fc.nat(), days, days, (before, extra, pick, from, now) => {
        const index = pick % Math.max(1, before.length);
        const changed = before.map((one, i) =>
          i === index && one.from === null && (one.length === null || one.length > from)
            ? { ...one, from, length: one.length === null ? null : one.length - from }
            : one,
        );
        const added = [...before, { ...extra, from, length: null }];
        const then = iso(now);
        for (const after of [changed, added]) {
          const was = at(before.map(write), 'a/x', then);
          if (was !== 'withdrawn') expect(at(after.map(write), 'a/x', then)).not.toBe('withdrawn');
        }
      }),
      { seed: 11, numRuns: RUNS },
    );
  });

  test('nothing changes before the next change', () => {
    fc.assert(
      fc.property(entries, days, days, (list, first, ahead) => {
        const schedule = parseSchedule(list.map(write), BERLIN);
        const start = new Date(iso(first));
        const next = nextChange(schedule, start)?.getTime() ?? Infinity;
        const later = Math.min(start.getTime() + ahead * 86_400_000, next - 1);
        expect(next).toBeGreaterThan(start.getTime());
        expect(releaseAt(schedule, 'a/x', new Date(later))).toBe(releaseAt(schedule, 'a/x', start));
      }),
      { seed: 13, numRuns: RUNS },
    );
  });

  test('the order of entries means nothing', () => {
    fc.assert(
      fc.property(entries, days, (list, now) => {
        const written = list.map(write);
        expect(at([...written].reverse(), 'a/x', iso(now))).toBe(at(written, 'a/x', iso(now)));
      }),
      { seed: 17, numRuns: RUNS },
    );
  });
});
