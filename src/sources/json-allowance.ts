/**
 * How much JSON may be read and kept at once. What it takes of the memory depends on its values, not on its bytes:
 * `[],[],…` becomes thirty times as large. So values are counted before any of them is made.
 */
import { F2gitError } from '../errors.ts';

/** What may still be read. */
export interface JsonAllowance {
  bytes: number;
  /** A name and its value are two. */
  values: number;
  /** Bytes of one text. */
  readonly longest: number;
}

/** Each takes up to 70 bytes. A file in a list has 150 in Stud.IP, 70 in Canvas, 40 in Moodle. */
const MOST_VALUES = 2_000_000;
/** Kept as texts of up to twice that. */
const MOST_BYTES = 48 * 1024 * 1024;
/** No answer has more than a dozen; a parser that follows a million brackets takes a gigabyte. */
const MOST_DEPTH = 200;

/** A list names things, and describes some in what fits into a field for it. */
export const LONGEST_IN_LISTS = 1024 * 1024;

/** For one answer, or for all that are kept until the end of a refresh. Descriptions may hold whole pictures (Moodle). */
export function jsonAllowance(longest = Infinity): JsonAllowance {
  return { values: MOST_VALUES, bytes: MOST_BYTES, longest };
}

/**
 * Takes `json` off the allowance. `address` is for the message.
 * @throws {F2gitError} `too-large` when it is more than what is left; `source-invalid` when it lies too deep in itself
 */
export function spend(allowance: JsonAllowance, json: Uint8Array, address: string): void {
  const { values, depth, longest } = measured(json, allowance.values);
  if (depth > MOST_DEPTH) {
    const detail = 'its elements lie too deep in each other';
    throw new F2gitError('source-invalid', { params: { address, detail } });
  }
  if (json.length > allowance.bytes || values > allowance.values || longest > allowance.longest) {
    const detail = 'more than is held in memory at once';
    throw new F2gitError('too-large', { params: { address, detail } });
  }
  allowance.bytes -= json.length;
  allowance.values -= values;
}

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN, OPEN_OBJECT, CLOSE, CLOSE_OBJECT] = Buffer.from('"\\,:[{]}');

interface Measured {
  readonly values: number;
  readonly depth: number;
  /** Bytes of the longest text, at least. */
  readonly longest: number;
}

/** Counts until there are more than `most` values or brackets: `json` need be no JSON. */
function measured(json: Uint8Array, most: number): Measured {
  let values = 1;
  let depth = 0;
  let deepest = 0;
  let start: number | undefined;
  let longest = 0;
  for (let at = 0; at < json.length && values <= most && deepest <= MOST_DEPTH; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) {
      if (start !== undefined) longest = Math.max(longest, at - start);
      start = start === undefined ? at + 1 : undefined;
    } else if (start !== undefined) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === COLON) values += 1;
    else if (byte === OPEN || byte === OPEN_OBJECT) {
      values += 1;
      deepest = Math.max(deepest, (depth += 1));
    } else if (byte === CLOSE || byte === CLOSE_OBJECT) depth -= 1;
  }
  return { values, depth: deepest, longest };
}
