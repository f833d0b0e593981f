/** Which version a student's file began from: what an old tab wiped out comes back, what the student kept stays. */
import { expect, it } from 'vitest';
import { cell, merge, notebook } from './notebooks.ts';

const once = notebook([cell('a', { source: 'v1' }), cell('b'), cell('c')]);
const delivered = notebook([cell('a', { source: 'v2' }), cell('b'), cell('n')]);
const options = { earlier: [Buffer.from(once)] };

it('gives a file that an old tab saved all that came since', () => {
  const local = notebook([cell('a', { source: 'v1' }), cell('b', { source: 'mine' }), cell('c')]);
  const { sources } = merge(delivered, delivered, local, options);
  expect(sources).toEqual(['v2', 'mine', 'n = 1\nprint(n)']);
});

it('leaves alone what a student kept of an earlier version beside the newest', () => {
  const copies = [cell('copy1', { source: 'v1' }), cell('copy2', { source: 'c = 1\nprint(c)' })];
  const local = notebook([cell('a', { source: 'v2' }), ...copies, cell('b', { source: 'mine' })]);
  expect(merge(delivered, delivered, local, options).text).toBe(local);
});

it('takes a version that is no notebook for none', () => {
  const local = notebook([cell('a', { source: 'v2' }), cell('b', { source: 'mine' }), cell('n')]);
  const broken = { earlier: [Buffer.from('{'), Buffer.alloc(0)] };
  expect(merge(delivered, delivered, local, broken).text).toBe(local);
});
