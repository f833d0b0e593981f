/** Disturbs a run at each of its operations, in scenes that need every kind of write. */
import { expect } from 'vitest';
import type { Home, Reach } from '../../src/sync/home.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { course } from './course.ts';
import { fastBase, Story } from './dsl.ts';
import { injecting, type Fault } from './faulty-home.ts';

/** Each operation with F2GIT_RUNS; otherwise every `step`th, beginning with another one for each sweep. */
export function* operations(step: number, start = 1): Generator<number> {
  const stride = process.env['F2GIT_RUNS'] === undefined ? step : 1;
  for (let at = stride === 1 ? 1 : start; ; at += stride) yield at;
}

export interface Scene {
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

export const scenes: readonly Scene[] = [
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

export function sync(story: Story): Promise<RunReport> {
  return story.sync({ home: injecting(undefined).home });
}

export interface Ends {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

/** What the home is before and after a run that nothing disturbs. */
export async function undisturbed(scene: Scene): Promise<Ends> {
  const story = await prepared(scene);
  try {
    const before = story.tree();
    await sync(story);
    return { before, after: story.tree() };
  } finally {
    story.dispose();
  }
}

export interface Sweep {
  readonly scene: Scene;
  readonly faultAt: (at: number) => Fault;
  /** Which operations to disturb; it ends by itself behind the last one. */
  readonly at: Iterable<number>;
  readonly check: (story: Story, thrown: unknown, at: number) => Promise<void> | void;
  readonly mutant?: (home: Home) => Home;
  readonly reach?: Reach;
}

/** Disturbs one operation after the other; gives a number of operations the run has at least. */
export async function sweepFaults({
  scene,
  faultAt,
  at: operationsToTry,
  check,
  mutant,
  reach,
}: Sweep): Promise<number> {
  for (const at of operationsToTry) {
    const story = await prepared(scene);
    try {
      const injection = injecting(faultAt(at), mutant, reach);
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
  throw new Error('the operations to try never ended');
}

/** A folder that could not be removed stays, empty. */
export function filesOf(tree: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !path.endsWith('/')));
}

/** E2. Mutant: taking the old file away before the new one gets its name. */
export function expectOldOrNew(story: Story, ends: Ends): void {
  const now = filesOf(story.tree());
  for (const path of new Set([...Object.keys(ends.before), ...Object.keys(ends.after), ...Object.keys(now)])) {
    expect([ends.before[path], ends.after[path]], path).toContain(now[path]);
  }
}
