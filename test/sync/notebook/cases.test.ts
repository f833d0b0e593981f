import { expect, it } from 'vitest';
import { cell, merge, notebook } from './notebooks.ts';
it('smoke', () => {
  const abcd = ['a', 'b', 'c', 'd'].map((n) => cell(n));
  const base = notebook(abcd);
  const off = notebook([cell('a'), cell('b'), cell('c', { source: 'c star' }), cell('u'), cell('d')]);
  const loc = notebook([cell('a'), cell('b', { source: 'mine' }), cell('s'), cell('c'), cell('d')]);
  const m = merge(base, off, loc);
  expect(m.merge.kind).toBe('merged');
  expect(m.cells.map((c) => c.id)).toEqual(['a', 'b', 's', 'c', 'u', 'd']);
  expect(m.text).toBe(
    notebook([
      cell('a'),
      cell('b', { source: 'mine' }),
      cell('s'),
      cell('c', { source: 'c star' }),
      cell('u'),
      cell('d'),
    ]),
  );
});
