/** How a notebook file is written down: what is put into the student's file is written the same way. */
import { isAscii } from 'node:buffer';
import type { JsonArray, JsonObject, JsonText } from './scan-json.ts';

export interface Style {
  /** Between a bracket or comma and the next line; empty where all is in one line. */
  readonly newline: '' | '\n' | '\r\n';
  /** One level, where there are lines. */
  readonly indent: string;
  /** After a comma within a line. */
  readonly itemSpace: '' | ' ';
  /** Between a name and its value, colon included. */
  readonly colon: string;
  /** Whether characters beyond ASCII are written as `\u…`. */
  readonly isAscii: boolean;
  /** Whether a cell's text is a list of lines, not one string. */
  readonly splitsSource: boolean;
}

/** Reads the style off a file's outermost object; its cells tell how text is written. */
export function styleOf(root: JsonObject, file: JsonText, sources: readonly { kind: string }[]): Style {
  const { bytes, members = [] } = root;
  const [first, second] = members;
  const lead = first === undefined ? '' : bytes.toString('latin1', root.start + 1, first.start);
  const newline = lead.includes('\r\n') ? '\r\n' : lead.includes('\n') ? '\n' : '';
  const between = second === undefined ? '' : bytes.toString('latin1', first?.value.end, second.start);
  const colon = first === undefined ? ':' : bytes.toString('latin1', first.keyEnd, first.value.start);
  return {
    newline,
    indent: newline === '' ? '' : lead.slice(lead.lastIndexOf('\n') + 1),
    itemSpace: newline === '' && between.endsWith(' ') ? ' ' : '',
    colon: colon.endsWith(' ') ? ': ' : ':',
    isAscii: file.hasUnicodeEscapes && isAscii(bytes),
    splitsSource: sources.length === 0 || sources.some(({ kind }) => kind === 'array'),
  };
}

/** Whether what is written in one style looks the same in the other, escapes aside. */
export function isAlike(a: Style, b: Style): boolean {
  return a.newline === b.newline && a.indent === b.indent && a.itemSpace === b.itemSpace && a.colon === b.colon;
}

/** What stands between the bracket or comma and an item, `depth` levels deep. */
export function lineBreak({ newline, indent }: Style, depth: number): string {
  return newline === '' ? '' : newline + indent.repeat(depth);
}

/** What stands between the first two items of an array, if it has two. */
export function separatorOf({ bytes, items }: JsonArray): string | undefined {
  const [first, second] = items ?? [];
  return first === undefined || second === undefined ? undefined : bytes.toString('latin1', first.end, second.start);
}
