/** What a site may say that is wrong, broken or not for students: nothing of it becomes content, a gap or a leak. */
import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../src/sources/source.ts';
import { entryAt, failureOf, pathsOf, readBody, visiblePaths } from '../bench.ts';
import type { SiteModule, SiteSection } from '../fake/moodle-site.ts';
import { addFile, signal, start, type World } from './world.ts';

/** A site read by a teacher's token. */
async function byTeacher(): Promise<World> {
  const world = await start();
  world.site.role = 'teacher';
  return world;
}

const problemsOf = ({ problems }: Listing): readonly string[] =>
  problems.map(({ segments, code }) => `${code} ${segments.join('/')}`);

describe('content', () => {
  it.each([
    ['small', 12],
    ['large', 600_000],
  ])('of the listed size that is not what the entity tag promises is refused: %s', async (_what, size) => {
    const { site, listed } = await start();
    const module = addFile(site, site.addSection('Woche'), 'a.bin');
    module.files?.set('/a.bin', { bytes: Buffer.alloc(size, 'a'), modified: 1, sent: Buffer.alloc(size, 'b') });
    const { session, listing } = await listed();
    const reading = session.fetch(entryAt(listing, 'Woche', 'a.bin'), signal).then(readBody);
    expect((await failureOf(reading)).code).toBe('source-changed');
  });

  it('that Moodle only refers to is a problem and no file', async () => {
    const { site, listed } = await start();
    addFile(site, site.addSection('Woche'), 'a.txt');
    site.trouble = { changeContent: (content) => ({ ...content, isexternalfile: true }) };
    const { listing } = await listed();
    expect([pathsOf(listing), problemsOf(listing)]).toEqual([[], ['kind-refused Woche/a.txt']]);
  });
});

describe('a listing', () => {
  it('without a single section is none', async () => {
    const { site, open } = await start();
    site.sections.length = 0;
    expect((await failureOf((await open()).list(signal))).code).toBe('source-invalid');
  });

  it('with an activity that cannot be understood names it, and has the rest', async () => {
    const { site, listed } = await start();
    const section = site.addSection('Woche');
    addFile(site, section, 'a.txt');
    site.addModule(section, 'folder', 'Kaputt', { context: 'x' as never });
    const { listing } = await listed();
    expect([pathsOf(listing), problemsOf(listing), listing.complete]).toEqual([
      ['Woche/a.txt'],
      ['source-invalid Woche/Kaputt'],
      true,
    ]);
  });

  it('with a section, or a nameless activity, that cannot be understood proves no deletion', async () => {
    for (const broken of ['section', 'activity'] as const) {
      const { site, listed } = await start();
      const section = site.addSection('Woche', broken === 'section' ? { id: 'x' as never } : {});
      site.addModule(section, 'folder', '', { id: 'x' as never });
      addFile(site, site.addSection('Da'), 'a.txt');
      const { listing } = await listed();
      expect([pathsOf(listing), problemsOf(listing), listing.complete]).toEqual([
        ['Da/a.txt'],
        ['source-invalid ?'],
        false,
      ]);
    }
  });

  it('with a broken file in a folder freezes that file, and with a nameless one all of the folder', async () => {
    const { site, listed } = await start();
    const folder = site.addModule(site.addSection('Woche'), 'folder', 'Ordner');
    for (const name of ['a', 'b']) folder.files?.set(`/${name}.txt`, { bytes: Buffer.from(name), modified: 1 });
    const breakA = (changes: Record<string, unknown>) => (content: Record<string, unknown>) =>
      content['filename'] === 'a.txt' ? { ...content, ...changes } : content;
    site.trouble = { changeContent: breakA({ filesize: -1 }) };
    expect(problemsOf((await listed()).listing)).toEqual(['source-invalid Woche/Ordner/a.txt']);
    site.trouble = { changeContent: breakA({ filename: null }) };
    expect(problemsOf((await listed()).listing)).toEqual(['source-invalid Woche/Ordner']);
  });
});

describe('what students are not shown', () => {
  it('is not named in a problem, and known files of it are not gone', async () => {
    const { site, listed } = await byTeacher();
    const folder = site.addModule(site.addSection('Woche'), 'folder', 'Klausur');
    for (const name of ['a', 'b']) folder.files?.set(`/${name}.txt`, { bytes: Buffer.from(name), modified: 1 });
    const known = (await listed()).listing.entries.map(({ id }) => id);
    folder.visible = false;
    site.trouble = {
      changeContent: (content) => (content['filename'] === 'a.txt' ? { ...content, filesize: 'x' } : content),
    };
    const { session, listing } = await listed();
    expect([visiblePaths(listing), problemsOf(listing)]).toEqual([[], []]);
    const unlisted = known.filter((id) => !listing.entries.some((entry) => entry.id === id));
    expect(unlisted).toHaveLength(1);
    expect(await session.withheld?.(unlisted, signal)).toEqual(new Set(unlisted));
  });

  it.each<readonly [string, Partial<SiteModule>, Partial<SiteSection>]>([
    ['it is hidden', { visible: false }, {}],
    ['it is restricted', { availability: '{}' }, {}],
    ['it may be anything', { visible: 'x' as never }, {}],
    ['its section is hidden', {}, { visible: false }],
  ])('is named in no problem when it cannot be understood and %s', async (_what, module, section) => {
    const { site, listed } = await byTeacher();
    site.addModule(site.addSection('Woche', section), 'folder', 'Klausur', { context: 'x' as never, ...module });
    const { listing } = await listed();
    expect([problemsOf(listing), listing.complete]).toEqual([['source-invalid ?'], false]);
  });

  it('waits for the date of the subsection it lies in', async () => {
    const { site, listed } = await byTeacher();
    const stand = site.addModule(site.addSection('Woche'), 'subsection', 'Später', {
      availability: '{"op":"&","c":[{"type":"date","d":">=","t":4070908800}],"showc":[true]}',
    });
    addFile(site, site.addSection('Später', { subsectionOf: stand }), 'a.txt');
    const { listing } = await listed();
    expect(entryAt(listing, 'Woche', 'Später', 'a.txt').visible).toEqual({ from: '2099-01-01T00:00:00.000Z' });
  });

  it('lies in a subsection whose place is not shown', async () => {
    const { site, listed } = await start();
    const stand = site.addModule(site.addSection('Woche'), 'subsection', 'Irgendwo');
    addFile(site, site.addSection('Irgendwo', { subsectionOf: stand }), 'a.txt');
    site.sections[1]?.modules.pop();
    expect(visiblePaths((await listed()).listing)).toEqual([]);
  });

  it('is noticed when only its date changed', async () => {
    const { site, listed, open } = await byTeacher();
    const module = addFile(site, site.addSection('Woche'), 'a.txt');
    const { memory } = (await listed()).listing;
    module.availability = '{"op":"&","c":[{"type":"date","d":">=","t":4070908800}],"showc":[true]}';
    const session = await open(memory === undefined ? {} : { memory });
    expect((await session.list(signal)).kind).toBe('listing');
  });
});
