/**
 * The laws of the notebook merge, as properties of any function of its shape, so that the same laws judge the mutants.
 * What a law needs to know about files it reads by means of its own.
 */
import fc from 'fast-check';
import type { mergeNotebook } from '../../../src/sync/merge-notebook.ts';
import { histories, minorOf, play, type HistorySpec, type Round } from './history.ts';
import { cell, notebook, parse, type ParsedCell } from './notebooks.ts';
import { cellSpans } from './spans.ts';
import { problemOf } from './validity.ts';

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

function mergeTexts(merge: MergeNotebook, { base, offered, local, earlier }: Round): ReturnType<MergeNotebook> {
  const [b, u, l] = [base, offered, local].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  return merge(b, u, l, { earlier: earlier.map((text) => Buffer.from(text)) });
}

export const laws: readonly Law[] = [
  everyClick('N1 the result is a valid notebook, its ids unique', ({ local, result }) =>
    result === local ? undefined : problemOf(result),
  ),
  everyClick('N2 every text the student wrote is in the result, or told to be aside', (click) => {
    const result = parse(click.result).cells;
    const course = [click.base, ...click.earlier].flatMap((text) => parse(text).cells);
    const courseBodies = new Set(course.map(bodyOf));
    const courseLines = new Set(course.flatMap(linesOf));
    const reset = new Set(click.merged.notes.flatMap((note) => (note.kind === 'reset' ? [note.yours] : [])));
    const own = parse(click.local).cells.filter((each) => !courseBodies.has(bodyOf(each)));
    const lost = own.find((each) => !isIn(each, result, courseLines) && !reset.has(each.source));
    return lost && `lost: ${lost.source}`;
  }),
  everyClick('N3 every new text of the course is in the result, or told to be declined', (click) => {
    const result = parse(click.result).cells;
    const base = parse(click.base).cells;
    const known = new Set(base.map(bodyOf));
    const knownLines = new Set([...base, ...parse(click.local).cells].flatMap(linesOf));
    const declined = new Set(click.merged.declined.map(({ course }) => course));
    const news = parse(click.offered).cells.filter((each) => !known.has(bodyOf(each)) && each.source !== '');
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
  everyClick('N5 what is the student’s is there byte for byte', ({ offered, local, result }) => {
    if (result === offered) return undefined;
    const theirs = counts(parse(offered).cells);
    const [own, now] = [local, result].map((text) => spansByValue(text, theirs)) as [Spans, Spans];
    for (const [value, spans] of own) {
      const there = now.get(value) ?? [];
      // the course may have added a cell that is just like it
      const copied = there.filter((span) => spans.includes(span)).length;
      if (copied < Math.min(spans.length, there.length)) return `written anew: ${value}`;
    }
    return undefined;
  }),
  everyClick('N6 no text is there more often than on the side that has it most', ({ base, offered, local, result }) => {
    const [u, l, r] = [offered, local, result].map((text) => counts(parse(text).cells)) as [Counts, Counts, Counts];
    // a cell of before that became of another type, or a blank one that was filled in, may now be like a new one
    const before = parse(base).cells;
    const sources = new Set(before.map(({ source }) => source));
    const blanks = (text: string): number => parse(text).cells.filter(({ source }) => source === '').length;
    const hasIds = [base, offered, local].every((text) => minorOf(text) >= 5);
    const isFilled = blanks(base) > (hasIds ? Math.min(blanks(offered), blanks(local)) : 0);
    const isChanged = (body: string): boolean =>
      isNew(body, base) && (isFilled || sources.has(body.slice(body.indexOf('\n') + 1)));
    const most = (body: string): number => Math.max(u.get(body) ?? 0, l.get(body) ?? 0, 1);
    const isTwice = ([body, count]: readonly [string, number]): boolean =>
      !isBlank(body) && count > most(body) && !isChanged(body);
    const twice = [...r].find(isTwice);
    return twice && `too often: ${twice[0]}`;
  }),
  everyClick('N7 the same merge gives the same', (click) => {
    const again = mergeTexts(click.merge, click);
    const isSame = again.kind === 'merged' && Buffer.from(again.bytes).toString() === click.result;
    return isSame ? undefined : 'something else the second time';
  }),
  everyClick('N8 when the course then adds a cell, nothing else moves', ({ base, offered, result, merge }) => {
    if (base === offered) return undefined;
    const next = mergeTexts(merge, { base: offered, offered: withLast(offered), local: result, earlier: [] });
    if (next.kind === 'not-mergeable') return 'not mergeable any more';
    const text = Buffer.from(next.bytes).toString();
    const rest = parse(text).cells.filter(({ source }) => source !== LAST);
    // a notebook that had no ids may get some now
    const isSame = JSON.stringify(rest.map(withoutId)) === JSON.stringify(parse(result).cells.map(withoutId));
    if (!isSame || rest.length === parse(text).cells.length) return `then: ${text}`;
    return next.declined.length + next.notes.length === 0 ? undefined : 'something is told again';
  }),
  everyClick('N9 code has outputs and nothing else has', ({ result }) => {
    const isRight = ({ cell_type, outputs, execution_count }: ParsedCell): boolean =>
      cell_type === 'code' ? Array.isArray(outputs) && execution_count !== undefined : outputs === undefined;
    return parse(result).cells.every(isRight) ? undefined : 'outputs';
  }),
  everyClick('N10 no text is in the result that nobody wrote', ({ base, offered, local, result, earlier }) => {
    const written = new Set([base, offered, local, ...earlier].flatMap((text) => parse(text).cells).flatMap(linesOf));
    const made = parse(result)
      .cells.flatMap(linesOf)
      .find((line) => !written.has(line));
    return made === undefined ? undefined : `nobody wrote: ${made}`;
  }),
  everyClick('N11 what other programs noted stays as long as its cell does', ({ base, local, result }) => {
    const before = new Set(parse(base).cells.map(noteOf));
    const now = parse(result).cells;
    const notes = new Set(now.map(noteOf));
    const texts = counts(parse(local).cells);
    const lost = parse(local).cells.find((each) => {
      // blank cells are told apart by little more than their ids, and the course may have given new ones
      if (each.source === '') return false;
      const isOnlyHere = texts.get(bodyOf(each)) === 1 && now.some((other) => bodyOf(other) === bodyOf(each));
      return isOnlyHere && noteOf(each) !== undefined && !before.has(noteOf(each)) && !notes.has(noteOf(each));
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

/** All laws about clicks at once, each click of each history before all of them. */
export function everyLaw(merge: MergeNotebook): fc.IProperty<unknown> {
  const wrong = (click: Click): string | undefined => {
    for (const law of laws) {
      const problem = law.wrong?.(click);
      if (problem !== undefined) return `${law.name}: ${problem}`;
    }
    return undefined;
  };
  return fc.property(histories(), (history) => judge(history, merge, wrong));
}

const LAST = 'the last one';

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

function bodyOf({ cell_type, source }: ParsedCell): string {
  return `${cell_type}\n${source}`;
}

/** What the student's program noted about a cell. */
function noteOf({ metadata }: ParsedCell): unknown {
  return metadata['tool_student'];
}

function linesOf({ source }: ParsedCell): readonly string[] {
  return source.split('\n');
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

type Spans = ReadonlyMap<string, readonly string[]>;

/**
 * The texts of the cells that say the same, by what they say. Without those that are blank, or that the course has more
 * than once: without ids these are not to be told apart.
 */
function spansByValue(text: string, theirs: Counts): Spans {
  const spans = cellSpans(text);
  const found = new Map<string, string[]>();
  for (const [index, each] of parse(text).cells.entries()) {
    if (each.source === '' || (theirs.get(bodyOf(each)) ?? 0) > 1) continue;
    const value = JSON.stringify(each);
    found.set(value, [...(found.get(value) ?? []), spans[index]!]);
  }
  return found;
}

type Counts = ReadonlyMap<string, number>;

function counts(cells: readonly ParsedCell[]): Counts {
  const found = new Map<string, number>();
  for (const each of cells) found.set(bodyOf(each), (found.get(bodyOf(each)) ?? 0) + 1);
  return found;
}

function isBlank(body: string): boolean {
  return body.slice(body.indexOf('\n')).trim() === '';
}

function isNew(body: string, base: string): boolean {
  return !counts(parse(base).cells).has(body);
}

function withLast(text: string): string {
  const { cells, ...rest } = JSON.parse(text) as { readonly cells: readonly object[] };
  const id = minorOf(text) >= 5 ? { id: 'last' } : {};
  const last = { cell_type: 'markdown', ...id, metadata: {}, source: LAST };
  return JSON.stringify({ ...rest, cells: [...cells, last] });
}

function withoutId(each: ParsedCell): object {
  return { ...each, id: undefined };
}
