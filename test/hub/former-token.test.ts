/** Tokens of laptops that a former version of f2git gave out. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createSeal } from '../../src/hub/sealed.ts';
import type { LaptopBook } from '../../src/web/laptop-book.ts';
import { createLaptopCodes } from '../../src/web/laptop-codes.ts';

test('a token from before people could sign out counts until its owner does', () => {
  const key = Buffer.from('a key of the test');
  const now = () => new Date('2026-11-02T08:00:00Z');
  let times = 0;
  const book: LaptopBook = { timesSignedOut: () => times, signOut: () => (times += 1) };
  const codes = createLaptopCodes({ key, capabilities: { generationOf: () => '0' }, book, groupsIn: () => [], now });
  const former = createSeal(key, 'laptop', now).close(
    { user: 'anna', groups: '[]', course: 'intro', generation: '0' },
    3_600,
  );
  const request = new IncomingMessage(new Socket());
  request.headers.authorization = `Bearer f2git.${former}`;
  expect(codes.personOf(request)).toEqual({ name: 'anna', groups: [], readsOnly: 'intro' });
  codes.signOut({ name: 'anna', groups: [] });
  expect(() => codes.personOf(request)).toThrow(expect.objectContaining({ code: 'login-needed' }));
});
