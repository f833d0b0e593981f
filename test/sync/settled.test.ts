import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Offer } from '../../src/core/offer.ts';
import { course, oidOfBytes } from '../support/course.ts';
import { actionsOf, rel, Story } from '../support/dsl.ts';

/** More files than a run hashes anew without waiting for their dates to grow old. */
const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`week${n % 4}/file${n}.txt`, `text ${n}\n`]));

const stories: Story[] = [];
async function settled(): Promise<Story> {
  const story = new Story(course(files));
  stories.push(story);
  await story.sync();
  return story;
}
afterEach(() => {
  for (const story of stories.splice(0)) story.dispose();
});

/** An offer whose files must not be needed. */
function unread(offer: Offer): Offer {
  const asked = (): never => {
    throw new Error('the files were asked for');
  };
  return Object.defineProperty({ ...offer }, 'files', { get: asked });
}

/** Makes the cache believe that the file is as it was, or that its content is `oid`. */
function forgeSignature(story: Story, path: string, oid?: string): void {
  const cache = story.path('.f2git/scan.json');
  const { files, ...rest } = JSON.parse(fs.readFileSync(cache, 'utf8')) as { files: unknown[] };
  const { ino, size, mtimeMs, ctimeMs } = fs.statSync(story.path(path));
  const row = files.indexOf(path);
  files.splice(row + 1, 5, ino, size, mtimeMs, ctimeMs, oid ?? files[row + 5]);
  fs.writeFileSync(cache, JSON.stringify({ ...rest, files }));
}

/** A run that changes the file and is over before its date can be believed: on a busy machine not every one is. */
async function changedJustNow(story: Story): Promise<void> {
  for (let round = 0; round < 100; round++) {
    story.course.put({ 'week1/file1.txt': `text ${String.fromCharCode(97 + (round % 26))}\n` });
    await story.sync();
    const { racy } = JSON.parse(fs.readFileSync(story.path('.f2git/scan.json'), 'utf8')) as { racy: number };
    if (racy > 0) return;
  }
  throw new Error('no run was quick enough');
}

const isLookedAt = async (story: Story): Promise<boolean> =>
  story.sync({ offer: unread(story.course.offer()) }).then(
    () => false,
    () => true,
  );

describe('a run after one that left nothing to do', () => {
  it('asks for no file of the course, and writes nothing', async () => {
    const story = await settled();
    const before = story.fingerprint();
    const report = await story.sync({ offer: unread(story.course.offer()) });
    expect(report).toMatchObject({ outcome: 'unchanged', notices: [], head: story.course.offer().head });
    expect(report.base).toBe(report.head);
    expect(story.fingerprint()).toBe(before);
  });

  it('names the file of the link', async () => {
    const story = await settled();
    const report = await story.sync({ offer: unread(story.course.offer()), open: rel('week1/file1.txt') });
    expect(report.open).toBe('week1/file1.txt');
  });

  const deeds: Readonly<Record<string, (story: Story) => void>> = {
    'edits a file': (story) => story.home({ 'week1/file1.txt': 'mine!!\n' }),
    'edits a file and gives it its old date': (story) => {
      const path = story.path('week1/file1.txt');
      const { atime, mtime } = fs.statSync(path);
      fs.writeFileSync(path, 'tExt 1\n');
      fs.utimesSync(path, atime, mtime);
    },
    'deletes a file': (story) => story.home({ 'week1/file1.txt': null }),
    'deletes a folder': (story) => story.home({ week1: null }),
    'puts a link in place of a file': (story) => {
      fs.renameSync(story.path('week1/file1.txt'), story.path('elsewhere'));
      fs.symlinkSync(story.path('elsewhere'), story.path('week1/file1.txt'));
    },
    'puts a link in place of a folder': (story) => {
      fs.renameSync(story.path('week1'), story.path('elsewhere'));
      fs.symlinkSync('elsewhere', story.path('week1'));
    },
    'makes a file executable': (story) => fs.chmodSync(story.path('week1/file1.txt'), 0o755),
    'deletes the state': (story) => fs.rmSync(story.path('.f2git/state.json')),
    'writes the state again': (story) => {
      const path = story.path('.f2git/state.json');
      fs.writeFileSync(`${path}.new`, fs.readFileSync(path));
      fs.renameSync(`${path}.new`, path);
    },
    'deletes the cache': (story) => fs.rmSync(story.path('.f2git/scan.json')),
    'leaves the stage of a run that died': (story) => fs.mkdirSync(story.path('.f2git/stage')),
  };

  it.each(Object.keys(deeds))('looks closer when somebody %s', async (deed) => {
    const story = await settled();
    deeds[deed]?.(story);
    expect(await isLookedAt(story)).toBe(true);
  });

  it('looks closer when the course changed, when something is frozen, and in a cache of another shape', async () => {
    const story = await settled();
    story.course.frozen = [{ path: rel('elsewhere.txt'), why: 'withheld' }];
    expect(await isLookedAt(story)).toBe(true);
    story.course.frozen = [];
    story.course.put({ 'week1/file1.txt': 'new\n' });
    expect(await isLookedAt(story)).toBe(true);
    const cache = story.path('.f2git/scan.json');
    fs.writeFileSync(cache, fs.readFileSync(cache, 'utf8').replaceAll('week1/', '../../'));
    expect(actionsOf(await story.sync())).toEqual({ 'week1/file1.txt': 'updated' });
  });

  it('brings back what was deleted, and is quick again afterwards', async () => {
    const story = await settled();
    story.home({ 'week1/file1.txt': null });
    expect(actionsOf(await story.sync())).toEqual({ 'week1/file1.txt': 'restored' });
    expect(await isLookedAt(story)).toBe(false);
  });

  it('looks closer after a run that could not read a file, because what it knew of it was older', async () => {
    const story = await settled();
    const kept = story.path('week1/.~file1.txt');
    fs.writeFileSync(kept, 'text 1\n');
    fs.utimesSync(story.path('week1/file1.txt'), new Date(), new Date());
    story.course.put({ 'week2/file2.txt': 'new\n' });
    const whileItIsSaved = await story.sync();
    expect(actionsOf(whileItIsSaved)).toEqual({ 'week1/file1.txt': 'skipped', 'week2/file2.txt': 'updated' });
    fs.rmSync(kept);
    story.home({ 'week1/file1.txt': null });
    expect(actionsOf(await story.sync())).toEqual({ 'week1/file1.txt': 'restored' });
  });

  it('sees a save that came late into a file that was replaced', async () => {
    const story = await settled();
    const open = fs.openSync(story.path('week1/file1.txt'), 'r+');
    story.course.put({ 'week1/file1.txt': 'the course\n' });
    await story.sync();
    expect(await isLookedAt(story)).toBe(false);
    fs.writeSync(open, 'what the student saved\n');
    fs.closeSync(open);
    await sleep(30);
    await story.sync();
    expect(Object.values(story.tree()).concat(story.backups())).toContain('what the student saved\n');
    expect(story.tree()['week1/file1.txt']).toBe('what the student saved\n');
  });

  it('reads again what it changed a moment before, whatever its signature says', async () => {
    const story = await settled();
    await changedJustNow(story);
    expect(await isLookedAt(story)).toBe(false);
    story.home({ 'week1/file1.txt': 'mine a\n' });
    forgeSignature(story, 'week1/file1.txt');
    expect(await isLookedAt(story)).toBe(true);
  });

  it('reads nothing large again, whatever somebody wrote into the cache', async () => {
    const story = await settled();
    await changedJustNow(story);
    const large = 'x'.repeat(2 ** 21);
    story.home({ 'week1/file1.txt': large });
    forgeSignature(story, 'week1/file1.txt', oidOfBytes(large));
    expect(await isLookedAt(story)).toBe(true);
  });

  it('looks closer every time while the student has a version of their own', async () => {
    const story = await settled();
    story.home({ 'week1/file1.txt': 'mine!!\n' });
    await story.sync();
    story.course.put({ 'week2/file2.txt': 'new\n' });
    await story.sync();
    expect(await isLookedAt(story)).toBe(true);
  });
});
