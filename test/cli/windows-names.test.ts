/** What the files of a course are called on a computer with Windows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowsName, windowsOffer, windowsPath } from '../../src/cli/windows-names.ts';
import { checkSegment, comparePaths, foldPath, relPathOf, type RelPath } from '../../src/core/paths.ts';
import { offerOf } from '../server/harness.ts';

/** What Windows refuses or changes in a name (Microsoft, "Naming Files, Paths, and Namespaces"). */
const isRefused = (name: string): boolean =>
  /[<>:"|?*\\/\u0000-\u001f]|[. ]$/.test(name) ||
  /^(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d|com[\u00b9\u00b2\u00b3]|lpt[\u00b9\u00b2\u00b3])( *\.| *$)/i.test(
    name,
  );

describe('a name', () => {
  it.each([
    ['lab1.ipynb', 'lab1.ipynb'],
    ['Was ist 2:1?.md', 'Was ist 2：1？.md'],
    ['"a" <b> c|d*.txt', '＂a＂ ＜b＞ c｜d＊.txt'],
    ['usw.', 'usw．'],
    ['Woche 1 ', 'Woche 1␠'],
    ['con', 'con＿'],
    ['Aux.py', 'Aux＿.py'],
    ['NUL.tar.gz', 'NUL＿.tar.gz'],
    ['com1 .txt', 'com1＿ .txt'],
    ['console.py', 'console.py'],
    ['lpt10.txt', 'lpt10.txt'],
    ['.hidden', '.hidden'],
  ])('%j is %j', (name, there) => {
    expect(windowsName(name)).toBe(there);
  });

  const name = fc
    .array(fc.constantFrom(...'<>:"|?*. aAü'.split(''), 'con', 'NUL', 'lpt1', 'com\u00b9', '.txt', 'CONOUT$'), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join(''))
    .filter((text) => checkSegment(text) === undefined);

  it('is one that Windows takes as it is, and stays so', () => {
    fc.assert(
      fc.property(name, (text) => {
        const there = windowsName(text);
        expect([there, isRefused(there)]).toEqual([there, false]);
        expect(windowsName(there)).toBe(there);
        if (!isRefused(text)) expect(there).toBe(text);
      }),
      { seed: 20261123, numRuns: 2000 },
    );
  });

  it('of one file of a course is never that of another', () => {
    const path = fc.array(name, { minLength: 1, maxLength: 2 }).map((parts) => relPathOf(parts.join('/')));
    const paths = fc.uniqueArray(path, { minLength: 1, maxLength: 8, selector: foldPath });
    fc.assert(
      fc.property(paths, (some) => {
        const there = pathsOf(some);
        expect(new Set(there.map(foldPath)).size).toBe(some.length);
        expect(there).toEqual([...there].sort(comparePaths));
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});

function pathsOf(paths: readonly RelPath[]): readonly RelPath[] {
  const [like] = offerOf().files;
  if (like === undefined) throw new Error('no file');
  const files = paths.map((path, index) => ({ ...like, id: `id${index}` as typeof like.id, path }));
  files.sort((a, b) => comparePaths(a.path, b.path));
  return windowsOffer(offerOf({ files })).files.map(({ path }) => path);
}

describe('an offer', () => {
  it('keeps the names that were there before those that are made', () => {
    expect(pathsOf(['a:b.txt', 'a：b.txt'].map(relPathOf))).toEqual(['a：b (2).txt', 'a：b.txt']);
  });

  it('says of the same paths what is held or withheld', () => {
    const frozen = [{ path: relPathOf('Teil 1: A/x?'), why: 'withheld' }] as const;
    expect(windowsOffer(offerOf({ frozen })).frozen).toEqual([{ path: windowsPath(frozen[0].path), why: 'withheld' }]);
  });
});
