/** The names under which an earlier version of a student's file is put beside it. */
import { MAX_SEGMENT_BYTES, nameOf, type RelPath } from '../core/paths.ts';

/** Beside a file that has changed since, at most so many old versions are looked for. */
const BESIDE_NAMES = 9;

/** `lab1.before.ipynb`, `lab1.before-2.ipynb`, … */
export function* beforeNames(path: RelPath): Iterable<RelPath> {
  const folder = path.slice(0, path.length - nameOf(path).length);
  const [, stem = '', extension = ''] = /^(.+?)(\.[^.]{1,24})?$/s.exec(nameOf(path)) ?? [];
  for (let number = 1; number <= BESIDE_NAMES; number++) {
    const mark = number === 1 ? '.before' : `.before-${number}`;
    yield `${folder}${shortened(stem, mark + extension)}${mark}${extension}` as RelPath;
  }
}

function shortened(stem: string, end: string): string {
  const characters = Array.from(stem);
  while (Buffer.byteLength(characters.join('') + end) > MAX_SEGMENT_BYTES) characters.pop();
  return characters.join('');
}
