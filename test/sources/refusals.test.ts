/** Wrong passwords over many refreshes of many courses: a platform's directory must not lock the account. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import type { Http, HttpAuth } from '../../src/sources/http.ts';
import { createRefusals, type Refusals } from '../../src/sources/refusals.ts';
import { content, type Hostile, startHostile, status } from '../support/hostile-server.ts';

const MINUTE = 60_000;
const wrong: HttpAuth = { kind: 'password', user: 'f2git', password: new Secret('wrong') };

let platform: Hostile;
let good: Set<string>;
let clock: Date;
let refusals: Refusals;
const open: Http[] = [];

beforeEach(async () => {
  good = new Set();
  clock = new Date('2026-11-02T08:00:00Z');
  refusals = createRefusals();
  platform = await startHostile({
    '/': (request, socket, nth) => {
      const isIn = good.has(request.headers.authorization ?? '');
      (isIn ? content('x') : status(401, { 'www-authenticate': 'Basic realm="x"' }))(request, socket, nth);
    },
  });
});

afterEach(async () => {
  for (const http of open.splice(0)) await http.close();
  await platform.stop();
});

/** One refresh of one course: its own client. */
async function refresh(auth: HttpAuth = wrong, shared = refusals): Promise<number | string> {
  const http = createHttp({ allowPrivateAddresses: true, now: () => clock, refusals: shared });
  open.push(http);
  const request = { method: 'GET', url: `${platform.origin}/`, auth, purpose: 'listing', maxBytes: 1000 } as const;
  try {
    const response = await http.send(request, new AbortController().signal);
    await response.discard();
    return response.status;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const signIns = () => platform.received.filter(({ headers }) => headers.authorization !== undefined).length;
const pass = (minutes: number) => {
  clock = new Date(clock.getTime() + minutes * MINUTE);
};
const accept = (user: string, password: string) =>
  good.add(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);

describe('refused credentials', () => {
  it('are left alone after two refusals, whoever asks, and tried once every fifteen minutes', async () => {
    for (let time = 0; time < 10; time += 1) await refresh();
    expect(signIns()).toBe(2);
    pass(14);
    expect(await refresh()).toBe('source-login');
    expect(signIns()).toBe(2);
    pass(1);
    expect([await refresh(), await refresh(), await refresh()]).toEqual([401, 'source-login', 'source-login']);
    expect(signIns()).toBe(3);
  });

  it('are tried one after the other by courses that start at once', async () => {
    const ends = await Promise.all(Array.from({ length: 20 }, () => refresh()));
    expect(ends.filter((end) => end === 401)).toHaveLength(2);
    expect(ends.filter((end) => end === 'source-login')).toHaveLength(18);
    expect(signIns()).toBe(2);
  });

  it('of one share are not those of another, although both have the same password', async () => {
    const share = (scope: string): HttpAuth => ({
      kind: 'password',
      user: 'anonymous',
      password: new Secret('spring'),
      scope,
    });
    for (let time = 0; time < 3; time += 1) await refresh(share('a'));
    expect(await refresh(share('a'))).toBe('source-login');
    expect(await refresh(share('b'))).toBe(401);
  });

  it('work at once when somebody else starts to try, and for everybody when they are accepted again', async () => {
    for (let time = 0; time < 3; time += 1) await refresh();
    accept('f2git', 'wrong');
    expect(await refresh()).toBe('source-login');
    expect(await refresh(wrong, createRefusals())).toBe(200);
    pass(15);
    expect([await refresh(), await refresh()]).toEqual([200, 200]);
  });

  it('do not keep other credentials from being tried', async () => {
    accept('f2git', 'right');
    for (let time = 0; time < 3; time += 1) await refresh();
    expect(await refresh({ kind: 'password', user: 'f2git', password: new Secret('right') })).toBe(200);
  });

  it('that worked before are left alone as well once they are refused', async () => {
    accept('f2git', 'wrong');
    expect(await refresh()).toBe(200);
    good.clear();
    for (let time = 0; time < 5; time += 1) await refresh();
    expect(signIns()).toBe(3);
  });

  it('do not keep anybody waiting who gives up', async () => {
    const silent = await startHostile({ '/': () => undefined });
    const http = createHttp({ allowPrivateAddresses: true, refusals });
    open.push(http);
    const ask = (signal: AbortSignal) =>
      http
        .send({ method: 'GET', url: `${silent.origin}/`, auth: wrong, purpose: 'listing', maxBytes: 9 }, signal)
        .catch((error: unknown) => (error as { code: string }).code);
    const [first, second] = [new AbortController(), new AbortController()];
    const ends = [ask(first.signal), ask(second.signal)];
    second.abort();
    expect(await ends[1]).toBe('cancelled');
    first.abort();
    expect(await ends[0]).toBe('cancelled');
    await silent.stop();
  });
});
