/** What is in the course, and everything that ever was: whatever else somebody has of it is wrong. */
import { createHash } from 'node:crypto';
import { oidOfBytes } from '../../support/course.ts';

export class Truth {
  /** Every content ever, by path: the ids of the versions. */
  readonly #versions = new Map<string, Set<string>>();
  readonly #digests = new Set<string>();
  /** The version before it, by the digest of each. */
  readonly #before = new Map<string, Buffer>();
  readonly #now = new Map<string, string>();

  /** The files of the course as they are, by path. */
  get now(): ReadonlyMap<string, string> {
    return this.#now;
  }

  /** `path` has this text from now on. */
  put(path: string, text: string): void {
    const before = this.#now.get(path);
    if (before !== undefined) this.#before.set(digestOf(Buffer.from(text)), Buffer.from(before));
    this.#now.set(path, text);
    const versions = this.#versions.get(path) ?? new Set();
    this.#versions.set(path, versions.add(oidOfBytes(text)));
    this.#digests.add(digestOf(Buffer.from(text)));
  }

  remove(path: string): void {
    this.#now.delete(path);
  }

  /** Whether `bytes` are, or were, all of a file. */
  isContent(bytes: Buffer): boolean {
    return this.#digests.has(digestOf(bytes));
  }

  /** What the file had before it had `bytes`. */
  before(bytes: Buffer): Buffer | undefined {
    return this.#before.get(digestOf(bytes));
  }

  /** The bytes of some file whose size is not `length`. */
  ofOtherSize(length: number): Buffer {
    const texts = [...this.#now.values()].map((text) => Buffer.from(text));
    return texts.find((text) => text.length !== length) ?? Buffer.alloc(0);
  }

  /** Whether any file ever had the content. */
  was(oid: string): boolean {
    return [...this.#versions.values()].some((versions) => versions.has(oid));
  }

  /**
   * Whether this was ever the content of the file at `path`, or of the one whose twin or course copy it is, or whose name
   * came with bytes that are no text.
   */
  wasAt(path: string, oid: string): boolean {
    const original = path.replace(/( \(\d+\)|\.course)(\.\w+)$/, '$2').replaceAll('\ufffd', '');
    const versions = this.#versions.get(path) ?? this.#versions.get(original);
    return versions?.has(oid) === true;
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
