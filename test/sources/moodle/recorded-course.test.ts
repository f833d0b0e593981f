/** Recorded listings: what each shows, and what a teacher's work between two of them means. */
import { describe, expect, it } from 'vitest';
import { placeEntries } from '../../../src/sources/listing.ts';
import { type CourseItem, readCourse } from '../../../src/sources/moodle/course.ts';
import type { Listing } from '../../../src/sources/source.ts';
import { isListing, recording, unusedRecordings } from '../../support/moodle-recordings.ts';
import { listed } from './replay.ts';

/** What a student of the course can see at noon on the day after the recordings. */
function shownIn(listing: Listing): readonly string[] {
  const at = '2026-11-23T12:00:00.000Z';
  const isShown = ({ visible }: Listing['entries'][number]) =>
    (visible?.from ?? '') <= at && (visible?.until === undefined || visible.until > at);
  return listing.entries
    .filter(isShown)
    .map(({ segments }) => segments.join(' / '))
    .sort();
}

const FIRST = 'Woche 1: Einführung & Übersicht';
const NAMES = 'Namen / Sonderzeichen? 100% #1';
const ODD = `${NAMES} / Ü/ä: 100% "quote" #1? fett & Co.`;

/** What both students see at the start, whatever their group. */
const forAll = [
  'Syllabus.pdf',
  ...['Folien 1.pdf', 'Externe Seite.md', 'Seite mit Bild.md', 'Buch.md'].map((name) => `${FIRST} / ${name}`),
  ...['Blatt 0.pdf', 'Blatt 1 / Blatt 1.pdf', 'Blatt 1 / Lösung ä / Lösung 1.pdf'].map(
    (name) => `${FIRST} / Übungsblätter / ${name}`,
  ),
  ...['Blatt 2 / data.csv', 'Blatt 2 / notebook.ipynb'].map((name) => `${FIRST} / Übungsblätter / ${name}`),
  `${FIRST} / Seite mit Bild / bild 1.png`,
  ...['index.html', 'sub / b.txt', 'zusatz.txt'].map((name) => `${FIRST} / Mehrere Dateien / ${name}`),
  'New section / x.txt',
  'Zugriff / past.txt',
  ...['Pr\u00fcfung.txt', 'Pru\u0308fung.txt', '100% #1 sicher?.txt', 'a+b  c;d=e.txt'].map(
    (name) => `${ODD} / ${name}`,
  ),
  ...['Doppelpunkt und Backslash*.txt', ' führend.txt', 'punkt..txt', '%2e%2e%2fetc.txt'].map(
    (name) => `${ODD} / ${name}`,
  ),
  ...['emoji 😀.txt', '.gitignore', 'CON.txt', 'readme.TXT', 'README.txt', '.git / config'].map(
    (name) => `${ODD} / ${name}`,
  ),
  `${ODD} / Ünter ordner #2 / datei ?.txt`,
  ...['Pru\u0308fung.txt', 'zweite.txt', 'ml.txt'].map((name) => `${NAMES} / ${name}`),
  ...['Folien 1.pdf', 'Folien 1.pdf'].map((name) => `${FIRST} (8) / ${name}`),
  'Groß / gross 50MB.bin',
  ...['update-me', 'rename-me', 'delete-me', 'move-me', 'hide-me'].map((name) => `Änderungen / ${name}.txt`),
  ...['a', 'b', 'c'].map((name) => `Änderungen / folder update / ${name}.txt`),
  'Änderungen / Unterabschnitt / unter.txt',
];

describe('a recorded course', () => {
  const isLong = (path: string): boolean => path.includes('lang-lang');
  const shown = (listing: Listing) => shownIn(listing).filter((path) => !isLong(path));

  it('is listed as a student sees it, group by group', async () => {
    const ofA = await listed(['contents-student']);
    const ofB = await listed(['contents-student2']);
    expect(shown(ofA)).toEqual([...forAll, 'Zugriff / gruppe-a.txt'].sort());
    const forB = ['Zugriff / gruppe-b.txt', 'Zugriff / Ordner nur Gruppe B / gb / gb.txt'];
    expect(shown(ofB)).toEqual([...forAll, ...forB].sort());
    expect(ofA).toMatchObject({ complete: true, problems: [] });
    expect(shownIn(ofA).filter(isLong)).toHaveLength(1);
  });

  it('is listed as every student sees it where the token is a teacher’s', async () => {
    const listing = await listed(['contents-teacher']);
    expect(shown(listing)).toEqual(forAll.toSorted());
    const withheld = listing.entries.filter(({ visible }) => (visible?.from ?? '') > '2027');
    const [dated, undated] = [true, false].map((isDated) =>
      withheld.filter(({ visible }) => (visible?.from ?? '').startsWith('2099') === isDated),
    );
    expect(dated?.map(({ segments }) => segments.join('/')).sort()).toEqual([
      'Zugriff/future-hidden.txt',
      'Zugriff/future.txt',
    ]);
    expect(undated?.map(({ segments }) => segments.join('/')).sort()).toEqual([
      'Ab 2099/gesperrt.txt',
      'Versteckte Woche/geheim-woche.txt',
      'Zugriff/Ordner nur Gruppe B/gb/gb.txt',
      'Zugriff/gruppe-a.txt',
      'Zugriff/gruppe-b.txt',
      'Zugriff/stealth.txt',
      'Zugriff/verborgen.txt',
    ]);
  });

  it('has the same ids for a teacher as for a student: what is shown later is the file it was', async () => {
    const student = await listed(['contents-student']);
    const teacher = await listed(['contents-teacher']);
    const places = (listing: Listing) => new Map(listing.entries.map(({ id, segments }) => [id, segments.join('/')]));
    const known = places(teacher);
    for (const [id, path] of places(student)) expect(known.get(id)).toBe(path);
  });

  it.each([
    ['guest-course-contents', '3', ['New section / fremd.txt']],
    ['contents-student-past-course', '5', ['New section / alt.txt']],
  ])('%s', async (name, course, paths) => {
    expect(shownIn(await listed([name], { course }))).toEqual(paths);
  });

  it.each([
    ['contents-folder-inline', 'Änderungen / Inline-Ordner / d0 / inline0.txt'],
    ['contents-student-filter-true', undefined],
    ['contents-student-stealth-sectionhidden', 'Syllabus.pdf'],
    ['final-contents-student', `${FIRST} / move-me.txt`],
    ['final-contents-student2', 'Syllabus.pdf'],
    ['final-contents-teacher', 'Syllabus.pdf'],
    ['service-custom-contents-section1', `${FIRST} / Folien 1.pdf`],
  ])('%s is read whole', async (name, path) => {
    const listing = await listed([name]);
    expect(listing).toMatchObject({ complete: true, problems: [] });
    if (path !== undefined) expect(shownIn(listing)).toContain(path);
    expect(shownIn(listing).some((one) => one.includes('versteckt') || one.includes('stealth'))).toBe(false);
  });

  it('delivers a name of 464 bytes under one of at most 240', async () => {
    const { files, problems } = placeEntries(await listed(['long-name']), new Map());
    expect(problems).toEqual([]);
    const longest = Math.max(...files.flatMap(({ path }) => path.split('/')).map((name) => Buffer.byteLength(name)));
    expect(longest).toBeGreaterThan(200);
    expect(longest).toBeLessThanOrEqual(240);
  });
});

interface Change {
  readonly gone?: readonly string[];
  readonly came?: readonly string[];
  readonly moved?: Readonly<Record<string, string>>;
  readonly restamped?: readonly string[];
}

/** What became of each file between two recorded listings, by id. */
function changeBetween(before: string, after: string): Required<Change> {
  const [then, now] = [itemsOf(before), itemsOf(after)];
  const pathOf = ({ segments }: CourseItem) => segments.join('/');
  const both = [...then.values()].flatMap((old) => {
    const item = now.get(old.id);
    return item === undefined ? [] : [{ old, item }];
  });
  const moved = both.filter(({ old, item }) => pathOf(old) !== pathOf(item));
  return {
    gone: [...then.values()].filter(({ id }) => !now.has(id)).map(pathOf),
    came: [...now.values()].filter(({ id }) => !then.has(id)).map(pathOf),
    moved: Object.fromEntries(moved.map(({ old, item }) => [pathOf(old), pathOf(item)])),
    restamped: both.filter(({ old, item }) => old.stamp !== item.stamp).map(({ item }) => pathOf(item)),
  };
}

function itemsOf(name: string): ReadonlyMap<string, CourseItem> {
  const { items } = readCourse(recording(name).response.body as unknown[], 'https://moodle.example/');
  return new Map(items.map((item) => [item.id, item]));
}

describe('what a teacher did', () => {
  it.each<readonly [string, string, string, Change]>([
    [
      'an activity was renamed and another one deleted',
      'contents-student',
      'change-delete-contents',
      { gone: ['Änderungen/delete-me.txt'] },
    ],
    [
      'one was moved, one hidden, and a section hidden',
      'change-delete-contents',
      'change-hidesection-contents',
      {
        gone: ['New section/x.txt', 'Änderungen/hide-me.txt'],
        moved: { 'Änderungen/move-me.txt': `${FIRST}/move-me.txt` },
      },
    ],
    [
      'sections were renamed and moved, and a date came',
      'change-hidesection-contents',
      'change-avail-contents',
      { came: ['Zugriff/future.txt'], moved: { 'Groß/gross 50MB.bin': 'Sehr groß/gross 50MB.bin' } },
    ],
    [
      'the student came into a group, an activity was added, one duplicated',
      'change-avail-contents',
      'change-dup-contents',
      {
        came: [
          'Zugriff/gruppe-b.txt',
          'Zugriff/Ordner nur Gruppe B/gb/gb.txt',
          'Änderungen/resource1.txt',
          ...['index.html', 'sub/b.txt', 'zusatz.txt'].map((name) => `${FIRST}/Mehrere Dateien (copy)/${name}`),
        ],
      },
    ],
    [
      'a link was added, a page edited, a file replaced by one of its size',
      'change-dup-contents',
      'change-update-contents',
      { came: ['Änderungen/Link ASCII.md'], restamped: ['Änderungen/update-me.txt'] },
    ],
    ['settings were saved', 'change-update-contents', 'change-resave-contents', {}],
    [
      'the file of an activity was renamed',
      'change-resave-contents',
      'change-renamefile-contents',
      {
        moved: { 'Änderungen/rename-me.txt': 'Änderungen/neuer name.txt' },
        restamped: ['Änderungen/neuer name.txt'],
      },
    ],
    [
      'files in a folder were replaced, deleted, renamed, added',
      'change-renamefile-contents',
      'change-folder-contents',
      {
        gone: ['a.txt', 'c.txt'].map((name) => `Änderungen/folder update/${name}`),
        came: ['a2.txt', 'neu/d.txt'].map((name) => `Änderungen/folder update/${name}`),
        restamped: ['Änderungen/folder update/b.txt'],
      },
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(changeBetween(before, after)).toEqual({ gone: [], came: [], moved: {}, restamped: [], ...expected });
  });
});

/** What releases before 4.5 did not say yet. */
const NEWER = new Set(['contextid', 'component', 'itemid', 'downloadcontent', 'hiddenbynumsections']);

it('a listing of an older release, which says less, has the same files', () => {
  const whole = recording('contents-student2').response.body as unknown[];
  const older = JSON.parse(
    JSON.stringify(whole, (key, value: unknown) => (NEWER.has(key) ? undefined : value)),
  ) as unknown[];
  const paths = (answer: unknown[]) =>
    readCourse(answer, 'https://moodle.example/').items.flatMap(({ id, segments, visible }) =>
      visible === undefined && !id.includes('/note') ? [`${id} ${segments.join('/')}`] : [],
    );
  const inPlace = paths(whole).filter((path) => !path.includes('Unterabschnitt'));
  expect(paths(older)).toEqual(expect.arrayContaining(inPlace));
  expect(paths(older)).toContain('53/mod_resource Unterabschnitt/unter.txt');
});

it('every recorded listing is used', () => {
  expect(unusedRecordings(isListing)).toEqual([]);
});
