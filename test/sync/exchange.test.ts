/**
 * Files that change places stand or fall together: whatever disturbs the run between two of its writes, the home holds
 * all of them where they were or all of them where they go, with every save; and the next click completes it. At every
 * operation with F2GIT_RUNS.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { undoRun } from '../../src/sync/revise.ts';
import { beforeExchange, exchanges, type Exchange } from '../support/exchanges.ts';
import type { Home } from '../../src/sync/home.ts';
import { clock, type Story } from '../support/dsl.ts';
import { operations, sync } from '../support/fault-sweep.ts';
import { atThisMoment, injecting, type Fault } from '../support/faulty-home.ts';

const LATE = 'late\n';
/** Not part of any exchange. */
const OTHER = { other: 'one\n' };

/** The operation at which a run begins to write; before that, it only looks. */
async function firstWrite(exchange: Exchange): Promise<number> {
  const log = await undisturbed(exchange);
  return log.indexOf('makeFolder .f2git/stage') + 1;
}

/** From here on all files have changed places: whoever saves under one of the names overwrites the file that came. */
async function lastPlacing(exchange: Exchange): Promise<number> {
  const log = await undisturbed(exchange);
  return log.findLastIndex((operation) => /^(rename|link) \S+ [^.]/.test(operation)) + 1;
}

async function undisturbed(exchange: Exchange): Promise<readonly string[]> {
  const story = await beforeExchange(exchange, OTHER);
  try {
    const injection = injecting(undefined);
    await story.sync({ home: injection.home });
    return injection.log;
  } finally {
    story.dispose();
  }
}

/** Calls `check` after a run that was disturbed at one operation after the other. */
async function sweep(
  exchange: Exchange,
  step: number,
  disturb: (story: Story, at: number) => { fault: Fault; end?: () => void },
  check: (story: Story, thrown: unknown, where: string) => Promise<void>,
  clock?: (home: Home) => Home,
): Promise<void> {
  const first = await firstWrite(exchange);
  for (const at of operations(step, first)) {
    if (at < first) continue;
    const story = await beforeExchange(exchange, OTHER);
    story.course.put({ other: 'two\n' });
    const { fault, end } = disturb(story, at);
    try {
      const injection = injecting(fault, clock);
      const thrown: unknown = await story.sync({ home: injection.home }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (injection.count() < at) return;
      await check(story, thrown, `operation ${at}: ${injection.log[at - 1] ?? ''}`);
    } finally {
      end?.();
      story.dispose();
    }
  }
}

/** What is in the home where the exchange is, without what was saved late. */
function without(tree: Readonly<Record<string, string>>, mark: string): Record<string, string> {
  const files = Object.entries(tree).filter(([path]) => !(path in OTHER) && !path.endsWith('/'));
  return Object.fromEntries(files.map(([path, content]) => [path, content.replace(mark, '')]));
}

function expectSettled(story: Story, exchange: Exchange, where: string): void {
  const tree = story.tree();
  expect(without(tree, LATE), where).toEqual(exchange.home);
  expect(tree['other'], where).toBe('two\n');
  expect(story.litter(), where).toEqual([]);
  expect(story.sharedFiles(), where).toEqual([]);
}

function countOf(story: Story, text: string): number {
  return Object.values(story.tree()).join('').split(text).length - 1;
}

describe.each(exchanges)('files that change places: $name', (exchange) => {
  const before = { ...exchange.course, ...exchange.edits };
  const places = [...new Set([...Object.keys(before), ...Object.keys(exchange.home)])];
  /** One that goes is the student's own once they save into it, and bars the others' way. */
  const staying = Object.keys(before).filter((name) => exchange.removed?.includes(name) !== true);

  /** @param save writes into a file, of which an editor may still show what was there before the run */
  async function sweepSaves(name: string, last: number, save: (file: string, shown: string) => void): Promise<void> {
    let saved = 0;
    const saving = (story: Story, at: number): { fault: Fault } => {
      const file = story.path(name);
      const act = (): void => {
        if (at > last || !isFile(file)) return;
        save(file, before[name] ?? '');
        saved++;
      };
      return { fault: { kind: 'race', at, act } };
    };
    await sweep(exchange, 19, saving, async (story, thrown, where) => {
      expect(thrown, where).toBeUndefined();
      expectAllIn(story, exchange, saved, where);
      await sync(story);
      await sync(story);
      expectAllIn(story, exchange, saved, where);
      expect(story.litter(), where).toEqual([]);
      expect((await sync(story)).outcome, where).toBe('unchanged');
      saved = 0;
    });
  }

  it.each(places)('a save into %s at any operation is in the home, and so is all else', async (name) => {
    await sweepSaves(name, Infinity, (file) => fs.appendFileSync(file, LATE));
  });

  it.each(Object.keys(before))(
    'a save into %s by an editor that still shows the former file likewise, as long as files change places',
    async (name) => {
      await sweepSaves(name, await lastPlacing(exchange), (file, shown) => fs.writeFileSync(file, shown + LATE));
    },
  );

  it.each(staying)('a save through %s, open since before the run, is in the home', async (name) => {
    const saving = (story: Story, at: number): { fault: Fault; end: () => void } => {
      const fd = fs.openSync(story.path(name), 'a');
      const act = (): void => void fs.writeSync(fd, LATE);
      return { fault: { kind: 'race', at, act }, end: () => fs.closeSync(fd) };
    };
    await sweep(exchange, 19, saving, async (story, thrown, where) => {
      expect(thrown, where).toBeUndefined();
      await sync(story);
      await sync(story);
      expectSettled(story, exchange, where);
      expect(countOf(story, LATE), where).toBe(1);
      expect((await sync(story)).outcome, where).toBe('unchanged');
    });
  });

  it.each(staying)('a save through %s, open since before the run, after its end, likewise', async (name) => {
    const story = await beforeExchange(exchange);
    const fd = fs.openSync(story.path(name), 'a');
    try {
      await sync(story);
      fs.writeSync(fd, LATE);
      await sync(story);
      expect(without(story.tree(), LATE)).toEqual(exchange.home);
      expect(countOf(story, LATE)).toBe(1);
      expect((await sync(story)).outcome).toBe('unchanged');
    } finally {
      fs.closeSync(fd);
      story.dispose();
    }
  });

  it.each(Object.keys(before))(
    'a save into %s after the run, by an editor that still shows the former file, leaves all edits in the home or the backups',
    async (name) => {
      const story = await beforeExchange(exchange);
      try {
        await sync(story);
        if (isFile(story.path(name))) fs.writeFileSync(story.path(name), (before[name] ?? '') + LATE);
        await sync(story);
        const kept = [...Object.values(story.tree()), ...story.backups()].join('');
        for (const edit of Object.values(exchange.edits)) expect(kept).toContain(edit.split('\n')[0]);
        expect(story.litter()).toEqual([]);
      } finally {
        story.dispose();
      }
    },
  );

  it.each(['ENOSPC', 'EIO', 'EACCES'])('%s at any operation: all as before or all as after', async (errno) => {
    const failing = (_story: Story, at: number): { fault: Fault } => ({ fault: { kind: 'fail', at, errno } });
    await sweep(exchange, 23, failing, async (story, thrown, where) => {
      if (thrown === undefined) expect([before, exchange.home], where).toContainEqual(without(story.tree(), LATE));
      else expectTyped(thrown, where);
      await sync(story);
      expectSettled(story, exchange, where);
      expect((await sync(story)).outcome, where).toBe('unchanged');
    });
  });

  it('EIO at any operation, right after files were put in their places: they have them back', async () => {
    const failing = (_story: Story, at: number): { fault: Fault } => ({ fault: { kind: 'fail', at, errno: 'EIO' } });
    await sweep(
      exchange,
      23,
      failing,
      async (story, thrown, where) => {
        if (thrown === undefined) expect([before, exchange.home], where).toContainEqual(without(story.tree(), LATE));
        await sync(story);
        expectSettled(story, exchange, where);
      },
      atThisMoment,
    );
  });

  it('a file that cannot be looked at when the run begins: all as before or all as after', async () => {
    const first = await firstWrite(exchange);
    for (const at of operations(3)) {
      if (at >= first) return;
      const story = await beforeExchange(exchange, OTHER);
      try {
        story.course.put({ other: 'two\n' });
        const injection = injecting({ kind: 'fail', at, errno: 'EACCES' });
        const failed = await story.sync({ home: injection.home }).then(
          () => [],
          (error: unknown) => [error],
        );
        const where = `operation ${at}: ${injection.log[at - 1] ?? ''}`;
        for (const thrown of failed) expectTyped(thrown, where);
        expect([before, exchange.home], where).toContainEqual(without(story.tree(), LATE));
        await sync(story);
        expectSettled(story, exchange, where);
      } finally {
        story.dispose();
      }
    }
  });

  it.each(['ENOSPC', 'EROFS'])('%s from any operation on: the next click completes it', async (errno) => {
    const failing = (_story: Story, at: number): { fault: Fault } => ({
      fault: { kind: 'fail', at, errno, lasting: true },
    });
    await sweep(exchange, 23, failing, async (story, thrown, where) => {
      if (thrown !== undefined) expectTyped(thrown, where);
      await sync(story);
      expectSettled(story, exchange, where);
      expect((await sync(story)).outcome, where).toBe('unchanged');
    });
  });
});

describe.each(exchanges)('an undo of files that change places: $name', (exchange) => {
  const before = { ...exchange.course, ...exchange.edits };

  it('the disk refuses a look at the lease: all as before or all as after, and no file has two names', async () => {
    const looks = async (fault?: Fault): Promise<{ story: Story; log: readonly string[]; isThrown: boolean }> => {
      const story = await beforeExchange(exchange, OTHER);
      const injection = injecting(fault, atThisMoment);
      const isThrown = await story.sync({ home: injection.home }).then(
        () => false,
        () => true,
      );
      return { story, log: injection.log, isThrown };
    };
    const undisturbed = await looks();
    undisturbed.story.dispose();
    const all = undisturbed.log.flatMap((entry, index) =>
      /^stat .*lease\/owner\.json/.test(entry) ? [index + 1] : [],
    );
    const applying = all.filter((at) => at > undisturbed.log.indexOf('makeFolder .f2git/stage'));
    expect(applying.length).toBeGreaterThan(1);
    for (const at of applying) {
      const { story, log } = await looks({ kind: 'fail', at, errno: 'EIO' });
      const where = `operation ${at}: ${log[at - 1] ?? ''}`;
      expect([before, exchange.home], where).toContainEqual(without(story.tree(), LATE));
      expect(story.sharedFiles(), where).toEqual([]);
      await sync(story);
      expect(without(story.tree(), LATE), where).toEqual(exchange.home);
      story.dispose();
    }
  });

  it('some file cannot be looked at: all as before or all as after, and the next undo does it', async () => {
    for (const at of operations(5)) {
      const story = await beforeExchange(exchange, OTHER);
      try {
        const { run } = await sync(story);
        const injection = injecting({ kind: 'fail', at, errno: 'EACCES' });
        const request = { ...story.request(), undoes: run };
        const failed = await undoRun({ ...request, home: injection.home }).then(
          () => [],
          (error: unknown) => [error],
        );
        const isLooking = !injection.log.slice(0, at).includes('makeFolder .f2git/stage');
        if (injection.count() < at || !isLooking) return;
        const where = `operation ${at}: ${injection.log[at - 1] ?? ''}`;
        for (const thrown of failed) expectTyped(thrown, where);
        expect([before, exchange.home], where).toContainEqual(without(story.tree(), LATE));
        await undoRun(request);
        expect(without(story.tree(), LATE), where).toEqual(before);
      } finally {
        story.dispose();
      }
    }
  });

  it('EIO at any operation: all as before or all as after, and the next undo does it', async () => {
    for (const at of operations(29, 60)) {
      const story = await beforeExchange(exchange, OTHER);
      try {
        const { run } = await sync(story);
        const injection = injecting({ kind: 'fail', at, errno: 'EIO' }, atThisMoment);
        const request = { workspace: story.workspace, undoes: run };
        const failed = await undoRun({ ...request, ...clock(), home: injection.home }).then(
          () => [],
          (error: unknown) => [error],
        );
        if (injection.count() < at) return;
        const where = `operation ${at}: ${injection.log[at - 1] ?? ''}`;
        for (const thrown of failed) expectTyped(thrown, where);
        if (failed.length === 0) {
          expect([before, exchange.home], where).toContainEqual(without(story.tree(), LATE));
          expect(story.sharedFiles(), where).toEqual([]);
        }
        await undoRun({ ...request, ...clock(), home: injecting(undefined).home });
        expect(without(story.tree(), LATE), where).toEqual(before);
        expect(story.litter(), where).toEqual([]);
        expect((await sync(story)).outcome, where).toBe('unchanged');
      } finally {
        story.dispose();
      }
    }
  });
});

/** Every edit is in the home, not only in the backups. A name may show two files where nobody can tell whose it is. */
function expectAllIn(story: Story, exchange: Exchange, saved: number, where: string): void {
  const lines = Object.values(story.tree()).flatMap((content) => content.split('\n'));
  for (const edit of Object.values(exchange.edits)) expect(lines, where).toContain(edit.split('\n')[0]);
  expect(lines.filter((line) => `${line}\n` === LATE).length >= saved, where).toBe(true);
}

function isFile(file: string): boolean {
  return fs.existsSync(file) && fs.lstatSync(file).isFile();
}

function expectTyped(thrown: unknown, where: string): void {
  expect(thrown, where).toBeInstanceOf(F2gitError);
  expect((thrown as F2gitError).code, where).not.toBe('bug');
}
