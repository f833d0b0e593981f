/** Whose turn it is where several students wait for the same few places. */
import { expect, test } from 'vitest';
import { createFairSlots, type FairSlots } from '../../src/agent/fair-slots.ts';

const never = new AbortController().signal;

/** Lets all that can go on now do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes places for each name and notes the order in which they are given. */
function takeAll(slots: FairSlots, names: readonly string[]) {
  const given: string[] = [];
  const releases = new Map<string, (() => void)[]>();
  for (const name of names)
    void slots.take(name, never).then((release) => {
      given.push(name);
      releases.set(name, [...(releases.get(name) ?? []), release]);
    });
  return {
    given,
    release: async (name: string): Promise<void> => {
      releases.get(name)?.shift()?.();
      await settled();
    },
  };
}

test('A45: one student gets a few of the places, however many they ask for', async () => {
  const slots = createFairSlots({ size: 4, each: 2, spare: 1, waiting: 10 });
  const { given, release } = takeAll(slots, ['anna', 'anna', 'anna', 'anna', 'anna', 'ben']);
  await settled();
  expect(given).toEqual(['anna', 'anna', 'ben']);
  await release('anna');
  expect(given).toEqual(['anna', 'anna', 'ben', 'anna']);
});

test('A45: however many take a second place, whoever comes later finds one', async () => {
  const slots = createFairSlots({ size: 4, each: 2, spare: 1, waiting: 10 });
  const { given, release } = takeAll(slots, ['anna', 'anna', 'ben', 'ben']);
  await settled();
  expect([given, slots.isWanted('anna')]).toEqual([['anna', 'anna', 'ben'], false]);
  void slots.take('clara', never).then(() => given.push('clara'));
  await settled();
  expect(given).toEqual(['anna', 'anna', 'ben', 'clara']);
  void slots.take('dora', never).then(() => given.push('dora'));
  await settled();
  expect([slots.isWanted('anna'), slots.isWanted('dora')]).toEqual([true, false]);
  await release('anna');
  expect(given).toEqual(['anna', 'anna', 'ben', 'clara', 'dora']);
});

test('A45: students who wait take turns, whoever asked more', async () => {
  const slots = createFairSlots({ size: 1, each: 1, waiting: 10 });
  const { given, release } = takeAll(slots, ['anna', 'anna', 'anna', 'ben', 'clara', 'ben']);
  await settled();
  for (const name of ['anna', 'ben', 'clara', 'anna', 'ben']) await release(name);
  expect(given).toEqual(['anna', 'ben', 'clara', 'anna', 'ben', 'anna']);
});

test('where none is spare, a lone student has all places, and the next free one is somebody else’s', async () => {
  const slots = createFairSlots({ size: 3, waiting: 10 });
  const { given, release } = takeAll(slots, ['anna', 'anna', 'anna', 'anna', 'anna', 'ben', 'ben', 'clara']);
  await settled();
  expect(given).toEqual(['anna', 'anna', 'anna']);
  for (const name of ['anna', 'anna', 'ben', 'clara']) await release(name);
  expect(given.slice(3)).toEqual(['ben', 'clara', 'ben', 'anna']);
});

test('who gives up leaves the queue, and a place that is given back twice is one place', async () => {
  const slots = createFairSlots({ size: 1, each: 1, waiting: 10 });
  const release = await slots.take('anna', never);
  const leaving = new AbortController();
  const left = slots.take('ben', leaving.signal);
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  const { given } = takeAll(slots, ['clara', 'dora']);
  release();
  release();
  await settled();
  expect(given).toEqual(['clara']);
});

test('too many that wait for one student are refused, and nobody else’s', async () => {
  const slots = createFairSlots({ size: 1, each: 1, waiting: 2 });
  const { given } = takeAll(slots, ['anna', 'anna', 'anna', 'ben']);
  await expect(slots.take('anna', never)).rejects.toMatchObject({ code: 'server-busy' });
  expect(given).toEqual(['anna']);
});
