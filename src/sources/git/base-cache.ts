/** Objects kept because deltas are made against them, up to a number of bytes; the one used longest ago goes first. */
import type { GitObject } from './git-object.ts';

export class BaseCache<Key> {
  readonly #limit: number;
  readonly #objects = new Map<Key, GitObject>();
  #bytes = 0;

  /** `limit` in bytes; the latest object is kept however large it is. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): GitObject | undefined {
    const object = this.#objects.get(key);
    if (object === undefined) return undefined;
    this.#objects.delete(key);
    this.#objects.set(key, object);
    return object;
  }

  keep(key: Key, object: GitObject): void {
    this.#drop(key);
    this.#objects.set(key, object);
    this.#bytes += object.bytes.length;
    for (const oldest of this.#objects.keys()) {
      if (this.#bytes <= this.#limit || oldest === key) return;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#objects.clear();
    this.#bytes = 0;
  }

  #drop(key: Key): void {
    this.#bytes -= this.#objects.get(key)?.bytes.length ?? 0;
    this.#objects.delete(key);
  }
}
