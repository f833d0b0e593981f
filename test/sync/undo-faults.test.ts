/** An undo that a failing disk disturbs leaves every file as it was or as it was before the run; asked again, it completes. */
import { afterEach, describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { undoRun } from '../../src/sync/revise.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { course } from '../support/course.ts';
import { clock, fastBase, Story } from '../support/dsl.ts';
import { operations } from '../support/fault-sweep.ts';
import { Died, injecting, type Fault, type Injection } from '../support/faulty-home.ts';

const stories: Story[] = [];
afterEach(() => {
  for (const story of stories.splice(0)) story.dispose();
});

/** A run that replaced, merged, added, removed and renamed, right before it is taken back. */
async function updated(): Promise<{ story: Story; run: RunReport['run']; before: Record<string, string> }> {
  const first = { 'a.txt': '1\n2\n3\n', 'm.txt': '1\n2\n3\n4\n', 'x/r.txt': 'r\n', 'n.txt': 'n\n' };
  const story = new Story(course(first, { identity: 'stable' }), fastBase);
  stories.push(story);
  await sync(story);
  story.home({ 'm.txt': 'mine\n2\n3\n4\n' });
  const before = story.tree();
  story.course.put({ 'a.txt': 'new\n', 'm.txt': '1\n2\n3\ncourse\n', 'y/z/added.txt': 'z\n' });
  story.course.remove('x/r.txt').rename('n.txt', 'w/n.txt');
  const { run } = await sync(story);
  return { story, run, before };
}

function sync(story: Story): Promise<RunReport> {
  return story.sync({ home: injecting(undefined).home });
}

function undo(story: Story, undoes: RunReport['run'], { home }: Injection): Promise<RunReport> {
  return undoRun({ workspace: story.workspace, ...clock(), undoes, home });
}

/** Folders that could not be removed are empty, and nobody misses anything. */
function files(story: Story): Record<string, string> {
  return Object.fromEntries(Object.entries(story.tree()).filter(([path]) => !path.endsWith('/')));
}

/** Takes a run back, with a fault, whose file the student has changed since; and once more. Gives what the first one did. */
async function undoBeside(fault: Fault | undefined): Promise<readonly string[]> {
  const { story, run, before } = await updated();
  story.home({ 'm.txt': 'later\n' });
  const injection = injecting(fault);
  await undo(story, run, injection).catch((error: unknown) => expect(error).toBeInstanceOf(F2gitError));
  await undo(story, run, injecting(undefined));
  const where = `operation ${String(fault?.at)}`;
  expect(files(story), where).toEqual({ ...before, 'm.txt': 'later\n', 'm.before.txt': before['m.txt'] });
  return injection.log;
}

describe('an undo', () => {
  it.each([
    ['EIO', 1],
    ['EACCES', 2],
    ['EMFILE', 3],
    ['EDQUOT', 4],
  ] as const)('that meets %s at any operation can be asked for again', async (errno, start) => {
    for (const at of operations(8, start)) {
      const { story, run, before } = await updated();
      const after = files(story);
      const injection = injecting({ kind: 'fail', at, errno });
      const thrown: unknown = await undo(story, run, injection).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (injection.count() < at) return;
      const where = `operation ${at}: ${injection.log[at - 1] ?? ''}`;
      if (thrown !== undefined) expect(thrown, where).toBeInstanceOf(F2gitError);
      for (const [path, content] of Object.entries(files(story)))
        expect([before[path], after[path]], `${where}, ${path}`).toContain(content);
      await undo(story, run, injecting(undefined));
      expect(files(story), where).toEqual(before);
      expect((await undo(story, run, injecting(undefined))).outcome, where).toBe('unchanged');
      expect((await sync(story)).outcome, where).toBe('unchanged');
      expect(files(story), where).toEqual(before);
    }
  });

  it('that cannot see what is beside a file puts no second copy there', async () => {
    const log = await undoBeside(undefined);
    const looks = log.flatMap((entry, index) => (entry.includes('m.before.txt') ? [index + 1] : []));
    expect(looks.length).toBeGreaterThan(0);
    for (const at of looks) await undoBeside({ kind: 'fail', at, errno: 'EIO' });
  });

  it('that is killed at any operation leaves nothing behind once it is asked for again', async () => {
    for (const at of operations(8, 2)) {
      const { story, run, before } = await updated();
      const injection = injecting({ kind: 'die', at });
      const thrown: unknown = await undo(story, run, injection).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (injection.count() < at) return;
      const where = `operation ${at}: ${injection.log[at - 1] ?? ''}`;
      expect(thrown, where).toBeInstanceOf(Died);
      await undo(story, run, injecting(undefined));
      expect(story.tree(), where).toEqual(before);
      expect(story.litter(), where).toEqual([]);
    }
  });

  it.each(['y/z', 'y'])('that meets EIO once where it takes the folder %s away leaves none', async (folder) => {
    const first = await updated();
    const undisturbed = injecting(undefined);
    await undo(first.story, first.run, undisturbed);
    const at = undisturbed.log.indexOf(`removeFolder ${folder}`) + 1;
    expect(at).toBeGreaterThan(0);
    const { story, run, before } = await updated();
    await undo(story, run, injecting({ kind: 'fail', at, errno: 'EIO' }));
    expect(story.tree()).toEqual(before);
  });

  it('that cannot see a file leaves it to the next one, and says so', async () => {
    const { story, run, before } = await updated();
    const injection = injecting(undefined, (home) => {
      const stat: typeof home.stat = (name) => {
        if (name === 'a.txt') throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        return home.stat(name);
      };
      return new Proxy(home, {
        get: (target, name) => Reflect.get(name === 'stat' ? { stat } : target, name) as unknown,
      });
    });
    const report = await undo(story, run, injection);
    expect(report.outcome).toBe('partial');
    expect(report.notices).toContainEqual(expect.objectContaining({ path: 'a.txt', action: 'skipped' }));
    expect(story.tree()['a.txt']).toBe('new\n');
    expect((await undo(story, run, injecting(undefined))).outcome).toBe('updated');
    expect(story.tree()).toEqual(before);
  });
});
