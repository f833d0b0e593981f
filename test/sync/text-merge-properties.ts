/**
 * The laws of the text merge, as properties of any function of its shape, so that the same laws judge the mutants.
 * Lines come from a small alphabet: collisions, repeated and blank lines are the rule.
 */
import fc from 'fast-check';
import type { mergeText } from '../../src/sync/merge-text.ts';

export type MergeText = typeof mergeText;

export interface Law {
  readonly name: string;
  readonly property: (merge: MergeText) => fc.IProperty<unknown>;
}

/** One version of a file: its lines and how they are written down. */
interface Version {
  readonly lines: readonly string[];
  readonly lineEnd: '\n' | '\r\n';
  readonly endsWithLineEnd: boolean;
  readonly hasBom: boolean;
}

interface Triple {
  readonly base: Version;
  readonly offered: Version;
  readonly local: Version;
}

const lines = ['a', 'b', 'c', 'd', 'ü', '', '  a', 'a\tb'];

export const laws: readonly Law[] = [
  {
    name: 'T1 a file only one side changed is that side’s, byte for byte',
    property: (merge) =>
      fc.property(triples(), ({ base, offered, local }) => {
        const [b, u, l] = [bytesOf(base), bytesOf(offered), bytesOf(local)];
        return isEqual(run(merge, b, u, b), u) && isEqual(run(merge, b, b, l), l) && isEqual(run(merge, b, l, l), l);
      }),
  },
  {
    name: 'T2 every line the student added is in the result, in order',
    property: (merge) =>
      fc.property(triples(), ({ base, offered, local }) => {
        const result = linesOf(run(merge, bytesOf(base), bytesOf(offered), bytesOf(local)));
        const own = local.lines.filter((line) => !base.lines.includes(line));
        const isThere = (line: string) => count(result, line) >= count(local.lines, line) - count(base.lines, line);
        return isSubsequence(own, result) && local.lines.every(isThere);
      }),
  },
  {
    name: 'T3 no line of the result is in none of the files: no conflict marker',
    property: (merge) =>
      fc.property(triples(), ({ base, offered, local }) => {
        const result = linesOf(run(merge, bytesOf(base), bytesOf(offered), bytesOf(local)));
        return result.every((line) => offered.lines.includes(line) || local.lines.includes(line));
      }),
  },
  {
    name: 'T4 merging again what was already merged changes nothing, where no line occurs twice in a file',
    property: (merge) =>
      fc.property(triplesOfDistinctLines(), ({ base, offered, local }) => {
        const [b, u] = [bytesOf(base), bytesOf(offered)];
        const merged = run(merge, b, u, bytesOf(local));
        return isEqual(run(merge, b, u, merged), merged) && isEqual(run(merge, u, u, merged), merged);
      }),
  },
  {
    name: 'T5 byte order mark, line ends and final line end are the student’s',
    property: (merge) =>
      fc.property(triples(), ({ base, offered, local }) => {
        const [b, l] = [bytesOf(base), bytesOf(local)];
        fc.pre(!isEqual(b, l) && local.lines.length > 0);
        const result = Buffer.from(run(merge, b, bytesOf(offered), l));
        const text = result.toString('utf8');
        const ends = new Set(text.match(/\r?\n/g));
        const isOwnLineEnd = local.lines.length < 2 || [...ends].every((end) => end === local.lineEnd);
        // a blank last line is nothing but its line end
        const isOwnFinalEnd =
          text.endsWith('\n') === l.toString('utf8').endsWith('\n') || linesOf(result).at(-1) === '';
        return text.startsWith(BOM) === local.hasBom && isOwnLineEnd && (linesOf(result).length === 0 || isOwnFinalEnd);
      }),
  },
  {
    name: 'T6 what is missing of the course is declined, and nothing else is',
    property: (merge) =>
      fc.property(triples(), ({ base, offered, local }) => {
        const [b, u, l] = [bytesOf(base), bytesOf(offered), bytesOf(local)];
        const merged = merge(b, u, l);
        if (merged.kind !== 'merged') return false;
        const result = linesOf(merged.bytes);
        // if nothing is declined, it does not matter whose lines win
        const isWhole = isEqual(result, linesOf(run(merge, b, l, u)));
        const told = merged.declined.flatMap((place) => place.course.split('\n'));
        const isTold = (line: string) => base.lines.includes(line) || result.includes(line) || told.includes(line);
        const isQuoted = merged.declined.every(({ lines: place, yours }) => {
          const [first, last] = place ?? [0, 0];
          const quoted = yours === '' ? [[], ['']] : [yours.split('\n')];
          return quoted.some((one) => isEqual(one, one.length === 0 ? [] : result.slice(first - 1, last)));
        });
        return (merged.declined.length === 0) === isWhole && offered.lines.every(isTold) && isQuoted;
      }),
  },
];

const BOM = '\u{feff}';

/** Three versions, the last two edits of the first. */
export function triples(): fc.Arbitrary<Triple> {
  const line = fc.constantFrom(...lines);
  return fc.array(line, { maxLength: 14 }).chain((base) =>
    fc.record({
      base: version(fc.constant(base)),
      offered: version(edits(base, line)),
      local: version(edits(base, line)),
    }),
  );
}

/** As `triples`, but no version has a line twice. The course's and the student's new lines may be the same. */
function triplesOfDistinctLines(): fc.Arbitrary<Triple> {
  const old = fc.uniqueArray(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '9', ''), { maxLength: 10 });
  const distinct = (edited: readonly string[]) => [...new Set(edited)];
  const line = fc.constantFrom('4', '7', 'x', 'y', 'z', 'mine', 'theirs');
  return old.chain((base) =>
    fc.record({
      base: version(fc.constant(base)),
      offered: version(edits(base, line).map(distinct)),
      local: version(edits(base, line).map(distinct)),
    }),
  );
}

function version(content: fc.Arbitrary<readonly string[]>): fc.Arbitrary<Version> {
  return fc.record({
    lines: content,
    lineEnd: fc.constantFrom('\n' as const, '\n' as const, '\r\n' as const),
    endsWithLineEnd: fc.constantFrom(true, true, false),
    hasBom: fc.constantFrom(false, false, true),
  });
}

/** Up to four replacements of up to two lines by up to two others. */
function edits(base: readonly string[], line: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> {
  const edit = fc.record({
    at: fc.nat({ max: base.length + 1 }),
    removed: fc.nat({ max: 2 }),
    inserted: fc.array(line, { maxLength: 2 }),
  });
  return fc
    .array(edit, { maxLength: 4 })
    .map((script) =>
      script.reduce<string[]>((text, { at, removed, inserted }) => text.toSpliced(at, removed, ...inserted), [...base]),
    );
}

function bytesOf({ lines: content, lineEnd, endsWithLineEnd, hasBom }: Version): Buffer {
  const isLastBlank = content.at(-1) === '';
  const end = content.length > 0 && (endsWithLineEnd || isLastBlank) ? lineEnd : '';
  return Buffer.from((hasBom ? BOM : '') + content.join(lineEnd) + end);
}

/** The lines of a file without their ends. */
export function linesOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('utf8').replace(BOM, '');
  const all = text.split(/\r?\n/);
  if (all.at(-1) === '') all.pop();
  return all;
}

function run(merge: MergeText, base: Uint8Array, offered: Uint8Array, local: Uint8Array): Uint8Array {
  const merged = merge(base, offered, local);
  if (merged.kind !== 'merged') throw new Error(`not merged: ${merged.why}`);
  return merged.bytes;
}

function isEqual<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  return a.length === b.length && Array.from(a).every((value, index) => value === b[index]);
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0;
  for (const line of whole) if (line === part[found]) found++;
  return found === part.length;
}

function count(all: readonly string[], line: string): number {
  return all.filter((one) => one === line).length;
}
