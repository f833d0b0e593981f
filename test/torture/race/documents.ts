/** The files of the races: the student's place and the course's place lie apart, so that both can always be had. */
import { notebook } from '../scenes.ts';

/** A text of twenty lines: the student writes into one, the course into another. */
export function textOf(mine: string, course: string): string {
  const line = (index: number): string => (index === 3 ? mine : index === 15 ? course : `line ${index}`);
  return Array.from({ length: 20 }, (_, index) => `${line(index)}\n`).join('');
}

/** A notebook of eight cells: the student works in one, the course in another. */
export function notebookOf(mine: string, course: string): string {
  const cell = (index: number): string => (index === 2 ? mine : index === 6 ? course : `cell ${index}`);
  return notebook(Array.from({ length: 8 }, (_, index) => cell(index)));
}

/** What the student's editor shows, with the student's place written anew. */
export function edited(path: string, shown: string, mine: string): string {
  if (!path.endsWith('.ipynb')) {
    const lines = shown.split('\n');
    lines[3] = mine;
    return lines.join('\n');
  }
  const document = JSON.parse(shown) as { cells: { id?: string; source: string[] }[] };
  const cell = document.cells.find(({ id }) => id === 'cell-2') ?? document.cells[2];
  if (cell === undefined) throw new Error(`"${path}" has no cell to work in`);
  cell.source = [mine];
  return `${JSON.stringify(document, null, 1)}\n`;
}
