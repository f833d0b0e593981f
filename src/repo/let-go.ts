/**
 * What a student who reads a course with an own sign-in leaves behind. After half a year without a click the sign-in goes,
 * and of the repository all that the platform gives again. What stays is small and no platform gives it again: by which
 * ids the home knows the files, which contents were the course's, and the texts that edits in the home are merged with. So
 * the next click is as if nothing had been. After two years all of it goes.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { Oid } from '../core/ids.ts';
import { repositoryPaths } from './bare-repository.ts';
import { removePacks } from './consolidate.ts';
import { CourseFolder, EVERYBODY, STUDENTS } from './course-folder.ts';
import { acquireUnlessHeld, type CourseLock } from './course-lock.ts';
import { syncFolder, temporaryPath } from './durable-file.ts';
import { environmentDir } from './environment-dir.ts';
import { readManifests, removeManifest } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { PackWriter } from './pack-writer.ts';
import { unservedDirs } from './purge.ts';
import { MAIN } from './refs.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Longer than any break between two terms. */
export const UNUSED_MS = 180 * DAY_MS;
export const FORGOTTEN_MS = 730 * DAY_MS;

/** The tokens of a student, in their folder. */
export const SIGN_IN = 'sign-in.json';

/** Larger files are never merged (`sync/notebook`), so nobody asks for what they were. */
const MOST_MERGED_BYTES = 64 << 20;
/** Where git looks for a byte that no text has. */
const LOOKED_AT_BYTES = 8000;

export interface LetGo {
  readonly reduced: number;
  readonly removed: number;
}

/**
 * Whether somebody used any course lately. Where nobody did for half a year by the clock, it may as well be wrong, and
 * nothing is to be concluded from it.
 */
export function isClockPlausible(dataFolder: string, at: Date): boolean {
  const courses = foldersIn(dataFolder);
  const students = courses.flatMap((course) => foldersIn(join(course, STUDENTS)));
  const times = [...courses, ...students].flatMap((dir) => lastUse(dir) ?? []);
  return times.length === 0 || times.some((time) => at.getTime() - time < UNUSED_MS);
}

/** The folders of all courses that students ever signed in to by themselves, whether or not they are still configured. */
export function coursesOfStudents(dataFolder: string): readonly string[] {
  return foldersIn(dataFolder).filter((course) => fs.existsSync(join(course, STUDENTS)));
}

function foldersIn(folder: string): readonly string[] {
  if (!fs.existsSync(folder)) return [];
  const found = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return found.map(({ name }) => join(folder, name));
}

/** Whatever the source was, nothing here asks for what is known of it. */
const ANY_SOURCE = '';

/** Looks at all students of the course in `courseDir`. One that somebody works with is left for the next time. */
export async function letGoOfStudents(courseDir: string, at: Date, signal: AbortSignal): Promise<LetGo> {
  const end = { reduced: 0, removed: 0 };
  const course = new CourseFolder({ dir: courseDir, audience: EVERYBODY, identity: ANY_SOURCE });
  course.sweepStudents();
  for (const student of course.students()) {
    signal.throwIfAborted();
    const did = await letGoOf(student, at, signal);
    if (did !== undefined) end[did]++;
  }
  return end;
}

async function letGoOf(student: CourseFolder, at: Date, signal: AbortSignal): Promise<keyof LetGo | undefined> {
  const isDue = (): boolean => unusedFor(student.dir, at) >= (isReduced(student.dir) ? FORGOTTEN_MS : UNUSED_MS);
  if (!isDue()) return undefined;
  const lock = await acquireUnlessHeld(student.lockFolder, signal);
  if (lock === undefined) return undefined;
  try {
    if (!isDue()) return undefined;
    if (unusedFor(student.dir, at) >= FORGOTTEN_MS) {
      remove(student.dir);
      return 'removed';
    }
    await reduce(student, at, lock);
    return 'reduced';
  } finally {
    student.close();
    lock.release();
  }
}

/** Since the last look at the source for this student, or the last sign-in. Milliseconds. */
function unusedFor(dir: string, at: Date): number {
  const last = lastUse(dir) ?? modifiedAt(dir);
  return last === undefined ? 0 : at.getTime() - last;
}

function lastUse(dir: string): number | undefined {
  const times = ['checked', SIGN_IN, 'course.json'].flatMap((name) => modifiedAt(join(dir, name)) ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

function modifiedAt(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function isReduced(dir: string): boolean {
  const { gitDir } = repositoryPaths(join(dir, `${EVERYBODY}.git`));
  return !fs.existsSync(join(dir, SIGN_IN)) && !fs.existsSync(join(gitDir, MAIN));
}

/** Whoever waits for the lock in it makes the folder anew. */
function remove(dir: string): void {
  const gone = temporaryPath(dirname(dir));
  fs.renameSync(dir, gone);
  fs.rmSync(gone, { recursive: true, force: true });
}

/**
 * In an order in which a crash leaves more than is needed, never less: what merges need is in a pack of its own before
 * anything goes, and as long as a manifest is there the repository is whole.
 */
async function reduce(student: CourseFolder, at: Date, lock: CourseLock): Promise<void> {
  const { dir, repository } = student;
  if (student.isMade) {
    await student.prepare(at);
    const { gitDir, own } = repository.paths;
    const before = [...repository.store.packs];
    const kept = await keepMerged(student);
    lock.assertHeld();
    fs.rmSync(join(gitDir, MAIN), { force: true });
    for (const { commit } of readManifests(own)) removeManifest(own, commit);
    removePacks(
      repository.store,
      before.filter(({ path }) => path !== kept),
    );
    for (const unserved of unservedDirs(gitDir)) fs.rmSync(unserved, { recursive: true, force: true });
  }
  for (const path of [environmentDir(dir), student.spool.folder, student.cacheFolder])
    fs.rmSync(path, { recursive: true, force: true });
  // RACE: a student may sign in between the last look at the time and this: then they are asked once more
  fs.rmSync(join(dir, SIGN_IN), { force: true });
  fs.rmSync(join(dir, `${SIGN_IN}.lock`), { recursive: true, force: true });
  syncFolder(dir);
}

/** Writes a pack of all that may be the base of a merge; gives its path. */
async function keepMerged(student: CourseFolder): Promise<string | undefined> {
  const writer = PackWriter.start(student.repository.paths.packs);
  try {
    const stores = [student.repository, ...student.unserved].map(({ store }) => store);
    for (const { oid } of student.history()) {
      if (student.purged.has(oid) || writer.has(oid)) continue;
      const text = textIn(stores, oid);
      if (text !== undefined) writer.addBytes('blob', text, oid);
    }
    return (await writer.finish())?.pack;
  } finally {
    writer.discard();
  }
}

/** The content, if it may be merged; one that is no text, too large or damaged is not. */
function textIn(stores: readonly ObjectStore[], object: Oid): Uint8Array | undefined {
  const store = stores.find((each) => each.has(object));
  if ((store?.describe(object)?.size ?? Infinity) > MOST_MERGED_BYTES) return undefined;
  const bytes = store?.find(object)?.bytes;
  return bytes?.subarray(0, LOOKED_AT_BYTES).includes(0) === true ? undefined : bytes;
}
