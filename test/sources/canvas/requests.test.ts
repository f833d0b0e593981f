/** What a refresh of 2,000 files in 40 folders and 10 modules asks for, and why. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Json, Listing } from '../../../src/sources/source.ts';
import { Bench } from '../bench.ts';
import { canvasHarness, type CanvasCourse, startCanvasCourse } from '../fake/canvas-course.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function large(role: 'staff' | 'student'): Promise<{ bench: Bench; course: CanvasCourse }> {
  const course = await startCanvasCourse(role);
  const { state } = course;
  for (let at = 0; at < 2000; at += 1) state.add([`week${at % 40}`, `f${at}.txt`], Buffer.from(String(at)));
  for (let at = 0; at < 10; at += 1) state.addModule(`Module ${at}`, [[`week${at}`, `f${at}.txt`]]);
  const bench = await Bench.start({ ...canvasHarness, start: () => Promise.resolve(course) });
  cleanUps.push(() => bench.stop());
  return { bench, course };
}

/** Requests by what they are for. */
function counted(asked: readonly string[]): Readonly<Record<string, number>> {
  const kinds: [string, RegExp][] = [
    ['rights', /\/permissions\?/],
    ['menu', /\/tabs\?/],
    ['folders', /\/folders\?/],
    ['files', /\/files\?/],
    ['one file', /\/files\/\d+$/],
    ['items', /\/items\?/],
    ['overrides', /\/overrides\?/],
    ['modules', /\/modules\?/],
    ['downloads', /\/download\?/],
    ['course', /\/courses\/7$/],
  ];
  const counts: Record<string, number> = {};
  for (const one of asked) {
    const kind = kinds.find(([, shape]) => shape.test(one))?.[0] ?? one;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

async function refresh(bench: Bench, raw: CanvasCourse['raw'], memory?: Json): Promise<Listing | 'unchanged'> {
  const { adapter } = canvasHarness;
  const context = { ...bench.context(), ...(memory === undefined ? {} : { memory }) };
  const session = await adapter.open(adapter.parseConfig(raw), context);
  const listing = await session.list(bench.signal);
  if (listing.kind === 'unchanged') return 'unchanged';
  return listing;
}

const ofFiles = { folders: 1, files: 20 };
const ofStaff = { course: 1, menu: 1, modules: 1 };

describe('requests', () => {
  it.each([
    ['student', { rights: 1, ...ofFiles }, 22],
    ['staff', { rights: 1, ...ofStaff, ...ofFiles }, 25],
  ] as const)('with a token of %s', async (role, expected, sum) => {
    const { bench, course } = await large(role);
    const first = (await refresh(bench, course.raw)) as Listing;
    expect(first.entries).toHaveLength(2000);
    expect(counted(course.asked)).toEqual(expected);
    course.asked.length = 0;
    expect(await refresh(bench, course.raw, first.memory)).toBe('unchanged');
    expect(counted(course.asked)).toEqual(expected);
    expect(course.asked).toHaveLength(sum);
    expect(JSON.stringify(first.memory).length).toBeLessThan(1000);
  });

  it('by modules, with a token of a student: one more for each file, once', async () => {
    const { bench, course } = await large('student');
    course.state.hasFilesTab = false;
    const first = (await refresh(bench, course.raw)) as Listing;
    expect(counted(course.asked)).toEqual({
      rights: 1,
      folders: 1,
      files: 1,
      modules: 1,
      'one file': 10,
    });
    course.asked.length = 0;
    expect(await refresh(bench, course.raw, first.memory)).toBe('unchanged');
    expect(counted(course.asked)).toEqual({ rights: 1, folders: 1, files: 1, modules: 1 });
  });

  it('by modules, with a token of staff: one more for each module', async () => {
    const { bench, course } = await large('staff');
    course.state.hasFilesTab = false;
    const first = (await refresh(bench, course.raw)) as Listing;
    course.asked.length = 0;
    expect(await refresh(bench, course.raw, first.memory)).toBe('unchanged');
    expect(counted(course.asked)).toEqual({ rights: 1, ...ofStaff, ...ofFiles, overrides: 10 });
  });
});
