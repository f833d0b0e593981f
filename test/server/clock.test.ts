/** The minute clock: what the schedule releases comes without a click, and one course that fails holds up no other. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import type { Course, Courses } from '../../src/web/ports.ts';
import { startReleaseClock } from '../../src/web/release-clock.ts';
import { courseId, offerOf } from './harness.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-02T06:58:30Z') });
});

afterEach(() => vi.useRealTimers());

const release = new Date('2026-11-02T07:00:00Z');

/** A course that releases something at `release`, and counts how often it is refreshed. */
function scheduled(
  name: string,
  refresh: () => Promise<void> = () => Promise.resolve(),
): { course: Course; times: string[] } {
  const times: string[] = [];
  const course = {
    id: courseId(name),
    nextChange: (now: Date) => (now < release ? release : undefined),
    audiences: () => [
      {
        isBehind: () => false,
        refresh: async () => {
          times.push(new Date().toISOString());
          await refresh();
          return offerOf();
        },
      },
    ],
  } as unknown as Course;
  return { course, times };
}

function clockOf(...courses: readonly Course[]): { stop(): Promise<void>; events: string[] } {
  const events: string[] = [];
  const all: Courses = { all: courses, get: () => undefined, bySource: () => undefined };
  const clock = startReleaseClock({ courses: all, now: () => new Date(), log: (_level, event) => events.push(event) });
  return { stop: () => clock.stop(), events };
}

test('a release comes at its minute, once', async () => {
  const { course, times } = scheduled('intro');
  const clock = clockOf(course);
  await vi.advanceTimersByTimeAsync(89_999);
  expect(times).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(times).toEqual(['2026-11-02T07:00:00.000Z']);
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(times).toHaveLength(1);
  await clock.stop();
});

test('a time that the schedule names only since the last minute is kept as well', async () => {
  const { course, times } = scheduled('intro');
  let isWritten = false;
  const clock = clockOf({ ...course, nextChange: (now) => (isWritten ? course.nextChange(now) : undefined) });
  await vi.advanceTimersByTimeAsync(40_000);
  isWritten = true;
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(times).toEqual(['2026-11-02T07:00:00.000Z']);
  await clock.stop();
});

test('a course that cannot be read is tried again each minute, and the others are released on time', async () => {
  let isDown = true;
  const broken = scheduled('broken', () => (isDown ? Promise.reject(new F2gitError('disk-full')) : Promise.resolve()));
  const fine = scheduled('fine');
  const clock = clockOf(broken.course, fine.course);
  await vi.advanceTimersByTimeAsync(3 * 60_000);
  expect(fine.times).toEqual(['2026-11-02T07:00:00.000Z']);
  expect(broken.times).toHaveLength(2);
  expect(clock.events).toContain('could not release by the clock');
  isDown = false;
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(broken.times).toHaveLength(3);
  await clock.stop();
});

test('what was missed while no server ran comes at the start, and a look that fails is repeated', async () => {
  let isDown = true;
  const missed = scheduled('missed', () => (isDown ? Promise.reject(new F2gitError('disk-full')) : Promise.resolve()));
  const [audience] = missed.course.audiences();
  const behind = { ...missed.course, audiences: () => [{ ...audience, isBehind: () => true }] } as unknown as Course;
  const other = scheduled('other');
  const clock = clockOf(behind, other.course);
  await vi.advanceTimersByTimeAsync(0);
  expect([missed.times, other.times]).toEqual([['2026-11-02T06:58:30.000Z'], []]);
  isDown = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(missed.times).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(missed.times).toHaveLength(3);
  await clock.stop();
});

test('a stopped clock does nothing more', async () => {
  const { course, times } = scheduled('intro');
  await clockOf(course).stop();
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(times).toEqual([]);
});
