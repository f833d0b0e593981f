/** Answers that are not as expected: one bad item costs its own path at most, and nobody learns what is hidden by it. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Listing, withheldIndefinitely } from '../../../src/sources/source.ts';
import { failureOf, pathsOf, visiblePaths } from '../bench.ts';
import { type Answers, type Given, listed, replay, staffOf } from './replay.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const [FILES, FOLDERS, MODULES] = ['files', 'folders', 'modules'].map((what) => `/api/v1/courses/7/${what}`);
const root = { id: 1, name: 'course files', parent_folder_id: null, locked: false, hidden: false };
const week = { id: 2, name: 'week', parent_folder_id: 1, locked: false, hidden: false };
const good = { id: 10, folder_id: 1, display_name: 'good.txt', locked: false, hidden: false, size: 1 };
const inWeek = { ...good, id: 11, folder_id: 2, display_name: 'in-week.txt' };

async function listingOf(items: {
  files?: readonly unknown[] | Given;
  folders?: readonly unknown[] | Given;
  modules?: readonly unknown[];
}): Promise<Listing> {
  const { files = [good, inWeek], folders = [root, week], modules = [] } = items;
  const given = (what: readonly unknown[] | Given): Given => (Array.isArray(what) ? { json: what } : (what as Given));
  const answers: Answers = {
    ...staffOf(7, 1),
    [FILES ?? '']: given(files),
    [FOLDERS ?? '']: given(folders),
    [MODULES ?? '']: { json: modules },
  };
  const replayed = await replay(answers);
  cleanUps.push(() => replayed.stop());
  return listed(await replayed.open({ course: 7 }));
}

const problemsOf = ({ problems }: Listing) => problems.map(({ segments, code }) => `${code} ${segments.join('/')}`);

describe('a file that is not as expected', () => {
  it('is a problem on its path where every student sees it', async () => {
    const listing = await listingOf({ files: [good, { ...inWeek, size: 'many' }] });
    expect([pathsOf(listing), problemsOf(listing), listing.complete]).toEqual([
      ['good.txt'],
      ['source-invalid week/in-week.txt'],
      true,
    ]);
  });

  it.each<[string, object]>([
    ['is hidden', { hidden: true }],
    ['is locked', { locked: true }],
    ['opens some day', { unlock_at: '2099-01-01T00:00:00Z' }],
    ['does not say whether it is locked', { locked: 'perhaps' }],
    ['has a date nobody can read', { lock_at: 'some day' }],
  ])('and %s is withheld, and its name is told to nobody', async (_what, flags) => {
    const listing = await listingOf({ files: [good, { ...inWeek, size: 'many', ...flags }] });
    expect([problemsOf(listing), visiblePaths(listing), listing.complete]).toEqual([[], ['good.txt'], true]);
    expect(listing.entries.find(({ id }) => id === '11')?.visible).toEqual(withheldIndefinitely);
  });

  it('and lies in a closed folder is withheld as well', async () => {
    const listing = await listingOf({ files: [{ ...inWeek, size: -1 }], folders: [root, { ...week, hidden: true }] });
    expect([problemsOf(listing), visiblePaths(listing)]).toEqual([[], []]);
  });

  it('and waits in a closed module is withheld as well', async () => {
    const items = [{ id: 1, type: 'File', title: 'x', content_id: 11 }];
    const modules = [{ id: 5, name: 'Week 1', published: false, unlock_at: null, items }];
    const listing = await listingOf({ files: [good, { ...inWeek, size: 'many' }], modules });
    expect([problemsOf(listing), visiblePaths(listing), listing.complete]).toEqual([[], ['good.txt'], true]);
  });

  it.each<[string, unknown]>([
    ['has no name', { ...inWeek, display_name: '' }],
    ['has no number and is hidden', { ...inWeek, id: 'x', hidden: true }],
    ['has a folder nobody knows', { ...inWeek, folder_id: 99 }],
    ['is none', null],
    ['is a text', 'in-week.txt'],
  ])('and %s leaves the listing incomplete: nothing is taken for deleted', async (_what, item) => {
    const listing = await listingOf({ files: [good, item] });
    expect([pathsOf(listing), problemsOf(listing), listing.complete]).toEqual([['good.txt'], [], false]);
  });
});

describe('a file that is not as expected and is no part of the course', () => {
  it('does not matter: what was handed in, what lies elsewhere', async () => {
    const handedIn = { ...week, for_submissions: true };
    const listing = await listingOf({ files: [good, { ...inWeek, size: 'many' }], folders: [root, handedIn] });
    expect([pathsOf(listing), problemsOf(listing), listing.complete]).toEqual([['good.txt'], [], true]);
  });
});

describe('a folder that is not as expected', () => {
  it('shows nothing, and is a problem where every student sees it', async () => {
    const listing = await listingOf({ folders: [root, { ...week, unlock_at: 17 }] });
    expect([visiblePaths(listing), problemsOf(listing), listing.complete]).toEqual([['good.txt'], [], true]);
    const plain = await listingOf({ folders: [root, { ...week, for_submissions: 'no' }] });
    expect([visiblePaths(plain), problemsOf(plain)]).toEqual([['good.txt'], ['source-invalid week']]);
  });

  it.each<[string, readonly unknown[]]>([
    ['without a name', [root, { ...week, name: 7 }]],
    ['without a number', [root, { ...week, id: null }]],
    ['without a parent that could be read', [root, { ...week, parent_folder_id: {} }]],
    ['that is inside itself', [root, { ...week, parent_folder_id: 3 }, { ...week, id: 3, parent_folder_id: 2 }]],
    ['that is missing', [root]],
  ])('%s takes no file for deleted', async (_what, folders) => {
    const listing = await listingOf({ folders });
    expect([pathsOf(listing), listing.complete]).toEqual([['good.txt'], false]);
  });
});

describe('modules that are not as expected', () => {
  const item = (id: number) => ({ id: id + 1000, type: 'File', title: 'x', content_id: id });
  const module = { id: 5, name: 'Week 1', published: true, unlock_at: null };

  it('open nothing that they may lock, and what another module opens stays open', async () => {
    const other = { ...good, id: 12, display_name: 'other.txt' };
    const files = [good, other];
    const open = { ...module, items: [item(10)] };
    for (const broken of [{ ...module, id: 6, name: 9, items: [item(12)] }, null]) {
      const listing = await listingOf({ files, modules: [open, broken] });
      expect(visiblePaths(listing)).toEqual(['good.txt']);
    }
    const brokenItem = { ...module, id: 6, items: [{ id: 1, type: 7 }] };
    expect(visiblePaths(await listingOf({ files, modules: [open, brokenItem] }))).toEqual(['good.txt']);
    expect(visiblePaths(await listingOf({ files, modules: [open] }))).toEqual(['good.txt', 'other.txt']);
  });
});

describe('an answer that is no list', () => {
  it.each<[string, Given, string]>([
    ['an object', { json: { files: [] } }, 'source-invalid'],
    ['a text', { text: '"files"' }, 'source-invalid'],
    ['nothing', { text: '' }, 'source-invalid'],
    ['half a list', { text: '[{"id": 10, "folder_id": 1' }, 'source-truncated'],
    ['a page', { text: '<!DOCTYPE html><html>', headers: { 'content-type': 'text/html' } }, 'source-login'],
    ['an unknown status', { status: 204 }, 'source-invalid'],
  ])('such as %s is a failure, never an empty course', async (_what, files, code) => {
    expect(await failureOf(listingOf({ files }))).toMatchObject({ code });
    expect(await failureOf(listingOf({ folders: files }))).toMatchObject({ code });
  });
});
