import { expect, it } from 'vitest';
import { parseCourseId } from '../../src/core/ids.ts';
import type { CourseTrouble } from '../../src/web/audiences.ts';
import { troubleNotes } from '../../src/web/trouble-notes.ts';

const intro = parseCourseId('intro')!;
const other = parseCourseId('other')!;
const HOUR = 3600_000;

/** Notes with a clock, and what they wrote: level, event and course, then a line for each problem. */
function notes() {
  const lines: string[] = [];
  const clock = { at: Date.UTC(2026, 10, 23) };
  const note = troubleNotes(
    (level, event, facts = {}) => {
      const {
        course,
        problems = [],
        more,
      } = facts as {
        course: string;
        problems?: readonly { path?: string; code: string; message: string }[];
        more?: number;
      };
      lines.push(`${level} ${event} ${course}${more === undefined ? '' : ` and ${String(more)} more`}`);
      for (const { path = '(all)', message } of problems) lines.push(`  ${path}: ${message}`);
    },
    'en',
    () => new Date(clock.at),
  );
  const during = (step: () => void): readonly string[] => {
    lines.length = 0;
    step();
    return [...lines];
  };
  return { note, clock, during };
}

const plugin: CourseTrouble = { path: 'cloud', code: 'kind-refused', params: { kind: 'NextcloudFolder' } };
const login: CourseTrouble = { code: 'source-login', params: { detail: 'the sign-in has ended: f2git connect' } };

it('says what a course does not give once, however often students click', () => {
  const { note, during } = notes();
  const first = during(() => note(intro, [login]));
  expect(first).toEqual(['warn course not read whole intro', expect.stringMatching(/^ {2}\(all\): .*f2git connect/)]);
  expect(during(() => [1, 2, 3].forEach(() => note(intro, [login])))).toEqual([]);
  expect(during(() => note(intro, []))).toEqual(['info course readable again intro']);
  expect(during(() => note(intro, []))).toEqual([]);
});

it('says it again when it becomes another, of each course by itself, and once a day', () => {
  const { note, clock, during } = notes();
  expect(during(() => note(intro, [plugin]))).toHaveLength(2);
  expect(during(() => note(other, [plugin]))).toHaveLength(2);
  expect(during(() => note(intro, [plugin, login]))).toHaveLength(3);
  expect(during(() => note(intro, [plugin]))).toHaveLength(2);
  clock.at += 23 * HOUR;
  expect(during(() => note(intro, [plugin]))).toEqual([]);
  clock.at += HOUR;
  expect(during(() => note(intro, [plugin]))).toHaveLength(2);
});

it('names some of many places, and counts the rest', () => {
  const { note, during } = notes();
  const many = Array.from({ length: 50 }, (_, at) => ({ ...plugin, path: `cloud${String(at)}` }));
  const lines = during(() => note(intro, many));
  expect([lines[0], lines.length]).toEqual(['warn course not read whole intro and 30 more', 21]);
});
