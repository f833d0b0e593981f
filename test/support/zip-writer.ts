/** Writes ZIP archives byte by byte, so that a test can lie about anything (APPNOTE.TXT 6.3.10, section 4.3). */
import { crc32, deflateRawSync } from 'node:zlib';

/** One item. Whatever is left out is the truth about `bytes`. */
export interface ZipItem {
  readonly name: string | Uint8Array;
  readonly bytes?: Uint8Array;
  readonly method?: 'stored' | 'deflated' | number;
  /** Unix mode with its type, such as 0o100755 or 0o120777; the archive then says that it was made on Unix. */
  readonly mode?: number;
  /** General purpose flags; bit 11 (UTF-8) is set by default. */
  readonly flags?: number;
  /** Name in the local header. */
  readonly localName?: string;
  readonly statedSize?: number;
  readonly statedCrc?: number;
  /** Where the directory says the item starts. */
  readonly statedOffset?: number;
  readonly extra?: Uint8Array;
}

export interface ZipOptions {
  readonly comment?: Uint8Array;
  /** Bytes in front of the archive that its offsets do not count. */
  readonly prefix?: Uint8Array;
  /** Bytes after its end. */
  readonly suffix?: Uint8Array;
  /** DOS time and date of every item. */
  readonly time?: number;
  readonly statedEntries?: number;
}

const UTF8 = 0x800;
const UNIX = 3;

/** Gives the archive with `items` in this order. A name that ends with `/` is a folder. */
export function writeZip(items: readonly ZipItem[], options: ZipOptions = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const item of items) {
    const packed = pack(item);
    const local = localHeader(item, packed, options.time ?? 0);
    central.push(centralHeader(item, packed, options.time ?? 0, offset));
    locals.push(local, packed.bytes);
    offset += local.length + packed.bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = endRecord(options.statedEntries ?? items.length, directory.length, offset, options.comment);
  return Buffer.concat([
    options.prefix ?? Buffer.alloc(0),
    ...locals,
    directory,
    end,
    options.suffix ?? Buffer.alloc(0),
  ]);
}

interface Packed {
  readonly bytes: Buffer;
  readonly method: number;
  readonly size: number;
  readonly crc: number;
}

function pack({ bytes = new Uint8Array(), method = 'deflated', statedSize, statedCrc }: ZipItem): Packed {
  const number = method === 'stored' ? 0 : method === 'deflated' ? 8 : method;
  return {
    bytes: number === 8 ? deflateRawSync(bytes) : Buffer.from(bytes),
    method: number,
    size: statedSize ?? bytes.length,
    crc: statedCrc ?? crc32(bytes),
  };
}

function localHeader(item: ZipItem, packed: Packed, time: number): Buffer {
  const name = Buffer.from(item.localName ?? item.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  writeCommon(header.subarray(6), item, packed, time);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader(item: ZipItem, packed: Packed, time: number, offset: number): Buffer {
  const name = Buffer.from(item.name);
  const extra = item.extra ?? new Uint8Array();
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(((item.mode === undefined ? 0 : UNIX) << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  writeCommon(header.subarray(8), item, packed, time);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(((item.mode ?? 0) << 16) >>> 0, 38);
  header.writeUInt32LE(item.statedOffset ?? offset, 42);
  return Buffer.concat([header, name, extra]);
}

/** Flags, method, time, date, checksum and both sizes: the same 20 bytes in both headers. */
function writeCommon(at: Buffer, item: ZipItem, packed: Packed, time: number): void {
  at.writeUInt16LE(item.flags ?? UTF8, 0);
  at.writeUInt16LE(packed.method, 2);
  at.writeUInt32LE(time, 4);
  at.writeUInt32LE(packed.crc, 8);
  at.writeUInt32LE(packed.bytes.length, 12);
  at.writeUInt32LE(packed.size, 16);
}

function endRecord(
  entries: number,
  directoryBytes: number,
  directoryAt: number,
  comment: Uint8Array = new Uint8Array(),
): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(entries & 0xffff, 8);
  record.writeUInt16LE(entries & 0xffff, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryAt, 16);
  record.writeUInt16LE(comment.length, 20);
  return Buffer.concat([record, comment]);
}
