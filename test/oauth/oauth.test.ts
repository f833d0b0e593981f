import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { F2gitError } from '../../src/errors.ts';
import { beginAuthorization, codeIn } from '../../src/oauth/authorize.ts';
import type { OAuthClient } from '../../src/oauth/client.ts';
import { createTokenKeeper } from '../../src/oauth/keeper.ts';
import { readTokens, type Tokens, writeTokens } from '../../src/oauth/token-file.ts';
import { requestTokens } from '../../src/oauth/token-request.ts';
import { waitForCode } from '../../src/oauth/wait-for-code.ts';
import { createHttp } from '../../src/sources/create-http.ts';
import { content, status, startHostile, type Answer } from '../support/hostile-server.ts';
import { CLIENT_ID, CLIENT_SECRET, type OAuthServer, startOAuthServer } from '../support/oauth-server.ts';

const HOUR = 3_600_000;
const never = () => new AbortController().signal;

let folder: string;
const cleanups: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'f2git-oauth-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function platform(style: 'studip' | 'canvas' = 'studip', scopes: readonly string[] = []): Promise<OAuthServer> {
  const server = await startOAuthServer(style, scopes);
  cleanups.push(() => server.stop());
  return server;
}

function clientOf(more: Partial<OAuthClient> = {}): OAuthClient {
  const secret = new Secret(CLIENT_SECRET);
  const redirectUrl = 'http://127.0.0.1:8485/callback';
  return { id: CLIENT_ID, secret, tokenFile: join(folder, 'keys', 'token.json'), redirectUrl, ...more };
}

const openHttp = () => createHttp({ allowPrivateAddresses: true, pause: () => Promise.resolve() });

function keeperOf(server: OAuthServer, now = () => new Date(), client = clientOf()) {
  return createTokenKeeper({ client, endpoint: server.endpoints.token, createHttp: openHttp, now });
}

function signedIn(server: OAuthServer, lastsMs: number): Tokens {
  const { access, refresh } = server.desk.issue();
  const tokens = { access: new Secret(access), refresh: new Secret(refresh), expires: Date.now() + lastsMs };
  writeTokens(clientOf().tokenFile, tokens);
  return tokens;
}

async function codeOf(step: Promise<unknown>): Promise<unknown> {
  return step.then(
    () => 'fine',
    (error: unknown) => (error instanceof F2gitError ? error.code : error),
  );
}

describe('the file of tokens', () => {
  const tokens = {
    access: new Secret('canary-access'),
    refresh: new Secret('canary-refresh'),
    expires: 1_793_000_000_000,
  };

  it('keeps what it is given, for nobody else to read', () => {
    const file = join(folder, 'keys', 'token.json');
    writeTokens(file, tokens);
    const read = readTokens(file);
    expect([read?.access.reveal(), read?.refresh?.reveal(), read?.expires]).toEqual([
      'canary-access',
      'canary-refresh',
      1_793_000_000_000,
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'keys'))).toEqual(['token.json']);
  });

  it('may be missing', () => {
    expect(readTokens(join(folder, 'token.json'))).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ['another program’s', '{"access_token":"canary"}', /not a file of tokens/],
    ['from a newer version', '{"f2git":2,"access_token":"canary"}', /not a file of tokens/],
    ['cut', '{"f2git":1,"access_tok', /not a file of tokens/],
  ])('that is %s is refused without a word of it', (_what, text, message) => {
    const file = join(folder, 'token.json');
    writeFileSync(file, text, { mode: 0o600 });
    expect(() => readTokens(file)).toThrow(message);
    expect(() => readTokens(file)).not.toThrow(/canary/);
  });

  it('that others can read is refused', () => {
    const file = join(folder, 'token.json');
    writeTokens(file, tokens);
    chmodSync(file, 0o640);
    expect(() => readTokens(file)).toThrow(/chmod 600/);
  });
});

describe('signing f2git in', () => {
  it('takes a code, a verifier nobody else knows, and gives tokens', async () => {
    const server = await platform('canvas', ['url:GET|/api/v1/courses/:course_id/files', 'b']);
    const client = clientOf();
    const begun = beginAuthorization(server.endpoints, client);
    const query = new URL(begun.address).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      realm: 'x',
      response_type: 'code',
      client_id: CLIENT_ID,
      code_challenge_method: 'S256',
      scope: 'url:GET|/api/v1/courses/:course_id/files b',
    });
    expect(begun.address).not.toContain(begun.verifier);
    const code = codeIn(server.desk.agree(begun.address), begun, client) ?? '';
    const http = openHttp();
    const grant = { kind: 'code', code, verifier: begun.verifier } as const;
    const tokens = await requestTokens(http, server.endpoints.token, client, grant, 1000, never());
    expect(server.desk.isValid(tokens.access.reveal())).toBe(true);
    expect(tokens.expires).toBe(1000 + HOUR);
    // a code works once
    expect(await codeOf(requestTokens(http, server.endpoints.token, client, grant, 0, never()))).toBe('source-login');
    await http.close();
  });

  it('refuses an answer to somebody else’s question, and a no', async () => {
    const server = await platform();
    const client = clientOf();
    const [begun, other] = [beginAuthorization(server.endpoints, client), beginAuthorization(server.endpoints, client)];
    expect(() => codeIn(server.desk.agree(other.address), begun, client)).toThrow(/belongs to another sign-in/);
    expect(() => codeIn(server.desk.agree(begun.address, 'no'), begun, client)).toThrow(/said no/);
    expect(codeIn('https://evil.example.org/callback?code=1', begun, client)).toBeUndefined();
    expect(codeIn('not an address', begun, client)).toBeUndefined();
  });

  it.each<[string, (address: string) => Promise<void>]>([
    [
      'the browser',
      async (address) => {
        await fetch(address);
      },
    ],
    ['somebody who pastes', () => Promise.resolve()],
  ])('hears of the code by %s', async (_who, visit) => {
    const server = await platform();
    const client = clientOf({ redirectUrl: `http://127.0.0.1:${await freePort()}/callback` });
    const begun = beginAuthorization(server.endpoints, client);
    const waiting = await waitForCode(client, begun, { done: 'fertig', refused: 'nein' }, never());
    const returned = server.desk.agree(begun.address);
    expect(waiting.paste('https://elsewhere.example.org/')).toBe(false);
    await visit(returned);
    if (_who !== 'the browser') expect(waiting.paste(` ${returned}\n`)).toBe(true);
    expect(await waiting.code).toBe(new URL(returned).searchParams.get('code'));
  });

  it('tells the browser of a no, and asks nobody else’s pages', async () => {
    const server = await platform();
    const client = clientOf({ redirectUrl: `http://127.0.0.1:${await freePort()}/callback` });
    const begun = beginAuthorization(server.endpoints, client);
    const waiting = await waitForCode(client, begun, { done: 'fertig', refused: 'nein' }, never());
    const failed = codeOf(waiting.code);
    const other = new URL('/favicon.ico', client.redirectUrl);
    expect((await fetch(other)).status).toBe(404);
    const page = await fetch(server.desk.agree(begun.address, 'no'));
    expect([page.status, await page.text(), await failed]).toEqual([403, 'nein', 'source-login']);
  });

  it('ends when nobody comes back', async () => {
    const server = await platform();
    const client = clientOf({ redirectUrl: 'https://f2git.example.org/callback' });
    const begun = beginAuthorization(server.endpoints, client);
    const waiting = await waitForCode(client, begun, { done: '', refused: '' }, AbortSignal.abort());
    expect(await codeOf(waiting.code)).toBe('cancelled');
  });
});

describe('a sign-in that is kept alive', () => {
  it('sends the token as long as it lasts', async () => {
    const server = await platform();
    const { access } = signedIn(server, HOUR);
    const keeper = keeperOf(server);
    expect((await keeper.current(never())).reveal()).toBe(access.reveal());
    expect(server.desk.asked).toHaveLength(0);
  });

  it.each(['studip', 'canvas'] as const)('renews it before it ends, once for all who wait (%s)', async (style) => {
    const server = await platform(style);
    const { access, refresh } = signedIn(server, 60_000);
    const keeper = keeperOf(server);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => keeper.current(never())));
    expect(new Set(tokens.map((token) => token.reveal())).size).toBe(1);
    expect(tokens[0]?.reveal()).not.toBe(access.reveal());
    expect(server.desk.isValid(tokens[0]?.reveal() ?? '')).toBe(true);
    expect(server.desk.asked).toHaveLength(1);
    // the next one must work as well: a platform that rotates took the old one away
    expect(await codeOf(keeper.renewed(tokens[0] ?? access, never()))).toBe('fine');
    const kept = readTokens(clientOf().tokenFile)?.refresh?.reveal();
    expect(kept === refresh?.reveal()).toBe(style === 'canvas');
  });

  it('shares a renewal with other programs that use the file', async () => {
    const server = await platform();
    signedIn(server, 60_000);
    const keepers = Array.from({ length: 5 }, () => keeperOf(server));
    const tokens = await Promise.all(keepers.map((keeper) => keeper.current(never())));
    expect(new Set(tokens.map((token) => token.reveal())).size).toBe(1);
    expect(server.desk.asked).toHaveLength(1);
  });

  it.each(['studip', 'canvas'] as const)(
    'says that somebody must sign in again when it is over (%s)',
    async (style) => {
      const server = await platform(style);
      writeTokens(clientOf().tokenFile, {
        access: new Secret('old'),
        refresh: new Secret('canary-used-up'),
        expires: 0,
      });
      const error: unknown = await keeperOf(server)
        .current(never())
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'source-login', params: { detail: 'the sign-in has ended: f2git connect' } });
      expect(inspect(error, { depth: 9 })).not.toContain('canary');
      expect(server.desk.asked).toHaveLength(1);
    },
  );

  it.each<[string, Answer, string]>([
    ['a server that is down', status(503), 'source-unreachable'],
    ['a server that has enough', status(429), 'source-throttled'],
    ['a sign-in page', content('<!doctype html><html>'), 'source-login'],
    ['something else', content('{"access_token":1}'), 'source-invalid'],
  ])('survives %s: the next try is as good as this one', async (_what, answer, code) => {
    const hostile = await startHostile({ '/token': answer });
    cleanups.push(() => hostile.stop());
    const server = await platform();
    const before = signedIn(server, 0);
    const client = clientOf();
    const endpoint = `${hostile.origin}/token`;
    const keeper = createTokenKeeper({ client, endpoint, createHttp: openHttp, now: () => new Date() });
    expect(await codeOf(keeper.current(never()))).toBe(code);
    expect(hostile.received).toHaveLength(1);
    expect(readTokens(client.tokenFile)?.refresh?.reveal()).toBe(before.refresh?.reveal());
    expect(await codeOf(keeperOf(server).current(never()))).toBe('fine');
  });

  it('leaves a sign-in alone that is over, for a while or until somebody signs in anew', async () => {
    const server = await platform();
    let at = Date.now();
    const keeper = keeperOf(server, () => new Date(at));
    signedIn(server, HOUR);
    const token = await keeper.current(never());
    server.desk.revokeAccess();
    server.desk.isClosed = true;
    expect(await codeOf(keeper.renewed(token, never()))).toBe('source-login');
    for (let clicks = 0; clicks < 5; clicks += 1) expect(await codeOf(keeper.current(never()))).toBe('source-login');
    expect(server.desk.asked).toHaveLength(1);
    at += HOUR / 4;
    expect(await codeOf(keeper.current(never()))).toBe('source-login');
    expect(server.desk.asked).toHaveLength(2);
    // the very next use finds what another program wrote
    const anew = signedIn(server, HOUR);
    expect((await keeper.current(never())).reveal()).toBe(anew.access.reveal());
    expect(server.desk.asked).toHaveLength(2);
  });

  it('never shows a token again that was not accepted, and renews it when the server is there again', async () => {
    const server = await platform();
    let isDown = true;
    const createHttp = () => {
      const http = openHttp();
      return isDown ? { ...http, send: () => Promise.reject(new F2gitError('source-unreachable')) } : http;
    };
    const keeper = createTokenKeeper({
      ...{ client: clientOf(), endpoint: server.endpoints.token, createHttp, now: () => new Date() },
    });
    signedIn(server, HOUR);
    const token = await keeper.current(never());
    server.desk.revokeAccess();
    expect(await codeOf(keeper.renewed(token, never()))).toBe('source-unreachable');
    expect(await codeOf(keeper.current(never()))).toBe('source-unreachable');
    isDown = false;
    expect(server.desk.isValid((await keeper.current(never())).reveal())).toBe(true);
  });

  it('says what to do where nobody signed in yet', async () => {
    const server = await platform();
    const error: unknown = await keeperOf(server)
      .current(never())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'source-login', params: { detail: /not signed in there yet/ } });
  });

  it('lets go of whoever leaves, and goes on for the others', async () => {
    const server = await platform();
    signedIn(server, 0);
    const keeper = keeperOf(server);
    const leaving = new AbortController();
    const [left, stayed] = [keeper.current(leaving.signal), keeper.current(never())];
    leaving.abort();
    expect(await codeOf(left)).toBe('cancelled');
    expect(await codeOf(stayed)).toBe('fine');
  });
});

describe('requests with a token that is renewed', () => {
  async function api(server: OAuthServer, refusal: Readonly<Record<string, string>>) {
    const answer: Answer = (request, socket, nth) => {
      const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      (server.desk.isValid(token) ? content('{}') : status(401, refusal))(request, socket, nth);
    };
    const hostile = await startHostile({ '/a': answer });
    cleanups.push(() => hostile.stop());
    const http = openHttp();
    cleanups.push(() => http.close());
    const auth = { kind: 'renewable', tokens: keeperOf(server) } as const;
    const get = () =>
      http.send({ method: 'GET', url: `${hostile.origin}/a`, auth, purpose: 'listing', maxBytes: 99 }, never());
    return { hostile, get };
  }

  it('come through when the platform ended it early', async () => {
    const server = await platform();
    signedIn(server, HOUR);
    const { get, hostile } = await api(server, { 'www-authenticate': 'Bearer realm="x"' });
    expect((await get()).status).toBe(200);
    server.desk.revokeAccess();
    expect((await get()).status).toBe(200);
    expect(hostile.received).toHaveLength(3);
    expect(server.desk.asked).toHaveLength(1);
  });

  it('give a 401 that says nothing of the token as it is', async () => {
    const server = await platform();
    signedIn(server, HOUR);
    server.desk.revokeAccess();
    const { get } = await api(server, {});
    expect((await get()).status).toBe(401);
    expect(server.desk.asked).toHaveLength(0);
  });
});

async function freePort(): Promise<number> {
  const hostile = await startHostile({});
  await hostile.stop();
  return hostile.port;
}

it('no secret is in what an inspector of objects shows', () => {
  const shown = inspect([clientOf(), { access: new Secret('canary') }], { depth: 9, showHidden: true });
  expect(shown).not.toContain('canary');
});
