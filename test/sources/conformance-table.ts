/** The table of the conformance cases in docs/sources.md: a column for each run of the suite, and why cases are left out. */
import { expect } from 'vitest';
import { isWriting, tableIn, writeTable } from '../support/generated-part.ts';

/** How a case ended. `not-here`: this machine or account cannot show it, and others can. */
export type Outcome =
  { readonly kind: 'passed' | 'not-here' } | { readonly kind: 'impossible'; readonly why: readonly string[] };

/** The heading of each run of the suite, in the order of the columns. */
export const columns: Readonly<Record<string, string>> = {
  folder: 'folder',
  webdav: 'WebDAV',
  zip: 'ZIP',
  git: 'git',
  'studip, as a student': 'Stud.IP',
  'studip, as staff': 'Stud.IP, staff',
  ilias: 'ILIAS',
  'ilias by SOAP': 'ILIAS, SOAP',
  'canvas, with a token of a student': 'Canvas',
  'canvas, with a token of staff': 'Canvas, staff',
  'moodle, by a student’s token': 'Moodle',
  'moodle, by a teacher’s token': 'Moodle, staff',
  rclone: 'rclone',
};

const PASSED = '✓';
const IMPOSSIBLE = '–';

interface Row {
  readonly id: string;
  readonly title: string;
}

/** Compares the column of this run with the one that is written down; the whole suite must have run. */
export function checkColumn(run: string, cases: readonly Row[], outcomes: ReadonlyMap<string, Outcome>): void {
  const heading = columns[run];
  if (heading === undefined) throw new Error(`${run} has no column in docs/sources.md`);
  const untold = cases.filter(({ id }) => !outcomes.has(id));
  expect(
    untold.map(({ id }) => id),
    'these cases failed, or did not run',
  ).toEqual([]);
  const seen = cases.map(({ id }) => markOf(outcomes.get(id), writtenMark(heading, id)));
  if (isWriting) write(heading, cases, seen, reasonsOf(outcomes));
  expect(cases.map(({ id }) => writtenMark(heading, id))).toEqual(seen);
  expect(tableIn('reasons').filter(([column]) => column === heading)).toEqual(
    reasonsOf(outcomes).map(([ids, why]) => [heading, ids, why]),
  );
}

function markOf(outcome: Outcome | undefined, written: string): string {
  if (outcome?.kind === 'not-here') return written;
  return outcome?.kind === 'passed' ? PASSED : IMPOSSIBLE;
}

/** The cases that cannot be, by their reasons: `[ids, reason]`. */
function reasonsOf(outcomes: ReadonlyMap<string, Outcome>): readonly (readonly [string, string])[] {
  const idsByReason = new Map<string, string[]>();
  for (const [id, outcome] of outcomes) {
    const why = outcome.kind === 'impossible' ? [...new Set(outcome.why)].join('; ') : undefined;
    if (why !== undefined) idsByReason.set(why, [...(idsByReason.get(why) ?? []), id]);
  }
  return [...idsByReason].map(([why, ids]) => [ids.join(', '), why] as const);
}

function writtenMark(heading: string, id: string): string {
  const [headings = [], ...rows] = tableIn('conformance');
  const row = rows.find(([first = '']) => first.startsWith(`${id} `));
  return row?.[headings.indexOf(heading)] ?? '';
}

function write(
  heading: string,
  cases: readonly Row[],
  seen: readonly string[],
  reasons: readonly (readonly [string, string])[],
): void {
  const headings = Object.values(columns);
  const rows = cases.map((one, at) => [
    `${one.id} ${one.title}`,
    ...headings.map((column) => (column === heading ? (seen[at] ?? '') : writtenMark(column, one.id))),
  ]);
  writeTable('conformance', [['', ...headings], ...rows]);
  const others = tableIn('reasons')
    .slice(1)
    .filter(([column]) => column !== heading);
  const own = reasons.map(([ids, why]) => [heading, ids, why]);
  const all = [...others, ...own].sort(([a = ''], [b = '']) => headings.indexOf(a) - headings.indexOf(b));
  writeTable('reasons', [['', 'cannot be', 'why'], ...all]);
}
