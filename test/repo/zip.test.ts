import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import { oid } from '../../src/core/ids.ts';
import { writeZip, zipSize } from '../../src/repo/zip.ts';
import { FakeCourse, openCourse, temporaryFolder } from './support/course.ts';

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const none = oid('0'.repeat(40));

describe('the ZIP of a course', () => {
  it('is exactly the offered tree in one folder, with the same bytes each time, as long as it said', async () => {
    const course = new FakeCourse().set({ 'Übung 1/ä ö.txt': 'Grüße', leer: '', big: 'x'.repeat(6 << 20) });
    course.put('run.sh', '#!/bin/sh\n', { executable: true });
    const opened = openCourse(course);
    const offer = await opened.refresh();
    const zip = opened.repository.zip()!;
    const first = await bytesOf(zip.read());
    expect(zip.tag).toBe(offer.head);
    expect(first.length).toBe(zip.size);
    const again = opened.reopen();
    expect((await bytesOf(again.zip()!.read())).equals(first)).toBe(true);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'course.zip'), first);
    mkdirSync(join(folder, 'out'));
    execFileSync('python3', [
      '-c',
      'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])',
      join(folder, 'course.zip'),
      join(folder, 'out'),
    ]);
    expect(readFileSync(join(folder, 'out/python/Übung 1/ä ö.txt'), 'utf8')).toBe('Grüße');
    expect(statSync(join(folder, 'out/python/big')).size).toBe(6 << 20);
    const modes = await modesOf(first);
    expect(modes).toEqual({
      'python/': 0o40755,
      'python/big': 0o100644,
      'python/leer': 0o100644,
      'python/run.sh': 0o100755,
      'python/Übung 1/ä ö.txt': 0o100644,
    });
  });

  it('keeps its bytes over versions of f2git: they are part of the contract', async () => {
    const files = [
      { path: 'a.txt', oid: none, size: 5, executable: false },
      { path: 'b', oid: none, size: 5, executable: true },
    ];
    const content = { read: () => Buffer.from('hello'), chunks: () => inOne('hello') };
    const bytes = await bytesOf(writeZip('course', files, content));
    expect(createHash('sha256').update(bytes).digest('hex')).toMatchInlineSnapshot(
      `"8a2cb41cce9f2991ab3e29037138b2bed0453858c1cee2c95492b75da644b30b"`,
    );
  });

  it('has no limit of 65,535 files', async () => {
    const files = Array.from({ length: 70_000 }, (_, at) => ({
      path: `f${at}`,
      oid: none,
      size: 0,
      executable: false,
    }));
    const content = { read: () => new Uint8Array(), chunks: () => inOne('') };
    const bytes = await bytesOf(writeZip('c', files, content));
    expect(bytes.length).toBe(zipSize('c', files));
    expect(Object.keys(await modesOf(bytes))).toHaveLength(70_001);
  });

  it('has no limit of 4 GB', async () => {
    const size = 5 * 2 ** 30;
    const files = [
      { path: 'big', oid: oid('1'.repeat(40)), size, executable: false },
      { path: 'small', oid: none, size: 2, executable: false },
    ];
    const block = Buffer.alloc(1 << 24);
    const content = {
      read: () => Buffer.from('ok'),
      chunks: async function* () {
        for (let at = 0; at < size; at += block.length) yield await Promise.resolve(block);
      },
    };
    let length = 0;
    let tail = Buffer.alloc(0);
    for await (const chunk of writeZip('c', files, content)) {
      length += chunk.length;
      tail = Buffer.concat([tail, chunk.length > 1000 ? Buffer.alloc(0) : chunk]).subarray(-1000);
    }
    expect(length).toBe(zipSize('c', files));
    const end = tail.indexOf(Buffer.from('PK\u0006\u0006', 'latin1'));
    expect(tail.readBigUInt64LE(end + 24)).toBe(3n);
    expect(Number(tail.readBigUInt64LE(end + 48)) + Number(tail.readBigUInt64LE(end + 40)) + 56 + 20 + 22).toBe(length);
  });
});

async function* inOne(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

function modesOf(bytes: Buffer): Promise<Readonly<Record<string, number>>> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: false }, (error, zip) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const modes: Record<string, number> = {};
      zip.on('entry', (entry: yauzl.Entry) => (modes[entry.fileName] = entry.externalFileAttributes >>> 16));
      zip.on('end', () => resolve(modes));
      zip.on('error', reject);
    });
  });
}
