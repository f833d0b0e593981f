/**
 * E3: what a student saves while a run is at work is never lost. The saver acts at every single operation of the run.
 * Mutants: dropping the displaced file unseen; creating by rename. `mutants.test.ts` sees them caught.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { course } from '../support/course.ts';
import { fastBase, Story } from '../support/dsl.ts';
import { injecting } from '../support/faulty-home.ts';

const LATE = 'saved late\n';

/** Old and not young enough to be waited for. */
function backdate(file: string): void {
  const then = new Date(Date.now() - 60_000);
  fs.utimesSync(file, then, then);
}

type Saver = (file: string) => { save(): void; end(): void };

/** Jupyter Server: opens the name, empties the file, writes. */
const inPlace: Saver = (file) => ({
  save: () => fs.writeFileSync(file, LATE),
  end: () => undefined,
});

/** A kernel that has the file open since before the run. */
const throughOpenFile: Saver = (file) => {
  const fd = fs.openSync(file, 'r+');
  return {
    save: () => {
      fs.ftruncateSync(fd, 0);
      fs.writeSync(fd, LATE, 0);
    },
    end: () => fs.closeSync(fd),
  };
};

/** vim: writes beside, renames over. */
const byRename: Saver = (file) => ({
  save: () => {
    fs.writeFileSync(`${file}.swap`, LATE);
    fs.renameSync(`${file}.swap`, file);
  },
  end: () => undefined,
});

interface Scene {
  readonly name: string;
  readonly file: string;
  readonly prepare: (story: Story) => Promise<void>;
}

const scenes: readonly Scene[] = [
  {
    name: 'a file that is replaced',
    file: 'a.txt',
    prepare: async (story) => {
      await story.sync();
      story.course.put({ 'a.txt': 'two\n' });
    },
  },
  {
    name: 'a file that is merged',
    file: 'a.txt',
    prepare: async (story) => {
      await story.sync();
      story.home({ 'a.txt': 'mine\n2\n3\n4\n' });
      story.course.put({ 'a.txt': '1\n2\n3\ncourse\n' });
    },
  },
  {
    name: 'a file that is removed',
    file: 'a.txt',
    prepare: async (story) => {
      await story.sync();
      story.course.remove('a.txt');
    },
  },
  {
    name: 'a file that is renamed',
    file: 'a.txt',
    prepare: async (story) => {
      await story.sync();
      story.course.rename('a.txt', 'z.txt');
    },
  },
];

async function prepared(scene: Scene): Promise<Story> {
  const story = new Story(course({ 'a.txt': '1\n2\n3\n4\n', 'b.txt': 'b\n' }, { identity: 'stable' }), fastBase);
  await scene.prepare(story);
  for (const name of ['a.txt', 'b.txt']) backdate(story.path(name));
  return story;
}

/** Gives the operations before which a save was lost. */
async function sweep(scene: Scene, saver: Saver): Promise<string[]> {
  const lost: string[] = [];
  for (let at = 1; ; at++) {
    const story = await prepared(scene);
    const saving = saver(story.path(scene.file));
    let operation: string | undefined;
    try {
      const act = (name: string): void => {
        operation = name;
        saving.save();
      };
      await story.sync({ home: injecting({ kind: 'race', at, act }).home });
      if (operation === undefined) return lost;
      await story.sync({ home: injecting(undefined).home });
      const kept = [...Object.values(story.tree()), ...story.backups()];
      if (!kept.some((content) => content.includes('saved late'))) lost.push(operation);
    } finally {
      saving.end();
      story.dispose();
    }
  }
}

describe.each(scenes)('$name, saved at every operation of the run', (scene) => {
  it('in place: nothing is lost', async () => {
    expect(await sweep(scene, inPlace)).toEqual([]);
  });

  it('through an open file: nothing is lost', async () => {
    expect(await sweep(scene, throughOpenFile)).toEqual([]);
  });

  it('by rename: nothing is lost but in the one moment before our own rename', async () => {
    const lost = await sweep(scene, byRename);
    expect(lost.filter((operation) => !/^rename \.f2git\/stage\/\d+ a\.txt$/.test(operation))).toEqual([]);
  });
});

describe('a file that is new', () => {
  it('is never put in the place of one that appears at any operation of the run', async () => {
    for (let at = 1; ; at++) {
      const story = new Story(course({ 'a.txt': 'the course’s\n' }), fastBase);
      try {
        let saved = false;
        const act = (): void => {
          saved = true;
          fs.mkdirSync(story.workspace, { recursive: true });
          if (!fs.existsSync(story.path('a.txt'))) fs.writeFileSync(story.path('a.txt'), LATE);
          else saved = false;
        };
        const injection = injecting({ kind: 'race', at, act });
        await story.sync({ home: injection.home });
        if (injection.count() < at) return;
        await story.sync({ home: injecting(undefined).home });
        if (saved) expect(story.tree()['a.txt'], `operation ${at}`).toBe(LATE);
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
