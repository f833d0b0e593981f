import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES } from '../../src/core/offer.ts';
import { folderAdapter, recogniseFolder } from '../../src/sources/folder/index.ts';
import type { Json } from '../../src/sources/source.ts';
import { Bench, entryAt, failureOf, pathsOf } from './bench.ts';
import { describeSource } from './conformance.ts';
import type { Course, Harness, Segments } from './harness.ts';

/** Root reads what nobody may read; these faults need an ordinary account. */
const isRoot = process.getuid?.() === 0;

const ROOT_READS_ALL = 'root may read everything on this machine';
const NO_SERVER = 'a folder has no server that could answer this';
const harness: Harness = {
  adapter: folderAdapter,
  folder: 'src/sources/folder',
  requiredKeys: ['path'],
  impossible: {
    ...Object.fromEntries(
      [
        ...['down', 'wrong-credentials', 'session-expires', 'html-page', 'page-fails', 'unparsable-item', 'hangs'],
        ...['content-announces-more', 'content-sends-more', 'content-compressed', 'content-html', 'content-endless'],
        ...[
          'content-redirects-elsewhere',
          'content-redirects-private',
          'throttled-seconds',
          'throttled-date',
          'fails-once',
        ],
      ].map((fault) => [fault, NO_SERVER]),
    ),
    'content-cut': 'a truncated file has another size and date: C37 covers it',
    'other-order': 'the order of a folder is the file system’s own',
    'changes-between-pages': 'folder.test.ts changes a folder while it is listed',
    putTwin: 'a folder holds a name once',
    hide: 'a file is there or it is not',
    show: 'a file is there or it is not',
    schedule: 'files carry no schedule',
  },
  impossibleHere: isRoot
    ? Object.fromEntries(
        ['lock', 'root-forbidden', 'forbidden-folder', 'content-forbidden'].map((need) => [need, ROOT_READS_ALL]),
      )
    : {},
  start,
};

describeSource('folder', harness);

describe('folder', () => {
  let bench: Bench;
  let root: string;
  beforeEach(async () => {
    bench = await Bench.start(harness);
    root = (bench.course.raw as { path: string }).path;
  });
  afterEach(() => bench.stop());

  it('does not wait at a FIFO and names what is neither file nor folder', async () => {
    execFileSync('/usr/bin/mkfifo', [join(root, 'pipe')]);
    await fs.symlink('/etc/passwd', join(root, 'link'));
    await fs.symlink('nowhere', join(root, 'dangling'));
    await bench.put({ 'a.txt': 'a' });
    const { listing } = await bench.listed();
    expect(pathsOf(listing)).toEqual(['a.txt']);
    expect(listing.problems.map(({ code, segments }) => [code, ...segments]).sort()).toEqual([
      ['kind-refused', 'dangling'],
      ['kind-refused', 'link'],
      ['kind-refused', 'pipe'],
    ]);
  });

  it('does not read through a folder that became a link since it was listed', async () => {
    await bench.put({ 'w/passwd': 'course' });
    const { session, listing } = await bench.listed();
    // The very same file, so that only the way to it tells.
    await fs.rename(join(root, 'w'), join(root, 'away'));
    await fs.symlink('away', join(root, 'w'));
    const error = await failureOf(bench.read(session, entryAt(listing, 'w', 'passwd')));
    expect(error.code).toBe('source-changed');
  });

  it('does not read a file that became a FIFO since it was listed', async () => {
    await bench.put({ a: 'course' });
    const { session, listing } = await bench.listed();
    await fs.rm(join(root, 'a'));
    execFileSync('/usr/bin/mkfifo', [join(root, 'a')]);
    expect((await failureOf(bench.read(session, entryAt(listing, 'a')))).code).toBe('source-changed');
  });

  it('does not read a file that is larger than any course file, and names it', async () => {
    await bench.put({ a: 'course', b: 'course' });
    await fs.truncate(join(root, 'a'), MAX_FILE_BYTES + 1);
    const { session, listing } = await bench.listed();
    const error = await failureOf(bench.read(session, entryAt(listing, 'a')));
    expect(error).toMatchObject({ code: 'too-large', params: { path: 'a' } });
    expect(await bench.read(session, entryAt(listing, 'b'))).toBeDefined();
  });

  it('delivers a name that is not UTF-8, spelled out', async () => {
    const name = Buffer.from('M\xe4rz.txt', 'latin1');
    await fs.writeFile(Buffer.concat([Buffer.from(`${root}/`), name]), 'latin');
    await fs.writeFile(join(root, 'M%E4rz.txt'), 'spelled');
    const { session, listing } = await bench.listed();
    expect(pathsOf(listing)).toEqual(['M%E4rz.txt', 'M%E4rz.txt']);
    const contents = [];
    for (const entry of listing.entries) contents.push((await bench.read(session, entry)).toString());
    expect(contents.sort()).toEqual(['latin', 'spelled']);
  });

  it('leaves out its own repository and workspace, and names others', async () => {
    await bench.put({
      '.git/HEAD': 'x',
      '.f2git/state.json': '{}',
      'sub/.git/HEAD': 'x',
      '.ipynb_checkpoints/a': '',
      a: '',
    });
    const { listing } = await bench.listed();
    expect(pathsOf(listing)).toEqual(['a']);
    expect(listing.problems).toMatchObject([{ segments: ['sub', '.git'], code: 'name-refused' }]);
  });

  it('counts nothing as deleted when a folder changes while others are read', async () => {
    const paths = Array.from({ length: 30 }, (_, folder) => Array.from({ length: 200 }, (_, at) => `w${folder}/${at}`));
    await bench.put(Object.fromEntries(paths.flat().map((path) => [path, 'x'])));
    const session = await bench.open();
    const listing = bench.list(session);
    await fs.rename(join(root, 'w1', '7'), join(root, 'w29', 'moved'));
    await fs.rename(join(root, 'w29', '8'), join(root, 'w1', 'moved'));
    expect((await listing).complete).toBe(false);
    expect((await bench.listed()).listing.complete).toBe(true);
  });

  it('reads a file again that was listed while it was too young to tell', async () => {
    await bench.put({ a: 'one' });
    const young = entryAt((await bench.listed()).listing, 'a');
    await wait(80);
    const { session, listing } = await bench.listed();
    expect(entryAt(listing, 'a').stamp).not.toBe(young.stamp);
    expect((await bench.read(session, young)).toString()).toBe('one');
    expect(entryAt((await bench.listed()).listing, 'a').stamp).toBe(entryAt(listing, 'a').stamp);
  });

  it('is unchanged for who remembers it, until anything in it is another', async () => {
    await bench.put({ 'w/a': 'one', 'w/b': 'two' });
    expect((await bench.listed()).listing.memory).toBeUndefined();
    await wait(80);
    const remembered = async () => {
      const { memory } = (await bench.listed()).listing;
      expect(memory).toBeDefined();
      return memory!;
    };
    const answer = async (memory: Json) => {
      const session = await bench.open({ ...bench.context(), memory });
      return (await session.list(bench.signal)).kind;
    };
    const changes: readonly (() => Promise<unknown>)[] = [
      () => fs.writeFile(join(root, 'w/a'), 'six'),
      () => fs.rename(join(root, 'w/a'), join(root, 'w/c')),
      () => fs.chmod(join(root, 'w/b'), 0o755),
      () => fs.rm(join(root, 'w/b')),
      () => fs.symlink('c', join(root, 'w/link')),
    ];
    for (const change of changes) {
      const memory = await remembered();
      expect(await answer(memory)).toBe('unchanged');
      await change();
      await wait(80);
      expect(await answer(memory)).toBe('listing');
    }
  });

  it('refuses a file as its root, and follows a link to its root', async () => {
    await bench.put({ a: 'a' });
    const { adapter } = harness;
    const open = (path: string) => adapter.open(adapter.parseConfig({ type: 'folder', path }), bench.context());
    expect((await failureOf((await open(join(root, 'a'))).list(bench.signal))).code).toBe('source-not-found');
    await fs.symlink(root, `${root}-link`);
    const linked = await open(`${root}-link`);
    expect(pathsOf(await bench.list(linked))).toEqual(['a']);
    await fs.rm(`${root}-link`);
  });

  it('stops a stream when the file changes under it', async () => {
    await fs.writeFile(join(root, 'big'), Buffer.alloc(3 * 1024 * 1024, 'a'));
    const { session, listing } = await bench.listed();
    const body = await session.fetch(entryAt(listing, 'big'), bench.signal);
    if (body.kind !== 'stream') throw new Error('large content is a stream');
    const reading = (async () => {
      let length = 0;
      for await (const chunk of body.stream) {
        if (length === 0) await fs.appendFile(join(root, 'big'), 'more');
        length += chunk.length;
      }
    })();
    expect((await failureOf(reading)).code).toBe('source-changed');
  });

  it.each([
    ['/srv/course', '/srv/course'],
    ['./course', './course'],
    ['..', '..'],
    ['file:///srv/a%20b', '/srv/a b'],
    ['course', undefined],
    ['https://example.org', undefined],
  ])('recognises %s', (address, path) => {
    expect(recogniseFolder(address)?.['path']).toBe(path);
  });

  it.each(['file://elsewhere/srv', 'file:///a%2Fb'])('refuses %s', (address) => {
    expect(() => recogniseFolder(address)).toThrow('address-not-understood');
  });
});

async function start(): Promise<Course> {
  const path = await fs.mkdtemp(join(tmpdir(), 'f2git-folder-'));
  const at = (segments: Segments) => join(path, ...segments);
  const calm = async () => {
    // Not away: nothing to bring back.
    await fs.rename(`${path}-away`, path).catch(() => undefined);
    execFileSync('chmod', ['-R', 'u+rwX', path]);
  };
  const put = async (segments: Segments, bytes: Uint8Array) => {
    await fs.mkdir(dirname(at(segments)), { recursive: true });
    await fs.writeFile(at(segments), bytes);
  };
  return {
    raw: { type: 'folder', path },
    driver: {
      put,
      overwrite: put,
      remove: (segments) => fs.rm(at(segments)),
      makeFolder: (segments) => fs.mkdir(at(segments), { recursive: true }).then(() => undefined),
      rename: (segments, name) => fs.rename(at(segments), at([...segments.slice(0, -1), name])),
      move: (segments, to) => fs.rename(at(segments), at(to)),
      touch: (segments) => fs.utimes(at(segments), new Date(), new Date(Date.now() + 5000)),
      makeExecutable: (segments) => fs.chmod(at(segments), 0o755),
      overwriteUnseen: async (segments, bytes) => {
        const { atime, mtime } = await fs.stat(at(segments));
        await fs.writeFile(at(segments), bytes);
        await fs.utimes(at(segments), atime, mtime);
      },
      refuses: (name) => name === '.' || name === '..' || name.includes('/') || Buffer.byteLength(name) > 255,
      ...(isRoot ? {} : { lock: (segments) => fs.chmod(at(segments), 0) }),
    },
    faults: {
      'root-missing': () => fs.rename(path, `${path}-away`),
      'outside-link': (segments) => fs.symlink('/etc', at([...segments, 'etc'])),
      ...(isRoot
        ? {}
        : {
            'root-forbidden': () => fs.chmod(path, 0),
            'forbidden-folder': (segments: Segments) => fs.chmod(at(segments), 0),
            'content-forbidden': (segments: Segments) => fs.chmod(at(segments), 0),
          }),
    },
    calm,
    stop: async () => {
      await calm();
      await fs.rm(path, { recursive: true, force: true });
    },
  };
}
