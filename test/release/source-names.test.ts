/** Lecturers write patterns by the names they see at the source; students get files under names that a file can have. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { openConfiguredCourse } from '../../src/configured-course.ts';
import { entryId } from '../../src/core/ids.ts';
import { parsePattern, type PathMatcher } from '../../src/release/pattern.ts';
import { parseSchedule, releaseAt } from '../../src/release/schedule.ts';
import { unmatchedPatterns, type CoursePattern } from '../../src/release/unmatched.ts';
import type { CourseRepository } from '../../src/repo/course-repository.ts';
import { placeEntries } from '../../src/sources/listing.ts';

const early = new Date('2026-11-01T00:00:00Z');

function matcherOf(text: string): PathMatcher {
  const parsed = parsePattern(text);
  if (parsed.kind === 'none') throw new Error(parsed.why);
  return parsed.matches;
}

describe('a rule by the name at the source', () => {
  it.each([
    ['a title with a slash', ['Übung 3/4', 'lösung.py'], 'Übung 3/4/**', 'Übung 3_4/lösung.py'],
    ['a blank at the end', ['Solutions ', 'a.py'], 'Solutions /**', 'Solutions/a.py'],
    ['a line break', ['week\n1', 'a.py'], 'week?1/**', 'week_1/a.py'],
    ['a name too long for a file', [`${'x'.repeat(300)}.py`], `${'x'.repeat(300)}.py`, `${'x'.repeat(237)}.py`],
    ['the delivered name', ['Übung 3/4', 'lösung.py'], 'Übung 3_4/**', 'Übung 3_4/lösung.py'],
  ])('%s: it is withheld under either name', (_, segments, pattern, delivered) => {
    const entry = { id: entryId('1'), segments, stamp: '1', size: 1 };
    const [file] = placeEntries({ kind: 'listing', entries: [entry], problems: [], complete: true }, new Map()).files;
    expect(file?.path).toBe(delivered);
    const schedule = parseSchedule([{ path: pattern, from: '2026-12-01' }], 'Europe/Berlin');
    expect(releaseAt(schedule, delivered, early, [], file?.sourcePath)).toBe('withheld');
    const other = parseSchedule([{ path: 'other/**', from: '2026-12-01' }], 'Europe/Berlin');
    expect(releaseAt(other, delivered, early, [], file?.sourcePath)).toBe('offered');
  });

  it('never opens what the other name keeps closed', () => {
    const schedule = parseSchedule(
      [
        { path: 'a_b/**', from: '2026-10-01' },
        { path: 'a/b/**', from: '2026-12-01' },
      ],
      'Europe/Berlin',
    );
    expect(releaseAt(schedule, 'a_b/x', early, [], 'a/b/x')).toBe('withheld');
  });
});

describe('a course with such names', () => {
  let root: string;
  const opened: CourseRepository[] = [];
  let at = early;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'f2git-names-'));
    at = early;
    for (const path of ['README.md', 'Solutions /week1.py', 'internal /key.txt']) {
      mkdirSync(dirname(join(root, 'course', path)), { recursive: true });
      writeFileSync(join(root, 'course', path), path);
    }
    symlinkSync('/etc/hostname', join(root, 'course/Solutions /answer-link'));
  });

  afterEach(async () => {
    for (const repository of opened.splice(0)) await repository.close();
    rmSync(root, { recursive: true, force: true });
  });

  function open(rules: string): CourseRepository {
    const text = `homes: ./homes/{user}\nauth: none\ncourses:\n  c:\n    source: ./course\n${rules}`;
    const config = parseConfig(text, { folder: root, environment: {} });
    const repository = openConfiguredCourse(config, [...config.courses.values()][0]!, () => at);
    opened.push(repository);
    return repository;
  }

  const pathsOf = async (repository: CourseRepository): Promise<readonly string[]> =>
    (await repository.refresh({ freshness: 0, force: true })).files.map(({ path }) => path);

  const rules = '    exclude: ["internal /**"]\n    release: [{ path: "Solutions /**", from: 2026-12-01 }]\n';

  it('hides what its rules name, problems there included, and releases it on time', async () => {
    const repository = open(rules);
    const offer = await repository.refresh({ freshness: 0 });
    expect(offer.files.map(({ path }) => path)).toEqual(['README.md']);
    expect(JSON.stringify(offer)).not.toMatch(/Solutions|internal|answer/);
    at = new Date('2026-12-02T00:00:00Z');
    expect(await pathsOf(repository)).toEqual(['README.md', 'Solutions/week1.py']);
  });

  it('remembers the names over a restart, and without asking the source', async () => {
    await open(rules).refresh({ freshness: 0 });
    const offer = await open(rules).offer();
    expect(offer?.files.map(({ path }) => path)).toEqual(['README.md']);
    expect(
      open(rules)
        .preview(at)
        ?.files.map(({ path }) => path),
    ).toEqual(['README.md']);
  });

  it('lets in by include what is named either way', async () => {
    expect(await pathsOf(open('    include: ["Solutions /**"]\n'))).toEqual(['Solutions/week1.py']);
    expect(await pathsOf(open('    include: ["Solutions/**"]\n'))).toEqual(['Solutions/week1.py']);
  });
});

describe('patterns that mean nothing', () => {
  const pattern = (text: string, key: CoursePattern['key'] = 'release'): CoursePattern => ({
    key,
    pattern: text,
    matches: matcherOf(text),
  });
  const files = [{ path: 'week01/lab.ipynb' }, { path: 'Loesung 3_4/a.py', sourcePath: 'Loesung 3/4/a.py' }];

  it.each([
    ['week01/**', 'release', []],
    ['Loesung 3/4/**', 'release', []],
    ['Loesung 3_4/**', 'release', []],
    ['wek01/**', 'release', [{ key: 'release', pattern: 'wek01/**', near: 'week01' }]],
    ['Lösung 3/4/**', 'release', [{ key: 'release', pattern: 'Lösung 3/4/**', near: 'Loesung 3/4' }]],
    ['week01/lab.ipnyb', 'include', [{ key: 'include', pattern: 'week01/lab.ipnyb', near: 'week01/lab.ipynb' }]],
    ['exam/**', 'release', [{ key: 'release', pattern: 'exam/**' }]],
    ['**/*.key', 'exclude', []],
    ['week1/**', 'exclude', [{ key: 'exclude', pattern: 'week1/**', near: 'week01' }]],
  ] as const)('%s of %s', (text, key, expected) => {
    expect(unmatchedPatterns([pattern(text, key)], files)).toEqual(expected);
  });
});
