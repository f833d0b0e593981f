/** What students get of a Canvas course over time: real refreshes into a real repository. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Offer } from '../../../src/core/offer.ts';
import { canvasAdapter } from '../../../src/sources/canvas/index.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { FakeCourse, openCourse, type Opened } from '../../repo/support/course.ts';
import { type CanvasCourse, startCanvasCourse } from '../fake/canvas-course.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Role = 'staff' | 'student';

async function opened(role: Role, files: Readonly<Record<string, string>>): Promise<{ course: CanvasCourse } & Opened> {
  const course = await startCanvasCourse(role);
  cleanUps.push(() => course.stop());
  for (const [path, text] of Object.entries(files)) course.state.add(path.split('/'), Buffer.from(text));
  const source = {
    adapter: canvasAdapter,
    config: canvasAdapter.parseConfig(course.raw),
    credentials: course.credentials ?? {},
    createHttp: () => createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() }),
  };
  const one = openCourse(new FakeCourse(), { source, now: () => new Date() });
  return { course, ...one };
}

async function textsIn({ repository }: Opened, offer: Offer): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const { path, oid } of offer.files) texts[path] = Buffer.from(await repository.contents.read(oid)).toString();
  return texts;
}

const frozenIn = (offer: Offer): readonly string[] => offer.frozen.map(({ path, why }) => `${why} ${path}`);
const FILES = { 'a.txt': 'a', 'w/b.txt': 'b', 'w/c.txt': 'c', 'w/d.txt': 'd' };

describe.each(['staff', 'student'] as const)('with a token of %s', (role) => {
  it('a file that is uploaded over another is a new version of the same file', async () => {
    const one = await opened(role, FILES);
    const before = await one.refresh();
    one.course.state.overwrite(['w', 'b.txt'], Buffer.from('b, corrected'));
    const after = await one.refresh();
    expect(await textsIn(one, after)).toEqual({ ...FILES, 'w/b.txt': 'b, corrected' });
    const idIn = (offer: Offer) => offer.files.find(({ path }) => path === 'w/b.txt')?.id;
    expect(idIn(after)).toBe(idIn(before));
    expect(after.frozen).toEqual([]);
  });

  it('a file that is renamed or moved is the same file, and is not downloaded again', async () => {
    const one = await opened(role, FILES);
    const before = await one.refresh();
    await one.course.driver.rename?.(['a.txt'], 'intro.txt');
    await one.course.driver.move?.(['w', 'b.txt'], ['x', 'b.txt']);
    one.course.asked.length = 0;
    const after = await one.refresh();
    expect(await textsIn(one, after)).toEqual({ 'intro.txt': 'a', 'x/b.txt': 'b', 'w/c.txt': 'c', 'w/d.txt': 'd' });
    expect(new Set(after.files.map(({ id }) => id))).toEqual(new Set(before.files.map(({ id }) => id)));
    expect(one.course.asked.filter((asked) => asked.includes('download'))).toEqual([]);
  });

  it.each(['hidden', 'locked'] as const)(
    'a file that becomes %s is kept from nobody who has it, and comes back',
    async (flag) => {
      const one = await opened(role, FILES);
      await one.refresh();
      one.course.state.fileAt(['w', 'b.txt'])[flag] = true;
      const without = await one.refresh();
      expect([Object.keys(await textsIn(one, without)), frozenIn(without)]).toEqual([
        ['a.txt', 'w/c.txt', 'w/d.txt'],
        ['withheld w/b.txt'],
      ]);
      one.course.state.fileAt(['w', 'b.txt'])[flag] = false;
      one.course.asked.length = 0;
      expect(await textsIn(one, await one.refresh())).toEqual(FILES);
      expect(one.course.asked.filter((asked) => asked.includes('download'))).toEqual([]);
    },
  );

  it('a hidden folder keeps what is in it from nobody who has it', async () => {
    const one = await opened(role, FILES);
    await one.refresh();
    one.course.state.folderAt(['w']).hidden = true;
    const offer = await one.refresh();
    expect(frozenIn(offer)).toEqual(['withheld w/b.txt', 'withheld w/c.txt', 'withheld w/d.txt']);
    expect(one.repository.held()).toEqual([]);
  });

  it('a deleted file is gone, because Canvas says so of its number', async () => {
    const one = await opened(role, FILES);
    await one.refresh();
    one.course.state.remove(['w', 'b.txt']);
    const offer = await one.refresh();
    expect([Object.keys(await textsIn(one, offer)), frozenIn(offer)]).toEqual([['a.txt', 'w/c.txt', 'w/d.txt'], []]);
  });

  it('most files deleted at once are held until somebody confirms it', async () => {
    const one = await opened(role, FILES);
    await one.refresh();
    one.course.state.remove(['w']);
    const offer = await one.refresh();
    expect(frozenIn(offer)).toEqual(['held w/b.txt', 'held w/c.txt', 'held w/d.txt']);
  });

  it('a file that slips through between two pages is not taken for deleted, and is there next time', async () => {
    const one = await opened(role, FILES);
    await one.refresh();
    const { habits, state } = one.course;
    habits.mostPerPage = 2;
    // the first page is a.txt and b.txt; when a.txt goes, c.txt moves onto it
    one.course.afterPage = () => state.remove(['a.txt']);
    const shaken = await one.refresh();
    expect(frozenIn(shaken)).toContain('withheld w/c.txt');
    one.course.afterPage = undefined;
    expect(await textsIn(one, await one.refresh())).toEqual({ 'w/b.txt': 'b', 'w/c.txt': 'c', 'w/d.txt': 'd' });
  });

  it('an unchanged course is not downloaded again', async () => {
    const one = await opened(role, FILES);
    const before = await one.refresh();
    one.course.asked.length = 0;
    const after = await one.refresh();
    expect([after.head, after.source.state]).toEqual([before.head, 'fresh']);
    expect(one.course.asked.filter((asked) => !asked.includes('/api/v1/courses/7'))).toEqual([]);
  });

  it('what is not open yet is in no object and no name of the repository', async () => {
    const one = await opened(role, FILES);
    one.course.state.add(['w', 'solution.txt'], Buffer.from('geheime Lösung')).unlockAt = '2099-01-01T00:00:00Z';
    const offer = await one.refresh();
    expect(JSON.stringify(offer)).not.toContain('solution');
    expect(one.course.asked.filter((asked) => asked.includes('download'))).toHaveLength(4);
  });

  it('a course that students may no longer enter leaves everything as it was', async () => {
    const one = await opened(role, FILES);
    await one.refresh();
    one.course.state.workflowState = 'unpublished';
    const offer = await one.refresh();
    const kept = role === 'staff' ? frozenIn(offer).length : offer.files.length;
    expect([kept, one.repository.held()]).toEqual([4, []]);
    expect(offer.source.state).toBe(role === 'staff' ? 'fresh' : 'unreachable');
  });

  it('a Files page that is switched off moves the files to where the modules have them', async () => {
    const one = await opened(role, FILES);
    const before = await one.refresh();
    one.course.state.addModule('Week 1', [['a.txt'], ['w', 'b.txt'], ['w', 'c.txt']]);
    one.course.state.hasFilesTab = false;
    const offer = await one.refresh();
    expect(await textsIn(one, offer)).toEqual({ 'Week 1/a.txt': 'a', 'Week 1/b.txt': 'b', 'Week 1/c.txt': 'c' });
    expect(frozenIn(offer)).toEqual(['withheld w/d.txt']);
    const ids = new Set(before.files.map(({ id }) => id));
    expect(offer.files.every(({ id }) => ids.has(id))).toBe(true);
  });

  it.each([
    'down',
    'wrong-credentials',
    'session-expires',
    'root-missing',
    'root-forbidden',
    'html-page',
    'page-fails',
    'other-order',
    'unparsable-item',
    'outside-link',
    'throttled-seconds',
    'fails-once',
  ] as const)('%s takes nothing from anybody, and afterwards all is as before', async (fault) => {
    const one = await opened(role, FILES);
    const before = await one.refresh();
    await one.course.faults[fault]?.(['w', 'b.txt']);
    const during = await one.refresh();
    const kept = new Set([...during.files, ...during.frozen].map(({ path }) => path));
    expect([...kept].sort()).toEqual(Object.keys(FILES).sort());
    expect(one.repository.held()).toEqual([]);
    await one.course.calm();
    const after = await one.refresh();
    expect([await textsIn(one, after), after.head, after.frozen]).toEqual([FILES, before.head, []]);
  });

  it.each(['content-cut', 'content-html', 'content-forbidden', 'content-sends-more', 'content-endless'] as const)(
    '%s delivers no other bytes, and keeps the old ones until the new ones can be had',
    async (fault) => {
      const one = await opened(role, FILES);
      await one.refresh();
      one.course.state.overwrite(['w', 'b.txt'], Buffer.from('b, corrected'));
      await one.course.faults[fault]?.(['w', 'b.txt']);
      const during = await one.refresh();
      expect([Object.keys(await textsIn(one, during)), frozenIn(during)]).toEqual([
        ['a.txt', 'w/c.txt', 'w/d.txt'],
        ['problem w/b.txt'],
      ]);
      await one.course.calm();
      expect(await textsIn(one, await one.refresh())).toEqual({ ...FILES, 'w/b.txt': 'b, corrected' });
    },
  );
});
