import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeText } from '../../src/sync/merge-text.ts';
import { loadMutant, type Mutation } from './mutants.ts';
import { laws, type MergeText } from './text-merge-properties.ts';

const numRuns = 2000 * Number(process.env['F2GIT_RUNS'] ?? 1);
const seed = Number(process.env['F2GIT_SEED'] ?? 20261122);

interface Mutant extends Mutation {
  readonly breaks: 'T1' | 'T2' | 'T3' | 'T4' | 'T5' | 'T6';
  readonly name: string;
}

const mutants: readonly Mutant[] = [
  {
    breaks: 'T1',
    name: 'an untouched file is merged like any other',
    file: 'sync/merge-text.ts',
    replace: 'if (isSame(base, local))',
    by: 'if (isSame(base, local) && base === local && offered === local)',
  },
  {
    breaks: 'T2',
    name: 'the course wins where both changed something',
    file: 'sync/text/write-merge.ts',
    replace: "if (part.kind !== 'offered') continue;",
    by: "if (part.kind !== 'offered' && part.kind !== 'conflict') continue;",
  },
  {
    breaks: 'T3',
    name: 'conflicts are marked in the file',
    file: 'sync/text/write-merge.ts',
    replace: 'copyLocal(writer, local, line, local.count);',
    by: "copyLocal(writer, local, line, local.count); if (parts.some((part) => part.kind === 'conflict')) append(writer, Buffer.from('>>>>>>>'));",
  },
  {
    breaks: 'T4',
    name: 'insertions of both sides at one place are both put in',
    file: 'sync/text/three-way.ts',
    replace: 'localHunk.baseStart <= baseEnd',
    by: '(localHunk.baseStart < baseEnd || localHunk === first)',
  },
  {
    breaks: 'T5',
    name: 'new lines end as in the course’s file',
    file: 'sync/text/write-merge.ts',
    replace: 'local.lineEnd ?? offered.lineEnd',
    by: 'offered.lineEnd ?? local.lineEnd',
  },
  {
    breaks: 'T5',
    name: 'the last line ends as in the course’s file',
    file: 'sync/text/write-merge.ts',
    replace: 'local.count > 0 ? local.endsWithLineEnd',
    by: 'local.count > 1e9 ? local.endsWithLineEnd',
  },
  {
    breaks: 'T6',
    name: 'a deletion that was not followed is not mentioned',
    file: 'sync/text/declined.ts',
    replace: "if (part.kind !== 'conflict') continue;",
    by: "if (part.kind !== 'conflict' || part.offeredStart === part.offeredEnd) continue;",
  },
  {
    breaks: 'T6',
    name: 'what both made the same is said to be declined',
    file: 'sync/text/three-way.ts',
    replace: "? 'agreed'",
    by: "? 'conflict'",
  },
];

describe('the merge of text', () => {
  it.each(laws)('$name', ({ property }) => {
    fc.assert(property(mergeText), { seed, numRuns });
  });
});

describe('the laws of the text merge notice', () => {
  it.each(mutants)('$breaks when $name', async (mutant) => {
    const { mergeText: mutated } = (await loadMutant('sync/merge-text.ts', mutant)) as { mergeText: MergeText };
    const law = laws.find(({ name }) => name.startsWith(mutant.breaks));
    expect(fc.check(law!.property(mutated), { seed, numRuns }).failed).toBe(true);
  });
});
