/** Lines the course was refused stay in `status` as long as it wants them, and no longer. */
import { afterEach, describe, expect, it } from 'vitest';
import { workspaceStatus } from '../../src/sync/status.ts';
import { stillWanted } from '../../src/sync/text/still-wanted.ts';
import { course } from '../support/course.ts';
import { Story } from '../support/dsl.ts';

const stories: Story[] = [];
afterEach(() => stories.splice(0).forEach((story) => story.dispose()));

const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const delivered = ['one', 'two', 'three', 'four', 'five'];

/** The student and the course changed the second line; the student saves `then`, and clicks. */
async function afterwards(course_: readonly string[], mine: readonly string[], then: readonly string[]) {
  const story = new Story(course({ f: text(...delivered) }));
  stories.push(story);
  await story.sync();
  story.home({ f: text(...mine) });
  story.course.put({ f: text(...course_) });
  await story.sync();
  expect(await declinedIn(story)).toHaveLength(1);
  story.home({ f: text(...then) });
  const { notices } = await story.sync();
  return { story, notices };
}

async function declinedIn({ workspace }: Story) {
  const status = await workspaceStatus({ workspace });
  return status?.files.find(({ path }) => path === 'f')?.declined;
}

describe('a line the course was refused', () => {
  const wanted = ['one', 'TWO', 'three', 'four', 'five'];
  const mine = ['one', 'my two', 'three', 'four', 'my five'];
  it.each([
    ['the student types it', wanted, mine, ['one', 'TWO', 'three', 'four', 'my five']],
    ['the student types it and goes on', wanted, mine, ['zero', 'one', 'TWO', 'and a half', 'three', 'my five']],
    ['with other line ends', wanted, mine, ['one\r', 'TWO\r', 'three\r', 'four\r', 'my five\r']],
    [
      'the student deletes what the course deleted',
      ['one', 'three', 'four', 'five'],
      mine,
      ['one', 'three', 'four', 'my five'],
    ],
  ])('is settled when %s', async (_, wish, own, then) => {
    const { story, notices } = await afterwards(wish, own, then);
    expect(notices).toEqual([]);
    expect(await declinedIn(story)).toBeUndefined();
    expect((await story.sync()).outcome).toBe('unchanged');
    story.expectHome({ f: text(...then) });
  });

  it.each([
    ['the student writes on there', wanted, mine, ['one', 'my own two', 'three', 'four', 'my five']],
    ['the student writes on elsewhere', wanted, mine, ['one', 'my two', 'three', 'four', 'all my five']],
    [
      'the same line stands elsewhere',
      ['one', 'five', 'three', 'four', 'five'],
      mine.with(4, 'five'),
      ['0', ...mine.with(4, 'five')],
    ],
  ])('stays while %s', async (_, wish, own, then) => {
    const { story } = await afterwards(wish, own, then);
    expect(await declinedIn(story)).toHaveLength(1);
  });

  it('is settled when the course wants it no longer', async () => {
    const { story } = await afterwards(wanted, mine, mine);
    story.course.put({ f: text('one', 'my two', 'three', 'four', 'five') });
    await story.sync();
    expect(await declinedIn(story)).toBeUndefined();
  });
});

it('knows a wish again of which only the beginning is quoted', () => {
  const long = 'x'.repeat(3000);
  const declined = [{ lines: [1, 1] as const, course: long.slice(0, 2000), yours: 'mine' }];
  const offered = Buffer.from(text(long));
  expect(stillWanted(declined, offered, Buffer.from(text('mine')))).toBe(declined);
  expect(stillWanted(declined, offered, Buffer.from(text(long, 'mine')))).toEqual([]);
});

it('lets all wishes stand where a file is no text', () => {
  const declined = [{ lines: [1, 1] as const, course: 'a', yours: 'b' }];
  expect(stillWanted(declined, Buffer.from('a\n'), Buffer.from('a\0'))).toBe(declined);
  expect(stillWanted(declined, Buffer.from('\xff', 'latin1'), Buffer.from('a\n'))).toBe(declined);
});
