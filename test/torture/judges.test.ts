/** The judges of the torture see what they are there for: each promise is broken once by hand. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { afterDisturbance, afterRecovery, momentOf, type Ends } from './laws.ts';
import { judge as judgeCell } from './matrix/verdict.ts';
import { judge as judgeRace } from './race/judge.ts';
import { notebook } from './scenes.ts';
import { Stand } from './stand.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

function scratch(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'f2git-judges-'));
  folders.push(folder);
  return folder;
}

const good = { status: 0, stdout: '{}', stderr: '' };

/** A home as a run found it and left it: one file updated, one merged, the old versions in the backups. */
function afterAGoodRun(): { stand: Stand; ends: Ends } {
  const stand = new Stand({ cli: '', shim: '' }, scratch());
  stand.put('w', { 'a.txt': 'one\n', 'lab.ipynb': notebook(['mine']) });
  stand.student({ 'mine.txt': 'my own\n', 'm.txt': 'mine\n' });
  const before = momentOf(stand);
  stand.put('w', { 'a.txt': 'two\n', 'm.txt': 'mine\ncourse\n', '.f2git/backups/r/m.txt': 'mine\n' });
  return { stand, ends: { before, after: momentOf(stand) } };
}

const wrongsOf = (violations: readonly { readonly wrong: string }[]): readonly string[] => [
  ...new Set(violations.map(({ wrong }) => wrong)),
];

describe('after a disturbance', () => {
  it('all is well when every path is old or new', () => {
    const { stand, ends } = afterAGoodRun();
    stand.put('w', { 'a.txt': 'one\n' });
    expect(afterDisturbance(stand, ends, { ...good, status: null })).toEqual([]);
  });

  it.each([
    ['lost', { 'mine.txt': null }],
    ['lost', { '.f2git/backups/r/m.txt': null }],
    ['torn', { 'a.txt': 'tw' }],
    ['torn', { 'a.txt': '' }],
    ['torn', { 'lab.ipynb': '{"cells": [' }],
    ['torn', { 'a.txt': null }],
    ['litter', { 'a.txt.tmp': 'two\n' }],
  ] as const)('%s is seen: %j', (wrong, change) => {
    const { stand, ends } = afterAGoodRun();
    stand.put('w', change);
    expect(wrongsOf(afterDisturbance(stand, ends, { ...good, status: null }))).toContain(wrong);
  });

  it('a run that says it was done and was not has lied, and so has one that blames itself for the disk', () => {
    const { stand, ends } = afterAGoodRun();
    stand.put('w', { 'a.txt': 'one\n' });
    expect(wrongsOf(afterDisturbance(stand, ends, good))).toEqual(['lied']);
    expect(wrongsOf(afterDisturbance(stand, ends, { ...good, status: 4 }))).toEqual([]);
    expect(wrongsOf(afterDisturbance(stand, ends, { ...good, status: 1 }))).toEqual(['lied']);
  });

  it('a damaged repository is seen', () => {
    const { stand, ends } = afterAGoodRun();
    const repository = join(stand.home, '.f2git/source/course/all.git');
    execFileSync('git', ['init', '-q', '--bare', repository]);
    fs.mkdirSync(join(repository, 'objects/pack'), { recursive: true });
    const empty = 'pack-0123456789012345678901234567890123456789';
    for (const kind of ['pack', 'idx']) fs.writeFileSync(join(repository, `objects/pack/${empty}.${kind}`), 'x');
    expect(wrongsOf(afterDisturbance(stand, ends, good))).toContain('repository');
  });
});

describe('after the next run', () => {
  it.each([
    ['stuck', { 'a.txt': 'one\n' }],
    ['stuck', { 'empty/x': 'y' }],
    ['litter', { '.f2git/stage/0': 'x' }],
    ['litter', { '.f2git/state.json.new': 'x' }],
    ['litter', { '.f2git/source/course/lock/held-3': 'x' }],
  ] as const)('%s is seen: %j', (wrong, change) => {
    const { stand, ends } = afterAGoodRun();
    expect(afterRecovery(stand, ends, good)).toEqual([]);
    stand.put('w', change);
    expect(wrongsOf(afterRecovery(stand, ends, good))).toContain(wrong);
  });
});

describe('a file with two names', () => {
  it.each(['b.txt', '.f2git/backups/r/a.txt'])('is seen: %s', (name) => {
    const { stand, ends } = afterAGoodRun();
    fs.linkSync(join(stand.home, 'a.txt'), join(stand.home, name));
    const what = [name, 'a.txt'].sort().join('" is "');
    for (const seen of [afterDisturbance(stand, ends, { ...good, status: 4 }), afterRecovery(stand, ends, good)])
      expect(seen).toContainEqual({ wrong: 'litter', what: `"${what}"` });
  });

  it('is forgiven while the run that gave it the second one has not come to its end', () => {
    const { stand, ends } = afterAGoodRun();
    fs.linkSync(join(stand.home, 'a.txt'), join(stand.home, '.f2git/backups/r/a.txt'));
    expect(afterDisturbance(stand, ends, { ...good, status: null })).toEqual([]);
  });
});

it('an empty folder the system refused to remove is forgiven, a file in it is not', () => {
  const { stand, ends } = afterAGoodRun();
  fs.mkdirSync(join(stand.home, 'left'));
  expect(wrongsOf(afterRecovery(stand, ends, good))).toEqual(['stuck']);
  expect(afterRecovery(stand, ends, good, true)).toEqual([]);
  stand.put('w', { 'left/x': 'x' });
  expect(wrongsOf(afterRecovery(stand, ends, good, true))).toEqual(['stuck']);
});

describe('a save that raced', () => {
  const race = { path: 'a.txt', saver: 'in place', mine: 'mine', course: 'course', saved: '' } as const;

  it.each([
    [{ 'a.txt': 'mine course' }, {}],
    [{ 'a.txt': 'course' }, { isLost: true }],
    [{ 'a.txt': 'course', '.f2git/backups/r/a.txt': 'mine' }, { isAside: true }],
    [{ 'a.txt': 'mine' }, { isReverted: true }],
  ])('%j', (files, expected) => {
    const stand = new Stand({ cli: '', shim: '' }, scratch());
    stand.put('w', files);
    const none = { isLost: false, isAside: false, isTorn: false, isStuck: false, isReverted: false };
    expect(judgeRace(stand.home, [race], good)).toMatchObject([{ ...none, ...expected }]);
  });

  it('half a notebook is torn', () => {
    const stand = new Stand({ cli: '', shim: '' }, scratch());
    stand.put('w', { 'a.ipynb': '{"cells": ["mine' });
    expect(judgeRace(stand.home, [{ ...race, path: 'a.ipynb' }], good)).toMatchObject([{ isTorn: true }]);
  });
});

describe('a cell of the matrix', () => {
  const wish = { kind: 'text', path: 'a.txt', text: 'course' } as const;
  const work = { kind: 'text', text: 'mine' } as const;
  const click = { isDone: true, names: () => false, said: '' };
  const fresh = { 'news.txt': 'the latest news\n' };

  it.each([
    ['all is there', { ...fresh, 'a.txt': 'mine course' }, click, {}],
    ['the course’s words are missing, and nobody says so', { ...fresh, 'a.txt': 'mine' }, click, { isSilent: true }],
    ['the same, and it is said', { ...fresh, 'a.txt': 'mine' }, { ...click, names: () => true }, {}],
    ['the student’s words are gone', { ...fresh, 'a.txt': 'course' }, click, { isLost: true }],
    ['no news', { 'a.txt': 'mine course' }, click, { isStuck: true }],
    ['a click that fails', { ...fresh, 'a.txt': 'mine course' }, { ...click, isDone: false }, { isStuck: true }],
  ])('%s', (_name, files, last, expected) => {
    const stand = new Stand({ cli: '', shim: '' }, scratch());
    stand.put('w', files);
    const none = { isStuck: false, isLost: false, isSilent: false };
    expect(judgeCell(stand.home, [wish], [work], [click, last])).toEqual({ ...none, ...expected });
  });
});
