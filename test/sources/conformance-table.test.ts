/** That the table of the conformance cases in docs/sources.md is whole; each run of the suite checks its own column. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tableIn } from '../support/generated-part.ts';
import { columns } from './conformance-table.ts';
import { allCases } from './conformance.ts';

it('has a row for each case and a mark in every column', () => {
  const [headings = [], ...rows] = tableIn('conformance');
  expect(headings.slice(1)).toEqual(Object.values(columns));
  expect(rows.map(([first]) => first)).toEqual(allCases.map(({ id, title }) => `${id} ${title}`));
  expect(rows.flatMap((row) => row.slice(1)).filter((mark) => mark !== '✓' && mark !== '–')).toEqual([]);
});

it('has a column for each adapter', () => {
  const folder = join(import.meta.dirname, '../../src/sources');
  const adapters = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'readme.md')));
  const runs = Object.keys(columns);
  const without = adapters.filter((name) => !runs.some((run) => run.startsWith(name)));
  expect(without).toEqual(['memory']);
});

it('names a reason for each case that cannot be', () => {
  const [headings = [], ...rows] = tableIn('conformance');
  const missing = rows.flatMap(([first = '', ...marks]) =>
    marks.flatMap((mark, at) => (mark === '–' ? [`${headings[at + 1] ?? ''}: ${first.split(' ')[0] ?? ''}`] : [])),
  );
  const explained = tableIn('reasons')
    .slice(1)
    .flatMap(([column = '', ids = '']) => ids.split(', ').map((id) => `${column}: ${id}`));
  expect(explained.toSorted()).toEqual(missing.toSorted());
});
