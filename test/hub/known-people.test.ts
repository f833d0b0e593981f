/** What is known of people while their hub does not answer. */
import { beforeEach, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { F2gitError } from '../../src/errors.ts';
import { createKnownPeople, type KnownPeople } from '../../src/hub/known-people.ts';

const MINUTE = 60_000;

let time: number;
let isDown: boolean;

beforeEach(() => {
  time = 0;
  isDown = false;
});

/** A hub where f2git has `scopes`, and anna is in one group. */
function peopleWhere(scopes: readonly string[]): KnownPeople {
  const answer = <Word>(word: Word): Promise<Word> =>
    isDown ? Promise.reject(new F2gitError('hub-unreachable')) : Promise.resolve(word);
  const service = { kind: 'service', name: 'f2git', groups: [], isAdmin: false, scopes } as const;
  const api = {
    tokenFor: () => Promise.reject(new Error('nobody signs in')),
    userOf: () => answer(service),
    groupsOf: (name: string) => answer(name === 'anna' ? ['python'] : undefined),
  };
  return createKnownPeople(api, new Secret('own'), () => new Date(time));
}

test('where f2git may not ask about people, it needs no hub for them', async () => {
  const people = peopleWhere(['servers']);
  expect(await people.groupsOf('anna')).toBe('untold');
  isDown = true;
  for (const minutes of [3, 6, 60, 60 * 24 * 20]) {
    time = minutes * MINUTE;
    expect([minutes, await people.groupsOf('anna')]).toEqual([minutes, 'untold']);
  }
});

test('where the hub never said whether it may ask, it is as if it may not', async () => {
  isDown = true;
  const people = peopleWhere(['read:users:groups']);
  expect(await people.groupsOf('anna')).toBe('untold');
  isDown = false;
  expect(await people.groupsOf('anna')).toEqual(['python']);
});

test('where it may ask, the hub’s last word counts for five minutes', async () => {
  const people = peopleWhere(['read:users:groups']);
  expect([await people.groupsOf('anna'), await people.groupsOf('ben')]).toEqual([['python'], undefined]);
  isDown = true;
  time = 4 * MINUTE;
  expect([await people.groupsOf('anna'), await people.groupsOf('ben')]).toEqual([['python'], undefined]);
  for (time of [6 * MINUTE, 60 * 24 * MINUTE])
    await expect(people.groupsOf('anna')).rejects.toMatchObject({ code: 'hub-unreachable' });
});
