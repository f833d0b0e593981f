/** What a merge did not take from the course, place by place. */
import type { Declined } from '../tree.ts';
import { at } from './at.ts';
import type { Hunk, LineDiff } from './line-diff.ts';
import type { Lines } from './lines.ts';
import type { Part } from './three-way.ts';

/** How much of either side is quoted; the report is for reading, the whole is in the course's version. */
export const MAX_QUOTE = 2000;
/** Differences this few common lines apart read better as one. */
const NEAR = 3;

interface Side {
  readonly lines: Lines;
  readonly ids: Int32Array;
}

/** Gives each place in `parts` where the student's lines stayed and the course wanted others, by result line. */
export function declinedParts(offered: Side, local: Side, parts: readonly Part[], diff: LineDiff): readonly Declined[] {
  const declined: Declined[] = [];
  // what has to be added to a line number of the student's file to get the result's
  let shift = 0;
  for (const part of parts) {
    if (part.kind === 'offered') shift += part.offeredEnd - part.offeredStart - (part.localEnd - part.localStart);
    if (part.kind !== 'conflict') continue;
    for (const place of refine(offered, local, part, diff)) {
      declined.push({
        lines: resultLines(place, shift),
        course: quote(offered.lines, place.otherStart, place.otherEnd),
        yours: quote(local.lines, place.baseStart, place.baseEnd),
      });
    }
  }
  return declined;
}

/** The differences between the two sides (the student's as `base`) within a conflict: most of it may be agreed. */
function refine(offered: Side, local: Side, part: Part, diff: LineDiff): readonly Hunk[] {
  const whole: Hunk = {
    baseStart: part.localStart,
    baseEnd: part.localEnd,
    otherStart: part.offeredStart,
    otherEnd: part.offeredEnd,
  };
  if (part.localStart === part.localEnd || part.offeredStart === part.offeredEnd) return [whole];
  const hunks = diff(
    local.ids.subarray(part.localStart, part.localEnd),
    offered.ids.subarray(part.offeredStart, part.offeredEnd),
  ).map((hunk) => moved(hunk, part.localStart, part.offeredStart));
  const isInsertion = part.baseStart === part.baseEnd;
  // where both only added lines, those the student has beyond the course's overrule nothing
  const telling = joinNear(hunks).filter((hunk) => !isInsertion || hunk.otherStart < hunk.otherEnd);
  return telling.length > 0 ? telling : [whole];
}

function moved(hunk: Hunk, base: number, other: number): Hunk {
  return {
    baseStart: hunk.baseStart + base,
    baseEnd: hunk.baseEnd + base,
    otherStart: hunk.otherStart + other,
    otherEnd: hunk.otherEnd + other,
  };
}

function joinNear(hunks: readonly Hunk[]): readonly Hunk[] {
  const joined: Hunk[] = [];
  for (const hunk of hunks) {
    const last = joined.at(-1);
    if (last !== undefined && hunk.baseStart - last.baseEnd <= NEAR) {
      joined[joined.length - 1] = { ...last, baseEnd: hunk.baseEnd, otherEnd: hunk.otherEnd };
    } else {
      joined.push(hunk);
    }
  }
  return joined;
}

function resultLines(place: Hunk, shift: number): readonly [number, number] {
  const before = place.baseStart + shift;
  return place.baseStart === place.baseEnd ? [before, before] : [before + 1, place.baseEnd + shift];
}

/** Lines `[start, end)` as text, at most `MAX_QUOTE` characters. */
function quote({ bytes, starts, stops }: Lines, start: number, end: number): string {
  const quoted: string[] = [];
  let length = 0;
  for (let line = start; line < end && length <= MAX_QUOTE; line++) {
    // a character is at most four bytes
    const stop = Math.min(at(stops, line), at(starts, line) + MAX_QUOTE * 4);
    const content = new TextDecoder().decode(bytes.subarray(at(starts, line), stop));
    quoted.push(content);
    length += content.length + 1;
  }
  return cutQuote(quoted.join('\n'));
}

/** At most `MAX_QUOTE` characters of `text`. */
export function cutQuote(text: string): string {
  if (text.length <= MAX_QUOTE) return text;
  const end = text.slice(0, MAX_QUOTE);
  // never half a surrogate pair
  return end.isWellFormed() ? end : end.slice(0, -1);
}
