/** Withheld, closed and deleted look the same in lists; only asking by the id tells them apart. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryId } from '../../../src/core/ids.ts';
import { failureOf } from '../bench.ts';
import { Reader, shown, troubles } from './reader.ts';

let reader: Reader;
beforeEach(async () => {
  reader = await Reader.start();
  reader.put({ 'a.txt': 'a', 'w/b.txt': 'b', 'w/c.txt': 'c', 'w/deep/d.txt': 'd' });
  await reader.refresh();
});
afterEach(() => reader.stop());

const idOf = (path: string) => entryId(reader.site.file(path.split('/')).id);

/** Which of the files, by the ids they had, are still there when `change` was made. */
async function stillThere(paths: readonly string[], change: () => void): Promise<readonly string[]> {
  const ids = new Map(paths.map((path) => [idOf(path), path]));
  change();
  const session = await reader.open();
  await session.list(new AbortController().signal);
  const withheld = await session.withheld?.([...ids.keys()], new AbortController().signal);
  return [...(withheld ?? [])].map((id) => ids.get(id) ?? '').sort();
}

describe('a file that is not listed any more', () => {
  it('is gone where Stud.IP knows it no longer', async () => {
    const { site } = reader;
    expect(await stillThere(['a.txt', 'w/b.txt'], () => site.files.delete(site.file(['a.txt']).id))).toEqual([
      'w/b.txt',
    ]);
  });

  it('is gone where its folder was deleted with it', async () => {
    expect(await stillThere(['w/b.txt', 'w/deep/d.txt'], () => reader.site.removeFolder(['w']))).toEqual([]);
  });

  it('is there where its folder was hidden, which takes one request for all of a folder', async () => {
    const { site } = reader;
    let there: readonly string[] = [];
    const counts = await reader.counting(async () => {
      there = await stillThere(
        ['w/b.txt', 'w/c.txt', 'w/deep/d.txt'],
        () => (site.folder(['w']).type = 'HiddenFolder'),
      );
    });
    expect(there).toEqual(['w/b.txt', 'w/c.txt', 'w/deep/d.txt']);
    expect(counts['one']).toBe(2);
  });

  it.each([
    ['TimedFolder', { permission: 5, start_time: 4_000_000_000 }],
    ['CourseGroupFolder', { group: 'x' }],
    ['OwncloudFolder', {}],
  ])('is there where its folder became a %s', async (type, data) => {
    const { site } = reader;
    expect(await stillThere(['w/b.txt'], () => Object.assign(site.folder(['w']), { type, data }))).toEqual(['w/b.txt']);
  });

  it('is there where it was moved to a hidden folder, and the one it was in is open', async () => {
    const { site } = reader;
    const hidden = site.makeFolder(['hidden'], 'HiddenFolder', {});
    expect(await stillThere(['w/b.txt'], () => (site.file(['w', 'b.txt']).folder = hidden.id))).toEqual(['w/b.txt']);
  });

  it('is gone from a hidden folder when that is shown again', async () => {
    const { site } = reader;
    const [b, c] = [idOf('w/b.txt'), idOf('w/c.txt')];
    await stillThere(['w/b.txt', 'w/c.txt'], () => (site.folder(['w']).type = 'HiddenFolder'));
    site.files.delete(b);
    site.folder(['w']).type = 'StandardFolder';
    const session = await reader.open();
    await session.list(new AbortController().signal);
    expect(await session.withheld?.([b, c], new AbortController().signal)).toEqual(new Set([c]));
  });

  it('is asked for as long as it is withheld, also when nothing else changes', async () => {
    const { site } = reader;
    await stillThere(['w/b.txt'], () => (site.folder(['w']).type = 'HiddenFolder'));
    expect((await reader.refresh()).kind).toBe('listing');
    expect((await reader.refresh()).kind).toBe('listing');
    expect(await stillThere([], () => site.removeFolder(['w']))).toEqual([]);
    await reader.refresh();
    expect((await reader.refresh()).kind).toBe('unchanged');
  });

  it('is gone from this course where it was moved to another', async () => {
    const { site } = reader;
    const [id, other] = [idOf('a.txt'), 'c'.repeat(32)];
    const { disturb } = site;
    site.disturb = (items, folder) =>
      disturb(
        items.filter((one) => (one as { id: string }).id !== id),
        folder,
      );
    site.rangeOf = (file) => (file.id === id ? other : site.course);
    expect(await stillThere(['a.txt'], () => undefined)).toEqual([]);
  });

  it('is never taken for gone when the membership was lost or the server fails', async () => {
    reader.site.isMember = false;
    expect((await failureOf(reader.refresh())).code).toBe('source-forbidden');
    expect((await failureOf(stillThere(['a.txt'], () => undefined))).code).toBe('source-forbidden');
  });
});

describe('a folder Stud.IP fails on, because a file in it is of a plugin that is gone', () => {
  const spoil = (path: string) => {
    reader.site.put(path.split('/'), Buffer.from('x'));
    reader.site.file(path.split('/')).isOfMissingPlugin = true;
  };

  it('is a problem on its path; all others are read, and what is below it is not taken for deleted', async () => {
    reader.put({ 'x/e.txt': 'e', 'y/f.txt': 'f', 'z/g.txt': 'g' });
    await reader.refresh();
    spoil('w/broken.oc');
    const listing = await reader.list();
    expect(troubles(listing)).toEqual(['source-invalid w']);
    expect(shown(listing)).toEqual(['a.txt', 'w/deep/d.txt', 'x/e.txt', 'y/f.txt', 'z/g.txt']);
    expect(listing.complete).toBe(true);
    expect(await stillThere(['w/b.txt'], () => undefined)).toEqual(['w/b.txt']);
  });

  it('is found among many with few requests', async () => {
    reader.put(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`many/${String(at)}/f`, 'x'])));
    await reader.refresh();
    spoil('many/41/broken.oc');
    const counts = await reader.counting(() => reader.list());
    // the whole list, its first item, then halves: two at each of six steps
    expect(counts['folders']).toBeLessThanOrEqual(2 + 2 * 7);
    expect(troubles(await reader.list())).toEqual(['source-invalid many/41']);
  });

  it('is not looked for in a list that changes meanwhile', async () => {
    reader.put({ 'x/e.txt': 'e', 'y/f.txt': 'f' });
    spoil('w/broken.oc');
    const { site } = reader;
    const { disturb } = site;
    let lists = 0;
    site.disturb = (items, folder) => {
      if (folder !== '') return disturb(items, folder);
      lists += 1;
      return lists > 3 ? items.slice(0, -1) : items;
    };
    expect((await failureOf(reader.list())).code).toBe('source-changed');
  });

  it('that nobody knows by name leaves nothing for deleted', async () => {
    reader.forgetCache();
    spoil('w/broken.oc');
    const listing = await reader.list();
    expect(listing.complete).toBe(false);
    expect(shown(listing)).toEqual(['a.txt']);
    expect(troubles(listing)).toEqual(['source-invalid ?']);
  });

  it('is one of several', async () => {
    reader.put({ 'x/e.txt': 'e', 'y/f.txt': 'f' });
    await reader.refresh();
    spoil('w/broken.oc');
    spoil('y/broken.oc');
    const listing = await reader.list();
    expect([troubles(listing), shown(listing)]).toEqual([
      ['source-invalid w', 'source-invalid y'],
      ['a.txt', 'w/deep/d.txt', 'x/e.txt'],
    ]);
  });

  it('is a problem on its path whatever Stud.IP says when it fails, as long as the site is well', async () => {
    const { id } = reader.site.folder(['w']);
    reader.site.intercept = (_method, path) =>
      path.includes(`folders/${id}/file-refs`) ? { status: 500, headers: { 'content-type': 'text/html' } } : undefined;
    const listing = await reader.list();
    expect([troubles(listing), shown(listing), listing.complete]).toEqual([
      ['source-invalid w'],
      ['a.txt', 'w/deep/d.txt'],
      true,
    ]);
    reader.site.intercept = (_method, path) =>
      path.includes('/folders') || path.includes('folders/') || path.endsWith('users/me') ? { status: 500 } : undefined;
    expect((await failureOf(reader.list())).code).toBe('source-unreachable');
  });

  it('ends the refresh where it is the root', async () => {
    spoil('broken.oc');
    const error = await failureOf(reader.list());
    expect([error.code, error.params['detail']]).toEqual(['source-invalid', 'Stud.IP fails on the root folder']);
  });

  it('heals', async () => {
    spoil('w/broken.oc');
    await reader.list();
    reader.site.files.delete(reader.site.file(['w', 'broken.oc']).id);
    const listing = await reader.list();
    expect([troubles(listing), listing.complete]).toEqual([[], true]);
  });
});
