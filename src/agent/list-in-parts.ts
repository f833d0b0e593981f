/** A long list in a JSON document, read some elements at a time: parsed whole, it would take many times its bytes. */

/** Bytes that are parsed together; an element that is longer is parsed alone. */
const PART_BYTES = 256 * 1024;

const [QUOTE, BACKSLASH, COMMA, OPEN, OPEN_OBJECT, CLOSE, CLOSE_OBJECT] = Buffer.from('"\\,[{]}');

/**
 * Gives the elements of the list that the outermost object of `json` has by `name`, in parts. What is beside the list is
 * not looked at.
 * @throws {SyntaxError} when there is no such list, or what is in it is no JSON
 */
export function* listInParts(json: Uint8Array, name: string): Generator<readonly unknown[]> {
  let start: number | undefined;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = endOfText(json, at);
    } else if (byte === OPEN || byte === OPEN_OBJECT) {
      depth += 1;
      if (depth === 2 && isListOf(json, at, name)) start ??= at + 1;
    } else if (start !== undefined && depth === 2 && endsPart(byte, at - start)) {
      yield JSON.parse(`[${textOf(json, start, at)}]`) as readonly unknown[];
      if (byte === CLOSE) return;
      start = at + 1;
    } else if (byte === CLOSE || byte === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
  throw new SyntaxError(start === undefined ? 'no such list' : 'a list that does not end');
}

function endsPart(byte: number | undefined, length: number): boolean {
  return byte === CLOSE || (byte === COMMA && length >= PART_BYTES);
}

/** Where the text that begins at `start` ends: at its second quote. */
function endOfText(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Whether a list begins at `at` that is the value of `name`. */
function isListOf(json: Uint8Array, at: number, name: string): boolean {
  if (json[at] !== OPEN) return false;
  const before = textOf(json, Math.max(0, at - name.length - 16), at);
  return new RegExp(`"${name}"\\s*:\\s*$`).test(before);
}

function textOf(json: Uint8Array, start: number, end: number): string {
  return Buffer.from(json.buffer, json.byteOffset + start, end - start).toString();
}
