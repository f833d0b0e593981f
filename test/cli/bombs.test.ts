/**
 * Answers that would fill the memory, met by the built program: what unpacks to far more than it is, what has no end, what
 * lies inside itself. Each ends with one sentence, and the program never takes much memory (`peaks.ts`).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, it } from 'vitest';
import { type Answer, content, type Hostile, startHostile, status } from '../support/hostile-server.ts';
import { writeZip } from '../support/zip-writer.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { expectLittleMemory, measuredIn } from './peaks.ts';
import { expectRefusal, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const peaks = join(folder, 'peaks');
const env = measuredIn(peaks);

const spaces = Buffer.alloc(256 << 20, ' ');
const packedSpaces = gzipSync(spaces, { level: 1 });
const XML = { 'content-type': 'application/xml' };
const JSON_TYPE = { 'content-type': 'application/json' };
const GZIP = { 'content-encoding': 'gzip' };
const MULTISTATUS = '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">';

/** `start`, and then `part` again and again, as fast as it is read. */
function endlessList(code: number, headers: Readonly<Record<string, string>>, start: string, part: string): Answer {
  return (_request, socket) => {
    const block = Buffer.from(part.repeat(Math.ceil(65_536 / part.length)));
    const framed = (bytes: Buffer) =>
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
    const lines = Object.entries({ ...headers, 'transfer-encoding': 'chunked' }).map(
      ([key, value]) => `${key}: ${value}`,
    );
    const more = () => {
      while (!socket.destroyed && socket.write(framed(block)));
    };
    socket.on('drain', more);
    socket.write([`HTTP/1.1 ${String(code)} X`, ...lines, '', ''].join('\r\n'));
    socket.write(framed(Buffer.from(start)));
    more();
  };
}

/** Headers without end, as fast as they are read. */
function endlessHeaders(): Answer {
  return (_request, socket) => {
    const block = `x-filler: ${'x'.repeat(4000)}\r\n`.repeat(16);
    const more = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', more);
    socket.write('HTTP/1.1 200 OK\r\n');
    more();
  };
}

const davItem =
  '<d:response><d:href>/dav/a.txt</d:href><d:propstat><d:prop><d:getcontentlength>1</d:getcontentlength>' +
  '<d:resourcetype/></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>';

const zipBomb = writeZip([{ name: 'a.txt', bytes: spaces }]);
const lyingBomb = writeZip([{ name: 'a.txt', bytes: spaces, statedSize: 100_000 }]);

const ADVERTISEMENT = { 'content-type': 'application/x-git-upload-pack-advertisement' };
const SERVICE = '001e# service=git-upload-pack\n0000';
const BRANCH = `003e${'a'.repeat(40)} refs/heads/${'b'.repeat(6)}\n`;

type Place = 'zip' | 'webdav' | 'git' | 'link';
const addresses: Readonly<Record<Place, (origin: string) => string>> = {
  zip: (origin) => `${origin}/course.zip`,
  webdav: (origin) => `webdav+${origin}/dav/`,
  git: (origin) => `git+${origin}/repo.git`,
  link: (origin) => `${origin}/go/python`,
};

const PATHS = ['/course.zip', '/dav/', '/repo.git/info/refs', '/api/courses/python/tree'];
let server: Hostile;
let answer: Answer;
beforeEach(async () => {
  rmSync(peaks, { force: true });
  server = await startHostile(Object.fromEntries(PATHS.map((path) => [path, (...one) => answer(...one)])));
});
afterEach(() => server.stop());

describe('refused, with little memory:', () => {
  it.each<[string, Place, ErrorCode, () => Answer]>([
    ['a file that unpacks to 256 MB', 'zip', 'too-large', () => content(zipBomb)],
    ['a file that unpacks to more than it says', 'zip', 'source-invalid', () => content(lyingBomb)],
    ['an archive without end', 'zip', 'source-invalid', () => status(200, {}, spaces)],
    ['a list that unpacks to 256 MB', 'webdav', 'too-large', () => status(207, { ...XML, ...GZIP }, packedSpaces)],
    ['a list without end', 'webdav', 'too-large', () => endlessList(207, XML, MULTISTATUS, davItem)],
    [
      'a text without end',
      'webdav',
      'too-large',
      () => endlessList(207, XML, `${MULTISTATUS}<d:response><d:href>`, 'x'),
    ],
    [
      'elements inside each other without end',
      'webdav',
      'source-invalid',
      () => endlessList(207, XML, MULTISTATUS, '<a>'),
    ],
    ['headers without end', 'webdav', 'source-unreachable', () => endlessHeaders()],
    ['branches without end', 'git', 'too-large', () => endlessList(200, ADVERTISEMENT, SERVICE, BRANCH)],
    [
      'branches that unpack to 256 MB',
      'git',
      'too-large',
      () => status(200, { ...ADVERTISEMENT, ...GZIP }, packedSpaces),
    ],
    ['a million brackets', 'link', 'source-invalid', () => content('['.repeat(1_000_000), JSON_TYPE)],
    ['brackets without end', 'link', 'too-large', () => endlessList(200, JSON_TYPE, '[', '[')],
    ['a million small things', 'link', 'too-large', () => content(`[${'{},'.repeat(1_000_000)}{}]`, JSON_TYPE)],
    ['a text of 30 MB', 'link', 'source-invalid', () => content(`"€${'x'.repeat(30 << 20)}"`, JSON_TYPE)],
  ])('%s (%s)', async (name, place, code, make) => {
    answer = make();
    const cwd = join(folder, name.replace(/\W+/g, '-'));
    mkdirSync(cwd);
    await expectRefusal(cwd, ['pull', addresses[place](server.origin), 'new'], { code, env });
    expectLittleMemory(peaks, name);
  });
});
