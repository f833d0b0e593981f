/** The bytes of a merge: the student's file with the course's parts put in. */
import { at } from './at.ts';
import type { Lines } from './lines.ts';
import type { Part } from './three-way.ts';

/** Gives the student's bytes with each `offered` part of `parts` in its place, in the student's way of ending lines. */
export function writeMerge(offered: Lines, local: Lines, parts: readonly Part[]): Uint8Array {
  const writer = startWriting(offered, local);
  let line = 0;
  for (const part of parts) {
    if (part.kind !== 'offered') continue;
    copyLocal(writer, local, line, part.localStart);
    for (let index = part.offeredStart; index < part.offeredEnd; index++) copyOffered(writer, offered, index);
    line = part.localEnd;
  }
  copyLocal(writer, local, line, local.count);
  setLastLineEnd(writer, local.count > 0 ? local.endsWithLineEnd : offered.endsWithLineEnd);
  return writer.bytes.subarray(0, writer.length);
}

interface Writer {
  readonly bytes: Uint8Array;
  readonly lineEnd: Uint8Array;
  length: number;
  /** The line written last: where it starts, and the bytes of its line end. None before the first. */
  last?: { readonly start: number; readonly lineEndLength: number };
}

function startWriting(offered: Lines, local: Lines): Writer {
  const lineEnd = Buffer.from(local.lineEnd ?? offered.lineEnd ?? '\n');
  const size = local.bytes.length + offered.bytes.length + (offered.count + 2) * lineEnd.length;
  const bytes = new Uint8Array(size);
  bytes.set(local.bytes.subarray(0, local.bomLength));
  return { bytes, lineEnd, length: local.bomLength };
}

/** The student's lines as they are. */
function copyLocal(writer: Writer, local: Lines, start: number, end: number): void {
  if (start === end) return;
  endLastLine(writer);
  const lastStart = writer.length + at(local.starts, end - 1) - at(local.starts, start);
  append(writer, local.bytes.subarray(at(local.starts, start), at(local.starts, end)));
  writer.last = { start: lastStart, lineEndLength: at(local.starts, end) - at(local.stops, end - 1) };
}

function copyOffered(writer: Writer, offered: Lines, line: number): void {
  endLastLine(writer);
  const start = writer.length;
  append(writer, offered.bytes.subarray(at(offered.starts, line), at(offered.stops, line)));
  append(writer, writer.lineEnd);
  writer.last = { start, lineEndLength: writer.lineEnd.length };
}

function endLastLine(writer: Writer): void {
  if (writer.last?.lineEndLength === 0) append(writer, writer.lineEnd);
}

function append(writer: Writer, bytes: Uint8Array): void {
  writer.bytes.set(bytes, writer.length);
  writer.length += bytes.length;
}

function setLastLineEnd(writer: Writer, isWanted: boolean): void {
  const { last } = writer;
  if (last === undefined) return;
  if (isWanted) {
    endLastLine(writer);
  } else if (writer.length - last.lineEndLength > last.start) {
    // a blank last line is nothing but its line end, and stays
    writer.length -= last.lineEndLength;
  }
}
