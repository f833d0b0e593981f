/** Platforms that refuse a password with status 200: only the adapter can tell, and the account must not be locked. */
import { afterEach, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { F2gitError } from '../../src/errors.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http } from '../../src/sources/http.ts';
import { createRefusals } from '../../src/sources/refusals.ts';
import { failureOf } from './bench.ts';

const clients: Http[] = [];
afterEach(async () => {
  for (const http of clients.splice(0)) await http.close();
});

const signal = new AbortController().signal;
const place = (password: string) =>
  ({
    url: 'https://moodle.example/',
    auth: { kind: 'password', user: 'lehre', password: new Secret(password) },
  }) as const;

function world() {
  const refusals = createRefusals();
  const clock = { at: Date.UTC(2026, 10, 2) };
  const client = (): Http => {
    const http = createHttp({ allowPrivateAddresses: true, refusals, now: () => new Date(clock.at) });
    clients.push(http);
    return http;
  };
  return { client, clock };
}

/** Counts its calls; refuses until it is told otherwise. */
function platform() {
  const seen = { attempts: 0, atOnce: 0, most: 0, isRight: false, code: 'source-login' as F2gitError['code'] };
  const attempt = async (): Promise<string> => {
    seen.attempts += 1;
    seen.most = Math.max(seen.most, (seen.atOnce += 1));
    await Promise.resolve();
    seen.atOnce -= 1;
    if (!seen.isRight) throw new F2gitError(seen.code);
    return 'token';
  };
  return { seen, attempt };
}

it('tries a refused password twice, whichever client asks, then leaves it alone for a while', async () => {
  const { client, clock } = world();
  const { seen, attempt } = platform();
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () => failureOf(client().signIn(place('wrong'), attempt, signal))),
  );
  expect(seen).toMatchObject({ attempts: 2, most: 1 });
  expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['source-login']));
  expect(outcomes.at(-1)?.params).toMatchObject({ detail: 'refused before', address: 'https://moodle.example/' });
  clock.at += 15 * 60_000;
  await failureOf(client().signIn(place('wrong'), attempt, signal));
  await failureOf(client().signIn(place('wrong'), attempt, signal));
  expect(seen.attempts).toBe(3);
});

it('tries another password at once, and forgets refusals once one is accepted', async () => {
  const { client } = world();
  const { seen, attempt } = platform();
  await failureOf(client().signIn(place('wrong'), attempt, signal));
  await failureOf(client().signIn(place('wrong'), attempt, signal));
  seen.isRight = true;
  expect(await client().signIn(place('right'), attempt, signal)).toBe('token');
  seen.isRight = false;
  await failureOf(client().signIn(place('right'), attempt, signal));
  seen.isRight = true;
  expect(await client().signIn(place('right'), attempt, signal)).toBe('token');
  expect(seen.attempts).toBe(5);
});

it('counts only refusals of the credentials', async () => {
  const { client } = world();
  const { seen, attempt } = platform();
  seen.code = 'source-unreachable';
  for (let tries = 0; tries < 5; tries += 1) await failureOf(client().signIn(place('right'), attempt, signal));
  expect(seen.attempts).toBe(5);
});

it('waits for its turn no longer than the caller does', async () => {
  const { client } = world();
  const http = client();
  const blocking = new AbortController();
  const first = http.signIn(
    place('slow'),
    () =>
      new Promise((_, reject) => blocking.signal.addEventListener('abort', () => reject(new F2gitError('cancelled')))),
    signal,
  );
  const waiting = new AbortController();
  const second = failureOf(http.signIn(place('slow'), platform().attempt, waiting.signal));
  waiting.abort();
  expect((await second).code).toBe('cancelled');
  blocking.abort();
  await failureOf(first);
});
