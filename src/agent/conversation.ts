/** The conversation with an agent's process: one order, what it asks meanwhile, its answer, and that it ends. */
import type { Duplex } from 'node:stream';
import { elapsed } from '../core/elapsed.ts';
import type { OnProgress } from '../core/progress.ts';
import { F2gitError } from '../errors.ts';
import { FrameTooLong, limitsFor } from './frames.ts';
import { createPeer, type Peer, type Question, type Reply } from './peer.ts';
import { ALIVE, MOST_REPORT, PLACE, type PlacingOrder } from './placing.ts';
import { parseProgress } from './told-progress.ts';

/** A process that was started for one student. */
export interface Placer {
  /** The pipe to it. */
  readonly stream: Duplex;
  /** Resolves when it is really gone, with what is worth knowing of its end. */
  readonly gone: Promise<PlacerEnd>;
  kill(): void;
}

export interface PlacerEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines it wrote on its standard error. A stranger may have written them. */
  readonly said: string;
}

interface ConversationOptions {
  /** Answers what the process asks. */
  readonly answer: (question: Question) => Promise<Reply>;
  /** How long it may give no sign of life. */
  readonly silenceMs: number;
  /** How long it may take in all. */
  readonly longestMs: number;
  /** How long it may bring nothing forward while `isWanted` says that others wait for its place. */
  readonly idleMs: number;
  readonly isWanted: () => boolean;
  /** Called once, when it was too silent or too idle or took too long and is killed for it. */
  readonly onHang: () => F2gitError;
}

/** What a process may take to be gone, and one that is told to stop to finish the file it writes. */
const LAST_MS = 5_000;

export class Conversation {
  readonly placer: Placer;
  readonly #options: ConversationOptions;
  readonly #peer: Peer;
  readonly #began = performance.now();
  readonly #watchdog: NodeJS.Timeout;
  #heard = performance.now();
  #moved = performance.now();

  constructor(placer: Placer, options: ConversationOptions) {
    this.placer = placer;
    this.#options = options;
    this.#peer = createPeer(placer.stream, {
      side: 'server',
      limits: limitsFor({ answer: MOST_REPORT }),
      answer: (question) => {
        this.#move();
        return options.answer(question);
      },
      onNote: (name) => {
        if (name === ALIVE) this.#hear();
      },
    });
    this.#watchdog = setInterval(() => this.#watch(), Math.min(1_000, options.silenceMs / 4)).unref();
  }

  /**
   * Gives the order and resolves with whatever the process answers. When `signal` aborts, it is asked to stop, and killed
   * if it does not.
   * @throws {F2gitError} what the process threw; `part-failed` when it ended without an answer; `report-too-large`; what
   * `onHang` gave
   */
  async ask(order: PlacingOrder, onProgress: OnProgress, signal: AbortSignal): Promise<unknown> {
    const tell = (value: unknown): void => {
      this.#move();
      const progress = parseProgress(value);
      if (progress !== undefined) onProgress(progress);
    };
    const stop = (): void => void elapsed(LAST_MS).then(() => this.placer.kill());
    signal.addEventListener('abort', stop, { once: true });
    try {
      return (await this.#peer.call(PLACE, order, { signal, onProgress: tell, isPatient: true })).value;
    } catch (error) {
      throw isTooLong(error) ? new F2gitError('report-too-large', { cause: error }) : error;
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(this.#watchdog);
      this.#peer.close();
    }
  }

  /** Bytes the process has sent. */
  bytesRead(): number {
    return this.#peer.bytesRead();
  }

  /** Resolves when the process is gone, or is known to hang where nothing ends it. Call it after `ask`. */
  async seeOff(): Promise<'gone' | 'hangs'> {
    const gone = this.placer.gone.then(() => 'gone' as const);
    const isLate = (): Promise<'late'> => elapsed(LAST_MS).then(() => 'late' as const);
    if ((await Promise.race([gone, isLate()])) === 'gone') return 'gone';
    this.placer.kill();
    return (await Promise.race([gone, isLate()])) === 'gone' ? 'gone' : 'hangs';
  }

  #hear(): void {
    this.#heard = performance.now();
  }

  #move(): void {
    this.#hear();
    this.#moved = this.#heard;
  }

  #watch(): void {
    const now = performance.now();
    const { silenceMs, longestMs, idleMs, isWanted } = this.#options;
    const isIdle = now - this.#moved > idleMs;
    if (now - this.#heard <= silenceMs && now - this.#began <= longestMs && !(isIdle && isWanted())) return;
    clearInterval(this.#watchdog);
    this.placer.kill();
    this.#peer.close(this.#options.onHang());
  }
}

function isTooLong(error: unknown): boolean {
  return error instanceof F2gitError && error.cause instanceof FrameTooLong && error.cause.kind === 'answer';
}
