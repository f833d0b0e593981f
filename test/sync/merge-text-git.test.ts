/** Beside real git: the same bytes and the same verdict on small random files and on large hard ones. */
import fc from 'fast-check';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeText } from '../../src/sync/merge-text.ts';
import { largeTexts } from './large-texts.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;
const seed = Number(process.env['F2GIT_SEED'] ?? 20261122);
const triples = 400 * Number(process.env['F2GIT_RUNS'] ?? 1);

interface Files {
  readonly base: Buffer;
  readonly offered: Buffer;
  readonly local: Buffer;
}

interface GitMerge {
  /** With `--ours`: git, too, lets the student win. */
  readonly bytes: Buffer;
  readonly isClean: boolean;
}

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'f2git-merge-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!hasGit)('the merge of text beside git merge-file (skipped where git is not installed)', () => {
  it('gives the same bytes and finds the same conflicts on small random files', () => {
    const samples = fc.sample(smallFiles(), { seed, numRuns: triples });
    const gits = mergeAllByGit(samples);
    expect(gits.filter(({ isClean }) => isClean).length).toBeGreaterThan(triples / 10);
    for (const [index, files] of samples.entries()) expectAsGit(files, gits[index]!, describeFiles(files));
  });

  it.each([...largeTexts(50_000).slice(0, -1), ...largeTexts(15_000).slice(-1)])(
    'gives the same bytes and finds the same conflicts: $name',
    ({ name, ...files }) => {
      expectAsGit(files, mergeAllByGit([files])[0]!, name);
    },
  );
});

function expectAsGit({ base, offered, local }: Files, git: GitMerge, message: string): void {
  const merged = mergeText(base, offered, local);
  if (merged.kind !== 'merged') throw new Error(merged.why);
  expect(Buffer.compare(merged.bytes, git.bytes), message).toBe(0);
  expect(merged.declined.length === 0, message).toBe(git.isClean);
}

/** Few different lines, few edits: alignments are ambiguous, and it shows whether ours is git's. */
function smallFiles(): fc.Arbitrary<Files> {
  const line = fc.constantFrom('a', 'b', 'c', 'd', '', 'x');
  const edit = fc.record({
    at: fc.nat({ max: 30 }),
    removed: fc.nat({ max: 3 }),
    inserted: fc.array(line, { maxLength: 3 }),
  });
  const scripts = fc.array(edit, { minLength: 1, maxLength: 4 });
  return fc.record({ base: fc.array(line, { maxLength: 30 }), offered: scripts, local: scripts }).map((each) => ({
    base: bytesOf(each.base),
    offered: bytesOf(each.offered.reduce(applied, each.base)),
    local: bytesOf(each.local.reduce(applied, each.base)),
  }));
}

function applied(lines: string[], edit: { at: number; removed: number; inserted: string[] }): string[] {
  return lines.toSpliced(Math.min(edit.at, lines.length), edit.removed, ...edit.inserted);
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

function describeFiles({ base, offered, local }: Files): string {
  return [base, offered, local].map((bytes) => JSON.stringify(bytes.toString())).join(' ');
}

/** One shell for all: starting it is most of the time. */
function mergeAllByGit(all: readonly Files[]): readonly GitMerge[] {
  for (const [index, { base, offered, local }] of all.entries()) {
    const path = join(folder, String(index));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'base'), base);
    writeFileSync(join(path, 'offered'), offered);
    writeFileSync(join(path, 'local'), local);
  }
  const script = `for i in $(seq 0 ${all.length - 1}); do cd "$1/$i"
git merge-file -p --quiet local base offered >/dev/null; echo $? >status
git merge-file -p --quiet --ours local base offered >merged; done`;
  execFileSync('sh', ['-c', script, 'sh', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  return all.map((_, index) => ({
    bytes: readFileSync(join(folder, String(index), 'merged')),
    isClean: readFileSync(join(folder, String(index), 'status'), 'utf8').trim() === '0',
  }));
}
