import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { asF2gitError, systemErrorName } from '../../src/errors.ts';

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

describe('an error nobody expected', () => {
  it('is trouble of the machine when the machine refused something', () => {
    const refused = Object.assign(new Error('EIO: i/o error'), { code: 'EIO', errno: -5, path: '/home/ada/a.txt' });
    expect(asF2gitError(refused)).toMatchObject({ code: 'system-refused', params: { errno: 'EIO' } });
    expect(asF2gitError(unnamed('UNKNOWN', -constants.errno.EDQUOT))).toMatchObject({ code: 'disk-full' });
  });

  it('is a mistake of ours otherwise', () => {
    expect(asF2gitError(new TypeError('x'))).toMatchObject({ code: 'bug' });
    expect(asF2gitError(Object.assign(new Error('ENOENT'), { code: 'ENOENT', errno: -2 }))).toMatchObject({
      code: 'bug',
    });
  });
});
