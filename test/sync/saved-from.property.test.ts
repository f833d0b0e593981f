/**
 * Laws of bringing back what an old editor wiped out: no line of the student's is lost, nothing happens twice, and who
 * has anything of the newer version is believed. Lines are few and many are equal.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeText } from '../../src/sync/merge-text.ts';
import type * as Ancestor from '../../src/sync/text/ancestor.ts';
import { ancestorOf } from '../../src/sync/text/ancestor.ts';
import { loadMutant, type Mutation } from './mutants.ts';
import { linesOf } from './text-merge-properties.ts';

type AncestorOf = typeof ancestorOf;

const numRuns = 3000 * Number(process.env['F2GIT_RUNS'] ?? 1);
const seed = Number(process.env['F2GIT_SEED'] ?? 20261123);

interface Law {
  readonly name: string;
  readonly property: (ancestor: AncestorOf) => fc.IProperty<unknown>;
}

const laws: readonly Law[] = [
  {
    name: 'O1 every line the student has beyond the version the editor showed is there afterwards, in order',
    property: (ancestor) =>
      fc.property(saves(), ({ earlier, delivered, local }) => {
        const result = broughtBack(ancestor, earlier, delivered, local);
        const own = local.filter((line) => !earlier.includes(line));
        const isThere = (line: string) => count(result, line) >= count(local, line) - count(earlier, line);
        return isSubsequence(own, result) && local.every(isThere);
      }),
  },
  {
    name: 'O2 a file to which something was brought back is not taken for an old one again, where no line occurs twice',
    property: (ancestor) =>
      fc.property(saves(distinct), ({ earlier, delivered, local }) => {
        const result = broughtBack(ancestor, earlier, delivered, local);
        const base = bytesOf(delivered);
        const again = { base, earlier: [bytesOf(earlier)], local: bytesOf(result), isAsBefore: false };
        return isEqual(result, local) || ancestor(again) === base;
      }),
  },
  {
    name: 'O3 who has a line only the newer version brought is believed',
    property: (ancestor) =>
      fc.property(saves(), ({ earlier, delivered, local }) => {
        const news = delivered.filter((line) => line.trim() !== '' && !earlier.includes(line) && local.includes(line));
        fc.pre(news.length > 0);
        return isEqual(broughtBack(ancestor, earlier, delivered, local), local);
      }),
  },
  {
    name: 'O4 who deleted nothing but what the course had added is believed',
    property: (ancestor) =>
      fc.property(saves(), ({ earlier, delivered, local }) => {
        fc.pre(isSubsequence(earlier, delivered));
        return isEqual(broughtBack(ancestor, earlier, delivered, local, true), local);
      }),
  },
  {
    name: 'O5 an edit elsewhere, saved over a line the course rewrote, gives both, whatever the file was before',
    property: (ancestor) =>
      fc.property(rewrites(), fc.boolean(), ({ earlier, at, rewritten, typed }, isAsBefore) => {
        const delivered = earlier.with(at, rewritten);
        const edit = (lines: readonly string[]) => lines.with((at + 3) % earlier.length, typed);
        return isEqual(broughtBack(ancestor, earlier, delivered, edit(earlier), isAsBefore), edit(delivered));
      }),
  },
];

const mutants: readonly (Mutation & { readonly breaks: string; readonly name: string })[] = [
  {
    breaks: 'O1',
    name: 'the student’s own file is taken for the version it was made of',
    file: 'sync/text/ancestor.ts',
    replace: 'best?.version ?? base',
    by: 'best === undefined ? base : local',
  },
  {
    breaks: 'O2',
    name: 'it is forgotten which of the two the file is nearer to, and what came to it',
    file: 'sync/text/saved-from.ts',
    replace: "if (parts.some(({ kind }) => kind === 'agreed')) return undefined;",
    by: "if (parts.length > 0) return { distance: 0, kind: 'old-lines' };",
  },
  {
    breaks: 'O3',
    name: 'what only the newer version has says nothing',
    file: 'sync/text/saved-from.ts',
    replace: 'if (hasNewLine(d, counts, isBlank)) return undefined;',
    by: '',
  },
  {
    breaks: 'O4',
    name: 'a file as it was before is taken for an old editor’s',
    file: 'sync/text/ancestor.ts',
    replace: "(isAsBefore && evidence.kind === 'no-new-lines')",
    by: '(isAsBefore && evidence.distance < 0)',
  },
  {
    breaks: 'O5',
    name: 'lines that stand as before are no evidence',
    file: 'sync/text/saved-from.ts',
    replace: 'if (old.length > 0)',
    by: 'if (old.length > 1e9)',
  },
];

describe('what an old editor wiped out', () => {
  it.each(laws)('$name', ({ property }) => {
    fc.assert(property(ancestorOf), { seed, numRuns });
  });
});

describe('the laws of bringing back notice', () => {
  it.each(mutants)('$breaks when $name', async (mutant) => {
    const { ancestorOf: mutated } = (await loadMutant('sync/text/ancestor.ts', mutant)) as typeof Ancestor;
    const law = laws.find(({ name }) => name.startsWith(mutant.breaks));
    expect(fc.check(law!.property(mutated), { seed, numRuns }).failed).toBe(true);
  });
});

function broughtBack(
  ancestor: AncestorOf,
  earlier: readonly string[],
  delivered: readonly string[],
  local: readonly string[],
  isAsBefore = false,
): readonly string[] {
  const [e, d, l] = [bytesOf(earlier), bytesOf(delivered), bytesOf(local)];
  const merged = mergeText(ancestor({ base: d, earlier: [e], local: l, isAsBefore }), d, l);
  if (merged.kind !== 'merged') throw new Error(merged.why);
  return linesOf(merged.bytes);
}

/** A version, the next one, and a student's file made of either. */
function saves(made: (lines: readonly string[]) => readonly string[] = (lines) => lines) {
  const line = fc.constantFrom('a', 'b', 'c', 'd', 'e', '', '  ');
  return fc
    .array(line, { minLength: 1, maxLength: 10 })
    .map(made)
    .chain((earlier) => fc.record({ earlier: fc.constant(earlier), delivered: edits(earlier, line, 2).map(made) }))
    .chain(({ earlier, delivered }) =>
      fc.record({
        earlier: fc.constant(earlier),
        delivered: fc.constant(delivered),
        local: fc.oneof(edits(earlier, line, 3), edits(delivered, line, 3)).map(made),
      }),
    );
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}

function rewrites() {
  return fc.record({
    earlier: fc
      .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'), { minLength: 6 })
      .map((lines): readonly string[] => lines),
    at: fc.nat({ max: 5 }),
    rewritten: fc.constantFrom('new', 'newer'),
    typed: fc.constantFrom('mine', 'my own'),
  });
}

function edits(base: readonly string[], line: fc.Arbitrary<string>, most: number): fc.Arbitrary<readonly string[]> {
  const edit = fc.record({
    at: fc.nat({ max: base.length }),
    removed: fc.nat({ max: 2 }),
    inserted: fc.array(line, { maxLength: 2 }),
  });
  return fc
    .array(edit, { maxLength: most })
    .map((script) =>
      script.reduce<readonly string[]>(
        (text, { at, removed, inserted }) => text.toSpliced(at, removed, ...inserted),
        base,
      ),
    );
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0;
  for (const line of whole) if (line === part[found]) found++;
  return found === part.length;
}

function count(all: readonly string[], line: string): number {
  return all.filter((one) => one === line).length;
}
