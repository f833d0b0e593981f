/** What a dead run had done counts: no merge is made twice, no file stays half way to another's name. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { takeFiles, undoRun } from '../../src/sync/revise.ts';
import { workspaceLog, workspaceStatus } from '../../src/sync/status.ts';
import { course, type CourseFiles } from '../support/course.ts';
import { actionsOf, clock, fastBase, rel, Story } from '../support/dsl.ts';
import { beforeExchange, exchanges } from '../support/exchanges.ts';
import { filesOf, operations } from '../support/fault-sweep.ts';
import type { Home } from '../../src/sync/home.ts';
import { Died, injecting, type Injection } from '../support/faulty-home.ts';

const stories: Story[] = [];
function given(files: CourseFiles): Story {
  const story = new Story(course(files, { identity: 'stable' }), fastBase);
  stories.push(story);
  return story;
}
afterEach(() => {
  for (const story of stories.splice(0)) story.dispose();
});

/** Kills the next click right before it records what it did. */
async function dieBeforeRecording(story: Story): Promise<void> {
  let isDead = false;
  const dying = (home: Home): Home =>
    new Proxy(home, {
      get(target, name: string) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]): unknown => {
          isDead ||= name === 'create' && args[0] === '.f2git/state.json.new';
          if (isDead && !['close', 'forget', 'dispose'].includes(name)) throw new Died(`died before ${name}`);
          return Reflect.apply(value, target, args);
        };
      },
    });
  await expect(story.sync({ home: injecting(undefined, dying).home })).rejects.toThrow(Died);
}

describe('a merge that a dead run had written', () => {
  // Here nobody can tell by content whose the repeated line is: merging again would add it again.
  const repeated = { base: 'a\n', course: 'a\na\n', mine: 'b\nb\na\n', merged: 'b\nb\na\na\n' };

  async function dead(): Promise<Story> {
    const story = given({ f: repeated.base });
    await story.sync();
    story.course.put({ f: repeated.course });
    story.home({ f: repeated.mine });
    await dieBeforeRecording(story);
    story.expectHome({ f: repeated.merged });
    return story;
  }

  it('is not made again', async () => {
    const story = await dead();
    await story.sync();
    story.expectHome({ f: repeated.merged });
    expect((await story.sync()).outcome).toBe('unchanged');
    const status = await workspaceStatus({ workspace: story.workspace });
    expect(status?.files).toMatchObject([{ path: 'f', state: 'merged' }]);
  });

  it('is not made again when another death comes in between', async () => {
    const story = await dead();
    const recovering = injecting({ kind: 'die', at: 60 });
    await story.sync({ home: recovering.home }).catch(() => undefined);
    await story.sync();
    story.expectHome({ f: repeated.merged });
  });

  it('is made anew where the student has saved since', async () => {
    const story = await dead();
    story.home({ f: 'b\nb\na\na\nmore\n' });
    await story.sync();
    expect(story.tree()['f']).toContain('more\n');
  });

  it('is told with what it declined', async () => {
    const story = given({ f: '1\n2\n3\n4\n' });
    await story.sync();
    story.course.put({ f: 'course\n2\n3\nFOUR\n' });
    story.home({ f: 'mine\n2\n3\n4\n' });
    await dieBeforeRecording(story);
    const report = await story.sync();
    story.expectHome({ f: 'mine\n2\n3\nFOUR\n' });
    expect(report.notices).toMatchObject([{ path: 'f', action: 'merged', declined: [{ course: 'course' }] }]);
    const status = await workspaceStatus({ workspace: story.workspace });
    expect(status?.files[0]?.declined).toHaveLength(1);
  });
});

describe('what a dead run had done', () => {
  const told = {
    'new.txt': 'added',
    'up.txt': 'updated',
    'both.bin': 'copied',
    'gone.txt': 'removed',
    'to.txt': 'renamed',
    'deleted.txt': 'restored',
    'm.txt': 'merged',
  };

  async function prepared(): Promise<Story> {
    const text = '1\n2\n3\n4\n';
    const story = given({
      'up.txt': 'one\n',
      'both.bin': 'one\0',
      'gone.txt': 'x\n',
      'from.txt': 'name\n',
      'deleted.txt': 'd\n',
      'm.txt': text,
      'same.txt': 'same\n',
    });
    await story.sync();
    story.home({ 'both.bin': 'mine\0', 'deleted.txt': null, 'm.txt': `mine\n${text}` });
    story.course.put({ 'up.txt': 'two\n', 'both.bin': 'two\0', 'new.txt': 'n\n', 'm.txt': `${text}5\n` });
    story.course.rename('from.txt', 'to.txt').remove('gone.txt');
    return story;
  }

  it('is told by the next one, in its report and in the log, once', async () => {
    const story = await prepared();
    await dieBeforeRecording(story);
    const report = await story.sync();
    expect(actionsOf(report)).toEqual(told);
    expect(report.outcome).toBe('updated');
    expect(report.notices).toContainEqual(expect.objectContaining({ path: 'both.bin', copy: 'both.course.bin' }));
    const [newest, dead] = await workspaceLog({ workspace: story.workspace });
    expect(newest?.report?.notices).toEqual(report.notices);
    expect(dead).toMatchObject({ interrupted: true });
    expect(await story.sync()).toMatchObject({ outcome: 'unchanged', notices: [] });
    story.course.put({ 'up.txt': 'three\n' });
    expect(actionsOf(await story.sync())).toEqual({ 'up.txt': 'updated' });
  });

  it('is told together with what the next one does, wherever the run died', async () => {
    for (const at of operations(3)) {
      const story = await prepared();
      const count = await dieAt(story, at);
      if (count < at) return;
      const [newest] = await workspaceLog({ workspace: story.workspace });
      const isTold = newest?.report?.notices.some(({ action }) => action === 'copied') === true;
      const { notices } = await story.sync();
      // After its last word the run is in the log with all it did.
      expect(notices.length, `dead at ${at}`).toBe(isTold ? 0 : Object.keys(told).length);
      if (!isTold) expect(actionsOf({ notices }), `dead at ${at}`).toEqual(told);
      expect((await story.sync()).notices, `dead at ${at}`).toEqual([]);
      story.dispose();
    }
  });

  it('is told also when the click after it dies as well, wherever that is', async () => {
    for (const again of operations(3)) {
      const story = await prepared();
      await dieBeforeRecording(story);
      const count = await dieAt(story, again);
      if (count < again) return;
      const [newest] = await workspaceLog({ workspace: story.workspace });
      const isTold = newest?.interrupted === false && newest.report?.base !== null;
      const { notices } = await story.sync();
      expect(actionsOf({ notices }), `dead again at ${again}`).toEqual(isTold ? {} : told);
      story.dispose();
    }
  });

  it('is told by a take, and not by the undo of that very run', async () => {
    const story = await prepared();
    await dieBeforeRecording(story);
    const { workspace, course: published } = story;
    const wishes = [{ file: rel('same.txt'), as: rel('other.txt') }];
    const [offer, contents] = [published.offer(), published.contents()];
    const taken = await takeFiles({ workspace, offer, contents, wishes, from: 'course', ...clock() });
    expect(actionsOf(taken)).toMatchObject({ ...told, 'other.txt': 'updated' });

    const other = await prepared();
    await dieBeforeRecording(other);
    const undone = await undoRun({ workspace: other.workspace, ...clock() });
    expect(undone.notices.every(({ rule }) => rule === 'pin')).toBe(true);
  });

  it('changes nothing where the journal does not know it, or says what is no sentence', async () => {
    for (const damage of ['', 'no JSON', '"notice":7', '"notice":{"path":"up.txt","action":"flown","rule":"7"}']) {
      const story = await prepared();
      await dieBeforeRecording(story);
      const [dead = ''] = readdirSync(story.path('.f2git/runs')).sort().reverse();
      const file = story.path(`.f2git/runs/${dead}`);
      const text = readFileSync(file, 'utf8');
      if (damage === '') rmSync(file);
      else writeFileSync(file, damage.startsWith('"') ? text.replaceAll(/"notice":\{[^{}]*\}/g, damage) : damage);
      const { notices } = await story.sync();
      expect(
        notices.filter(({ action }) => action === 'updated'),
        damage,
      ).toEqual([]);
      expect(story.tree(), damage).toMatchObject({ 'up.txt': 'two\n', 'to.txt': 'name\n', 'new.txt': 'n\n' });
      expect((await story.sync()).outcome, damage).toBe('unchanged');
    }
  });
});

describe.each(exchanges)('files that change places: $name', (exchange) => {
  async function prepared(): Promise<Story> {
    const story = await beforeExchange(exchange);
    stories.push(story);
    return story;
  }

  const before = { ...exchange.course, ...exchange.edits };

  it('are each as before or as after, wherever the run dies', async () => {
    for (const at of operations(3)) {
      const story = await prepared();
      const count = await dieAt(story, at);
      expectOldOrNew(story, before, exchange.home, `dead at ${at}`);
      story.dispose();
      if (count < at) break;
    }
  });

  it('are each as before or as after, wherever the click after it dies', async () => {
    for (const at of operations(17, 100)) {
      for (const again of operations(23, 40)) {
        const story = await prepared();
        const first = await dieAt(story, at);
        const count = await dieAt(story, again);
        expectOldOrNew(story, before, exchange.home, `dead at ${at}, then at ${again}`);
        story.dispose();
        if (first < at) return;
        if (count < again) break;
      }
    }
  });

  it('are all there after the next click, wherever the run before it died', async () => {
    for (const at of operations(4)) {
      const story = await prepared();
      const injection: Injection = injecting({ kind: 'die', at });
      await story.sync({ home: injection.home }).catch(() => undefined);
      if (injection.count() < at) break;
      await story.sync({ home: injecting(undefined).home });
      expect(story.tree(), injection.log.at(-1)).toEqual(exchange.home);
      expect(story.litter(), injection.log.at(-1)).toEqual([]);
      expect((await story.sync()).outcome).toBe('unchanged');
      story.dispose();
    }
  });

  it('are all there also when the click after it dies as well', async () => {
    for (const at of operations(23, 60)) {
      const story = await prepared();
      const injection = injecting({ kind: 'die', at });
      await story.sync({ home: injection.home }).catch(() => undefined);
      if (injection.count() < at) break;
      for (const again of operations(7, 3)) {
        const recovering = injecting({ kind: 'die', at: again });
        await story.sync({ home: recovering.home }).catch(() => undefined);
        if (recovering.count() < again) break;
      }
      await story.sync({ home: injecting(undefined).home });
      expect(story.tree(), injection.log.at(-1)).toEqual(exchange.home);
      story.dispose();
    }
  });
});

describe.each(exchanges)('an undo of files that changed places: $name', (exchange) => {
  const before = { ...exchange.course, ...exchange.edits };

  it('has each as before or as after wherever it dies, and all back when it is asked for again', async () => {
    for (const at of operations(5, 70)) {
      const story = await beforeExchange(exchange);
      stories.push(story);
      const { run } = await story.sync();
      const injection = injecting({ kind: 'die', at });
      const request = { workspace: story.workspace, undoes: run };
      await undoRun({ ...request, ...clock(), home: injection.home }).catch(() => undefined);
      const where = injection.log.at(-1) ?? '';
      expectOldOrNew(story, exchange.home, before, where);
      await undoRun({ ...request, ...clock(), home: injecting(undefined).home });
      expect(story.tree(), where).toEqual(before);
      expect(story.litter(), where).toEqual([]);
      expect((await story.sync()).outcome, where).toBe('unchanged');
      story.dispose();
      if (injection.count() < at) break;
    }
  });
});

/** A path that is there before and after is never absent in between. */
function expectOldOrNew(
  story: Story,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  where: string,
): void {
  const now = filesOf(story.tree());
  for (const path of new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(now)])) {
    expect([before[path], after[path]], `${path}, ${where}`).toContain(now[path]);
  }
}

/** What a disk can answer while a click recovers, once or from then on. */
const troubles = [
  { errno: 'EIO', lasting: false },
  { errno: 'EACCES', lasting: false },
  { errno: 'ENOSPC', lasting: true },
];

describe.each(exchanges)('files that were changing places when the run died: $name', (exchange) => {
  it.each(troubles)('are all there although recovery meets $errno, lasting: $lasting', async ({ errno, lasting }) => {
    for (const at of operations(22, 115)) {
      const dying = await beforeExchange(exchange);
      const count = await dieAt(dying, at);
      dying.dispose();
      if (count < at) break;
      for (const again of operations(9, 67)) {
        const story = await beforeExchange(exchange);
        stories.push(story);
        await dieAt(story, at);
        const failing = injecting({ kind: 'fail', at: again, errno, lasting });
        await story.sync({ home: failing.home }).catch(() => undefined);
        if (failing.count() < again) break;
        const where = `dead at ${at}, then at ${again}: ${failing.log[again - 1] ?? ''}`;
        await story.sync({ home: injecting(undefined).home });
        expect(story.tree(), where).toEqual(exchange.home);
        expect(story.litter(), where).toEqual([]);
        expect(story.sharedFiles(), where).toEqual([]);
        expect((await story.sync()).outcome, where).toBe('unchanged');
        story.dispose();
      }
    }
  });
});

async function dieAt(story: Story, at: number): Promise<number> {
  const injection = injecting({ kind: 'die', at });
  await story.sync({ home: injection.home }).catch(() => undefined);
  return injection.count();
}

describe('an undo of a run that died', () => {
  it('refuses what that run had brought, also where an older version was refused', async () => {
    const story = given({ a: 'one\n', b: 'one\n' });
    await story.sync();
    story.course.put({ a: 'two\n' });
    const { run } = await story.sync();
    await undoRun({ workspace: story.workspace, undoes: run, ...clock() });
    story.course.put({ a: 'three\n', b: 'three\n' });
    await dieBeforeRecording(story);
    story.expectHome({ a: 'three\n', b: 'three\n' });
    await undoRun({ workspace: story.workspace, ...clock() });
    story.expectHome({ a: 'one\n', b: 'one\n' });
    expect(await story.sync()).toMatchObject({ notices: [], refused: 2 });
    story.expectHome({ a: 'one\n', b: 'one\n' });
  });
});

describe('an undo that died', () => {
  it('is done to the end when it is asked for again', async () => {
    for (const at of operations(4)) {
      const story = given({ a: 'one\n', b: 'one\n', c: 'gone\n' });
      await story.sync();
      story.course.put({ a: 'two\n', b: 'two\n', d: 'new\n' }).remove('c');
      const { run } = await story.sync();
      const injection = injecting({ kind: 'die', at });
      const request = { workspace: story.workspace, undoes: run, ...clock() };
      await undoRun({ ...request, home: injection.home }).catch(() => undefined);
      if (injection.count() < at) break;
      await undoRun({ ...request, ...clock(), home: injecting(undefined).home });
      story.expectHome({ a: 'one\n', b: 'one\n', c: 'gone\n' });
      expect((await story.sync()).outcome, injection.log.at(-1)).toBe('unchanged');
      story.expectHome({ a: 'one\n', b: 'one\n', c: 'gone\n' });
      story.dispose();
    }
  });
});
