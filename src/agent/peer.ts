/**
 * Calls over a stream between two of our own programs, either way: a question, perhaps news while it is worked on, an
 * answer, perhaps content behind it. Content is only sent as it is read, so that a slow reader costs no memory; whoever
 * sends faster than agreed is read more slowly.
 */
import type { Duplex } from 'node:stream';
import { asF2gitError, F2gitError } from '../errors.ts';
import {
  FrameReader,
  misbehaved,
  PIECE_BYTES,
  writeFrame,
  type Frame,
  type FrameKind,
  type FrameLimits,
} from './frames.ts';
import { IncomingBody } from './incoming-body.ts';
import { agree, formatSpoken, parseSpoken, SPOKEN, type Spoken } from './protocol.ts';
import { packError, parseError } from './sent-error.ts';
import { MOST_VALUES, parseTold } from './told-json.ts';

export interface Answer {
  readonly value: unknown;
  /** Read it to the end or leave its loop: until then the other side holds it ready. Empty when there is none. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** What is given to a question. */
export interface Reply {
  readonly value: unknown;
  readonly body?: AsyncIterable<Uint8Array>;
}

export interface Question {
  readonly method: string;
  readonly args: unknown;
  /** Aborted when the caller cancels or is gone. */
  readonly signal: AbortSignal;
  /** News for the caller; left out while the connection is full. */
  readonly progress: (value: unknown) => void;
}

export interface PeerOptions {
  /** What this side is: versions are compared as agent and server. */
  readonly side: 'agent' | 'server';
  /** What the other side may send. */
  readonly limits: FrameLimits;
  readonly answer: (question: Question) => Promise<Reply>;
  /** Hears what needs no answer. */
  readonly onNote?: (name: string, value: unknown) => void;
  /** For tests: another version than this program's. */
  readonly spoken?: Spoken;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (value: unknown) => void;
  /** Cancelling only asks the other side to stop: the call ends when it has, with its answer. */
  readonly isPatient?: true;
}

export interface Peer {
  /** @throws {F2gitError} what the other side threw; `part-failed` when it is gone; `agent-outdated`, `server-outdated` */
  call(method: string, args: unknown, options?: CallOptions): Promise<Answer>;
  note(name: string, value: unknown): void;
  /** Bytes that came from the other side. */
  bytesRead(): number;
  /** Resolves when the connection has ended, with the reason when that was no orderly end. */
  readonly ended: Promise<F2gitError | undefined>;
  /** Ends the connection, and with it all calls. */
  close(reason?: F2gitError): void;
}

/** Questions of one side at once. Ours ask a few; a stranger could ask without end. */
const MOST_QUESTIONS = 64;
/** Pieces on the way before the first is read. */
const PIECES_AHEAD = 4;
/** What may wait for the other side to read it before it is heard further. */
export const MOST_UNREAD_BYTES = 8 * 1024 * 1024;
/** Frames read in a tenth of a second: several times what an agent needs that writes small files as fast as it can. */
const MOST_FRAMES = 4000;
const WINDOW_MS = 100;
const HELLO = 'hello';
const NOTHING = Buffer.alloc(0);

export function createPeer(stream: Duplex, options: PeerOptions): Peer {
  return new FramePeer(stream, options);
}

interface Asked {
  resolve(answer: Answer): void;
  reject(error: F2gitError): void;
  readonly onProgress: ((value: unknown) => void) | undefined;
  body: IncomingBody | undefined;
}

interface Answering {
  readonly abort: AbortController;
  credit: number;
  /** Wakes the sender when there is credit again. */
  wake: () => void;
}

class FramePeer implements Peer {
  readonly ended: Promise<F2gitError | undefined>;
  readonly #stream: Duplex;
  readonly #options: PeerOptions;
  readonly #reader: FrameReader;
  readonly #asked = new Map<number, Asked>();
  readonly #answering = new Map<number, Answering>();
  readonly #greeted: Promise<void>;
  #welcome: () => void = () => undefined;
  #end: (reason: F2gitError | undefined) => void = () => undefined;
  #reason: F2gitError | undefined;
  #hasEnded = false;
  #hasGreeted = false;
  #lastCall = 0;
  #bytesRead = 0;
  #framesRead = 0;
  /** Waits until what was sent has been read. */
  #isUnread = false;
  #windowEnd = 0;

  constructor(stream: Duplex, options: PeerOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#reader = new FrameReader(options.limits);
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#greeted = new Promise((resolve) => (this.#welcome = resolve));
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    // somebody may have read its first line, and stopped there
    stream.resume();
    // what went wrong with it is told by its closing
    stream.on('error', () => undefined);
    stream.on('end', () => this.close());
    stream.on('close', () => this.close());
    this.note(HELLO, formatSpoken(options.spoken ?? SPOKEN));
  }

  async call(method: string, args: unknown, { signal, onProgress, isPatient }: CallOptions = {}): Promise<Answer> {
    await Promise.race([this.#greeted, this.ended]);
    if (this.#hasEnded) throw this.#failure();
    signal?.throwIfAborted();
    const call = (this.#lastCall += 1);
    const cancel = (): void => {
      if (isPatient === true) this.#send('cancel', call, NOTHING);
      else this.#giveUp(call, asF2gitError(signal?.reason));
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#asked.set(call, { resolve, reject, onProgress, body: undefined });
        this.#sendJson('call', call, { method, args });
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  note(name: string, value: unknown): void {
    this.#sendJson('note', 0, { name, value });
  }

  close(reason?: F2gitError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#reason = reason;
    for (const asked of this.#asked.values()) fail(asked, this.#failure());
    for (const { abort, wake } of this.#answering.values()) {
      abort.abort(this.#failure());
      wake();
    }
    this.#asked.clear();
    this.#end(reason);
    // what was said last still leaves; what still comes is nobody's
    this.#stream.removeAllListeners('data').resume().end();
  }

  #failure(): F2gitError {
    return this.#reason ?? misbehaved('the connection ended');
  }

  #giveUp(call: number, reason: F2gitError): void {
    const asked = this.#asked.get(call);
    if (asked === undefined) return;
    this.#asked.delete(call);
    this.#send('cancel', call, NOTHING);
    fail(asked, reason);
  }

  bytesRead(): number {
    return this.#bytesRead;
  }

  #receive(bytes: Buffer): void {
    this.#bytesRead += bytes.length;
    try {
      for (const frame of this.#reader.read(bytes)) {
        if (this.#hasEnded) return;
        this.#framesRead += 1;
        this.#take(frame);
      }
    } catch (error) {
      this.close(asF2gitError(error));
    }
    this.#slowDown();
    this.#awaitReader();
  }

  #slowDown(): void {
    const now = performance.now();
    if (now > this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS;
      this.#framesRead = 0;
    } else if (this.#framesRead > MOST_FRAMES && !this.#stream.isPaused()) {
      this.#stream.pause();
      setTimeout(() => {
        if (!this.#isUnread) this.#stream.resume();
      }, this.#windowEnd - now);
    }
  }

  /** Whoever asks on and reads no answers is heard no further until they do. */
  #awaitReader(): void {
    if (this.#options.side !== 'server' || this.#isUnread || this.#stream.writableLength < MOST_UNREAD_BYTES) return;
    this.#isUnread = true;
    this.#stream.pause();
    this.#stream.once('drain', () => {
      this.#isUnread = false;
      this.#stream.resume();
    });
  }

  #take(frame: Frame): void {
    if (frame.kind === 'note') this.#hear(frame);
    else if (!this.#hasGreeted) throw misbehaved('no greeting');
    else if (frame.kind === 'call') void this.#answer(frame);
    else if (frame.kind === 'more' || frame.kind === 'cancel') this.#takeFromCaller(frame);
    else this.#takeFromAnswerer(frame);
  }

  #hear({ body }: Frame): void {
    const { name, value } = fieldsOf(this.#read(body));
    if (name !== HELLO) {
      this.#options.onNote?.(String(name), value);
      return;
    }
    const own = this.#options.spoken ?? SPOKEN;
    const theirs = parseSpoken(String(value));
    if (this.#options.side === 'agent') agree(own, theirs);
    else agree(theirs, own);
    this.#hasGreeted = true;
    this.#welcome();
  }

  #takeFromCaller({ kind, call }: Frame): void {
    const answering = this.#answering.get(call);
    if (kind === 'more' && answering !== undefined) answering.credit = Math.min(answering.credit + 1, PIECES_AHEAD);
    if (kind === 'cancel') answering?.abort.abort(new F2gitError('cancelled'));
    answering?.wake();
  }

  /** What belongs to a call that was given up is on its way still. */
  #takeFromAnswerer({ kind, call, body }: Frame): void {
    const asked = this.#asked.get(call);
    if (asked === undefined) return;
    if (kind === 'end' || kind === 'failed') this.#asked.delete(call);
    if (kind === 'progress') asked.onProgress?.(this.#read(body));
    else if (kind === 'answer') this.#begin(asked, call, fieldsOf(this.#read(body)));
    else if (kind === 'failed') fail(asked, parseError(this.#read(body)));
    else if (asked.body === undefined) throw misbehaved('content without an answer');
    else if (kind === 'piece') asked.body.add(body);
    else asked.body.end();
  }

  #begin(asked: Asked, call: number, { value, hasBody }: Readonly<Record<string, unknown>>): void {
    if (asked.body !== undefined) throw misbehaved('two answers');
    asked.body = new IncomingBody({
      most: PIECES_AHEAD,
      onRead: () => this.#send('more', call, NOTHING),
      onLeave: () => this.#giveUp(call, new F2gitError('cancelled')),
    });
    if (hasBody !== true) {
      this.#asked.delete(call);
      asked.body.end();
    }
    asked.resolve({ value, body: asked.body });
  }

  async #answer({ call, body }: Frame): Promise<void> {
    if (this.#answering.size >= MOST_QUESTIONS || this.#answering.has(call)) {
      this.close(misbehaved('too many questions at once'));
      return;
    }
    const answering: Answering = { abort: new AbortController(), credit: PIECES_AHEAD, wake: () => undefined };
    this.#answering.set(call, answering);
    try {
      const { method, args } = fieldsOf(this.#read(body));
      const { signal } = answering.abort;
      const progress = (value: unknown): void => {
        if (!this.#stream.writableNeedDrain && !signal.aborted) this.#sendJson('progress', call, value);
      };
      const reply = await this.#options.answer({ method: String(method), args, signal, progress });
      this.#sendJson('answer', call, { value: reply.value, hasBody: reply.body !== undefined });
      if (reply.body === undefined) return;
      await this.#sendBody(call, reply.body, answering);
      this.#send('end', call, NOTHING);
    } catch (error) {
      this.#sendFailure(call, asF2gitError(error));
    } finally {
      this.#answering.delete(call);
    }
  }

  async #sendBody(call: number, body: AsyncIterable<Uint8Array>, answering: Answering): Promise<void> {
    for await (const bytes of body) {
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        await hasCredit(answering);
        answering.credit -= 1;
        const piece = bytes.subarray(from, from + PIECE_BYTES);
        this.#send('piece', call, Buffer.from(piece.buffer, piece.byteOffset, piece.length));
      }
    }
  }

  /** Where in a server something failed is nobody else's business. */
  #sendFailure(call: number, error: F2gitError): void {
    const sent = packError(error);
    this.#sendJson('failed', call, this.#options.side === 'server' ? { ...sent, stack: '' } : sent);
  }

  /** An agent believes its server, which may offer any number of files. */
  #read(body: Buffer): unknown {
    return parseTold(body, this.#options.side === 'server' ? MOST_VALUES : Infinity);
  }

  #sendJson(kind: FrameKind, call: number, value: unknown): void {
    this.#send(kind, call, Buffer.from(JSON.stringify(value ?? null)));
  }

  #send(kind: FrameKind, call: number, body: Buffer): void {
    if (!this.#stream.writable) return;
    this.#stream.cork();
    for (const part of writeFrame({ kind, call, body })) this.#stream.write(part);
    process.nextTick(() => this.#stream.uncork());
  }
}

async function hasCredit(answering: Answering): Promise<void> {
  const { signal } = answering.abort;
  while (answering.credit === 0 && !signal.aborted) {
    await new Promise<void>((resolve) => (answering.wake = resolve));
  }
  signal.throwIfAborted();
}

function fail(asked: Asked, error: F2gitError): void {
  if (asked.body === undefined) asked.reject(error);
  else asked.body.fail(error);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw misbehaved('a message of another kind');
  return value as Record<string, unknown>;
}
