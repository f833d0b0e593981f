import { describe, expect, it } from 'vitest';
import type { NotebookMerge } from '../../../src/sync/merge-notebook.ts';
import { cases } from './cases.ts';
import { merge, parse } from './notebooks.ts';

describe('a notebook both may have changed', () => {
  it.each(cases)('$number: $title', ({ base, offered, local, options, merged, declined = [], notes = [] }) => {
    const outcome = merge(base, offered, local, options);
    expect(outcome.text).toBe(merged ?? local);
    expect(outcome.merge.kind).toBe(merged === undefined ? 'not-mergeable' : 'merged');
    expect(told(outcome.merge)).toEqual({ declined, notes });
  });
});

describe('and the next time the course adds a cell', () => {
  const lasting = cases.filter(({ merged }) => merged !== undefined);
  it.each(lasting)('$number: nothing else moves ($title)', ({ base, offered, local, options }) => {
    const first = merge(base, offered, local, options);
    const next = merge(offered, withLast(offered), first.text);
    expect(next.sources).toContain('the last one');
    expect(next.cells.filter(({ source }) => source !== 'the last one')).toEqual(first.cells);
    expect(told(next.merge)).toEqual({ declined: [], notes: [] });
  });
});

function told(outcome: NotebookMerge): { readonly declined: readonly string[]; readonly notes: readonly string[] } {
  if (outcome.kind === 'not-mergeable') return { declined: [], notes: [] };
  const notes = outcome.notes.map((note) => ('cell' in note ? `${note.kind} ${note.cell}` : note.kind));
  return { declined: outcome.declined.map(({ cell }) => cell ?? ''), notes };
}

/** The file with one more cell. */
function withLast(text: string): string {
  const { cells, ...rest } = JSON.parse(text) as { readonly cells: readonly object[]; readonly nbformat_minor: number };
  const last = {
    cell_type: 'markdown',
    ...(rest.nbformat_minor >= 5 && { id: 'last' }),
    metadata: {},
    source: 'the last one',
  };
  expect(parse(text).cells).toHaveLength(cells.length);
  return JSON.stringify({ ...rest, cells: [...cells, last] });
}
