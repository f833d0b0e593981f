/**
 * E3: what a student saves while a run is at work is never lost. The saver acts at any operation of the run, at every
 * single one with F2GIT_RUNS. Mutants: dropping the displaced file unseen; creating by rename.
 * `executor.mutants.test.ts` sees them caught.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { course } from '../support/course.ts';
import { fastBase, Story } from '../support/dsl.ts';
import { operations } from '../support/fault-sweep.ts';
import { injecting } from '../support/faulty-home.ts';
import { byRename, inPlace, LATE, raceScenes, sweepSaves, throughOpenFile } from '../support/race-sweep.ts';

describe.each(raceScenes)('$name, saved at any operation of the run', (scene) => {
  it('in place: nothing is lost', async () => {
    expect(await sweepSaves(scene, inPlace, operations(4, 1))).toEqual([]);
  });

  it('through an open file: nothing is lost', async () => {
    expect(await sweepSaves(scene, throughOpenFile, operations(4, 2))).toEqual([]);
  });

  it('by rename: nothing is lost but in the one moment before our own rename', async () => {
    const lost = await sweepSaves(scene, byRename, operations(4, 3));
    expect(lost.filter((operation) => !/^rename \.f2git\/stage\/\d+ a\.txt$/.test(operation))).toEqual([]);
  });
});

describe('a file that is new', () => {
  it('is never put in the place of one that appears at any operation of the run', async () => {
    for (const at of operations(1)) {
      const story = new Story(course({ 'a.txt': 'the course’s\n' }), fastBase);
      try {
        const file = story.path('a.txt');
        const saved: string[] = [];
        const act = (): void => {
          if (fs.existsSync(file)) return;
          fs.writeFileSync(file, LATE);
          saved.push(file);
        };
        const injection = injecting({ kind: 'race', at, act });
        await story.sync({ home: injection.home });
        if (injection.count() < at) return;
        await story.sync({ home: injecting(undefined).home });
        if (saved.length > 0) expect(story.tree()['a.txt'], `operation ${at}`).toBe(LATE);
      } finally {
        story.dispose();
      }
    }
  });
});

describe('a save that comes after the run', () => {
  it('into the displaced file goes back to its name with the next click, merged with the course’s version', async () => {
    const story = new Story(course({ 'a.txt': '1\n2\n3\n4\n' }), fastBase);
    try {
      await story.sync();
      const fd = fs.openSync(story.path('a.txt'), 'r+');
      story.course.put({ 'a.txt': '1\n2\n3\ncourse\n' });
      await story.sync({ home: injecting(undefined).home });
      fs.ftruncateSync(fd, 0);
      fs.writeSync(fd, 'mine\n2\n3\n4\n', 0);
      fs.closeSync(fd);
      await story.sync({ home: injecting(undefined).home });
      expect(story.tree()).toEqual({ 'a.txt': 'mine\n2\n3\ncourse\n' });
    } finally {
      story.dispose();
    }
  });
});
