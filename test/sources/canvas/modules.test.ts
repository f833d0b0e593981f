/** Where the Files page is switched off for students, a course is what its modules hold. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, Listing } from '../../../src/sources/source.ts';
import { Bench, entryAt, failureOf, pathsOf, visiblePaths } from '../bench.ts';
import { canvasHarness, type CanvasCourse, startCanvasCourse } from '../fake/canvas-course.ts';
import type { StoredModule } from '../fake/canvas-state.ts';

let course: CanvasCourse;
let bench: Bench;
let week1: StoredModule;

async function open(role: 'staff' | 'student'): Promise<void> {
  course = await startCanvasCourse(role);
  bench = await Bench.start({ ...canvasHarness, start: () => Promise.resolve(course) });
  const { state } = course;
  for (const name of ['a.pdf', 'b.pdf', 'c.pdf', 'nowhere.pdf']) state.add(['files', name], Buffer.from(name));
  state.hasFilesTab = false;
  week1 = state.addModule('Week 1', [['files', 'a.pdf']]);
  week1.items.push(state.item('SubHeader', 'Exercises'), state.item('File', 'B', state.fileAt(['files', 'b.pdf']).id));
  week1.items.push(state.item('ExternalUrl', 'pls view'), state.item('Page', 'Read me'));
  state.addModule('Week 2', [
    ['files', 'b.pdf'],
    ['files', 'c.pdf'],
  ]);
}

afterEach(() => bench.stop());

const LAYOUT = ['Week 1/Exercises/b.pdf', 'Week 1/a.pdf', 'Week 2/c.pdf'];

describe.each(['staff', 'student'] as const)('the modules, with a token of %s', (role) => {
  beforeEach(() => open(role));

  it('are folders, with their headings as folders in them; a file is where it is first', async () => {
    const { session, listing } = await bench.listed();
    expect(listing).toMatchObject({ complete: true, problems: [] });
    expect(pathsOf(listing)).toEqual(LAYOUT);
    expect((await bench.read(session, entryAt(listing, 'Week 2', 'c.pdf'))).toString()).toBe('c.pdf');
  });

  it('keep closed what is locked, and open what is only hidden', async () => {
    const { state } = course;
    state.fileAt(['files', 'a.pdf']).hidden = true;
    state.fileAt(['files', 'c.pdf']).locked = true;
    expect(visiblePaths((await bench.listed()).listing)).toEqual(['Week 1/Exercises/b.pdf', 'Week 1/a.pdf']);
    state.folderAt(['files']).locked = true;
    expect(visiblePaths((await bench.listed()).listing)).toEqual([]);
  });

  it('open when their day comes', async () => {
    week1.unlockAt = '2099-01-01T00:00:00Z';
    const { listing } = await bench.listed();
    expect(visiblePaths(listing).filter((path) => path.endsWith('a.pdf'))).toEqual([]);
    week1.unlockAt = '2024-01-01T00:00:00Z';
    expect(visiblePaths((await bench.listed()).listing)).toEqual(LAYOUT);
  });

  it('come without their items for some keys, and with many items: then they are asked for', async () => {
    course.habits.includesItems = false;
    expect(visiblePaths((await bench.listed()).listing)).toEqual(LAYOUT);
    course.habits.includesItems = true;
    course.habits.mostPerPage = 2;
    expect(visiblePaths((await bench.listed()).listing)).toEqual(LAYOUT);
  });

  it('give a new version under the number it has then', async () => {
    const before = entryAt((await bench.listed()).listing, 'Week 1', 'a.pdf');
    await course.driver.overwrite(['files', 'a.pdf'], Buffer.from('new version'));
    const { session, listing } = await bench.listed();
    const after = entryAt(listing, 'Week 1', 'a.pdf');
    expect(after.id).not.toBe(before.id);
    expect((await bench.read(session, after)).toString()).toBe('new version');
  });

  it('hold no folder that somebody named', async () => {
    const raw = { ...course.raw, folder: 'files' };
    const session = await canvasHarness.adapter.open(canvasHarness.adapter.parseConfig(raw), bench.context());
    const error = await failureOf(bench.list(session));
    expect([error.code, String(error.params['detail'])]).toEqual([
      'source-forbidden',
      expect.stringMatching(/Files page/),
    ]);
  });
});

describe('for staff', () => {
  beforeEach(() => open('staff'));

  it('a module that is assigned to some students is for none', async () => {
    week1.overrides = 1;
    // b.pdf is in a module for everybody as well, and is shown where everybody finds it
    expect(visiblePaths((await bench.listed()).listing)).toEqual(['Week 2/b.pdf', 'Week 2/c.pdf']);
  });

  it('an unpublished item, or module, shows nothing', async () => {
    const [item] = week1.items;
    if (item !== undefined) item.published = false;
    expect(visiblePaths((await bench.listed()).listing)).toEqual(['Week 1/Exercises/b.pdf', 'Week 2/c.pdf']);
    week1.published = false;
    expect(visiblePaths((await bench.listed()).listing)).toEqual(['Week 2/b.pdf', 'Week 2/c.pdf']);
  });

  it('a file that a module names and no list has is a problem on its place, where every student sees it', async () => {
    const { state } = course;
    state.files.delete(state.fileAt(['files', 'c.pdf']).id);
    const { listing } = await bench.listed();
    expect(listing.problems).toEqual([{ segments: ['Week 2', 'c.pdf'], code: 'source-gone' }]);
    expect(listing.complete).toBe(true);
    for (const module of state.modules) module.unlockAt = '2099-01-01T00:00:00Z';
    expect((await bench.listed()).listing.problems).toEqual([]);
  });

  it('students without a page of modules have no way to any file', async () => {
    course.state.hasModulesTab = false;
    expect(visiblePaths((await bench.listed()).listing)).toEqual([]);
  });
});

describe('for students', () => {
  beforeEach(() => open('student'));

  /** Lists with what was remembered of the last listing, and gives how many files were asked for one by one. */
  async function again(
    memory: Json | undefined,
    now = new Date(),
  ): Promise<{ listing: Listing | 'unchanged'; read: number }> {
    const { adapter } = canvasHarness;
    const context = { ...bench.context(), now: () => now, ...(memory === undefined ? {} : { memory }) };
    const session = await adapter.open(adapter.parseConfig(course.raw), context);
    const before = course.asked.length;
    const listing = await session.list(bench.signal);
    const read = course.asked.slice(before).filter((one) => /\/files\/\d+$/.test(one)).length;
    return { listing: listing.kind === 'unchanged' ? 'unchanged' : listing, read };
  }

  it('files are asked for once, and again after an hour', async () => {
    const first = await again(undefined);
    expect(first.read).toBe(3);
    const { memory } = first.listing as Listing;
    expect(await again(memory)).toEqual({ listing: 'unchanged', read: 0 });
    const later = await again(memory, new Date(Date.now() + 3_600_000));
    expect(later.read).toBe(3);
    expect(later.listing).toMatchObject({ entries: (first.listing as Listing).entries });
  });

  it('a new file alone is asked for', async () => {
    const { memory } = (await again(undefined)).listing as Listing;
    course.state.add(['files', 'd.pdf'], Buffer.from('d'));
    week1.items.push(course.state.item('File', 'D', course.state.fileAt(['files', 'd.pdf']).id));
    const next = await again(memory);
    expect(next.read).toBe(1);
    expect(pathsOf(next.listing as Listing)).toEqual([...LAYOUT, 'Week 1/Exercises/d.pdf'].sort());
  });

  it('a file that was read from memory is fetched by its number, and only in the version that was listed', async () => {
    const { memory } = (await again(undefined)).listing as Listing;
    course.state.fileAt(['files', 'a.pdf']).locked = true;
    const { adapter } = canvasHarness;
    const context = { ...bench.context(), ...(memory === undefined ? {} : { memory }) };
    const session = await adapter.open(adapter.parseConfig(course.raw), context);
    const listing = await bench.list(session);
    expect((await bench.read(session, entryAt(listing, 'Week 2', 'c.pdf'))).toString()).toBe('c.pdf');
    expect(await failureOf(bench.read(session, entryAt(listing, 'Week 1', 'a.pdf')))).toMatchObject({
      code: 'source-forbidden',
    });
    await course.driver.touch?.(['files', 'c.pdf']);
    expect(await failureOf(bench.read(session, entryAt(listing, 'Week 2', 'c.pdf')))).toMatchObject({
      code: 'source-changed',
    });
  });

  it('a file that a module names and nobody gives is a problem on its place', async () => {
    const { state } = course;
    state.files.delete(state.fileAt(['files', 'c.pdf']).id);
    const { listing } = await bench.listed();
    expect(listing.problems).toEqual([{ segments: ['Week 2', 'c.pdf'], code: 'source-gone' }]);
    expect(pathsOf(listing)).toEqual(LAYOUT.filter((path) => !path.endsWith('c.pdf')));
  });

  it('a course of which they may read neither files nor modules is refused', async () => {
    course.refused.add('modules');
    expect(await failureOf(bench.listed())).toMatchObject({ code: 'source-forbidden' });
  });
});
