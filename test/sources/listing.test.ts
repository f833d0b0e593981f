import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryId, type EntryId } from '../../src/core/ids.ts';
import { foldPath, MAX_SEGMENT_BYTES, parseRelPath, type RelPath } from '../../src/core/paths.ts';
import { placeEntries, type PlacedListing } from '../../src/sources/listing.ts';
import type { EntryProblem, ListedEntry, Listing } from '../../src/sources/source.ts';

const runs = (count: number) => ({ seed: 20261102, numRuns: count * Number(process.env['F2GIT_RUNS'] ?? 1) });

function entry(id: string, ...segments: string[]): ListedEntry {
  return { id: entryId(id), segments, stamp: 's', size: 1 };
}

function listing(entries: readonly ListedEntry[], problems: readonly EntryProblem[] = []): Listing {
  return { kind: 'listing', entries, problems, complete: true };
}

function place(entries: readonly ListedEntry[], previous: ReadonlyMap<EntryId, RelPath> = new Map()): PlacedListing {
  return placeEntries(listing(entries), previous);
}

function pathsById(placed: PlacedListing): Map<EntryId, RelPath> {
  return new Map(placed.files.map(({ id, path }) => [id, path]));
}

function pathOf(...segments: string[]): string | undefined {
  return place([entry('1', ...segments)]).files[0]?.path;
}

describe('a name from outside becomes a legal one', () => {
  it.each([
    ['week1/lab1.ipynb', ['week1', 'lab1.ipynb']],
    ['a slash in a title is a character: 1_2.pdf', ['a slash in a title is a character: 1/2.pdf']],
    ['.._.._.bashrc', ['../../.bashrc']],
    ['a_b.txt', ['a\\b.txt']],
    ['C:_x.txt', ['C:\\x.txt']],
    ['two_lines.txt', ['two\nlines.txt']],
    ['esc_[31mred.txt', ['esc\u001b[31mred.txt']],
    ['invoice_fdp.exe', ['invoice\u202efdp.exe']],
    ['half_.txt', ['half\ud800.txt']],
    ['padded.txt', ['  padded.txt ']],
    ['ends in dots', ['ends in dots...']],
    ['.bashrc', ['.bashrc']],
    ['aux.txt', ['aux.txt']],
    ['CON', ['CON']],
    ['~notes.txt', ['~notes.txt']],
    ['#100% & ?+=.txt', ['#100% & ?+=.txt']],
    ['%2e%2e', ['%2e%2e']],
    ['Übung.ipynb', ['Übung.ipynb']],
    ['Übung.ipynb'.normalize('NFD'), ['Übung.ipynb'.normalize('NFD')]],
    ['👩‍💻.txt', ['👩‍💻.txt']],
    ['_', ['   ']],
    ['-rf', ['-rf']],
  ])('%s', (expected, segments) => {
    expect(pathOf(...segments)).toBe(expected);
  });

  it('cuts a long name between characters and keeps its extension', () => {
    const path = pathOf(`${'ü'.repeat(200)}.tar.gz`) ?? '';
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(MAX_SEGMENT_BYTES);
    expect(path).toMatch(/^ü+\.tar\.gz$/);
  });

  it.each([
    '.git',
    '.GIT',
    '.git ',
    ' .git',
    'git~1',
    '.g\u200cit',
    '.git::$INDEX_ALLOCATION',
    '.gitmodules',
    '.f2git',
  ])('refuses %j in any place, as one problem on a path that is nobody’s', (name) => {
    const files = [
      entry('1', name),
      entry('2', 'a', name, 'config'),
      entry('3', 'a', name, 'HEAD'),
      entry('4', '_git'),
    ];
    const placed = place(files);
    expect(placed.files.map(({ path }) => path)).toEqual(['_git']);
    expect(placed.problems.map(({ code }) => code)).toEqual(['name-refused', 'name-refused']);
    for (const { path } of placed.problems) expect(parseRelPath(path ?? '')).toBe(path);
    expect(placed.problems.map(({ path }) => path)).not.toContain('_git');
  });

  it.each([
    ['..', 'passwd'],
    ['', 'etc', 'passwd'],
    ['a', '.', 'b'],
  ])('refuses a path that climbs or starts at the root: %j', (...segments) => {
    const placed = place([entry('1', ...segments)]);
    expect(placed.files).toEqual([]);
    expect(placed.problems).toHaveLength(1);
  });

  it.each(['.DS_Store', '__MACOSX', '.ipynb_checkpoints', '.~lab.ipynb', 'Thumbs.db'])(
    'drops %s without a word',
    (name) => {
      const placed = place([entry('1', 'a', name), entry('2', name, 'x'), entry('3', 'lab.ipynb')]);
      expect(placed.files.map(({ path }) => path)).toEqual(['lab.ipynb']);
      expect(placed.problems).toEqual([]);
    },
  );

  it('names what is nested too deep once, and delivers the rest', () => {
    const deep = Array.from({ length: 40 }, (_, at) => `d${at}`);
    const placed = place([entry('1', ...deep, 'a'), entry('2', ...deep, 'b'), entry('3', ...deep.slice(0, 31), 'c')]);
    expect(placed.files).toHaveLength(1);
    expect(placed.problems).toHaveLength(1);
    expect(parseRelPath(placed.problems[0]?.path ?? '')).toBeDefined();
  });

  it('shows original names without what turns text around', () => {
    const [problem] = place([entry('1', 'a\u202e', '.git')]).problems;
    expect(problem?.shown).toBe('a\\u{202e}/.git');
  });
});

describe('two items never share a path', () => {
  it.each([
    ['the same name twice', [entry('1', 'a.txt'), entry('2', 'a.txt')], ['a (2).txt', 'a.txt']],
    ['upper and lower case', [entry('1', 'Lab.ipynb'), entry('2', 'lab.ipynb')], ['Lab.ipynb', 'lab (2).ipynb']],
    ['ß and ss', [entry('1', 'Maß.txt'), entry('2', 'MASS.txt')], ['MASS.txt', 'Maß (2).txt']],
    ['NFC and NFD', [entry('1', '\u00fc.txt'), entry('2', 'u\u0308.txt')], ['u\u0308.txt', '\u00fc (2).txt']],
    ['a file and a folder', [entry('1', 'week'), entry('2', 'week', 'x')], ['week (2)', 'week/x']],
    ['two folders', [entry('1', 'A', 'x'), entry('2', 'a', 'x')], ['A/x', 'a (2)/x']],
    ['a number that is taken', [entry('1', 'a'), entry('2', 'a'), entry('3', 'a (2)')], ['a', 'a (2)', 'a (3)']],
    ['names that differ before mapping', [entry('1', 'a/b'), entry('2', 'a\\b')], ['a_b', 'a_b (2)']],
    ['dot-files', [entry('1', '.env'), entry('2', '.ENV')], ['.ENV', '.env (2)']],
  ])('%s', (_name, entries, expected) => {
    expect(place(entries).files.map(({ path }) => path)).toEqual([...expected].sort());
    expect(place([...entries].reverse())).toEqual(place(entries));
  });

  it('keeps the path of whoever had it, also when the first twin leaves', () => {
    const before = pathsById(place([entry('5', 'a.txt')]));
    const withTwin = place([entry('1', 'a.txt'), entry('5', 'a.txt')], before);
    expect(Object.fromEntries(pathsById(withTwin))).toEqual({ 5: 'a.txt', 1: 'a (2).txt' });
    const alone = place([entry('1', 'a.txt')], pathsById(withTwin));
    expect(alone.files[0]?.path).toBe('a (2).txt');
  });

  it('keeps the numbered folder of its files when the other folder leaves', () => {
    const both = place([entry('1', 'A', 'x'), entry('2', 'a', 'y')]);
    const alone = place([entry('2', 'a', 'y'), entry('3', 'a', 'new')], pathsById(both));
    expect(alone.files.map(({ path }) => path)).toEqual(['a (2)/new', 'a (2)/y']);
  });

  it('follows a rename and a move', () => {
    const before = pathsById(place([entry('1', 'a.txt'), entry('2', 'b.txt')]));
    const after = place([entry('1', 'w', 'a.txt'), entry('2', 'c.txt')], before);
    expect(after.files.map(({ path }) => path)).toEqual(['c.txt', 'w/a.txt']);
  });

  it('keeps one of two items with one id and names the other', () => {
    const entries = [entry('1', 'b.txt'), entry('1', 'a.txt')];
    expect(place(entries).files.map(({ path }) => path)).toEqual(['a.txt']);
    expect(place(entries).problems).toMatchObject([{ path: 'b.txt', code: 'source-invalid' }]);
    expect(place(entries.toReversed())).toEqual(place(entries));
  });
});

describe('a problem sits where its item was or would be', () => {
  const problem = (...segments: string[]): EntryProblem => ({ segments, code: 'source-forbidden' });
  const placeProblem = (segments: string[], entries: ListedEntry[] = [], previous = new Map<EntryId, RelPath>()) =>
    placeEntries(listing(entries, [problem(...segments)]), previous).problems.map(({ path }) => path);

  it.each<[string, string[], ListedEntry[], (string | undefined)[]]>([
    ['the root', [], [entry('1', 'a')], [undefined]],
    ['an unknown folder', ['week2'], [entry('1', 'a')], ['week2']],
    ['a known folder', ['week2'], [entry('1', 'week2', 'x')], ['week2']],
    ['a mapped name', ['a/b', 'c\n'], [], ['a_b/c_']],
    ['an item without a name', ['week2', ''], [entry('1', 'week2', 'x')], ['week2']],
    ['a file in a numbered folder', ['a', 'x'], [entry('1', 'A', 'x'), entry('2', 'a', 'y')], ['a (2)/x']],
    ['all twins of a name', ['a'], [entry('1', 'a'), entry('2', 'a')], ['a', 'a (2)']],
    ['junk', ['__MACOSX', 'x'], [], []],
  ])('%s', (_name, segments, entries, expected) => {
    expect(placeProblem(segments, entries)).toEqual(expected);
  });

  it('freezes where an unreadable twin was delivered before', () => {
    const before = pathsById(place([entry('1', 'A', 'x'), entry('2', 'a', 'y')]));
    expect(placeProblem(['a'], [entry('1', 'A', 'x')], before)).toEqual(['a', 'a (2)']);
  });
});

describe('laws of the mapping', () => {
  const segment = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('a', 'A', 'a (2)', 'b.txt', 'B.TXT', 'b (2).txt', 'ß', 'ss', 'w', 'ü', 'u\u0308'),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '.git',
        '..',
        '',
        '.f2git',
        '.DS_Store',
        'a/b',
        'a\\b',
        ' a',
        'a.',
        '\u202ea',
        'x'.repeat(300),
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  );
  const raw = fc.array(segment, { minLength: 1, maxLength: 3 });
  const entries = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 99 }), raw), { selector: ([id]) => id, maxLength: 12 })
    .map((items) => items.map(([id, segments]) => entry(String(id), ...segments)));
  const history = fc.tuple(entries, entries).map(([before, now]) => ({ before: pathsById(place(before)), now }));

  it('gives legal paths, no two with one fold key, no file below a file; nothing is lost', () => {
    fc.assert(
      fc.property(history, ({ before, now }) => {
        const { files, problems } = place(now, before);
        const keys = new Set(files.map(({ path }) => foldPath(path)));
        expect(keys.size).toBe(files.length);
        for (const { path } of files) {
          expect(parseRelPath(path)).toBe(path);
          const parents = path.split('/').slice(0, -1);
          parents.forEach((_, at) => expect(keys).not.toContain(foldPath(parents.slice(0, at + 1).join('/'))));
        }
        for (const { path } of problems) {
          expect(path === undefined || parseRelPath(path) === path).toBe(true);
          expect(files.some((file) => file.path === path)).toBe(false);
        }
        const isNamed = (one: ListedEntry) =>
          files.some(({ entry: placed }) => placed === one) ||
          problems.length > 0 ||
          one.segments.some((name) => name === '.DS_Store');
        expect(now.every(isNamed)).toBe(true);
      }),
      runs(400),
    );
  });

  it('does not depend on the order of the listing', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), ({ before, now }, random) => {
        const shuffled = now
          .map((one) => ({ one, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(place(shuffled, before)).toEqual(place(now, before));
      }),
      runs(200),
    );
  });

  it('stays as it is when nothing changes, also a second time', () => {
    fc.assert(
      fc.property(history, ({ before, now }) => {
        const first = place(now, before);
        expect(place(now, pathsById(first))).toEqual(first);
      }),
      runs(400),
    );
  });

  it('maps its own output to itself', () => {
    fc.assert(
      fc.property(entries, (now) => {
        const placed = place(now);
        const again = place(placed.files.map(({ id, path }) => entry(id, ...path.split('/'))));
        expect(Object.fromEntries(pathsById(again))).toEqual(Object.fromEntries(pathsById(placed)));
      }),
      runs(300),
    );
  });

  it('leaves items alone when unrelated ones come or go', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 4 }), ({ before, now }, count) => {
        const unrelated = Array.from({ length: count }, (_, at) => entry(`new${at}`, `unrelated${at}`, 'x'));
        const ids = new Set(now.map(({ id }) => id));
        const kept = place([...now, ...unrelated], before).files.filter(({ id }) => ids.has(id));
        expect(kept.map(({ path }) => path)).toEqual(place(now, before).files.map(({ path }) => path));
      }),
      runs(200),
    );
  });
});
