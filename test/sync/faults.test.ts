/**
 * The laws of the executor (E1–E7) with a fault at every single operation of a run. Each law names the mistake that
 * would break it; `mutants.test.ts` makes these mistakes and sees them caught.
 */
import { describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { course } from '../support/course.ts';
import { fastBase, Story } from '../support/dsl.ts';
import { Died, injecting, type Fault } from '../support/faulty-home.ts';

interface Scene {
  readonly name: string;
  /** A home and a course right before the run that is disturbed. */
  readonly prepare: (story: Story) => Promise<void>;
}

const first = {
  'a.txt': '1\n2\n3\n4\n5\n',
  'b/c.txt': 'c\n',
  'b/gone.txt': 'g\n',
  'same.txt': 's\n',
  'lab.bin': 'x\0',
};

const scenes: readonly Scene[] = [
  { name: 'a first click', prepare: () => Promise.resolve() },
  {
    name: 'an update of everything',
    prepare: async (story) => {
      await sync(story);
      story.home({ 'a.txt': 'mine\n2\n3\n4\n5\n', 'lab.bin': 'mine\0', 'new/n.txt': 'my own\n' });
      story.course.publish({
        'a.txt': '1\n2\n3\n4\ncourse\n',
        'b/c.txt': 'c2\n',
        'same.txt': 's\n',
        'lab.bin': 'y\0',
        'new/n.txt': 'the course’s\n',
        'new/m.txt': 'm\n',
      });
    },
  },
  {
    name: 'a rename and a folder that goes',
    prepare: async (story) => {
      await sync(story);
      story.course.rename('b/c.txt', 'd/c.txt').remove('b/gone.txt').put({ 'same.txt': 's2\n' });
    },
  },
];

async function prepared(scene: Scene): Promise<Story> {
  const story = new Story(course(first, { identity: 'stable' }), fastBase);
  await scene.prepare(story);
  return story;
}

function sync(story: Story) {
  return story.sync({ home: injecting(undefined).home });
}

/** What the home is before and after a run that nothing disturbs. */
async function undisturbed(scene: Scene): Promise<{ before: Record<string, string>; after: Record<string, string> }> {
  const story = await prepared(scene);
  try {
    const before = story.tree();
    await sync(story);
    return { before, after: story.tree() };
  } finally {
    story.dispose();
  }
}

/** Disturbs operation 1, 2, 3, … of the run until one goes through undisturbed. */
async function sweep(
  scene: Scene,
  faultAt: (at: number) => Fault,
  check: (story: Story, thrown: unknown, at: number) => Promise<void>,
): Promise<number> {
  for (let at = 1; ; at++) {
    const story = await prepared(scene);
    try {
      const injection = injecting(faultAt(at));
      const thrown: unknown = await story.sync({ home: injection.home }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (injection.count() < at) return at;
      await check(story, thrown, at);
    } finally {
      story.dispose();
    }
  }
}

/**
 * A name that could not be looked at counts as taken, so a course copy may get the next number; a folder that could not
 * be removed stays, empty.
 */
function filesOf(tree: Record<string, string>): Record<string, string> {
  const files = Object.entries(tree).filter(([path]) => !path.endsWith('/'));
  return Object.fromEntries(files.map(([path, content]) => [path.replace(/\.course-\d/, '.course'), content]));
}

/** E2. Mutant: taking the old file away before the new one gets its name. */
function expectOldOrNew(story: Story, ends: { before: Record<string, string>; after: Record<string, string> }): void {
  const now = filesOf(story.tree());
  for (const path of new Set([...Object.keys(ends.before), ...Object.keys(ends.after), ...Object.keys(now)])) {
    expect([ends.before[path], ends.after[path]], path).toContain(now[path]);
  }
}

describe.each(scenes)('$name', (scene) => {
  it('E1, E2, E4: killed at any operation, the next click completes it and leaves no litter', async () => {
    const ends = await undisturbed(scene);
    const operations = await sweep(
      scene,
      (at) => ({ kind: 'die', at }),
      async (story, thrown, at) => {
        expect(thrown, `operation ${at}`).toBeInstanceOf(Died);
        expectOldOrNew(story, ends);
        await sync(story);
        expect(story.tree(), `operation ${at}`).toEqual(ends.after);
        expect(story.litter(), `operation ${at}`).toEqual([]);
        const again = await sync(story);
        expect(again.outcome, `operation ${at}`).toBe('unchanged');
      },
    );
    expect(operations).toBeGreaterThan(40);
  });

  it('E6: the same if the journal is lost as well', async () => {
    const ends = await undisturbed(scene);
    await sweep(
      scene,
      (at) => ({ kind: 'die', at }),
      async (story, _thrown, at) => {
        story.home({ '.f2git/runs': null });
        await sync(story);
        expect(story.tree(), `operation ${at}`).toEqual(ends.after);
        expect(story.litter(), `operation ${at}`).toEqual([]);
      },
    );
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS', 'EMFILE'])(
    'E7: %s at any operation is a typed error or a named path, and the next click completes',
    async (errno) => {
      const ends = await undisturbed(scene);
      await sweep(
        scene,
        (at) => ({ kind: 'fail', at, errno }),
        async (story, thrown, at) => {
          if (thrown !== undefined) {
            expect(thrown, `operation ${at}`).toBeInstanceOf(F2gitError);
            expect((thrown as F2gitError).code, `operation ${at}`).not.toBe('bug');
          }
          expectOldOrNew(story, ends);
          await sync(story);
          expect(filesOf(story.tree()), `operation ${at}`).toEqual(filesOf(ends.after));
          expect(story.litter(), `operation ${at}`).toEqual([]);
        },
      );
    },
  );

  it('E7: a disk that stays full leaves every file old or new', async () => {
    const ends = await undisturbed(scene);
    await sweep(
      scene,
      (at) => ({ kind: 'fail', at, errno: 'ENOSPC', lasting: true }),
      async (story, thrown, at) => {
        if (thrown !== undefined) expect(thrown, `operation ${at}`).toBeInstanceOf(F2gitError);
        expectOldOrNew(story, ends);
        await sync(story);
        expect(story.tree(), `operation ${at}`).toEqual(ends.after);
        expect(story.litter(), `operation ${at}`).toEqual([]);
      },
    );
  });
});
