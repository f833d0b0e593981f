import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/core/make-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'f2git-folders-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('making a folder', () => {
  it('makes those above it, and names the topmost it made', () => {
    expect(makeFolder(join(root, 'a/b/c'), 0o700)).toBe(join(root, 'a'));
    expect(statSync(join(root, 'a/b/c')).mode & 0o777).toBe(0o700);
    expect(makeFolder(join(root, 'a/b/c'))).toBeUndefined();
    expect(makeFolder(join(root, 'a/b/d'))).toBe(join(root, 'a/b/d'));
  });

  it('fails where a file is in the way', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => makeFolder(join(root, 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(root, 'file/below'))).toThrow(/ENOTDIR/);
  });

  it.skipIf(!existsSync('/proc/self'))('ends where the system says ENOENT below a folder that is there', () => {
    expect(() => makeFolder('/proc/f2git/cache/mirror')).toThrow(/ENOENT/);
  });
});
