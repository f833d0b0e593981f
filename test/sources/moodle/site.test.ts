/** The adapter on a site that answers as Moodle does: what it asks, what it never says, what becomes of hidden things. */
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import type { Listing } from '../../../src/sources/source.ts';
import { entryAt, failureOf, pathsOf, readBody } from '../bench.ts';
import type { MoodleSite, SiteModule } from '../fake/moodle-site.ts';
import { addFile, signal, start, type World } from './world.ts';

/** 40 folders with 50 files each, over ten sections. */
function fill(site: MoodleSite): void {
  for (let number = 0; number < 40; number += 1) {
    const section = site.sections[1 + (number % 10)] ?? site.addSection(`Woche ${String(number + 1)}`);
    const folder = site.addModule(section, 'folder', `Ordner ${String(number)}`);
    for (let file = 0; file < 50; file += 1) {
      const name = `/${String(number)}-${String(file)}.txt`;
      folder.files?.set(name, { bytes: Buffer.from(name), modified: 1_700_000_000 });
    }
  }
}

describe('what it asks', () => {
  it('is one request for 2,000 files in 40 folders, and one more for each file at first', async () => {
    const { site, listed, open } = await start();
    fill(site);
    const { session, listing } = await listed();
    expect(listing.entries).toHaveLength(2000);
    expect(site.calls).toEqual(['core_course_get_contents']);
    for (const entry of listing.entries.slice(0, 100)) await session.fetch(entry, signal);
    expect(site.calls).toHaveLength(101);
    site.calls.length = 0;
    const again = await open(listing.memory === undefined ? {} : { memory: listing.memory });
    expect(await again.list(signal)).toEqual({ kind: 'unchanged' });
    expect(site.calls).toEqual(['core_course_get_contents']);
  });

  it('notices with one request what was replaced, renamed, moved, hidden', async () => {
    const changes: readonly ((site: MoodleSite, module: SiteModule) => void)[] = [
      (_, module) => module.files?.set('/a.txt', { bytes: Buffer.from('A'), modified: 1_700_000_001 }),
      (site, { section }) => ((section.name = 'Anders'), site),
      (site, module) => {
        site.sections[1]?.modules.pop();
        site.sections[0]?.modules.push(Object.assign(module, { section: site.sections[0] }));
      },
      (_, module) => (module.visible = false),
      (site, module) => addFile(site, module.section, 'b.txt'),
    ];
    for (const change of changes) {
      const { site, listed, open } = await start();
      const module = addFile(site, site.addSection('Woche'), 'a.txt');
      const { memory } = (await listed()).listing;
      change(site, module);
      const session = await open(memory === undefined ? {} : { memory });
      expect((await session.list(signal)).kind).toBe('listing');
    }
  });

  it('does not take saved settings, or another clock, for a change', async () => {
    const { site, listed, open } = await start();
    const module = addFile(site, site.addSection('Woche'), 'a.txt');
    const { memory } = (await listed()).listing;
    module.revision += 1;
    const session = await open(memory === undefined ? {} : { memory });
    expect((await session.list(signal)).kind).toBe('unchanged');
    const stranger = await open({ memory: { version: 99, listing: 'x' } });
    expect((await stranger.list(signal)).kind).toBe('listing');
  });

  it('never holds a token or a password in an address', async () => {
    const { site, open, listed } = await start();
    addFile(site, site.addSection('Woche'), 'a.txt');
    const { session, listing } = await listed();
    for (const entry of listing.entries) await session.fetch(entry, signal);
    await session.withheld?.([...listing.entries.map(({ id }) => id)], signal);
    await session.facts?.(signal);
    site.user = { name: 'lehre', password: 'geheim' };
    const signedIn = await open({ credentials: { user: 'lehre', password: new Secret('geheim') } });
    expect(pathsOf((await signedIn.list(signal)) as Listing)).toEqual(['Woche/a.txt']);
    expect(site.calls).toContain('token');
    expect(site.sawSecretInAddress).toBe(false);
  });
});

describe('signing in', () => {
  it('asks for no file with a token that was refused', async () => {
    const { site, listed } = await start();
    for (const name of ['a', 'b', 'c']) addFile(site, site.addSection(name), `${name}.txt`);
    const { session, listing } = await listed();
    site.calls.length = 0;
    site.errorcode = 'invalidtoken';
    for (const entry of listing.entries)
      expect((await failureOf(session.fetch(entry, signal))).code).toBe('source-login');
    expect(site.calls).toEqual(['file']);
  });

  it('asks for one file where the service may not download, and says so', async () => {
    const { site, listed } = await start();
    for (const name of ['a', 'b', 'c']) addFile(site, site.addSection(name), `${name}.txt`);
    site.mayDownload = false;
    const { session, listing } = await listed();
    const errors = await Promise.all(
      listing.entries.slice(0, 1).map((entry) => failureOf(session.fetch(entry, signal))),
    );
    for (const entry of listing.entries) errors.push(await failureOf(session.fetch(entry, signal)));
    expect(new Set(errors.map(({ code, params }) => `${code} ${String(params['detail'])}`))).toEqual(
      new Set(['source-forbidden the web service may not download files']),
    );
    expect(site.calls.filter((call) => call === 'file')).toHaveLength(1);
  });

  it('tries a wrong password twice, however many courses there are', async () => {
    const { site, open } = await start();
    site.user = { name: 'lehre', password: 'geheim' };
    for (let course = 0; course < 5; course += 1) {
      const session = await open({ credentials: { user: 'lehre', password: new Secret('falsch') } });
      expect((await failureOf(session.list(signal))).code).toBe('source-login');
    }
    expect(site.calls).toEqual(['token', 'token']);
  });

  it.each([
    ['nothing', {}, 'source-login', 'Moodle wants a token'],
    ['a user without a password', { user: 'lehre' }, 'credentials-invalid', undefined],
    [
      'a key from the address of a file',
      { token: new Secret('https://m.example/tokenpluginfile.php/abc/1/x') },
      'credentials-invalid',
      'it is a web address, not a token; links of files hold another key',
    ],
    [
      'a word',
      { token: new Secret('geheim-4711') },
      'credentials-invalid',
      'a token of Moodle has 32 digits and letters a to f',
    ],
    [
      'a launch link without the digest of a site',
      { token: new Secret(`moodlemobile://token=${Buffer.from(`site:::${'0'.repeat(32)}`).toString('base64')}`) },
      'credentials-invalid',
      'the link of the app holds no token',
    ],
    [
      'an empty launch link',
      { token: new Secret('moodlemobile://token=Zm9v') },
      'credentials-invalid',
      'the link of the app holds no token',
    ],
  ])('is not tried with %s', async (_what, credentials, code, detail) => {
    const { site, open } = await start();
    const session = await open({ credentials });
    const error = await failureOf(session.list(signal));
    expect([error.code, error.params['detail']]).toEqual([code, detail]);
    expect(String(error)).not.toMatch(/geheim|abc|Zm9v/);
    expect(site.calls).toEqual([]);
  });

  it('works with the link of Moodle’s app, pasted as it is', async () => {
    const { site, open } = await start();
    const joined = ['e127c21f14427d20b038230b9fd7e780', site.token, 'f'.repeat(64)].join(':::');
    const packed = Buffer.from(joined).toString('base64');
    for (const link of [`moodlemobile://token=${packed}`, ` f2git://token=${encodeURIComponent(packed)}\n`]) {
      const session = await open({ credentials: { token: new Secret(link) } });
      expect((await session.list(signal)).kind).toBe('listing');
    }
  });
});

describe('where things lie', () => {
  it('is the same below a sub-path', async () => {
    const { site, listed } = await start('/lms/moodle/');
    addFile(site, site.addSection('Woche 1'), 'a.txt');
    const { session, listing } = await listed();
    expect((await readBody(await session.fetch(entryAt(listing, 'Woche 1', 'a.txt'), signal))).toString()).toBe(
      'a.txt',
    );
  });

  it('does not depend on what Moodle calls the first section', async () => {
    const { site, listed } = await start();
    const first = site.sections[0];
    if (first === undefined) throw new Error('a course has a first section');
    addFile(site, first, 'a.txt');
    const ids = new Set<string>();
    for (const name of ['General', 'Allgemein', 'Organisatorisches']) {
      first.name = name;
      const { listing } = await listed();
      expect(pathsOf(listing)).toEqual(['a.txt']);
      ids.add(entryAt(listing, 'a.txt').id);
    }
    expect(ids.size).toBe(1);
  });

  it('is asked for in one language, whatever the account prefers, where the release knows such a wish', async () => {
    const { site, open } = await start();
    addFile(site, site.addSection('Woche'), 'a.txt');
    await (await open({ language: 'de' })).list(signal);
    await (await open()).list(signal);
    expect(site.languages).toEqual(['de', 'en']);
    site.knowsLanguages = false;
    const session = await open();
    for (let times = 0; times < 2; times += 1)
      expect(pathsOf((await session.list(signal)) as Listing)).toEqual(['Woche/a.txt']);
    expect(site.languages).toEqual(['de', 'en', 'en', null, null]);
  });

  it('keeps the id of every file when sections are called otherwise, as in another language', async () => {
    const { site, listed } = await start();
    const section = site.addSection('Topic 1');
    addFile(site, section, 'a.txt');
    const folder = site.addModule(section, 'folder', 'Übung');
    folder.files?.set('/sub/b.txt', { bytes: Buffer.from('b'), modified: 1 });
    const before = (await listed()).listing;
    section.name = 'Thema 1';
    const after = (await listed()).listing;
    expect(pathsOf(after)).toEqual(['Thema 1/a.txt', 'Thema 1/Übung/sub/b.txt']);
    expect(after.entries.map(({ id, stamp }) => [id, stamp])).toEqual(
      before.entries.map(({ id, stamp }) => [id, stamp]),
    );
  });

  it('gives the plain name to the oldest of several, and decodes names once', async () => {
    const { site, listed } = await start();
    const [one, two] = ['A & B', 'A & B'].map((name) => site.addSection(name));
    if (one === undefined || two === undefined) throw new Error('two sections');
    addFile(site, two, 'x.txt');
    addFile(site, one, 'x.txt');
    const folders = ['&lt;b&gt;', '&lt;b&gt;'].map((name) => site.addModule(one, 'folder', name));
    for (const folder of folders) folder.files?.set('/y.txt', { bytes: Buffer.from('y'), modified: 1 });
    const again = `(${String(folders[1]?.id)})`;
    expect(pathsOf((await listed()).listing)).toEqual(
      [
        'A & B/x.txt',
        `A & B (${String(two.id)})/x.txt`,
        'A & B/&lt;b&gt;/y.txt',
        `A & B/&lt;b&gt; ${again}/y.txt`,
      ].sort(),
    );
  });

  it('puts a subsection where it stands, whichever comes first in the answer', async () => {
    const { site, listed } = await start();
    const section = site.addSection('Woche 1');
    const stand = site.addModule(section, 'subsection', 'Vertiefung');
    addFile(site, site.addSection('Vertiefung', { subsectionOf: stand }), 'a.txt');
    expect(pathsOf((await listed()).listing)).toEqual(['Woche 1/Vertiefung/a.txt']);
    site.trouble = { isReversed: true };
    expect(pathsOf((await listed()).listing)).toEqual(['Woche 1/Vertiefung/a.txt']);
  });

  it('makes notes of links, and names what they cannot lead to', async () => {
    const { site, listed } = await start();
    const section = site.addSection('Woche 1');
    site.addModule(section, 'url', 'Skript / Wiki', { target: 'https://wiki.example/a b?c=ä' });
    site.addModule(section, 'url', 'Böse', { target: 'javascript:alert(1)' });
    site.addModule(section, 'url', 'Umlaut', { extra: [], target: '' });
    const { session, listing } = await listed();
    const note = await session.fetch(entryAt(listing, 'Woche 1', 'Skript / Wiki.md'), signal);
    expect((await readBody(note)).toString()).toBe('# Skript / Wiki\n\n<https://wiki.example/a%20b?c=%C3%A4>\n');
    expect(listing.problems.map(({ segments, code }) => [segments.join('/'), code])).toContainEqual([
      'Woche 1/Böse.md',
      'kind-refused',
    ]);
  });
});

describe('what is not listed any more', () => {
  it('is withheld where it is only hidden, and gone where it is gone', async () => {
    const { site, listed } = await start();
    const section = site.addSection('Woche 1');
    const hidden = addFile(site, section, 'hidden.txt');
    const restricted = addFile(site, section, 'group.txt');
    const deleted = addFile(site, section, 'deleted.txt');
    const inHidden = addFile(site, site.addSection('Woche 2'), 'week2.txt');
    const folder = site.addModule(section, 'folder', 'Ordner');
    for (const name of ['stays', 'goes']) folder.files?.set(`/${name}.txt`, { bytes: Buffer.from(name), modified: 1 });
    const before = (await listed()).listing;
    const idOf = (...segments: string[]) => entryAt(before, ...segments).id;
    hidden.visible = false;
    restricted.availability = '{"op":"&","c":[{"type":"group","id":1}],"showc":[true]}';
    section.modules.splice(section.modules.indexOf(deleted), 1);
    inHidden.section.visible = false;
    folder.files?.delete('/goes.txt');
    const { session, listing } = await listed();
    expect(pathsOf(listing)).toEqual(['Woche 1/Ordner/stays.txt']);
    site.calls.length = 0;
    const gone = before.entries.map(({ id }) => id).filter((id) => !listing.entries.some((one) => one.id === id));
    const withheld = await session.withheld?.(gone, signal);
    expect([...(withheld ?? [])].sort()).toEqual(
      [idOf('Woche 1', 'hidden.txt'), idOf('Woche 1', 'group.txt'), idOf('Woche 2', 'week2.txt')].sort(),
    );
    // Of what the listing still names nothing is asked.
    expect(site.calls).toHaveLength(3);
  });

  it('is not taken for gone when the site cannot say', async () => {
    const { site, listed } = await start();
    const module = addFile(site, site.addSection('Woche 1'), 'a.txt');
    const { listing } = await listed();
    module.visible = false;
    const { session } = await listed();
    for (const errorcode of ['sitemaintenance', 'invalidtoken', 'dmlreadexception']) {
      site.errorcode = errorcode;
      const error = await failureOf(
        session.withheld?.(
          listing.entries.map(({ id }) => id),
          signal,
        ) ?? Promise.resolve(),
      );
      expect(error.code).toMatch(/^source-(unreachable|login)$/);
    }
  });
});

describe('a token of staff', () => {
  /** Staff are shown this section as if it were open to all. */
  async function withSecretSection(): Promise<World> {
    const world = await start();
    const section = world.site.addSection('Lösungen', { restriction: 'ab Montag', isUnmentioned: true });
    addFile(world.site, section, 'solution.txt');
    addFile(world.site, world.site.addSection('Woche 1'), 'a.txt');
    return world;
  }

  it('is refused for students: a section that is hidden until its date looks open to it', async () => {
    const { site, open } = await withSecretSection();
    expect(pathsOf((await (await open({ isUnsure: true })).list(signal)) as Listing)).toEqual(['Woche 1/a.txt']);
    site.role = 'teacher';
    const { code, params } = await failureOf((await open({ isUnsure: true })).list(signal));
    expect(code).toBe('source-forbidden');
    expect(params['detail']).toMatch(
      /^the account is staff, and Moodle does not tell staff which sections are restricted/,
    );
  });

  it('is taken where staff say that no section is restricted', async () => {
    const { site, open } = await withSecretSection();
    site.sections.splice(1, 1);
    site.role = 'teacher';
    expect(pathsOf((await (await open()).list(signal)) as Listing)).toEqual(['Woche 1/a.txt']);
  });

  it('is taken for the person alone whose token it is', async () => {
    const { site, open } = await withSecretSection();
    site.role = 'teacher';
    const listing = (await (await open({ isUnsure: true, isForOwner: true })).list(signal)) as Listing;
    expect(pathsOf(listing)).toEqual(['Lösungen/solution.txt', 'Woche 1/a.txt']);
  });
});

describe('what an administrator is told', () => {
  const codes = async (world: World) => {
    const { session } = await world.listed();
    return (await session.facts?.(signal))?.map(({ code, level = 'fine' }) => `${code} ${level}`);
  };

  it('is the least for an account that can do the least', async () => {
    const world = await start();
    addFile(world.site, world.site.addSection('Woche 1'), 'a.txt');
    expect(await codes(world)).toEqual(['platform fine', 'account fine']);
  });

  it('names staff also where nothing is hidden or restricted: what they fulfil themselves would look free', async () => {
    const world = await start();
    addFile(world.site, world.site.addSection('Woche 1'), 'a.txt');
    world.site.role = 'teacher';
    expect(await codes(world)).toEqual(['platform fine', 'account fine', 'account-staff warning']);
  });

  it('takes a service without the function that names the account for no expired token', async () => {
    const world = await start();
    addFile(world.site, world.site.addSection('Woche 1'), 'a.txt');
    world.site.functions = ['core_course_get_contents'];
    expect(await codes(world)).toEqual(['platform fine', 'function-missing warning']);
  });

  it('is what to change, and what is left out', async () => {
    const world = await start();
    const { site } = world;
    const section = site.addSection('Woche 1');
    addFile(site, section, 'hidden.txt', { visible: false });
    for (const kind of ['quiz', 'quiz', 'forum', 'label']) site.addModule(section, kind, kind);
    site.functions = [...site.functions, ...Array.from({ length: 400 }, (_, at) => `core_something_${String(at)}`)];
    Object.assign(site, { role: 'teacher', mayDownload: false, isSiteAdmin: true });
    expect(await codes(world)).toEqual([
      'platform fine',
      'account fine',
      'downloads-forbidden failure',
      'account-administrator warning',
      'account-staff warning',
      'account-powerful warning',
      'items-withheld fine',
      'items-not-delivered fine',
    ]);
    const facts = await (await world.listed()).session.facts?.(signal);
    expect(facts?.at(-1)?.params).toEqual({ kinds: 'forum (1), label (1), quiz (2)' });
  });
});
