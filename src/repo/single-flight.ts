/** One run for everybody who asks meanwhile. It is cancelled only when nobody waits for it any more. */
import { F2gitError } from '../errors.ts';
import type { OnProgress, Progress } from '../core/progress.ts';

export class SingleFlight<Result> {
  #flight:
    | { readonly result: Promise<Result>; readonly listeners: Set<OnProgress>; readonly abort: AbortController }
    | undefined;
  #latest: Progress | undefined;

  get isRunning(): boolean {
    return this.#flight !== undefined;
  }

  /**
   * Joins the running run, or starts one. Leaving by `signal` does not end it for the others.
   * @throws {F2gitError} `cancelled`, and what the run throws
   */
  async join(
    start: (signal: AbortSignal, onProgress: OnProgress) => Promise<Result>,
    signal: AbortSignal | undefined,
    onProgress: OnProgress,
  ): Promise<Result> {
    if (signal?.aborted === true) throw new F2gitError('cancelled', { cause: signal.reason });
    const flight = this.#flight ?? this.#begin(start);
    if (this.#latest !== undefined) onProgress(this.#latest);
    const listener: OnProgress = (progress) => onProgress(progress);
    flight.listeners.add(listener);
    let onAbort = (): void => undefined;
    const leaving = new Promise<never>((_, reject) => {
      onAbort = () => reject(new F2gitError('cancelled', { cause: signal?.reason }));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([flight.result, leaving]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      flight.listeners.delete(listener);
      if (flight.listeners.size === 0) flight.abort.abort();
    }
  }

  /** Cancels what runs, and waits until it has ended. */
  async stop(): Promise<void> {
    this.#flight?.abort.abort();
    // Whoever started the run gets its error; here only its end matters.
    await this.#flight?.result.catch(() => undefined);
  }

  #begin(start: (signal: AbortSignal, onProgress: OnProgress) => Promise<Result>) {
    const abort = new AbortController();
    const listeners = new Set<OnProgress>();
    const tell: OnProgress = (progress) => {
      this.#latest = progress;
      for (const listener of listeners) listener(progress);
    };
    const result = start(abort.signal, tell).finally(() => {
      this.#flight = undefined;
      this.#latest = undefined;
    });
    // A run that everybody left ends with an error nobody waits for.
    result.catch(() => undefined);
    this.#flight = { result, listeners, abort };
    return this.#flight;
  }
}
