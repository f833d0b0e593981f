/** JSON as a stranger may have written it: short to send, and a hundred times as large once it is read. */
import { F2gitError } from '../errors.ts';
import { misbehaved } from './frames.ts';

/** What a student's process may send at once: a report over 50,000 files has some 400,000 values. */
export const MOST_VALUES = 500_000;

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = Buffer.from('"\\,[{');

/** @throws {F2gitError} `part-failed` when it is none, or holds more than `most` values */
export function parseTold(text: Buffer, most: number): unknown {
  if (hasMore(text, most)) throw misbehaved('too many values');
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw new F2gitError('part-failed', { cause: error });
  }
}

/** Each value but the first stands behind one of these, outside of strings. */
function hasMore(text: Buffer, most: number): boolean {
  if (text.length < most) return false;
  let values = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) isString = !isString;
    else if (isString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) values += 1;
  }
  return values > most;
}
