import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryAt, failureOf, readBody } from '../bench.ts';
import { Reader, shown, troubles } from './reader.ts';

let reader: Reader;
beforeEach(async () => {
  reader = await Reader.start();
});
afterEach(() => reader.stop());

const signal = () => new AbortController().signal;
const HOUR = 60;
const DAY = 24 * HOUR;

/** Refreshes until `path` has `content`; gives how often, or fails after `most`. */
async function refreshesUntil(path: string, content: string, most: number, minutes: number): Promise<number> {
  for (let count = 1; count <= most; count += 1) {
    reader.passMinutes(minutes);
    await reader.refresh();
    if (reader.contentOf(path) === content) return count;
  }
  throw new Error(`not after ${String(most)} refreshes`);
}

describe('an unchanged course', () => {
  it('is unchanged without a download, also after weeks of looking', async () => {
    reader.put({ 'a.txt': 'a', 'w/b.txt': 'b' });
    await reader.refresh();
    const counts = await reader.counting(async () => {
      for (let day = 0; day < 30; day += 1) {
        reader.passMinutes(DAY);
        expect(await reader.refresh()).toEqual({ kind: 'unchanged' });
      }
    });
    expect(counts['content GET']).toBeUndefined();
    expect(counts['content HEAD']).toBe(2 * 4);
  });

  it('is unchanged for a front end that compresses and spells entity tags in its own way', async () => {
    reader.put({ 'a.txt': 'a' });
    await reader.refresh();
    reader.site.spellTag = (tag) => `W/${tag.replace(/"$/, '-gzip"')}`;
    reader.passMinutes(8 * DAY);
    expect(await reader.refresh()).toEqual({ kind: 'unchanged' });
  });

  it('costs the server one session for each refresh', async () => {
    reader.put({ 'a.txt': 'a', 'w/b.txt': 'b', 'x/c.txt': 'c' });
    await reader.refresh();
    expect(reader.site.sessions).toBe(1);
    await reader.refresh();
    expect(reader.site.sessions).toBe(2);
  });
});

describe('a content that was replaced', () => {
  beforeEach(async () => {
    reader.put({ 'a.txt': 'one', 'b.txt': 'b' });
    await reader.refresh();
  });

  it('arrives at once where its size changed, although the date of the file did not', async () => {
    reader.site.overwrite(['a.txt'], Buffer.from('longer'));
    await reader.refresh();
    expect(reader.contentOf('a.txt')).toBe('longer');
  });

  it('arrives at once where somebody else replaced it by one of the same size: the data has a new date then', async () => {
    reader.site.overwrite(['a.txt'], Buffer.from('two'));
    reader.site.file(['a.txt']).changed += 1000;
    await reader.refresh();
    expect(reader.contentOf('a.txt')).toBe('two');
  });

  it('arrives at once where it was replaced only here', async () => {
    reader.site.replace(['a.txt'], Buffer.from('two'));
    await reader.refresh();
    expect(reader.contentOf('a.txt')).toBe('two');
  });

  it('arrives with the rotation where nothing but the entity tag tells, and is read once', async () => {
    reader.site.overwrite(['a.txt'], Buffer.from('two'));
    expect(await reader.refresh()).toEqual({ kind: 'unchanged' });
    const counts = await reader.counting(() => refreshesUntil('a.txt', 'two', 10, DAY));
    expect(counts['content GET']).toBe(1);
    reader.passMinutes(DAY);
    expect(await reader.refresh()).toEqual({ kind: 'unchanged' });
  });

  it('arrives within a quarter of an hour where it is young', async () => {
    reader.now = reader.site.file(['a.txt']).changed + 3 * 60_000 * HOUR;
    reader.passMinutes(1);
    await reader.refresh();
    await reader.refresh();
    reader.site.overwrite(['a.txt'], Buffer.from('two'));
    expect(await refreshesUntil('a.txt', 'two', 3, 15)).toBe(1);
  });

  it('is replaced a second time in the same way, and arrives', async () => {
    for (const content of ['two', 'six', 'ten']) {
      reader.site.overwrite(['a.txt'], Buffer.from(content));
      await refreshesUntil('a.txt', content, 10, DAY);
    }
  });

  it('arrives although what was known of entity tags is lost', async () => {
    reader.site.overwrite(['a.txt'], Buffer.from('two'));
    reader.forgetCache();
    await refreshesUntil('a.txt', 'two', 10, DAY);
    const counts = await reader.counting(async () => {
      for (let day = 0; day < 30; day += 1) {
        reader.passMinutes(DAY);
        await reader.refresh();
      }
    });
    expect(counts['content GET'] ?? 0).toBeLessThanOrEqual(1);
  });

  it('arrives where it came between a check and a commit that failed', async () => {
    reader.site.overwrite(['a.txt'], Buffer.from('two'));
    reader.passMinutes(8 * DAY);
    // the check finds it, the content is read, and nothing of it is committed
    const session = await reader.open();
    const listing = await session.list(signal());
    if (listing.kind !== 'listing') throw new Error('the new entity tag was not noticed');
    await readBody(await session.fetch(entryAt(listing, 'a.txt'), signal()));
    await session.close();
    await reader.refresh();
    expect(reader.contentOf('a.txt')).toBe('two');
  });

  it('keeps its stamp when it is renamed, moved or described', async () => {
    const before = entryAt(await reader.list(), 'a.txt').stamp;
    const other = entryAt(await reader.list(), 'b.txt').stamp;
    const file = reader.site.file(['a.txt']);
    file.name = 'new.txt';
    file.folder = reader.site.makeFolder(['w']).id;
    const after = entryAt(await reader.list(), 'w', 'new.txt').stamp;
    expect([after === before, after === other]).toEqual([true, false]);
  });

  it('is checked a few at a time, so that nobody waits for a whole course', async () => {
    reader.put(Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`many/${String(at)}`, 'x'])));
    await reader.refresh();
    reader.passMinutes(30 * DAY);
    const checked = new Set<number>();
    for (let round = 0; round < 7; round += 1) {
      reader.passMinutes(1);
      checked.add((await reader.counting(() => reader.refresh()))['content HEAD'] ?? 0);
    }
    expect([...checked]).toEqual([16, 6]);
  });

  it('is checked in its turn, however many young files want to be checked each time', async () => {
    const young = Array.from({ length: 40 }, (_, at) => [`a/${String(at)}`, 'x'] as const);
    reader.put({ ...Object.fromEntries(young), 'z/old.txt': 'one' });
    for (const [path] of young) reader.site.file(path.split('/')).changed = reader.now;
    await reader.refresh();
    reader.site.overwrite(['z', 'old.txt'], Buffer.from('two'));
    reader.passMinutes(8 * DAY);
    expect(await refreshesUntil('z/old.txt', 'two', 6, 15)).toBeLessThanOrEqual(4);
  });

  it('is another one when the server was restored from a backup, at most sixteen contents a refresh', async () => {
    reader.site.file(['a.txt']).modified += 1000;
    reader.site.file(['b.txt']).modified += 1000;
    reader.passMinutes(8 * DAY);
    const counts = await reader.counting(() => reader.refresh());
    expect(counts['content GET']).toBe(2);
    expect([reader.contentOf('a.txt'), reader.contentOf('b.txt')]).toEqual(['one', 'b']);
  });

  it('is checked next time where Stud.IP could not say, and the listing is whole without it', async () => {
    reader.site.overwrite(['a.txt'], Buffer.from('two'));
    reader.passMinutes(8 * DAY);
    reader.site.intercept = (method) => (method === 'HEAD' ? { status: 503 } : undefined);
    expect(await reader.refresh()).toEqual({ kind: 'unchanged' });
    reader.site.intercept = () => undefined;
    await reader.refresh();
    expect(reader.contentOf('a.txt')).toBe('two');
  });

  it('ends the refresh where the sign-in is refused meanwhile', async () => {
    reader.passMinutes(8 * DAY);
    reader.site.intercept = (method) => (method === 'HEAD' ? { status: 401 } : undefined);
    expect((await failureOf(reader.refresh())).code).toBe('source-login');
  });
});

describe('a file of no bytes', () => {
  const link = (access: 'redirect' | 'proxy', url = 'https://example.org/x') => {
    reader.put({ 'x.pdf': access === 'redirect' ? '' : 'from elsewhere' });
    Object.assign(reader.site.file(['x.pdf']), { url, access });
  };

  it('is a file where it is one', async () => {
    reader.put({ '__init__.py': '' });
    const listing = await reader.list();
    expect(listing.entries).toMatchObject([{ segments: ['__init__.py'], size: 0 }]);
    await reader.refresh();
    expect(reader.contentOf('__init__.py')).toBe('');
    const counts = await reader.counting(() => reader.refresh());
    expect(counts['content GET']).toBeUndefined();
  });

  it('is a note where it is a link, which leads to Stud.IP’s page as students are not told the target', async () => {
    link('redirect');
    await reader.refresh();
    const { origins: [origin = ''] = [] } = reader.course;
    const { id } = reader.site.file(['x.pdf']);
    const page = `${origin}/studip/dispatch.php/file/details/${id}?cid=${reader.site.course}`;
    expect(shown(await reader.list())).toEqual(['x.pdf.md']);
    expect(reader.contentOf('x.pdf')).toBe(`# x.pdf\n\n<${page}>\n`);
  });

  it('is looked into once', async () => {
    link('redirect');
    await reader.refresh();
    const counts = await reader.counting(async () => {
      reader.passMinutes(DAY);
      await reader.refresh();
    });
    expect(counts['content GET']).toBeUndefined();
  });

  it('is what lies elsewhere where Stud.IP passes that on', async () => {
    link('proxy');
    const listing = await reader.list();
    expect(listing.entries).toMatchObject([{ segments: ['x.pdf'], size: null }]);
    await reader.refresh();
    expect(reader.contentOf('x.pdf')).toBe('from elsewhere');
  });

  it('is not taken for a link because something in front of Stud.IP leads to a page of its own', async () => {
    reader.put({ '__init__.py': '' });
    const page = {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: Buffer.from('<!DOCTYPE html><p>Moment'),
    };
    reader.site.intercept = (_method, path) =>
      path === 'gate'
        ? page
        : path.endsWith('/content')
          ? { status: 302, headers: { location: '/studip/gate' } }
          : undefined;
    expect(shown(await reader.list())).toEqual(['__init__.py']);
    reader.site.intercept = () => undefined;
    await reader.refresh();
    expect(reader.contentOf('__init__.py')).toBe('');
  });

  it('is a problem on its path where Stud.IP cannot give it, asked for again later', async () => {
    reader.put({ 'x.pdf': '', 'a.txt': 'a' });
    reader.site.file(['x.pdf']).isLost = true;
    const listing = await reader.list();
    expect([shown(listing), troubles(listing), listing.complete]).toEqual([['a.txt'], ['source-invalid x.pdf'], true]);
    reader.site.file(['x.pdf']).isLost = false;
    reader.passMinutes(16);
    expect(shown(await reader.list())).toEqual(['a.txt', 'x.pdf']);
  });
});

describe('a link that staff may edit', () => {
  it.each([
    ['https://example.org/x?y=1', '<https://example.org/x?y=1>'],
    ['javascript:alert(1)', '/dispatch.php/file/details/'],
  ])('%s leads to its target, if that is an address', async (url, expected) => {
    await reader.stop();
    reader = await Reader.start('dozent');
    reader.put({ 'x.pdf': '' });
    Object.assign(reader.site.file(['x.pdf']), { url, access: 'redirect' });
    await reader.refresh();
    expect(reader.contentOf('x.pdf')).toContain(expected);
    expect(reader.contentOf('x.pdf')).not.toContain('javascript');
  });
});

describe('a content that cannot be had', () => {
  beforeEach(() => {
    reader.put({ 'a.txt': 'a', 'b.txt': 'b' });
  });

  it('because its data is lost is a problem of that file alone', async () => {
    reader.site.file(['a.txt']).isLost = true;
    const session = await reader.open();
    const listing = await session.list(signal());
    if (listing.kind !== 'listing') throw new Error('unchanged');
    const error = await failureOf(session.fetch(entryAt(listing, 'a.txt'), signal()));
    expect(error.code).toBe('source-invalid');
    expect((await readBody(await session.fetch(entryAt(listing, 'b.txt'), signal()))).toString()).toBe('b');
    await session.close();
    // and it is not asked for at every refresh
    const counts = await reader.counting(async () =>
      expect(troubles(await reader.list())).toEqual(['source-invalid a.txt']),
    );
    expect(counts['content GET']).toBeUndefined();
  });

  it('because Stud.IP could not give any for a moment is asked for a minute later, and then less and less often', async () => {
    const files = [reader.site.file(['a.txt']), reader.site.file(['b.txt'])];
    for (const file of files) file.isLost = true;
    const asked: number[] = [];
    for (let minute = 0; minute < 64; minute += 1) {
      const counts = await reader.counting(async () => {
        const session = await reader.open();
        const listing = await session.list(signal());
        const entries = listing.kind === 'listing' ? listing.entries : [];
        for (const entry of entries) {
          expect((await failureOf(session.fetch(entry, signal()))).code).toBe('source-invalid');
        }
        await session.close();
      });
      if (counts['content GET'] !== undefined) asked.push(minute);
      reader.passMinutes(1);
    }
    expect(asked).toEqual([0, 1, 2, 4, 8, 16, 31, 46, 61]);
    for (const file of files) file.isLost = false;
    reader.passMinutes(15);
    await reader.refresh();
    expect([reader.contentOf('a.txt'), reader.contentOf('b.txt')]).toEqual(['a', 'b']);
  });

  it('because Stud.IP passes on something else than it listed is believed neither now nor later', async () => {
    Object.assign(reader.site.file(['a.txt']), { access: 'proxy' });
    const id = reader.site.file(['a.txt']).id;
    const passedOn = { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('from elsewhere') };
    for (let times = 0; times < 2; times += 1) {
      reader.site.intercept = (_method, path) => (path.endsWith(`${id}/content`) ? passedOn : undefined);
      const session = await reader.open();
      const listing = await session.list(signal());
      if (listing.kind !== 'listing') throw new Error('unchanged');
      expect((await failureOf(session.fetch(entryAt(listing, 'a.txt'), signal()))).code).toBe('source-changed');
      await session.close();
    }
    reader.site.intercept = () => undefined;
    await reader.refresh();
    expect(reader.contentOf('a.txt')).toBe('a');
  });

  /** What is passed on for files, with the size that their entry does not say. */
  const passOn = (texts: Readonly<Record<string, string>>): void => {
    const bodies = new Map(Object.entries(texts).map(([path, text]) => [reader.site.file([path]).id, text]));
    reader.site.intercept = (_method, path) => {
      const [, id = ''] = /([^/]+)\/content$/.exec(path) ?? [];
      const body = bodies.get(id);
      return body === undefined
        ? undefined
        : { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from(body) };
    };
  };

  it('because the size listed of a link is that of long ago comes when the same was seen a day later', async () => {
    passOn({ 'a.txt': 'from elsewhere' });
    for (const minutes of [0, 1, 23 * HOUR]) {
      reader.passMinutes(minutes);
      await reader.refresh({ mayChange: true });
      expect(reader.contentOf('a.txt')).toBeUndefined();
    }
    reader.passMinutes(2 * HOUR);
    await reader.refresh({ mayChange: true });
    await reader.refresh({ mayChange: true });
    expect([reader.contentOf('a.txt'), reader.contentOf('b.txt')]).toEqual(['from elsewhere', 'b']);
    const counts = await reader.counting(async () => {
      reader.passMinutes(30 * DAY);
      await reader.refresh({ mayChange: true });
    });
    expect([reader.contentOf('a.txt'), counts['content GET']]).toEqual(['from elsewhere', undefined]);
  });

  it('because it is another each time is never believed', async () => {
    for (let day = 0; day < 4; day += 1) {
      passOn({ 'a.txt': `from elsewhere, day ${String(day)}` });
      await reader.refresh({ mayChange: true });
      reader.passMinutes(DAY + 1);
    }
    await reader.refresh({ mayChange: true });
    expect(reader.contentOf('a.txt')).toBeUndefined();
  });

  it('because something in front says the same of all files is never believed, however long it does', async () => {
    passOn({ 'a.txt': 'down for maintenance', 'b.txt': 'down for maintenance' });
    for (let day = 0; day < 4; day += 1) {
      await reader.refresh({ mayChange: true });
      reader.passMinutes(DAY + 1);
    }
    expect([reader.contentOf('a.txt'), reader.contentOf('b.txt')]).toEqual([undefined, undefined]);
    reader.site.intercept = () => undefined;
    await reader.refresh({ mayChange: true });
    expect([reader.contentOf('a.txt'), reader.contentOf('b.txt')]).toEqual(['a', 'b']);
  });

  it('and was taken for passed on comes as soon as Stud.IP gives its own', async () => {
    passOn({ 'a.txt': 'a notice of one file, for days' });
    for (let day = 0; day < 3; day += 1) {
      await reader.refresh({ mayChange: true });
      reader.passMinutes(DAY + 1);
    }
    expect(reader.contentOf('a.txt')).toBe('a notice of one file, for days');
    reader.site.intercept = () => undefined;
    expect(await refreshesUntil('a.txt', 'a', 3, 8 * DAY)).toBeLessThan(3);
  });

  it('of a file that Stud.IP once gave is never taken for passed on', async () => {
    await reader.refresh({ mayChange: true });
    expect(reader.contentOf('a.txt')).toBe('a');
    reader.site.replace(['a.txt'], Buffer.from('A'));
    passOn({ 'a.txt': 'a notice of one file, for days' });
    for (let day = 0; day < 4; day += 1) {
      await reader.refresh({ mayChange: true });
      reader.passMinutes(DAY + 1);
    }
    expect(reader.contentOf('a.txt')).toBe('a');
  });

  it.each([
    ['a form to sign in', '<!DOCTYPE html><html><form><input type="password"></form></html>'],
    ['a notice', '<!DOCTYPE html><html><h1>Wartungsarbeiten</h1></html>'],
  ])('because %s comes in its place is not taken for a link', async (_name, text) => {
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from(text) };
    reader.site.intercept = (_method, path) => (path.endsWith('/content') ? page : undefined);
    const session = await reader.open();
    const listing = await session.list(signal());
    if (listing.kind !== 'listing') throw new Error('unchanged');
    expect((await failureOf(session.fetch(entryAt(listing, 'a.txt'), signal()))).code).toBe('source-login');
    await session.close();
    reader.site.intercept = () => undefined;
    await reader.refresh();
    expect(shown(await reader.list())).toEqual(['a.txt', 'b.txt']);
    expect(reader.contentOf('a.txt')).toBe('a');
  });

  it('because it is a link of some size becomes a note with the next listing', async () => {
    Object.assign(reader.site.file(['a.txt']), { access: 'redirect' });
    const session = await reader.open();
    const listing = await session.list(signal());
    if (listing.kind !== 'listing') throw new Error('unchanged');
    const error = await failureOf(session.fetch(entryAt(listing, 'a.txt'), signal()));
    expect(error.code).toBe('source-changed');
    await session.close();
    expect(shown(await reader.list())).toEqual(['a.txt.md', 'b.txt']);
  });
});
