import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { F2gitError } from '../../../src/errors.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import { placeEntries } from '../../../src/sources/listing.ts';
import type { Listing, SourceSession } from '../../../src/sources/source.ts';
import { zipAdapter } from '../../../src/sources/zip/index.ts';

const folder = join(import.meta.dirname, '../../fixtures/zip');

/** What an archive leads to: delivered paths with their content, problems as `code path`, or the error of the listing. */
interface Expected {
  readonly files?: Readonly<Record<string, string>>;
  readonly problems?: readonly string[];
  readonly error?: { readonly code: string; readonly detail: RegExp };
}

const sessions: SourceSession[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

const table: Readonly<Record<string, Expected>> = {
  'absolute.zip': { files: { 'ok.txt': 'ok\n' }, problems: ['name-refused ()/etc/evil.txt'] },
  'backslashes.zip': { files: { 'folder/sub/file.txt': 'win\n' } },
  'bomb-100mb.zip': { error: { code: 'too-large', detail: /ratio/ } },
  'comment.zip': { files: { 'a.txt': 'a\n' } },
  'cp437-noflag.zip': { files: { 'Übung-äöüß.txt': 'cp437\n' } },
  'data-descriptor-stored.zip': { files: { 'stream.txt': 'stored+dd '.repeat(5) } },
  'data-descriptor.zip': { files: { 'stream.txt': 'streamed '.repeat(50) } },
  'dot-git.zip': {
    files: { 'ok.txt': 'ok\n' },
    problems: ['name-refused _git', 'name-refused git_1', 'name-refused sub/_GIT'],
  },
  'drive-letter.zip': { files: {}, problems: ['name-refused C:/evil.txt', 'name-refused C:/evil2.txt'] },
  'duplicates.zip': { files: { 'Same.txt': 'case\n', 'same (2).txt': 'second\n' } },
  'empty-dirs.zip': { files: { 'f/empty.txt': '' } },
  'empty.zip': { files: {} },
  'encrypted-flag.zip': { error: { code: 'source-invalid', detail: /encrypted/ } },
  'file-dir-conflict.zip': { files: { 'a (2)': 'file a\n', 'a/b.txt': 'in a\n' } },
  'html-login-page.zip': { error: { code: 'source-login', detail: /the address shows a web page, not a ZIP archive/ } },
  'lying-crc.zip': { error: { code: 'source-invalid', detail: /damaged: its checksum does not fit/ } },
  'lying-size-small.zip': { error: { code: 'source-invalid', detail: /damaged, or larger than it says/ } },
  'macosx-junk.zip': { files: { 'work/a.txt': 'a\n' } },
  'method-bzip2.zip': { error: { code: 'source-invalid', detail: /compressed by method 12, which f2git cannot read/ } },
  'method-deflate64.zip': {
    error: { code: 'source-invalid', detail: /compressed by method 9, which f2git cannot read/ },
  },
  'nfd-names.zip': { files: { 'Übung.txt': 'nfd\n', 'Übung (2).txt': 'nfc\n' } },
  'not-zip-gzip.zip': { error: { code: 'source-invalid', detail: /it is not a ZIP archive/ } },
  'overlap-bomb.zip': { error: { code: 'too-large', detail: /ratio/ } },
  'single-top-folder.zip': { files: { 'repo-main/README.md': '# hi\n', 'repo-main/nb/a.ipynb': '{}' } },
  'symlink-then-write.zip': { files: { 'dir/owned.txt': 'x' }, problems: ['kind-refused dir'] },
  'symlink.zip': {
    files: { 'real.txt': 'r\n' },
    problems: ['kind-refused link-in', 'kind-refused link-out', 'kind-refused link-up'],
  },
  'trailing-garbage.zip': { files: { 'a.txt': 'a\n' } },
  'truncated.zip': { error: { code: 'source-truncated', detail: /the archive has no end: it was cut off/ } },
  'unicode-extra-7075.zip': { files: { 'Übung.txt': 'info-zip unicode path\n' } },
  'utf8-flag.zip': { files: { 'Übung 1 – Lösung.txt': 'a\n', '日本語/📚.txt': 'b\n' } },
  'utf8-noflag.zip': { files: { 'Übung-äöüß.txt': 'utf8 bytes, flag bit 11 not set (old PHP/macOS)\n' } },
  'weird-names.zip': {
    files: { 'CON.txt': 'x', 'line_break.txt': 'x', trailing: 'x', [`${'x'.repeat(236)}.txt`]: 'x' },
    problems: ['name-refused ()', 'name-refused a/()/c.txt', 'name-refused a/(.)/b.txt', 'name-refused nul_byte.txt'],
  },
  'zip-slip.zip': {
    files: { 'ok.txt': 'ok\n' },
    problems: ['name-refused (..)/evil.txt', 'name-refused a/(..)/(..)/evil2.txt'],
  },
  'zip64-forced.zip': { files: { 'big64.txt': 'zip64 local header\n' } },
};

test('every archive of the folder is in the table', () => {
  expect(Object.keys(table).sort()).toEqual(
    readdirSync(folder)
      .filter((name) => name.endsWith('.zip'))
      .sort(),
  );
});

test.each(Object.entries(table))('%s is read or refused as a whole', async (name, expected) => {
  const outcome = await read(name);
  if (expected.error === undefined) {
    expect(outcome).toEqual({ problems: [], ...expected });
  } else {
    expect(outcome.error?.code).toBe(expected.error.code);
    expect(outcome.error?.detail).toMatch(expected.error.detail);
  }
});

async function read(name: string): Promise<{
  files?: Record<string, string>;
  problems?: readonly string[];
  error?: { code: string; detail: string };
}> {
  const http = createHttp({ allowPrivateAddresses: false });
  const config = zipAdapter.parseConfig({ type: 'zip', url: join(folder, name), strip_top_folder: false });
  const session = await zipAdapter.open(config, { http, now: () => new Date(), credentials: {}, cacheDir: '/nowhere' });
  sessions.push(session);
  const signal = new AbortController().signal;
  try {
    const listing = (await session.list(signal)) as Listing;
    const files: Record<string, string> = {};
    const placed = placeEntries(listing, new Map());
    for (const { path, entry } of placed.files) {
      const body = await session.fetch(entry, signal);
      files[path] = body.kind === 'bytes' ? Buffer.from(body.bytes).toString() : 'stream';
    }
    return { files, problems: placed.problems.map(({ code, path }) => `${code} ${path ?? '(all)'}`) };
  } catch (error) {
    if (!(error instanceof F2gitError)) throw error;
    return { error: { code: error.code, detail: JSON.stringify(error.params) } };
  }
}
