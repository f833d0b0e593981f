/**
 * The schedule in a course's own folder: what it holds back is held back before anything is offered, and no mistake, failure
 * or absence of it ever releases anything.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { followedSchedule } from '../../src/followed-schedule.ts';
import { parseSchedule } from '../../src/release/schedule.ts';
import type { CourseRepositoryOptions } from '../../src/repo/course-repository.ts';
import { FakeCourse, git, noHttp, offeredTexts, openCourse, type Opened } from './support/course.ts';

const runs = 8 * Number(process.env['F2GIT_RUNS'] ?? 1);
const zone = 'Europe/Berlin';

type Rules = Pick<CourseRepositoryOptions, 'release' | 'widestRelease' | 'releaseFile'>;

/** As a server follows both schedules, for everybody. `configured` is the administrator's `release`. */
function rules(configured: readonly unknown[] = []): Rules {
  const followed = followedSchedule({ schedule: parseSchedule(configured, zone), timeZone: zone });
  return { release: followed.releaseFor([]), releaseFile: followed.file };
}

const closed = 'release:\n  - { path: "solutions/**", from: 2026-11-09 08:00 }\n';
const content = { a: '1', 'solutions/s': 'SECRET-SOLUTION' };

/** What is offered after one more look at the source. */
async function look(opened: Opened): Promise<readonly string[]> {
  return offeredTexts(await opened.refresh());
}

const troublesOf = ({ repository }: Opened): readonly string[] =>
  repository.troubles().map(({ path = '', code }) => `${path} ${code}`);

describe('a schedule in the course’s folder', () => {
  it.each(['f2git.yaml', 'F2Git.TXT'])(
    'in %s holds files back until their time, and is never delivered',
    async (name) => {
      const course = new FakeCourse().set({ ...content, [name]: closed, 'week1/f2git.yaml': 'content like any other' });
      const opened = openCourse(course, rules());
      expect(await look(opened)).toEqual(['a', 'week1/f2git.yaml']);
      const objects = git(opened.gitDir, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)').trim();
      for (const object of objects.split('\n'))
        expect(git(opened.gitDir, 'cat-file', '-p', object)).not.toMatch(/SECRET|2026-11-09/);
      expect(readFileSync(join(opened.gitDir, 'f2git/history'), 'utf8')).not.toMatch(/solutions|"f2git\.(yaml|txt)/i);
      course.listError = 'source-unreachable';
      opened.clock.at = new Date('2026-11-09T07:00:00Z');
      expect(await look(opened)).toEqual(['a', 'solutions/s', 'week1/f2git.yaml']);
    },
  );

  it('counts with the same listing that brings it, and a change of it at once', async () => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course, rules());
    expect(await look(opened)).toEqual(['a']);
    course.set({ ...content, 'f2git.yaml': closed });
    expect(await look(opened)).toEqual(['a']);
    course.set({ ...content, 'f2git.yaml': closed.replace('11-09', '11-01') });
    expect(await look(opened)).toEqual(['a', 'solutions/s']);
  });

  it('is not fetched again while it stays the same', async () => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': closed });
    const opened = openCourse(course, rules());
    for (let times = 0; times < 3; times++) await opened.refresh();
    expect(course.fetched.filter((path) => path === 'f2git.yaml')).toEqual(['f2git.yaml']);
  });

  it('may be hidden from students at the source', async () => {
    const course = new FakeCourse()
      .set(content)
      .put('f2git.yaml', closed, { visible: { from: '9999-12-31T00:00:00Z' } });
    expect(await look(openCourse(course, rules()))).toEqual(['a']);
  });

  it('opens nothing that the administrator closed, and closes what the administrator opened', async () => {
    const open = 'release: [{ path: "solutions/**" }, { path: a, from: 2999-01-01 }]';
    const course = new FakeCourse().set({ ...content, b: '2', 'f2git.yaml': open });
    const opened = openCourse(course, rules([{ path: 'solutions/**', from: '2999-01-01' }, { path: 'a' }]));
    expect(await look(opened)).toEqual(['b']);
  });

  it('gives a group that the configuration names what is for it, and nobody else', async () => {
    const text = 'release: [{ path: "solutions/**", for: [ta] }, { path: b, from: 2999-01-01 }]';
    const course = new FakeCourse().set({ ...content, b: '2', 'f2git.yaml': text });
    const list = parseSchedule([{ path: 'nothing', for: ['ta'] }], zone);
    const followed = followedSchedule({ schedule: list, timeZone: zone });
    const opened = openCourse(course, {
      release: followed.releaseFor([]),
      widestRelease: followed.releaseFor(['ta']),
      releaseFile: followed.file,
    });
    const tutors = opened.repository.openAudience('for-ta', followed.releaseFor(['ta']));
    expect(await look(opened)).toEqual(['a']);
    expect(offeredTexts(await tutors.refresh({ freshness: 0 }))).toEqual(['a', 'solutions/s']);
    course.set({ ...content, b: '2', 'f2git.yaml': 'release: soon' });
    expect(offeredTexts(await tutors.refresh({ freshness: 0, force: true }))).toEqual(['a', 'solutions/s']);
    await tutors.close();
  });

  it('takes back what its time is over for', async () => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': 'release: [{ path: a, until: 2026-11-01 }]' });
    const opened = openCourse(course, rules());
    expect(await look(opened)).toEqual(['solutions/s']);
    expect(opened.repository.entries().find(({ path }) => path === 'a')?.verdict).toBe('withdrawn');
  });
});

const broken: readonly (readonly [what: string, text: string | Uint8Array, told: RegExp])[] = [
  ['no YAML', 'release: [', /config|no YAML/],
  ['an empty file', '', /mapping with "release"/],
  ['another key', `${closed}relaese: []\n`, /unknown key/],
  ['a schedule under another name', closed.replace('release', 'schedule'), /mapping with "release"/],
  ['no list', 'release: soon', /must be a list/],
  ['a pattern that is none', 'release: [{ path: "[z-a]" }]', /./],
  ['a time that is none', 'release: [{ path: a, from: soon }]', /is no time/],
  ['a group nobody knows', 'release: [{ path: a, for: [ta] }]', /"ta" is no group/],
  ['no text', Buffer.from([0xff, 0xfe, 0x00]), /not a text file/],
  ['more than anybody writes', `${closed}${'#'.repeat(300_000)}`, /262144/],
];

describe('a mistake in it', () => {
  it.each(broken)('%s: the last good schedule goes on, and staff are told', async (_what, text, told) => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': closed });
    const opened = openCourse(course, rules());
    await opened.refresh();
    course.set({ ...content, b: '2', 'f2git.yaml': text });
    expect(await look(opened)).toEqual(['a', 'b']);
    expect(JSON.stringify(opened.repository.troubles().map(({ params }) => Object.values(params)))).toMatch(
      new RegExp(told.source.replaceAll('"', '\\\\"')),
    );
    course.set({ ...content, b: '2', 'f2git.yaml': 'release: []' });
    expect(await look(opened)).toEqual(['a', 'b', 'solutions/s']);
    expect(troublesOf(opened)).toEqual([]);
  });

  it.each(broken)('%s, where there never was a good one: nothing new is released', async (_what, text) => {
    const course = new FakeCourse().set({ a: '1' });
    const opened = openCourse(course, rules());
    await opened.refresh();
    course.set({ ...content, 'f2git.yaml': text });
    expect(await look(opened)).toEqual(['a']);
    course.set({ ...content, a: 'changed', 'f2git.yaml': text });
    const offer = await opened.refresh();
    expect(offeredTexts(offer)).toEqual(['a']);
    expect(git(opened.gitDir, 'show', 'main:a')).toBe('changed');
    expect(offer.source.problems).toEqual([]);
  });

  it('in the first version of a new course: nothing is released, and the course goes on when it is mended', async () => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': 'release: soon' });
    const opened = openCourse(course, rules());
    expect(await look(opened)).toEqual([]);
    course.set({ ...content, 'f2git.yaml': closed });
    expect(await look(opened)).toEqual(['a']);
  });

  it('is read again by a source that says nothing changed: the configuration may make it right', async () => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': 'release: [{ path: "solutions/**", for: [ta] }]' });
    course.isConditional = true;
    course.memory = 'm';
    const opened = openCourse(course, rules());
    expect(await look(opened)).toEqual([]);
    const after = opened.reopen(rules([{ path: 'nothing', for: ['ta'] }]));
    expect(offeredTexts(await after.refresh({ freshness: 0, force: true }))).toEqual(['a']);
  });
});

describe('a look that does not show it', () => {
  const reasons: readonly (readonly [what: string, happens: (course: FakeCourse) => void, told: readonly string[]])[] =
    [
      ['it was removed', () => undefined, ['f2git.yaml schedule-gone']],
      ['the listing is not whole', (course) => (course.complete = false), []],
      [
        'it cannot be named',
        (course) => course.problems.push({ segments: ['f2git.yaml'], code: 'kind-refused' }),
        ['f2git.yaml kind-refused'],
      ],
      [
        'the whole folder is in trouble',
        (course) => course.problems.push({ segments: [], code: 'source-forbidden' }),
        [' source-forbidden'],
      ],
    ];
  it.each(reasons)('%s: what it held back stays back', async (_what, happens, told) => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': closed });
    const opened = openCourse(course, rules());
    await opened.refresh();
    course.set({ ...content, b: '2' });
    happens(course);
    expect(await look(opened)).toEqual(['a', 'b']);
    expect(troublesOf(opened)).toEqual(told);
    opened.clock.at = new Date('2026-11-09T07:00:00Z');
    expect(await look(opened)).toEqual(['a', 'b', 'solutions/s']);
  });

  it('goes when it said nothing before it was removed', async () => {
    const course = new FakeCourse().set({ a: '1', 'f2git.yaml': 'release: []' });
    const opened = openCourse(course, rules());
    await opened.refresh();
    course.set(content);
    expect(await look(opened)).toEqual(['a', 'solutions/s']);
    expect(troublesOf(opened)).toEqual([]);
  });

  it('cannot be fetched: what is not released yet waits, and it is asked for again', async () => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': closed });
    course.fetchErrors.set('f2git.yaml', 'source-forbidden');
    course.isConditional = true;
    course.memory = 'm';
    const opened = openCourse(course, rules());
    expect(await look(opened)).toEqual([]);
    expect(troublesOf(opened)).toEqual(['f2git.yaml source-forbidden']);
    course.fetchErrors.clear();
    expect(await look(opened)).toEqual(['a']);
  });

  it('shows two of them: neither is delivered, and nothing is released by either', async () => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': closed });
    const opened = openCourse(course, rules());
    await opened.refresh();
    course.set({ ...content, 'f2git.yaml': 'release: []', 'f2git.txt': 'release: []' });
    expect(await look(opened)).toEqual(['a']);
    expect(troublesOf(opened)).toEqual(['f2git.txt schedule-invalid']);
  });
});

describe('what is written down of it', () => {
  it.each(['lost', 'damaged'])('is %s: nothing is released by the clock, and the source is read whole', async (how) => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': closed });
    course.isConditional = true;
    course.memory = 'm';
    const opened = openCourse(course, rules());
    await opened.refresh();
    const path = join(opened.dir, 'schedule.json');
    if (how === 'lost') rmSync(path);
    else writeFileSync(path, '{"version":1');
    course.listError = 'source-unreachable';
    expect(await look(opened)).toEqual(['a']);
    course.listError = undefined;
    expect(await look(opened)).toEqual(['a']);
    opened.clock.at = new Date('2026-11-09T07:00:00Z');
    expect(await look(opened)).toEqual(['a', 'solutions/s']);
  });

  it('holds for the same course read from elsewhere', async () => {
    const opened = openCourse(new FakeCourse().set({ ...content, 'f2git.yaml': closed }), {
      ...rules(),
      outlivesSource: true,
    });
    await opened.refresh();
    const moved = new FakeCourse('memory:moved').set(content);
    const source = { adapter: moved.adapter(), config: {}, credentials: {}, createHttp: noHttp };
    const elsewhere = opened.reopen({ source });
    expect(offeredTexts(await elsewhere.refresh({ freshness: 0, force: true }))).toEqual(['a']);
  });

  it('is seen by another process at once', async () => {
    const course = new FakeCourse().set({ ...content, 'f2git.yaml': closed });
    const opened = openCourse(course, rules());
    await opened.refresh();
    course.set({ ...content, 'f2git.yaml': closed.replace('11-09', '11-16') });
    await opened.reopen().refresh({ freshness: 0, force: true });
    opened.clock.at = new Date('2026-11-09T07:00:00Z');
    expect(opened.repository.isBehind()).toBe(false);
    opened.clock.at = new Date('2026-11-16T07:00:00Z');
    expect(opened.repository.isBehind()).toBe(true);
  });
});

const day = fc.integer({ min: 1, max: 28 }).map((date) => `2026-11-${String(date).padStart(2, '0')} 08:00`);
const entry = fc
  .record({
    path: fc.constantFrom('**', 'a', 'week1/**', 'week2/**', '*.py', 'week1/x.py', '**/solutions/**'),
    from: fc.option(day, { nil: undefined }),
    until: fc.option(day, { nil: undefined }),
  })
  .filter(({ from, until }) => from === undefined || until === undefined || from < until)
  .map(({ path, from, until }) => ({ path, ...(from && { from }), ...(until && { until }) }));
const files = ['a', 'week1/x.py', 'week1/solutions/y', 'week2/z.py', 'top.py'];

test('in the course’s folder a schedule says what it says in the configuration, at any time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 30 })),
      async (list, days) => {
        const tree = Object.fromEntries(files.map((path) => [path, path]));
        const text = JSON.stringify({ release: list });
        const byFile = openCourse(new FakeCourse().set({ ...tree, 'f2git.yaml': text }), rules());
        const byConfig = openCourse(new FakeCourse().set(tree), rules(list));
        for (const date of [2, ...[...days].sort((a, b) => a - b)]) {
          const at = new Date(Date.UTC(2026, 10, date, 7));
          byFile.clock.at = byConfig.clock.at = at;
          expect(await look(byFile)).toEqual(await look(byConfig));
          const shown = ({ repository }: Opened): unknown =>
            repository.entries().map(({ path, verdict }) => [path, verdict]);
          expect(shown(byFile)).toEqual(shown(byConfig));
        }
      },
    ),
    { numRuns: runs, seed: 7 },
  );
});
