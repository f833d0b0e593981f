/** A text file taken apart into lines without decoding it: offsets into its bytes, so that what stays is copied as it is. */
import { at } from './at.ts';

const LF = 10;
const LINE_FEEDS = 0x0a0a0a0a;
const CR = 13;
const BOM = [0xef, 0xbb, 0xbf] as const;

/** A line is its content; its end (LF or CR LF) is not part of it and not compared. A lone CR is content. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Offset of each line's first byte; one more entry, the length of the file, follows the last line's. */
  readonly starts: Int32Array;
  /** Offset after each line's last byte of content. */
  readonly stops: Int32Array;
  /** The line end most lines have; undefined when no line has any. */
  readonly lineEnd: '\n' | '\r\n' | undefined;
  /** Whether the last line has a line end. */
  readonly endsWithLineEnd: boolean;
  /** Bytes of the byte order mark before the first line: 3 or 0. */
  readonly bomLength: number;
}

/** Takes `bytes` apart; undefined when it has more than `maxLines` lines. An empty file has no line. */
export function splitLines(bytes: Uint8Array, maxLines: number): Lines | undefined {
  const bomLength = BOM.every((byte, index) => bytes[index] === byte) ? BOM.length : 0;
  const offsets = scanLines(bytes, bomLength, maxLines);
  if (offsets === undefined) return undefined;
  const { count, starts, stops } = offsets;
  const crlf = countCrLf(bytes, starts, count);
  const lastByte = count === 0 ? undefined : bytes[bytes.length - 1];
  const ends = lastByte === LF ? count : Math.max(0, count - 1);
  const lineEnd = ends === 0 ? undefined : crlf * 2 > ends ? '\r\n' : '\n';
  return { ...offsets, stops, bytes, bomLength, lineEnd, endsWithLineEnd: lastByte === LF };
}

function scanLines(bytes: Uint8Array, first: number, maxLines: number) {
  const { length } = bytes;
  const words = wordsOf(bytes);
  let starts = new Int32Array(1024);
  let stops = new Int32Array(1024);
  let count = 0;
  for (let start = first; start < length; count++) {
    if (count === maxLines) return undefined;
    if (count + 1 === starts.length) {
      starts = grown(starts);
      stops = grown(stops);
    }
    const end = lineEndAfter(bytes, words, start);
    starts[count] = start;
    stops[count] = end < length && end > start && bytes[end - 1] === CR ? end - 1 : end;
    start = end + 1;
  }
  starts[count] = length;
  return { count, starts, stops };
}

/** The whole words of four bytes in `bytes`: looking at one is a third of the time of looking at four bytes. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const count = bytes.length >> 2;
  const isAligned = bytes.byteOffset % 4 === 0;
  return isAligned
    ? new Int32Array(bytes.buffer, bytes.byteOffset, count)
    : new Int32Array(new Uint8Array(bytes).buffer, 0, count);
}

/** Where the next LF is from `start` on, or the end of the file. */
function lineEndAfter(bytes: Uint8Array, words: Int32Array, start: number): number {
  let end = start;
  for (; (end & 3) !== 0; end++) if (bytes[end] === LF || end === bytes.length) return end;
  let word = end >> 2;
  while (word < words.length && !hasLineFeed(at(words, word))) word++;
  end = word << 2;
  while (end < bytes.length && bytes[end] !== LF) end++;
  return end;
}

/** Whether one of the four bytes is LF: with LF taken off, only a byte that is 0 borrows from its highest bit. */
function hasLineFeed(word: number): boolean {
  const rest = word ^ LINE_FEEDS;
  return ((rest - 0x01010101) & ~rest & 0x80808080) !== 0;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function countCrLf(bytes: Uint8Array, starts: Int32Array, count: number): number {
  let crlf = 0;
  for (let line = 1; line <= count; line++) {
    const end = starts[line] ?? 0;
    if (bytes[end - 1] === LF && bytes[end - 2] === CR) crlf++;
  }
  return crlf;
}
