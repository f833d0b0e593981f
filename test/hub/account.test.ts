/** From the hub's name to the account, the uid and the home: the same person at every step, or nobody. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openAccountBook } from '../../src/hub/account-book.ts';
import { accountOf, isCertain } from '../../src/hub/account.ts';
import { residenceOf } from '../../src/hub/residence.ts';
import { findSystemUser, isHomeThere, personIn } from '../../src/hub/system-user.ts';

const folder = mkdtempSync(join(tmpdir(), 'f2git-account-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('A31: the account of a hub’s user', () => {
  test('has the same name where the hub starts servers as its users', () => {
    expect(accountOf('anna', 'same')).toBe('anna');
    expect(accountOf('Anna.Mueller', 'same')).toBe('Anna.Mueller');
    expect(accountOf('anna@uni-x.example', 'same')).toBe('anna@uni-x.example');
  });

  test('is named as The Littlest JupyterHub names it', () => {
    expect(accountOf('anna', 'tljh')).toBe('jupyter-anna');
    expect(accountOf('a'.repeat(17), 'tljh')).toBe(`jupyter-${'a'.repeat(17)}`);
    // sha256 of "jupyter-aaaaaaaaaaaaaaaaaa" begins with these digits
    expect(accountOf('a'.repeat(18), 'tljh')).toBe('jupyter-aaaaaaaaaaaaaaaaaa-3f1e4');
  });

  test.each([
    '',
    '.',
    '..',
    'a/b',
    '../root',
    'a\\b',
    'a..b',
    'a b',
    'a\nb',
    'a\u0000',
    'müller',
    '-rf',
    '1000',
    '{user}',
  ])('is refused for "%s"', (name) => {
    for (const rule of ['same', 'tljh'] as const) {
      expect(() => accountOf(name, rule)).toThrow(expect.objectContaining({ code: 'account-refused' }));
    }
  });

  test('is nobody else’s, whatever two people are called', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9._-]{0,40}$/).filter((text) => !text.includes('..'));
    const runs = { seed: 5, numRuns: 2000 * Number(process.env['F2GIT_RUNS'] ?? 1) };
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other);
        for (const rule of ['same', 'tljh'] as const) {
          const [first, second] = [accountOf(one, rule), accountOf(other, rule)];
          // two long names may meet in a hash; exactly those are not certain
          if (first === second) expect([isCertain(one, rule), isCertain(other, rule)]).toEqual([false, false]);
        }
      }),
      runs,
    );
  });
});

describe('A31: the person an account belongs to', () => {
  test('is read from the machine’s own list', () => {
    expect(personIn('anna:x:1007:1008:Anna:/home/anna:/bin/bash', 'anna')).toEqual({
      name: 'anna',
      uid: 1007,
      gid: 1008,
      home: '/home/anna',
    });
  });

  test.each([
    ['Anna:x:1007:1007::/home/anna:/bin/sh', 'another name'],
    ['daemon:x:1:1::/:/bin/sh', 'machine itself'],
    ['anna:x:0:0::/root:/bin/sh', 'machine itself'],
    ['anna:x:65534:65534::/:/bin/sh', 'machine itself'],
    ['anna:x:999:100::/:/bin/sh', 'machine itself'],
    ['anna:x:-1:100::/:/bin/sh', 'no uid'],
    ['anna', 'no uid'],
  ])('is refused in "%s"', (line, why) => {
    const account = line.startsWith('daemon') ? 'daemon' : 'anna';
    expect(() => personIn(line, account)).toThrow(why);
  });

  test('is asked for by name, never by number, and may be missing', async () => {
    await expect(findSystemUser('f2git-test-nobody-here')).resolves.toBeUndefined();
    await expect(findSystemUser('root')).rejects.toMatchObject({ code: 'account-refused' });
    // getent takes 0 for a uid and answers with root's line
    await expect(findSystemUser('0')).rejects.toMatchObject({ code: 'account-refused' });
  });
});

describe('A31: an account whose name does not say whose it is', () => {
  test('is kept by the first who comes, over a new start', () => {
    const account = 'jupyter-aaaaaaaaaaaaaaaaaa-12345';
    openAccountBook(join(folder, 'book')).claim('first', account);
    const book = openAccountBook(join(folder, 'book'));
    expect(() => book.claim('first', account)).not.toThrow();
    expect(() => book.claim('second', account)).toThrow(expect.objectContaining({ code: 'account-refused' }));
  });

  test('goes to nobody else, though the names were chosen to meet', async () => {
    const seen = new Map<string, string>();
    const twins = (): readonly [string, string] => {
      for (let count = 0; ; count++) {
        const name = `${'a'.repeat(20)}${count}`;
        const account = accountOf(name, 'tljh');
        const other = seen.get(account);
        if (other !== undefined) return [other, name];
        seen.set(account, name);
      }
    };
    const [first, second] = twins();
    const places = {
      homes: `${folder}/{user}`,
      accounts: 'tljh',
      book: openAccountBook(join(folder, 'twins')),
    } as const;
    for (let time = 1; time <= 2; time++) {
      await expect(residenceOf({ name: first }, places)).rejects.toMatchObject({ code: 'home-missing' });
      await expect(residenceOf({ name: second }, places)).rejects.toMatchObject({ code: 'account-refused' });
    }
  });
});

describe('A31: a home', () => {
  const me = { name: 'anna', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, home: '' };

  test('is there, or not yet', async () => {
    await expect(isHomeThere(folder, me)).resolves.toBe(true);
    await expect(isHomeThere(join(folder, 'nobody'), me)).resolves.toBe(false);
  });

  test('of somebody else is refused, also behind a link', async () => {
    const other = { ...me, uid: me.uid + 1 };
    mkdirSync(join(folder, 'theirs'));
    symlinkSync(join(folder, 'theirs'), join(folder, 'link'));
    for (const name of ['theirs', 'link']) {
      await expect(isHomeThere(join(folder, name), other)).rejects.toMatchObject({ code: 'account-refused' });
    }
  });

  test('is a folder, and can be looked at', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(isHomeThere(join(folder, 'file'), me)).rejects.toMatchObject({ code: 'account-refused' });
    await expect(isHomeThere(join(folder, 'file/below'), me)).rejects.toMatchObject({ code: 'workspace-unwritable' });
  });
});
