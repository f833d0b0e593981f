/** Answers that would fill the memory of whoever reads them to the end. */
import type { Dialect } from './dialects.ts';
import { type Answer, headOf, type Passing, type Writer } from './proxy.ts';

/** `start`, then what `more` gives, as fast as it is read, until it gives nothing more; then `end`. */
export function streamed(answer: Answer, start: string, more: () => string | undefined, end = ''): Writer {
  const headers = { ...answer.headers, 'content-length': null, 'transfer-encoding': 'chunked' };
  return (socket) => {
    let isOver = false;
    const pour = (): void => {
      while (!socket.destroyed && !isOver) {
        const block = more();
        isOver = block === undefined;
        const isTaken = socket.write(block === undefined ? Buffer.concat([chunkOf(end), LAST]) : chunkOf(block));
        if (!isTaken) return;
      }
    };
    socket.on('drain', pour);
    socket.write(Buffer.concat([headOf(answer.status, headers), chunkOf(start)]));
    pour();
  };
}

/** `part` again and again in blocks that are worth sending, until there were `most` bytes; `nth` counts from 0. */
export function endless(part: (nth: number) => string, most = Infinity): () => string | undefined {
  let nth = 0;
  let sent = 0;
  return () => {
    if (sent >= most) return undefined;
    let block = '';
    while (block.length < BLOCK && sent + block.length < most) block += part(nth++);
    sent += block.length;
    return block;
  };
}

const BLOCK = 65_536;

/** A list in parts. */
export interface ListParts {
  /** What stands before its files. */
  readonly before: string;
  /** The first of them. */
  readonly file: string;
  readonly behind: string;
}

/** The parts of the last list in an answer; undefined where `passing` lists no files. */
export function partsOf(passing: Passing, dialect: Dialect): ListParts | undefined {
  let file = '';
  const edited = dialect.edit(passing, ([first = '']) => {
    file = first;
    return [MARK];
  });
  const body = edited?.body.toString() ?? '';
  const at = body.lastIndexOf(MARK);
  return file === '' || at < 0 ? undefined : { before: body.slice(0, at), file, behind: body.slice(at + MARK.length) };
}

const MARK = '@files@';
const LAST = Buffer.from('0\r\n\r\n');

function chunkOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
