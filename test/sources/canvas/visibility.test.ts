/** With a token of staff, Canvas shows everything: what students see is worked out by Canvas's own rules. */
import { afterEach, describe, expect, it } from 'vitest';
import { canvasAdapter } from '../../../src/sources/canvas/index.ts';
import type { Window } from '../../../src/sources/source.ts';
import { Bench, failureOf, visiblePaths } from '../bench.ts';
import { canvasHarness, type CanvasCourse, startCanvasCourse } from '../fake/canvas-course.ts';
import type { CanvasState, Locks } from '../fake/canvas-state.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Role = 'staff' | 'student';

async function benchFor(
  role: Role,
  arrange: (state: CanvasState) => void,
  raw: Readonly<Record<string, unknown>> = {},
): Promise<{ bench: Bench; course: CanvasCourse }> {
  const course = await startCanvasCourse(role);
  arrange(course.state);
  const start = () => Promise.resolve({ ...course, raw: { ...course.raw, ...raw } });
  const bench = await Bench.start({ ...canvasHarness, start });
  cleanUps.push(() => bench.stop());
  return { bench, course };
}

/** What students may have now, as a token of this role finds out. */
async function seenBy(role: Role, arrange: (state: CanvasState) => void, raw = {}): Promise<readonly string[]> {
  const { bench } = await benchFor(role, arrange, raw);
  const { listing } = await bench.listed();
  expect(listing.complete).toBe(true);
  return visiblePaths(listing);
}

const bytes = Buffer.from('x');
const [YESTERDAY, TOMORROW] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());

function arranged(changes: (state: CanvasState) => void): (state: CanvasState) => void {
  return (state) => {
    for (const path of ['a.txt', 'week1/b.txt', 'week1/deep/c.txt']) state.add(path.split('/'), bytes);
    changes(state);
  };
}

const folder = (path: string, locks: Partial<Locks>) =>
  arranged((state) => Object.assign(state.folderAt(path === '' ? [] : path.split('/')), locks));
const file = (path: string, locks: Partial<Locks>) =>
  arranged((state) => Object.assign(state.fileAt(path.split('/')), locks));
const inModule = (more: Parameters<CanvasState['addModule']>[2]) =>
  arranged((state) => state.addModule('Week 1', [['week1', 'b.txt']], more));

const ALL = ['a.txt', 'week1/b.txt', 'week1/deep/c.txt'];
const WITHOUT_B = ['a.txt', 'week1/deep/c.txt'];

describe('what staff and students are told apart by leads to the same listing', () => {
  it.each<[string, (state: CanvasState) => void, readonly string[]]>([
    ['nothing hidden', arranged(() => undefined), ALL],
    ['a hidden file', file('week1/b.txt', { hidden: true }), WITHOUT_B],
    ['a locked file', file('week1/b.txt', { locked: true }), WITHOUT_B],
    ['a file that opens tomorrow', file('week1/b.txt', { unlockAt: TOMORROW ?? null }), WITHOUT_B],
    ['a file that opened yesterday', file('week1/b.txt', { unlockAt: YESTERDAY ?? null }), ALL],
    ['a file that closed yesterday', file('week1/b.txt', { lockAt: YESTERDAY ?? null }), WITHOUT_B],
    ['a file that closes tomorrow', file('week1/b.txt', { lockAt: TOMORROW ?? null }), ALL],
    ['a hidden folder, with all below it', folder('week1', { hidden: true }), ['a.txt']],
    ['a locked folder, with all below it', folder('week1', { locked: true }), ['a.txt']],
    ['a folder that opens tomorrow', folder('week1', { unlockAt: TOMORROW ?? null }), ['a.txt']],
    ['a folder that closed yesterday', folder('week1', { lockAt: YESTERDAY ?? null }), ['a.txt']],
    ['a locked folder in the middle', folder('week1/deep', { locked: true }), ['a.txt', 'week1/b.txt']],
    ['a locked root', folder('', { locked: true }), []],
    ['an open module', inModule({}), ALL],
    ['an unpublished module', inModule({ published: false }), WITHOUT_B],
    ['a module that opens tomorrow', inModule({ unlockAt: TOMORROW ?? null }), WITHOUT_B],
    ['a module that opened yesterday', inModule({ unlockAt: YESTERDAY ?? null }), ALL],
    ['a module behind another one', inModule({ prerequisites: [1] }), WITHOUT_B],
    ['a module in strict order, without requirements', inModule({ isSequential: true }), ALL],
    [
      'a module in strict order, with requirements',
      arranged((state) => {
        const module = state.addModule('Week 1', [['week1', 'b.txt']], { isSequential: true });
        for (const item of module.items) item.hasRequirement = true;
      }),
      WITHOUT_B,
    ],
    [
      'a file in a closed module and in an open one',
      arranged((state) => {
        state.addModule('Week 1', [['week1', 'b.txt']], { published: false });
        state.addModule('All', [['week1', 'b.txt']]);
      }),
      ALL,
    ],
  ])('%s', async (_what, arrange, expected) => {
    expect(await seenBy('staff', arrange)).toEqual(expected);
    expect(await seenBy('student', arrange)).toEqual(expected);
  });

  it('but what students handed in is not even withheld', async () => {
    const handedIn = folder('week1', { hidden: true });
    const { bench } = await benchFor('staff', (state) => {
      handedIn(state);
      state.folderAt(['week1']).forSubmissions = true;
    });
    const { listing } = await bench.listed();
    expect(listing.entries.map(({ segments }) => segments.join('/'))).toEqual(['a.txt']);
  });

  it('and what is still being uploaded waits', async () => {
    const uploading = arranged((state) => (state.fileAt(['a.txt']).uploadStatus = 'pending'));
    expect(await seenBy('staff', uploading)).toEqual(['week1/b.txt', 'week1/deep/c.txt']);
  });
});

describe('dates', () => {
  it.each<[string, Partial<Locks>, Partial<Locks>, Window]>([
    ['of the file', { unlockAt: '2099-01-01T00:00:00Z' }, {}, { from: '2099-01-01T00:00:00.000Z' }],
    ['of the folder', {}, { unlockAt: '2099-01-01T00:00:00+02:00' }, { from: '2098-12-31T22:00:00.000Z' }],
    [
      'of both: the narrower ones',
      { unlockAt: '2098-01-01T00:00:00Z', lockAt: '2099-06-01T00:00:00Z' },
      { unlockAt: '2098-03-01T00:00:00Z', lockAt: '2099-09-01T00:00:00Z' },
      { from: '2098-03-01T00:00:00.000Z', until: '2099-06-01T00:00:00.000Z' },
    ],
    [
      'that leave no time: never',
      { unlockAt: '2099-06-01T00:00:00Z', lockAt: '2099-01-01T00:00:00Z' },
      {},
      { from: '9999-12-31T00:00:00.000Z' },
    ],
  ])('%s', async (_what, ofFile, ofFolder, expected) => {
    const { bench } = await benchFor('staff', (state) => {
      Object.assign(state.add(['w', 'a.txt'], bytes), ofFile);
      Object.assign(state.folderAt(['w']), ofFolder);
    });
    expect((await bench.listed()).listing.entries[0]?.visible).toEqual(expected);
  });

  it('of a module open its files, the first of several modules', async () => {
    const { bench } = await benchFor('staff', (state) => {
      state.add(['a.txt'], bytes);
      state.addModule('Late', [['a.txt']], { unlockAt: '2099-02-01T00:00:00Z' });
      state.addModule('Early', [['a.txt']], { unlockAt: '2099-01-01T00:00:00Z' });
    });
    expect((await bench.listed()).listing.entries[0]?.visible).toEqual({ from: '2099-01-01T00:00:00.000Z' });
  });
});

describe('a course', () => {
  it('that is not published shows students nothing', async () => {
    const unpublished = arranged((state) => (state.workflowState = 'unpublished'));
    expect(await seenBy('staff', unpublished)).toEqual([]);
    const { bench } = await benchFor('student', unpublished);
    expect(await failureOf(bench.listed())).toMatchObject({ code: 'source-forbidden' });
  });

  it('that is over is still there to be read', async () => {
    expect(
      await seenBy(
        'staff',
        arranged((state) => (state.workflowState = 'completed')),
      ),
    ).toEqual(ALL);
  });

  it('of which staff may not read what locks files is refused rather than shown too much of', async () => {
    for (const path of ['tabs', 'modules']) {
      const { bench, course } = await benchFor(
        'staff',
        arranged(() => undefined),
      );
      course.refused.add(path);
      const error = await failureOf(bench.listed());
      expect(error).toMatchObject({ code: 'source-forbidden' });
      expect(String(error.params['detail'])).toMatch(/what students may see/);
    }
  });

  it.each([
    [['manage_files_add'], /not the unpublished modules/],
    [['read_as_admin', 'view_unpublished_items'], /whether they are published/],
  ])('of which an account with only %j cannot tell what students see is refused', async (rights, why) => {
    const { bench, course } = await benchFor('staff', inModule({}));
    course.habits.rights = rights;
    const error = await failureOf(bench.listed());
    expect([error.code, String(error.params['detail'])]).toEqual(['source-forbidden', expect.stringMatching(why)]);
  });

  it('of an installation that does not tell rights is read by the part one takes in it', async () => {
    for (const role of ['staff', 'student'] as const) {
      const { bench, course } = await benchFor(role, file('week1/b.txt', { hidden: true }));
      course.habits.tellsRights = false;
      expect(visiblePaths((await bench.listed()).listing)).toEqual(WITHOUT_B);
      expect(course.asked.some((one) => one.includes('/tabs'))).toBe(true);
    }
  });
});

describe('one folder', () => {
  it('holds what is in it, and stays closed when a folder above it is', async () => {
    const raw = { folder: 'week1/deep' };
    expect(
      await seenBy(
        'staff',
        arranged(() => undefined),
        raw,
      ),
    ).toEqual(['c.txt']);
    expect(await seenBy('staff', folder('week1', { locked: true }), raw)).toEqual([]);
  });

  it('that is not there is a missing course, not an empty one', async () => {
    const { bench } = await benchFor(
      'staff',
      arranged(() => undefined),
      { folder: 'week2' },
    );
    expect(await failureOf(bench.listed())).toMatchObject({
      code: 'source-not-found',
      params: { missing: 'folder "week2"' },
    });
  });

  it('does not keep what was moved out of it', async () => {
    const { bench, course } = await benchFor(
      'staff',
      arranged(() => undefined),
      { folder: 'week1' },
    );
    const { listing } = await bench.listed();
    const [moved] = listing.entries.filter(({ segments }) => segments.join('/') === 'b.txt');
    await course.driver.move?.(['week1', 'b.txt'], ['b.txt']);
    const { session } = await bench.listed();
    expect(await session.withheld?.(moved === undefined ? [] : [moved.id], bench.signal)).toEqual(new Set());
  });
});

describe('one file', () => {
  it('is the whole course', async () => {
    const { bench, course } = await benchFor(
      'staff',
      arranged(() => undefined),
    );
    const id = course.asked.length === 0 ? await idOf(bench, 'week1/deep/c.txt') : '';
    const { origin } = course;
    const adapter = canvasAdapter;
    const session = await adapter.open(
      adapter.parseConfig({ type: 'canvas', url: `${origin}/courses/7/files/${id}` }),
      bench.context(),
    );
    expect((await bench.list(session)).entries).toMatchObject([{ segments: ['c.txt'], id }]);
    await course.driver.overwrite(['week1', 'deep', 'c.txt'], Buffer.from('new'));
    const error = await failureOf(bench.list(session));
    expect([error.code, String(error.params['detail'])]).toEqual(['source-not-found', expect.stringMatching(/folder/)]);
  });
});

async function idOf(bench: Bench, path: string): Promise<string> {
  const { listing } = await bench.listed();
  return listing.entries.find(({ segments }) => segments.join('/') === path)?.id ?? '';
}
