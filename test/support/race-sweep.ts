/** Lets a student save at each operation of a run. */
import * as fs from 'node:fs';
import type { Home } from '../../src/sync/home.ts';
import { course } from './course.ts';
import { fastBase, Story } from './dsl.ts';
import { injecting } from './faulty-home.ts';

export const LATE = 'saved late\n';

/** Old and not young enough to be waited for. */
function backdate(file: string): void {
  const then = new Date(Date.now() - 60_000);
  fs.utimesSync(file, then, then);
}

export type Saver = (file: string) => { save(): void; end(): void };

/** Jupyter Server: opens the name, empties the file, writes. */
export const inPlace: Saver = (file) => ({
  save: () => fs.writeFileSync(file, LATE),
  end: () => undefined,
});

/** A kernel that has the file open since before the run. */
export const throughOpenFile: Saver = (file) => {
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
export const byRename: Saver = (file) => ({
  save: () => {
    fs.writeFileSync(`${file}.swap`, LATE);
    fs.renameSync(`${file}.swap`, file);
  },
  end: () => undefined,
});

export interface RaceScene {
  readonly name: string;
  readonly file: string;
  readonly prepare: (story: Story) => Promise<void>;
}

export const raceScenes: readonly RaceScene[] = [
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

async function prepared(scene: RaceScene): Promise<Story> {
  const story = new Story(course({ 'a.txt': '1\n2\n3\n4\n', 'b.txt': 'b\n' }, { identity: 'stable' }), fastBase);
  await scene.prepare(story);
  for (const name of ['a.txt', 'b.txt']) backdate(story.path(name));
  return story;
}

/** Gives the operations before which a save was lost. */
export async function sweepSaves(
  scene: RaceScene,
  saver: Saver,
  at: Iterable<number>,
  mutant?: (home: Home) => Home,
): Promise<string[]> {
  const lost: string[] = [];
  for (const operationToMeet of at) {
    const story = await prepared(scene);
    const saving = saver(story.path(scene.file));
    let operation: string | undefined;
    try {
      const act = (name: string): void => {
        operation = name;
        saving.save();
      };
      await story.sync({ home: injecting({ kind: 'race', at: operationToMeet, act }, mutant).home });
      if (operation === undefined) return lost;
      await story.sync({ home: injecting(undefined).home });
      const kept = [...Object.values(story.tree()), ...story.backups()];
      if (!kept.some((content) => content.includes('saved late'))) lost.push(operation);
    } finally {
      saving.end();
      story.dispose();
    }
  }
  return lost;
}
