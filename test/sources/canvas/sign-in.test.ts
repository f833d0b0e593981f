import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { beginAuthorization } from '../../../src/oauth/authorize.ts';
import type { OAuthClient } from '../../../src/oauth/client.ts';
import { createTokenKeeper } from '../../../src/oauth/keeper.ts';
import { readTokens, type Tokens, writeTokens } from '../../../src/oauth/token-file.ts';
import { requestTokens } from '../../../src/oauth/token-request.ts';
import { canvasSignIn } from '../../../src/sources/canvas/oauth.ts';
import { createHttp } from '../../../src/sources/create-http.ts';
import type { TokenKeeper } from '../../../src/sources/token-keeper.ts';
import { failureOf, pathsOf } from '../bench.ts';
import { type Answers, listed, replay, type Replay, studentOf } from './replay.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(answers: Answers): Promise<Replay> {
  const one = await replay(answers);
  cleanUps.push(() => one.stop());
  return one;
}

const signal = new AbortController().signal;
const FILES = '/api/v1/courses/7/files';

describe('a password', () => {
  it('is no token, and is never sent', async () => {
    const replayed = await start({});
    const credentials = { user: 'prof', password: new Secret('x') };
    expect(await failureOf(replayed.open({ course: 7 }, { credentials }))).toMatchObject({
      code: 'credentials-invalid',
      params: { part: 'token' },
    });
    expect(replayed.asked).toEqual([]);
  });
});

describe('an address that leads to another one', () => {
  it('takes no token there, and says which address to use', async () => {
    const location = 'https://inst-fs.example.net/api/v1/courses/7/permissions';
    const replayed = await start({
      '/api/v1/courses/7/permissions': [{ status: 301, headers: { location } }, 'error-401-bad-token'],
    });
    const error = await failureOf(listed(await replayed.open({ course: 7 })));
    expect([error.code, String(error.params['detail'])]).toEqual([
      'source-not-found',
      expect.stringMatching(/another address/),
    ]);
    expect(replayed.elsewhere.map(({ authorization }) => authorization)).toEqual([undefined]);
  });
});

describe('signing in by the browser', () => {
  const client = (tokenFile: string): OAuthClient => ({
    ...{ id: '1', secret: new Secret('key-geheim'), tokenFile, redirectUrl: 'https://hub.example.edu/f2git/callback' },
  });

  async function connected(replayed: Replay, tokens: Tokens): Promise<{ keeper: TokenKeeper; file: string }> {
    const dir = await mkdtemp(join(tmpdir(), 'f2git-canvas-oauth-'));
    cleanUps.push(() => rm(dir, { recursive: true }));
    const file = join(dir, 'tokens.json');
    writeTokens(file, tokens);
    const endpoint = canvasSignIn({ base: replayed.origin }).token;
    const createOwnHttp = () => createHttp({ allowPrivateAddresses: true });
    const keeper = createTokenKeeper({
      client: client(file),
      endpoint,
      createHttp: createOwnHttp,
      now: () => new Date(),
    });
    return { keeper, file };
  }

  it('gives the tokens of a code', async () => {
    const replayed = await start({ '/login/oauth2/token': 'oauth-token-from-code' });
    const http = createHttp({ allowPrivateAddresses: true });
    const { token } = canvasSignIn({ base: replayed.origin });
    const grant = { kind: 'code', code: 'x', verifier: 'y' } as const;
    const tokens = await requestTokens(http, token, client('unused'), grant, 0, signal);
    await http.close();
    expect([tokens.access.reveal(), tokens.refresh?.reveal(), tokens.expires]).toEqual([
      'ACCESS_TOKEN',
      'REFRESH_TOKEN',
      3_600_000,
    ]);
  });

  it('goes on with a new token when the old one ends, and keeps the refresh token, which does not change', async () => {
    const replayed = await start({
      ...studentOf(7, 11),
      '/api/v1/courses/7/permissions': ['error-401-bad-token', { json: {} }],
      '/login/oauth2/token': 'oauth-token-refresh',
      [FILES]: 'files-list-student',
    });
    const { keeper, file } = await connected(replayed, { access: new Secret('OLD'), refresh: new Secret('REFRESH') });
    const session = await replayed.open({ course: 7 }, { credentials: { oauth: keeper } });
    expect(pathsOf(await listed(session))).toEqual(['ztest.txt']);
    expect(new Set(replayed.asked.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer OLD', undefined, 'Bearer ACCESS_TOKEN']),
    );
    expect(readTokens(file)?.refresh?.reveal()).toBe('REFRESH');
  });

  it('is not renewed by a refusal that is not about the token', async () => {
    const older = 'error-401-not-permitted-older';
    const replayed = await start({ '/api/v1/courses/7/permissions': older, '/api/v1/courses/7': older });
    const { keeper } = await connected(replayed, { access: new Secret('GOOD'), refresh: new Secret('REFRESH') });
    const session = await replayed.open({ course: 7 }, { credentials: { oauth: keeper } });
    expect(await failureOf(listed(session))).toMatchObject({ code: 'source-forbidden' });
    expect(replayed.asked.map(({ path }) => path)).not.toContain('/login/oauth2/token');
  });

  it('begins at Canvas, with the scopes in an address that servers take', () => {
    const { address } = beginAuthorization(canvasSignIn({ base: 'https://canvas.example.edu' }), client('unused'));
    const url = new URL(address);
    expect(`${url.origin}${url.pathname}`).toBe('https://canvas.example.edu/login/oauth2/auth');
    expect(url.searchParams.get('scope')?.split(' ')).toContain('url:GET|/api/v1/courses/:course_id/files');
    expect(address.length).toBeLessThan(8000);
  });

  it('asks for the scopes that the readme names for a developer key', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../src/sources/canvas/readme.md'), 'utf8');
    const { scopes } = canvasSignIn({ base: 'https://canvas.example.edu' });
    expect(readme.match(/^url:GET\|.*$/gm)).toEqual(scopes);
  });
});
