/** Unpacks one file of an archive and proves that it is what the directory says: size, checksum, local header. */
import { Readable } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { F2gitError } from '../../errors.ts';
import type { ArchiveReader } from './archive-reader.ts';
import type { ArchiveItem } from './directory.ts';

/** Up to this size a file is unpacked in one go: thousands of small files would spend their time on streams. */
const SMALL_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;

/** Whether `readSmall` may be used. */
export function isSmall({ size, compressedSize }: ArchiveItem): boolean {
  return size <= SMALL_BYTES && compressedSize <= SMALL_BYTES;
}

/** The whole content. @throws {F2gitError} `source-invalid`, `source-truncated` when it is not what was stated */
export async function readSmall(archive: ArchiveReader, item: ArchiveItem): Promise<Uint8Array> {
  const start = await contentStart(archive, item);
  const packed = await archive.readAt(start, item.compressedSize);
  if (packed.length < item.compressedSize) throw truncated(item);
  // The reader's bytes are part of a larger window, which a copy lets go.
  const bytes = item.method === 'stored' ? Buffer.from(packed) : inflate(packed, item);
  checkContent(item, bytes.length, crc32(bytes));
  return bytes;
}

/** The content as it is unpacked; it throws as `readSmall`, at the latest instead of ending. */
export async function* streamContent(archive: ArchiveReader, item: ArchiveItem): AsyncGenerator<Uint8Array, void> {
  const start = await contentStart(archive, item);
  const packed = packedChunks(archive, item, start);
  let size = 0;
  let crc = 0;
  try {
    for await (const chunk of item.method === 'stored' ? packed : inflated(packed)) {
      size += chunk.length;
      if (size > item.size) throw lying(item, 'larger than it says');
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof F2gitError) throw error;
    throw lying(item, 'damaged', error);
  }
  checkContent(item, size, crc);
}

/** Checks the file's own header and gives the place of its content. */
async function contentStart(archive: ArchiveReader, item: ArchiveItem): Promise<number> {
  const header = await archive.readAt(item.offset, LOCAL_HEADER_BYTES + item.rawName.length);
  if (header.length < LOCAL_HEADER_BYTES + item.rawName.length) throw truncated(item);
  if (header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw lying(item, 'not where it should be');
  const method = header.readUInt16LE(8) === 0 ? 'stored' : 'deflated';
  const nameBytes = header.readUInt16LE(26);
  const isSameName = header.subarray(LOCAL_HEADER_BYTES, LOCAL_HEADER_BYTES + nameBytes).equals(item.rawName);
  if (method !== item.method || !isSameName) throw lying(item, 'another file than the directory names');
  return item.offset + LOCAL_HEADER_BYTES + nameBytes + header.readUInt16LE(28);
}

function inflate(packed: Buffer, item: ArchiveItem): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, item.size) });
  } catch (error) {
    throw lying(item, 'damaged, or larger than it says', error);
  }
}

async function* packedChunks(archive: ArchiveReader, item: ArchiveItem, start: number): AsyncGenerator<Buffer, void> {
  for (let done = 0; done < item.compressedSize;) {
    const chunk = await archive.readAt(start + done, Math.min(CHUNK_BYTES, item.compressedSize - done));
    if (chunk.length === 0) throw truncated(item);
    done += chunk.length;
    yield chunk;
  }
}

async function* inflated(packed: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const source = Readable.from(packed);
  const unpacked = createInflateRaw();
  source.on('error', (error) => unpacked.destroy(error));
  try {
    yield* source.pipe(unpacked) as AsyncIterable<Buffer>;
  } finally {
    source.destroy();
    unpacked.destroy();
  }
}

function checkContent(item: ArchiveItem, size: number, crc: number): void {
  if (size !== item.size) throw lying(item, 'of another size than it says');
  if (crc !== item.crc) throw lying(item, 'damaged: its checksum does not fit');
}

function lying({ name }: ArchiveItem, detail: string, cause?: unknown): F2gitError {
  const params = { name: name.slice(0, 200), detail };
  return new F2gitError('source-invalid', { params, ...(cause === undefined ? {} : { cause }) });
}

function truncated({ name }: ArchiveItem): F2gitError {
  return new F2gitError('source-truncated', { params: { name: name.slice(0, 200) } });
}
