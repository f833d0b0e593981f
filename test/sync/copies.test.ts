/** Names of course copies. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ancestorsOf, checkSegment, parseRelPath, relPathOf, type RelPath } from '../../src/core/paths.ts';
import { copyNames, copyPath, isCopyOf } from '../../src/sync/copies.ts';
import { HomeView } from '../../src/sync/home-view.ts';
import type { LocalNode } from '../../src/sync/tree.ts';

const names: readonly (readonly [path: string, inTheWay: string, number: number, copy: string])[] = [
  ['lab1.ipynb', 'lab1.ipynb', 1, 'lab1.course.ipynb'],
  ['lab1.ipynb', 'lab1.ipynb', 2, 'lab1.course-2.ipynb'],
  ['d/Makefile', 'd/Makefile', 1, 'd/Makefile.course'],
  ['.bashrc', '.bashrc', 1, '.bashrc.course'],
  ['f/i.txt', 'f', 1, 'f.course/i.txt'],
  ['a/week.1/x/i.txt', 'a/week.1', 3, 'a/week.1.course-3/x/i.txt'],
  ['ends with a dot.', 'ends with a dot.', 1, 'ends with a dot..course'],
  [
    'Was. Das ist ein langer Satz, keine Endung',
    'Was. Das ist ein langer Satz, keine Endung',
    1,
    'Was. Das ist ein langer Satz, keine Endung.course',
  ],
];

describe('a course copy', () => {
  test.each(names)('of %s, with %s in the way, number %i, is %s', (path, inTheWay, number, copy) => {
    expect(copyPath(relPathOf(path), relPathOf(inTheWay), number)).toBe(copy);
    expect(isCopyOf(relPathOf(path), relPathOf(copy))).toBe(true);
  });

  test('has a legal name of at most 240 bytes, cut between characters, and is known again', () => {
    const character = fc.constantFrom('a', 'ä', '語', '🙂', '.', '-', ' ', '.course', '.course-2');
    const segment = fc
      .array(character, { minLength: 1, maxLength: 120, size: 'max' })
      .map((characters) => characters.join(''))
      .filter((name) => checkSegment(name) === undefined);
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        fc.nat(2),
        fc.integer({ min: 1, max: 999 }),
        (segments, at, number) => {
          const path = relPathOf(segments.join('/'));
          const above = [...ancestorsOf(path), path];
          const inTheWay = above[at % above.length] as RelPath;
          const copy = copyPath(path, inTheWay, number);
          expect(parseRelPath(copy)).toBe(copy);
          expect(copy).not.toBe(path);
          expect(isCopyOf(path, copy)).toBe(true);
        },
      ),
      { numRuns: 500 * Number(process.env['F2GIT_RUNS'] ?? 1), seed: 240 },
    );
  });

  test('is no other file’s name', () => {
    for (const [path, other] of [
      ['lab1.ipynb', 'lab1.curse.ipynb'],
      ['lab1.ipynb', 'lab2.course.ipynb'],
      ['a/f', 'b.course/f'],
      ['f', 'f'],
    ] as const) {
      expect(isCopyOf(relPathOf(path), relPathOf(other)), `${path} ${other}`).toBe(false);
    }
  });
});

describe('what is at the names of a course copy', () => {
  const names = [...copyNames('d/n.txt' as RelPath)];
  const beside = names.filter((name) => name.startsWith('d/'));
  const shut = { kind: 'unreadable', why: 'denied' } as const;
  const failing = { kind: 'unreadable', why: 'io' } as const;
  const unclearIn = (local: readonly (readonly [RelPath, LocalNode])[]): RelPath | undefined => {
    const folder = ['d' as RelPath, { kind: 'folder' }] as const;
    return new HomeView({ local: new Map([folder, ...local]), base: new Map(), offered: [] }).unclearAmong(names);
  };
  const [first, second] = beside as [RelPath, RelPath];

  test.each<[string, readonly (readonly [RelPath, LocalNode])[], RelPath | undefined]>([
    ['is clear where nothing is', [], undefined],
    ['is clear where one is shut: it is somebody’s', [[first, shut]], undefined],
    ['is unclear where the disk fails', [[second, failing]], second],
    ['is unclear where all are shut: their folder was', beside.map((name) => [name, shut] as const), first],
  ])('%s', (_what, local, expected) => {
    expect(unclearIn(local)).toBe(expected);
  });
});
