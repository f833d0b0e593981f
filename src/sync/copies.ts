/**
 * Course copies: the names under which the course's version is placed beside a student's file. They depend on nothing
 * but the path and what is there, so that a run that was cut off finds its own copies again.
 */
import { ancestorsOf, MAX_SEGMENT_BYTES, type RelPath } from '../core/paths.ts';

/** An extension is what follows the last dot, if it looks like one: `.ipynb`, not a sentence. */
const LONGEST_EXTENSION = 24;

/**
 * The `number`th name for the course's version of `path`, where `inTheWay` is what keeps it from its place: `path`
 * itself, or a file or link above it. `lab1.ipynb` gives `lab1.course.ipynb`, then `lab1.course-2.ipynb`; `f/i` with a
 * file `f` in the way gives `f.course/i`.
 */
export function copyPath(path: RelPath, inTheWay: RelPath, number: number): RelPath {
  const start = inTheWay.lastIndexOf('/') + 1;
  const name = inTheWay.slice(start);
  const copy = path === inTheWay ? fileCopy(name, number) : folderCopy(name, number);
  return (path.slice(0, start) + copy + path.slice(inTheWay.length)) as RelPath;
}

/** How many course-copy names are tried for a copy that an interrupted run may have left. */
const COPIES_LOOKED_FOR = 8;

/** Where a course copy of `path` may be, whatever was in the way when it was made. */
export function* copyNames(path: RelPath): Iterable<RelPath> {
  for (const inTheWay of [path, ...ancestorsOf(path)]) yield* copyNamesBeside(path, inTheWay);
}

/** As `copyNames`, where `inTheWay` was in the way. */
export function* copyNamesBeside(path: RelPath, inTheWay: RelPath): Iterable<RelPath> {
  for (let number = 1; number <= COPIES_LOOKED_FOR; number++) yield copyPath(path, inTheWay, number);
}

/** Whether `copy` is a name `copyPath` gives for `path`, whatever is in the way. */
export function isCopyOf(path: RelPath, copy: RelPath): boolean {
  if (path === copy || !copy.includes('.course')) return false;
  const names = path.split('/');
  const copyNames = copy.split('/');
  if (names.length !== copyNames.length) return false;
  const differing = names.findIndex((name, index) => name !== copyNames[index]);
  const inTheWay = names.slice(0, differing + 1).join('/') as RelPath;
  return marksIn(copyNames[differing] ?? '').some((number) => copyPath(path, inTheWay, number) === copy);
}

/** The numbers in a name that may be ours; a name the course gave may hold such a mark as well. */
function marksIn(name: string): readonly number[] {
  return [...name.matchAll(/\.course(?:-([1-9]\d{0,8}))?(?=\.|$)/g)].map(([, number]) => Number(number ?? 1));
}

function fileCopy(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  const hasExtension = dot > 0 && dot < name.length - 1 && Buffer.byteLength(name.slice(dot)) <= LONGEST_EXTENSION;
  const end = hasExtension ? dot : name.length;
  return withMark(name.slice(0, end), mark(number), name.slice(end));
}

function folderCopy(name: string, number: number): string {
  return withMark(name, mark(number), '');
}

function mark(number: number): string {
  return number === 1 ? '.course' : `.course-${number}`;
}

/** Shortens `stem` by whole characters where the name would get too long. */
function withMark(stem: string, mark: string, extension: string): string {
  const room = MAX_SEGMENT_BYTES - Buffer.byteLength(mark) - Buffer.byteLength(extension);
  if (Buffer.byteLength(stem) <= room) return stem + mark + extension;
  let end = 0;
  let bytes = 0;
  for (const character of stem) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    end += character.length;
  }
  return stem.slice(0, end) + mark + extension;
}
