import { describe, expect, it } from 'vitest';
import { ancestorsOf, checkSegment, foldPath, parseRelPath, relPathOf } from '../../src/core/paths.ts';

describe('names that a course may have', () => {
  it.each([
    ['lab 1 (draft).ipynb'],
    ['Übung 3 – Lösung.md'],
    ['日本語📚.txt'],
    ['.bashrc'],
    ['.gitignore'],
    ['.gitattributes'],
    ['git'],
    ['CON'],
    ['a~1'],
    ['...'],
    ['-rf'],
    ['x'.repeat(240)],
  ])('delivers %s', (name) => {
    expect(checkSegment(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['.', 'dots'],
    ['..', 'dots'],
    ['a/b', 'character'],
    ['a\\b', 'character'],
    ['a\nb', 'character'],
    ['a\u0000', 'character'],
    ['a\u009b', 'character'],
    ['a\ud800', 'character'],
    ['x'.repeat(241), 'too-long'],
    ['ü'.repeat(121), 'too-long'],
    ['.git', 'git'],
    ['.GIT', 'git'],
    ['.git ', 'git'],
    ['.git...', 'git'],
    ['.git::$INDEX_ALLOCATION', 'git'],
    ['git~1', 'git'],
    ['GIT~2', 'git'],
    ['.g\u200cit', 'git'],
    ['.\u2060git', 'git'],
    ['.ｇｉｔ', 'git'],
    ['.gitmodules', 'git'],
    ['.GitModules ', 'git'],
    ['gitmod~1', 'git'],
    ['.f2git', 'own'],
    ['.F2GIT', 'own'],
    ['.ipynb_checkpoints', 'junk'],
    ['.~lab1.ipynb', 'junk'],
    ['.DS_Store', 'junk'],
    ['__MACOSX', 'junk'],
    ['Thumbs.db', 'junk'],
  ])('does not deliver %j (%s)', (name, fault) => {
    expect(checkSegment(name)).toBe(fault);
  });

  it.each(['/etc/passwd', 'a//b', '../x', 'a/../b', 'a/', '', Array(33).fill('d').join('/')])(
    'takes %j for no path',
    (path) => {
      expect(parseRelPath(path)).toBeUndefined();
    },
  );
});

describe('names that are the same file somewhere', () => {
  it.each([
    ['README.md', 'readme.MD'],
    ['\u00dcbung', 'U\u0308BUNG'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'straße'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['\u212a', 'k'],
    ['ﬁle', 'FILE'],
    ['İ', 'i\u0307'],
  ])('%s and %s', (one, other) => {
    expect(foldPath(one)).toBe(foldPath(other));
  });

  it.each([
    ['a', 'b'],
    ['kız', 'kiz'],
    ['a b', 'a_b'],
    ['x²', 'x2'],
  ])('but not %s and %s', (one, other) => {
    expect(foldPath(one)).not.toBe(foldPath(other));
  });
});

it('names the folders above a path, outermost first', () => {
  expect(ancestorsOf(relPathOf('a/b/c.txt'))).toEqual(['a', 'a/b']);
  expect(ancestorsOf(relPathOf('c.txt'))).toEqual([]);
});
