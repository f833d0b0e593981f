/**
 * The laws of the executor (E1–E7) with a fault at the operations of a run: at every one with F2GIT_RUNS. Each law names
 * the mistake that would break it; `executor.mutants.test.ts` makes these mistakes and sees them caught.
 */
import { describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { expectOldOrNew, filesOf, operations, scenes, sweepFaults, sync, undisturbed } from '../support/fault-sweep.ts';
import { Died } from '../support/faulty-home.ts';

/** With the operation each sweep begins at. */
const errors = [
  ['ENOSPC', 1],
  ['EDQUOT', 3],
  ['EIO', 5],
  ['EACCES', 7],
  ['EROFS', 9],
  ['EMFILE', 11],
] as const;

describe.each(scenes)('$name', (scene) => {
  it('E1, E2, E4: killed at any operation, the next click completes it and leaves no litter', async () => {
    const ends = await undisturbed(scene);
    const count = await sweepFaults({
      scene,
      at: operations(2),
      faultAt: (at) => ({ kind: 'die', at }),
      check: async (story, thrown, at) => {
        expect(thrown, `operation ${at}`).toBeInstanceOf(Died);
        expectOldOrNew(story, ends);
        await sync(story);
        expect(story.tree(), `operation ${at}`).toEqual(ends.after);
        expect(story.litter(), `operation ${at}`).toEqual([]);
        expect(story.sharedFiles(), `operation ${at}`).toEqual([]);
        const again = await sync(story);
        expect(again.outcome, `operation ${at}`).toBe('unchanged');
      },
    });
    expect(count).toBeGreaterThan(40);
  });

  it('E6: the same if the journal is lost as well', async () => {
    const ends = await undisturbed(scene);
    await sweepFaults({
      scene,
      at: operations(5, 2),
      faultAt: (at) => ({ kind: 'die', at }),
      check: async (story, _thrown, at) => {
        story.home({ '.f2git/runs': null });
        await sync(story);
        expect(story.tree(), `operation ${at}`).toEqual(ends.after);
        expect(story.litter(), `operation ${at}`).toEqual([]);
      },
    });
  });

  it.each(errors)(
    'E7: %s at any operation is a typed error or a named path, and the next click completes',
    async (errno, start) => {
      const ends = await undisturbed(scene);
      await sweepFaults({
        scene,
        at: operations(12, start),
        faultAt: (at) => ({ kind: 'fail', at, errno }),
        check: async (story, thrown, at) => {
          if (thrown !== undefined) expectTyped(thrown, at);
          expectOldOrNew(story, ends);
          await sync(story);
          expect(filesOf(story.tree()), `operation ${at}`).toEqual(filesOf(ends.after));
          expect(story.litter(), `operation ${at}`).toEqual([]);
          expect(story.sharedFiles(), `operation ${at}`).toEqual([]);
        },
      });
    },
  );

  it('E7: a disk that stays full leaves every file old or new', async () => {
    const ends = await undisturbed(scene);
    await sweepFaults({
      scene,
      at: operations(5, 3),
      faultAt: (at) => ({ kind: 'fail', at, errno: 'ENOSPC', lasting: true }),
      check: async (story, thrown, at) => {
        if (thrown !== undefined) expectTyped(thrown, at);
        expectOldOrNew(story, ends);
        await sync(story);
        expect(story.tree(), `operation ${at}`).toEqual(ends.after);
        expect(story.litter(), `operation ${at}`).toEqual([]);
        expect(story.sharedFiles(), `operation ${at}`).toEqual([]);
      },
    });
  });
});

describe.each(scenes)('$name where paths are reached by name', (scene) => {
  it('E1, E2, E7: killed or failing at an operation, the next click completes it', async () => {
    const ends = await undisturbed(scene);
    for (const fault of [{ kind: 'die' }, { kind: 'fail', errno: 'EIO' }] as const) {
      await sweepFaults({
        scene,
        at: operations(11, 4),
        faultAt: (at) => ({ ...fault, at }),
        reach: 'checked',
        check: async (story, thrown, at) => {
          if (fault.kind === 'fail' && thrown !== undefined) expectTyped(thrown, at);
          expectOldOrNew(story, ends);
          story.reach = 'checked';
          await story.sync();
          expect(filesOf(story.tree()), `operation ${at}`).toEqual(filesOf(ends.after));
          expect(story.litter(), `operation ${at}`).toEqual([]);
          expect(story.sharedFiles(), `operation ${at}`).toEqual([]);
        },
      });
    }
  });
});

function expectTyped(thrown: unknown, at: number): void {
  expect(thrown, `operation ${at}`).toBeInstanceOf(F2gitError);
  expect((thrown as F2gitError).code, `operation ${at}`).not.toBe('bug');
}
