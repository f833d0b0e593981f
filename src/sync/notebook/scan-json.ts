/**
 * JSON (RFC 8259) read without losing anything: every value knows where its text is, so that what a merge does not
 * touch is copied as it was written. Stricter than the format where programs disagree: no name twice in one object, no
 * byte order mark, no bomb of brackets. Time is proportional to the bytes, whatever they are.
 */
import { isUtf8 } from 'node:buffer';
import { KeySet, nameOf } from './key-set.ts';

interface Span {
  /** The whole file; the value is `bytes[start, end)`. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What is directly in an object or array that lies deep is read when it is asked for (`json-values.ts`). */
export interface JsonObject extends Span {
  readonly kind: 'object';
  readonly members: readonly JsonMember[] | undefined;
}
export interface JsonArray extends Span {
  readonly kind: 'array';
  readonly items: readonly JsonValue[] | undefined;
}
export interface JsonString extends Span {
  readonly kind: 'string';
}
/** A number, `true`, `false` or `null`: what its text says. */
export interface JsonLiteral extends Span {
  readonly kind: 'literal';
}
export type JsonValue = JsonObject | JsonArray | JsonString | JsonLiteral;

/** One name and its value; the name's text, with its quotes, is `bytes[start, keyEnd)`. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly keyEnd: number;
  readonly value: JsonValue;
}

export interface JsonText {
  readonly value: JsonValue;
  /** Whether some character beyond ASCII is written as `\u….` */
  readonly hasUnicodeEscapes: boolean;
}

/** Python, which opens notebooks for Jupyter, gives up at about a thousand. */
export const MAX_DEPTH = 500;

/** Reads a whole file; undefined when it is not JSON as above. Children are kept for values down to `keptDepth`. */
export function scanJson(bytes: Uint8Array, keptDepth: number): JsonText | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // a byte order mark is no JSON token
  if (!isUtf8(buffer)) return undefined;
  const scanner = new Scanner(buffer, 0, keptDepth);
  const value = scanner.scan();
  if (value === undefined || !scanner.isAtEnd()) return undefined;
  return { value, hasUnicodeEscapes: scanner.hasUnicodeEscapes };
}

/** Reads a value again, with all its children down to `keptDepth` below it. */
export function scanAgain<Value extends JsonValue>(value: Value, keptDepth: number): Value {
  const again = new Scanner(value.bytes, value.start, keptDepth).scan();
  if (again?.kind !== value.kind || again.end !== value.end) throw new TypeError('a value is no longer what it was');
  return again as Value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_CASE = 0x20;
const LETTER_E = 0x65;
const LETTER_U = 0x75;

/** Bytes at which the inside of a string needs a closer look: quote, backslash, control characters. */
const NOTABLE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);
const SPACE = Uint8Array.from({ length: 256 }, (_, byte) => ([0x20, 0x09, 0x0a, 0x0d].includes(byte) ? 1 : 0));
const ESCAPABLE = new Set(Buffer.from('"\\/bfnrt'));
const LITERALS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** A container that is being read. */
interface Frame {
  readonly kind: 'object' | 'array';
  readonly start: number;
  /** Undefined when nobody wants to see the children. */
  readonly members: JsonMember[] | undefined;
  readonly items: JsonValue[] | undefined;
  /** The name of the value that is being read. */
  key: string;
  keyStart: number;
  keyEnd: number;
}

class Scanner {
  hasUnicodeEscapes = false;
  private position: number;
  private readonly bytes: Buffer;
  private readonly keptDepth: number;
  /** For each depth: the names of the object that is open there. */
  private readonly keys: KeySet[] = [];

  constructor(bytes: Buffer, start: number, keptDepth: number) {
    this.bytes = bytes;
    this.position = start;
    this.keptDepth = keptDepth;
  }

  /** The value at the present position; undefined when there is none. */
  scan(): JsonValue | undefined {
    try {
      return this.value();
    } catch (error) {
      if (error === NOT_JSON) return undefined;
      throw error;
    }
  }

  isAtEnd(): boolean {
    this.skipSpace();
    return this.position === this.bytes.length;
  }

  /** With a stack of its own: brackets must not decide how deep our calls nest. */
  private value(): JsonValue | undefined {
    const open: Frame[] = [];
    for (;;) {
      this.skipSpace();
      let value: JsonValue | undefined;
      const byte = this.bytes[this.position];
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (open.length === MAX_DEPTH) throw NOT_JSON;
        const frame = this.open(byte === OPEN_OBJECT ? 'object' : 'array', open.length);
        if (this.hasFirst(frame, open.length)) {
          open.push(frame);
          continue;
        }
        value = this.close(frame, open.length);
      } else {
        value = this.scalar(byte, open.length);
      }
      // a value ended, and with it every container of which it is the last
      for (;;) {
        const frame = open.at(-1);
        if (frame === undefined) return value;
        if (value !== undefined) add(frame, value);
        if (this.hasNext(frame, open.length - 1)) break;
        open.pop();
        value = this.close(frame, open.length);
      }
    }
  }

  private open(kind: Frame['kind'], depth: number): Frame {
    const start = this.position++;
    const keys = kind === 'object' ? (this.keys[depth] ??= new KeySet(this.bytes)) : undefined;
    keys?.clear();
    const isKept = depth <= this.keptDepth;
    const members = isKept && kind === 'object' ? [] : undefined;
    const items = isKept && kind === 'array' ? [] : undefined;
    return { kind, start, members, items, key: '', keyStart: 0, keyEnd: 0 };
  }

  /** Whether the container just opened is not empty; the position is then at its first value. */
  private hasFirst(frame: Frame, depth: number): boolean {
    this.skipSpace();
    const isEmpty = this.bytes[this.position] === (frame.kind === 'object' ? CLOSE_OBJECT : CLOSE_ARRAY);
    if (isEmpty) this.position++;
    else if (frame.kind === 'object') this.key(frame, depth);
    return !isEmpty;
  }

  /** Whether a comma follows; the position is then at the next value, else after the container. */
  private hasNext(frame: Frame, depth: number): boolean {
    this.skipSpace();
    const byte = this.bytes[this.position++];
    if (byte === COMMA) {
      if (frame.kind === 'object') {
        this.skipSpace();
        this.key(frame, depth);
      }
      return true;
    }
    if (byte !== (frame.kind === 'object' ? CLOSE_OBJECT : CLOSE_ARRAY)) throw NOT_JSON;
    return false;
  }

  private close({ kind, start, members, items }: Frame, depth: number): JsonValue | undefined {
    if (depth > this.keptDepth + 1) return undefined;
    const { bytes, position: end } = this;
    if (kind === 'object') return { kind, bytes, start, end, members };
    return { kind, bytes, start, end, items };
  }

  private key(frame: Frame, depth: number): void {
    const start = this.position;
    const isEscaped = this.string();
    const end = this.position;
    if (this.keys[depth]?.add(start + 1, end - 1, isEscaped) !== true) throw NOT_JSON;
    if (frame.members !== undefined) {
      frame.key = nameOf(this.bytes, start + 1, end - 1, isEscaped);
      frame.keyStart = start;
      frame.keyEnd = end;
    }
    this.skipSpace();
    if (this.bytes[this.position++] !== COLON) throw NOT_JSON;
  }

  private scalar(byte: number | undefined, depth: number): JsonValue | undefined {
    const start = this.position;
    if (byte === QUOTE) this.string();
    else if (byte === MINUS || isDigit(byte)) this.number();
    else this.literal();
    if (depth > this.keptDepth + 1) return undefined;
    return { kind: byte === QUOTE ? 'string' : 'literal', bytes: this.bytes, start, end: this.position };
  }

  /** Skips a string. Gives whether it has escapes. */
  private string(): boolean {
    const { bytes } = this;
    if (bytes[this.position] !== QUOTE) throw NOT_JSON;
    let position = this.position + 1;
    let isEscaped = false;
    for (;;) {
      while (NOTABLE[bytes[position] ?? QUOTE] === 0) position++;
      const byte = bytes[position];
      if (byte === QUOTE) break;
      if (byte !== BACKSLASH) throw NOT_JSON;
      isEscaped = true;
      position = this.afterEscape(position + 1);
    }
    this.position = position + 1;
    return isEscaped;
  }

  private afterEscape(position: number): number {
    const byte = this.bytes[position];
    if (byte !== LETTER_U) {
      if (byte === undefined || !ESCAPABLE.has(byte)) throw NOT_JSON;
      return position + 1;
    }
    const digits = this.bytes.toString('latin1', position + 1, position + 5);
    if (!/^[\da-fA-F]{4}$/.test(digits)) throw NOT_JSON;
    if (parseInt(digits, 16) >= 0x80) this.hasUnicodeEscapes = true;
    return position + 5;
  }

  private number(): void {
    const { bytes } = this;
    if (bytes[this.position] === MINUS) this.position++;
    if (bytes[this.position] === ZERO) this.position++;
    else this.digits();
    if (bytes[this.position] === DOT) {
      this.position++;
      this.digits();
    }
    if (((bytes[this.position] ?? 0) | LOWER_CASE) !== LETTER_E) return;
    this.position++;
    const sign = bytes[this.position];
    if (sign === PLUS || sign === MINUS) this.position++;
    this.digits();
  }

  private digits(): void {
    const start = this.position;
    while (isDigit(this.bytes[this.position])) this.position++;
    if (this.position === start) throw NOT_JSON;
  }

  private literal(): void {
    const { bytes, position } = this;
    const word = LITERALS.find((each) => each.every((byte, index) => bytes[position + index] === byte));
    if (word === undefined) throw NOT_JSON;
    this.position += word.length;
  }

  private skipSpace(): void {
    const { bytes } = this;
    let { position } = this;
    while (SPACE[bytes[position] ?? QUOTE] === 1) position++;
    this.position = position;
  }
}

const NOT_JSON = new Error('not JSON');

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function add({ members, items, key, keyStart, keyEnd }: Frame, value: JsonValue): void {
  members?.push({ key, start: keyStart, keyEnd, value });
  items?.push(value);
}
