/** The planner's laws over random histories of a course, a student, crashes and saves at the worst moment. */
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { plan, type Policy } from '../../src/sync/plan.ts';
import { forgetContents } from './model/contents.ts';
import { judge } from './model/laws.ts';
import { commands, play, World } from './model/world.ts';

const runs = 400 * Number(process.env['F2GIT_RUNS'] ?? 1);
const seed = Number(process.env['F2GIT_SEED'] ?? 20261122);

const policies: fc.Arbitrary<Policy> = fc.record({
  deletedFiles: fc.constantFrom('restore', 'respect'),
  courseCopies: fc.constantFrom('report', 'beside'),
});

/** About two milliseconds a history; a run of many hours is a fine thing. */
const patience = 60_000 + runs * 20;

const timeout = { timeout: patience };

describe('the laws of the planner', () => {
  test('hold in random histories', timeout, () => {
    fc.assert(
      fc.property(commands, policies, (history, policy) => {
        forgetContents();
        play(new World(plan, policy), history, (click, world) => judge(click, world, plan));
      }),
      { numRuns: runs, seed },
    );
  });
});
