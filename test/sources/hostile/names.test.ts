/** Names of all kinds through every source into a repository and a home: nothing outside, nothing unreadable, nothing lost. */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseCourseId } from '../../../src/core/ids.ts';
import type { Offer } from '../../../src/core/offer.ts';
import { checkSegment, foldPath, parseRelPath } from '../../../src/core/paths.ts';
import { type CourseRepository, openCourseRepository } from '../../../src/repo/course-repository.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { folderAdapter } from '../../../src/sources/folder/index.ts';
import { rcloneAdapter } from '../../../src/sources/rclone/index.ts';
import type { SourceAdapter } from '../../../src/sources/source.ts';
import { runSync } from '../../../src/sync/run.ts';
import { oidOfBytes } from '../../support/course.ts';
import { clock, fastBase, policy } from '../../support/dsl.ts';
import { hostileNames } from '../../support/hostile-names.ts';
import { startCanvasCourse } from '../fake/canvas-course.ts';
import type { Course, CourseDriver } from '../harness.ts';
import { isLong } from './long.ts';
import { attack, subjects } from './subjects.ts';

interface Carrier {
  readonly name: string;
  readonly start: () => Promise<{
    course: Course;
    raw: Course['raw'];
    adapter: SourceAdapter;
    readonly stop: () => Promise<void>;
  }>;
  /** Why it cannot carry a name, or undefined. */
  readonly cannot: (name: string, driver: CourseDriver) => string | undefined;
  /** How many of the corpus that are. */
  readonly refused: number;
}

const bytesOf = (name: string): number => Buffer.byteLength(name);
const byDriver = (reason: string) => (name: string, driver: CourseDriver) =>
  driver.refuses?.(name) === true ? reason : undefined;

const carriers: readonly Carrier[] = [
  carrier('webdav', 346, onDisk('a segment of an address holds no slash, and servers keep files on disks')),
  carrier('zip', 336, (name) =>
    /[/\\\0]/.test(name) || name === '' || !name.isWellFormed() ? 'a slash separates folders in an archive' : undefined,
  ),
  carrier('studip', 24, byDriver('the form takes 255 characters')),
  carrier('ilias', 227, byDriver('the form takes 255 characters, no controls and no blanks at the ends')),
  carrier('ilias (SOAP)', 247, (name, driver) =>
    driver.refuses?.(name) === true || /[\ufffe\uffff]/.test(name) || !name.isWellFormed()
      ? 'the form takes no controls and no blanks at the ends, and XML not every character'
      : undefined,
  ),
  carrier('canvas', 1, byDriver('a file has a name')),
  carrier('moodle', 300, byDriver('Moodle takes slashes out of names')),
  carrier('rclone', 346, onDisk('a segment of an address holds no slash, and servers keep files on disks')),
  carrier('git', 9, (name) => (/\0/.test(name) || name === '' ? 'a zero byte ends a name in a tree' : undefined)),
  {
    name: 'folder',
    refused: 346,
    cannot: (name) =>
      /[/\0]/.test(name) || ['', '.', '..'].includes(name) || bytesOf(name) > 255 || !name.isWellFormed()
        ? 'no file can be called so'
        : undefined,
    start: startFolder,
  },
];

const FOLDER_SIZE = 120;

/** How many of the names are delivered at least; all others are told. */
const SEEN = 0.6;
/** ILIAS shows titles with a slash or another forbidden character to nobody over WebDAV: seven hundred of these names. */
const SEEN_BY_ILIAS = 0.5;
const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe(`${String(hostileNames.length)} hostile names`, () => {
  it('are at least 2,000', () => expect(hostileNames.length).toBeGreaterThanOrEqual(2000));

  it.each(carriers)(
    '$name',
    async ({ name, start, cannot, refused }) => {
      const { course, raw, adapter, stop } = await start();
      cleanUps.push(stop);
      const names = hostileNames.filter((name) => cannot(name, course.driver) === undefined);
      expect(hostileNames.length - names.length, 'names it cannot carry').toBe(refused);
      // Each file takes rclone as long as twenty take the others: a quarter, and all in the long form.
      const carried = adapter.type === 'rclone' && !isLong ? names.filter((_, at) => at % 4 === 0) : names;
      for (const [at, name] of carried.entries()) {
        await course.driver.put([`ordner${String(Math.floor(at / FOLDER_SIZE))}`, name], contentOf(at));
      }
      const around = surroundings();
      const repository = open(around.data, adapter, raw, course);
      const offer = await repository.refresh({ freshness: 0 });
      checkOffer(offer, carried, name === 'ilias' ? SEEN_BY_ILIAS : SEEN);
      execFileSync(
        'git',
        ['-C', join(around.data, 'intro', 'all.git'), 'fsck', '--strict', '--full', '--no-dangling'],
        { stdio: 'pipe' },
      );
      const { contents } = repository;
      await runSync({ workspace: around.workspace, offer, contents, policy, ...clock(), quiet: 0, patience: 2000 });
      expect([...filesBelow(around.workspace)].sort()).toEqual(offer.files.map(({ path }) => path as string).sort());
      expect(around.changed()).toEqual([]);
    },
    120_000,
  );
});

/** Every item is offered with its own content, or a problem names it; and every path is one of its own. */
function checkOffer(offer: Offer, names: readonly string[], least: number): void {
  const offered = new Set<string>(offer.files.map(({ oid }) => oid));
  const problems = new Set(offer.source.problems.map(({ path }) => path));
  const lost = names.filter((name, at) => {
    const folder = `ordner${String(Math.floor(at / FOLDER_SIZE))}`;
    const isNamed = [...problems].some((path) => path.startsWith(`${folder}/`) || path === folder || path === '');
    // What operating systems and editors leave behind is no content of a course.
    const isJunk = checkSegment(name) === 'junk';
    return !offered.has(oidOfBytes(contentOf(at))) && !isNamed && !isJunk;
  });
  expect(JSON.stringify(lost)).toBe('[]');
  expect(offer.files.length).toBeGreaterThanOrEqual(names.length * least);
  expect(offer.files.filter(({ path }) => parseRelPath(path) !== path)).toEqual([]);
  expect(new Set(offer.files.map(({ path }) => foldPath(path))).size).toBe(offer.files.length);
  expect(offered.size).toBe(offer.files.length);
}

function contentOf(at: number): Buffer {
  return Buffer.from(`Inhalt ${String(at)}${'.'.repeat(at % 50)}\n`);
}

function open(data: string, adapter: SourceAdapter, raw: Course['raw'], course: Course): CourseRepository {
  const id = parseCourseId('intro');
  if (id === undefined) throw new Error('not a course id');
  const repository = openCourseRepository({
    dir: join(data, 'intro'),
    course: id,
    title: 'Intro',
    source: {
      adapter,
      config: adapter.parseConfig(raw),
      credentials: adapter.type === 'rclone' ? {} : (course.credentials ?? {}),
      createHttp: () => createHttp({ allowPrivateAddresses: true }),
    },
    now: () => new Date(),
  });
  cleanUps.push(() => repository.close());
  return repository;
}

/** A workspace in the middle of things that must stay as they are. */
function surroundings(): { readonly data: string; readonly workspace: string; changed(): readonly string[] } {
  const base = mkdtempSync(join(fastBase, 'f2git-names-'));
  cleanUps.push(() => rmSync(base, { recursive: true, force: true }));
  const home = join(base, 'home');
  for (const path of [
    '.ssh/authorized_keys',
    '.bashrc',
    '.git/config',
    '.git/hooks/post-checkout',
    'etc/passwd',
    'intro.txt',
    '../canary',
  ]) {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), 'canary');
  }
  const data = join(base, 'data');
  mkdirSync(data);
  const seen = () => [...filesBelow(base)].filter((path) => !/^(home\/intro|data\/intro)\//.test(path)).sort();
  const before = seen();
  return {
    data,
    workspace: join(home, 'intro'),
    changed: () => {
      const now = seen();
      const isWrong = (path: string) => !before.includes(path) || readFileSync(join(base, path), 'utf8') !== 'canary';
      return [...now.filter(isWrong), ...before.filter((path) => !now.includes(path))];
    },
  };
}

function* filesBelow(root: string, folder = ''): Generator<string> {
  for (const name of readdirSync(join(root, folder))) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (path === '.f2git') continue;
    if (lstatSync(join(root, path)).isDirectory()) yield* filesBelow(root, path);
    else yield path;
  }
}

function carrier(name: string, refused: number, cannot: Carrier['cannot']): Carrier {
  const subject = subjects[name]!;
  const start = async () => {
    const attacked = await attack(
      name === 'canvas' ? { ...subject, start: () => startCanvasCourse('staff') } : subject,
    );
    // Two thousand files take a program longer than a few bad answers.
    const adapter = subject.type === 'rclone' ? (rcloneAdapter as SourceAdapter) : subject.adapter;
    return { course: attacked.course, raw: attacked.raw, adapter, stop: () => attacked.stop() };
  };
  return { name, refused, cannot, start };
}

function onDisk(reason: string): Carrier['cannot'] {
  return (name) =>
    /[/\0]/.test(name) || ['', '.', '..'].includes(name) || bytesOf(name) > 255 || !name.isWellFormed()
      ? reason
      : undefined;
}

function startFolder(): ReturnType<Carrier['start']> {
  const root = mkdtempSync(join(fastBase, 'f2git-names-source-'));
  const put = (segments: readonly string[], bytes: Uint8Array) => {
    mkdirSync(join(root, ...segments.slice(0, -1)), { recursive: true });
    writeFileSync(`${join(root, ...segments.slice(0, -1))}/${segments.at(-1) ?? ''}`, bytes);
    return Promise.resolve();
  };
  const unused = () => Promise.resolve();
  const raw = { type: 'folder', path: root };
  const course: Course = {
    raw,
    driver: { put, overwrite: put, remove: unused },
    faults: {},
    calm: unused,
    stop: unused,
  };
  const stop = () => {
    rmSync(root, { recursive: true, force: true });
    return Promise.resolve();
  };
  return Promise.resolve({ course, raw, adapter: folderAdapter, stop });
}
