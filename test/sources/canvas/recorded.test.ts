import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { nextPage } from '../../../src/sources/canvas/link-header.ts';
import { type Listing, withheldIndefinitely } from '../../../src/sources/source.ts';
import { entryAt, failureOf, pathsOf } from '../bench.ts';
import { type Answers, exchange, exchangeNames, listed, replay, type Replay, staffOf, studentOf } from './replay.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(answers: Answers): Promise<Replay> {
  const one = await replay(answers);
  cleanUps.push(() => one.stop());
  return one;
}

async function listingOf(answers: Answers, raw: Readonly<Record<string, unknown>>): Promise<Listing> {
  return listed(await (await start(answers)).open(raw));
}

const FILES = '/api/v1/courses/7/files';

describe('what a student’s token is shown', () => {
  it('is what students may have', async () => {
    const listing = await listingOf({ ...studentOf(7, 11), [FILES]: 'files-list-student' }, { course: 7 });
    expect(listing).toMatchObject({ complete: true, problems: [] });
    expect(listing.entries).toMatchObject([{ id: '101', segments: ['ztest.txt'], size: 4 }]);
    expect(listing.entries[0]?.visible).toBeUndefined();
  });

  it('may be nothing at all', async () => {
    const answers = { ...studentOf(7, 11), [FILES]: 'files-list-student-locked-folder' };
    expect(await listingOf(answers, { course: 7 })).toMatchObject({ entries: [], problems: [], complete: true });
  });

  it('may hold files that a module locks: they are withheld', async () => {
    const answers = { ...studentOf(7, 11), [FILES]: 'file-in-list-locked-by-module' };
    const listing = await listingOf(answers, { course: 7 });
    expect(entryAt(listing, '1.47.pdf').visible).toEqual(withheldIndefinitely);
  });

  it('changes its date when a file is locked or renamed: only the date of the content counts', async () => {
    const answers = { ...studentOf(7, 11), [FILES]: 'file-in-list-locked-by-module' };
    expect(entryAt(await listingOf(answers, { course: 7 }), '1.47.pdf').stamp).toContain('2022-09-14T17:13:20');
  });

  it('names a locked file that is asked for by its number, and withholds it', async () => {
    const answers = { ...studentOf(7, 11), [`${FILES}/102`]: 'file-show-student-locked' };
    const replayed = await start(answers);
    const listing = await listed(await replayed.open({ url: `${replayed.origin}/courses/7/files/102` }));
    expect(entryAt(listing, 'test.txt').visible).toEqual(withheldIndefinitely);
  });
});

describe('what a token of staff is shown', () => {
  it('is everything; what students do not see is withheld', async () => {
    const listing = await listingOf({ ...staffOf(7, 11), [FILES]: 'files-list-teacher' }, { course: 7 });
    const visible = Object.fromEntries(listing.entries.map(({ segments, visible: one }) => [segments.join('/'), one]));
    expect(visible).toEqual({
      'atest3.txt': withheldIndefinitely,
      'mtest2.txt': withheldIndefinitely,
      'ztest.txt': undefined,
    });
  });

  it('names folders by their place below the root, and what is locked stays so', async () => {
    const file = { id: 5, folder_id: 2937, display_name: 'a.txt', locked: false, hidden: false, size: 1 };
    const answers = {
      ...staffOf(1401, 2934),
      '/api/v1/courses/1401/folders': 'folders-all-flat',
      '/api/v1/courses/1401/files': { json: [file] },
    };
    const listing = await listingOf(answers, { course: 1401 });
    expect(entryAt(listing, '11folder', 'a.txt').visible).toEqual(withheldIndefinitely);
  });

  it('has unpublished items in modules, which open nothing', async () => {
    const file = { id: 569, folder_id: 11, display_name: 'slides.pdf', locked: false, hidden: false, size: 1 };
    const module = { id: 123, name: 'Week 1', published: true, unlock_at: null };
    const answers = {
      ...staffOf(222, 11),
      '/api/v1/courses/222/tabs': { json: [{ id: 'files', hidden: true }, { id: 'modules' }] },
      '/api/v1/courses/222/files': { json: [file] },
      '/api/v1/courses/222/modules': { json: [module] },
      '/api/v1/courses/222/modules/123/items': 'module-items-teacher',
    };
    const listing = await listingOf(answers, { course: 222 });
    expect(entryAt(listing, 'Week 1', 'slides.pdf').visible).toEqual(withheldIndefinitely);
  });
});

describe('one file', () => {
  const url = (name: string) => (exchange(name).response.body as { readonly url: string }).url;

  it.each(['file-object-current-docs', 'file-object-older-with-verifier'])(
    '%s is open between its dates, and its address stays with the session',
    async (name) => {
      const listing = await listingOf(
        { ...staffOf(7, 4207), [FILES]: { json: [exchange(name).response.body] } },
        { course: 7 },
      );
      expect(entryAt(listing, 'file.txt')).toMatchObject({
        id: '569',
        size: 43451,
        modified: Date.parse('2012-07-06T14:58:50Z'),
        visible: { until: '2012-07-20T14:58:50.000Z' },
      });
      expect(inspect(listing, { depth: 9 })).not.toMatch(/VERIFIER|download/);
      expect(url(name)).toContain('/files/569/download');
    },
  );

  it('in a folder that no list names is looked for by the number of the folder', async () => {
    const folder = { ...(exchange('folder-object').response.body as object), locked: false, lock_at: null };
    const file = { id: 5, folder_id: 2937, display_name: 'a.txt', locked: false, hidden: false, size: 1 };
    const answers = {
      ...studentOf(1401, 2934),
      '/api/v1/folders/2937': { json: folder },
      '/api/v1/courses/1401/files': { json: [file] },
    };
    const listing = await listingOf(answers, { course: 1401 });
    expect(pathsOf(listing)).toEqual(['11folder/a.txt']);
    expect(listing.complete).toBe(true);
  });

  it('in a folder that Canvas locks is withheld, however it is found', async () => {
    const file = { id: 5, folder_id: 2937, display_name: 'a.txt', locked: false, hidden: false, size: 1 };
    const answers = {
      ...studentOf(1401, 2934),
      '/api/v1/folders/2937': 'folder-object',
      '/api/v1/courses/1401/files': { json: [file] },
    };
    expect(entryAt(await listingOf(answers, { course: 1401 }), '11folder', 'a.txt').visible).toEqual(
      withheldIndefinitely,
    );
  });

  it('that was uploaded anew has a new number and another stamp', async () => {
    const { before, after } = exchange('overwrite-gives-new-id').response as unknown as {
      readonly before: object;
      readonly after: object;
    };
    const more = { locked: false, hidden: false, size: 4, modified_at: '2026-01-10T08:00:00Z' };
    const replayed = await start({
      ...studentOf(7, 11),
      [FILES]: [{ json: [{ ...before, ...more }] }, { json: [{ ...after, ...more }] }],
    });
    const session = await replayed.open({ course: 7 });
    const [first, second] = [await listed(session), await listed(session)];
    expect([entryAt(first, 'test.txt').id, entryAt(second, 'test.txt').id]).toEqual(['501', '612']);
    expect(entryAt(first, 'test.txt').stamp).not.toBe(entryAt(second, 'test.txt').stamp);
  });
});

describe('modules, where the Files page is off', () => {
  const off = {
    '/api/v1/courses/222/files': 'error-403-not-permitted',
    '/api/v1/courses/222/folders': 'error-403-not-permitted',
  };
  const slides = { ...(exchange('file-object-current-docs').response.body as object), display_name: 'slides.pdf' };
  const open = { ...slides, unlock_at: null, lock_at: null };

  it('give their files, and nothing that lies elsewhere', async () => {
    const listing = await listingOf(
      {
        ...studentOf(222, 1),
        ...off,
        '/api/v1/courses/222/modules': 'modules-with-items-student',
        '/api/v1/courses/222/files/569': { json: open },
      },
      { course: 222 },
    );
    expect(listing).toMatchObject({ complete: true, problems: [] });
    expect(pathsOf(listing)).toEqual(['Imaginary Numbers and You/slides.pdf']);
  });

  it('are off in older releases with a 401 that is not about the token', async () => {
    const refused = 'error-401-not-permitted-older';
    const listing = await listingOf(
      {
        ...studentOf(222, 1),
        '/api/v1/courses/222/files': refused,
        '/api/v1/courses/222/folders': refused,
        '/api/v1/courses/222/modules': 'modules-with-items-student',
        '/api/v1/courses/222/files/569': { json: open },
      },
      { course: 222 },
    );
    expect(pathsOf(listing)).toEqual(['Imaginary Numbers and You/slides.pdf']);
  });

  it('with many items are asked for them page by page', async () => {
    const item = (id: number) => ({ id, type: 'File', title: `f${String(id)}`, content_id: id, content_details: {} });
    const path = '/api/v1/courses/222/modules/123/items';
    const next = `<https://canvas.example.edu${path}?page=2>; rel="next"`;
    const file = (id: number) => ({ json: { ...open, id, display_name: `f${String(id)}` } });
    const listing = await listingOf(
      {
        ...studentOf(222, 1),
        ...off,
        '/api/v1/courses/222/modules': 'modules-items-omitted',
        [path]: [{ headers: { link: next }, json: [item(1)] }, { json: [item(2)] }],
        '/api/v1/courses/222/files/1': file(1),
        '/api/v1/courses/222/files/2': file(2),
      },
      { course: 222 },
    );
    expect(pathsOf(listing)).toEqual(['Imaginary Numbers and You/f1', 'Imaginary Numbers and You/f2']);
  });
});

describe('a refusal', () => {
  it('of the token is a failed sign-in', async () => {
    const answers = { ...studentOf(7, 11), '/api/v1/courses/7/permissions': 'error-401-bad-token' };
    expect(await failureOf(listingOf(answers, { course: 7 }))).toMatchObject({ code: 'source-login', retry: 'login' });
  });

  it.each(['error-403-not-permitted', 'error-401-not-permitted-older'])('%s is not about the token', async (name) => {
    const answers = {
      '/api/v1/courses/7/permissions': name,
      '/api/v1/courses/7': name,
      '/api/v1/courses/7/tabs': name,
    };
    expect(await failureOf(listingOf(answers, { course: 7 }))).toMatchObject({ code: 'source-forbidden' });
  });

  it.each(['throttled-403', 'throttled-429'])('%s is a request for patience', async (name) => {
    const replayed = await start({ ...studentOf(7, 11), [FILES]: [name, name, 'files-list-student'] });
    const listing = await listed(await replayed.open({ course: 7 }));
    expect(pathsOf(listing)).toEqual(['ztest.txt']);
    expect(replayed.pauses.length).toBeGreaterThanOrEqual(2);
  });

  it.each(['throttled-403', 'throttled-429'])('%s for good is told as such, and no gap', async (name) => {
    const answers = { ...studentOf(7, 11), [FILES]: name };
    expect(await failureOf(listingOf(answers, { course: 7 }))).toMatchObject({ code: 'source-throttled' });
  });
});

describe('pages', () => {
  it('are found by the link, as it is', async () => {
    const { headers } = exchange('pagination-link-header').response;
    expect(nextPage(headers['Link'])).toBe(
      'https://canvas.example.edu/api/v1/courses/7/files?page=bookmark:WzD4DQ&per_page=100',
    );
    const replayed = await start({ ...studentOf(7, 11), [FILES]: ['pagination-link-header', 'files-list-student'] });
    const listing = await listed(await replayed.open({ course: 7 }));
    expect(pathsOf(listing)).toEqual(['ztest.txt']);
    expect(replayed.asked.at(-1)).toEqual({
      path: `${FILES}?page=bookmark:WzD4DQ&per_page=100`,
      authorization: 'Bearer replay-token-4711',
    });
  });

  it.each([
    ['another host', 'https://canvas.example.net/api/v1/courses/7/files?page=2'],
    ['an address that is none', 'https://[/'],
    ['itself', 'https://canvas.example.edu/api/v1/courses/7/files?page=2'],
  ])('that lead to %s are no list', async (_where, next) => {
    const link = { link: `<${next}>; rel="next"` };
    const replayed = await start({ ...studentOf(7, 11), [FILES]: { headers: link, json: [] } });
    expect(await failureOf(listed(await replayed.open({ course: 7 })))).toMatchObject({ code: 'source-invalid' });
    expect(replayed.elsewhere).toEqual([]);
  });

  it('that fail half-way are no list', async () => {
    const replayed = await start({
      ...studentOf(7, 11),
      [FILES]: ['pagination-link-header', 'error-403-not-permitted'],
    });
    expect(await failureOf(listed(await replayed.open({ course: 7 })))).toMatchObject({ code: 'source-forbidden' });
  });
});

describe('every exchange', () => {
  it('is replayed by a test, or listed with the reason why not', () => {
    const folder = join(import.meta.dirname, '../../fixtures/canvas');
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const rows = readme.slice(readme.indexOf('| ---'));
    const unused = [...rows.matchAll(/^\| ([a-z0-9-]+) +\| \w+ .*\|$/gm)].map(([, name]) => name);
    const own = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
    const tests = own.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('');
    const used = exchangeNames().filter((name) => tests.includes(`'${name}'`));
    expect([...used, ...unused].sort()).toEqual([...exchangeNames()].sort());
  });
});
