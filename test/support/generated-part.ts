/** Parts of docs/sources.md that the tests write: `F2GIT_WRITE_DOCS=1` writes them, otherwise they must be as they are. */
import { readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../../docs/sources.md', import.meta.url);

/** Whether this run writes what it sees instead of comparing. */
export const isWriting = process.env['F2GIT_WRITE_DOCS'] === '1';

/** The rows of a part's table: the cells of each line, heading first. Empty when there is none yet. */
export function tableIn(name: string): readonly (readonly string[])[] {
  return partOf(name)
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ |:-]*$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Puts a table in the place of a part's own. */
export function writeTable(name: string, rows: readonly (readonly string[])[]): void {
  const [before, , after] = cut(name);
  writeFileSync(page, `${before}\n\n${tableOf(rows)}\n${after}`);
}

function partOf(name: string): string {
  return cut(name)[1];
}

/** The page up to the part, the part, and the rest, with the marks on either side of it. */
function cut(name: string): readonly [string, string, string] {
  const whole = readFileSync(page, 'utf8');
  const mark = `<!-- ${name} -->`;
  const from = whole.indexOf(mark) + mark.length;
  const to = whole.indexOf('<!-- end -->', from);
  if (from < mark.length || to < 0) throw new Error(`docs/sources.md has no part ${mark}`);
  return [whole.slice(0, from), whole.slice(from, to), whole.slice(to)];
}

/** As Prettier lays tables out. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(3, ...rows.map((row) => (row[at] ?? '').length)));
  const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [heading = [], ...others] = rows.map((row) => widths.map((width, at) => (row[at] ?? '').padEnd(width)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [heading, rule, ...others].map(lineOf).join('\n') + '\n';
}
