/** Git as a source, against real git: local repositories and `git http-backend`. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { MAX_PACK_BYTES } from '../../../src/sources/git/http-repository.ts';
import { git, gitWith, type GitServer, hasGit, startGitServer } from './git-server.ts';
import { listingOf, refresh } from './git-session.ts';

let root: string;
let cacheDir: string;
let work: string;
let server: GitServer;
let raw: { url: string };

/** Writes files into the working folder and commits them. */
function commit(files: Readonly<Record<string, string>>, message = 'change'): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(work, path, '..'), { recursive: true });
    writeFileSync(join(work, path), content);
  }
  git(work, 'add', '-A');
  git(work, 'commit', '-q', '--allow-empty', '-m', message);
  return git(work, 'rev-parse', 'HEAD');
}

/** A generator of the same numbers every time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8;
}

const publish = () => git(work, 'push', '-q', '--mirror', '--force', join(root, 'course.git'));

describe.skipIf(!hasGit)('git (skipped where the git program is missing)', () => {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'f2git-git-'));
    server = await startGitServer(root);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    cacheDir = mkdtempSync(join(root, 'cache-'));
    work = mkdtempSync(join(root, 'work-'));
    git(work, 'init', '-q', '-b', 'main');
    rmSync(join(root, 'course.git'), { recursive: true, force: true });
    git(root, 'init', '-q', '--bare', '-b', 'main', 'course.git');
    raw = { url: `${server.origin}/course.git` };
    server.requests.length = 0;
  });
  afterEach(() => {
    server.trouble = undefined;
    server.rewrite = undefined;
  });

  describe.each(['http', 'file'] as const)('over %s', (kind) => {
    const here = () => (kind === 'http' ? raw : { url: join(root, 'course.git') });
    const again = (memory?: unknown) => refresh(here(), { cacheDir, memory: memory as string });

    test('files, folders and executable bits arrive; the same commit is unchanged', async () => {
      commit({ 'README.md': 'hello\n', 'week1/übung 1.txt': 'ä\n', 'empty.txt': '' });
      writeFileSync(join(work, 'run.sh'), '#!/bin/sh\n');
      chmodSync(join(work, 'run.sh'), 0o755);
      commit({});
      publish();
      const first = await again();
      expect(first.files).toEqual({
        'README.md': 'hello\n',
        'week1/übung 1.txt': Buffer.from('ä\n').toString('latin1'),
        'empty.txt': '',
        'run.sh': '#!/bin/sh\n',
      });
      const { entries, memory } = listingOf(first);
      expect(entries.filter(({ executable }) => executable).map(({ id }) => id)).toEqual(['run.sh']);
      expect(entries.find(({ id }) => id === 'README.md')?.size).toBe(6);
      server.requests.length = 0;
      const second = await again(memory);
      expect(second.result).toEqual({ kind: 'unchanged' });
      expect(server.requests).toHaveLength(kind === 'http' ? 1 : 0);
    });

    test('a changed file changes its stamp and no other', async () => {
      commit({ a: '1', b: '1' });
      publish();
      const before = listingOf(await again());
      commit({ a: '2' });
      publish();
      const after = await again(before.memory);
      expect(after.files).toEqual({ a: '2', b: '1' });
      const stamps = (entries: typeof before.entries, id: string) => entries.find((entry) => entry.id === id)?.stamp;
      expect(stamps(listingOf(after).entries, 'b')).toBe(stamps(before.entries, 'b'));
      expect(stamps(listingOf(after).entries, 'a')).not.toBe(stamps(before.entries, 'a'));
    });

    test('history rewritten by amend and force-push gives exactly the new content', async () => {
      commit({ a: 'old', b: 'gone' });
      publish();
      const { memory } = listingOf(await again());
      rmSync(join(work, 'b'));
      writeFileSync(join(work, 'a'), 'new');
      git(work, 'add', '-A');
      git(work, 'commit', '-q', '--amend', '-m', 'rewritten');
      publish();
      expect((await again(memory)).files).toEqual({ a: 'new' });
    });

    test('branch, light and annotated tag, commit id, and a folder of them', async () => {
      const first = commit({ 'x/a': 'one', 'x/y/b': 'deep' });
      git(work, 'tag', 'light');
      git(work, 'tag', '-a', 'heavy', '-m', 'annotated');
      commit({ 'x/a': 'two' });
      git(work, 'branch', 'feature/x');
      commit({ 'x/a': 'three' });
      publish();
      const at = async (more: Record<string, string>) => (await refresh({ ...here(), ...more }, { cacheDir })).files;
      expect(await at({})).toEqual({ 'x/a': 'three', 'x/y/b': 'deep' });
      expect(await at({ ref: 'feature/x' })).toMatchObject({ 'x/a': 'two' });
      expect(await at({ ref: 'light' })).toMatchObject({ 'x/a': 'one' });
      expect(await at({ ref: 'heavy', subfolder: 'x' })).toEqual({ a: 'one', 'y/b': 'deep' });
      expect(await at({ ref: 'refs/tags/heavy', subfolder: 'x/y/' })).toEqual({ b: 'deep' });
      // A page address cannot say where the branch ends: `tree/feature/x/x/y`.
      expect(await at({ ref: 'feature', subfolder: 'x/x/y' })).toEqual({ b: 'deep' });
      expect(await at({ ref: first })).toMatchObject({ 'x/a': 'one' });
    });

    test('an administrator is told the commit, and by which name', async () => {
      const first = commit({ 'x/a': 'one' });
      git(work, 'branch', 'feature/x');
      publish();
      const at = async (more: Record<string, string>) => (await refresh({ ...here(), ...more }, { cacheDir })).facts;
      const told = (name: string) => [{ code: 'commit', params: { commit: first.slice(0, 12), name } }];
      expect(await at({})).toEqual(told('main'));
      expect(await at({ ref: 'feature', subfolder: 'x/x' })).toEqual(told('feature/x'));
      expect(await at({ ref: first })).toEqual([{ code: 'commit', params: { commit: first.slice(0, 12) } }]);
    });

    test('a missing branch, commit or folder is named, with the branches there are', async () => {
      commit({ a: '1' });
      git(work, 'branch', 'summer');
      publish();
      const fail = (more: Record<string, string>) => refresh({ ...here(), ...more }, { cacheDir });
      await expect(fail({ ref: 'master' })).rejects.toMatchObject({
        code: 'source-not-found',
        params: { missing: 'branch, tag or commit "master"', branches: 'main, summer' },
      });
      await expect(fail({ ref: '1'.repeat(40) })).rejects.toMatchObject({ code: 'source-not-found' });
      await expect(fail({ subfolder: 'week9' })).rejects.toMatchObject({
        code: 'source-not-found',
        params: { missing: 'folder "week9"' },
      });
      await expect(fail({ subfolder: 'a' })).rejects.toMatchObject({ code: 'source-not-found' });
    });

    test('an empty repository is an empty course; a wanted branch in it is missing', async () => {
      expect(listingOf(await again())).toMatchObject({ entries: [], problems: [], complete: true });
      await expect(refresh({ ...here(), ref: 'main' }, { cacheDir })).rejects.toMatchObject({
        code: 'source-not-found',
        params: { branches: '(none)' },
      });
    });

    test('the default branch may be renamed; where HEAD points nowhere the only branch counts', async () => {
      commit({ a: '1' });
      git(work, 'branch', '-m', 'course');
      publish();
      expect((await again()).files).toEqual({ a: '1' });
      git(join(root, 'course.git'), 'symbolic-ref', 'HEAD', 'refs/heads/course');
      commit({ a: '2' });
      publish();
      expect((await again()).files).toEqual({ a: '2' });
      git(work, 'branch', 'other');
      publish();
      git(join(root, 'course.git'), 'symbolic-ref', 'HEAD', 'refs/heads/gone');
      await expect(again()).rejects.toMatchObject({ code: 'source-not-found', params: { branches: 'course, other' } });
    });

    test('symlinks, submodules and LFS pointers are named, never delivered', async () => {
      const head = commit({
        a: '1',
        'video.mp4': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
        'about-lfs.txt': 'version https://git-lfs.github.com/spec/v1 is how a pointer begins',
      });
      symlinkSync('/etc/passwd', join(work, 'link'));
      git(work, 'add', '-A');
      git(work, 'update-index', '--add', '--cacheinfo', `160000,${head},sub/module`);
      git(work, 'commit', '-q', '-m', 'odd things');
      publish();
      const refreshed = await again();
      expect(Object.keys(refreshed.files).sort()).toEqual(['a', 'about-lfs.txt']);
      const problems = listingOf(refreshed).problems.map(({ segments, code, params }) => [
        segments.join('/'),
        code,
        params?.['kind'],
      ]);
      expect(problems.sort()).toEqual([
        ['link', 'kind-refused', 'symlink'],
        ['sub/module', 'kind-refused', 'submodule'],
        ['video.mp4', 'lfs-pointer', 'lfs'],
      ]);
    });

    test('names no file system would take are read, raw and distinct', async () => {
      commit({ a: '1' });
      const blob = gitWith(work, 'bytes', 'hash-object', '-w', '--stdin');
      const names = ['.git', '..', 'a\\b', 'x/y', 'twin', 'twin', 'CON', 'line\nend', '-rf', 'é'];
      const items = names.map((name) => Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]));
      const latin = Buffer.concat([Buffer.from('100644 '), Buffer.from([0xfc, 0]), Buffer.from(blob, 'hex')]);
      const tree = gitWith(
        work,
        Buffer.concat([...items, latin]),
        'hash-object',
        '-w',
        '-t',
        'tree',
        '--literally',
        '--stdin',
      );
      git(work, 'update-ref', 'refs/heads/main', git(work, 'commit-tree', tree, '-m', 'hostile'));
      // Only git's own push refuses such a tree; a server holds what somebody else's tool put there.
      rmSync(join(root, 'course.git'), { recursive: true });
      git(root, 'clone', '-q', '--bare', '--no-hardlinks', work, 'course.git');
      const { entries } = listingOf(await again());
      expect(entries.map(({ segments }) => segments)).toEqual([...names, 'ü'].map((name) => [name]));
      expect(new Set(entries.map(({ id }) => id)).size).toBe(names.length + 1);
    });

    test('large files come as a stream, whole', async () => {
      const large = Buffer.alloc(9_000_000, 'abcdefg-').toString('latin1');
      commit({ 'large.bin': large, small: 's' });
      publish();
      const { files } = await again();
      expect(files['large.bin'] === large).toBe(true);
    });
  });

  describe('over http', () => {
    const again = (memory?: unknown) => refresh(raw, { cacheDir, memory: memory as string });

    test('a change brings only what is new, in two requests', async () => {
      const noise = (seed: number) =>
        Array.from({ length: 100 }, (_, index) => Math.sin(index + seed * 1000)).join('\n');
      commit(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, noise(index)])));
      publish();
      const first = await again();
      commit({ f7: 'short' });
      publish();
      const second = await again(listingOf(first).memory);
      expect(second.files['f7']).toBe('short');
      expect(second.requests).toBe(2);
      expect(second.bytes).toBeLessThan(first.bytes / 20);
    });

    test('the mirror is used again when only the memory was lost', async () => {
      commit({ a: '1' });
      publish();
      await again();
      server.requests.length = 0;
      expect((await again()).files).toEqual({ a: '1' });
      expect(server.requests).toHaveLength(1);
    });

    test.each([
      ['truncated', (path: string) => truncateSync(path, 60)],
      ['empty', (path: string) => truncateSync(path, 0)],
      ['overwritten', (path: string) => writeFileSync(path, 'x'.repeat(300))],
    ])('a mirror with a file that is %s is thrown away and fetched again', async (_, damage) => {
      commit({ a: 'first', 'b/c': 'deep' });
      publish();
      await again();
      const packs = join(cacheDir, 'mirror.git', 'objects', 'pack');
      for (const extension of ['.pack', '.idx']) {
        const name = readdirSync(packs).find((file) => file.endsWith(extension));
        damage(join(packs, name ?? ''));
        expect((await again()).files).toEqual({ a: 'first', 'b/c': 'deep' });
      }
    });

    test('damage found only while content is read heals too', async () => {
      commit({ a: 'x'.repeat(200), b: 'y' });
      publish();
      const packs = join(cacheDir, 'mirror.git', 'objects', 'pack');
      const onListed = () => {
        for (const name of readdirSync(packs)) truncateSync(join(packs, name), 60);
      };
      expect((await refresh(raw, { cacheDir, onListed })).files).toEqual({ a: 'x'.repeat(200), b: 'y' });
    });

    test('a commit no branch names is fetched by its id, or with the whole history', async () => {
      const old = commit({ a: 'old' });
      commit({ a: 'new' });
      publish();
      expect((await refresh({ ...raw, ref: old }, { cacheDir })).files).toEqual({ a: 'old' });
      expect(server.requests).toHaveLength(2);
      server.requests.length = 0;
      // A server that gives only what it names.
      server.trouble = (request, response) => {
        if (request.method !== 'POST' || server.requests.length > 2) return false;
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
        response.end(`0049ERR upload-pack: not our ref ${old}`);
        return true;
      };
      const fresh = mkdtempSync(join(root, 'cache-'));
      expect((await refresh({ ...raw, ref: old }, { cacheDir: fresh })).files).toEqual({ a: 'old' });
      expect(server.requests).toHaveLength(3);
    });

    test('a server that knows no shallow fetch gives its whole history', async () => {
      commit({ a: '1' });
      commit({ a: '2' });
      publish();
      server.rewrite = (body, url) =>
        url.includes('info/refs')
          ? Buffer.from(body.toString('latin1').replace(' shallow ', ' sha__ow '), 'latin1')
          : body;
      expect((await again()).files).toEqual({ a: '2' });
    });

    test('many small updates do not pile up: after fifty the mirror starts anew', async () => {
      commit({ a: '1' });
      publish();
      const { memory } = listingOf(await again());
      const packs = join(cacheDir, 'mirror.git', 'objects', 'pack');
      for (let number = 1; number < 50; number++) writeFileSync(join(packs, `pack-${number}.pack`), '');
      commit({ a: '2' });
      publish();
      expect((await again(memory)).files).toEqual({ a: '2' });
      expect(readdirSync(packs).filter((name) => name.endsWith('.pack'))).toHaveLength(1);
    });

    test.each([
      ['cut', (body: Buffer) => body.subarray(0, body.length >> 1)],
      ['empty', () => Buffer.alloc(0)],
      ['a web page', () => Buffer.from('<html>please wait</html>')],
    ])('an answer that is %s is refused and leaves nothing behind', async (_, spoil) => {
      commit({ a: 'x'.repeat(5000), b: 'y' });
      publish();
      for (const part of ['info/refs', 'git-upload-pack']) {
        server.rewrite = (body, url) => (url.split('?')[0]?.endsWith(part) === true ? spoil(body) : body);
        await expect(again()).rejects.toMatchObject({ code: expect.stringMatching(/^source-/) as string });
        server.rewrite = undefined;
        expect((await again()).files).toEqual({ a: 'x'.repeat(5000), b: 'y' });
        rmSync(cacheDir, { recursive: true });
      }
    });

    /** Changes what the server says it can do. */
    const without = (...abilities: readonly string[]) => {
      server.rewrite = (body, url) => {
        if (!url.includes('info/refs')) return body;
        const hide = (text: string, name: string) => text.replace(` ${name} `, ` ${'_'.repeat(name.length)} `);
        return Buffer.from(abilities.reduce(hide, body.toString('latin1')), 'latin1');
      };
    };

    test.each([
      ['side bands', ['side-band', 'side-band-64k']],
      ['wide side bands', ['side-band-64k']],
      ['deltas by place', ['ofs-delta']],
      ['thin packs', ['thin-pack']],
      ['anything', ['side-band', 'side-band-64k', 'ofs-delta', 'thin-pack', 'shallow', 'no-progress']],
    ])('a server without %s is understood, first and later', async (_, abilities) => {
      const text = (version: number) =>
        Array.from({ length: 300 }, (__, line) => `${line} ${line * version}`).join('\n');
      commit({ a: text(1), 'b/c': 'deep' });
      publish();
      without(...abilities);
      const first = await again();
      expect(first.files['a']).toBe(text(1));
      commit({ a: `${text(1)}\nmore`, d: 'new' });
      publish();
      expect((await again(listingOf(first).memory)).files).toEqual({ a: `${text(1)}\nmore`, 'b/c': 'deep', d: 'new' });
      const packs = join(cacheDir, 'mirror.git', 'objects', 'pack');
      for (const name of readdirSync(packs).filter((each) => each.endsWith('.idx'))) {
        expect(git(packs, 'verify-pack', '-v', name)).toContain('blob');
      }
      expect(readdirSync(packs).filter((name) => name.startsWith('incoming'))).toEqual([]);
    });

    test('the mirror is a repository real git finds whole', async () => {
      for (let version = 1; version <= 3; version++) {
        commit({ a: `${version}\n${'same\n'.repeat(500)}`, [`b${version}`]: String(version) });
        publish();
        await again();
      }
      const mirror = join(cacheDir, 'mirror.git');
      expect(git(mirror, 'fsck', '--full', '--strict')).not.toMatch(/error|missing|broken/);
      expect(git(mirror, 'ls-tree', '-r', '--name-only', 'mirror').split('\n')).toEqual(['a', 'b1', 'b2', 'b3']);
    });

    test('an answer that breaks off is asked for once more', async () => {
      commit({ a: 'x'.repeat(5000) });
      publish();
      let cuts = 0;
      server.trouble = (request, response) => {
        if (request.method !== 'POST' || ++cuts > 1) return false;
        response.writeHead(200, { 'content-length': '1000' });
        response.write('0008NAK\n');
        setImmediate(() => response.destroy());
        return true;
      };
      expect((await again()).files).toEqual({ a: 'x'.repeat(5000) });
      expect(cuts).toBe(2);
    });

    test('what builds on a damaged mirror is fetched without it', async () => {
      const text = (more: string) =>
        Array.from({ length: 3000 }, (_, line) => `${line} ${Math.sin(line)}`).join('\n') + more;
      commit({ a: text('') });
      publish();
      const first = await again();
      const packs = join(cacheDir, 'mirror.git', 'objects', 'pack');
      const pack = join(packs, readdirSync(packs).find((name) => name.endsWith('.pack')) ?? '');
      const bytes = readFileSync(pack);
      chmodSync(pack, 0o600);
      writeFileSync(pack, bytes.fill(0, 200, bytes.length - 200));
      commit({ a: text('\nmore') });
      publish();
      expect((await again(listingOf(first).memory)).files).toEqual({ a: text('\nmore') });
    });

    test('what a server says while it fails is told, without what it says of itself in passing', async () => {
      commit({ a: '1' });
      publish();
      server.trouble = (request, response) => {
        if (request.method !== 'POST') return false;
        const packet = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;
        response.end(['NAK\n', '\x02Counting 1\n', '\x03the disk is full\n'].map(packet).join(''));
        return true;
      };
      await expect(again()).rejects.toMatchObject({
        code: 'source-invalid',
        params: { detail: 'the disk is full' },
      });
    });

    test('names of refs never become files', async () => {
      const head = commit({ a: '1' });
      publish();
      const hostile = `${head} HEAD\0multi_ack_detailed no-done side-band-64k ofs-delta shallow symref=HEAD:refs/heads/../../../../evil`;
      const packet = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;
      const lines = [packet(`${hostile}\n`), packet(`${head} refs/heads/../../../../evil\n`)].join('');
      server.rewrite = (body, url) =>
        url.includes('info/refs') ? Buffer.from(`${packet('# service=git-upload-pack\n')}0000${lines}0000`) : body;
      expect((await again()).files).toEqual({ a: '1' });
      const names = readdirSync(join(cacheDir, 'mirror.git', 'refs'), { recursive: true }).sort();
      expect(names).toEqual(['heads', join('heads', 'mirror')]);
      expect(readdirSync(root)).not.toContain('evil');
    });

    test('credentials travel in a header only, and are nowhere on disk', async () => {
      commit({ a: '1' });
      publish();
      const expected = `Basic ${Buffer.from('ada:pässwörd-canary').toString('base64')}`;
      server.authorizations.length = 0;
      server.trouble = (request, response) => {
        if (request.headers.authorization === expected) return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
        return true;
      };
      const credentials = { user: 'ada', password: new Secret('pässwörd-canary') };
      expect((await refresh(raw, { cacheDir, credentials })).files).toEqual({ a: '1' });
      expect(server.requests.join(' ')).not.toContain('canary');
      expect(git(cacheDir, 'grep', '--no-index', '-c', '-e', '', '--', '.')).not.toContain('canary');
      await expect(refresh(raw, { cacheDir })).rejects.toMatchObject({ code: 'source-login' });
      const wrong = refresh(raw, { cacheDir, credentials: { user: 'ada', password: new Secret('wrong-canary') } });
      await expect(wrong).rejects.toMatchObject({ code: 'source-login' });
      await expect(wrong).rejects.not.toThrow(/canary/);
    });

    test.each([
      ['as a password', `Basic ${Buffer.from('oauth2:t0ken').toString('base64')}`],
      ['as a bearer token', 'Bearer t0ken'],
    ])('a token is offered %s', async (_, expected) => {
      commit({ a: '1' });
      publish();
      server.trouble = (request, response) => {
        if (request.headers.authorization === expected) return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
        return true;
      };
      expect((await refresh(raw, { cacheDir, credentials: { token: new Secret('t0ken') } })).files).toEqual({ a: '1' });
    });

    test.each([
      [404, 'text/plain', 'not found', 'source-not-found'],
      [403, 'text/plain', 'no', 'source-forbidden'],
      [200, 'text/html', '<form><input type="password"></form>', 'source-login'],
      [200, 'text/html', 'down for maintenance', 'source-unreachable'],
      [200, 'text/plain', '1234 refs/heads/main', 'source-invalid'],
      [503, 'text/plain', 'later', 'source-unreachable'],
    ])('an answer of %i with %s "%s" is %s', async (status, type, body, code) => {
      server.trouble = (_, response) => {
        response.writeHead(status, { 'content-type': type }).end(body);
        return true;
      };
      await expect(again()).rejects.toMatchObject({ code });
    });

    test('a version that is larger than any course is refused before it comes', async () => {
      commit({ a: '1' });
      publish();
      let sent = 0;
      server.trouble = (request, response) => {
        if (request.method !== 'POST') return false;
        response.writeHead(200, { 'content-length': String(2 ** 40) });
        const pour = () => {
          do sent += 65_536;
          while (response.write(Buffer.alloc(65_536)) && !response.destroyed);
        };
        response.on('drain', pour);
        pour();
        return true;
      };
      await expect(again()).rejects.toMatchObject({ code: 'too-large', params: { limit: MAX_PACK_BYTES } });
      expect(sent).toBeLessThan(50_000_000);
    });

    test('a repository that moved is followed; its new place gets no credentials', async () => {
      commit({ a: '1' });
      publish();
      const elsewhere = await startGitServer(root);
      server.trouble = (request, response) => {
        response.writeHead(301, { location: elsewhere.origin + (request.url ?? '') }).end();
        return true;
      };
      const credentials = { user: 'ada', password: new Secret('pässwörd-canary') };
      try {
        expect((await refresh(raw, { cacheDir, credentials })).files).toEqual({ a: '1' });
        expect(elsewhere.requests).toHaveLength(2);
        expect(elsewhere.authorizations).toEqual([undefined, undefined]);
      } finally {
        await elsewhere.stop();
      }
    });
  });

  describe('on this machine', () => {
    test('a content the course had before is listed again without being looked at', async () => {
      commit({ 'a.txt': 'one\n' });
      const had = git(work, 'rev-parse', 'HEAD:a.txt');
      commit({ 'b.txt': 'two\n' });
      rmSync(join(work, '.git/objects', had.slice(0, 2), had.slice(2)));
      const listed: string[] = [];
      const sizeOf = (stamp: string) => (stamp === had ? 4 : undefined);
      const onListed = () => listed.push('whole');
      const reading = refresh({ url: work }, { cacheDir, sizeOf, onListed });
      await expect(reading).rejects.toMatchObject({ code: 'source-gone' });
      expect(listed).toEqual(['whole']);
    });

    const read = (path: string) => refresh({ url: path }, { cacheDir });

    test('working folders, their further worktrees and borrowed objects are read', async () => {
      commit({ a: '1' });
      git(work, 'branch', 'side');
      const tree = join(root, 'tree');
      git(work, 'worktree', 'add', '-q', tree, 'side');
      writeFileSync(join(tree, 'a'), 'side');
      git(tree, 'commit', '-qam', 'side');
      expect((await read(work)).files).toEqual({ a: '1' });
      expect((await read(tree)).files).toEqual({ a: 'side' });
      const borrower = join(root, 'borrower');
      git(root, 'clone', '-q', '--shared', '--bare', work, borrower);
      expect((await read(borrower)).files).toEqual({ a: '1' });
      rmSync(tree, { recursive: true });
      rmSync(borrower, { recursive: true });
    });

    test('packs with deltas, packed refs, and a repack while we read', async () => {
      const lines = Array.from({ length: 2000 }, (_, index) => `line ${index} ${Math.cos(index)}`);
      for (let version = 0; version < 12; version++) {
        lines[version * 100] = `changed in ${version}`;
        commit({ 'notes.txt': lines.join('\n'), [`other${version}`]: lines.slice(version).join('\n') });
      }
      const expected = (await read(work)).files;
      git(work, 'gc', '-q', '--aggressive', '--prune=now');
      expect(git(work, 'verify-pack', '-v', ...packs())).toMatch(/chain length = [3-9]/);
      expect((await read(work)).files).toEqual(expected);
      // Thin deltas by id, as a push sends them.
      git(work, '-c', 'repack.usedeltabaseoffset=false', 'repack', '-q', '-a', '-d', '-f');
      expect((await read(work)).files).toEqual(expected);
    });
    test('deltas whose compression begins with long codes', async () => {
      const draw = randomFrom(7);
      // all bytes, some far more often than others
      const word = (): string => String.fromCharCode(...Array.from({ length: 6 }, () => (draw() % 16) * (draw() % 16)));
      const common = Array.from({ length: 400 }, word);
      const versions = Array.from({ length: 30 }, (_, index) =>
        common.map((each) => (draw() % (5 + index) === 0 ? word() : each)).join('\n'),
      );
      versions.forEach((text, index) => writeFileSync(join(work, `text${index}`), text, 'latin1'));
      commit({});
      git(work, 'gc', '-q', '--aggressive', '--prune=now');
      const { files } = await read(work);
      expect(versions.filter((text, index) => files[`text${index}`] !== text)).toHaveLength(0);
    });
    const packs = () => {
      const folder = join(work, '.git', 'objects', 'pack');
      return readdirSync(folder)
        .filter((name) => name.endsWith('.idx'))
        .map((name) => join(folder, name));
    };

    test('a missing or damaged object freezes its path, nothing else', async () => {
      commit({ good: 'g', 'folder/bad': 'broken', 'lost/x': '1' });
      const object = (spec: string) => {
        const id = git(work, 'rev-parse', spec);
        return join(work, '.git', 'objects', id.slice(0, 2), id.slice(2));
      };
      rmSync(object('HEAD:lost'));
      rmSync(object('HEAD:folder/bad'));
      const listing = await read(work);
      expect(listing.files).toEqual({ good: 'g' });
      const problems = listingOf(listing).problems.map(({ segments, code }) => [segments.join('/'), code]);
      expect(problems.sort()).toEqual([
        ['folder/bad', 'source-invalid'],
        ['lost', 'source-invalid'],
      ]);
    });

    test('no repository, SHA-256 and unreadable ones are refused by name', async () => {
      await expect(read(join(root, 'nothing'))).rejects.toMatchObject({ code: 'source-not-found' });
      await expect(read(cacheDir)).rejects.toMatchObject({ code: 'source-not-found' });
      git(root, 'init', '-q', '--object-format=sha256', 'modern');
      await expect(read(join(root, 'modern'))).rejects.toMatchObject({ code: 'source-invalid' });
    });

    test('nothing is written into the repository', async () => {
      commit({ a: '1' });
      const before = readdirSync(join(work, '.git'), { recursive: true }).sort();
      await read(work);
      expect(readdirSync(join(work, '.git'), { recursive: true }).sort()).toEqual(before);
    });
  });
});
