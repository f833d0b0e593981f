import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { Credentials, Json, Listing, SourceSession, Unchanged } from '../../../src/sources/source.ts';
import { zipAdapter } from '../../../src/sources/zip/index.ts';
import { failureOf, readBody } from '../bench.ts';
import { recording, recordings, startRecordedServer, unusedRecordings } from '../../support/recorded-server.ts';
import { writeZip, type ZipItem } from '../../support/zip-writer.ts';

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Bytes of the body after which the connection breaks. */
  readonly cutAt?: number;
}

let reply: (headers: IncomingHttpHeaders) => Reply;
let origin: string;
let cacheDir: string;
const asked: IncomingHttpHeaders[] = [];
const cleanUps: (() => Promise<void>)[] = [];

beforeEach(async () => {
  asked.length = 0;
  cacheDir = mkdtempSync(join(tmpdir(), 'f2git-zip-'));
  const server = createServer((request, response) => {
    asked.push(request.headers);
    const { status = 200, headers = {}, body = '', cutAt } = reply(request.headers);
    const bytes = Buffer.from(body);
    response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
    if (cutAt === undefined) response.end(bytes);
    else response.write(bytes.subarray(0, cutAt), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  cleanUps.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(cacheDir, { recursive: true, force: true });
  });
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function archive(texts: Readonly<Record<string, string>>, time = 0): Buffer {
  return writeZip(
    Object.entries(texts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
    { time },
  );
}

const V1 = { 'kurs/a.txt': 'eins', 'kurs/woche/b.txt': 'b' };
const V2 = { 'kurs/a.txt': 'zwei', 'kurs/woche/b.txt': 'b' };

it.each([
  ['a server that tells versions apart', { etag: '"v1"' }, []],
  ['one that tells their dates, if only just', { 'last-modified': new Date().toUTCString() }, []],
  ['one that tells nothing', {}, [{ code: 'archive-unmarked', level: 'warning' }]],
] as const)('what an administrator is told of %s', async (_, headers, told) => {
  reply = () => ({ headers, body: archive(V1) });
  const { session } = await list();
  expect(await session.facts?.(new AbortController().signal)).toEqual(told);
});

describe('is it unchanged?', () => {
  it('by entity tag, also a weak one: 304 and no download', async () => {
    reply = ({ 'if-none-match': tag }) =>
      tag === 'W/"v1"' ? { status: 304 } : { headers: { etag: 'W/"v1"' }, body: archive(V1) };
    const first = await list();
    expect((await list({ memory: first.listing.memory })).answer.kind).toBe('unchanged');
  });

  it('by date', async () => {
    const modified = 'Fri, 01 Mar 2024 08:00:00 GMT';
    reply = ({ 'if-modified-since': since }) =>
      since === modified ? { status: 304 } : { headers: { 'last-modified': modified }, body: archive(V1) };
    const first = await list();
    expect((await list({ memory: first.listing.memory })).answer.kind).toBe('unchanged');
  });

  it('not by a date that is younger than its own precision', async () => {
    reply = () => ({ headers: { 'last-modified': new Date().toUTCString() }, body: archive(V1) });
    const first = await list();
    await list({ memory: first.listing.memory });
    expect(asked.at(-1)?.['if-modified-since']).toBeUndefined();
  });

  it('not by a server that says so without having been asked', async () => {
    reply = () => ({ body: archive(V1) });
    const first = await list();
    reply = () => ({ status: 304 });
    await expect(list({ memory: first.listing.memory })).rejects.toMatchObject({ code: 'source-invalid' });
  });

  it('by names, checksums and sizes where the server says nothing', async () => {
    reply = () => ({ body: archive(V1, 1) });
    const first = await list();
    reply = () => ({ body: archive(V1, 2) });
    expect((await list({ memory: first.listing.memory })).answer.kind).toBe('unchanged');
    reply = () => ({ body: archive(V2, 2) });
    const changed = await list({ memory: first.listing.memory });
    expect(changed.answer.kind).toBe('listing');
    const stamps = (listing: Listing) => Object.fromEntries(listing.entries.map(({ id, stamp }) => [id, stamp]));
    expect(stamps(changed.listing)['a.txt']).not.toBe(stamps(first.listing)['a.txt']);
    expect(stamps(changed.listing)['woche/b.txt']).toBe(stamps(first.listing)['woche/b.txt']);
  });

  it('a new entity tag for the same files is remembered, so that the next time is a 304', async () => {
    reply = () => ({ headers: { etag: '"v1"' }, body: archive(V1) });
    const first = await list();
    reply = ({ 'if-none-match': tag }) =>
      tag === '"v2"' ? { status: 304 } : { headers: { etag: '"v2"' }, body: archive(V1) };
    const second = await list({ memory: first.listing.memory });
    expect((await list({ memory: second.listing.memory })).answer.kind).toBe('unchanged');
  });

  it('after a day nobody is believed', async () => {
    reply = () => ({ headers: { etag: '"always"' }, body: archive(V1) });
    const first = await list();
    const tomorrow = new Date(Date.now() + 25 * 3600_000);
    const second = await list({ memory: first.listing.memory, now: tomorrow });
    expect(asked.at(-1)?.['if-none-match']).toBeUndefined();
    expect(second.answer.kind).toBe('listing');
  });

  it('another address does not believe the memory', async () => {
    reply = () => ({ headers: { etag: '"v1"' }, body: archive(V1) });
    const first = await list();
    await list({ memory: first.listing.memory, url: `${origin}/other.zip` });
    expect(asked.at(-1)?.['if-none-match']).toBeUndefined();
  });
});

describe('the top folder', () => {
  it('is left away, whatever it is called next time', async () => {
    reply = () => ({ body: archive(V1) });
    const first = await list();
    expect(pathsOf(first.listing)).toEqual(['a.txt', 'woche/b.txt']);
    reply = () => ({ body: archive({ 'kurs-neu/a.txt': 'drei', 'kurs-neu/woche/b.txt': 'b' }) });
    expect(pathsOf((await list({ memory: first.listing.memory })).listing)).toEqual(['a.txt', 'woche/b.txt']);
  });

  it('stays away when something is put beside it', async () => {
    reply = () => ({ body: archive(V1) });
    const first = await list();
    reply = () => ({ body: archive({ ...V1, 'a.txt': 'daneben' }) });
    const second = await list({ memory: first.listing.memory });
    expect(pathsOf(second.listing)).toEqual(['a.txt', 'a.txt', 'woche/b.txt']);
    expect(new Set(second.listing.entries.map(({ id }) => id)).size).toBe(3);
  });

  it('stays where it is when it was not the only one at first', async () => {
    reply = () => ({ body: archive({ 'kurs/a.txt': 'a', 'LIES-MICH.txt': 'l' }) });
    const first = await list();
    reply = () => ({ body: archive({ 'kurs/a.txt': 'b' }) });
    expect(pathsOf((await list({ memory: first.listing.memory })).listing)).toEqual(['kurs/a.txt']);
  });

  it('is seen through what macOS leaves behind', async () => {
    reply = () => ({ body: archive({ ...V1, '__MACOSX/kurs/._a.txt': 'x' }) });
    expect(pathsOf((await list()).listing)).toContain('a.txt');
  });
});

describe('refused as a whole', () => {
  const good: ZipItem = { name: 'gut.txt', bytes: Buffer.from('gut') };
  const cases: readonly (readonly [string, ZipItem[], string])[] = [
    ['a wrong checksum', [good, { name: 'x', bytes: Buffer.from('abc'), statedCrc: 1 }], 'source-invalid'],
    ['a stated size that is too small', [good, { name: 'x', bytes: Buffer.alloc(9), statedSize: 3 }], 'source-invalid'],
    ['a stated size that is too large', [good, { name: 'x', bytes: Buffer.alloc(3), statedSize: 9 }], 'source-invalid'],
    ['another name in the local header', [good, { name: 'x', localName: 'y' }], 'source-invalid'],
    ['an encrypted file', [good, { name: 'x', flags: 0x801 }], 'source-invalid'],
    ['an unknown method', [good, { name: 'x', method: 93 }], 'source-invalid'],
    ['a name without end', [good, { name: 'x'.repeat(5000) }], 'too-large'],
    ['a bomb', [good, { name: 'x', bytes: Buffer.alloc(2_000_000) }], 'too-large'],
    ['a file of more than a gibibyte', [good, { name: 'x', statedSize: 2 ** 31 }], 'too-large'],
    ['two items that share their bytes', [good, { ...good, statedOffset: 0 }], 'source-invalid'],
  ];
  it.each(cases)('%s', async (_what, items, code) => {
    reply = () => ({ body: writeZip(items) });
    expect((await failureOf(list())).code).toBe(code);
  });

  it('more items than a course can have', async () => {
    const items = Array.from({ length: 4 }, (_, at) => ({ name: String(at) }));
    const bytes = writeZip(items, { statedEntries: 4 });
    // The ZIP64 record is where counts above 65,535 stand.
    reply = () => ({ body: withZip64Count(bytes, 100_001) });
    expect((await failureOf(list())).code).toBe('too-large');
  });

  it('more items than it says, as where the count wraps around', async () => {
    const items = ['a', 'b', 'c'].map((name) => ({ name, bytes: Buffer.from(name) }));
    reply = () => ({ body: writeZip(items, { statedEntries: 2 }) });
    expect((await failureOf(list())).params['detail']).toBe('the archive holds more files than it says');
  });

  it('a download that breaks off', async () => {
    const body = archive(V1);
    reply = () => ({ body, cutAt: body.length - 30 });
    expect((await failureOf(list())).code).toMatch(/^source-(truncated|unreachable)$/);
  });

  it('an archive without its end, sent whole', async () => {
    reply = () => ({ body: archive(V1).subarray(0, -30) });
    expect((await failureOf(list())).code).toBe('source-truncated');
  });

  it('a program with an archive inside', async () => {
    reply = () => ({ body: Buffer.concat([Buffer.from('MZ program'), archive(V1)]) });
    expect((await failureOf(list())).code).toBe('source-invalid');
  });
});

describe('what is no archive', () => {
  it('a web page says so, whatever its type claims', async () => {
    reply = () => ({
      headers: { 'content-type': 'application/zip' },
      body: '\n<!DOCTYPE html><form><input type="password"></form>',
    });
    const error = await failureOf(list());
    expect(error.code).toBe('source-login');
    expect(error.params['detail']).toBe('the address shows a web page, not a ZIP archive');
  });

  it('a signed address that has expired says so, and no second signature is sent', async () => {
    reply = () => ({
      status: 403,
      headers: { 'content-type': 'application/xml' },
      body: '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
    });
    const credentials = { user: 'u', password: new Secret('geheim') };
    const error = await failureOf(list({ url: `${origin}/kurs.zip?X-Amz-Signature=abcdef`, credentials }));
    expect(error).toMatchObject({ code: 'source-forbidden' });
    expect(error.params['detail']).toMatch(/expired/);
    expect(error.message).not.toContain('abcdef');
    expect(asked[0]?.authorization).toBeUndefined();
  });

  it.each(['php-zip-login-page', 'php-zip-login-redirect'])('recorded: %s', async (name) => {
    const server = await startRecordedServer(recordings('php-zip-login'));
    cleanUps.push(() => server.stop());
    const error = await failureOf(list({ url: server.origin + recording(name).request.path }));
    expect(error.code).toBe('source-login');
  });
});

it.each([
  ['one folder packed twice', 'php-zip-dynamic-get-1', 'php-zip-dynamic-get-2'],
  ['an archive without a validator', 'php-zip-static-get', 'php-zip-static-get'],
  ['a strong entity tag', 'apache-zip-get', 'apache-zip-304'],
  ['a weak entity tag', 'php-zip-weak-get', 'php-zip-weak-304'],
  ['an address that knows GET only', 'php-zip-head-403-get-200-get', 'php-zip-head-403-get-200-get'],
])('recorded: %s is the same course the second time', async (_what, before, after) => {
  const { path } = recording(before).request;
  const first = await startRecordedServer([recording(before)]);
  cleanUps.push(() => first.stop());
  const { listing } = await list({ url: first.origin + path });
  expect(pathsOf(listing)).toEqual(before.includes('dynamic') ? ['b.txt', 'Übung.txt'] : ['README.md', 'nb/a.ipynb']);
  const { port } = new URL(first.origin);
  await first.stop();
  const second = await startRecordedServer([recording(after)], Number(port));
  cleanUps.push(() => second.stop());
  const again = await list({ url: second.origin + path, memory: listing.memory });
  expect(again.answer.kind).toBe('unchanged');
});

it('an archive its server could not pack whole is incomplete, and asked for again', async () => {
  const body = archive({ ...V1, 'missing_files.json': '["kurs/c.txt"]' });
  reply = () => ({ headers: { etag: '"v1"' }, body });
  const { listing } = await list();
  expect(listing.complete).toBe(false);
  expect(pathsOf(listing)).toEqual(['a.txt', 'woche/b.txt']);
  await list({ memory: listing.memory });
  expect(asked.at(-1)?.['if-none-match']).toBeUndefined();
});

it('the executable bit counts where the archive was made on Unix', async () => {
  reply = () => ({
    body: writeZip([
      { name: 'k/run.sh', mode: 0o100755 },
      { name: 'k/lies.txt', mode: 0o100644 },
    ]),
  });
  const { listing } = await list();
  expect(listing.entries.map(({ executable }) => executable)).toEqual([false, true]);
});

it('a file of this machine: unchanged while its date and size are', async () => {
  const path = join(cacheDir, 'kurs.zip');
  writeFileSync(path, archive(V1));
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  const first = await list({ url: path });
  expect(pathsOf(first.listing)).toEqual(['a.txt', 'woche/b.txt']);
  expect((await list({ url: `file://${path}`, memory: first.listing.memory })).answer.kind).toBe('unchanged');
  writeFileSync(path, archive(V2));
  expect((await list({ url: path, memory: first.listing.memory })).answer.kind).toBe('listing');
  expect((await failureOf(list({ url: join(cacheDir, 'fehlt.zip') }))).code).toBe('source-not-found');
});

it('leaves nothing in the cache folder, and reads a large file with little memory', async () => {
  const size = 96 * 1024 * 1024;
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4096) bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
  const path = join(cacheDir, 'gross.zip');
  writeFileSync(path, writeZip([{ name: 'k/gross.bin', bytes, method: 'stored' }]));
  const { session, listing } = await list({ url: path });
  const before = process.memoryUsage().arrayBuffers;
  const body = await session.fetch(listing.entries[0]!, new AbortController().signal);
  let received = 0;
  let most = 0;
  for await (const chunk of body.kind === 'stream' ? body.stream : []) {
    received += chunk.length;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(received).toBe(size);
  expect(most).toBeLessThan(64 * 1024 * 1024);
  expect(readdirSync(cacheDir)).toEqual(['gross.zip']);
});

interface Listed {
  readonly session: SourceSession;
  readonly answer: Listing | Unchanged;
  readonly listing: Listing;
}

async function list(
  options: { url?: string; memory?: Json | undefined; now?: Date; credentials?: Credentials } = {},
): Promise<Listed> {
  const http = createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });
  const config = zipAdapter.parseConfig({ type: 'zip', url: options.url ?? `${origin}/kurs.zip` });
  const session = await zipAdapter.open(config, {
    http,
    now: () => options.now ?? new Date(),
    credentials: options.credentials ?? {},
    cacheDir,
    ...(options.memory === undefined ? {} : { memory: options.memory }),
  });
  cleanUps.push(async () => {
    await session.close();
    await http.close();
  });
  const answer = await session.list(new AbortController().signal);
  const listing: Listing =
    answer.kind === 'listing' ? answer : { kind: 'listing', entries: [], problems: [], complete: true };
  for (const entry of listing.entries) {
    if ((entry.size ?? 0) < 1_000_000) await readBody(await session.fetch(entry, new AbortController().signal));
  }
  return { session, answer, listing };
}

function pathsOf(listing: Listing): readonly string[] {
  return listing.entries.map(({ segments }) => segments.join('/')).sort();
}

/** Puts a ZIP64 end record with `count` entries in front of the end record (APPNOTE 4.3.14). */
function withZip64Count(bytes: Buffer, count: number): Buffer {
  const endAt = bytes.length - 22;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(bytes.readUInt32LE(endAt + 12)), 40);
  record.writeBigUInt64LE(BigInt(bytes.readUInt32LE(endAt + 16)), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(endAt), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([bytes.subarray(0, endAt), record, locator, bytes.subarray(endAt)]);
}

it('every recording is used', () => {
  expect(unusedRecordings(/-zip-/)).toEqual([]);
});
