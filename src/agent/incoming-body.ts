/** Content that arrives piece by piece, and tells its sender when a piece was read. */
import type { F2gitError } from '../errors.ts';
import { misbehaved } from './frames.ts';

interface BodyOptions {
  /** Pieces that may wait here; one more is against the agreement. */
  readonly most: number;
  readonly onRead: () => void;
  /** The reader left before the end. */
  readonly onLeave: () => void;
}

export class IncomingBody implements AsyncIterable<Uint8Array> {
  readonly #options: BodyOptions;
  readonly #pieces: Uint8Array[] = [];
  #error: F2gitError | undefined;
  #hasEnded = false;
  #wake: () => void = () => undefined;

  constructor(options: BodyOptions) {
    this.#options = options;
  }

  add(piece: Uint8Array): void {
    if (this.#pieces.length >= this.#options.most) throw misbehaved('more content than was asked for');
    this.#pieces.push(piece);
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  fail(error: F2gitError): void {
    this.#error = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) {
        if (!this.#hasEnded) this.#options.onRead();
        yield piece;
      }
    } finally {
      if (!this.#hasEnded && this.#error === undefined) this.#options.onLeave();
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    while (this.#pieces.length === 0 && this.#error === undefined && !this.#hasEnded) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#pieces.length === 0 && this.#error !== undefined) throw this.#error;
    return this.#pieces.shift();
  }
}
