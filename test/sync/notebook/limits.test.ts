/** Very large notebooks, and such as nobody would write but to do harm. */
import { describe, expect, it } from 'vitest';
import { MAX_CELLS, MAX_NOTEBOOK_BYTES } from '../../../src/sync/notebook/read.ts';
import { mergeNotebook } from '../../../src/sync/merge-notebook.ts';
import { cell, merge, notebook, type CellSpec } from './notebooks.ts';

const MANY = 5000;

function many(make: (index: number) => CellSpec, file = {}): string {
  return notebook(
    Array.from({ length: MANY }, (_, index) => make(index)),
    file,
  );
}

describe('a notebook of thousands of cells', () => {
  it.each([
    ['all alike', many(() => cell('x', { source: 'x = 1' }), { minor: 4 })],
    ['all blank', many(() => cell('x', { source: '' }), { minor: 4 })],
    ['all with one id', many((index) => cell('x', { source: `${index} words` }))],
    ['all with one text and ids of their own', many((index) => cell(`id${index}`, { source: 'x = 1' }))],
    ['all of one nbgrader name', many((index) => cell(`i${index}`, { metadata: { nbgrader: { grade_id: 'q' } } }))],
  ])('%s: merges with one where every cell changed', (_, base) => {
    const local = many((index) => cell(`i${index}`, { source: `other ${index}` }));
    const offered = many((index) => cell(`j${index}`, { source: `another ${index}` }));
    const outcome = merge(base, offered, local);
    expect(outcome.merge.kind).toBe('merged');
    const sources = new Set(outcome.sources);
    for (let index = 0; index < MANY; index++) expect(sources.has(`other ${index}`)).toBe(true);
  });
});

describe('a notebook beyond the limits', () => {
  it('of cells is not merged', () => {
    const cells = Array.from({ length: MAX_CELLS + 1 }, (_, index) => cell(`i${index}`, { source: '' }));
    const outcome = merge(notebook([cell('a')]), notebook([cell('b')]), notebook(cells));
    expect(outcome.merge).toEqual({ kind: 'not-mergeable', why: 'too-large' });
  });

  it('only once it has the cells of both sides is not merged either', () => {
    const cells = Array.from({ length: MAX_CELLS }, (_, index) => cell(`i${index}`, { source: '' }));
    const outcome = merge(notebook([]), notebook(cells), notebook([cell('a')]));
    expect(outcome.merge).toEqual({ kind: 'not-mergeable', why: 'too-large' });
  });

  it('of bytes is not merged', () => {
    const [base, offered] = ['a', 'b'].map((name) => Buffer.from(notebook([cell(name)]))) as [Buffer, Buffer];
    const local = Buffer.alloc(MAX_NOTEBOOK_BYTES + 1, 0x20);
    expect(mergeNotebook(base, offered, local)).toEqual({ kind: 'not-mergeable', why: 'too-large' });
  });
});
