/** What is kept open: for whoever uses it, and no more than so many, for no longer than so long, of the others. */
import { beforeEach, describe, expect, it } from 'vitest';
import { KeptOpen } from '../../src/core/kept-open.ts';

let clock: number;
let closed: string[];
let opened: string[];
let kept: KeptOpen<string>;

beforeEach(() => {
  clock = 0;
  closed = [];
  opened = [];
  kept = new KeptOpen({ most: 2, idleMs: 100, now: () => clock, close: (value) => closed.push(value) });
});

function use(key: string) {
  return kept.use(key, () => {
    opened.push(key);
    return key;
  });
}

describe('what is kept open', () => {
  it('is opened once for all who use it, and closed for none of them', () => {
    const uses = ['a', 'b', 'c', 'd', 'a'].map(use);
    clock = 1000;
    use('e').end();
    expect([opened, closed]).toEqual([['a', 'b', 'c', 'd', 'e'], []]);
    for (const { end } of uses) end();
    expect(closed).toEqual(['e', 'b', 'c']);
  });

  it('is closed in the order in which it was used last', () => {
    for (const key of ['a', 'b', 'a', 'c']) use(key).end();
    expect([opened, closed]).toEqual([['a', 'b', 'c'], ['b']]);
  });

  it('is closed when nobody used it for so long', () => {
    use('a').end();
    clock = 99;
    use('b').end();
    expect(closed).toEqual([]);
    clock = 100;
    use('b').end();
    expect([closed, kept.has('a'), kept.has('b')]).toEqual([['a'], false, true]);
  });

  it('counts an end once', async () => {
    const first = use('a');
    const second = use('a');
    first.end();
    first.end();
    clock = 1000;
    use('b').end();
    expect(closed).toEqual([]);
    second.end();
    await kept.closeAll();
    expect(closed.sort()).toEqual(['a', 'b']);
  });
});
