/** The adapter through the real program: a local folder, SFTP, S3 and WebDAV. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { rcloneAdapter } from '../../../src/sources/rclone/index.ts';
import type { Listing, SourceSession } from '../../../src/sources/source.ts';
import { Bench, entryAt, failureOf, pathsOf, readBody } from '../bench.ts';
import { defineRemote, obscure, rcloneHarness, whyNoRclone } from './course.ts';
import { startS3, startSftp, type Storage, whyNoS3 } from './servers.ts';

const run = promisify(execFile);
const missing = whyNoRclone();
const { signal } = new AbortController();

let root: string;
const ends: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'f2git-rclone-'));
  ends.push(() => fs.rm(root, { recursive: true, force: true }));
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await fs.mkdir(dirname(join(root, 'course', path)), { recursive: true });
    await fs.writeFile(join(root, 'course', path), content);
  }
}

async function open(remote: string, path = ''): Promise<SourceSession> {
  const config = rcloneAdapter.parseConfig({ type: 'rclone', remote, path, config: '/dev/null' });
  const http = createHttp({ allowPrivateAddresses: false, allowedOrigins: [] });
  const context = { http, now: () => new Date(), credentials: {}, cacheDir: join(root, 'cache') };
  const session = await rcloneAdapter.open(config, context);
  ends.push(() => http.close());
  ends.push(() => session.close());
  return session;
}

async function listed(session: SourceSession): Promise<Listing> {
  const listing = await session.list(signal);
  if (listing.kind !== 'listing') throw new Error('this adapter always lists');
  return listing;
}

/** Reads everything at once, as a refresh does. */
async function contentsOf(session: SourceSession, { entries }: Listing): Promise<Record<string, string>> {
  session.prefetch?.(entries, signal);
  const contents: Record<string, string> = {};
  for (const entry of entries) {
    const content = (await readBody(await session.fetch(entry, signal))).toString();
    contents[entry.segments.join('/')] = shortened(content);
  }
  return contents;
}

/** What a failing test prints should fit on a page. */
const shortened = (content: string): string => (/^x+$/.test(content) ? `${content.length} times x` : content);

const stampsOf = ({ entries }: Listing) =>
  Object.fromEntries(entries.map(({ segments, stamp }) => [segments.join('/'), stamp]));

/** What of the cache is left; the folder itself may not be there. */
async function leftInCache(): Promise<readonly string[]> {
  return existsSync(join(root, 'cache')) ? fs.readdir(join(root, 'cache')) : [];
}

const COURSE = {
  'a.txt': 'a',
  'Woche 1/Übung ü.ipynb': '{}',
  'Woche 1/new\nline.txt': 'two lines',
  'Woche 1/ leading and trailing ': 'blanks',
  'Woche 1/#1 %46 "q" $(date).txt': 'odd',
  'u\u0308.txt': 'nfd',
  '\u00fc.txt': 'nfc',
  'empty.txt': '',
  'large.bin': 'x'.repeat(5 * 1024 * 1024),
};

/** As it is listed: rclone spells a line break its own way. */
const LISTED = Object.fromEntries(
  Object.entries(COURSE).map(([path, content]) => [path.replace('\n', '␊'), shortened(content)]),
);

describe.skipIf(missing !== undefined)(`a local remote${missing === undefined ? '' : ` (${missing})`}`, () => {
  beforeEach(async () => {
    await write(COURSE);
    ends.push(defineRemote('disk', { type: 'alias', remote: root }));
  });

  it('gives every file, many at once, and leaves nothing behind', async () => {
    const session = await open('disk', 'course');
    expect(await contentsOf(session, await listed(session))).toEqual(LISTED);
    await session.close();
    expect(await leftInCache()).toEqual([]);
  });

  it('takes away what a killed process left, and nothing of one that lives', async () => {
    const dead = 'rclone-4194305-x';
    await fs.mkdir(join(root, 'cache', dead), { recursive: true });
    await fs.mkdir(join(root, 'cache', `rclone-${String(process.ppid)}-x`));
    const session = await open('disk', 'course');
    await contentsOf(session, await listed(session));
    await session.close();
    expect(await leftInCache()).toEqual([`rclone-${String(process.ppid)}-x`]);
  });

  it('keeps the stamps of what did not change, and changes that of what did', async () => {
    const before = await listed(await open('disk', 'course'));
    await write({ 'a.txt': 'b' });
    const after = await listed(await open('disk', 'course'));
    expect({ ...stampsOf(after), 'a.txt': '' }).toEqual({ ...stampsOf(before), 'a.txt': '' });
    expect(stampsOf(after)['a.txt']).not.toBe(stampsOf(before)['a.txt']);
  });

  it('refuses what changed after the listing, and gives it at the second attempt', async () => {
    await write({ 'b.txt': '12345', 'c.txt': 'c', 'd.txt': 'd' });
    const session = await open('disk', 'course');
    const listing = await listed(session);
    const entry = entryAt(listing, 'b.txt');
    session.prefetch?.(listing.entries, signal);
    await write({ 'b.txt': '67890' });
    expect((await failureOf(session.fetch(entry, signal).then(readBody))).code).toBe('source-changed');
    expect((await readBody(await session.fetch(entry, signal))).toString()).toBe('67890');
  });

  it('reads a course that is a single file', async () => {
    const session = await open('disk', 'course/a.txt');
    const listing = await listed(session);
    expect(pathsOf(listing)).toEqual(['a.txt']);
    expect(await contentsOf(session, listing)).toEqual({ 'a.txt': 'a' });
  });

  it('names what is wrong with its configuration', async () => {
    const unknown = await failureOf((await open('elsewhere', 'course')).list(signal));
    expect(unknown).toMatchObject({ code: 'source-not-configured', params: { address: 'rclone:elsewhere:course' } });
    expect((await failureOf((await open('disk', 'nowhere')).list(signal))).code).toBe('source-not-found');
  });
});

describe.skipIf(missing !== undefined)(
  `an encrypted configuration${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    it('is opened with its password, and with no other', async () => {
      await write({ 'a.txt': 'a' });
      const file = join(root, 'rclone.conf');
      await fs.writeFile(file, ENCRYPTED);
      const config = rcloneAdapter.parseConfig({
        type: 'rclone',
        remote: 'x',
        path: join(root, 'course'),
        config: file,
      });
      const http = createHttp({ allowPrivateAddresses: false, allowedOrigins: [] });
      ends.push(() => http.close());
      const openWith = async (password?: Secret) => {
        const credentials = password === undefined ? {} : { password };
        const context = { http, now: () => new Date(), credentials, cacheDir: join(root, 'cache') };
        const session = await rcloneAdapter.open(config, context);
        ends.push(() => session.close());
        return session;
      };
      expect(pathsOf(await listed(await openWith(new Secret('geheim-4711'))))).toEqual(['a.txt']);
      for (const password of [undefined, new Secret('another')]) {
        const error = await failureOf((await openWith(password)).list(signal));
        expect(error).toMatchObject({
          code: 'source-not-configured',
          params: { detail: 'the password of its configuration is missing or wrong' },
        });
      }
    });
  },
);

/** One remote `x` of type `local`, as `rclone config` encrypts it with "geheim-4711". */
const ENCRYPTED =
  '# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n' +
  'IY4vKQ7vjK+isJHXnrlEEzrQRDsiA9GiuYXYpUSAL8vNkLbb1a2gWH4im8uMCYm2CveSN44EeoTKjA==\n';

describe.skipIf(missing !== undefined)(`SFTP${missing === undefined ? '' : ` (${missing})`}`, () => {
  let storage: Storage;
  beforeEach(async () => {
    await write(COURSE);
    storage = await startSftp(root);
    ends.push(() => storage.stop());
  });

  it('gives every file', async () => {
    ends.push(defineRemote('sftp', storage.options));
    const session = await open('sftp', 'course');
    expect(await contentsOf(session, await listed(session))).toEqual(LISTED);
  });

  it('is a refused sign-in with another password, and unreachable when it is gone', async () => {
    ends.push(defineRemote('sftp', { ...storage.options, pass: obscure('another') }));
    expect((await failureOf((await open('sftp', 'course')).list(signal))).code).toBe('source-login');
    await storage.stop();
    expect((await failureOf((await open('sftp', 'course')).list(signal))).code).toBe('source-unreachable');
  });
});

const noS3 = missing ?? whyNoS3();
describe.skipIf(noS3 !== undefined)(`S3${noS3 === undefined ? '' : ` (${noS3})`}`, () => {
  it('is told apart by digests: other bytes of the same size and a new date', async () => {
    const course = { 'a.txt': 'a', 'Woche 1/Übung ü.ipynb': '{}', 'Woche 1/#1 %46 "q".txt': 'odd', 'empty.txt': '' };
    const storage = await startS3();
    ends.push(() => storage.stop());
    ends.push(defineRemote('s3', storage.options));
    await write(course);
    const copy = async () => {
      const { PATH = '' } = process.env;
      const options = Object.entries(process.env).filter(([name]) => name.startsWith('RCLONE_CONFIG_S3_'));
      const env = { PATH, ...Object.fromEntries(options) };
      await run('rclone', ['sync', '--ignore-times', '--config', '/dev/null', join(root, 'course'), 's3:uni/course'], {
        env,
      });
    };
    await copy();
    const session = await open('s3', 'uni/course');
    const before = await listed(session);
    expect(await contentsOf(session, before)).toEqual(course);
    await copy();
    expect(stampsOf(await listed(await open('s3', 'uni/course')))).toEqual(stampsOf(before));
    await write({ 'a.txt': 'b' });
    await copy();
    const after = await open('s3', 'uni/course');
    const again = await listed(after);
    expect(stampsOf(again)['a.txt']).not.toBe(stampsOf(before)['a.txt']);
    expect((await contentsOf(after, again))['a.txt']).toBe('b');
    expect((await failureOf((await open('s3', 'other')).list(signal))).code).toBe('source-not-found');
  });
});

describe.skipIf(missing !== undefined)(`WebDAV${missing === undefined ? '' : ` (${missing})`}`, () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.start(rcloneHarness);
    ends.push(() => bench.stop());
  });

  it('names a folder that cannot be read, and knows the rest', async () => {
    await bench.put({ 'a.txt': 'a', 'week1/b.txt': 'b', 'week2/c.txt': 'c' });
    await bench.fault('forbidden-folder', 'week1');
    const { listing } = await bench.listed();
    expect(listing).toMatchObject({ problems: [{ segments: ['week1'], code: 'source-forbidden' }], complete: true });
    expect(pathsOf(listing)).toEqual(['a.txt', 'week2/c.txt']);
  });

  it('does not believe a page that looks like an empty folder', async () => {
    await bench.put({ 'a.txt': 'a', 'week1/b.txt': 'b', 'week2/c.txt': 'c' });
    const { session, listing } = await bench.listed();
    const ids = ['week1/b.txt', 'a.txt', 'week2/c.txt'].map((path) => entryAt(listing, ...path.split('/')).id);
    await bench.course.driver.remove(['week1', 'b.txt']);
    await bench.course.driver.remove(['a.txt']);
    await bench.list(session);
    // week1 is there and empty; what lay beside a.txt is still there
    expect(await session.withheld?.(ids.slice(0, 2), signal)).toEqual(new Set(['week1/b.txt']));
    await bench.course.driver.remove(['week1']);
    await bench.list(session);
    expect(await session.withheld?.(ids.slice(0, 2), signal)).toEqual(new Set());
    await bench.fault('html-page');
    await bench.list(session);
    expect(await session.withheld?.(ids, signal)).toEqual(new Set(ids));
  });

  it('asks one question a folder for a course that did not change, and three a file for a new one', async () => {
    const paths = Array.from({ length: 120 }, (_, at) => `w${at % 4}/f${at}.txt`);
    await bench.put(Object.fromEntries(paths.map((path) => [path, path])));
    const requests = () => bench.course.seen?.requests?.() ?? 0;
    const start = requests();
    const { session, listing } = await bench.listed();
    // the root and its four folders
    expect(requests() - start).toBe(5);
    const contents = await contentsOf(session, listing);
    expect(contents).toEqual(Object.fromEntries(paths.map((path) => [path, path])));
    // of each file: what it is, its content, whether it is still that
    expect(requests() - start).toBe(5 + 3 * paths.length);
  });

  it('stops after a refused sign-in', async () => {
    await bench.put(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`${at}.txt`, 'x'])));
    const { session, listing } = await bench.listed();
    session.prefetch?.(listing.entries, signal);
    await bench.fault('wrong-credentials');
    for (const entry of listing.entries.slice(0, 2)) {
      expect((await failureOf(session.fetch(entry, signal))).code).toBe('source-login');
    }
  });

  it.each(['content-endless', 'content-cut', 'content-sends-more', 'content-html'] as const)(
    'gives the whole rest under %s of one of many, and fills no disk',
    async (fault) => {
      const contents = Array.from({ length: 6 }, (_, at) => `${at} `.repeat(1000));
      await bench.put(Object.fromEntries(contents.map((content, at) => [`${at}.txt`, content])));
      const { session, listing } = await bench.listed();
      session.prefetch?.(listing.entries, signal);
      await bench.fault(fault, '3.txt');
      for (const [at, content] of contents.entries()) {
        const reading = session.fetch(entryAt(listing, `${at}.txt`), signal).then(readBody);
        if (at === 3) expect((await failureOf(reading)).code).toMatch(/^source-(changed|truncated)$/);
        else expect((await reading).toString()).toBe(content);
      }
    },
  );

  it('gives the whole rest when one of many is refused', async () => {
    await bench.put(Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`${at}.txt`, `x${at}`])));
    const { session, listing } = await bench.listed();
    session.prefetch?.(listing.entries, signal);
    await bench.course.driver.lock?.(['3.txt']);
    for (const entry of listing.entries) {
      const outcome = await session
        .fetch(entry, signal)
        .then(readBody)
        .then(String, (error: unknown) => (error as { code?: string }).code);
      expect(outcome).toBe(entry.id === '3.txt' ? 'source-forbidden' : `x${entry.id.charAt(0)}`);
    }
  });
});
