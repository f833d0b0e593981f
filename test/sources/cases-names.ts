import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { parseRelPath } from '../../src/core/paths.ts';
import { placeEntries } from '../../src/sources/listing.ts';
import type { Listing } from '../../src/sources/source.ts';
import { type Bench, entryAt, pathsOf } from './bench.ts';
import type { Case } from './conformance.ts';

/** Names that platforms allow and programs trip over. */
export const hostileNames: readonly string[] = [
  'new\nline.txt',
  'carriage\rreturn.txt',
  'tab\there.txt',
  'escape\u001b[31m.txt',
  ' leading.txt',
  'trailing ',
  '.dotfile',
  'ends.',
  '~tilde.txt',
  '-dash.txt',
  '.',
  '..',
  'a/b.txt',
  'a\\b.txt',
  '../../.bashrc',
  'hash#1.txt',
  'question?.txt',
  'percent%46.txt',
  'percent%.txt',
  'plus+.txt',
  'and&amp;.txt',
  'quote".txt',
  "apostrophe'.txt",
  'semi;colon.txt',
  'back`tick`.txt',
  '$(date).txt',
  'less<than>.txt',
  'emoji😀.txt',
  'umlaut-nfc-\u00fc.txt',
  'umlaut-nfd-u\u0308.txt',
  '\u202efdp.exe',
  'zero\u200bwidth.txt',
  'x'.repeat(251) + '.txt',
  'ü'.repeat(120) + '.txt',
  'y'.repeat(296) + '.txt',
  'CON',
  'aux.txt',
  'colon:stream.txt',
  '.git',
  '.GIT ',
  'git~1',
  '.g\u200cit',
  '.gitmodules',
  '.f2git',
];

function place(listing: Listing, previous: Parameters<typeof placeEntries>[1] = new Map()) {
  return placeEntries(listing, previous);
}

async function twice(bench: Bench): Promise<void> {
  const first = place((await bench.listed()).listing);
  const again = (await bench.listed()).listing;
  const reordered = { ...again, entries: again.entries.toReversed() };
  const previous = new Map(first.files.map(({ id, path }) => [id, path]));
  const pathsById = (placed: typeof first) => Object.fromEntries(placed.files.map(({ id, path }) => [id, path]));
  expect(pathsById(place(reordered))).toEqual(pathsById(first));
  expect(pathsById(place(reordered, previous))).toEqual(pathsById(first));
}

export const nameCases: readonly Case[] = [
  {
    id: 'C22',
    title: 'every name becomes a legal, unique, stable path with its content, or a problem',
    async run(bench, { driver }) {
      const names = hostileNames.filter((name) => driver.refuses?.(name) !== true);
      for (const [at, name] of names.entries()) await driver.put([name], Buffer.from(`content ${at}`));
      const { session, listing } = await bench.listed();
      const { files, problems } = place(listing);
      expect(files.length + problems.length).toBeGreaterThanOrEqual(names.length);
      const contents = new Set<string>();
      for (const { path, entry } of files) {
        expect(parseRelPath(path)).toBe(path);
        contents.add((await bench.read(session, entry)).toString());
      }
      expect(contents.size).toBe(files.length);
      expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
      await twice(bench);
    },
  },
  {
    id: 'C23',
    title: 'two items with one name are both delivered, under stable names',
    needs: ['putTwin'],
    async run(bench, { driver }) {
      await driver.put(['a.txt'], Buffer.from('one'));
      await driver.putTwin?.(['a.txt'], Buffer.from('two'));
      const { session, listing } = await bench.listed();
      expect(place(listing).files.map(({ path }) => path)).toEqual(['a (2).txt', 'a.txt']);
      const contents = [];
      for (const entry of listing.entries) contents.push((await bench.read(session, entry)).toString());
      expect(contents.sort()).toEqual(['one', 'two']);
      await twice(bench);
    },
  },
  {
    id: 'C24',
    title: 'names that differ in case only are both delivered',
    async run(bench, { driver }) {
      const names = ['Lab.txt', 'lab.txt'].filter((name) => driver.refuses?.(name) !== true);
      for (const name of names) await driver.put([name], Buffer.from(name));
      const { listing } = await bench.listed();
      expect(place(listing).files).toHaveLength(names.length);
      await twice(bench);
    },
  },
  {
    id: 'C25',
    title: 'an overwritten file keeps its id and changes its stamp',
    async run(bench, { driver }) {
      await bench.put({ 'w/a.txt': 'one', 'b.txt': 'b' });
      const before = (await bench.listed()).listing;
      await driver.overwrite(['w', 'a.txt'], Buffer.from('two!'));
      const { session, listing } = await bench.listed();
      expect(entryAt(listing, 'w', 'a.txt').id).toBe(entryAt(before, 'w', 'a.txt').id);
      expect(entryAt(listing, 'w', 'a.txt').stamp).not.toBe(entryAt(before, 'w', 'a.txt').stamp);
      expect((await bench.read(session, entryAt(listing, 'w', 'a.txt'))).toString()).toBe('two!');
    },
  },
  ...(['rename', 'move'] as const).map((verb): Case => ({
    id: verb === 'rename' ? 'C26' : 'C26-move',
    title: `a ${verb} keeps the id exactly if the adapter claims so`,
    needs: [verb],
    async run(bench, { driver }) {
      await bench.put({ 'w/a.txt': 'a', 'x/b.txt': 'b' });
      const before = entryAt((await bench.listed()).listing, 'w', 'a.txt');
      const to = verb === 'rename' ? ['w', 'new.txt'] : ['x', 'a.txt'];
      await (verb === 'rename' ? driver.rename?.(['w', 'a.txt'], 'new.txt') : driver.move?.(['w', 'a.txt'], to));
      const { session, listing } = await bench.listed();
      const after = entryAt(listing, ...to);
      const { identity } = bench.harness.adapter.capabilities;
      // Where only some entries keep their ids, the adapter's own tests say which.
      if (identity !== 'mixed') expect(after.id === before.id).toBe(identity === 'stable');
      expect(pathsOf(listing)).not.toContain('w/a.txt');
      expect((await bench.read(session, after)).toString()).toBe('a');
    },
  })),
  {
    id: 'C27',
    title: 'a file deleted and made again is another one, where files have ids',
    async run(bench, { driver }) {
      await bench.put({ 'a.txt': 'one', 'b.txt': 'b' });
      const before = entryAt((await bench.listed()).listing, 'a.txt');
      await driver.remove(['a.txt']);
      expect(pathsOf((await bench.listed()).listing)).toEqual(['b.txt']);
      await bench.put({ 'a.txt': 'other' });
      const after = entryAt((await bench.listed()).listing, 'a.txt');
      if (bench.harness.adapter.capabilities.identity === 'stable') expect(after.id).not.toBe(before.id);
      else expect(after.stamp).not.toBe(before.stamp);
    },
  },
  {
    id: 'C28',
    title: 'a new date changes the stamp or nothing, never the bytes',
    needs: ['touch'],
    async run(bench, { driver }) {
      await bench.put({ 'a.txt': 'same' });
      await driver.touch?.(['a.txt']);
      const { session, listing } = await bench.listed();
      expect((await bench.read(session, entryAt(listing, 'a.txt'))).toString()).toBe('same');
    },
  },
  {
    id: 'C29',
    title: 'other bytes of the same size and date are noticed, or the stamp claims no more than that',
    needs: ['overwriteUnseen'],
    async run(bench, { driver }) {
      await bench.put({ 'a.txt': 'one' });
      const { session } = await bench.listed();
      await wait(60);
      const before = entryAt(await bench.list(session), 'a.txt');
      await driver.overwriteUnseen?.(['a.txt'], Buffer.from('two'));
      const after = entryAt((await bench.listed()).listing, 'a.txt');
      if (bench.harness.adapter.capabilities.stamp !== 'weak') expect(after.stamp).not.toBe(before.stamp);
    },
  },
];
