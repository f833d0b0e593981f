/** Gets every whole object out of a pack that is torn, has no index, or holds deltas a real git made. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflate } from 'node:zlib';
import git from 'isomorphic-git';
import { oid, type Oid } from '../core/ids.ts';
import { readIfPresent } from './durable-file.ts';
import { readBlocks, readBlocksSync, readRange } from './file-range.ts';
import { durableFs } from './durable-fs.ts';
import { CHECKSUM_BYTES, PACK_HEADER_BYTES, parseEntryHeader, startObjectHash } from './object-format.ts';
import { PackIndex } from './pack-index.ts';
import type { PackWriter } from './pack-writer.ts';

const BLOCK_BYTES = 1 << 20;
const LONGEST_ENTRY_HEADER = 16;

interface Found {
  readonly oid: Oid;
  readonly end: number;
}

/** Adds what is whole in `<name>.pack` to `writer`. Objects that are not are left out: they are lost here. */
export async function salvageEntries(name: string, writer: PackWriter): Promise<void> {
  const fd = fs.openSync(`${name}.pack`, 'r');
  try {
    const { size } = fs.fstatSync(fd);
    const indexBytes = readIfPresent(`${name}.idx`);
    const index = indexBytes === undefined ? undefined : PackIndex.parse(indexBytes);
    if (index === undefined) await salvageInOrder(fd, size, writer);
    else if (await salvageIndexed(fd, size, index, writer)) await salvageDeltas(name, index, writer);
  } finally {
    fs.closeSync(fd);
  }
}

/** Walks entry by entry from the start; ends at the first that is not whole, since nothing says where the next begins. */
async function salvageInOrder(fd: number, size: number, writer: PackWriter): Promise<void> {
  for (let at = PACK_HEADER_BYTES; at < size - CHECKSUM_BYTES;) {
    const found = await readEntry(fd, at, size);
    if (found === undefined || found === 'delta') return;
    copy(fd, at, found, writer);
    at = found.end;
  }
}

/** Gives whether the pack holds deltas. */
async function salvageIndexed(fd: number, size: number, index: PackIndex, writer: PackWriter): Promise<boolean> {
  let hasDeltas = false;
  for (const object of index.objects()) {
    const found = await readEntry(fd, object.offset, size);
    if (found === 'delta') hasDeltas = true;
    else if (found !== undefined) copy(fd, object.offset, found, writer);
  }
  return hasDeltas;
}

/** A real git repacked: its deltas are read by isomorphic-git and written whole. */
async function salvageDeltas(name: string, index: PackIndex, writer: PackWriter): Promise<void> {
  const gitdir = dirname(dirname(dirname(name)));
  const cache = {};
  for (const object of index.objects()) {
    if (writer.has(object.oid)) continue;
    const read = await readDelta(gitdir, object.oid, cache);
    if (read !== undefined) writer.addBytes(read.type, read.object);
  }
}

async function readDelta(gitdir: string, object: Oid, cache: object) {
  try {
    // The kind is not known beforehand, and the calls that replace this one each want it.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- isomorphic-git 1.44.11
    const read = await git.readObject({ fs: durableFs, gitdir, oid: object, format: 'content', cache });
    if (read.format !== 'content' || read.type === 'tag') return undefined;
    return { type: read.type, object: read.object };
  } catch {
    // Not whole in any pack isomorphic-git can read either: lost here, and found missing by whoever needs it.
    return undefined;
  }
}

/** Reads one entry to its end; undefined when it is not whole. Tags count as deltas: f2git writes neither. */
async function readEntry(fd: number, start: number, size: number): Promise<Found | 'delta' | undefined> {
  const head = readRange(fd, start, Math.min(size, start + LONGEST_ENTRY_HEADER));
  const header = parseEntryHeader(head);
  if (header === undefined) return undefined;
  if (header.kind === undefined) return 'delta';
  const hash = startObjectHash(header.kind, header.size);
  const dataStart = start + header.headerBytes;
  const inflate = createInflate({ chunkSize: BLOCK_BYTES >> 2 });
  const raw = Readable.from(readBlocks(fd, dataStart, size));
  let length = 0;
  try {
    const feeding = pipeline(raw, inflate);
    // What goes wrong reaches the loop through `inflate`; an end before all of the file was fed is expected.
    feeding.catch(() => undefined);
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      hash.update(chunk);
      length += chunk.length;
    }
  } catch {
    // Torn or not zlib data: this entry is lost.
    return undefined;
  } finally {
    raw.destroy();
  }
  if (length !== header.size) return undefined;
  return { oid: oid(hash.digest('hex')), end: dataStart + inflate.bytesWritten };
}

function copy(fd: number, start: number, { oid: object, end }: Found, writer: PackWriter): void {
  let crc = 0;
  for (const block of readBlocksSync(fd, start, end)) crc = crc32(block, crc);
  writer.addRaw({ oid: object, crc }, readBlocksSync(fd, start, end));
}
