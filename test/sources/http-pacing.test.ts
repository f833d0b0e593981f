import { afterEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { HttpAuth } from '../../src/sources/http.ts';
import * as server from '../support/hostile-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(answers: Readonly<Record<string, server.Answer>>) {
  const hostile = await server.startHostile(answers);
  const pauses: number[] = [];
  const http = createHttp({
    allowPrivateAddresses: true,
    pause: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
  });
  cleanups.push(
    () => hostile.stop(),
    () => http.close(),
  );
  const pacing = { header: 'x-left', slow: 200, stop: 100, perSecond: 10 };
  const send = async (path: string, auth: HttpAuth = { kind: 'none' }, signal = new AbortController().signal) => {
    const url = hostile.origin + path;
    const response = await http.send({ method: 'GET', url, auth, purpose: 'listing', maxBytes: 1000, pacing }, signal);
    await response.discard();
    return response.status;
  };
  return { hostile, pauses, send };
}

describe('a server that says how much more it will take', () => {
  it('is left alone for as long as it needs, when almost nothing is left', async () => {
    const { pauses, send } = await start({
      '/a': server.inTurn(server.content('a', { 'x-left': '250.5' }), server.content('a', { 'x-left': '60' })),
    });
    await send('/a');
    await send('/a');
    expect(pauses).toEqual([]);
    await send('/a');
    expect(pauses).toEqual([4000]);
  });

  it('gets one request at a time when little is left, and several again later', async () => {
    const most = { now: 0, ever: 0 };
    const counted =
      (left: string): server.Answer =>
      (request, socket, nth) => {
        most.now += 1;
        most.ever = Math.max(most.ever, most.now);
        setTimeout(() => {
          most.now -= 1;
          server.content('a', { 'x-left': left })(request, socket, nth);
        }, 20);
      };
    const { send } = await start({ '/little': counted('150'), '/much': counted('600') });
    const four = async (path: string) => {
      most.ever = 0;
      await Promise.all([send(path), send(path), send(path), send(path)]);
      return most.ever;
    };
    await send('/little');
    expect(await four('/little')).toBe(1);
    await send('/much');
    expect(await four('/much')).toBeGreaterThan(1);
  });

  it('costs no memory that stays: what ends the waiting is made once for a signal', async () => {
    const { send } = await start({ '/a': server.content('a', { 'x-left': '600' }) });
    const made = vi.spyOn(AbortSignal, 'any');
    cleanups.push(async () => {
      made.mockRestore();
      await Promise.resolve();
    });
    const { signal } = new AbortController();
    for (let sent = 0; sent < 10; sent += 1) await send('/a', undefined, signal);
    // 25,000 of them are 90 MB in Node 20
    expect(made).toHaveBeenCalledTimes(1);
  });

  it('holds nobody who has given up', async () => {
    const { send } = await start({
      '/a': server.content('a', { 'x-left': '150' }),
      '/hangs': () => undefined,
    });
    await send('/a');
    const [first, second] = [new AbortController(), new AbortController()];
    const hanging = send('/hangs', undefined, first.signal).catch((error: unknown) => error);
    const waiting = send('/a', undefined, second.signal).catch((error: unknown) => error);
    second.abort();
    expect(await waiting).toMatchObject({ code: 'cancelled' });
    first.abort();
    expect(await hanging).toMatchObject({ code: 'cancelled' });
    expect(await send('/a')).toBe(200);
  });

  it('that says nothing, or nonsense, is asked as ever', async () => {
    const { pauses, send } = await start({
      '/a': server.inTurn(server.content('a'), server.content('a', { 'x-left': 'plenty' })),
    });
    for (let times = 0; times < 3; times += 1) await send('/a');
    expect(pauses).toEqual([]);
  });
});

describe('a token', () => {
  const token: HttpAuth = { kind: 'bearer', token: new Secret('kurs-token') };

  it('is refused by a 401 that says how to sign in, and then left alone for a while', async () => {
    const { hostile, send } = await start({ '/a': server.status(401, { 'www-authenticate': 'Bearer realm="x"' }) });
    expect([await send('/a', token), await send('/a', token)]).toEqual([401, 401]);
    await expect(send('/a', token)).rejects.toMatchObject({ code: 'source-login' });
    expect(hostile.received).toHaveLength(2);
  });

  it('is not refused by a 401 that only says no to what was asked', async () => {
    const { send } = await start({ '/a': server.status(401), '/b': server.content('b') });
    for (let times = 0; times < 3; times += 1) expect(await send('/a', token)).toBe(401);
    expect(await send('/b', token)).toBe(200);
  });
});
