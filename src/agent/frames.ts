/**
 * Frames on a stream between two of our own programs: what a frame is, which call it belongs to, how long it is. One side
 * may be in a stranger's hands, so nothing is held in memory beyond what was agreed for its kind.
 */
import { F2gitError } from '../errors.ts';

/** In the order of their numbers on the wire. */
const kinds = ['call', 'answer', 'piece', 'end', 'failed', 'more', 'progress', 'cancel', 'note'] as const;
export type FrameKind = (typeof kinds)[number];

export interface Frame {
  readonly kind: FrameKind;
  /** The caller's number of the call; 0 for notes. */
  readonly call: number;
  readonly body: Buffer;
}

/** A piece of content. Larger ones are not faster, and a few of them wait for each reader. */
export const PIECE_BYTES = 128 * 1024;
/** What is asked, noted, told on the way or as an error is short. */
const SHORT_BYTES = 64 * 1024;

/** Kind, call, length: 1, 4 and 4 bytes, the highest first. */
const HEADER_BYTES = 9;

/** How long the bodies of each kind may be that the other side sends. */
export type FrameLimits = Readonly<Record<FrameKind, number>>;

/** Limits of a side that may send calls of `call` bytes, and answers of `answer` bytes. */
export function limitsFor({
  call = SHORT_BYTES,
  answer = SHORT_BYTES,
}: {
  call?: number;
  answer?: number;
}): FrameLimits {
  const short = { end: 0, more: 0, cancel: 0, failed: SHORT_BYTES, progress: SHORT_BYTES, note: SHORT_BYTES };
  return { ...short, call, answer, piece: PIECE_BYTES };
}

export function writeFrame({ kind, call, body }: Frame): readonly Buffer[] {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(kinds.indexOf(kind), 0);
  header.writeUInt32BE(call, 1);
  header.writeUInt32BE(body.length, 5);
  return body.length === 0 ? [header] : [header, body];
}

/** Puts frames together again from whatever pieces a stream gives. */
export class FrameReader {
  readonly #limits: FrameLimits;
  #waiting: Buffer[] = [];
  #length = 0;
  #header: Omit<Frame, 'body'> | undefined;
  #wanted = HEADER_BYTES;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** The frames that are whole now. @throws {F2gitError} `part-failed` as soon as one is longer than agreed, or unknown */
  *read(bytes: Buffer): Generator<Frame> {
    this.#waiting.push(bytes);
    this.#length += bytes.length;
    while (this.#length >= this.#wanted) {
      const taken = this.#take(this.#wanted);
      if (this.#header === undefined) {
        this.#begin(taken);
        continue;
      }
      const frame = { ...this.#header, body: taken };
      this.#header = undefined;
      this.#wanted = HEADER_BYTES;
      yield frame;
    }
  }

  #begin(header: Buffer): void {
    const kind = kinds[header.readUInt8(0)];
    if (kind === undefined) throw misbehaved('an unknown frame');
    const length = header.readUInt32BE(5);
    if (length > this.#limits[kind]) throw new F2gitError('part-failed', { cause: new FrameTooLong(kind, length) });
    this.#header = { kind, call: header.readUInt32BE(1) };
    this.#wanted = length;
  }

  #take(length: number): Buffer {
    const [first] = this.#waiting;
    const whole = this.#waiting.length === 1 && first !== undefined ? first : Buffer.concat(this.#waiting);
    const rest = whole.subarray(length);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return whole.subarray(0, length);
  }
}

/** Why nothing more is heard of whoever sent more at once than was agreed. */
export class FrameTooLong extends Error {
  readonly kind: FrameKind;

  constructor(kind: FrameKind, length: number) {
    super(`a frame "${kind}" of ${length} bytes`);
    this.kind = kind;
  }
}

export function misbehaved(detail: string): F2gitError {
  return new F2gitError('part-failed', { cause: new Error(detail) });
}
