/**
 * Whatever is hidden, locked, timed or in modules: what is worked out for staff is what a student's token is shown.
 * Killed by each rule that is left out: a folder above, a date, a module, an unpublished item.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, pathsOf, visiblePaths } from '../bench.ts';
import { canvasHarness, type CanvasCourse, startCanvasCourse } from '../fake/canvas-course.ts';
import type { CanvasState, Locks } from '../fake/canvas-state.ts';

const RUNS = 60 * Number(process.env['F2GIT_RUNS'] ?? 1);

const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const PATHS = ['a', 'w/b', 'w/c', 'w/x/d', 'v/e', 'v/y/z/f'];
const FOLDERS = ['', 'w', 'w/x', 'v', 'v/y', 'v/y/z'];

const rarely = fc.integer({ min: 0, max: 5 }).map((number) => number === 0);
const date = fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, fc.constantFrom(day(-2), day(-1), day(1), day(2)));
const locks: fc.Arbitrary<Locks> = fc.record({ locked: rarely, hidden: rarely, unlockAt: date, lockAt: date });
const someFiles = fc.subarray(PATHS, { minLength: 1, maxLength: 3 });

const module = fc.record({
  files: someFiles,
  published: fc.boolean(),
  unlockAt: date,
  prerequisites: fc.constantFrom([], [], [1]),
  isSequential: fc.boolean(),
  hasRequirement: fc.boolean(),
  isItemPublished: fc.boolean(),
});

const courses = fc.record({
  files: fc.array(locks, { minLength: PATHS.length, maxLength: PATHS.length }),
  folders: fc.array(locks, { minLength: FOLDERS.length, maxLength: FOLDERS.length }),
  modules: fc.array(module, { maxLength: 3 }),
  hasFilesTab: fc.boolean(),
});

type Arranged = typeof courses extends fc.Arbitrary<infer Course> ? Course : never;

function arrange(state: CanvasState, course: Arranged, areItemsPublished: boolean): void {
  state.clear();
  const segments = (path: string) => (path === '' ? [] : path.split('/'));
  for (const [at, path] of PATHS.entries())
    Object.assign(state.add(segments(path), Buffer.from(path)), course.files[at]);
  for (const [at, path] of FOLDERS.entries()) Object.assign(state.folderAt(segments(path)), course.folders[at]);
  for (const { files, hasRequirement, isItemPublished, ...more } of course.modules) {
    const made = state.addModule(`Module ${state.modules.length}`, files.map(segments), more);
    for (const item of made.items) {
      Object.assign(item, { hasRequirement, published: areItemsPublished || isItemPublished });
    }
  }
  state.hasFilesTab = course.hasFilesTab;
}

describe('staff and students', () => {
  const roles = ['staff', 'student'] as const;
  const benches = new Map<string, { course: CanvasCourse; bench: Bench }>();

  beforeAll(async () => {
    for (const role of roles) {
      const course = await startCanvasCourse(role);
      const bench = await Bench.start({ ...canvasHarness, start: () => Promise.resolve(course) });
      benches.set(role, { course, bench });
    }
  });
  afterAll(async () => {
    for (const { bench } of benches.values()) await bench.stop();
  });

  async function seenBy(role: string, course: Arranged, areItemsPublished: boolean): Promise<readonly string[]> {
    const one = benches.get(role);
    if (one === undefined) throw new Error('no such role');
    arrange(one.course.state, course, areItemsPublished);
    const session = await one.bench.open();
    const listing = await one.bench.list(session);
    expect(listing.complete).toBe(true);
    expect(new Set(pathsOf(listing)).size).toBe(listing.entries.length);
    await session.close();
    return visiblePaths(listing);
  }

  it('are shown the same', async () => {
    const same = fc.asyncProperty(courses, async (course) => {
      expect(await seenBy('staff', course, true)).toEqual(await seenBy('student', course, true));
    });
    await fc.assert(same, { numRuns: RUNS, seed: 20261123 });
  });

  it('differ at most in what staff are shown too little of, where items of modules are not published', async () => {
    const fewer = fc.asyncProperty(courses, async (course) => {
      const student = new Set((await seenBy('student', course, false)).map(nameOf));
      for (const path of await seenBy('staff', course, false)) expect([...student]).toContain(nameOf(path));
    });
    await fc.assert(fewer, { numRuns: RUNS, seed: 20261124 });
  });
});

/** A file may be in several modules, and in another one first. */
function nameOf(path: string): string | undefined {
  return path.split('/').at(-1);
}
