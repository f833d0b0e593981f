import { describe, expect, it } from 'vitest';
import { MAX_TEXT_BYTES, MAX_TEXT_LINES, mergeText } from '../../src/sync/merge-text.ts';
import { largeTexts, randomNumbers } from './large-texts.ts';

interface Case {
  readonly name: string;
  readonly base: string;
  readonly offered: string;
  readonly local: string;
  readonly result: string;
  /** [lines, what the course wanted, what stayed] */
  readonly declined?: readonly (readonly [readonly [number, number], string, string])[];
}

const BOM = '\u{feff}';

const cases: readonly Case[] = [
  {
    name: 'changes in different places: both',
    base: '1\n2\n3\n4\n5\n',
    offered: '1\n2\n3\n4\nfive\n',
    local: 'one\n2\n3\n4\n5\n',
    result: 'one\n2\n3\n4\nfive\n',
  },
  {
    name: 'the same line changed: the student’s line, the course’s other change',
    base: '1\n2\n3\n4\n5\n',
    offered: '1\ntheirs\n3\n4\nfive\n',
    local: '1\nmine\n3\n4\n5\n',
    result: '1\nmine\n3\n4\nfive\n',
    declined: [[[2, 2], 'theirs', 'mine']],
  },
  {
    name: 'the place of a declined change counts the lines the course put in above it',
    base: '1\n2\n3\n4\n5\n',
    offered: 'zero\n1\n2\n3\n4\ntheirs\n',
    local: '1\n2\n3\n4\nmine\n',
    result: 'zero\n1\n2\n3\n4\nmine\n',
    declined: [[[6, 6], 'theirs', 'mine']],
  },
  {
    name: 'the course changed a line the student deleted: it stays deleted, the wish is told with the line it belongs after',
    base: '1\n2\n3\n',
    offered: '1\ntwo\n3\n',
    local: '1\n3\n',
    result: '1\n3\n',
    declined: [[[1, 1], 'two', '']],
  },
  {
    name: 'the course deleted a line the student changed: it stays',
    base: '1\n2\n3\n',
    offered: '1\n3\n',
    local: '1\nmine\n3\n',
    result: '1\nmine\n3\n',
    declined: [[[2, 2], '', 'mine']],
  },
  {
    name: 'both made the same change: once',
    base: '1\n2\n3\n',
    offered: '1\ntwo\n3\n',
    local: '1\ntwo\n3\nmine\n',
    result: '1\ntwo\n3\nmine\n',
  },
  {
    name: 'edits that touch count as the same place, as in git',
    base: '1\n2\n3\n4\n',
    offered: '1\n2\nthree\n4\n',
    local: '1\ntwo\n3\n4\n',
    result: '1\ntwo\n3\n4\n',
    declined: [[[2, 3], '2\nthree', 'two\n3']],
  },
  {
    name: 'a large conflict is told by where it differs',
    base: 'a\nb\n',
    offered: '1\n2\n3\n4\n5\ntheirs\n7\n8\n9\n10\n11\n',
    local: '1\n2\n3\n4\n5\nmine\n7\n8\n9\n10\n11\n',
    result: '1\n2\n3\n4\n5\nmine\n7\n8\n9\n10\n11\n',
    declined: [[[6, 6], 'theirs', 'mine']],
  },
  {
    name: 'a file saved with CR LF still receives the course’s changes',
    base: '1\n2\n3\n',
    offered: '1\n2\nthree\nfour\n',
    local: 'one\r\n2\r\n3\r\n',
    result: 'one\r\n2\r\nthree\r\nfour\r\n',
  },
  {
    name: 'only the line ends differ: the course’s new version, the student’s line ends',
    base: '1\n2\n',
    offered: '1\ntwo\n',
    local: '1\r\n2\r\n',
    result: '1\r\ntwo\r\n',
  },
  {
    name: 'the course changed line ends: the student’s stay',
    base: '1\n2\n3\n',
    offered: '1\r\n2\r\nthree\r\n',
    local: 'one\n2\n3\n',
    result: 'one\n2\nthree\n',
  },
  {
    name: 'mixed line ends: each line of the student keeps its own, new ones get the most frequent',
    base: '1\n2\n3\n4\n',
    offered: '1\n2\n3\n4\n5\n',
    local: 'one\n2\r\n3\r\n4\r\n',
    result: 'one\n2\r\n3\r\n4\r\n5\r\n',
  },
  {
    name: 'no final line end: still none after the course’s last line',
    base: '1\n2\n3',
    offered: '1\n2\n3\n4\n',
    local: 'one\n2\n3',
    result: 'one\n2\n3\n4',
  },
  {
    name: 'a byte order mark the student’s editor added stays',
    base: '1\n2\n3\n',
    offered: '1\n2\nthree\n',
    local: `${BOM}1\n2\n3\n`,
    result: `${BOM}1\n2\nthree\n`,
  },
  {
    name: 'a byte order mark of the course is no change of the first line',
    base: `${BOM}1\n2\n3\n`,
    offered: `${BOM}1\n2\nthree\n`,
    local: 'one\n2\n3\n',
    result: 'one\n2\nthree\n',
  },
  {
    name: 'an empty file the student filled stays as it is',
    base: '',
    offered: 'theirs\n',
    local: 'mine\n',
    result: 'mine\n',
    declined: [[[1, 1], 'theirs', 'mine']],
  },
  {
    name: 'a file the student emptied stays empty',
    base: '1\n2\n',
    offered: '1\ntwo\n',
    local: '',
    result: '',
    declined: [[[0, 0], '1\ntwo', '']],
  },
  {
    name: 'conflict markers of the student are lines like others',
    base: '1\n2\n',
    offered: '1\ntwo\n',
    local: '<<<<<<<\n1\n2\n',
    result: '<<<<<<<\n1\ntwo\n',
  },
];

describe('merging text', () => {
  it.each(cases)('$name', ({ base, offered, local, result, declined }) => {
    const merged = merge(base, offered, local);
    expect(Buffer.from(merged.bytes).toString()).toBe(result);
    const places = merged.declined.map(({ lines, course, yours }) => [lines, course, yours]);
    expect(places).toEqual(declined ?? []);
  });

  it('quotes at most 2,000 characters of either side, never half a character', () => {
    const { declined } = merge('1\n', `${'🎓'.repeat(3000)}\n`, `x${'🎓'.repeat(3000)}\n`);
    expect(declined.map(({ course, yours }) => [course, yours])).toEqual([['🎓'.repeat(1000), `x${'🎓'.repeat(999)}`]]);
  });

  it('reads a file wherever it lies in memory, and no byte around it', () => {
    for (let offset = 0; offset < 8; offset++) {
      for (const end of ['', '\n', '\r\n']) {
        const within = (text: string) =>
          Buffer.from(`${'\n'.repeat(offset)}${text}\n\n\n`)
            .subarray(offset)
            .subarray(0, text.length);
        const [base, offered, local] = ['a\nbc\ndef\n', `a\nbc\ndef\nghij${end}`, `A\nbc\ndef\n`].map(within);
        const merged = mergeText(base!, offered!, local!);
        expect(merged).toMatchObject({ kind: 'merged', declined: [] });
        expect(Buffer.from((merged as { bytes: Uint8Array }).bytes).toString()).toBe('A\nbc\ndef\nghij\n');
      }
    }
  });

  const text = Buffer.from('1\n2\n');
  const other = Buffer.from('1\n2\n3\n');
  const odd = {
    binary: Buffer.from('1\n\0\n'),
    'not-utf-8': Buffer.from('gr\xfc\xdfe\n', 'latin1'),
    'too-large': Buffer.alloc(MAX_TEXT_BYTES + 1, 'x'),
    'too-many-lines': Buffer.alloc(MAX_TEXT_LINES + 1, '\n'),
  } as const;
  it.each(Object.entries(odd))('leaves a file alone that is %s, on any side', (why, bytes) => {
    const verdict = { kind: 'not-mergeable', why };
    expect(mergeText(bytes, text, other)).toEqual(verdict);
    expect(mergeText(text, bytes, other)).toEqual(verdict);
    expect(mergeText(text, other, bytes)).toEqual(verdict);
  });

  it('merges up to the limits', () => {
    const lines = Buffer.alloc(MAX_TEXT_LINES - 2, '\n');
    const merged = mergeText(lines, Buffer.concat([lines, text]), Buffer.concat([text, lines]));
    expect(merged).toMatchObject({ kind: 'merged', declined: [] });
  });
});

describe('the work of merging 50,000 lines', () => {
  // a step is one comparison or one line looked at
  const texts = largeTexts(50_000);
  it.each(texts.slice(0, -1))('is a few steps a line: $name', ({ base, offered, local }) => {
    const work = { steps: 0 };
    expect(mergeText(base, offered, local, work).kind).toBe('merged');
    expect(work.steps).toBeLessThan(150_000 * 40);
  });

  it.each(largeTexts(15_000).slice(-1))('is bounded: $name', ({ base, offered, local }) => {
    const work = { steps: 0 };
    expect(mergeText(base, offered, local, work).kind).toBe('merged');
    expect(work.steps).toBeLessThan(45_000 * 1024);
  });

  it('is bounded whatever the lines are', () => {
    const random = randomNumbers(3);
    for (const different of [1, 2, 3, 10, 200, 5000]) {
      const side = () => Buffer.from(Array.from({ length: 8000 }, () => `${random(different)}\n`).join(''));
      const work = { steps: 0 };
      expect(mergeText(side(), side(), side(), work).kind).toBe('merged');
      expect(work.steps, `${different} different lines`).toBeLessThan(24_000 * 1024);
    }
  });

  it('is the same when someone made lines that collide', () => {
    const lines = collidingLines(300);
    const [base, offered, local] = [lines, [...lines, 'theirs'], ['mine', ...lines]].map(written);
    const merged = merge(base!, offered!, local!);
    expect(merged.declined).toEqual([]);
    expect(Buffer.from(merged.bytes).toString()).toBe(written(['mine', ...lines, 'theirs']));
  });
});

function written(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function merge(base: string, offered: string, local: string) {
  const merged = mergeText(Buffer.from(base), Buffer.from(offered), Buffer.from(local));
  if (merged.kind !== 'merged') throw new Error(merged.why);
  return merged;
}

/** Different lines that want the same place in the table of three such files (2,048 places). */
function collidingLines(count: number): readonly string[] {
  const lines: string[] = [];
  for (let candidate = 0; lines.length < count; candidate++) {
    const line = candidate.toString(36);
    if ((hashOf(Buffer.from(line)) & 2047) === 0) lines.push(line);
  }
  return lines;
}

/** The hash of the code: knowing it is what an attacker would start from. */
function hashOf(line: Buffer): number {
  let hash = line.length;
  let offset = 0;
  for (; offset + 4 <= line.length; offset += 4) {
    hash = Math.imul(hash ^ line.readInt32LE(offset), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; offset < line.length; offset++) hash = Math.imul(hash ^ line[offset]!, 0x01000193);
  return hash ^ (hash >>> 16);
}
