/** Random access to an archive on disk, for yauzl and for our own checks. */
import type { FileHandle } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';
import { F2gitError } from '../../errors.ts';

/** The end of central directory record without its comment (APPNOTE 4.3.16). */
const END_BYTES = 22;
const END_SIGNATURE = 0x06054b50;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;

/** A comment has at most 65,535 bytes; as much again may have been appended by a proxy or an upload form. */
const SEARCHED_BYTES = END_BYTES + 2 * 0xffff;

/** The central directory is read in pieces of this size instead of twice per entry. */
const WINDOW_BYTES = 256 * 1024;

/**
 * Finds the end of the archive in `file` and gives a reader of what lies before it. Anything after the end record is
 * not part of what is read.
 * @throws {F2gitError} `source-truncated` when there is no end record
 */
export async function openArchive(file: FileHandle, fileBytes: number): Promise<ArchiveReader> {
  const start = Math.max(0, fileBytes - SEARCHED_BYTES);
  const tail = Buffer.alloc(fileBytes - start);
  await readFully(file, tail, start);
  const ends = endsIn(tail, start);
  const end = ends.find(({ isBehindDirectory }) => isBehindDirectory) ?? ends.find(({ isLast }) => isLast);
  if (end === undefined) {
    throw new F2gitError('source-truncated', { params: { detail: 'the archive has no end: it was cut off' } });
  }
  const record = Buffer.from(tail.subarray(end.at - start, end.at - start + END_BYTES));
  record.writeUInt16LE(0, END_BYTES - 2);
  return new ArchiveReader(file, end.at, record);
}

export class ArchiveReader extends RandomAccessReader {
  /** Bytes of the archive up to and with its end record. */
  readonly size: number;
  readonly #file: FileHandle;
  readonly #endAt: number;
  readonly #record: Buffer;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(file: FileHandle, endAt: number, record: Buffer) {
    super();
    this.#file = file;
    this.#endAt = endAt;
    this.#record = record;
    this.size = endAt + END_BYTES;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.readAt(position, length).then(
      (bytes) => callback(null, bytes.copy(buffer, offset)),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Content is read by `archive-content.ts`; yauzl only reads the directory. */
  override _readStreamForRange(): Readable {
    return new PassThrough().destroy(new Error('not used'));
  }

  /** The file belongs to the session. */
  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }

  /** The bytes from `position`, at most `length`, fewer only at the archive's end. */
  async readAt(position: number, length: number): Promise<Buffer> {
    if (!Number.isSafeInteger(position) || position < 0) throw damaged('an offset leads out of the archive');
    if (position >= this.#endAt) return this.#record.subarray(position - this.#endAt, position - this.#endAt + length);
    const wanted = Math.min(length, this.size - position);
    if (wanted > WINDOW_BYTES) return this.#withRecord(position, await this.#readFile(position, wanted));
    const isInside = position >= this.#windowAt && position + wanted <= this.#windowAt + this.#window.length;
    if (!isInside) {
      const window = await this.#readFile(position, Math.min(WINDOW_BYTES, this.size - position));
      this.#window = this.#withRecord(position, window);
      this.#windowAt = position;
    }
    const from = position - this.#windowAt;
    return this.#window.subarray(from, from + wanted);
  }

  async #readFile(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    await readFully(this.#file, bytes, position);
    return bytes;
  }

  /** Where the end record is among `bytes`, it is the one without a comment: yauzl expects nothing behind it. */
  #withRecord(position: number, bytes: Buffer): Buffer {
    const at = this.#endAt - position;
    if (at < bytes.length) this.#record.copy(bytes, Math.max(0, at), 0, bytes.length - at);
    return bytes;
  }
}

interface EndCandidate {
  readonly at: number;
  /** The central directory it names ends right before it. */
  readonly isBehindDirectory: boolean;
  /** Its comment ends with the file. */
  readonly isLast: boolean;
}

/** All that looks like an end record, the last one first. A comment may hold another one's signature. */
function endsIn(tail: Buffer, start: number): readonly EndCandidate[] {
  const found: EndCandidate[] = [];
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue;
    const commentEnd = at + END_BYTES + tail.readUInt16LE(at + 20);
    if (commentEnd > tail.length) continue;
    const directoryEnd = tail.readUInt32LE(at + 12) + tail.readUInt32LE(at + 16);
    const locator = at - ZIP64_LOCATOR_BYTES;
    const isZip64 = locator >= 0 && tail.readUInt32LE(locator) === ZIP64_LOCATOR_SIGNATURE;
    found.push({
      at: start + at,
      isBehindDirectory: isZip64 || directoryEnd === start + at,
      isLast: commentEnd === tail.length,
    });
  }
  return found;
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new F2gitError('source-changed', { params: { detail: 'the archive became shorter' } });
    done += bytesRead;
  }
}

function damaged(detail: string): F2gitError {
  return new F2gitError('source-invalid', { params: { detail } });
}
