import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTimeToPrune, listBackups, pruneBackups, RETENTION_BYTES, RETENTION_DAYS } from '../../src/sync/backup.ts';
import { newRunId } from '../../src/core/ids.ts';
import { openHome, type Home } from '../../src/sync/home.ts';
import { course } from '../support/course.ts';
import { Story } from '../support/dsl.ts';

let story: Story;
let home: Home;

beforeEach(async () => {
  story = new Story(course({ 'a.txt': 'one\n', 'd/b.txt': 'one\n' }));
  await story.sync();
  for (const version of ['two\n', 'three\n', 'four\n']) {
    story.course.put({ 'a.txt': version, ...(version === 'two\n' && { 'd/b.txt': version }) });
    await story.sync();
  }
  home = openHome(story.workspace);
});
afterEach(() => {
  home.dispose();
  story.dispose();
});

const days = (count: number): Date => new Date(Date.UTC(2026, 10, 3) + count * 86_400_000);
const kept = (): string[] =>
  listBackups(home).map(({ path, file }) => `${path} ${fs.readFileSync(story.path(file), 'utf8')}`);

describe('old versions', () => {
  it('have their names on the disk before the run that displaced them is recorded', async () => {
    story.course.put({ 'd/b.txt': 'five\n' });
    const synced: string[] = [];
    const watched = (workspace: string): Home => {
      const inner = openHome(workspace);
      return new Proxy(inner, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...args: readonly unknown[]): unknown => {
            if (name === 'syncAt' || (name === 'rename' && args[1] === '.f2git/state.json'))
              synced.push(String(args.at(name === 'syncAt' ? 0 : 1)));
            return Reflect.apply(value, target, args);
          };
        },
      });
    };
    const { run } = await story.sync({ home: watched });
    const recorded = synced.indexOf('.f2git/state.json');
    const before = synced.slice(0, recorded);
    expect(before).toEqual(
      expect.arrayContaining(['d', '.f2git/backups', `.f2git/backups/${run}`, `.f2git/backups/${run}/d`]),
    );
  });

  it('are all kept for a month', () => {
    expect(pruneBackups(home, days(RETENTION_DAYS - 2))).toEqual([]);
    expect(kept()).toEqual(['a.txt three\n', 'a.txt two\n', 'a.txt one\n', 'd/b.txt one\n']);
  });

  it('then go, but never the newest one of a file, and it is said which', () => {
    const pruned = pruneBackups(home, days(RETENTION_DAYS + 1));
    expect(pruned.map(({ path, why }) => [path, why])).toEqual([
      ['a.txt', 'age'],
      ['a.txt', 'age'],
    ]);
    expect(kept()).toEqual(['a.txt three\n', 'd/b.txt one\n']);
  });

  it('go earlier when they need too much room, the oldest first', () => {
    const [newest, older] = listBackups(home);
    for (const backup of [newest, older]) fs.truncateSync(story.path(backup!.file), Math.round(RETENTION_BYTES * 0.6));
    const pruned = pruneBackups(home, days(1));
    expect(pruned.map(({ run, why }) => [run, why])).toEqual([[older!.run, 'quota']]);
  });

  it('are looked through after the first run of a day, every sixteenth, and one that keeps much', () => {
    const runs = Array.from({ length: 18 }, (_, minute) => {
      const run = newRunId(new Date(Date.UTC(2026, 10, 20, 8, minute)), 'abcdef01');
      fs.mkdirSync(story.path(`.f2git/backups/${run}`));
      fs.writeFileSync(story.path(`.f2git/backups/${run}/a.txt`), 'old');
      return { run, isTime: isTimeToPrune(home, run) };
    });
    expect(runs.flatMap(({ isTime }, nth) => (isTime ? [nth] : []))).toEqual([0, 16]);
    const { run } = runs[17]!;
    fs.truncateSync(story.path(`.f2git/backups/${run}/a.txt`), RETENTION_BYTES / 128);
    expect(isTimeToPrune(home, run)).toBe(true);
    expect(isTimeToPrune(home, newRunId(days(1), 'abcdef01'))).toBe(false);
  });
});
