/** What is costly to open and holds files: open for whoever comes next, closed when nobody did for a while. */

export interface KeptOpenOptions<Value> {
  /** So many of which nobody uses stay open; the longest unused is closed first. */
  readonly most: number;
  /** How long one that nobody uses stays open, in milliseconds; seen when another is used. Default: for ever. */
  readonly idleMs?: number;
  /** Milliseconds, by any clock. */
  readonly now: () => number;
  readonly close: (value: Value) => unknown;
}

/** Somebody's part in an open value: it is not closed before `end`, which may be called again. */
export interface Use<Value> {
  readonly value: Value;
  readonly end: () => void;
}

interface Kept<Value> {
  readonly value: Value;
  users: number;
  since: number;
}

export class KeptOpen<Value> {
  readonly #options: KeptOpenOptions<Value>;
  /** The longest unused first, but for those in use. */
  readonly #kept = new Map<string, Kept<Value>>();

  constructor(options: KeptOpenOptions<Value>) {
    this.#options = options;
  }

  /** What is open by this key; opened now if it is not. */
  use(key: string, open: () => Value): Use<Value> {
    const kept = this.#kept.get(key) ?? { value: open(), users: 0, since: 0 };
    kept.users++;
    this.#touch(key, kept);
    this.#closeUnused();
    let isEnded = false;
    return {
      value: kept.value,
      end: () => {
        if (isEnded) return;
        isEnded = true;
        kept.users--;
        if (this.#kept.get(key) === kept) this.#touch(key, kept);
        this.#closeUnused();
      },
    };
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  /** Closes all, also what is in use, and waits for that. */
  async closeAll(): Promise<void> {
    const open = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(open.map(({ value }) => this.#options.close(value)));
  }

  #touch(key: string, kept: Kept<Value>): void {
    kept.since = this.#options.now();
    this.#kept.delete(key);
    this.#kept.set(key, kept);
  }

  #closeUnused(): void {
    const { most, idleMs = Infinity, now, close } = this.#options;
    const unused = [...this.#kept].filter(([, { users }]) => users === 0);
    for (const [position, [key, { value, since }]] of unused.entries()) {
      if (unused.length - position <= most && now() - since < idleMs) continue;
      this.#kept.delete(key);
      close(value);
    }
  }
}
