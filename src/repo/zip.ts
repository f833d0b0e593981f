/**
 * The offered tree as a ZIP whose bytes depend on nothing but the commit: files are stored, not compressed, because
 * compressed bytes differ between versions of zlib; times are fixed; the order is the manifest's. ZIP64 where sizes or
 * counts need it (APPNOTE 6.3.10, sections 4.3 to 4.5).
 */
import { crc32 } from 'node:zlib';
import type { Oid } from '../core/ids.ts';

/** A file of the archive. */
export interface ZipFile {
  readonly path: string;
  readonly oid: Oid;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
}

/** How the archive reads content. `read` is for what fits into memory. */
export interface ZipContent {
  read(oid: Oid): Uint8Array;
  chunks(oid: Oid, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

const IN_MEMORY_BYTES = 4 << 20;
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
/** 1 January 1980, 00:00: the first moment a ZIP knows. */
const DOS_DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const MADE_BY_UNIX = 3 << 8;
const VERSION_ZIP64 = 45;
const VERSION = 20;

/** The byte count of the archive that `writeZip` gives. */
export function zipSize(folder: string, files: readonly ZipFile[]): number {
  let size = 0;
  let central = 0;
  for (const file of [folderEntry(folder), ...files.map((each) => within(folder, each))]) {
    const name = Buffer.byteLength(file.path);
    central += 46 + name + centralExtra(file.size, size).length;
    size += 30 + name + localExtra(file.size).length + file.size;
  }
  return size + central + endRecords(files.length + 1, central, size).length;
}

/**
 * Writes the archive, with everything in one folder named `folder`.
 * @throws {F2gitError} `object-missing` when a content cannot be read whole
 */
export async function* writeZip(
  folder: string,
  files: readonly ZipFile[],
  content: ZipContent,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of [folderEntry(folder), ...files.map((each) => within(folder, each))]) {
    signal?.throwIfAborted();
    const bytes = file.size <= IN_MEMORY_BYTES ? bytesOf(file, content) : undefined;
    const crc = bytes === undefined ? await crcOf(file.oid, content, signal) : crc32(bytes);
    const header = localHeader(file, crc);
    central.push(centralHeader(file, crc, offset));
    offset += header.length + file.size;
    yield header;
    if (bytes === undefined) yield* content.chunks(file.oid, signal);
    else if (bytes.length > 0) yield bytes;
  }
  const directory = Buffer.concat(central);
  yield directory;
  yield endRecords(central.length, directory.length, offset);
}

interface Entry extends Omit<ZipFile, 'oid'> {
  readonly oid: Oid;
  readonly isFolder: boolean;
}

function folderEntry(folder: string): Entry {
  return { path: `${folder}/`, oid: '' as Oid, size: 0, executable: true, isFolder: true };
}

function within(folder: string, file: ZipFile): Entry {
  return { ...file, path: `${folder}/${file.path}`, isFolder: false };
}

function bytesOf(entry: Entry, content: ZipContent): Uint8Array {
  return entry.isFolder ? new Uint8Array() : content.read(entry.oid);
}

/** A stored entry says its checksum before its bytes, so that any program can unpack the archive as a stream. */
async function crcOf(object: Oid, content: ZipContent, signal?: AbortSignal): Promise<number> {
  let crc = 0;
  for await (const chunk of content.chunks(object, signal)) crc = crc32(chunk, crc);
  return crc;
}

function localHeader(entry: Entry, crc: number): Buffer {
  const name = Buffer.from(entry.path);
  const extra = localExtra(entry.size);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(header, 4, entry, crc, extra.length);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name, extra]);
}

function centralHeader(entry: Entry, crc: number, offset: number): Buffer {
  const name = Buffer.from(entry.path);
  const extra = centralExtra(entry.size, offset);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX | VERSION_ZIP64, 4);
  writeCommon(header, 6, entry, crc, extra.length);
  header.writeUInt16LE(name.length, 28);
  const mode = entry.isFolder ? 0o040755 : entry.executable ? 0o100755 : 0o100644;
  header.writeUInt32LE(mode * 0x10000 + (entry.isFolder ? 0x10 : 0), 38);
  header.writeUInt32LE(Math.min(offset, MAX_32), 42);
  return Buffer.concat([header, name, extra]);
}

/** The fields both headers share, from the version needed to the length of the extra field (the name's comes first). */
function writeCommon(header: Buffer, at: number, entry: Entry, crc: number, extraLength: number): void {
  header.writeUInt16LE(extraLength > 0 ? VERSION_ZIP64 : VERSION, at);
  header.writeUInt16LE(UTF8_NAMES, at + 2);
  header.writeUInt16LE(0, at + 4);
  header.writeUInt16LE(0, at + 6);
  header.writeUInt16LE(DOS_DATE, at + 8);
  header.writeUInt32LE(crc >>> 0, at + 10);
  const shown = entry.size >= MAX_32 ? MAX_32 : entry.size;
  header.writeUInt32LE(shown, at + 14);
  header.writeUInt32LE(shown, at + 18);
  header.writeUInt16LE(extraLength, at + 24);
}

function localExtra(size: number): Buffer {
  return size >= MAX_32 ? zip64Extra([size, size]) : Buffer.alloc(0);
}

function centralExtra(size: number, offset: number): Buffer {
  return zip64Extra([...(size >= MAX_32 ? [size, size] : []), ...(offset >= MAX_32 ? [offset] : [])]);
}

function zip64Extra(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, position) => extra.writeBigUInt64LE(BigInt(value), 4 + position * 8));
  return extra;
}

function endRecords(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(size, MAX_32), 12);
  end.writeUInt32LE(Math.min(offset, MAX_32), 16);
  if (count < MAX_16 && size < MAX_32 && offset < MAX_32) return end;
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(MADE_BY_UNIX | VERSION_ZIP64, 12);
  end64.writeUInt16LE(VERSION_ZIP64, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(size), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(offset + size), 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}
