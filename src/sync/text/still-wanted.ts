/** What the course was refused once in a text and the student has settled since, by hand. */
import type { Declined } from '../tree.ts';
import { at } from './at.ts';
import { MAX_QUOTE } from './declined.ts';
import { lineDiff } from './line-diff.ts';
import { numberLines } from './line-ids.ts';
import { splitLines, type Lines } from './lines.ts';
import { MAX_TEXT_LINES, notText } from './not-text.ts';

/**
 * What of `declined` the course still wants of `local`; the same list when that is all of it, or nobody can tell. Lines the
 * course wanted are settled when they stand in the student's file wherever the course has them, or the course has them no
 * more; lines it wanted gone, when they are.
 */
export function stillWanted(
  declined: readonly Declined[],
  offered: Uint8Array,
  local: Uint8Array,
): readonly Declined[] {
  if (declined.length === 0 || notText(offered) !== undefined || notText(local) !== undefined) return declined;
  const [u, l] = [splitLines(offered, MAX_TEXT_LINES), splitLines(local, MAX_TEXT_LINES)];
  if (u === undefined || l === undefined) return declined;
  const sides = compare(u, l);
  const wanted = declined.filter((wish) => !isSettled(wish, sides));
  return wanted.length === declined.length ? declined : wanted;
}

/** The lines of a file as text, and which of them are in it only. */
interface Side {
  readonly lines: readonly string[];
  readonly isOwn: Uint8Array;
}

interface Sides {
  readonly offered: Side;
  readonly local: Side;
}

function compare(offered: Lines, local: Lines): Sides {
  const { files, count } = numberLines([offered, local]);
  const [u, l] = files as readonly [Int32Array, Int32Array];
  const marks = { offered: new Uint8Array(u.length), local: new Uint8Array(l.length) };
  for (const hunk of lineDiff(count, { steps: 0 })(u, l)) {
    marks.offered.fill(1, hunk.baseStart, hunk.baseEnd);
    marks.local.fill(1, hunk.otherStart, hunk.otherEnd);
  }
  return {
    offered: { lines: textsOf(offered), isOwn: marks.offered },
    local: { lines: textsOf(local), isOwn: marks.local },
  };
}

function textsOf({ bytes, count, starts, stops }: Lines): readonly string[] {
  const text = new TextDecoder();
  return Array.from({ length: count }, (_, line) => text.decode(bytes.subarray(at(starts, line), at(stops, line))));
}

function isSettled({ course, yours }: Declined, { offered, local }: Sides): boolean {
  if (course !== '') return placesOf(course, offered).every((place) => !place.some((own) => own === 1));
  return placesOf(yours, local).every((place) => place.some((own) => own === 0));
}

/** Wherever the quoted lines stand, which of them are in this file only. */
function placesOf(quote: string, { lines, isOwn }: Side): readonly Uint8Array[] {
  const quoted = quote.split('\n');
  const last = quoted.length - 1;
  const isCut = quote.length >= MAX_QUOTE - 1;
  const isSame = (line: string | undefined, index: number): boolean =>
    isCut && index === last ? line?.startsWith(quoted[last] ?? '') === true : line === quoted[index];
  const places: Uint8Array[] = [];
  for (let start = 0; start + quoted.length <= lines.length; start++) {
    if (quoted.every((_, index) => isSame(lines[start + index], index)))
      places.push(isOwn.subarray(start, start + quoted.length));
  }
  return places;
}
