/** Every law can fail: each mutant of the planner, or of what surrounds it, breaks the law that is there to find it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { relPathOf, type RelPath } from '../../src/core/paths.ts';
import { plan, type Plan, type Policy, type Step } from '../../src/sync/plan.ts';
import { rules, type Rule, type Verdict } from '../../src/sync/rules.ts';
import { forgetContents } from './model/contents.ts';
import { Dishonest } from './model/executor.ts';
import { Broken, judge } from './model/laws.ts';
import {
  commands,
  historiesOf,
  play,
  World,
  type Broken as BrokenWorld,
  type Deed,
  type Planner,
} from './model/world.ts';

interface Mutant {
  readonly law: string;
  /** What somebody might have done wrong. */
  readonly mistake: string;
  readonly planner: () => Planner;
  readonly world?: BrokenWorld;
  /** What happens in its histories; absent: anything. */
  readonly deeds?: readonly Deed[];
}

const mutants: readonly Mutant[] = [
  {
    law: 'P1',
    mistake: 'steps come in the order in which records were made',
    planner: () => (input) => {
      const made = plan(input);
      const place = new Map([...input.base.keys()].map((id, index) => [id, index]));
      return { ...made, steps: [...made.steps].sort((a, b) => (place.get(a.id) ?? -1) - (place.get(b.id) ?? -1)) };
    },
  },
  {
    law: 'P2',
    mistake: 'what was delivered is forgotten',
    planner: () => (input) => plan({ ...input, base: new Map() }),
  },
  {
    law: 'P3',
    mistake: 'a course copy gets a fresh number in each run',
    planner: () => {
      let run = 0;
      return (input) => renamedCopies(plan(input), ++run);
    },
  },
  { law: 'P4', mistake: 'what the course removed goes, edited or not', planner: () => withTable('14', 'remove') },
  {
    law: 'P5',
    mistake: 'the ancestor is only what was last delivered',
    planner: () => (input) => plan({ ...input, history: { has: () => false, versions: () => [] } }),
    deeds: ['put', 'edit', 'old-version', 'sync'],
  },
  {
    law: 'P6',
    mistake: 'a student’s own file with a course file’s name is replaced',
    planner: () => withTable('13', 'replace'),
  },
  {
    law: 'P7',
    mistake: 'steps are carried out in the wrong order',
    planner: () => (input) => {
      const made = plan(input);
      return { ...made, steps: [...made.steps].reverse() };
    },
  },
  { law: 'P8', mistake: 'what is there already is replaced', planner: () => withTable('3', 'replace') },
  {
    law: 'P9',
    mistake: 'an edited file the course removed is remembered for ever',
    planner: () => withTable('14', 'leave'),
  },
  {
    law: 'P10',
    mistake: 'withheld is taken for gone',
    planner: () => (input) => plan({ ...input, frozen: input.frozen.filter(({ why }) => why !== 'withheld') }),
  },
  {
    law: 'P11',
    mistake: 'a problem of the source is taken for gone',
    planner: () => (input) => plan({ ...input, frozen: input.frozen.filter(({ why }) => why !== 'problem') }),
  },
  {
    law: 'P12',
    mistake: 'an incomplete listing is believed',
    planner: () => (input) => plan({ ...input, deletions: 'certain' }),
  },
  {
    law: 'P13',
    mistake: 'the brake forgets what it holds',
    planner: () => plan,
    world: { brakeForgets: true },
    deeds: ['put', 'vanish', 'sync'],
  },
  {
    law: 'P14',
    mistake: 'folders are not announced',
    planner: () => (input) => ({ ...plan(input), makeFolders: [] }),
  },
  {
    law: 'P15',
    mistake: 'a link to a folder is taken for a folder',
    planner: () => (input) => {
      const local = new Map(input.local);
      for (const [path, node] of local) if (node.kind === 'foreign') local.set(path, { kind: 'folder' });
      return plan({ ...input, local });
    },
  },
  {
    law: 'P16',
    mistake: 'an identical course copy is not found again',
    planner: () => (input) => {
      const isCopy = (path: RelPath): boolean => path.includes('.course');
      const placements = new Set([...input.base.values()].map(({ placement }) => placement));
      const local = new Map(input.local);
      for (const [path, node] of local) {
        if (node.kind === 'file' && isCopy(path) && !placements.has(path)) local.set(path, { kind: 'foreign' });
      }
      return plan({ ...input, local });
    },
  },
  {
    law: 'P17',
    mistake: 'a skipped change is recorded as delivered',
    planner: () => plan,
    world: { recordsSkipped: true },
  },
  {
    law: 'P18',
    mistake: 'what happens to one file depends on how many there are',
    planner: () => (input) => {
      const deletedFiles = input.offered.length % 2 === 0 ? 'restore' : 'respect';
      return plan({ ...input, policy: { ...input.policy, deletedFiles } });
    },
  },
];

describe('a planner with a mistake is found out', () => {
  test.each(mutants)('$law: $mistake', (mutant) => {
    const policy: Policy = { deletedFiles: 'restore', courseCopies: 'report' };
    const broken = new Set<string>();
    fc.check(
      fc.property(mutant.deeds === undefined ? commands : historiesOf(fc.constantFrom(...mutant.deeds)), (history) => {
        forgetContents();
        const planner = mutant.planner();
        const law = brokenLaw(mutant, () => {
          play(new World(planner, policy, mutant.world), history, (click, world) =>
            judge(click, world, planner, [mutant.law]),
          );
        });
        if (law !== undefined) broken.add(law);
        return law !== mutant.law;
      }),
      { numRuns: 20_000, seed: 18, endOnFailure: true },
    );
    expect([...broken]).toContain(mutant.law);
  });

  test('every law has a mutant', () => {
    expect(mutants.map(({ law }) => law)).toEqual(Array.from({ length: 18 }, (_, index) => `P${index + 1}`));
  });
});

/** P7 and P14 are broken where the executor refuses a plan; of other mutants such a refusal says nothing. */
function brokenLaw({ law }: Mutant, run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.law;
    if (error instanceof Dishonest) return law === 'P7' || law === 'P14' ? law : undefined;
    throw error;
  }
}

function withTable(id: Rule['id'], verdict: Verdict): Planner {
  const table = rules.map((rule) => (rule.id === id ? { ...rule, verdict } : rule));
  return (input) => plan(input, table);
}

function renamedCopies(made: Plan, run: number): Plan {
  const fresh = (path: RelPath): RelPath => relPathOf(path.replace(/\.course(-\d+)?/, `.course-${run + 100}`));
  const isNew = new Set(
    made.steps.flatMap(({ actions }) =>
      actions.flatMap((action) => (action.kind === 'create' && action.path.includes('.course') ? [action.path] : [])),
    ),
  );
  const renamed = (step: Step): Step => ({
    ...step,
    actions: step.actions.map((action) =>
      action.kind === 'create' && isNew.has(action.path) ? { ...action, path: fresh(action.path) } : action,
    ),
  });
  return { ...made, steps: made.steps.map(renamed) };
}
