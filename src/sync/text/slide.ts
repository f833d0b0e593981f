/**
 * Where a hunk lies when it could lie in several places: a paragraph inserted between equal ones may be any of them.
 * As git does: as far down as it goes, joining hunks it meets on the way, but beside a hunk of the other file where it
 * passes one.
 */
import type { Work } from './shortest-edit.ts';

/** A run of marked lines `[start, end)`, empty where none lie between two common lines. */
interface Run {
  start: number;
  end: number;
}

/** More slides than this per line are not worth their time: the hunks that are left stay where they are, as correct. */
const MAX_SLIDES_PER_LINE = 32;

/** Slides the marked runs of `lines`; `otherMarks` are the other file's, whose common lines correspond one to one. */
export function slideHunks(lines: Int32Array, marks: Uint8Array, otherMarks: Uint8Array, work: Work): void {
  const limit = work.steps + (lines.length + otherMarks.length) * MAX_SLIDES_PER_LINE;
  const run = firstRun(marks);
  const opposite = firstRun(otherMarks);
  for (;;) {
    if (run.end > run.start) slideRun({ lines, marks, otherMarks, run, opposite, work, limit });
    work.steps++;
    if (work.steps > limit || !toNextRun(marks, run)) return;
    toNextRun(otherMarks, opposite);
  }
}

interface Slide {
  readonly lines: Int32Array;
  readonly marks: Uint8Array;
  readonly otherMarks: Uint8Array;
  readonly run: Run;
  /** The run of the other file between the same two common lines. */
  readonly opposite: Run;
  readonly work: Work;
  readonly limit: number;
}

function slideRun({ lines, marks, otherMarks, run, opposite, work, limit }: Slide): void {
  let highestEnd: number;
  let isBesideOpposite: boolean;
  let size: number;
  do {
    size = run.end - run.start;
    while (slideUp(lines, marks, run)) {
      toPreviousRun(otherMarks, opposite);
      work.steps++;
    }
    highestEnd = run.end;
    isBesideOpposite = opposite.end > opposite.start;
    while (slideDown(lines, marks, run)) {
      toNextRun(otherMarks, opposite);
      work.steps++;
      isBesideOpposite ||= opposite.end > opposite.start;
    }
  } while (size !== run.end - run.start && work.steps < limit);
  if (run.end === highestEnd || !isBesideOpposite) return;
  while (opposite.end === opposite.start) {
    slideUp(lines, marks, run);
    toPreviousRun(otherMarks, opposite);
    work.steps++;
  }
}

/** Moves the run one line up if that leaves the same text, and joins it with the run it then touches. */
function slideUp(lines: Int32Array, marks: Uint8Array, run: Run): boolean {
  if (run.start === 0 || lines[run.start - 1] !== lines[run.end - 1]) return false;
  marks[--run.start] = 1;
  marks[--run.end] = 0;
  while (run.start > 0 && marks[run.start - 1] === 1) run.start--;
  return true;
}

function slideDown(lines: Int32Array, marks: Uint8Array, run: Run): boolean {
  if (run.end === lines.length || lines[run.start] !== lines[run.end]) return false;
  marks[run.start++] = 0;
  marks[run.end++] = 1;
  while (marks[run.end] === 1) run.end++;
  return true;
}

function firstRun(marks: Uint8Array): Run {
  const run = { start: 0, end: 0 };
  while (marks[run.end] === 1) run.end++;
  return run;
}

function toNextRun(marks: Uint8Array, run: Run): boolean {
  if (run.end === marks.length) return false;
  run.start = run.end + 1;
  run.end = run.start;
  while (marks[run.end] === 1) run.end++;
  return true;
}

function toPreviousRun(marks: Uint8Array, run: Run): void {
  run.end = run.start - 1;
  run.start = run.end;
  while (run.start > 0 && marks[run.start - 1] === 1) run.start--;
}
