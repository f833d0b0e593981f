/** Merged notebooks before Jupyter's own judge. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeNotebook } from '../../../src/sync/merge-notebook.ts';
import { cases } from './cases.ts';
import { histories, play } from './history.ts';
import { cell, merge, notebook } from './notebooks.ts';

const python = fileURLToPath(new URL('../../output/venv/bin/python', import.meta.url));
const script = fileURLToPath(new URL('judge_notebooks.py', import.meta.url));

const numRuns = 400 * Number(process.env['F2GIT_RUNS'] ?? 1);
const seed = Number(process.env['F2GIT_SEED'] ?? 20261123);

describe.skipIf(!existsSync(python))('nbformat from pip (npm test installs it; it needs python3 with venv)', () => {
  it('finds nothing wrong with the result of any case', () => {
    const results = cases.flatMap(({ base, offered, local, options, merged }) =>
      merged === undefined ? [] : [merge(base, offered, local, options).text],
    );
    expect(problemsOf(results)).toEqual(results.map(() => ''));
  });

  it('finds nothing wrong with what random histories lead to', () => {
    const results: string[] = [];
    const history = fc.property(histories(), (spec) => {
      const run = (round: { base: string; offered: string; local: string }): string => {
        const [b, u, l] = [round.base, round.offered, round.local].map((text) => Buffer.from(text));
        const outcome = mergeNotebook(b!, u!, l!);
        return outcome.kind === 'merged' ? Buffer.from(outcome.bytes).toString() : round.local;
      };
      // what nobody merged is as valid as the student saved it
      play(spec, run, ({ local }, result) => {
        if (result !== local) results.push(result);
      });
    });
    fc.assert(history, { seed, numRuns });
    expect(results.length).toBeGreaterThan(numRuns / 4);
    expect(new Set(problemsOf(results))).toEqual(new Set(['']));
  });

  it('would find an id that is there twice, a missing one, and outputs of a text', () => {
    const twice = notebook([cell('a'), cell('a')]);
    const missing = notebook([cell('a', { id: undefined })]);
    const text = notebook([cell('a')]).replace('"code"', '"markdown"');
    expect(problemsOf([twice, missing, text]).map((problem) => problem !== '')).toEqual([true, true, true]);
  });
});

/** What is wrong with each notebook; empty for a valid one. */
function problemsOf(texts: readonly string[]): readonly string[] {
  const input = texts.map((text) => `${JSON.stringify(text)}\n`).join('');
  const { stdout, stderr, status } = spawnSync(python, [script], { input, encoding: 'utf8', maxBuffer: 1e9 });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string);
}
