/**
 * The laws of the notebook merge, as properties of any function of its shape, so that the same laws judge the mutants.
 * What a law needs to know about files it reads by means of its own.
 */
import fc from 'fast-check';
import type { mergeNotebook } from '../../../src/sync/merge-notebook.ts';
import { histories, play, type HistorySpec, type Round } from './history.ts';
import { wrongNext } from './next-step.ts';
import { cell, notebook, type ParsedCell } from './notebooks.ts';
import { cellSpans } from './spans.ts';
import { problemOf } from './validity.ts';
import { bodyOf, cellsOf, countOf, isBlank, linesOf, viewOf } from './views.ts';

export type MergeNotebook = typeof mergeNotebook;

export interface Law {
  readonly name: string;
  readonly property: (merge: MergeNotebook) => fc.IProperty<unknown>;
  /** Of a law about each click of a history: what is wrong with it. */
  readonly wrong?: (click: Click) => string | undefined;
}

/** One click as a law sees it. */
interface Click extends Round {
  readonly result: string;
  readonly merged: Extract<ReturnType<MergeNotebook>, { kind: 'merged' }>;
  readonly merge: MergeNotebook;
}

/** A law about each click of a history: gives what is wrong. */
function everyClick(name: string, wrong: (click: Click) => string | undefined): Law {
  const property = (merge: MergeNotebook): fc.IProperty<unknown> =>
    fc.property(histories(), (history) => judge(history, merge, wrong));
  return { name, property, wrong };
}

function judge(history: HistorySpec, merge: MergeNotebook, wrong: (click: Click) => string | undefined): void {
  let merged: Click['merged'] | undefined;
  const run = (round: Round): string => {
    const outcome = mergeTexts(merge, round);
    if (outcome.kind === 'not-mergeable') throw new Error(`not mergeable: ${outcome.why}`);
    merged = outcome;
    return Buffer.from(outcome.bytes).toString();
  };
  play(history, run, (round, result) => {
    const problem = wrong({ ...round, result, merged: merged!, merge });
    if (problem !== undefined) throw new Error(`${problem}\n${JSON.stringify({ ...round, result }, null, 1)}`);
  });
}

type Files = Omit<Round, 'isLast'>;

function mergeTexts(merge: MergeNotebook, { base, offered, local, earlier }: Files): ReturnType<MergeNotebook> {
  const [b, u, l] = [base, offered, local].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  return merge(b, u, l, { earlier: earlier.map((text) => Buffer.from(text)) });
}

export const laws: readonly Law[] = [
  everyClick('N1 the result is a valid notebook, its ids unique', ({ local, result }) =>
    result === local ? undefined : problemOf(result),
  ),
  everyClick('N2 every text the student wrote is in the result, or told to be aside', (click) => {
    const result = cellsOf(click.result);
    const course = [click.base, ...click.earlier].flatMap(cellsOf);
    const courseBodies = new Set(course.map(bodyOf));
    const courseLines = new Set(course.flatMap(linesOf));
    const reset = new Set(click.merged.notes.flatMap((note) => (note.kind === 'reset' ? [note.yours] : [])));
    const own = cellsOf(click.local).filter((each) => !courseBodies.has(bodyOf(each)));
    const lost = own.find((each) => !isIn(each, result, courseLines) && !reset.has(each.source));
    return lost && `lost: ${lost.source}`;
  }),
  everyClick('N3 every new text of the course is in the result, or told to be declined', (click) => {
    const result = cellsOf(click.result);
    const base = cellsOf(click.base);
    const known = new Set(base.map(bodyOf));
    const knownLines = new Set([...base, ...cellsOf(click.local)].flatMap(linesOf));
    const declined = new Set(click.merged.declined.map(({ course }) => course));
    const news = cellsOf(click.offered).filter((each) => !known.has(bodyOf(each)) && each.source !== '');
    const lost = news.find((each) => !isIn(each, result, knownLines) && !declined.has(each.source));
    return lost && `never came: ${lost.source}`;
  }),
  everyClick('N4 a file only one side changed is that side’s, byte for byte', ({ base, offered, local, merge }) => {
    const of = (b: string, u: string, l: string): string | undefined => {
      const outcome = mergeTexts(merge, { base: b, offered: u, local: l, earlier: [] });
      return outcome.kind === 'merged' ? Buffer.from(outcome.bytes).toString() : undefined;
    };
    if (of(base, base, local) !== local) return 'the course changed nothing';
    if (of(base, offered, base) !== offered) return 'the student changed nothing';
    return of(base, local, local) === local ? undefined : 'both have the same';
  }),
  everyClick('N5 what is the student’s is there byte for byte', ({ base, offered, local, earlier, result }) => {
    // a file that is nobody's work is replaced as a whole
    if (local === base || earlier.includes(local)) return undefined;
    const [own, now] = [spansByValue(local), spansByValue(result)];
    for (const [value, { cell: one, spans }] of own) {
      if (mayBeTheirs(one, base, offered)) continue;
      const there = now.get(value)?.spans ?? [];
      // the course may have added a cell that is just like it
      const copied = there.filter((span) => spans.includes(span)).length;
      if (copied < Math.min(spans.length, there.length)) return `written anew: ${value}`;
    }
    return undefined;
  }),
  everyClick('N6 no text is there more often than on the side that has it most', ({ base, offered, local, result }) => {
    const [u, l] = [viewOf(offered), viewOf(local)];
    const most = (one: ParsedCell): number => {
      const [theirs, own] = [u, l].map(({ bodies }) => bodies.get(bodyOf(one)) ?? 0) as [number, number];
      // each side's blank cells have their own places
      if (isBlank(one)) return theirs + own;
      // one side made text of what was code, or code of a text, which on the other is still what it was beside a new one
      const isLeft = (body: string): boolean => u.bodies.has(body) || l.bodies.has(body);
      const retyped = cellsOf(base).filter(
        (before) => before.source === one.source && before.cell_type !== one.cell_type && isLeft(bodyOf(before)),
      );
      return Math.max(theirs, own, 1) + retyped.length;
    };
    const { cells, bodies } = viewOf(result);
    const twice = cells.find((one) => (bodies.get(bodyOf(one)) ?? 0) > most(one));
    return twice && `too often: ${twice.source}`;
  }),
  // of each history one click tells: chance does not know which
  everyClick('N7 the same merge gives the same', (click) => {
    if (!click.isLast) return undefined;
    const again = mergeTexts(click.merge, click);
    const isSame = again.kind === 'merged' && Buffer.from(again.bytes).toString() === click.result;
    return isSame ? undefined : 'something else the second time';
  }),
  everyClick('N8 what the course does next arrives, and nothing else moves', (click) => {
    // a file the course did not change was not merged: cells that are the course's are set right when it next does
    if (click.base === click.offered && lacksLocked(click.offered, click.result)) return undefined;
    return wrongNext((round) => mergeTexts(click.merge, round), click, click.result);
  }),
  everyClick('N9 code has outputs and nothing else has', ({ result }) => {
    const isRight = ({ cell_type, outputs, execution_count }: ParsedCell): boolean =>
      cell_type === 'code' ? Array.isArray(outputs) && execution_count !== undefined : outputs === undefined;
    return cellsOf(result).every(isRight) ? undefined : 'outputs';
  }),
  everyClick('N10 no text is in the result that nobody wrote', ({ base, offered, local, result, earlier }) => {
    const written = new Set([base, offered, local, ...earlier].flatMap(cellsOf).flatMap(linesOf));
    const made = cellsOf(result)
      .flatMap(linesOf)
      .find((line) => !written.has(line));
    return made === undefined ? undefined : `nobody wrote: ${made}`;
  }),
  everyClick('N11 what other programs noted stays as long as its cell does', ({ base, local, result }) => {
    const before = new Set(cellsOf(base).map(noteOf));
    const notes = new Set(cellsOf(result).map(noteOf));
    const [own, now] = [viewOf(local), viewOf(result)];
    const lost = own.cells.find((each) => {
      const note = noteOf(each);
      if (note === undefined || before.has(note) || notes.has(note)) return false;
      // where the course deleted one blank cell and added another, only an id tells which is there
      if (isBlank(each)) return each.id !== undefined && now.cells.some(({ id }) => id === each.id);
      return (now.bodies.get(bodyOf(each)) ?? 0) >= (own.bodies.get(bodyOf(each)) ?? 0);
    });
    return lost && `a note is gone: ${JSON.stringify(lost)}`;
  }),
  {
    name: 'N12 a file that is no such notebook is left alone',
    property: (merge) =>
      fc.property(fc.constantFrom('base', 'offered', 'local'), fc.constantFrom(...breakages), (side, { make }) => {
        const files = {
          base: notebook([cell('a'), cell('b')]),
          offered: notebook([cell('a'), cell('b', { source: 'new' })]),
          local: notebook([cell('a', { source: 'mine' }), cell('b')]),
          earlier: [],
        };
        const outcome = mergeTexts(merge, { ...files, [side]: make(files[side as 'local']) });
        return outcome.kind === 'not-mergeable';
      }),
  },
];

/** All laws about clicks at once, each click of each history before all of them; `onClick` counts them. */
export function everyLaw(merge: MergeNotebook, onClick: () => void = () => undefined): fc.IProperty<unknown> {
  const wrong = (click: Click): string | undefined => {
    onClick();
    for (const law of laws) {
      const problem = law.wrong?.(click);
      if (problem !== undefined) return `${law.name}: ${problem}`;
    }
    return undefined;
  };
  return fc.property(histories(), (history) => judge(history, merge, wrong));
}

/** Ways of not being a notebook that can be merged. */
export const breakages: readonly { readonly name: string; readonly make: (text: string) => string }[] = [
  { name: 'cut off', make: (text) => text.slice(0, -5) },
  { name: 'something after the end', make: (text) => `${text}{}` },
  { name: 'a name twice', make: (text) => text.replace('"metadata": {},', '"metadata": {}, "meta\\u0064ata": {},') },
  { name: 'a byte order mark', make: (text) => `\ufeff${text}` },
  { name: 'a control character', make: (text) => text.replace('print', 'pr\tint') },
  { name: 'not a number', make: (text) => text.replace('"execution_count": null', '"execution_count": NaN') },
  { name: 'a number with a leading zero', make: (text) => text.replace('"nbformat": 4', '"nbformat": 04') },
  { name: 'another version', make: (text) => text.replace('"nbformat": 4', '"nbformat": 3') },
  { name: 'a newer version', make: (text) => text.replace('"nbformat_minor": 5', '"nbformat_minor": 6') },
  { name: 'no cells', make: (text) => text.replace('"cells"', '"sells"') },
  { name: 'code without outputs', make: (text) => text.replace('"outputs"', '"inputs"') },
  { name: 'a cell of an unknown type', make: (text) => text.replace('"cell_type": "code"', '"cell_type": "sql"') },
  { name: 'a text of numbers', make: (text) => text.replace(/"source": \[[^\]]*\]/, '"source": [1]') },
  {
    name: 'a bomb of brackets',
    make: (text) => text.replace('"metadata": {}', `"metadata": {"x": ${'['.repeat(100_000)}`),
  },
  { name: 'a list', make: () => '[]' },
  { name: 'nothing', make: () => '' },
];

/** What the student's program noted about a cell. */
function noteOf({ metadata }: ParsedCell): unknown {
  return metadata['tool_student'];
}

/** Whether a text is there, or its own lines are within one of the same type. */
function isIn(each: ParsedCell, result: readonly ParsedCell[], known: ReadonlySet<string>): boolean {
  if (result.some((other) => bodyOf(other) === bodyOf(each))) return true;
  const own = linesOf(each).filter((line) => !known.has(line));
  if (own.length === 0) return true;
  return result.some(
    (other) => other.cell_type === each.cell_type && own.every((line) => linesOf(other).includes(line)),
  );
}

/** The texts of the cells that say the same, by what they say. */
function spansByValue(text: string): ReadonlyMap<string, { readonly cell: ParsedCell; readonly spans: string[] }> {
  const spans = cellSpans(text);
  const { cells, values } = viewOf(text);
  const found = new Map<string, { readonly cell: ParsedCell; readonly spans: string[] }>();
  for (const [index, value] of values.entries()) {
    const known = found.get(value);
    if (known === undefined) found.set(value, { cell: cells[index]!, spans: [spans[index]!] });
    else known.spans.push(spans[index]!);
  }
  return found;
}

/**
 * Whether the course has the very cell and its file has no ids: one that is blank, or of which the course now has more or
 * fewer, may then be any of those, and the id it gets is made of what it says.
 */
function mayBeTheirs(one: ParsedCell, base: string, offered: string): boolean {
  const [b, u] = [viewOf(base), viewOf(offered)];
  if (u.minor >= 5 || !u.values.includes(JSON.stringify({ ...one, id: undefined }))) return false;
  return isBlank(one) || u.bodies.get(bodyOf(one)) !== b.bodies.get(bodyOf(one));
}

/** Whether a cell that is the course's by nbgrader is not there as the course has it. */
function lacksLocked(offered: string, result: string): boolean {
  const locked = cellsOf(offered).filter(({ metadata }) => {
    const nbgrader = metadata['nbgrader'] as Readonly<Record<string, unknown>> | undefined;
    return nbgrader?.['locked'] === true;
  });
  const now = viewOf(result).bodies;
  return [...countOf(locked.map(bodyOf))].some(([body, count]) => (now.get(body) ?? 0) < count);
}
