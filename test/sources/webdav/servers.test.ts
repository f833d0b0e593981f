import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { Http } from '../../../src/sources/http.ts';
import type { Credentials, Json, Listing, SourceSession, Unchanged } from '../../../src/sources/source.ts';
import { webdavAdapter } from '../../../src/sources/webdav/index.ts';
import {
  type RunningServer,
  type ServerAuth,
  type ServerKind,
  serverKinds,
  serverSchemes,
  startWebdavServer,
  whyUnavailable,
} from '../../support/webdav-servers.ts';
import { entryAt, failureOf, pathsOf, readBody } from '../bench.ts';

const OLD = new Date('2024-03-01T08:00:00Z');

/** Names with everything that addresses and XML escape. */
const names = [
  'Übung 1.txt',
  '日本語.ipynb',
  'a#b.txt',
  'c?d.txt',
  '50%.txt',
  'e%46.txt',
  'f+g.txt',
  'h&i.txt',
  "j'k.txt",
  'l;m.txt',
];

const files: Readonly<Record<string, string>> = {
  'README.md': '# Kurs\n',
  'leer.txt': '',
  'seite.html': '<!DOCTYPE html><title>Seite</title>',
  'woche 1/lab1.ipynb': '{"cells":[]}',
  'woche 1/daten/a.csv': 'a;b\n',
  ...Object.fromEntries(names.map((name) => [`namen/${name}`, name])),
};

let folder: string;
const cleanUps: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'f2git-course-'));
  for (const [path, content] of Object.entries(files)) write(path, content);
  mkdirSync(join(folder, 'leer'));
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const kind of serverKinds) {
  const reason = whyUnavailable(kind);
  describe.skipIf(reason !== undefined)(
    `webdav on ${kind}${reason === undefined ? '' : `: skipped, ${reason}`}`,
    () => {
      let server: RunningServer;
      beforeAll(async () => {
        server = await startWebdavServer(kind, folder);
      });
      afterAll(() => server.stop());

      it('lists a tree and reads every file', async () => {
        const { session, listing } = await list(server.url);
        expect(listing).toMatchObject({ problems: [], complete: true });
        expect(pathsOf(listing)).toEqual(Object.keys(files).sort());
        for (const entry of listing.entries) {
          const content = await readBody(await session.fetch(entry, new AbortController().signal));
          expect(content.toString()).toBe(files[entry.segments.join('/')]);
        }
      });

      it('says unchanged, and what changed when something did', async () => {
        const first = await list(server.url);
        const again = await list(server.url, { memory: first.listing.memory });
        expect(again.answer.kind).toBe('unchanged');
        write('woche 1/neu.txt', 'neu');
        write('README.md', '# Kurs, zweite Fassung\n');
        const changed = await list(server.url, { memory: first.listing.memory });
        expect(pathsOf(changed.listing)).toEqual([...Object.keys(files), 'woche 1/neu.txt'].sort());
        const stampsBefore = new Map(first.listing.entries.map(({ id, stamp }) => [id, stamp]));
        const others = changed.listing.entries.filter(({ id, stamp }) => stampsBefore.get(id) !== stamp);
        expect(others.map(({ segments }) => segments.join('/'))).toEqual(['README.md', 'woche 1/neu.txt']);
        rmSync(join(folder, 'woche 1/neu.txt'));
        write('README.md', files['README.md'] ?? '');
      });

      it('refuses a file that was overwritten or deleted since it was listed', async () => {
        write('wechselt.txt', 'erste');
        write('verschwindet.txt', 'noch da');
        const { session, listing } = await list(server.url);
        write('wechselt.txt', 'zweite Fassung');
        rmSync(join(folder, 'verschwindet.txt'));
        const { signal } = new AbortController();
        const changed = await failureOf(session.fetch(entryAt(listing, 'wechselt.txt'), signal));
        const gone = await failureOf(session.fetch(entryAt(listing, 'verschwindet.txt'), signal));
        rmSync(join(folder, 'wechselt.txt'));
        expect(changed.code).toBe('source-changed');
        expect(gone.code).toBe('source-gone');
      });

      it('names a folder that is not there', async () => {
        expect((await failureOf(list(`${server.url}gibt-es-nicht/`))).code).toBe('source-not-found');
      });

      it('never takes a broken link in a folder for missing files', async () => {
        mkdirSync(join(folder, 'links'));
        write('links/echt.txt', 'echt');
        symlinkSync('nirgends', join(folder, 'links/kaputt'));
        const { listing } = await list(server.url);
        rmSync(join(folder, 'links'), { recursive: true });
        const isFrozen = listing.problems.some(({ segments }) => segments[0] === 'links');
        expect(isFrozen || pathsOf(listing).includes('links/echt.txt')).toBe(true);
      });

      for (const scheme of serverSchemes[kind]) signInCase(kind, scheme);
    },
  );
}

describe.skipIf(whyUnavailable('apache') !== undefined)('webdav on apache, as another user', () => {
  it('reports a folder it may not read, and lists the rest', async () => {
    const server = await startWebdavServer('apache', folder);
    cleanUps.push(() => server.stop());
    write('geheim/loesung.txt', 'x');
    chmodSync(join(folder, 'geheim'), 0o700);
    const { listing } = await list(server.url);
    rmSync(join(folder, 'geheim'), { recursive: true });
    // Where tests do not run as root, the server is the same user and may read it.
    if (process.getuid?.() !== 0) return;
    // mod_dav answers 403, or drops the connection where it need not look for .htaccess there.
    expect(listing.problems.map(({ segments }) => segments)).toEqual([['geheim']]);
    expect(listing.problems[0]?.code).toMatch(/^source-(forbidden|unreachable)$/);
    expect(listing.complete).toBe(true);
    expect(pathsOf(listing)).toEqual(Object.keys(files).sort());
  });
});

function signInCase(kind: ServerKind, scheme: ServerAuth['scheme']): void {
  const auth: ServerAuth = { scheme, user: 'lehre', password: 'Päss: w%rt' };
  it(`signs in by ${scheme}`, async () => {
    const server = await startWebdavServer(kind, folder, auth);
    cleanUps.push(() => server.stop());
    const { listing } = await list(server.url, {
      credentials: { user: auth.user, password: new Secret(auth.password) },
    });
    expect(pathsOf(listing)).toEqual(Object.keys(files).sort());
    const wrong = { user: auth.user, password: new Secret('falsch') };
    expect((await failureOf(list(server.url, { credentials: wrong }))).code).toBe('source-login');
    expect((await failureOf(list(server.url))).code).toBe('source-login');
  });
}

interface Listed {
  readonly session: SourceSession;
  readonly answer: Listing | Unchanged;
  /** Empty when the answer was "unchanged". */
  readonly listing: Listing;
}

async function list(
  url: string,
  { credentials = {}, memory }: { credentials?: Credentials; memory?: Json | undefined } = {},
): Promise<Listed> {
  const http: Http = createHttp({ allowPrivateAddresses: true });
  cleanUps.push(() => http.close());
  const session = await webdavAdapter.open(webdavAdapter.parseConfig({ type: 'webdav', url }), {
    http,
    now: () => new Date(),
    credentials,
    cacheDir: '/nonexistent',
    ...(memory === undefined ? {} : { memory }),
  });
  const answer = await session.list(new AbortController().signal);
  const listing: Listing =
    answer.kind === 'listing' ? answer : { kind: 'listing', entries: [], problems: [], complete: true };
  return { session, answer, listing };
}

/** Writes a file with an old date that differs from that of the content before: nobody's clock decides this test. */
function write(path: string, content: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const date = new Date(OLD.getTime() + content.length * 1000);
  utimesSync(file, date, date);
}
