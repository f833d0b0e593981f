/** How often somebody who uses much gets a turn. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPace, type Pace } from '../../src/agent/pace.ts';

const never = new AbortController().signal;

let pace: Pace;

beforeEach(() => {
  vi.useFakeTimers();
  pace = createPace({ atOnce: 10, perSecond: 1, waiting: 2 });
});

afterEach(() => vi.useRealTimers());

/** Whose turn has come, in that order. */
function turnsOf(names: readonly string[]): string[] {
  const come: string[] = [];
  for (const name of names) void pace.turn(name, never).then(() => come.push(name));
  return come;
}

test('a good deal is free, and what goes beyond it is waited for, by nobody else', async () => {
  pace.spend('anna', 10);
  const first = turnsOf(['anna', 'ben']);
  await vi.advanceTimersByTimeAsync(0);
  expect(first).toEqual(['anna', 'ben']);
  pace.spend('anna', 30);
  const later = turnsOf(['anna', 'ben']);
  await vi.advanceTimersByTimeAsync(29_000);
  expect([later, pace.isDue('anna')]).toEqual([['ben'], false]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([later, pace.isDue('anna')]).toEqual([['ben', 'anna'], true]);
});

test('of several who wait, one that spends makes the others wait on', async () => {
  pace.spend('anna', 11);
  const come: number[] = [];
  for (const amount of [100, 1])
    void pace.turn('anna', never).then(() => {
      pace.spend('anna', amount);
      come.push(amount);
    });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(come).toEqual([100]);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(come).toEqual([100, 1]);
});

test('who gives up waits no longer, and too many that wait are refused', async () => {
  pace.spend('anna', 100);
  const leaving = new AbortController();
  const left = pace.turn('anna', leaving.signal);
  const waits = pace.turn('anna', new AbortController().signal);
  await expect(pace.turn('anna', never)).rejects.toMatchObject({ code: 'server-busy' });
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  await vi.advanceTimersByTimeAsync(90_000);
  await waits;
});
