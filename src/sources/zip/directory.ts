/** Reads an archive's central directory, and refuses archives that lie about their sizes or would fill the disk. */
import { fromRandomAccessReaderPromise, getFileNameLowLevel, type Entry, type ExtraField } from 'yauzl';
import { crc32 } from 'node:zlib';
import { F2gitError } from '../../errors.ts';
import type { ArchiveReader } from './archive-reader.ts';

/** One item of an archive as its central directory states it. */
export interface ArchiveItem {
  /** Decoded, as it is in the archive; `/` and `\` separate folders. */
  readonly name: string;
  readonly rawName: Buffer;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  readonly executable: boolean;
  readonly method: 'stored' | 'deflated';
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
  /** Where its local header starts. */
  readonly offset: number;
}

/** What a course may cost to unpack. Bytes. */
const archiveLimits = {
  entries: 100_000,
  totalBytes: 2 * 1024 ** 3,
  fileBytes: 1024 ** 3,
  /** Deflate reaches 1,032:1 on zeros; course material stays far below 200. */
  ratio: 200,
  ratioFromBytes: 1024 ** 2,
  nameBytes: 4096,
} as const;

const LOCAL_HEADER_BYTES = 30;

/** What an entry of the central directory begins with (APPNOTE 4.3.12). */
const ENTRY_SIGNATURE = 0x02014b50;

/**
 * Gives all items in the archive's own order.
 * @throws {F2gitError} `too-large` above `archiveLimits`; `source-invalid` when it is damaged, encrypted, compressed in
 * an unsupported way, or when items overlap
 */
export async function readDirectory(archive: ArchiveReader, signal: AbortSignal): Promise<readonly ArchiveItem[]> {
  const items: ArchiveItem[] = [];
  let totalBytes = 0;
  try {
    // Sizes are checked here: yauzl would call an encrypted file one of wrong size.
    const options = { decodeStrings: false, autoClose: false, validateEntrySizes: false };
    const zip = await fromRandomAccessReaderPromise(archive, archive.size, options);
    if (zip.entryCount > archiveLimits.entries)
      throw tooLarge('too many files in the archive', zip.entryCount, archiveLimits.entries);
    for await (const entry of zip.eachEntry()) {
      if (signal.aborted) throw new F2gitError('cancelled', { cause: signal.reason });
      const item = readItem(entry);
      checkSize(item);
      totalBytes += item.size;
      if (totalBytes > archiveLimits.totalBytes)
        throw tooLarge('unpacked, the archive is too large', totalBytes, archiveLimits.totalBytes);
      items.push(item);
    }
    // Its types call the place of the next entry a boolean.
    await checkCount(archive, zip.readEntryCursor as unknown as number);
  } catch (error) {
    if (error instanceof F2gitError) throw error;
    throw new F2gitError('source-invalid', { params: { detail: 'the archive is damaged' }, cause: error });
  }
  checkOverlaps(items, archive.size);
  return items;
}

/** A count beyond 65,535 wraps around where a program writes no ZIP64; what it leaves out would be taken for deleted. */
async function checkCount(archive: ArchiveReader, behindLast: number): Promise<void> {
  const next = await archive.readAt(behindLast, 4);
  if (next.length < 4 || next.readUInt32LE(0) !== ENTRY_SIGNATURE) return;
  throw new F2gitError('source-invalid', { params: { detail: 'the archive holds more files than it says' } });
}

function readItem(entry: Entry): ArchiveItem {
  if (entry.fileNameLength > archiveLimits.nameBytes) {
    throw tooLarge('a name in the archive is too long', entry.fileNameLength, archiveLimits.nameBytes);
  }
  const name = decodeName(entry.fileNameRaw, entry.generalPurposeBitFlag, entry.extraFields);
  if (entry.isEncrypted()) throw unreadable(name, 'encrypted');
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw unreadable(name, `compressed by method ${String(entry.compressionMethod)}, which f2git cannot read`);
  }
  const mode = entry.externalFileAttributes >>> 16;
  return {
    name,
    rawName: entry.fileNameRaw,
    kind: kindOf(name, mode),
    executable: isFromUnix(entry.versionMadeBy) && (mode & 0o100) !== 0,
    method: entry.compressionMethod === 0 ? 'stored' : 'deflated',
    crc: entry.crc32,
    size: entry.uncompressedSize,
    compressedSize: entry.compressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
  };
}

/**
 * A name as text: UTF-8 where the archive says so (bit 11, or Info-ZIP's field 0x7075 made for this very name) or where
 * it happens to be valid, else code page 437, in which the format began.
 */
function decodeName(raw: Buffer, flags: number, extraFields: readonly ExtraField[]): string {
  const field = extraFields.find(({ id, data }) => id === 0x7075 && data.length >= 6 && data[0] === 1);
  const better = field !== undefined && field.data.readUInt32LE(1) === crc32(raw) ? field.data.subarray(5) : undefined;
  return utf8(better) ?? utf8(raw) ?? ((flags & 0x800) !== 0 ? raw.toString('latin1') : cp437(raw));
}

function utf8(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

function cp437(raw: Buffer): string {
  return getFileNameLowLevel(0, raw, [], true);
}

function kindOf(name: string, mode: number): ArchiveItem['kind'] {
  switch (mode & 0o170000) {
    case 0:
    case 0o100000:
      return /[/\\]$/.test(name) ? 'folder' : 'file';
    case 0o040000:
      return 'folder';
    case 0o120000:
      return 'link';
    default:
      return 'special';
  }
}

/** Made on Unix (3) or macOS (19): only there the mode says who may execute it. */
function isFromUnix(versionMadeBy: number): boolean {
  const system = versionMadeBy >>> 8;
  return system === 3 || system === 19;
}

function checkSize({ name, size, compressedSize, method }: ArchiveItem): void {
  if (method === 'stored' && size !== compressedSize) throw unreadable(name, 'of another size than it says');
  if (size > archiveLimits.fileBytes)
    throw tooLarge('a file in the archive is too large', size, archiveLimits.fileBytes, name);
  if (size > archiveLimits.ratioFromBytes && size > archiveLimits.ratio * compressedSize) {
    throw tooLarge(
      'the compression ratio of a ZIP bomb',
      Math.round(size / Math.max(1, compressedSize)),
      archiveLimits.ratio,
      name,
    );
  }
}

/** Items that share bytes are how a few kilobytes unpack to terabytes. */
function checkOverlaps(items: readonly ArchiveItem[], archiveBytes: number): void {
  let end = 0;
  for (const item of items.toSorted((a, b) => a.offset - b.offset)) {
    if (item.offset < end) throw unreadable(item.name, 'overlapping another file');
    end = item.offset + LOCAL_HEADER_BYTES + item.rawName.length + item.compressedSize;
  }
  if (end > archiveBytes) throw new F2gitError('source-truncated', { params: { detail: 'files lie beyond its end' } });
}

function unreadable(name: string, detail: string): F2gitError {
  return new F2gitError('source-invalid', { params: { name: name.slice(0, 200), detail } });
}

function tooLarge(detail: string, found: number, most: number, name?: string): F2gitError {
  const params = { detail, found, most, ...(name === undefined ? {} : { name: name.slice(0, 200) }) };
  return new F2gitError('too-large', { params });
}
