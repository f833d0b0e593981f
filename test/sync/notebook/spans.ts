/** The text of each cell of a notebook, found by counting brackets: nothing of the merge is used for it. */

/** Gives the text of every cell, as it stands in the file. */
export function cellSpans(text: string): readonly string[] {
  const spans: string[] = [];
  let depth = 0;
  let start = 0;
  let isInCells = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') {
      const end = endOfString(text, at);
      if (depth === 1) isInCells = text.slice(at, end) === '"cells"';
      at = end - 1;
    } else if (sign === '{' || sign === '[') {
      if (depth === 2 && isInCells) start = at;
      depth++;
    } else if (sign === '}' || sign === ']') {
      depth--;
      if (depth === 2 && isInCells) spans.push(text.slice(start, at + 1));
    }
  }
  return spans;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
