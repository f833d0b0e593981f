import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeNotebook } from '../../../src/sync/merge-notebook.ts';
import { loadMutant } from '../mutants.ts';
import { everyLaw, laws, type MergeNotebook } from './laws.ts';
import { mutants } from './mutants.ts';

const numRuns = 1000 * Number(process.env['F2GIT_RUNS'] ?? 1);
const seed = Number(process.env['F2GIT_SEED'] ?? 20261123);

describe('the merge of notebooks', () => {
  it('holds every law at every click of random histories', () => {
    fc.assert(everyLaw(mergeNotebook), { seed, numRuns });
  });

  it('leaves alone what is no such notebook (N12)', () => {
    fc.assert(laws.at(-1)!.property(mergeNotebook), { seed, numRuns: 200 });
  });
});

describe('the laws of the notebook merge notice', () => {
  it.each(mutants)('$breaks when $name', async (mutant) => {
    const { mergeNotebook: mutated } = (await loadMutant('sync/merge-notebook.ts', mutant)) as {
      mergeNotebook: MergeNotebook;
    };
    const law = laws.find(({ name }) => name.startsWith(`${mutant.breaks} `));
    const check = fc.check(law!.property(mutated), { seed, numRuns: 1000, endOnFailure: true });
    expect(check.failed).toBe(true);
  });
});
