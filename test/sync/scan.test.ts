/** Reading a home: stable reads, the stat cache, and keeping off a file that is being worked in. */
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHome, type Home } from '../../src/sync/home.ts';
import { readStill, scan } from '../../src/sync/scan.ts';
import { ScanCache } from '../../src/sync/scan-cache.ts';
import { course, oidOfBytes } from '../support/course.ts';
import { actionsOf, rel, Story } from '../support/dsl.ts';

let story: Story;
let home: Home;

beforeEach(async () => {
  story = new Story(course({ 'a.txt': 'one\n', 'sub/b.txt': 'b\n' }));
  await story.sync();
  home = openHome(story.workspace);
});
afterEach(() => {
  home.dispose();
  story.dispose();
});

/** A home whose operations are counted by name. */
function counting(inner: Home): { home: Home; opened: string[] } {
  const opened: string[] = [];
  const open = (path: string): number => {
    opened.push(path);
    return inner.open(path);
  };
  return {
    opened,
    home: new Proxy(inner, {
      get: (target, name) => (name === 'open' ? open : (Reflect.get(target, name) as unknown)),
    }),
  };
}

describe('a stable read', () => {
  it('is not taken of a file that was written this very moment', () => {
    fs.writeFileSync(story.path('a.txt'), 'half');
    const now = fs.statSync(story.path('a.txt')).mtimeMs;
    const at = (time: number) =>
      new Proxy(home, {
        get: (target, name) => (name === 'time' ? () => time : (Reflect.get(target, name) as unknown)),
      });
    expect(readStill(at(now + 1), 'a.txt')).toBe('busy');
    expect(readStill(at(now + 1000), 'a.txt')).toMatchObject({ oid: oidOfBytes('half') });
  });

  it('is not taken while Jupyter keeps the old content beside', () => {
    story.home({ 'a.txt': 'half', '.~a.txt': 'one\n' });
    expect(readStill(home, 'a.txt')).toBe('busy');
  });

  it('is not taken when the file changes while it is read', () => {
    story.home({ 'a.txt': 'first\n' });
    const read = (fd: number, into: Uint8Array): number => {
      fs.appendFileSync(story.path('a.txt'), 'more\n');
      return home.read(fd, into);
    };
    const racing = new Proxy(home, {
      get: (target, name) => (name === 'read' ? read : (Reflect.get(target, name) as unknown)),
    });
    expect(readStill(racing, 'a.txt')).toBe('busy');
  });

  it('takes what a crashed save left behind for no save', () => {
    story.home({ 'a.txt': 'mine\n', '.~a.txt': 'one\n' });
    const later = new Proxy(home, {
      get: (target, name) => (name === 'time' ? () => Date.now() + 3_600_000 : (Reflect.get(target, name) as unknown)),
    });
    expect(readStill(later, 'a.txt')).toMatchObject({ oid: oidOfBytes('mine\n') });
  });
});

describe('a file that is being saved where a folder is wanted', () => {
  const [path, above, below] = [rel('a.txt'), rel('a.txt/deep'), rel('a.txt/deep/b.txt')];
  const look = () => scan(home, { paths: [path, below], folders: [] }, ScanCache.load(home));

  it('has nothing behind it, once it is saved', async () => {
    story.home({ 'a.txt': 'mine\n', '.~a.txt': 'one\n' });
    const saved = new Promise((resolve) => setTimeout(resolve, 60)).then(() => story.home({ '.~a.txt': null }));
    const local = await look();
    await saved;
    expect([...local]).toEqual([[path, expect.objectContaining({ oid: oidOfBytes('mine\n') })]]);
  });

  it('hides what may be behind it, as long as it is not', async () => {
    story.home({ 'a.txt': 'mine\n', '.~a.txt': 'one\n' });
    const local = await look();
    for (const each of [path, above, below]) expect(local.get(each)).toMatchObject({ why: 'busy' });
  });
});

describe('the stat cache', () => {
  it('spares reading files that have not changed, and nothing else', async () => {
    const paths = [rel('a.txt'), rel('sub/b.txt')];
    const cache = ScanCache.load(home);
    await scan(home, { paths, folders: [] }, cache);
    const again = counting(home);
    await scan(again.home, { paths, folders: [] }, cache);
    expect(again.opened).toEqual([]);
    // The same size and the same time: only the inode's change tells.
    const { atime, mtime } = fs.statSync(story.path('a.txt'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    fs.writeFileSync(story.path('a.txt'), 'two\n');
    fs.utimesSync(story.path('a.txt'), atime, mtime);
    const changed = counting(home);
    const local = await scan(changed.home, { paths, folders: [] }, cache);
    expect(changed.opened).toEqual(['a.txt']);
    expect(local.get(rel('a.txt'))).toMatchObject({ oid: oidOfBytes('two\n') });
  });

  it('does not remember what was changed so recently that it could change again unseen', async () => {
    story.home({ 'a.txt': 'mine\n' });
    const cache = ScanCache.load(home);
    await scan(home, { paths: [rel('a.txt')], folders: [] }, cache);
    const { ctimeMs } = fs.statSync(story.path('a.txt'));
    cache.save(home, ctimeMs + 1);
    expect(fs.readFileSync(story.path('.f2git/scan.json'), 'utf8')).not.toContain('a.txt');
    cache.save(home, ctimeMs + 5000);
    expect(fs.readFileSync(story.path('.f2git/scan.json'), 'utf8')).toContain('a.txt');
  });

  it('damaged is an empty one', async () => {
    story.home({ '.f2git/scan.json': '{"version":1,"files":["a.txt",1' });
    expect((await story.sync()).outcome).toBe('unchanged');
  });
});

describe('a file the student saved a moment ago', () => {
  it('is left alone if it does not come to rest, and the others are delivered', async () => {
    story.course.put({ 'a.txt': 'one\nmore\n', 'c.txt': 'c\n' });
    const file = story.path('a.txt');
    fs.writeFileSync(file, 'mine\none\n');
    const typing = setInterval(() => {
      const now = new Date(Date.now() - 30);
      fs.utimesSync(file, now, now);
    }, 20);
    try {
      const report = await story.sync({ quiet: 200 });
      expect(actionsOf(report)).toEqual({ 'a.txt': 'skipped', 'c.txt': 'added' });
      expect(report.outcome).toBe('partial');
    } finally {
      clearInterval(typing);
    }
    expect(story.tree()['a.txt']).toBe('mine\none\n');
  });
});
