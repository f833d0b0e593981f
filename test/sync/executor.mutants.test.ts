/** Mistakes in the executor, each made on purpose, and the law that catches it. */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Home } from '../../src/sync/home.ts';
import { course } from '../support/course.ts';
import { fastBase, Story } from '../support/dsl.ts';
import { expectOldOrNew, scenes, sweepFaults, sync, undisturbed } from '../support/fault-sweep.ts';
import { injecting } from '../support/faulty-home.ts';
import { LATE, raceScenes, sweepSaves, throughOpenFile } from '../support/race-sweep.ts';

/** A home that does one thing differently. */
function mutant(change: (home: Home) => Partial<Home>): (home: Home) => Home {
  return (home) => {
    const changed = change(home);
    return new Proxy(home, {
      get: (target, name) => Reflect.get(name in changed ? changed : target, name) as unknown,
    });
  };
}

const isCourseFile = (path: string): boolean => !path.startsWith('.f2git/');

describe('a mistake is seen', () => {
  it('E2 sees the old file taken away before the new one gets its name', async () => {
    const unlinkFirst = mutant((home) => ({
      rename: (from, to) => {
        if (isCourseFile(to) && home.stat(to) !== undefined) home.remove(to);
        home.rename(from, to);
      },
    }));
    const scene = scenes[1]!;
    const ends = await undisturbed(scene);
    const sweep = sweepFaults({
      scene,
      at: oneByOne(),
      faultAt: (at) => ({ kind: 'die', at }),
      check: (story) => expectOldOrNew(story, ends),
      mutant: unlinkFirst,
    });
    await expect(sweep).rejects.toThrow(/to include undefined|undefined/);
  });

  it('E7 sees a second name of a file that was not displaced left in the backups', async () => {
    const keepsNames = mutant((home) => ({
      remove: (path) => (path.startsWith('.f2git/backups/') ? undefined : home.remove(path)),
    }));
    const sweep = sweepFaults({
      scene: scenes[1]!,
      at: oneByOne(),
      faultAt: (at) => ({ kind: 'fail', at, errno: 'EIO' }),
      check: (story, thrown) => {
        if (thrown === undefined) expect(story.sharedFiles()).toEqual([]);
      },
      mutant: keepsNames,
    });
    await expect(sweep).rejects.toThrow(/to deeply equal/);
  });

  it('E3 sees the displaced file dropped unseen', async () => {
    const noRescue = mutant((home) => ({
      link: (from, to) => {
        if (!to.startsWith('.f2git/backups/')) {
          home.link(from, to);
          return;
        }
        const [source, copy] = [home.open(from), home.create(to, false)];
        const bytes = Buffer.alloc(1000);
        home.write(copy, bytes.subarray(0, home.read(source, bytes)));
        home.close(source);
        home.close(copy);
      },
    }));
    expect(await sweepSaves(raceScenes[0]!, throughOpenFile, oneByOne(), noRescue)).not.toEqual([]);
  });

  it('E3 sees a new file put in the place of one that appeared', async () => {
    const clobber = mutant((home) => ({
      link: (from, to) => (isCourseFile(to) ? home.rename(from, to) : home.link(from, to)),
    }));
    expect(await savesOverwritten(undefined)).toBe(0);
    expect(await savesOverwritten(clobber)).toBeGreaterThan(0);
  });

  it('E5 sees a course change recorded that was never applied', async () => {
    const story = new Story(course({ 'a.txt': 'one\n' }), fastBase);
    try {
      await sync(story);
      story.course.put({ 'a.txt': 'two\n' });
      const refuse = mutant((home) => ({
        rename: (from, to) => {
          if (to === 'a.txt') throw Object.assign(new Error('EACCES: refused'), { code: 'EACCES' });
          home.rename(from, to);
        },
      }));
      const skipped = await story.sync({ home: injecting(undefined, refuse).home });
      expect(skipped.outcome).toBe('partial');
      const recorded = fs.readFileSync(story.path('.f2git/state.json'), 'utf8');
      expect(recorded).not.toContain(story.course.oidOf('a.txt'));
      expect((await sync(story)).outcome).toBe('updated');
      story.expectHome({ 'a.txt': 'two\n' });
    } finally {
      story.dispose();
    }
  });
});

/** How often a file that appears during a first click is overwritten. */
async function savesOverwritten(mistake: ((home: Home) => Home) | undefined): Promise<number> {
  let overwritten = 0;
  for (const at of oneByOne()) {
    const story = new Story(course({ 'a.txt': 'the course’s\n' }), fastBase);
    try {
      const file = story.path('a.txt');
      const saved: string[] = [];
      const act = (): void => {
        if (fs.existsSync(file)) return;
        fs.writeFileSync(file, LATE);
        saved.push(file);
      };
      const injection = injecting({ kind: 'race', at, act }, mistake);
      await story.sync({ home: injection.home });
      if (injection.count() < at) return overwritten;
      if (saved.length > 0 && story.tree()['a.txt'] !== LATE) overwritten++;
    } finally {
      story.dispose();
    }
  }
  return overwritten;
}

function* oneByOne(): Generator<number> {
  for (let at = 1; ; at++) yield at;
}
