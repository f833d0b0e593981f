/** Lists of several pages, and what a refresh costs the server beyond what docs/sources.md counts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../bench.ts';
import { Reader, shown, troubles } from './reader.ts';

let reader: Reader;
beforeEach(async () => {
  reader = await Reader.start();
});
afterEach(() => reader.stop());

describe('lists of several pages', () => {
  it('are read to their end', async () => {
    for (let at = 0; at < 2100; at += 1) reader.put({ [`f${String(at)}`]: 'x' });
    const counts = await reader.counting(async () => expect(shown(await reader.list())).toHaveLength(2100));
    expect(counts['file-refs']).toBe(3);
  });

  it('of files that change meanwhile are a problem of their folder', async () => {
    for (let at = 0; at < 1100; at += 1) reader.put({ [`w/f${String(at)}`]: 'x' });
    reader.put({ 'a.txt': 'a' });
    const { site } = reader;
    const { disturb } = site;
    let pages = 0;
    site.disturb = (items, folder) => {
      if (folder === '' || items.length < 2) return disturb(items, folder);
      pages += 1;
      return pages > 1 ? items.slice(1) : items;
    };
    const listing = await reader.list();
    expect([troubles(listing), shown(listing), listing.complete]).toEqual([['source-changed w'], ['a.txt'], true]);
  });

  it('of as many files as before, with one gone and one new, are not taken for whole', async () => {
    for (let at = 0; at < 1100; at += 1) reader.put({ [`w/f${String(at)}`]: 'x' });
    const { site } = reader;
    const { disturb } = site;
    const added = site.put(['new'], Buffer.from('x'));
    let pages = 0;
    let last: unknown;
    site.disturb = (items, folder) => {
      if (folder === '' || items.length < 2) return disturb(items, folder);
      pages += 1;
      last = { ...(items[0] as object), id: added.id };
      return pages > 1 ? [last, ...items.slice(0, -1)] : items;
    };
    expect(troubles(await reader.list())).toEqual(['source-changed w']);
  });

  it('of folders that change meanwhile end the refresh', async () => {
    for (let at = 0; at < 1100; at += 1) reader.site.makeFolder([`w${String(at)}`]);
    const { site } = reader;
    const { disturb } = site;
    let pages = 0;
    site.disturb = (items, folder) => {
      if (folder !== '') return disturb(items, folder);
      pages += 1;
      return pages > 1 ? [...items, items[0]] : items;
    };
    expect((await failureOf(reader.list())).code).toBe('source-changed');
  });
});

describe('older releases', () => {
  it('do not say how many files a folder has: all are asked', async () => {
    reader.site.tellsCounts = false;
    reader.put({ 'w/a.txt': 'a' });
    reader.site.makeFolder(['empty']);
    const counts = await reader.counting(async () => expect(shown(await reader.list())).toEqual(['w/a.txt']));
    expect(counts['file-refs']).toBe(3);
  });
});
