/** What was selected for a request lately: a class asks the same within seconds. */
import { SingleFlight } from '../repo/single-flight.ts';
import type { Located } from './pack-stream.ts';

/** About 100 bytes each. */
const MOST_ENTRIES = 200_000;
/** A client with a long history of its own asks what nobody else does. */
const LONGEST_KEY = 4096;

export class RecentSelections {
  readonly #kept = new Map<string, Located>();
  readonly #flights = new Map<string, SingleFlight<Located>>();
  #entries = 0;

  /** What `select` gave for `key`, now or lately. It is ended when nobody waits for it any more. */
  async get(key: string, select: (signal: AbortSignal) => Promise<Located>, signal: AbortSignal): Promise<Located> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const flight = this.#flights.get(key) ?? new SingleFlight<Located>();
    this.#flights.set(key, flight);
    try {
      const located = await flight.join(select, signal, () => undefined);
      this.#keep(key, located);
      return located;
    } finally {
      if (!flight.isRunning) this.#flights.delete(key);
    }
  }

  clear(): void {
    this.#kept.clear();
    this.#entries = 0;
  }

  #keep(key: string, located: Located): void {
    if (key.length > LONGEST_KEY || located.count > MOST_ENTRIES || this.#kept.has(key)) return;
    this.#kept.set(key, located);
    this.#entries += located.count;
    for (const [oldest, { count }] of this.#kept) {
      if (this.#entries <= MOST_ENTRIES) return;
      this.#kept.delete(oldest);
      this.#entries -= count;
    }
  }
}
