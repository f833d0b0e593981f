import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { systemErrorName } from '../../src/core/system-error.ts';

/** As Node makes them for what libuv has no name for. */
const unnamed = (code: string, errno: number): Error =>
  Object.assign(new Error(`${code}: something, write`), { code, errno, syscall: 'write' });

describe('the name of a system error', () => {
  it('is the one Node gives', () => {
    let thrown: unknown;
    try {
      readFileSync('/nonexistent/file');
    } catch (error) {
      thrown = error;
    }
    expect(systemErrorName(thrown)).toBe('ENOENT');
  });

  it.skipIf(process.platform !== 'linux')('is found by its number where Node knows none: a full quota', () => {
    const { EDQUOT, ESTALE } = constants.errno;
    expect(systemErrorName(unnamed(`Unknown system error -${EDQUOT}`, -EDQUOT))).toBe('EDQUOT');
    expect(systemErrorName(unnamed('UNKNOWN', -EDQUOT))).toBe('EDQUOT');
    expect(systemErrorName(unnamed('UNKNOWN', -ESTALE))).toBe('ESTALE');
  });

  it('is undefined for all other errors', () => {
    expect(systemErrorName(new Error('x'))).toBeUndefined();
    expect(systemErrorName(Object.assign(new Error('x'), { code: 'Z_DATA_ERROR', errno: -3 }))).toBeUndefined();
    expect(systemErrorName('ENOENT')).toBeUndefined();
  });
});
