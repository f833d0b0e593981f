/** The merge table, case by case, and what only the planner can promise: speed and merges on request. */
import { describe, expect, test } from 'vitest';
import { entryId } from '../../src/core/ids.ts';
import { relPathOf } from '../../src/core/paths.ts';
import { plan, type PlanInput } from '../../src/sync/plan.ts';
import { decide, rules, type Facts } from '../../src/sync/rules.ts';
import { cases } from './cases.ts';
import { mergeWords, oidOf } from './model/contents.ts';
import { Stage } from './model/story.ts';

const rulesSeen = new Set<string>();

describe('a click', () => {
  test.each(cases)('$name', ({ clicks }) => {
    const stage = new Stage();
    for (const scene of clicks) {
      const outcome = stage.click(scene);
      for (const rule of outcome.rules) rulesSeen.add(rule);
      if (scene.home !== undefined) expect(outcome.home).toEqual(scene.home);
      if (scene.told !== undefined) expect(outcome.told).toEqual(scene.told);
      if (scene.declined !== undefined) expect(outcome.declined).toEqual(scene.declined);
      expect(outcome.next.steps).toEqual([]);
    }
  });

  test('the cases show every row that does or says something', () => {
    const silent = new Set(['10', 'pin']);
    const rows = [...rules.map(({ id }) => id), 'rename'].filter((id) => !silent.has(id));
    expect(rows.filter((id) => !rulesSeen.has(id))).toEqual([]);
  });
});

describe('the merge table', () => {
  const offered: Record<Facts['base'], readonly Facts['offered'][]> = {
    none: ['frozen', 'new', 'gone', 'unclear'],
    known: ['frozen', 'same', 'changed', 'gone', 'unclear'],
  };
  const local: readonly Facts['local'][] = ['unreadable', 'absent', 'equal', 'pristine', 'edited', 'blocked'];

  test('has an answer for everything that can be', () => {
    const sides = (['none', 'known'] as const).flatMap((base) => offered[base].map((each) => ({ base, each })));
    for (const { base, each } of sides) {
      for (const there of local) {
        // A file that still has what the course last had is no edit; without an ancestor nothing is pristine.
        const isImpossible = there === 'pristine' && (base === 'none' || each === 'same');
        const isGone = base === 'none' && (each === 'gone' || each === 'unclear') && there === 'equal';
        if (isImpossible || isGone) continue;
        const facts: Facts = { base, offered: each, local: there, deletedFiles: 'restore' };
        expect(
          decide(facts, () => false),
          JSON.stringify(facts),
        ).toBeDefined();
      }
    }
  });

  test('asks for a merge only where the answer depends on it', () => {
    const facts: Facts = { base: 'known', offered: 'changed', local: 'pristine', deletedFiles: 'restore' };
    expect(
      decide(facts, () => {
        throw new Error('asked');
      })?.id,
    ).toBe('7');
  });
});

describe('the planner', () => {
  test('names the merges it needs and does nothing until it has them', () => {
    const input = oneFile('one two three', 'ONE two three', 'one two mine');
    const asked = plan({ ...input, merges: () => undefined });
    const [request] = asked.merges;
    expect(request).toEqual({
      path: 'f',
      base: oidOf('one two three'),
      offered: oidOf('ONE two three'),
      local: oidOf('one two mine'),
    });
    expect(asked.steps).toEqual([]);
    expect(plan({ ...input, merges: mergeWords }).merges).toEqual([]);
  });

  test('remembers what was declined until the file is as the course has it', () => {
    const [step] = plan(oneFile('one two three', 'ONE two three', 'my two three')).steps;
    expect(step?.after?.declined).toEqual([{ lines: [1, 1], course: 'ONE', yours: 'my' }]);
    const input = oneFile('ONE two three', 'ONE two three', 'ONE two three');
    const [taken] = plan({ ...input, base: new Map([[step!.id, step!.after!]]) }).steps;
    expect(taken?.after?.declined).toBeUndefined();
    expect(taken?.actions).toEqual([]);
  });
});

/** One course file, delivered as `base`, offered as `offered`, at home as `local`. */
function oneFile(base: string, offered: string, local: string): PlanInput {
  const [id, path] = [entryId('f'), relPathOf('f')];
  return {
    base: new Map([[id, { id, coursePath: path, placement: path, oid: oidOf(base), executable: false }]]),
    folders: new Set(),
    pins: new Map(),
    offered: [{ id, path, oid: oidOf(offered), size: offered.length, executable: false }],
    frozen: [],
    deletions: 'certain',
    local: new Map([[path, { kind: 'file', oid: oidOf(local), size: local.length, executable: false }]]),
    history: { has: () => false, versions: () => [] },
    merges: mergeWords,
    policy: { deletedFiles: 'restore', courseCopies: 'report' },
  };
}
