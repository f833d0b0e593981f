/** What the commands print: one table, and how to see each failure again. */

export interface Row {
  readonly name: string;
  readonly figures: readonly (number | string)[];
}

/** A table, by default with a line of sums where the figures are numbers. */
export function tableOf(head: readonly string[], rows: readonly Row[], hasSums = true): string {
  const sums = head.slice(1).map((_, column) => {
    const figures = rows.map(({ figures: all }) => all[column] ?? '');
    return figures.every((figure) => typeof figure === 'number') ? figures.reduce((sum, one) => sum + one, 0) : '';
  });
  const body = rows.map(({ name, figures }) => [name, ...figures]);
  const lines = [head, ...body, ...(hasSums ? [['all', ...sums]] : [])].map((line) => line.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
