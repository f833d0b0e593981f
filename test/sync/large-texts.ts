/** Files of many lines that bring a difference to its limits; equal on every machine. */

export interface LargeText {
  readonly name: string;
  readonly base: Buffer;
  readonly offered: Buffer;
  readonly local: Buffer;
}

type Lines = readonly string[];
type Edit = (line: string, index: number) => Lines;

/** Six triples of about `count` lines each. */
export function largeTexts(count: number): readonly LargeText[] {
  const random = randomNumbers(7);
  const prose = make(
    count,
    (index) => `${index}: some text of the course, ${random(1_000_000)}, to be read and understood`,
  );
  const csv = make(count, () => `2026-11-${10 + random(20)},${random(5)},measured,ok,sensor ${random(3)},no remark`);
  const blank = make(count, (index) => (index % 50 === 0 ? `# paragraph ${index}` : ''));
  const own = (who: string) => make(count, (index) => `${who} wrote line ${index} alone, ${random(1_000_000_000)}`);
  return [
    triple('scattered edits', prose, replaced(prose, 89, 1, 'course'), replaced(prose, 97, 0, 'student')),
    triple(
      'CSV with many equal lines',
      csv,
      edited(csv, edit('theirs', 103, 509)),
      edited(csv, edit('mine', 101, 503)),
    ),
    triple('mostly blank lines', blank, edited(blank, edit('theirs', 307, 911)), edited(blank, edit('mine', 301, 777))),
    triple('nothing in common, two sides', prose, replaced(prose, 5000, 1, 'course'), own('student')),
    triple('nothing in common, three sides', prose, own('course'), own('student')),
    triple('all lines in another order', prose, shuffled(prose, random), shuffled(prose, random)),
  ];
}

function triple(name: string, base: Lines, offered: Lines, local: Lines): LargeText {
  return { name, base: bytesOf(base), offered: bytesOf(offered), local: bytesOf(local) };
}

function bytesOf(lines: Lines): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

function make(count: number, line: (index: number) => string): Lines {
  return Array.from({ length: count }, (_, index) => line(index));
}

function replaced(lines: Lines, every: number, offset: number, who: string): Lines {
  return lines.map((line, index) => (index % every === offset ? `${who} replaced line ${index}` : line));
}

function edited(lines: Lines, change: Edit): Lines {
  return lines.flatMap(change);
}

/** Adds a line here, drops one there, doubles another. */
function edit(who: string, adds: number, drops: number): Edit {
  return (line, index) => {
    if (index % adds === 0) return [line, `${who} ${index}`];
    if (index % drops === 0) return [];
    return index % (drops + 2) === 0 ? [line, line] : [line];
  };
}

function shuffled(lines: Lines, random: (below: number) => number): Lines {
  const order = [...lines];
  for (let index = order.length - 1; index > 0; index--) {
    const other = random(index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}

/** mulberry32 */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
