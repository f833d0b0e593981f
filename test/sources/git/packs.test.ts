/** Packs as servers send them, good and bad: stored, indexed as real git indexes them, or refused. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Oid } from '../../../src/core/ids.ts';
import type { GitObject } from '../../../src/sources/git/git-object.ts';
import { indexPack } from '../../../src/sources/git/index-pack.ts';
import { ObjectStore } from '../../../src/sources/git/object-store.ts';
import { PackEntries } from '../../../src/sources/git/pack-entries.ts';
import { resolveDeltas } from '../../../src/sources/git/resolve-deltas.ts';
import { walkPack, Work } from '../../../src/sources/git/walk-pack.ts';
import { storePack } from '../../../src/sources/git/store-pack.ts';
import { git, gitOutput, hasGit } from './git-server.ts';

const signal = new AbortController().signal;
const nowhere = (): undefined => undefined;
let root: string;
let work: string;
let uses = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'f2git-packs-'));
  work = join(root, 'work');
});
afterAll(() => rmSync(root, { recursive: true }));

// eslint-disable-next-line @typescript-eslint/require-await -- a stream, as real answers are
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Stores and indexes a pack; gives its path without ending. */
async function take(bytes: Buffer, elsewhere: (oid: Oid) => GitObject | undefined = nowhere, piece = 4099) {
  const stem = join(root, `pack-${++uses}`);
  const { count } = await storePack(inPieces(bytes, piece), `${stem}.pack`);
  await indexPack(stem, count, elsewhere, signal);
  return stem;
}

const entry = (type: number, size: number, ...parts: readonly Uint8Array[]): Buffer => {
  const header: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = size >>> 4; rest > 0; rest >>>= 7) {
    header.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.concat([Buffer.from([...header, byte]), ...parts]);
};
const blob = (text: string): Buffer => entry(3, Buffer.byteLength(text), deflateSync(text));
/** A delta that copies all of a base of `size` bytes. */
const copyOf = (size: number): Buffer => Buffer.from([size, size, 0x90, size]);
const refDelta = (base: string, delta: Buffer): Buffer =>
  entry(7, delta.length, Buffer.from(base, 'hex'), deflateSync(delta));
const ofsDelta = (distance: number, delta: Buffer): Buffer =>
  entry(6, delta.length, Buffer.from([distance]), deflateSync(delta));

function seal(body: Buffer): Buffer {
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

function packOf(entries: readonly Buffer[], count = entries.length): Buffer {
  const header = Buffer.from('PACK\x00\x00\x00\x02\x00\x00\x00\x00', 'latin1');
  header.writeUInt32BE(count, 8);
  return seal(Buffer.concat([header, ...entries]));
}

describe.skipIf(!hasGit)('packs made by git (skipped where the git program is missing)', () => {
  const noise = (bytes: number): Buffer => {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes; at += 32) parts.push(createHash('sha256').update(String(at)).digest());
    return Buffer.concat(parts).subarray(0, bytes);
  };

  beforeAll(() => {
    mkdirSync(work);
    git(work, 'init', '-q', '-b', 'main');
    writeFileSync(join(work, 'noise.bin'), noise(5_000_000));
    writeFileSync(join(work, 'zeros.bin'), Buffer.alloc(6_000_000));
    writeFileSync(join(work, 'empty'), '');
    for (let version = 0; version < 30; version++) {
      const lines = Array.from({ length: 400 }, (_, line) => `line ${line} ${line === version ? version : 'same'}`);
      writeFileSync(join(work, 'text.txt'), lines.join('\n'));
      writeFileSync(join(work, `file${version % 7}.txt`), `${version}\n${lines.slice(version).join('\n')}`);
      git(work, 'add', '-A');
      git(work, 'commit', '-q', '-m', `version ${version}`);
    }
    git(work, 'tag', '-a', 'v1', '-m', 'a tag');
  });

  const packed = (stdin: string, ...options: readonly string[]): Buffer =>
    gitOutput(work, stdin, 'pack-objects', '-q', '--stdout', ...options);

  test.each([
    ['deltas by place', ['--all', '--revs', '--delta-base-offset', '--window=20', '--depth=50']],
    ['deltas by id', ['--all', '--revs', '--window=20', '--depth=50']],
    ['no deltas', ['--all', '--revs', '--window=0']],
    ['stored, not compressed', ['--all', '--revs', '--window=0', '--compression=0']],
  ])('with %s get the very index git makes', async (_, options) => {
    const bytes = packed('', ...options);
    for (const piece of [4099, 1 << 16]) {
      const stem = await take(bytes, nowhere, piece);
      copyFileSync(`${stem}.pack`, `${stem}-git.pack`);
      git(root, 'index-pack', `${stem}-git.pack`);
      expect(readFileSync(`${stem}.idx`).equals(readFileSync(`${stem}-git.idx`))).toBe(true);
      expect(git(root, 'verify-pack', '-v', `${stem}.idx`)).toMatch(/chain length|non delta/);
    }
  });

  test('that are thin get the bases they lack, from what is here', async () => {
    const bare = join(root, 'here.git');
    git(root, 'init', '-q', '--bare', bare);
    git(work, 'push', '-q', bare, 'main~15:refs/heads/main');
    const store = new ObjectStore(join(bare, 'objects'));
    const thin = packed('main\n^main~15\n', '--revs', '--thin', '--delta-base-offset');
    const stem = await take(thin, (oid) => (store.has(oid) ? store.read(oid) : undefined));
    store.close();
    expect(git(root, 'verify-pack', '-v', `${stem}.idx`)).toContain('chain length');
    expect(readFileSync(`${stem}.pack`).readUInt32BE(8)).toBeGreaterThan(thin.readUInt32BE(8));

    const packs = join(bare, 'objects', 'pack');
    for (const ending of ['pack', 'idx'])
      copyFileSync(`${stem}.${ending}`, join(packs, `pack-${'1'.repeat(40)}.${ending}`));
    git(bare, 'update-ref', 'refs/heads/main', git(work, 'rev-parse', 'main'));
    expect(git(bare, 'fsck', '--strict', '--full')).toBe('');
    await expect(take(thin)).rejects.toThrow(/not here/);
  });

  test('that are cut anywhere are refused', async () => {
    const whole = packed('', '--all', '--revs', '--delta-base-offset').subarray(-40_000);
    const small = packOf([blob('one'), blob('two')]);
    for (const bytes of [whole, small]) {
      for (let cut = 0; cut < bytes.length; cut += Math.max(1, bytes.length >> 5)) {
        await expect(take(bytes.subarray(0, cut))).rejects.toThrow(RangeError);
      }
    }
  });

  test('with any byte changed, checksum included, never give an object another content', async () => {
    const whole = packed('main~25\n', '--revs', '--delta-base-offset').subarray(0, -20);
    const body = whole.length > 300_000 ? undefined : whole;
    const few = body ?? packOf([blob('a'.repeat(3000)), ofsDelta(0, copyOf(1))]).subarray(0, -20);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: few.length - 13 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const spoilt = Buffer.from(few);
        spoilt.writeUInt8(spoilt.readUInt8(at + 12) ^ change, at + 12);
        const stem = await take(seal(spoilt)).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Error);
          return undefined;
        });
        // git reads every object again, and compares it with the id in the index
        if (stem !== undefined) git(root, 'verify-pack', `${stem}.idx`);
      }),
      { numRuns: 40 * Number(process.env['F2GIT_RUNS'] ?? 1), seed: 20261123 },
    );
  });
});

describe('packs made to do harm', () => {
  const hello = 'b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0';
  const other = '1'.repeat(40);

  test.each<[string, () => Buffer]>([
    ['another checksum', () => Buffer.concat([packOf([blob('x')]).subarray(0, -20), Buffer.alloc(20)])],
    ['nothing', () => Buffer.alloc(0)],
    ['only a header', () => Buffer.from('PACK')],
    ['another version', () => seal(Buffer.from('PACK\x00\x00\x00\x03\x00\x00\x00\x00', 'latin1'))],
    ['fewer objects than it says', () => packOf([blob('x')], 2)],
    ['more objects than it says', () => packOf([blob('x'), blob('y')], 1)],
    ['four billion objects', () => packOf([blob('x')], 0xffffffff)],
    ['an unknown kind', () => packOf([entry(5, 1, deflateSync('x'))])],
    ['a size without end', () => packOf([Buffer.alloc(40, 0xff)])],
    ['an object that is longer than it says', () => packOf([entry(3, 3, deflateSync(Buffer.alloc(1_000_000)))])],
    ['an object that is shorter than it says', () => packOf([entry(3, 3000, deflateSync('x'))])],
    [
      'a large object that is longer than it says',
      () => packOf([entry(3, 5_000_000, deflateSync(Buffer.alloc(9_000_000)))]),
    ],
    ['a large object that is shorter than it says', () => packOf([entry(3, 5_000_000, deflateSync('x'))])],
    ['something that is not compressed', () => packOf([entry(3, 5, Buffer.from('hello'))])],
    ['a delta against nothing', () => packOf([blob('hello'), refDelta(other, copyOf(5))])],
    ['a delta against itself', () => packOf([refDelta(hello, copyOf(5))])],
    ['a delta against a place inside an object', () => packOf([blob('hello'), ofsDelta(3, copyOf(5))])],
    ['a delta against a place before the pack', () => packOf([ofsDelta(100, copyOf(5))])],
    ['a delta against its own place', () => packOf([ofsDelta(0, copyOf(5))])],
    ['deltas in a circle', () => packOf([refDelta(other, copyOf(5)), refDelta('2'.repeat(40), copyOf(5))])],
    ['a delta for another base', () => packOf([blob('hello'), ofsDelta(blob('hello').length, copyOf(4))])],
    ['a delta that copies beyond its base', () => packOf([blob('hello'), ofsDelta(14, Buffer.from([5, 9, 0x90, 9]))])],
    ['a delta that is cut', () => packOf([blob('hello'), ofsDelta(blob('hello').length, Buffer.from([5]))])],
  ])('%s: refused', async (_, make) => {
    await expect(take(make())).rejects.toThrow();
    const left = readdirSync(root).filter((name) => name.endsWith('.idx') && name.startsWith(`pack-${uses}.`));
    expect(left).toEqual([]);
  });

  test('deltas that really lie in a circle are refused', async () => {
    // the ids are those of the contents, so that each names the other one
    const one = createHash('sha1').update('blob 5\0hello').digest('hex');
    expect(one).toBe(hello);
    await expect(take(packOf([refDelta(one, copyOf(5)), refDelta(one, copyOf(5))]))).rejects.toThrow(RangeError);
  });

  test('the same object twice is indexed once', async () => {
    const stem = await take(packOf([blob('hello\n'), blob('hello\n')]));
    expect(readFileSync(`${stem}.idx`).readUInt32BE(8 + 255 * 4)).toBe(1);
  });

  /** A delta that makes a base of `size` bytes, up to 16 MB, twice as long. */
  const double = (size: number): Buffer => {
    const number = (value: number): number[] =>
      value < 128 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)];
    const copy = [0xf0, size & 255, (size >> 8) & 255, size >> 16];
    return Buffer.from([...number(size), ...number(2 * size), ...copy, ...copy]);
  };

  test('deltas that double again and again end at the limit', async () => {
    const entries = [entry(3, 1 << 16, deflateSync(Buffer.alloc(1 << 16)))];
    for (let size = 1 << 16; size < 1 << 23; size *= 2)
      entries.push(ofsDelta(entries.at(-1)?.length ?? 0, double(size)));
    const path = `${await take(packOf(entries))}.pack`;
    const fd = openSync(path, 'r');
    const pack = new PackEntries(fd, path);
    const walked = await walkPack(pack, entries.length, new Work(signal));
    await expect(resolveDeltas(pack, walked, nowhere, new Work(signal, 1 << 23))).rejects.toMatchObject({
      code: 'too-large',
    });
    await expect(walkPack(pack, entries.length, new Work(signal, 1 << 15))).rejects.toMatchObject({
      code: 'too-large',
    });
    closeSync(fd);
  });

  test('a delta that promises more than memory should hold is refused before it is applied', async () => {
    const promise = Buffer.from([5, 0x80, 0x80, 0x80, 0x80, 0x7f, 0x90, 5]);
    const pack = packOf([blob('hello'), ofsDelta(blob('hello').length, promise)]);
    await expect(take(pack)).rejects.toMatchObject({ code: 'too-large' });
  });

  test('work is counted, and other work has its turn', async () => {
    const most = new Work(signal, 100);
    await most.take(60);
    await expect(most.take(60)).rejects.toMatchObject({ code: 'too-large' });
    const leaving = new AbortController();
    const patient = new Work(leaving.signal);
    leaving.abort();
    const end = performance.now() + 30;
    while (performance.now() < end);
    await expect(patient.take(1)).rejects.toThrow(/abort/);
  });

  test('nothing is left open or behind when a pack is refused', async () => {
    const stem = join(root, 'refused');
    await expect(storePack(inPieces(Buffer.from('PACK'), 1), `${stem}.pack`)).rejects.toThrow(RangeError);
    expect(existsSync(`${stem}.idx`)).toBe(false);
  });
});
